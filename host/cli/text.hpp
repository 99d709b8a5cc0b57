/// Text on a terminal: how wide it is, and data that must not be able to steer the terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spine::cli {

/// How many columns a terminal needs for printable UTF-8; does not depend on the locale.
std::size_t width_of(std::string_view text);

/// Control characters, bytes that are no UTF-8, and marks that turn the direction of text become visible escapes
/// (\n, \x1b, \u202e), so that no data can move the cursor, recolour or fake a line.
std::string printable(std::string_view text);

/// At most `columns` wide; what was cut shows as "…".
std::string cut(std::string_view text, std::size_t columns);

/// Lines at most `columns` (at least 2) wide, broken at blanks where there are any; what `lines_max` lines cannot hold is cut off the last one.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns, std::size_t lines_max);

} // namespace spine::cli
