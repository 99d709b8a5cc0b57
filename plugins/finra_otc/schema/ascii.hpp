// Text in ASCII, whatever the locale: what the domain's codes and file formats are made of. A byte
// outside ASCII is left as it is and belongs to no class.
#pragma once

#include <cstddef>
#include <string_view>

namespace finra {

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A capital letter.
constexpr bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// `text` without the blanks round it.
constexpr std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

constexpr bool same_ignoring_case(std::string_view left, std::string_view right) {
    if (left.size() != right.size())
        return false;
    for (std::size_t i = 0; i < left.size(); ++i)
        if (upper(left[i]) != upper(right[i]))
            return false;
    return true;
}

} // namespace finra
