#include "cli/command_line.hpp"

#include "workflow/catalogue.hpp"

#include <algorithm>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <set>

namespace spine::cli {
namespace {

namespace po = boost::program_options;

/// Every option that any command has, since the command is known only after its flags have been told from its words. One
/// name means one kind of option everywhere; a test holds the table to that.
po::options_description every_option() {
    po::options_description all;
    std::set<std::string> added;
    const auto add = [&](const Option& option) {
        if (!added.insert(option.name).second)
            return;
        const auto name = option.letter == '\0' ? option.name : option.name + "," + option.letter;
        if (option.value.empty())
            all.add_options()(name.c_str(), "");
        else
            all.add_options()(name.c_str(), po::value<std::string>(), "");
    };
    for (const auto& option : global_options())
        add(option);
    for (const auto& command : commands())
        for (const auto& option : command.options)
            add(option);
    return all;
}

const Option* find_option(const std::vector<Option>& options, const std::string& name) {
    const auto found = std::ranges::find(options, name, &Option::name);
    return found == options.end() ? nullptr : &*found;
}

struct Reading {
    CommandLine line;
    std::vector<std::string> words;
    std::map<std::string, std::vector<std::string>> options;
    std::vector<std::string> unknown; ///< options

    void fault(std::string where, std::string message, std::string hint = {}) {
        line.faults.push_back({std::move(where), std::move(message), std::move(hint), 0, 0});
    }

    void take_globals() {
        const auto take = [&](const char* name, std::optional<std::string>& into) {
            if (const auto found = options.find(name); found != options.end())
                into = found->second.front();
        };
        take("db", line.flags.database);
        take("plugins", line.flags.plugin_folder);
        take("workflows", line.flags.workflow_folder);
        take("config", line.flags.config_file);
        take("output", line.flags.output);
        take("color", line.flags.color);
        take("log-level", line.flags.log_level);
        take("log-format", line.flags.log_format);
        take("log-file", line.flags.log_file);
        take("profile", line.flags.profile);
        take("env-file", line.flags.env_file);
        take("secrets", line.flags.secrets_folder);
        take("lock-timeout", line.flags.lock_timeout);
        take("only", line.flags.only_plugins);
        take("without", line.flags.without_plugins);
        line.flags.safe_mode = options.contains("safe-mode");
        line.flags.quiet = options.contains("quiet");
        line.help = options.contains("help");
        for (const auto& option : global_options()) {
            if (const auto found = options.find(option.name); found != options.end() && found->second.size() > 1 &&
                                                              !option.value.empty())
                fault("--" + option.name, "is given twice", "give it once");
            if (options.contains(option.name))
                options.erase(option.name);
        }
    }

