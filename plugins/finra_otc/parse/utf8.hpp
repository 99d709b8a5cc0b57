// Whether bytes are text, what to read those as that are not, and how to show them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace finra::parse {

enum class Bytes { ascii, utf8, has_nul, invalid };

/// What `line` is made of. Fast for ASCII; `invalid` is what no UTF-8 decoder may accept: broken
/// sequences, overlong forms, surrogates, beyond U+10FFFF. A NUL decides over everything else.
Bytes classify(std::string_view line);

/// `bytes` as valid UTF-8 without NUL from which they can be had again: a NUL, and every byte that
/// is no part of a character, becomes `\x` and two hexadecimal digits, and a backslash before an
/// `x`, a backslash or such a byte is doubled. At most `size_max` bytes, never cut inside a
/// character or an escape. `into` is replaced.
void write_escaped(std::string_view bytes, std::size_t size_max, std::string& into);

/// Whether `write_escaped` would write the text, which is valid UTF-8 without NUL, otherwise than
/// it is.
bool has_escapes(std::string_view text);

/// `bytes` with every byte that is no part of a UTF-8 character read as one of Windows-1252; the
/// characters that are UTF-8 stay. False for one of the five bytes that Windows-1252 does not
/// define (81, 8D, 8F, 90, 9D) or a NUL. `into` is replaced.
bool read_windows_1252(std::string_view bytes, std::string& into);

} // namespace finra::parse
