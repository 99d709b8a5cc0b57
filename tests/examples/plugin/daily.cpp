#include "examples.hpp"
#include "text.hpp"

#include <array>

namespace examples {

namespace {

constexpr std::int64_t records_per_day = 150;

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
int days_in(int year, int month) {
    constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}
std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

} // namespace

void generate_days(spine::Check& check) {
    const std::string_view first = spine::view(option(check, "first").text);
    const auto count = option(check, "count").integer;
    if (count < 1 || count > 1000)
        throw spine::Error{SPINE_INVALID_ARG, "count must lie between 1 and 1000"};
    int year = std::stoi(std::string(first.substr(0, 4)));
    int month = std::stoi(std::string(first.substr(5, 2)));
    int day = std::stoi(std::string(first.substr(8, 2)));
    std::string list = "[";
    for (std::int64_t i = 0; i < count; ++i) {
        list += (i == 0 ? "\"" : ",\"") + std::to_string(year) + "-" + two_digits(month) + "-" +
                two_digits(day) + "\"";
        if (++day > days_in(year, month)) {
            day = 1;
            month = month == 12 ? 1 : month + 1;
            year += month == 1 ? 1 : 0;
        }
    }
    list += "]";
    check.output("days", spine::Json{list}).output("count", count);
}

void fetch_daily(spine::Attempt& attempt) {
    auto rows = attempt.replace<std::int64_t, std::string_view>(
        "daily_records", attempt.derived(), "n|source");
    for (std::int64_t n = 1; n <= records_per_day; ++n)
        rows.add(n, attempt.text("source"));
    const auto count = rows.finish();
    attempt.reached(attempt.derived(), count, {{"records", count}});
    attempt.output("records", count).output("date", attempt.date("date"));
}

void process_daily(spine::Attempt& attempt) {
    const auto input = attempt.input();
    std::int64_t count = 0;
    // What was made from a set of inputs is read by it.
    for (const auto& [n] : attempt.select<std::int64_t>(
             "SELECT n FROM daily_records WHERE derivation_seq = ?", input.capture_seq))
        count += n > 0 ? 1 : 0;
    attempt.reached(attempt.derived(), static_cast<std::uint64_t>(count), {{"processed", count}});
    attempt.output("processed", count).output("quality_score", 0.98);
}

} // namespace examples
