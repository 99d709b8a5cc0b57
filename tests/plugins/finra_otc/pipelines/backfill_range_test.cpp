#include "weeks.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace finra;

namespace {

Values three_weeks() {
    return {{"tier", value("NMS_TIER_1")},
            {"weeks_back", value(std::int64_t{3})},
            {"through", value("2026-01-02")},
            {"source_dir", value("data")}};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(backfill_range, Weeks)

BOOST_AUTO_TEST_CASE(three_weeks_go_from_their_files_to_the_rolling_metrics_of_the_last) {
    const Outcome outcome = done("backfill_range", three_weeks());
    BOOST_TEST(outcome.children.size() == 10U);
    BOOST_TEST(outcome.children.back() == "compute_rolling");
    BOOST_TEST(outcome.integer("weeks_processed") == 3);
    BOOST_TEST(outcome.integer("weeks_total") == 3);
    BOOST_TEST(outcome.text("weeks_missing") == "[]");
    BOOST_TEST(outcome.anomalies.empty());
    BOOST_TEST(outcome.text("errors") == "[]");
    BOOST_TEST(outcome.text("batch_id") == "batch-1");
    BOOST_TEST(manifest_size() == 10U);
    for (const auto& [table, rows] :
         std::map<std::string, std::string>{{"otc_raw", "150"},
                                            {"otc_venue_volume", "150"},
                                            {"otc_symbol_summary", "6"},
                                            {"otc_venue_share", "90"},
                                            {"otc_symbol_rolling_6w", "2"},
                                            {"otc_liquidity_score", "6"}})
        BOOST_TEST(ask("SELECT COUNT(*) FROM " + table) == rows, table);
    BOOST_TEST(ask("SELECT group_concat(symbol||' '||avg_volume||' '||weeks_in_window||' '||"
                   "is_complete) FROM otc_symbol_rolling_6w") == "A 3827870 3 0,AA 3110306 3 0");
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_a_week_left_out) {
    files.erase("data/week_2025-12-26.psv");
    const Outcome outcome = done("backfill_range", three_weeks());
    BOOST_TEST(outcome.integer("weeks_processed") == 2);
    BOOST_TEST(outcome.text("weeks_missing") == R"(["2025-12-26"])");
    BOOST_TEST(outcome.children.size() == 7U);
    BOOST_TEST_REQUIRE(outcome.anomalies.size() == 1U);
    BOOST_TEST(outcome.anomalies[0].category == "COMPLETENESS");
    BOOST_TEST(outcome.anomalies[0].severity == SPINE_SEVERITY_WARN);
    BOOST_TEST(outcome.anomalies[0].message == "1 of 3 weeks and tiers have no file: 2025-12-26");
    BOOST_TEST(ask("SELECT MAX(weeks_in_window) FROM otc_symbol_rolling_6w") == "2");
}

BOOST_AUTO_TEST_CASE(who_wants_all_weeks_or_none_gets_none) {
    files.erase("data/week_2025-12-26.psv");
    Values params = three_weeks();
    params["on_missing"] = value("fail");
    const Outcome outcome = run("backfill_range", params);
    BOOST_TEST(outcome.status == SPINE_NOT_FOUND);
    BOOST_TEST(holds(told(outcome), "1 of 3 weeks and tiers have no file: 2025-12-26"), told(outcome));
    BOOST_TEST(outcome.children.empty());
    BOOST_TEST(manifest_size() == 0U);
}

BOOST_AUTO_TEST_CASE(with_the_last_file_missing_the_last_week_that_is_there_is_rolled) {
    files.erase("data/week_2026-01-02.psv");
    done("backfill_range", three_weeks());
    BOOST_TEST(manifest(key("NMS_TIER_1", "2025-12-26"), "ROLLING").has_value());
}

BOOST_AUTO_TEST_CASE(a_week_that_fails_is_named_and_the_others_go_on) {
    files["data/week_2025-12-26.psv"] = "nonsense\n";
    const Outcome outcome = done("backfill_range", three_weeks()); // the runner fails it
    BOOST_TEST(outcome.integer("weeks_processed") == 2);
    BOOST_TEST(
        holds(outcome.text("errors"), R"(["2025-12-26 ingest_week: data/week_2025-12-26.psv)"),
        outcome.text("errors"));
    BOOST_TEST(std::count(outcome.children.begin(), outcome.children.end(), "normalize_week") == 2);
}

BOOST_AUTO_TEST_CASE(a_file_of_another_week_than_its_name_says_is_refused) {
    files["data/week_2025-12-26.psv"] = files["data/week_2025-12-19.psv"];
    BOOST_TEST(holds(done("backfill_range", three_weeks()).text("errors"),
                     "another week than the given 2025-12-26"));
}

BOOST_AUTO_TEST_CASE(no_file_at_all_is_a_missing_file) {
    Values params = three_weeks();
    params["source_dir"] = value("elsewhere/");
    const Outcome outcome = run("backfill_range", params);
    BOOST_TEST(outcome.status == SPINE_NOT_FOUND);
    BOOST_TEST(holds(told(outcome), "elsewhere/week_2026-01-02.psv"), told(outcome));
}

BOOST_AUTO_TEST_CASE(all_stages_are_done_for_every_week_when_asked_for) {
    Values params = three_weeks();
    params["stages"] = value("all");
    const Outcome outcome = done("backfill_range", params);
    BOOST_TEST(outcome.children.size() == 21U);
    for (const char* friday : {"2025-12-19", "2025-12-26", "2026-01-02"}) {
        for (const char* stage : {"AGGREGATED", "ROLLING", "VENUE_SHARE", "HHI"})
            BOOST_TEST(manifest(key("NMS_TIER_1", friday), stage).has_value(), stage);
        BOOST_TEST(manifest({{"week_ending", friday}}, "TIER_SPLIT").has_value());
    }
}

BOOST_AUTO_TEST_CASE(all_tiers_are_done_week_by_week_and_split_once) {
    files["data/tier1_2026-01-02.psv"] = files["data/week_2026-01-02.psv"];
    Values params = three_weeks();
    params["tier"] = value("ALL");
    params["weeks_back"] = value(std::int64_t{1});
    params["stages"] = value("all");
    params["file_pattern"] = value("{tier_file}_{week}.psv");
    const Outcome outcome = done("backfill_range", params);
    BOOST_TEST(outcome.integer("weeks_processed") == 1);
    BOOST_TEST(holds(outcome.text("weeks_missing"), R"("2026-01-02 NMS_TIER_2","2026-01-02 OTC")"),
               outcome.text("weeks_missing"));
    BOOST_TEST(std::count(outcome.children.begin(), outcome.children.end(), "compute_tier_split") ==
               1);
}

BOOST_AUTO_TEST_CASE(all_tiers_need_a_file_each) {
    Values params = three_weeks();
    params["tier"] = value("ALL");
    const Outcome outcome = run("backfill_range", params);
    BOOST_TEST(outcome.status == SPINE_INVALID_ARG);
    BOOST_TEST(holds(told(outcome), "names one file for all tiers"), told(outcome));
}

BOOST_AUTO_TEST_CASE(the_last_friday_is_the_one_on_or_before_the_day_of_the_execution) {
    Values params = three_weeks();
    params.erase("through");
    BOOST_TEST(done("backfill_range", params).integer("weeks_processed") == 3);
}

BOOST_AUTO_TEST_CASE(file_patterns_have_placeholders) {
    files["data/NMS_TIER_1/tier1_20260105_2026-01-02.psv"] = files["data/week_2026-01-02.psv"];
    Values params = three_weeks();
    params["weeks_back"] = value(std::int64_t{1});
    params["file_pattern"] = value("{tier}/{tier_file}_{published}_{week}.psv");
    BOOST_TEST(done("backfill_range", params).integer("weeks_processed") == 1);
    for (const char* pattern : {"{month}.psv", "{week", "{}"}) {
        params["file_pattern"] = value(pattern);
        const Outcome outcome = run("backfill_range", params);
        BOOST_TEST(outcome.status == SPINE_INVALID_ARG, pattern);
        BOOST_TEST(holds(told(outcome), "{tier_file}"), told(outcome));
    }
}

BOOST_AUTO_TEST_CASE(a_range_that_is_none_is_the_persons_fault) {
    for (const std::int64_t weeks :
         {std::int64_t{0}, std::int64_t{-3}, std::int64_t{1041}, INT64_MAX}) {
        Values params = three_weeks();
        params["weeks_back"] = value(weeks);
        BOOST_TEST(run("backfill_range", params).status == SPINE_INVALID_ARG, weeks);
    }
    Values params = three_weeks();
    params["through"] = value("2026-01-03");
    const Outcome outcome = run("backfill_range", params);
    BOOST_TEST(outcome.status == SPINE_INVALID_ARG);
    BOOST_TEST(holds(told(outcome), "Friday 2026-01-02"), told(outcome));
}

BOOST_AUTO_TEST_SUITE_END()
