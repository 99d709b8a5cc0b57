#include "calc/quality.hpp"
#include "rows.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>

using namespace finra;
using namespace finra::calc;

namespace {

Check named(const std::vector<Check>& checks, std::string_view name) {
    const auto found = std::find_if(
        checks.begin(), checks.end(), [&](const Check& check) { return check.name == name; });
    BOOST_TEST_REQUIRE((found != checks.end()), name);
    return *found;
}

std::string status_of(const std::vector<Check>& checks, std::string_view check) {
    return std::string(name(named(checks, check).status));
}

std::vector<VenueShare> venues_of(const std::vector<std::int64_t>& volumes) {
    std::vector<VenueVolume> rows;
    for (std::size_t i = 0; i < volumes.size(); ++i)
        rows.push_back(volume("A", std::string(4, static_cast<char>('A' + i)), volumes[i], 1));
    return value_of(aggregate(rows)).venues;
}

std::vector<Check> checks_of(const std::vector<VenueVolume>& rows) {
    return aggregate_checks(rows, value_of(aggregate(rows)));
}

Check finding(Status status, std::int64_t findings) {
    return {"x", Category::business_rule, status, "", "", findings};
}

} // namespace

BOOST_AUTO_TEST_SUITE(quality)

BOOST_AUTO_TEST_CASE(the_variance_of_a_count_is_its_distance_from_the_mean_before) {
    const std::vector<std::int64_t> before{100, 110, 90};
    BOOST_TEST(count_variance(100, before).value() == 0.0);
    BOOST_TEST(count_variance(60, before).value() == 0.4);
    BOOST_TEST(count_variance(250, before).value() == 1.5);
    BOOST_TEST(count_variance(10, std::vector<std::int64_t>{7, 8, 10}).value() == 0.2);
}

BOOST_AUTO_TEST_CASE(without_a_mean_there_is_no_variance) {
    BOOST_TEST(!count_variance(1, {}).has_value());
    BOOST_TEST(!count_variance(1, std::vector<std::int64_t>{0, 0}).has_value());
}

BOOST_AUTO_TEST_CASE(a_variance_of_the_largest_counts_does_not_overflow) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    BOOST_TEST(count_variance(most, std::vector<std::int64_t>(52, most)).value() == 0.0);
}

BOOST_AUTO_TEST_CASE(a_sound_week_passes_every_aggregate_check) {
    const auto checks = checks_of({volume("A", "AAAA", 1000, 3), volume("A", "BBBB", 500, 2)});
    BOOST_TEST(checks.size() == 7U);
    for (const Check& check : checks) {
        BOOST_TEST((check.status == Status::pass), check.name);
        BOOST_TEST(check.findings == 0);
    }
    BOOST_TEST(named(checks, "market_share_sum_100").actual == "1");
    BOOST_TEST(named(checks, "avg_trade_size_range").actual == "300.00");
    BOOST_TEST(name(named(checks, "no_negative_volumes").category) == "INTEGRITY");
    BOOST_TEST(name(named(checks, "venue_count_positive").category) == "COMPLETENESS");
    BOOST_TEST(name(named(checks, "market_share_sum_100").category) == "BUSINESS_RULE");
}

BOOST_AUTO_TEST_CASE(negative_numbers_and_repeated_symbols_fail) {
    // The aggregate refuses such rows, so the checks are shown them directly.
    Aggregate broken = value_of(aggregate(std::vector{volume("A", "AAAA", 1000, 3)}));
    broken.symbols.push_back(broken.symbols[0]);
    const auto checks = aggregate_checks(std::vector{volume("A", "AAAA", -1, -1)}, broken);
    BOOST_TEST(status_of(checks, "no_negative_volumes") == "FAIL");
    BOOST_TEST(status_of(checks, "no_negative_trades") == "FAIL");
    BOOST_TEST(status_of(checks, "no_duplicate_symbols") == "FAIL");
    BOOST_TEST(named(checks, "no_negative_volumes").actual == "1");
    BOOST_TEST(named(checks, "no_negative_volumes").expected == "0");
}

