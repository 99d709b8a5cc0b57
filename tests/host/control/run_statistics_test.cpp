#include "control/run_statistics.hpp"
#include "support/memory_version_book.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <numeric>

using namespace spine;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_SUITE(run_statistics)

BOOST_AUTO_TEST_CASE(percentiles_are_values_that_were_by_nearest_rank) {
    std::vector<milliseconds> hundred(100);
    std::iota(hundred.rbegin(), hundred.rend(), milliseconds{1});
    BOOST_TEST(control::percentile(hundred, 50)->count() == 50);
    BOOST_TEST(control::percentile(hundred, 90)->count() == 90);
    BOOST_TEST(control::percentile(hundred, 99)->count() == 99);
    std::vector<milliseconds> three{milliseconds{30}, milliseconds{10}, milliseconds{20}};
    BOOST_TEST(control::percentile(three, 50)->count() == 20);
    BOOST_TEST(control::percentile(three, 90)->count() == 30);
    BOOST_TEST(control::percentile(three, 1)->count() == 10);
    std::vector<milliseconds> one{milliseconds{7}}, none;
    BOOST_TEST(control::percentile(one, 99)->count() == 7);
    BOOST_TEST(!control::percentile(none, 50));
}

BOOST_AUTO_TEST_CASE(cancelled_and_unfinished_runs_do_not_touch_the_success_rate) {
    test::ListedHistory history;
    history.runs = {{"running", "", "2026-01-05T10:00:00.000Z", {}},
                    {"cancelled", "", "2026-01-05T09:00:00.000Z", milliseconds{9'000}},
                    {"failed", "TIMEOUT", "2026-01-05T08:00:00.000Z", milliseconds{1}},
                    {"completed", "", "2026-01-05T07:00:00.000Z", milliseconds{300}},
                    {"completed", "", "2026-01-03T23:59:59.999Z", milliseconds{100}},
                    {"failed", "DATA_QUALITY", "2026-01-03T02:00:00.000Z", milliseconds{1}},
                    {"failed", "TIMEOUT", "2026-01-03T01:00:00.000Z", milliseconds{1}},
                    {"completed", "", "2026-01-03T00:00:00.000Z", milliseconds{200}},
                    {"completed", "", "2025-12-01T00:00:00.000Z", milliseconds{1}}};
    const auto seen = control::run_statistics(history, "w", env::time_from("2026-01-01"));
    BOOST_TEST(seen.runs == 8);
    BOOST_TEST(seen.completed == 3);
    BOOST_TEST(seen.failed == 3);
    BOOST_TEST(seen.cancelled == 1);
    BOOST_TEST(seen.unfinished == 1);
    BOOST_TEST(seen.success_rate.value_or(0) == 0.5);
    BOOST_TEST(seen.p50->count() == 200);
    BOOST_TEST(seen.p90->count() == 300);
    BOOST_TEST((seen.failures == std::vector<control::FailureCount>{{"TIMEOUT", 2}, {"DATA_QUALITY", 1}}));
    BOOST_TEST((seen.days == std::vector<control::DayTrend>{{"2026-01-03", 4, 2, milliseconds{100}}, {"2026-01-05", 4, 1, milliseconds{300}}}));
    BOOST_TEST(!seen.runs_cut);
}

BOOST_AUTO_TEST_CASE(a_fork_counts_by_how_it_ended_but_did_only_a_part_of_the_time) {
    test::ListedHistory history;
    history.runs = {{"completed", "", "2026-01-05T09:00:00.000Z", milliseconds{1}, true},
                    {"failed", "TIMEOUT", "2026-01-05T08:00:00.000Z", milliseconds{2}, true},
                    {"completed", "", "2026-01-05T07:00:00.000Z", milliseconds{300}}};
    const auto seen = control::run_statistics(history, "w", {});
    BOOST_TEST(seen.runs == 3);
    BOOST_TEST(seen.forks == 2);
    BOOST_TEST(seen.completed == 2);
    BOOST_TEST(seen.failed == 1);
    BOOST_TEST(seen.p50->count() == 300);
    BOOST_TEST((seen.days == std::vector<control::DayTrend>{{"2026-01-05", 3, 1, milliseconds{300}}}));
}

BOOST_AUTO_TEST_CASE(a_workflow_without_runs_has_no_numbers) {
    test::ListedHistory history;
    const auto seen = control::run_statistics(history, "w", {});
    BOOST_TEST(seen.runs == 0);
    BOOST_TEST(!seen.success_rate);
    BOOST_TEST(!seen.p99);
    BOOST_TEST(seen.days.empty());
}

BOOST_AUTO_TEST_CASE(items_of_a_map_count_as_one_step_and_the_slowest_come_first) {
    BOOST_TEST(control::step_name_of("outer[3]/inner[0]/x") == "outer[]/inner[]/x");
    test::ListedHistory history;
    for (int i = 0; i < 12; ++i)
        history.steps.push_back({"each[" + std::to_string(i) + "]/n", "lambda", i == 0 ? "failed" : "completed", milliseconds{i}});
    history.steps.push_back({"load", "pipeline", "completed", milliseconds{500}});
    history.steps.push_back({"load", "pipeline", "skipped", milliseconds{0}});
    const auto seen = control::run_statistics(history, "w", {});
    BOOST_TEST_REQUIRE(seen.slowest.size() == 2u);
    BOOST_TEST(seen.slowest[0].step == "load");
    BOOST_TEST(seen.slowest[0].attempts == 1);
    BOOST_TEST(seen.slowest[1].step == "each[]/n");
    BOOST_TEST(seen.slowest[1].attempts == 12);
    BOOST_TEST(seen.slowest[1].failed == 1);
    BOOST_TEST(seen.slowest[1].longest.count() == 11);
    BOOST_TEST(seen.slowest[1].total.count() == 66);
}

BOOST_AUTO_TEST_SUITE_END()
