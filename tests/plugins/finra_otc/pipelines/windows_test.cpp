// What is made from several captures: rolling windows and the tier split.
#include "weeks.hpp"

#include <boost/test/unit_test.hpp>

using namespace finra;

BOOST_FIXTURE_TEST_SUITE(windows, Weeks)

BOOST_AUTO_TEST_CASE(a_short_history_gives_partial_windows_and_says_so) {
    week("OTC", "2025-12-12", "A|AAAA|100|10");
    week("OTC", "2025-12-26", "A|AAAA|200|20\nB|AAAA|1|1");
    const Outcome outcome = done("compute_rolling", of("OTC", "2025-12-26"));
    BOOST_TEST(outcome.integer("weeks_in_window") == 2);
    BOOST_TEST(outcome.integer("symbols") == 2);
    BOOST_TEST(outcome.integer("complete") == 0);
    BOOST_TEST(ask("SELECT symbol||' '||avg_volume||' '||avg_trades||' '||min_volume||' '||"
                   "max_volume||' '||trend_direction||' '||trend_pct||' '||weeks_in_window||' '||"
                   "is_complete FROM otc_symbol_rolling_6w WHERE symbol = 'A'") ==
               "A 150 15 100 200 UP 100.0 2 0");
    BOOST_TEST(outcome.check("rolling_completeness") == "WARN");
    BOOST_TEST_REQUIRE(outcome.anomalies.size() == 1U);
    BOOST_TEST(outcome.anomalies[0].category == "INSUFFICIENT_HISTORY");
    BOOST_TEST(outcome.anomalies[0].severity == SPINE_SEVERITY_WARN);
    BOOST_TEST(outcome.anomalies[0].message == "2 of 6 weeks of the window are aggregated");
    BOOST_TEST(manifest(key("OTC", "2025-12-26"), "ROLLING")->row_count == 2);
}

BOOST_AUTO_TEST_CASE(short_histories_can_be_left_out_or_fail) {
    week("OTC", "2025-12-26", "A|AAAA|200|20");
    Values params = of("OTC", "2025-12-26");
    params["on_incomplete"] = value("skip");
    const Outcome skipped = done("compute_rolling", params);
    BOOST_TEST(skipped.integer("symbols") == 0);
    BOOST_TEST(skipped.anomalies.at(0).severity == SPINE_SEVERITY_ERROR);
    BOOST_TEST(manifest(key("OTC", "2025-12-26"), "ROLLING")->row_count == 0);
    params["on_incomplete"] = value("fail");
    const Outcome failed = run("compute_rolling", params);
    BOOST_TEST(failed.status == SPINE_INVALID_STATE);
    BOOST_TEST(failed.anomalies.at(0).category == "INSUFFICIENT_HISTORY");
}

BOOST_AUTO_TEST_CASE(six_weeks_are_complete_but_for_symbols_that_lack_one) {
    for (const char* friday :
         {"2025-11-21", "2025-11-28", "2025-12-05", "2025-12-12", "2025-12-19"})
        week("OTC", friday, "A|AAAA|100|10\nC|AAAA|1|1");
    week("OTC", "2025-12-26", "A|AAAA|100|10");
    const Outcome outcome = done("compute_rolling", of("OTC", "2025-12-26"));
    BOOST_TEST(outcome.integer("weeks_in_window") == 6);
    BOOST_TEST(outcome.integer("complete") == 1);
    BOOST_TEST(outcome.check("rolling_completeness") == "PASS");
    BOOST_TEST_REQUIRE(outcome.anomalies.size() == 1U);
    BOOST_TEST(outcome.anomalies[0].category == "PARTIAL_COVERAGE");
    BOOST_TEST(outcome.anomalies[0].metadata == R"({"symbols":["C"]})");
    // The week before the window does not count.
    week("OTC", "2025-11-14", "A|AAAA|900000|10");
    done("compute_rolling", of("OTC", "2025-12-26"));
    BOOST_TEST(ask("SELECT MAX(max_volume) FROM otc_symbol_rolling_6w") == "100");
}

BOOST_AUTO_TEST_CASE(the_last_week_of_a_window_must_be_aggregated) {
    week("OTC", "2025-12-12", "A|AAAA|100|10");
    BOOST_TEST(run("compute_rolling", of("OTC", "2025-12-19")).status == SPINE_NOT_FOUND);
}

BOOST_AUTO_TEST_CASE(a_symbol_is_split_over_the_tiers_that_are_there) {
    week("OTC", "2025-12-19", "A|AAAA|1|1\nB|AAAA|1|1");
    week("NMS_TIER_1", "2025-12-19", "A|AAAA|2|1\nA|BBBB|1|1");
    const Values params{{"week_ending", value("2025-12-19")}};
    const Outcome two = done("compute_tier_split", params);
    BOOST_TEST(two.integer("tiers_present") == 2);
    BOOST_TEST(two.check("tiers_present") == "WARN");
    BOOST_TEST_REQUIRE(two.anomalies.size() == 1U);
    BOOST_TEST(two.anomalies[0].category == "INCOMPLETE_INPUT");
    BOOST_TEST(two.anomalies[0].severity == SPINE_SEVERITY_ERROR);
    BOOST_TEST(ask("SELECT group_concat(symbol||' '||tier||' '||tier_volume||' '||tier_share||' '||"
                   "tiers_present||' '||is_complete) FROM otc_tier_split") ==
               "A NMS_TIER_1 3 0.75 2 0,A OTC 1 0.25 2 0,B OTC 1 1.0 2 0");
    BOOST_TEST(manifest({{"week_ending", "2025-12-19"}}, "TIER_SPLIT")->row_count == 3);

    week("NMS_TIER_2", "2025-12-19", "A|AAAA|4|1");
    const Outcome three = done("compute_tier_split", params);
    BOOST_TEST(three.check("tiers_present") == "PASS");
    BOOST_TEST(three.anomalies.empty());
    BOOST_TEST(ask("SELECT MAX(is_complete) FROM otc_tier_split") == "1");
}

BOOST_AUTO_TEST_CASE(a_week_without_any_tier_has_no_split) {
    const Outcome outcome = run("compute_tier_split", {{"week_ending", value("2025-12-19")}});
    BOOST_TEST(outcome.status == SPINE_INVALID_STATE);
    BOOST_TEST(holds(told(outcome), "normalize_week"), told(outcome));
}

BOOST_AUTO_TEST_CASE(a_window_is_six_calendar_weeks_whatever_lies_before_a_gap) {
    // Eight weeks are there, of which five lie in the window: the gap is not filled from before it.
    for (const char* friday : {"2025-10-31", "2025-11-07", "2025-11-14"})
        week("OTC", friday, "A|AAAA|900000|10");
    for (const char* friday :
         {"2025-11-21", "2025-11-28", "2025-12-12", "2025-12-19", "2025-12-26"})
        week("OTC", friday, "A|AAAA|100|10");
    const Outcome outcome = done("compute_rolling", of("OTC", "2025-12-26"));
    BOOST_TEST(outcome.integer("weeks_in_window") == 5);
    BOOST_TEST(
        ask("SELECT weeks_in_window||' '||is_complete||' '||avg_volume||' '||max_volume FROM "
            "otc_symbol_rolling_6w") == "5 0 100 100");
}

BOOST_AUTO_TEST_SUITE_END()
