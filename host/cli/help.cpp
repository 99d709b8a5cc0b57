#include "cli/help.hpp"

#include "cli/text.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace spine::cli {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string option_text(const Option& option) {
    std::string text = option.letter == '\0' ? "    " : std::string{"-"} + option.letter + ", ";
    text += "--" + option.name;
    if (!option.value.empty())
        text += " " + option.value;
    return text;
}

/// Two columns, the second one aligned.
std::string section(const std::string& title, const Lines& lines) {
    if (lines.empty())
        return {};
    std::size_t width = 0;
    for (const auto& [left, right] : lines)
        width = std::max(width, width_of(left));
    std::string out = "\n" + title + ":\n";
    for (const auto& [left, right] : lines) {
        out += "  " + left;
        if (!right.empty())
            out += std::string(width - width_of(left) + 2, ' ') + right;
        out += "\n";
    }
    return out;
}

Lines lines_of(const std::vector<Option>& options) {
    Lines lines;
    for (const auto& option : options)
        lines.emplace_back(option_text(option), option.help + (option.required ? " (required)" : option.repeats ? " (may be repeated)" : ""));
    return lines;
}

std::string examples(const std::vector<std::string>& texts) {
    Lines lines;
    for (const auto& text : texts)
        lines.emplace_back(text, "");
    return section("Examples", lines);
}

std::string arguments_of(const Command& command) {
    std::string text;
    for (const auto& argument : command.arguments) {
        const auto name = argument.name + (argument.repeats ? "..." : "");
        text += " " + (argument.optional ? "[" + name + "]" : name);
    }
    return text;
}

std::string usage_of(const Command& command) {
    std::string usage = "spine " + command.full_name() + arguments_of(command);
    for (const auto& option : command.options) {
        const auto name = option.letter == '\0' ? "--" + option.name : std::string{"-"} + option.letter;
        const auto text = name + (option.value.empty() ? "" : " " + option.value);
        usage += (option.required ? " " + text : " [" + text + "]") + (option.repeats ? "..." : "");
    }
    return usage;
}

std::string of_command(const Command& command) {
    std::string out = "spine " + command.full_name() + ": " + command.summary + "\n\nUsage:\n  " + usage_of(command) + "\n";
    Lines arguments;
    for (const auto& argument : command.arguments)
        arguments.emplace_back(argument.name, argument.help);
    return out + section("Arguments", arguments) + section("Options", lines_of(command.options)) +
           section("Options of every command", lines_of(global_options())) + examples(command.examples);
}

std::string of_group(const std::string& group) {
    Lines lines;
    std::vector<std::string> shown;
    for (const auto& command : commands()) {
        if (command.group != group)
            continue;
        lines.emplace_back(command.full_name() + arguments_of(command), command.summary);
        if (!command.examples.empty())
            shown.push_back(command.examples.front());
    }
    return "spine " + group + ": " + groups().at(group) + "\n" + section("Commands", lines) + examples(shown) +
           "\n'spine " + group + " COMMAND --help' says more.\n";
}

std::string of_program() {
    Lines lines;
    std::set<std::string> seen;
    for (const auto& command : commands()) {
        if (command.group.empty())
            lines.emplace_back(command.name, command.summary);
        else if (seen.insert(command.group).second)
            lines.emplace_back(command.group, groups().at(command.group));
    }
    return "spine runs market-data work through plugins, so that its result can be trusted.\n\n"
           "Usage:\n  spine [OPTIONS] COMMAND\n" +
           section("Commands", lines) + section("Options", lines_of(global_options())) +
           section("Environment",
                   {{"SPINE_DB, SPINE_PLUGINS, SPINE_WORKFLOWS, SPINE_CONFIG",
                     "stand for --db, --plugins, --workflows and --config"},
                    {"SPINE_ENV, SPINE_ENV_FILE, SPINE_SECRETS", "stand for --profile, --env-file and --secrets"},
                    {"SPINE_FLAG_NAME", "true or false: the flag `name` of workflows"},
                    {"NO_COLOR", "no colours"}}) +
           section("Exit codes",
                   {{"0", "done, or skipped because already done"},
                    {"1", "the run failed"},
                    {"2", "usage"},
                    {"3", "invalid definition or configuration"},
                    {"4", "not found"},
                    {"5", "conflict, or already running"},
                    {"6", "the data is not good enough"},
                    {"7", "unavailable or timed out"},
                    {"8", "not allowed"},
                    {"75", "not ended yet: the run waits for a person, or for longer than five minutes"},
                    {"130", "interrupted"}}) +
           examples({"spine db init",
                     "spine plugin list",
                     "spine run otc.ingest_week -p file=week.csv",
                     "spine workflow run finra.weekly_refresh_v2 -p file=week.csv -p tier=OTC",
                     "spine runs list -o json",
                     "spine query 'SELECT * FROM otc_raw_latest LIMIT 5'"}) +
           "\n'spine COMMAND --help' says more.\n";
}

} // namespace

std::string help_text(const std::vector<std::string>& topic) {
    std::string name;
    for (const auto& word : topic)
        name += (name.empty() ? "" : " ") + word;
    const auto found = std::ranges::find(commands(), name, &Command::full_name);
    if (found != commands().end())
        return of_command(*found);
    return groups().contains(name) ? of_group(name) : of_program();
}

} // namespace spine::cli
