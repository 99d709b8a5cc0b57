/// The only file that knows every room: it builds the objects, joins them, and runs.
#include "cli/cli.hpp"
#include "cli/config_command.hpp"
#include "config/load.hpp"
#include "control/known_plugins.hpp"
#include "env/clock.hpp"
#include "env/ids.hpp"
#include "env/log.hpp"
#include "env/memory.hpp"
#include "error.hpp"
#include "plugin/clean_log.hpp"
#include "plugin/library.hpp"
#include "plugin/probe.hpp"
#include "plugin/secrets.hpp"
#include "process/ending.hpp"
#include "process/lent.hpp"
#include "spine/abi.h"
#include "store/sqlite_store.hpp"
#include "workflow/secret.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <deque>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

extern "C" const spine_plugin* spine_common_query(std::uint32_t major, std::uint32_t minor) noexcept;

namespace {

using namespace spine;

/// Loads the plugins when the first command asks for them, since many ask for none.
class LazyLibraries final : public control::Libraries {
public:
    /// `judge` looks at what was loaded; throws Error{invalid}.
    using Judge = std::function<void(const workflow::Catalogue&)>;
    LazyLibraries(env::Clock& clock, std::unique_ptr<plugin::Secrets> secrets, plugin::Origin origin, Judge judge)
        : clock_{clock}, secrets_{std::move(secrets)}, origin_{std::move(origin)}, judge_{std::move(judge)} {
        origin_.secrets = secrets_.get();
    }
    control::Library& get() override {
        if (!library_) {
            auto loaded = plugin::load(clock_, origin_);
            judge_(loaded->catalogue());
            library_ = std::move(loaded);
        }
        return *library_;
    }
    void try_first() override { origin_.probes = true; }
    std::string folder() const override { return origin_.folder; }

private:
    env::Clock& clock_;
    std::unique_ptr<plugin::Secrets> secrets_;
    plugin::Origin origin_;
    Judge judge_;
    std::unique_ptr<control::Library> library_;
};

/// Loads one file and nothing else: the child of plugin::probe_fault.
void probe(env::Clock& clock, const std::string& path) {
    const auto slash = path.rfind('/');
    plugin::Origin origin;
    origin.folder = path.substr(0, slash);
    origin.only = {path.substr(slash + 1)};
    origin.host_version = SPINE_VERSION;
    static_cast<void>(plugin::load(clock, std::move(origin)));
}

/// A folder that somebody named and that is not there is told to whoever needed plugins; values of the configuration that the
/// loaded ones do not know are refused, or warned of.
LazyLibraries::Judge judge_of_loading(const config::Settings& settings, env::Log& log) {
    return [settings, &log](const workflow::Catalogue& catalogue) {
        struct stat status {};
        if (settings.sources.at("plugins") != "default" && ::stat(settings.plugin_folder.c_str(), &status) != 0 && errno == ENOENT)
            log.write(env::LogWeight::warn,
                      "plugin folder '" + settings.plugin_folder + "' (" + settings.sources.at("plugins") + ") is not there, so no plugin was loaded from it",
                      {});
        const auto unknown = cli::unknown_values(settings, catalogue);
        for (const auto& warning : unknown.warnings)
            log.write(env::LogWeight::warn, warning, {});
        if (unknown.faults.empty())
            return;
        const auto& first = unknown.faults.front();
        const auto more = unknown.faults.size() - 1;
        throw Error{ErrorCode::invalid,
                    first.where + ": " + first.message + (more > 0 ? ", and " + std::to_string(more) + " more" : ""),
                    first.hint};
    };
}

/// The store's URL, which may be a secret, as it may hold a password.
std::string database_of(const config::Settings& settings, plugin::Secrets& secrets, plugin::Redactor& redactor) {
    if (!workflow::means_secret(settings.database))
        return settings.database;
    auto found = plugin::resolve(settings.database, secrets, redactor);
    if (const auto* failure = std::get_if<unit::Failure>(&found))
        throw Error{ErrorCode::invalid, "db: " + failure->message, failure->hint};
    return std::get<std::string>(std::move(found));
}

// A signal handler is handed nothing, so this is the one object that it can reach.
constinit std::atomic<run::CancelToken*> cancelled_by_signal{nullptr}; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

extern "C" void on_interrupt(int) {
    auto* token = cancelled_by_signal.load(std::memory_order_relaxed);
    if (token == nullptr || token->cancelled())
        ::_exit(exit_code(ErrorCode::interrupted)); // asked twice: the next start continues from the journal
    token->cancel();
}

void hold_interrupts(run::CancelToken& token) {
    cancelled_by_signal.store(&token, std::memory_order_relaxed);
    struct sigaction action {};
    action.sa_handler = &on_interrupt;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    process::keep_handler(SIGINT);
    process::keep_handler(SIGTERM);
}

/// A store opened as descriptor 1 would be written to by everything that prints; closed ones are therefore taken. They are
/// opened for reading, so that printing to them fails.
void take_closed_standard_descriptors() {
    for (int descriptor = ::open("/dev/null", O_RDONLY); descriptor >= 0; descriptor = ::open("/dev/null", O_RDONLY)) {
        if (descriptor > STDERR_FILENO) {
            ::close(descriptor);
            return;
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    ::umask(077); // a store and its log are their owner's alone, from their first byte on
    take_closed_standard_descriptors();
    std::signal(SIGPIPE, SIG_IGN); // a reader that went away is an error code of write, not the end
    const int standard_output = process::take_over();
    env::keep_freed_memory();
    env::SystemClock clock;
    env::SystemRandom random;
    if (argc == 3 && std::string_view{argv[1]} == plugin::probe_word) {
        probe(clock, argv[2]);
        process::leave(0);
    }
    run::CancelToken cancel;
    plugin::Redactor redactor;
    cli::DescriptorSink out{standard_output, "standard output"};
    cli::DescriptorSink err{STDERR_FILENO, "standard error"};
    const auto environment = config::process_environment();
    std::deque<plugin::CleanLog> logs; // outlive the parts
    const auto assemble = [&](const config::Settings& settings, env::Log& heard) {
        auto& log = logs.emplace_back(heard, redactor);
        const auto notice = [&log](const std::string& message) { log.write(env::LogWeight::warn, message, {}); };
        plugin::Origin origin;
        origin.folder = settings.plugin_folder;
        origin.built_ins = {{"common", &spine_common_query}};
        origin.host_version = SPINE_VERSION;
        origin.configuration = settings.values;
        origin.log = &log;
        origin.redactor = &redactor;
        origin.without = settings.without_plugins;
        if (settings.safe_mode || !settings.only_plugins.empty()) {
            origin.only = settings.only_plugins;
            if (settings.safe_mode)
                origin.only->insert(origin.only->end(), settings.safe_plugins.begin(), settings.safe_plugins.end());
        }
        auto secrets = std::make_unique<plugin::KeptSecrets>(config::with_variables(environment, settings.variables),
                                                             settings.secrets_folder);
        auto database = database_of(settings, *secrets, redactor);
        origin.known = [&clock, &random, database, &log] {
            try {
                return control::known_plugins(*store::SqliteStores{clock, random, database, {}}.open(control::Access::read));
            } catch (const Error& error) {
                if (error.code() != ErrorCode::not_found)
                    log.write(env::LogWeight::warn, std::string{"which plugins the store knows cannot be read: "} + error.what(), {});
                return std::vector<control::KnownPlugin>{};
            }
        };
        return cli::Parts{std::make_unique<store::SqliteStores>(clock, random, std::move(database), notice,
                                                                    store::LockPatience{settings.lock_timeout, [&cancel] { return cancel.cancelled(); }}, &log),
                          std::make_unique<LazyLibraries>(clock, std::move(secrets), std::move(origin), judge_of_loading(settings, log))};
    };
    const cli::World world{SPINE_VERSION,
                           std::to_string(SPINE_ABI_MAJOR) + "." + std::to_string(SPINE_ABI_MINOR),
                           clock,
                           random,
                           cancel,
                           environment,
                           config::process_places(),
                           assemble,
                           [&] { hold_interrupts(cancel); },
                           out,
                           err};
    process::leave(cli::execute(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), world));
}
