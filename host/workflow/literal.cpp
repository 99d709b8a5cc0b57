#include "workflow/literal.hpp"

#include "error.hpp"
#include "workflow/json.hpp"
#include "workflow/utf8.hpp"

#include <boost/json/string.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace spine::workflow {
namespace {

using Read = std::variant<boost::json::value, Misfit>;

/// A quotation for a message: long texts are cut at a character's boundary.
std::string quoted(std::string_view text) {
    constexpr std::size_t shown_max = 80;
    if (text.size() <= shown_max)
        return "'" + std::string{text} + "'";
    std::size_t cut = 0;
    while (cut < shown_max) {
        const auto length = utf8_length(text, cut);
        cut += length == 0 ? 1 : length;
    }
    return "'" + std::string{text.substr(0, cut)} + "...'";
}

/// Exactly `count` decimal digits at the beginning of `text`, which is moved past them.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count)
        return std::nullopt;
    unsigned value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        value = value * 10 + static_cast<unsigned>(text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted)
        return false;
    text.remove_prefix(1);
    return true;
}

enum class DateFault { none, form, calendar };

DateFault take_date(std::string_view& text) {
    const auto year = take_digits(text, 4);
    if (!year || !take(text, '-'))
        return DateFault::form;
    const auto month = take_digits(text, 2);
    if (!month || !take(text, '-'))
        return DateFault::form;
    const auto day = take_digits(text, 2);
    if (!day)
        return DateFault::form;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                           std::chrono::month{*month},
                                           std::chrono::day{*day}};
    return *year >= 1 && date.ok() ? DateFault::none : DateFault::calendar;
}

Read read_boolean(std::string_view text) {
    const auto word = lower_case(text);
    for (const auto* yes : {"true", "yes", "on", "1"})
        if (word == yes)
            return boost::json::value(true);
    for (const auto* no : {"false", "no", "off", "0"})
        if (word == no)
            return boost::json::value(false);
    return Misfit{quoted(text) + " is no boolean", "write true or false"};
}

Read read_integer(std::string_view text) {
    auto digits = text;
    if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-')
        digits.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range)
        return Misfit{quoted(text) + " does not fit in a 64-bit integer", {}};
    if (error != std::errc{} || end != digits.data() + digits.size())
        return Misfit{quoted(text) + " is no integer", "write decimal digits only, such as 42 or -7"};
    return boost::json::value(value);
}

Read read_real(std::string_view text) {
    auto digits = text;
    if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-')
        digits.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range)
        return Misfit{quoted(text) + " is out of the range of a double", {}};
    if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(value))
        return Misfit{quoted(text) + " is no number", "write it with a point, such as 0.25 or 1e6"};
    return boost::json::value(value);
}

Read read_date(std::string_view text) {
    auto rest = text;
    const auto fault = take_date(rest);
    if (fault == DateFault::calendar)
        return Misfit{quoted(text) + " is not in the calendar", "check the day and the month: YYYY-MM-DD"};
    if (fault == DateFault::form || !rest.empty())
        return Misfit{quoted(text) + " is no date", "write YYYY-MM-DD, such as 2025-12-12"};
    return boost::json::value(text);
}

Read read_timestamp(std::string_view text) {
    const Misfit form{quoted(text) + " is no timestamp",
                      "write UTC as YYYY-MM-DDTHH:MM:SS.mmmZ, such as 2026-01-02T22:15:01.000Z, or a date"};
    auto rest = text;
    const auto fault = take_date(rest);
    if (fault == DateFault::calendar)
        return Misfit{quoted(text) + " is not in the calendar", "check the day and the month"};
    if (fault == DateFault::form)
        return form;
    std::string canonical{text.substr(0, 10)};
    if (rest.empty())
        return boost::json::value(canonical + "T00:00:00.000Z");
    if (!take(rest, 'T'))
        return form;
    const auto hour = take_digits(rest, 2);
    if (!hour || !take(rest, ':'))
        return form;
    const auto minute = take_digits(rest, 2);
    if (!minute || !take(rest, ':'))
        return form;
    const auto second = take_digits(rest, 2);
    if (!second)
        return form;
    unsigned milli = 0;
    if (take(rest, '.')) {
        unsigned scale = 100;
        std::size_t count = 0;
        for (; count < 3 && !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; ++count, scale /= 10) {
            milli += static_cast<unsigned>(rest.front() - '0') * scale;
            rest.remove_prefix(1);
        }
        if (count == 0)
            return form;
    }
    if (!take(rest, 'Z') || !rest.empty())
        return form;
    if (*hour > 23 || *minute > 59 || *second > 59)
        return Misfit{quoted(text) + " is no time of the day", "hours to 23, minutes and seconds to 59"};
    char clock[32];
    std::snprintf(clock, sizeof clock, "T%02u:%02u:%02u.%03uZ", *hour, *minute, *second, milli);
    return boost::json::value(canonical + clock);
}

} // namespace

std::string_view trimmed(std::string_view text) noexcept {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string lower_case(std::string_view text) {
    std::string out{text};
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::variant<boost::json::value, Misfit> read_literal(Type type, std::string_view text) {
    if (utf8_fault(text) != std::string_view::npos)
        return Misfit{"the text is not UTF-8", {}};
    switch (type) {
    case Type::boolean: return read_boolean(trimmed(text));
    case Type::integer: return read_integer(trimmed(text));
    case Type::real: return read_real(trimmed(text));
    case Type::date: return read_date(trimmed(text));
    case Type::timestamp: return read_timestamp(trimmed(text));
    case Type::json:
        try {
            return json_from(text);
        } catch (const Error& error) { // a fault in written text is a value from here on
            return Misfit{error.what(), {}};
        }
    case Type::text: break;
    }
    if (text.find('\0') != std::string_view::npos)
        return Misfit{"the text contains a NUL character", {}};
    return boost::json::value(text);
}

} // namespace spine::workflow
