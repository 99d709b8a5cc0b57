#include "cli/cli.hpp"

#include "cli/command_line.hpp"
#include "cli/help.hpp"
#include "cli/log_file.hpp"
#include "cli/logger.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/words.hpp"
#include "error.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <system_error>

namespace spine::cli {
namespace {

bool colored(config::Color color, const Sink& sink) {
    return color == config::Color::always || (color == config::Color::automatic && sink.is_terminal());
}

int perform(const CommandLine& line, const World& world, Words& words) {
    // Help needs no settings, so that a broken configuration cannot hide it.
    if (line.help && line.faults.empty()) {
        world.out.write(help_text(line.topic));
        return 0;
    }
    const auto loaded = config::load(line.flags, world.environment, world.places);
    if (const auto* settings = std::get_if<config::Settings>(&loaded))
        words.set({settings->quiet, colored(settings->color, world.err), settings->log_format,
                   settings->log_file.empty() ? nullptr : std::make_unique<LogFile>(settings->log_file)});
    if (!line.faults.empty()) {
        tell_faults(words, line.faults);
        return exit_code(ErrorCode::usage);
    }
    if (line.invocation.command == nullptr) {
        words.plain(help_text({}));
        return exit_code(ErrorCode::usage);
    }
    if (const auto* faults = std::get_if<config::Faults>(&loaded)) {
        for (const auto& fault : *faults)
            words.error(fault);
        // A wrong flag is a wrong command line; a wrong file is a wrong configuration.
        const bool only_flags = std::ranges::all_of(*faults, [](const auto& fault) { return fault.where.starts_with("--"); });
        return exit_code(only_flags ? ErrorCode::usage : ErrorCode::invalid);
    }
    const auto& settings = std::get<config::Settings>(loaded);
    WordsLog log{words, world.clock, settings.log_level};
    const auto parts = world.assemble(settings, log);
    Session session{world, settings, words, *parts.stores, *parts.libraries};
    const int code = line.invocation.command->perform(session, line.invocation);
    // Before any plugin is told that the program ends: whatever it does then, the answer is there.
    words.end_progress();
    world.out.flush();
    return code;
}

/// What went wrong, told; the exit code.
int report(const Error& error, Words& words) {
    words.error(error.what(), error.hint());
    return exit_code(error.code());
}

} // namespace

int execute(const std::vector<std::string>& arguments, const World& world) noexcept {
    Words words{world.err, world.clock};
    int code = exit_code(ErrorCode::internal);
    try {
        try {
            const auto line = parse(arguments);
            code = perform(line, world, words);
            words.end_progress();
            world.out.flush(); // help, which needs no settings
        } catch (const Error& error) {
            code = report(error, words);
            if (error.code() != ErrorCode::unavailable || world.out.open())
                world.out.flush(); // what was printed before the error
        } catch (const std::bad_alloc&) {
            code = exit_code(ErrorCode::unavailable);
            words.error("out of memory", "give the process more, or do less at once");
        } catch (const std::system_error& error) {
            // Threads, and whatever else the system has only so many of.
            const bool none_left = error.code() == std::errc::resource_unavailable_try_again || error.code() == std::errc::not_enough_memory ||
                                   error.code() == std::errc::too_many_files_open;
            code = exit_code(none_left ? ErrorCode::unavailable : ErrorCode::internal);
            if (none_left)
                words.error(std::string{"the system has none left: "} + error.what(), "see the limits of the process (ulimit -u, ulimit -n), or do less at once");
            else
                words.error(std::string{"internal error: "} + error.what(), "this is a bug of spine; please report it");
        } catch (const std::exception& error) {
            words.error(std::string{"internal error: "} + error.what(), "this is a bug of spine; please report it");
        }
    } catch (const std::exception&) {
        // Standard error or output cannot take the words either; the exit code is all that is left.
        if (code == 0)
            code = exit_code(ErrorCode::unavailable);
    }
    return code;
}

} // namespace spine::cli