    /// The command that the first words name; they are taken away.
    void take_command() {
        if (words.empty())
            return;
        const auto& all = commands();
        for (const std::size_t count : {std::size_t{2}, std::size_t{1}}) {
            if (words.size() < count)
                continue;
            const auto name = count == 2 ? words[0] + " " + words[1] : words[0];
            const auto found = std::ranges::find(all, name, &Command::full_name);
            if (found == all.end())
                continue;
            line.invocation.command = &*found;
            line.topic.assign(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
            words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
            return;
        }
        if (groups().contains(words[0]))
            incomplete_group();
        else if (unknown.empty()) // else this word is probably what was meant for the option
            unknown_command();
    }

    void incomplete_group() {
        const auto& group = words[0];
        line.topic = {group};
        std::vector<std::string> names;
        std::string listed;
        for (const auto& command : commands()) {
            if (command.group != group)
                continue;
            names.push_back(command.name);
            listed += (listed.empty() ? "" : ", ") + command.name;
        }
        if (words.size() < 2) {
            if (!line.help)
                fault("'spine " + group + "'", "needs to be told what to do", "it has " + listed);
            return;
        }
        const auto meant = workflow::nearest(words[1], names);
        fault("'spine " + group + "'",
              "has no command '" + words[1] + "'",
              meant.empty() ? "it has " + listed : "did you mean 'spine " + group + " " + meant + "'?");
    }

    void unknown_command() {
        std::vector<std::string> names;
        for (const auto& command : commands())
            names.push_back(command.full_name());
        for (const auto& [group, summary] : groups())
            names.push_back(group);
        const auto two = words.size() > 1 ? words[0] + " " + words[1] : words[0];
        auto meant = workflow::nearest(two, names);
        if (meant.empty())
            meant = workflow::nearest(words[0], names);
        fault("command '" + words[0] + "'",
              "is unknown",
              meant.empty() ? "'spine --help' shows what there is" : "did you mean 'spine " + meant + "'?");
    }

    void check_options() {
        const auto* command = line.invocation.command;
        std::vector<std::string> names;
        for (const auto& option : global_options())
            names.push_back("--" + option.name);
        if (command != nullptr)
            for (const auto& option : command->options)
                names.push_back("--" + option.name);
        const auto refuse = [&](const std::string& written, const std::string& why) {
            const auto meant = workflow::nearest(written, names);
            fault("option '" + written + "'",
                  why,
                  !meant.empty()       ? "did you mean '" + meant + "'?"
                  : command != nullptr ? "'spine " + command->full_name() + " --help' shows what there is"
                                       : "'spine --help' shows what there is");
        };
        for (const auto& written : unknown)
            refuse(written, "is unknown");
        if (command == nullptr)
            return;
        for (const auto& [name, values] : options) {
            const auto* option = find_option(command->options, name);
            if (option == nullptr)
                refuse("--" + name, "does not belong to 'spine " + command->full_name() + "'");
            else if (!option->repeats && values.size() > 1 && !option->value.empty())
                fault("--" + name, "is given twice", "give it once");
        }
    }

    void check_arguments() {
        const auto* command = line.invocation.command;
        if (command == nullptr || line.help)
            return;
        const auto& arguments = command->arguments;
        for (std::size_t i = words.size(); i < arguments.size() && !arguments[i].optional; ++i)
            fault("'spine " + command->full_name() + "'",
                  "needs " + arguments[i].name,
                  command->examples.empty() ? arguments[i].help : "for example: " + command->examples.front());
        if (!arguments.empty() && arguments.back().repeats)
            return;
        for (std::size_t i = arguments.size(); i < words.size(); ++i)
            fault("argument '" + words[i] + "'",
                  "is one too many for 'spine " + command->full_name() + "'",
                  words[i].find('=') != std::string::npos && find_option(command->options, "param") != nullptr
                      ? "a parameter is given as -p " + words[i]
                      : "put text with blanks into quotes");
    }
};

} // namespace

CommandLine parse(const std::vector<std::string>& arguments) {
    Reading reading;
    const auto known = every_option();
    namespace style = po::command_line_style;
    const int unix_without_guessing = style::unix_style & ~style::allow_guessing;
    try {
        po::command_line_parser parser{arguments};
        const auto parsed = parser.options(known).style(unix_without_guessing).allow_unregistered().run();
        for (const auto& option : parsed.options) {
            if (option.unregistered)
                reading.unknown.push_back(option.original_tokens.empty() ? option.string_key : option.original_tokens.front());
            else if (option.string_key.empty() || option.position_key >= 0)
                reading.words.insert(reading.words.end(), option.value.begin(), option.value.end());
            else
                reading.options[option.string_key].push_back(option.value.empty() ? std::string{} : option.value.front());
        }
    } catch (const po::error& error) { // the library's own exceptions end here
        reading.fault("command line:", error.what(), "'spine --help' shows what there is");
        return std::move(reading.line);
    }
    reading.take_globals();
    if (!reading.words.empty() && reading.words.front() == "help") {
        reading.line.help = true;
        reading.words.erase(reading.words.begin());
    }
    reading.take_command();
    reading.check_options();
    reading.check_arguments();
    auto& line = reading.line;
    line.invocation.arguments = std::move(reading.words);
    line.invocation.options = std::move(reading.options);
    return std::move(line);
}

KeyValues key_values(const std::string& option, const std::vector<std::string>& texts) {
    KeyValues result;
    for (const auto& text : texts) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            result.faults.push_back({option + " '" + text + "'", "is not NAME=VALUE", "such as " + option + " tier=OTC", 0, 0});
        else
            result.pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return result;
}

} // namespace spine::cli
