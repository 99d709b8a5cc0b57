/// The digest by which contents are told apart.
#pragma once

#include <string>
#include <string_view>

namespace spine::workflow {

/// SHA-256 of the bytes, in 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

} // namespace spine::workflow
