/// UTF-8 as the standard has it: shortest forms only, no surrogates, nothing past U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace spine::workflow {

/// The number of bytes of the well-formed character that begins at `at`; 0 when there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) noexcept;
/// The first byte that is not part of a well-formed character, or npos.
std::size_t utf8_fault(std::string_view text) noexcept;

} // namespace spine::workflow
