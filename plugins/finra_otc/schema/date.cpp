#include "schema/date.hpp"

#include "schema/ascii.hpp"

namespace finra {

namespace {

constexpr bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

constexpr int days_in_month(int year, int month) {
    constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

/// The number that `text` spells, or -1 if it is not made of digits alone; at most four of them are
/// asked for.
constexpr int number(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        if (!is_digit(c))
            return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

void put(int value, char* at, int width) {
    for (int i = width - 1; i >= 0; --i) {
        at[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

} // namespace

// Eras of 400 years whose year starts in March, so that the leap day is the last of its year.
std::optional<Date> date_from_civil(const Civil& civil) {
    if (civil.year < 1 || civil.year > 9999 || civil.month < 1 || civil.month > 12 ||
        civil.day < 1 || civil.day > days_in_month(civil.year, civil.month))
        return std::nullopt;
    const int year = civil.year - (civil.month <= 2 ? 1 : 0);
    const int era = year / 400;
    const int year_of_era = year - era * 400;
    const int month_from_march = (civil.month + 9) % 12;
    const int day_of_year = (153 * month_from_march + 2) / 5 + civil.day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return Date{era * 146097 + day_of_era - 719468};
}

Civil civil(Date date) {
    const int days = date.days + 719468;
    const int era = (days >= 0 ? days : days - 146096) / 146097;
    const int day_of_era = days - era * 146097;
    const int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int month_from_march = (5 * day_of_year + 2) / 153;
    const int day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

std::optional<Date> date_from_iso(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-')
        return std::nullopt;
    return date_from_civil(
        {number(text.substr(0, 4)), number(text.substr(5, 2)), number(text.substr(8, 2))});
}

std::optional<Date> date_from_compact(std::string_view text) {
    if (text.size() != 8)
        return std::nullopt;
    return date_from_civil(
        {number(text.substr(0, 4)), number(text.substr(4, 2)), number(text.substr(6, 2))});
}

std::array<char, 10> iso_chars(Date date) {
    const Civil at = civil(date);
    std::array<char, 10> text{};
    put(at.year, text.data(), 4);
    text[4] = '-';
    put(at.month, text.data() + 5, 2);
    text[7] = '-';
    put(at.day, text.data() + 8, 2);
    return text;
}

std::string iso(Date date) {
    const auto text = iso_chars(date);
    return {text.data(), text.size()};
}

std::string compact(Date date) {
    const auto text = iso_chars(date);
    return std::string(text.data(), 4).append(text.data() + 5, 2).append(text.data() + 8, 2);
}

// 1970-01-01 was a Thursday.
Weekday weekday(Date date) { return static_cast<Weekday>(((date.days + 3) % 7 + 7) % 7); }

std::string_view name(Weekday weekday) {
    constexpr std::array<std::string_view, 7> names{
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    return names[static_cast<std::size_t>(weekday)];
}

bool is_friday(Date date) { return weekday(date) == Weekday::friday; }

Date friday_on_or_before(Date date) {
    const int back = (static_cast<int>(weekday(date)) - static_cast<int>(Weekday::friday) + 7) % 7;
    return date - back;
}

Date friday_on_or_after(Date date) { return friday_on_or_before(date + 6); }

Date friday_of_week(Date date) {
    return date - static_cast<int>(weekday(date)) + static_cast<int>(Weekday::friday);
}

Date friday_before(Date date) { return friday_on_or_before(date - 1); }

std::vector<Date> fridays_ending(Date last, int count) {
    std::vector<Date> fridays;
    for (int i = count - 1; i >= 0; --i)
        fridays.push_back(last - 7 * i);
    return fridays;
}

} // namespace finra
