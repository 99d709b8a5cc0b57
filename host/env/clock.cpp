#include "env/clock.hpp"

#include "error.hpp"

#include <cstdio>
#include <date/date.h>
#include <sstream>
#include <thread>

namespace spine::env {

TimePoint SystemClock::now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::chrono::nanoseconds SystemClock::monotonic() {
    return std::chrono::steady_clock::now().time_since_epoch();
}

void SystemClock::sleep(std::chrono::nanoseconds duration) { std::this_thread::sleep_for(duration); }

namespace {
struct Parts {
    int year;
    unsigned month, day;
    long hour, minute, second, milli;
};
Parts parts_of(TimePoint time) {
    const auto day = date::floor<date::days>(time);
    const date::year_month_day ymd{day};
    const date::hh_mm_ss<std::chrono::milliseconds> clock{time - day};
    return {static_cast<int>(ymd.year()),
            static_cast<unsigned>(ymd.month()),
            static_cast<unsigned>(ymd.day()),
            clock.hours().count(),
            clock.minutes().count(),
            clock.seconds().count(),
            clock.subseconds().count()};
}
} // namespace

std::string to_text(TimePoint time) {
    const auto p = parts_of(time);
    char out[96];
    std::snprintf(out,
                  sizeof out,
                  "%04d-%02u-%02uT%02ld:%02ld:%02ld.%03ldZ",
                  p.year,
                  p.month,
                  p.day,
                  p.hour,
                  p.minute,
                  p.second,
                  p.milli);
    return out;
}

std::string to_stamp(TimePoint time) {
    const auto p = parts_of(time);
    char out[96];
    std::snprintf(out,
                  sizeof out,
                  "%04d%02u%02uT%02ld%02ld%02ld",
                  p.year,
                  p.month,
                  p.day,
                  p.hour,
                  p.minute,
                  p.second);
    return out;
}

std::string to_day(TimePoint time) { return to_stamp(time).substr(0, 8); }

TimePoint time_from(const std::string& text) {
    for (const char* format : {"%FT%TZ", "%F"}) {
        std::istringstream in{text};
        TimePoint time;
        in >> date::parse(format, time);
        if (!in.fail() && in.peek() == std::istringstream::traits_type::eof())
            return time;
    }
    throw Error{ErrorCode::invalid,
                "'" + text + "' is no time",
                "write a UTC time such as 2026-01-02T22:15:01.000Z or a date such as 2026-01-02"};
}

} // namespace spine::env
