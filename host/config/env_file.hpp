/// Reads an .env file: NAME=VALUE lines.
///
/// `export ` in front of a name is allowed; `#` begins a comment at the start of a line and after a blank. A value in '…' is taken as it is, one in
/// "…" knows \n \r \t \" \\ and \$; without quotes blanks around it are taken off. `$NAME` means nothing: values are taken as they are written.
#pragma once

#include "config/fault.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spine::config {

inline constexpr std::size_t env_file_bytes_max = std::size_t{64} << 10;
inline constexpr std::size_t env_file_lines_max = 1000;

struct Variable {
    std::string name;
    std::string value;
    long line = 0;

    bool operator==(const Variable&) const = default;
};

/// The variables in the order of the text, or every fault; a fault never repeats a value, which may be a secret. `file` is for the faults.
std::variant<std::vector<Variable>, Faults> read_env(std::string_view text, const std::string& file);

} // namespace spine::config
