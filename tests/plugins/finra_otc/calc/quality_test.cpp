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

std::vector<Check> compared(const std::vector<VenueShare>& week,
                            const std::vector<VenueShare>& before) {
    return week_checks(week, before, "there is no week before");
}

RejectCost cost_of(std::int64_t kept,
                   std::int64_t kept_shares,
                   std::int64_t rejected,
                   std::int64_t rejected_shares) {
    return {kept, kept_shares, rejected, rejected_shares, 0};
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

BOOST_AUTO_TEST_CASE(without_a_week_before_the_comparisons_are_not_asked_and_say_why) {
    const auto checks = compared(venues_of({10, 20}), {});
    BOOST_TEST(checks.size() == 4U);
    for (const char* name : {"missing_venues", "volume_swing", "market_share_shift"}) {
        BOOST_TEST(status_of(checks, name) == "NOT_ASKED", name);
        BOOST_TEST(named(checks, name).actual == "there is no week before", name);
    }
    // This one needs no other week.
    BOOST_TEST(status_of(checks, "zero_volume") == "PASS");
}

BOOST_AUTO_TEST_CASE(fewer_venues_than_before_warn) {
    BOOST_TEST(status_of(compared(venues_of({10}), venues_of({10, 1})), "missing_venues") ==
               "WARN");
    BOOST_TEST(status_of(compared(venues_of({10, 1}), venues_of({10, 1})), "missing_venues") ==
               "PASS");
}

BOOST_AUTO_TEST_CASE(a_swing_beyond_half_warns_in_both_directions) {
    BOOST_TEST(status_of(compared(venues_of({150}), venues_of({100})), "volume_swing") == "PASS");
    BOOST_TEST(status_of(compared(venues_of({151}), venues_of({100})), "volume_swing") == "WARN");
    BOOST_TEST(status_of(compared(venues_of({50}), venues_of({100})), "volume_swing") == "PASS");
    BOOST_TEST(status_of(compared(venues_of({49}), venues_of({100})), "volume_swing") == "WARN");
    BOOST_TEST(named(compared(venues_of({49}), venues_of({100})), "volume_swing").actual ==
               "-51.00 %");
    BOOST_TEST(status_of(compared(venues_of({49}), venues_of({0})), "volume_swing") == "NOT_ASKED");
}

BOOST_AUTO_TEST_CASE(venues_that_shift_by_more_than_ten_points_are_counted) {
    const auto shifted =
        named(compared(venues_of({50, 50}), venues_of({70, 30})), "market_share_shift");
    BOOST_TEST(name(shifted.status) == "WARN");
    BOOST_TEST(shifted.findings == 2);
    const auto gone = named(compared(venues_of({100}), venues_of({85, 15})), "market_share_shift");
    BOOST_TEST(gone.findings == 2);
    BOOST_TEST(status_of(compared(venues_of({55, 45}), venues_of({60, 40})),
                         "market_share_shift") == "PASS");
}

BOOST_AUTO_TEST_CASE(venues_without_volume_are_counted) {
    const auto check = named(compared(venues_of({10, 0, 0}), {}), "zero_volume");
    BOOST_TEST(name(check.status) == "WARN");
    BOOST_TEST(check.findings == 2);
}

BOOST_AUTO_TEST_CASE(venues_below_the_poorest_tenth_of_the_weeks_before_warn) {
    const std::vector<std::int64_t> before{30, 31, 29, 28, 33, 30, 30, 30, 30, 30, 12, 30};
    // Nearest rank: of twelve weeks the tenth is the second smallest.
    BOOST_TEST(name(venue_baseline(28, before, "none").status) == "PASS");
    BOOST_TEST(name(venue_baseline(27, before, "none").status) == "WARN");
    BOOST_TEST(name(venue_baseline(27, std::vector<std::int64_t>{28}, "none").status) == "WARN");
    BOOST_TEST(name(venue_baseline(1, {}, "none").status) == "NOT_ASKED");
    BOOST_TEST(venue_baseline(1, {}, "none").actual == "none");
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
    BOOST_TEST(grade({}, std::vector{finding(Status::not_asked, 0)}) == 'A');
    BOOST_TEST(name(grade_check('A').status) == "PASS");
    BOOST_TEST(name(grade_check('C').status) == "PASS");
    BOOST_TEST(name(grade_check('D').status) == "WARN");
    BOOST_TEST(name(grade_check('F').status) == "FAIL");
    BOOST_TEST(grade_check('B').actual == "B");
}

BOOST_AUTO_TEST_CASE(what_rejects_cost_is_judged_in_lines_and_in_shares) {
    const auto status = [](const RejectCost& cost, const char* check) {
        return status_of(reject_checks(cost, {}), check);
    };
    BOOST_TEST(status(cost_of(1000, 1000, 0, 0), "reject_rows_share") == "PASS");
    BOOST_TEST(status(cost_of(991, 1000, 9, 0), "reject_rows_share") == "PASS");
    BOOST_TEST(status(cost_of(990, 1000, 10, 0), "reject_rows_share") == "WARN");
    BOOST_TEST(status(cost_of(951, 1000, 49, 0), "reject_rows_share") == "WARN");
    BOOST_TEST(status(cost_of(950, 1000, 50, 0), "reject_rows_share") == "FAIL");
    BOOST_TEST(status(cost_of(999, 991, 1, 9), "reject_shares_share") == "PASS");
    BOOST_TEST(status(cost_of(999, 990, 1, 10), "reject_shares_share") == "WARN");
    BOOST_TEST(status(cost_of(999, 950, 1, 50), "reject_shares_share") == "FAIL");
    const auto lost = named(reject_checks(cost_of(1, 3, 1, 997), {}), "reject_shares_share");
    BOOST_TEST(lost.actual == "99.70 % (997 of 1000)");
    BOOST_TEST(lost.expected == "< 5.00 %");
}

BOOST_AUTO_TEST_CASE(few_rejected_lines_warn_by_their_number_and_fail_by_their_shares) {
    const auto few = reject_checks(cost_of(3, 1000, 9, 0), {});
    BOOST_TEST(status_of(few, "reject_rows_share") == "WARN");
    const auto one = reject_checks(cost_of(1000, 900, 1, 100), {});
    BOOST_TEST(status_of(one, "reject_rows_share") == "PASS");
    BOOST_TEST(status_of(one, "reject_shares_share") == "FAIL");
}

BOOST_AUTO_TEST_CASE(rejected_shares_are_summed_as_far_as_they_can_be_made_out) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    RejectCost cost;
    cost.keep(60);
    cost.keep(-5);
    cost.lose(30);
    cost.lose(-10);
    cost.lose(std::nullopt);
    BOOST_TEST((cost == RejectCost{2, 60, 3, 40, 1}));
    BOOST_TEST(cost.rows_share().value() == 0.6);
    BOOST_TEST(cost.shares_share().value() == 0.4);
    BOOST_TEST(named(reject_checks(cost, {}), "reject_shares_share").details ==
               R"({"lines_without_shares":1})");
    cost.lose(std::numeric_limits<std::int64_t>::min());
    cost.lose(most);
    BOOST_TEST(cost.rejected_shares == most);
    BOOST_TEST(status_of(reject_checks(cost, {}), "reject_shares_share") == "FAIL");
}

