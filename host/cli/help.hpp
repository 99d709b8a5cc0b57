/// Help for people, made from the command table.
#pragma once

#include "cli/command.hpp"

#include <string>
#include <vector>

namespace spine::cli {

/// For the program, a group or a command, whichever the words name.
std::string help_text(const std::vector<std::string>& topic);

} // namespace spine::cli
