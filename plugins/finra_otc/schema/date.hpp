// A day of the calendar, and the little arithmetic that weekly data needs: ISO text, weekdays and
// Fridays.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace finra {

/// One day, counted from 1970-01-01; it knows neither a clock nor a time zone.
struct Date {
    std::int32_t days = 0;

    bool operator==(const Date&) const = default;
    std::strong_ordering operator<=>(const Date& other) const { return days <=> other.days; }
};

struct Civil {
    int year = 1970;
    int month = 1;
    int day = 1;

    bool operator==(const Civil&) const = default;
};

constexpr Date operator+(Date date, int days) { return {date.days + days}; }
constexpr Date operator-(Date date, int days) { return {date.days - days}; }
constexpr int operator-(Date later, Date earlier) { return later.days - earlier.days; }

enum class Weekday : std::uint8_t {
    monday,
    tuesday,
    wednesday,
    thursday,
    friday,
    saturday,
    sunday
};

/// The day of a civil date, or nullopt if the calendar has none such. Years 1 to 9999.
std::optional<Date> date_from_civil(const Civil& civil);
Civil civil(Date date);

/// Exactly `YYYY-MM-DD`, and a day that exists.
std::optional<Date> date_from_iso(std::string_view text);
/// Exactly `YYYYMMDD`, and a day that exists.
std::optional<Date> date_from_compact(std::string_view text);

/// `2025-12-12`, without an allocation.
std::array<char, 10> iso_chars(Date date);
std::string iso(Date date);
/// `20251212`
std::string compact(Date date);

Weekday weekday(Date date);
std::string_view name(Weekday weekday);

bool is_friday(Date date);
Date friday_on_or_before(Date date);
Date friday_on_or_after(Date date);
/// The Friday of the week of `date`, Monday to Sunday.
Date friday_of_week(Date date);
/// The last Friday before `date`, never `date` itself.
Date friday_before(Date date);
/// `count` consecutive Fridays, the oldest first; `last`, which must be a Friday, is the last of
/// them.
std::vector<Date> fridays_ending(Date last, int count);

} // namespace finra
