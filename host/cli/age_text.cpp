#include "cli/age_text.hpp"

#include <charconv>
#include <cstdint>

namespace spine::cli {
namespace {

std::int64_t seconds_of(char unit) {
    switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86'400;
    case 'w': return 7 * 86'400;
    default: return 0;
    }
}

} // namespace

std::optional<std::chrono::milliseconds> age_from(std::string_view text) {
    constexpr std::int64_t seconds_max = 100LL * 366 * 86'400;
    if (text.size() < 2 || text.front() < '0' || text.front() > '9')
        return std::nullopt;
    std::int64_t count = 0;
    const auto* end = text.data() + text.size() - 1;
    const auto read = std::from_chars(text.data(), end, count);
    const auto unit = seconds_of(text.back());
    if (read.ec != std::errc{} || read.ptr != end || unit == 0 || count > seconds_max / unit)
        return std::nullopt;
    return std::chrono::seconds{count * unit};
}

} // namespace spine::cli
