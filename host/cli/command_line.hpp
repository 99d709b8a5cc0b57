/// Arguments in, a command with its options out; or everything that is wrong with them.
#pragma once

#include "cli/command.hpp"
#include "config/load.hpp"
#include "workflow/diagnostic.hpp"

#include <string>
#include <utility>
#include <vector>

namespace spine::cli {

struct CommandLine {
    config::Flags flags;
    Invocation invocation;          ///< without a command when only help was asked for, or on a fault
    bool help = false;
    std::vector<std::string> topic; ///< what help was asked about: words as far as they name a group or command
    workflow::Diagnostics faults;
};

/// Global flags may stand before and after the command; `--` ends the flags.
CommandLine parse(const std::vector<std::string>& arguments);

/// "k=v" in two; a fault when there is no '=' or no name.
struct KeyValues {
    std::vector<std::pair<std::string, std::string>> pairs;
    workflow::Diagnostics faults;
};
KeyValues key_values(const std::string& option, const std::vector<std::string>& texts);

} // namespace spine::cli
