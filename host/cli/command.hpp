/// What the command line offers, as one table: parsing, help and completion all read it.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace spine::cli {

struct Session;
struct Invocation;

struct Option {
    std::string name;       ///< "dry-run"
    char letter = '\0';     ///< 'p' for -p
    std::string value;      ///< what follows, for the help: "K=V"; empty: nothing follows
    std::string help;
    bool repeats = false;
    bool required = false; ///< the command refuses to go on without it

    bool operator==(const Option&) const = default;
};

struct Argument {
    std::string name; ///< "PIPELINE"
    std::string help;
    bool optional = false;
    bool repeats = false; ///< the last one only
};

struct Command {
    std::string group; ///< "db", or empty
    std::string name;  ///< "init"
    std::string summary;
    std::vector<Argument> arguments; ///< the optional ones last
    std::vector<Option> options;
    std::vector<std::string> examples;
    /// Does it; returns the exit code. Throws Error.
    int (*perform)(Session& session, const Invocation& invocation) = nullptr;

    std::string full_name() const { return group.empty() ? name : group + " " + name; }
};

/// A command with what was written behind it.
struct Invocation {
    const Command* command = nullptr;
    std::vector<std::string> arguments;
    std::map<std::string, std::vector<std::string>> options; ///< without the global ones

    bool has(const std::string& option) const { return options.contains(option); }
    /// The option's value, or the empty text.
    std::string value(const std::string& option) const {
        const auto found = options.find(option);
        return found == options.end() ? std::string{} : found->second.front();
    }
};

const std::vector<Command>& commands();
/// One line for each group.
const std::map<std::string, std::string>& groups();
const std::vector<Option>& global_options();

} // namespace spine::cli
