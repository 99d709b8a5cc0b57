#include "pipelines.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace spine_common {

namespace {

constexpr double seconds_max = 86'400;
/// How often it says that it is still there.
constexpr std::uint64_t slice_ms = 1'000;

} // namespace

void sleep(spine::Attempt& attempt) {
    const double seconds = attempt.real("seconds");
    if (!(seconds >= 0 && seconds <= seconds_max))
        throw spine::Error{SPINE_INVALID_ARG, "seconds must lie between 0 and 86400 (one day)"};
    const auto total_ms = static_cast<std::uint64_t>(seconds * 1000);
    for (std::uint64_t slept_ms = 0; slept_ms < total_ms;) {
        attempt.progress(slept_ms, total_ms, "milliseconds");
        const std::uint64_t next_ms = std::min(slice_ms, total_ms - slept_ms);
        attempt.wait_ms(next_ms);
        slept_ms += next_ms;
    }
    attempt.progress(total_ms, total_ms, "milliseconds");
    attempt.output("slept_ms", total_ms);
}

} // namespace spine_common