BOOST_AUTO_TEST_CASE(an_empty_week_fails_the_counts_and_warns_about_shares) {
    const auto checks = checks_of({});
    BOOST_TEST(status_of(checks, "symbol_count_positive") == "FAIL");
    BOOST_TEST(status_of(checks, "venue_count_positive") == "FAIL");
    BOOST_TEST(status_of(checks, "market_share_sum_100") == "WARN");
    BOOST_TEST(status_of(checks, "avg_trade_size_range") == "WARN");
}

BOOST_AUTO_TEST_CASE(shares_that_do_not_sum_to_one_warn) {
    Aggregate broken = value_of(aggregate(std::vector{volume("A", "AAAA", 1000, 3)}));
    broken.venues[0].market_share = 0.998;
    BOOST_TEST(status_of(aggregate_checks({}, broken), "market_share_sum_100") == "WARN");
}

BOOST_AUTO_TEST_CASE(the_average_trade_size_has_a_range) {
    BOOST_TEST(status_of(checks_of({volume("A", "AAAA", 100, 1)}), "avg_trade_size_range") ==
               "PASS");
    BOOST_TEST(status_of(checks_of({volume("A", "AAAA", 9999, 100)}), "avg_trade_size_range") ==
               "WARN");
    BOOST_TEST(status_of(checks_of({volume("A", "AAAA", 1'000'000, 1)}), "avg_trade_size_range") ==
               "PASS");
    BOOST_TEST(status_of(checks_of({volume("A", "AAAA", 1'000'001, 1)}), "avg_trade_size_range") ==
               "WARN");
}

BOOST_AUTO_TEST_CASE(normalised_rows_must_balance_and_have_volume) {
    Normalised normalised;
    normalised.raw_rows = 3;
    normalised.rejects = 2;
    normalised.rows.push_back({volume("A", "AAAA", 0, 5), 2, 0, 0});
    auto checks = normalise_checks(normalised);
    BOOST_TEST(status_of(checks, "record_count_balance") == "PASS");
    BOOST_TEST(status_of(checks, "trades_without_volume") == "FAIL");
    BOOST_TEST(name(named(checks, "trades_without_volume").category) == "BUSINESS_RULE");
    normalised.raw_rows = 4;
    normalised.rows[0].volume.shares = 1;
    checks = normalise_checks(normalised);
    BOOST_TEST(status_of(checks, "record_count_balance") == "WARN");
    BOOST_TEST(named(checks, "record_count_balance").actual == "3");
    BOOST_TEST(named(checks, "record_count_balance").expected == "4");
    BOOST_TEST(status_of(checks, "trades_without_volume") == "PASS");
}

BOOST_AUTO_TEST_CASE(without_a_week_before_the_comparisons_pass_and_say_so) {
    const auto checks = week_checks(venues_of({10, 20}), {});
    BOOST_TEST(checks.size() == 4U);
    for (const Check& check : checks)
        BOOST_TEST((check.status == Status::pass), check.name);
    BOOST_TEST(named(checks, "volume_swing").actual == "no week before");
}

BOOST_AUTO_TEST_CASE(fewer_venues_than_before_warn) {
    BOOST_TEST(status_of(week_checks(venues_of({10}), venues_of({10, 1})), "missing_venues") ==
               "WARN");
    BOOST_TEST(status_of(week_checks(venues_of({10, 1}), venues_of({10, 1})), "missing_venues") ==
               "PASS");
}

BOOST_AUTO_TEST_CASE(a_swing_beyond_half_warns_in_both_directions) {
    BOOST_TEST(status_of(week_checks(venues_of({150}), venues_of({100})), "volume_swing") ==
               "PASS");
    BOOST_TEST(status_of(week_checks(venues_of({151}), venues_of({100})), "volume_swing") ==
               "WARN");
    BOOST_TEST(status_of(week_checks(venues_of({50}), venues_of({100})), "volume_swing") == "PASS");
    BOOST_TEST(status_of(week_checks(venues_of({49}), venues_of({100})), "volume_swing") == "WARN");
    BOOST_TEST(named(week_checks(venues_of({49}), venues_of({100})), "volume_swing").actual ==
               "-51.00 %");
    BOOST_TEST(status_of(week_checks(venues_of({49}), venues_of({0})), "volume_swing") == "PASS");
}