BOOST_AUTO_TEST_CASE(of_no_shares_no_part_is_told) {
    RejectCost cost;
    BOOST_TEST(!cost.rows_share().has_value());
    BOOST_TEST(status_of(reject_checks(cost, {}), "reject_rows_share") == "NOT_ASKED");
    cost.lose(std::nullopt);
    BOOST_TEST(!cost.shares_share().has_value());
    BOOST_TEST(status_of(reject_checks(cost, {}), "reject_shares_share") == "NOT_ASKED");
}

BOOST_AUTO_TEST_CASE(the_difference_of_two_captures_is_told_by_their_keys_and_volumes) {
    const std::vector before{volume("A", "AAAA", 10, 1),
                             volume("A", "CCCC", 10, 1),
                             volume("B", "AAAA", 10, 1),
                             volume("D", "DDDD", 70, 1)};
    const std::vector now{volume("A", "AAAA", 5, 1),
                          volume("A", "BBBB", 5, 1),
                          volume("C", "AAAA", 30, 1),
                          volume("D", "AAAA", 10, 1)};
    const Difference found = difference(now, before);
    BOOST_TEST((found == Difference{4, 3, 3, 100, 50, 3, 2, 3, 1}));
    BOOST_TEST((difference(before, before) == Difference{4, 0, 0, 100, 100, 3, 0, 3, 0}));
    BOOST_TEST((difference({}, before) == Difference{4, 4, 0, 100, 0, 3, 3, 3, 3}));
    BOOST_TEST((difference(before, {}) == Difference{0, 0, 4, 0, 100, 0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(what_is_lost_against_the_capture_before_warns_and_fails_at_its_limits) {
    const auto lost = [](std::int64_t rows, std::int64_t volume) {
        return loss_checks({100, rows, 0, 1000, 1000 - volume, 10, 0, 50, 0}, loss_limits_default);
    };
    BOOST_TEST(status_of(lost(0, 0), "rows_lost") == "PASS");
    BOOST_TEST(status_of(lost(4, 0), "rows_lost") == "PASS");
    BOOST_TEST(status_of(lost(5, 0), "rows_lost") == "WARN");
    BOOST_TEST(status_of(lost(29, 0), "rows_lost") == "WARN");
    BOOST_TEST(status_of(lost(30, 0), "rows_lost") == "FAIL");
    BOOST_TEST(status_of(lost(0, 49), "volume_lost") == "PASS");
    BOOST_TEST(status_of(lost(0, 50), "volume_lost") == "WARN");
    BOOST_TEST(status_of(lost(0, 300), "volume_lost") == "FAIL");
    BOOST_TEST(named(lost(97, 0), "rows_lost").actual == "97.00 % (97 of 100)");
    BOOST_TEST(named(lost(97, 0), "rows_lost").expected == "< 30.00 %");
}

BOOST_AUTO_TEST_CASE(what_is_gained_and_whoever_is_gone_warns_and_never_fails) {
    const auto checks = loss_checks({100, 0, 900, 1000, 9000, 10, 10, 50, 50}, loss_limits_default);
    for (const char* name : {"rows_gained", "volume_gained", "venues_gone", "symbols_gone"})
        BOOST_TEST(status_of(checks, name) == "WARN", name);
    BOOST_TEST(status_of(checks, "volume_lost") == "PASS");
    for (const Check& check : loss_checks_not_asked("nothing before"))
        BOOST_TEST((check.status == Status::not_asked && check.actual == "nothing before"));
}

BOOST_AUTO_TEST_CASE(an_accepted_loss_is_a_warning_that_says_so_and_grade_d) {
    auto checks = loss_checks({100, 97, 0, 1000, 30, 1, 0, 1, 0}, loss_limits_default);
    checks[0].details = R"({"compared_with":"x"})";
    accept_losses(checks);
    BOOST_TEST(status_of(checks, "rows_lost") == "WARN");
    BOOST_TEST(named(checks, "rows_lost").accepted);
    BOOST_TEST(named(checks, "rows_lost").details ==
               R"({"compared_with":"x","failed":true,"accepted_by":"accept_loss"})");
    BOOST_TEST(named(checks, "volume_lost").details ==
               R"({"failed":true,"accepted_by":"accept_loss"})");
    BOOST_TEST(!named(checks, "venues_gone").accepted);
    BOOST_TEST(grade({}, checks) == 'D');
}

BOOST_AUTO_TEST_CASE(a_source_is_fresh_from_the_end_of_its_week_on) {
    const Date week = date_from_iso("2025-12-12").value();
    const auto status = [&](int days) {
        return std::string(name(source_freshness(week, week + days, 17).status));
    };
    BOOST_TEST(status(-1) == "WARN");
    BOOST_TEST(status(0) == "PASS");
    BOOST_TEST(status(17) == "PASS");
    BOOST_TEST(status(18) == "WARN");
    BOOST_TEST(name(source_freshness(week, std::nullopt, 17).status) == "NOT_ASKED");
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
