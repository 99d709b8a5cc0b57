/// How long ago, as people write it on the command line.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace spine::cli {

/// "45s", "90m", "12h", "30d", "8w": a whole number and one letter, at most 100 years; nothing for anything else.
std::optional<std::chrono::milliseconds> age_from(std::string_view text);

} // namespace spine::cli