BOOST_AUTO_TEST_CASE(venues_that_shift_by_more_than_ten_points_are_counted) {
    const auto shifted =
        named(week_checks(venues_of({50, 50}), venues_of({70, 30})), "market_share_shift");
    BOOST_TEST(name(shifted.status) == "WARN");
    BOOST_TEST(shifted.findings == 2);
    const auto gone =
        named(week_checks(venues_of({100}), venues_of({85, 15})), "market_share_shift");
    BOOST_TEST(gone.findings == 2);
    BOOST_TEST(status_of(week_checks(venues_of({55, 45}), venues_of({60, 40})),
                         "market_share_shift") == "PASS");
}

BOOST_AUTO_TEST_CASE(venues_without_volume_are_counted) {
    const auto check = named(week_checks(venues_of({10, 0, 0}), {}), "zero_volume");
    BOOST_TEST(name(check.status) == "WARN");
    BOOST_TEST(check.findings == 2);
}

BOOST_AUTO_TEST_CASE(venues_below_the_poorest_tenth_of_the_weeks_before_warn) {
    const std::vector<std::int64_t> before{30, 31, 29, 28, 33, 30, 30, 30, 30, 30, 12, 30};
    // Nearest rank: of twelve weeks the tenth is the second smallest.
    BOOST_TEST(name(venue_baseline(28, before).status) == "PASS");
    BOOST_TEST(name(venue_baseline(27, before).status) == "WARN");
    BOOST_TEST(name(venue_baseline(27, std::vector<std::int64_t>{28}).status) == "WARN");
    BOOST_TEST(name(venue_baseline(1, {}).status) == "PASS");
}

BOOST_AUTO_TEST_CASE(the_grade_counts_findings_and_fails_on_any_failure) {
    const std::vector<Check> sound{finding(Status::pass, 0)};
    const auto graded = [&](std::int64_t findings) {
        return grade(sound,
                     std::vector{finding(findings == 0 ? Status::pass : Status::warn, findings)});
    };
    BOOST_TEST(graded(0) == 'A');
    BOOST_TEST(graded(2) == 'B');
    BOOST_TEST(graded(3) == 'C');
    BOOST_TEST(graded(5) == 'C');
    BOOST_TEST(graded(6) == 'D');
    BOOST_TEST(grade(std::vector{finding(Status::fail, 1)}, {}) == 'F');
    BOOST_TEST(grade({}, std::vector{finding(Status::fail, 1)}) == 'F');
    BOOST_TEST(name(grade_check('A').status) == "PASS");
    BOOST_TEST(name(grade_check('C').status) == "PASS");
    BOOST_TEST(name(grade_check('D').status) == "WARN");
    BOOST_TEST(name(grade_check('F').status) == "FAIL");
    BOOST_TEST(grade_check('B').actual == "B");
}

BOOST_AUTO_TEST_CASE(half_of_the_symbols_must_be_complete) {
    Rolling rolled;
    rolled.complete = 2;
    rolled.incomplete = {symbol("A"), symbol("B")};
    BOOST_TEST(status_of(rolling_checks(rolled), "rolling_completeness") == "PASS");
    rolled.incomplete.push_back(symbol("C"));
    BOOST_TEST(status_of(rolling_checks(rolled), "rolling_completeness") == "WARN");
    BOOST_TEST(named(rolling_checks(rolled), "rolling_completeness").actual == "2 of 5 symbols");
    BOOST_TEST(status_of(rolling_checks({}), "rolling_completeness") == "WARN");
}

BOOST_AUTO_TEST_SUITE_END()
