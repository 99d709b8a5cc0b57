#include "calc/rolling.hpp"
#include "rows.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tuple>

using namespace finra;
using namespace finra::calc;
namespace data = boost::unit_test::data;

namespace {

const Date last_week = *date_from_iso("2025-12-26");

/// A window in which A has these volumes, the oldest week first; -1 is a week without a row.
std::vector<WindowWeek> window_of(const std::vector<std::int64_t>& volumes) {
    std::vector<WindowWeek> window;
    const auto weeks = fridays_ending(last_week, static_cast<int>(volumes.size()));
    for (std::size_t i = 0; i < volumes.size(); ++i) {
        window.push_back({weeks[i], {}});
        if (volumes[i] >= 0)
            window.back().symbols.push_back({symbol("A"), volumes[i], volumes[i] / 2});
    }
    return window;
}

SymbolRolling roll(const std::vector<std::int64_t>& volumes) {
    const Rolling result = value_of(rolling(window_of(volumes), OnIncomplete::partial));
    BOOST_TEST_REQUIRE(result.symbols.size() == 1U);
    return result.symbols[0];
}

/// First and last volume, the trend and its percentage in hundredths (or none).
const std::vector<std::tuple<std::int64_t, std::int64_t, std::string, std::string>> trends{
    {100, 100, "FLAT", "0"},
    {100, 105, "FLAT", "500"},
    {100, 106, "UP", "600"},
    {100, 95, "FLAT", "-500"},
    {100, 94, "DOWN", "-600"},
    {10000, 10501, "UP", "501"},
    {100000, 105004, "FLAT", "500"}, // 5.004 is 5.00
    {100000, 105005, "UP", "501"},   // 5.005 is 5.01
    {100000, 94995, "DOWN", "-501"},
    {100000, 94996, "FLAT", "-500"},
    {900000, 1020000, "UP", "1333"},
    {3, 2, "DOWN", "-3333"},
    {3, 1, "DOWN", "-6667"},
    {100, 0, "DOWN", "-10000"},
    {0, 1, "UP", "none"},
    {0, 0, "FLAT", "0"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(rolling_weeks)

BOOST_AUTO_TEST_CASE(six_weeks_are_complete_with_floored_averages) {
    const SymbolRolling rolled = roll({10, 20, 30, 40, 50, 65});
    const SymbolRolling expected{symbol("A"), 35, 17, 10, 65, Trend::up, 55000, 6, true};
    BOOST_TEST((rolled == expected)); // 215 / 6 = 35.8, 107 / 6 = 17.8
}

BOOST_AUTO_TEST_CASE(absent_weeks_are_not_replaced_and_the_window_is_partial) {
    const SymbolRolling rolled = roll({-1, 100, -1, 50, -1, -1});
    const SymbolRolling expected{symbol("A"), 75, 37, 50, 100, Trend::down, -5000, 2, false};
    BOOST_TEST((rolled == expected));
}

BOOST_AUTO_TEST_CASE(one_week_is_flat) {
    const SymbolRolling rolled = roll({100});
    BOOST_TEST((rolled.trend == Trend::flat));
    BOOST_TEST(rolled.trend_pct_hundredths.value() == 0);
    BOOST_TEST(rolled.weeks_in_window == 1);
}

BOOST_DATA_TEST_CASE(
    the_trend_is_that_of_the_rounded_percentage, data::make(trends), first, last, direction, pct) {
    const SymbolRolling rolled = roll({first, 7, last});
    BOOST_TEST(name(rolled.trend) == direction);
    BOOST_TEST((rolled.trend_pct_hundredths ? std::to_string(*rolled.trend_pct_hundredths)
                                            : "none") == pct);
}

BOOST_AUTO_TEST_CASE(symbols_of_any_week_are_there_in_order) {
    auto window = window_of({1, 2});
    window[0].symbols.push_back({symbol("C"), 5, 1});
    window[1].symbols.push_back({symbol("B"), 7, 1});
    const Rolling result = value_of(rolling(window, OnIncomplete::partial));
    BOOST_TEST_REQUIRE(result.symbols.size() == 3U);
    BOOST_TEST(result.symbols[0].symbol.view() == "A");
    BOOST_TEST(result.symbols[1].symbol.view() == "B");
    BOOST_TEST(result.symbols[2].symbol.view() == "C");
    BOOST_TEST(result.complete == 0);
    BOOST_TEST(result.incomplete.size() == 3U);
}

BOOST_AUTO_TEST_CASE(incomplete_symbols_can_be_left_out_or_fail_the_window) {
    auto window = window_of({1, 2, 3, 4, 5, 6});
    BOOST_TEST(value_of(rolling(window, OnIncomplete::fail)).symbols.size() == 1U);
    window[1].symbols.push_back({symbol("B"), 7, 1});
    const Rolling skipped = value_of(rolling(window, OnIncomplete::skip));
    BOOST_TEST_REQUIRE(skipped.symbols.size() == 1U);
    BOOST_TEST(skipped.symbols[0].symbol.view() == "A");
    BOOST_TEST(skipped.complete == 1);
    BOOST_TEST((skipped.incomplete == std::vector{symbol("B")}));
    BOOST_TEST(fault_of(rolling(window, OnIncomplete::fail)) ==
               "1 symbols lack a week of the window, first B");
}

BOOST_AUTO_TEST_CASE(the_largest_volumes_have_exact_averages) {
    const SymbolRolling rolled =
        roll({INT64_MAX, INT64_MAX, INT64_MAX - 3, INT64_MAX, INT64_MAX, INT64_MAX});
    BOOST_TEST(rolled.avg_volume == INT64_MAX - 1);
    BOOST_TEST(rolled.max_volume == INT64_MAX);
}

BOOST_AUTO_TEST_CASE(a_trend_that_does_not_fit_is_a_fault) {
    BOOST_TEST(fault_of(rolling(window_of({1, INT64_MAX}), OnIncomplete::partial)) ==
               "the trend of A does not fit into 64 bits");
}

BOOST_AUTO_TEST_CASE(weeks_that_are_too_many_unordered_negative_or_repeated_are_a_fault) {
    BOOST_TEST(fault_of(rolling(window_of({1, 2, 3, 4, 5, 6, 7}), OnIncomplete::partial))
                   .find("7 weeks") != std::string::npos);
    auto unordered = window_of({1, 2});
    std::swap(unordered[0], unordered[1]);
    BOOST_TEST(!fault_of(rolling(unordered, OnIncomplete::partial)).empty());
    auto negative = window_of({1});
    negative[0].symbols[0].volume = -1;
    BOOST_TEST(!fault_of(rolling(negative, OnIncomplete::partial)).empty());
    auto repeated = window_of({1});
    repeated[0].symbols.push_back(repeated[0].symbols[0]);
    BOOST_TEST(fault_of(rolling(repeated, OnIncomplete::partial)) ==
               "the week ending 2025-12-26 has A twice");
}

BOOST_AUTO_TEST_CASE(an_empty_window_has_no_symbols) {
    BOOST_TEST(value_of(rolling({}, OnIncomplete::partial)).symbols.empty());
}

BOOST_AUTO_TEST_CASE(the_choices_are_read_from_text) {
    BOOST_TEST((on_incomplete_from_text("partial") == OnIncomplete::partial));
    BOOST_TEST((on_incomplete_from_text("skip") == OnIncomplete::skip));
    BOOST_TEST((on_incomplete_from_text("fail") == OnIncomplete::fail));
    BOOST_TEST(!on_incomplete_from_text("drop").has_value());
}

BOOST_AUTO_TEST_CASE(fractions_of_shares_count_in_extremes_averages_and_trend) {
    std::vector<WindowWeek> window;
    const std::vector<Quantity> volumes{{1, 500'000}, {1, 400'000}, {2, 100'000}};
    for (std::size_t i = 0; i < volumes.size(); ++i)
        window.push_back({*date_from_iso("2025-12-05") + static_cast<int>(7 * i),
                          {{symbol("A"), volumes[i], 1}}});
    const SymbolRolling rolled = value_of(rolling(window, OnIncomplete::partial)).symbols.at(0);
    BOOST_TEST(rolled.min_volume == Quantity(1, 400'000));
    BOOST_TEST(rolled.max_volume == Quantity(2, 100'000));
    BOOST_TEST(rolled.avg_volume == 1); // 5.0 / 3; of the whole shares alone it would be 4 / 3
    BOOST_TEST(rolled.trend_pct_hundredths.value() == 4000);

    window[0].symbols[0].volume = {1, 999'999};
    window[1].symbols[0].volume = {1, 999'999};
    window[2].symbols[0].volume = {2, 2};
    const SymbolRolling carried = value_of(rolling(window, OnIncomplete::partial)).symbols.at(0);
    BOOST_TEST(carried.avg_volume == 2); // exactly 6 / 3, where floored weeks give 4 / 3
}

BOOST_AUTO_TEST_SUITE_END()
