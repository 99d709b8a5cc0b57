/// Time as the host sees it; everything that needs a time is handed one of these.
#pragma once

#include <chrono>
#include <string>

namespace spine::env {

/// Milliseconds since 1970 UTC.
using TimePoint = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// Threads: any. Lives: as long as whoever was handed it.
class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() = 0;
    /// Never goes backward; for durations and deadlines.
    virtual std::chrono::nanoseconds monotonic() = 0;
    virtual void sleep(std::chrono::nanoseconds duration) = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
public:
    TimePoint now() override;
    std::chrono::nanoseconds monotonic() override;
    void sleep(std::chrono::nanoseconds duration) override;
};

/// `2026-01-02T22:15:01.042Z`
std::string to_text(TimePoint time);
/// `20260102T221501`
std::string to_stamp(TimePoint time);
/// `20260102`, the UTC day
std::string to_day(TimePoint time);
/// Reads what `to_text` writes, also without milliseconds, or a bare date (midnight UTC); throws Error{invalid}.
TimePoint time_from(const std::string& text);

} // namespace spine::env
