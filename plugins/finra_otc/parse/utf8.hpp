// Whether bytes are text, and how to show those that are not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace finra::parse {

enum class Bytes { ascii, utf8, has_nul, invalid };

/// What `line` is made of. Fast for ASCII; `invalid` is what no UTF-8 decoder may accept: broken
/// sequences, overlong forms, surrogates, beyond U+10FFFF. A NUL decides over everything else.
Bytes classify(std::string_view line);

/// `bytes` as valid UTF-8 without NUL, at most `size_max` bytes, never cut inside a character;
/// every byte that is no text becomes U+FFFD. `into` is replaced.
void make_printable(std::string_view bytes, std::size_t size_max, std::string& into);

} // namespace finra::parse
