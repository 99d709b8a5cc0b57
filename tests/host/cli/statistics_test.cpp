#include "cli/age_text.hpp"
#include "cli/sparkline.hpp"
#include "support/fake_world.hpp"
#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
using std::chrono::milliseconds;

namespace {

struct Fixture : test::FakeWorld {
    Fixture() {
        script.history.runs = {{"completed", "", "2026-01-02T10:00:00.000Z", milliseconds{2'000}},
                               {"failed", "TIMEOUT", "2026-01-01T09:00:00.000Z", milliseconds{10}},
                               {"completed", "", "2025-12-30T00:00:00.000Z", milliseconds{1'000}}};
        script.history.steps = {{"load", "pipeline", "completed", milliseconds{900}}};
        control::RunTotals totals;
        totals.workflow = "demo.refresh";
        script.history.all_totals = {totals};
    }
    boost::json::value document() const { return workflow::json_from(out.text); }
    bool says(const std::string& text) const { return err.text.find(text) != std::string::npos; }
    bool shows(const std::string& text) const { return out.text.find(text) != std::string::npos; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(statistics, Fixture)

BOOST_AUTO_TEST_CASE(ages_are_a_number_and_a_letter) {
    BOOST_TEST(cli::age_from("90m")->count() == 5'400'000);
    BOOST_TEST(cli::age_from("2w")->count() == 1'209'600'000);
    BOOST_TEST(cli::age_from("0d")->count() == 0);
    for (const auto* none : {"", "d", "30", "-1d", "+1d", "1.5h", "30 d", "30days", "99999999999999999999d", "40000d"})
        BOOST_TEST(!cli::age_from(none), none);
}

BOOST_AUTO_TEST_CASE(bars_grow_with_their_value) {
    BOOST_TEST(cli::sparkline({0, 1, 4, 8}, cli::Bars::blocks) == "·▁▄█");
    BOOST_TEST(cli::sparkline({0, 1, 4, 8}, cli::Bars::plain) == ".148");
    BOOST_TEST(cli::sparkline({0, 0}, cli::Bars::plain) == "..");
    BOOST_TEST(cli::sparkline({}, cli::Bars::plain).empty());
}

BOOST_AUTO_TEST_CASE(forks_are_told_and_do_not_make_a_workflow_look_fast) {
    script.history.runs.push_back({"completed", "", "2025-12-30T00:00:00.000Z", milliseconds{1}, true});
    BOOST_TEST(spine({"runs", "stats", "demo.refresh"}) == 0);
    BOOST_TEST(shows("runs      4, 3 completed, 1 failed, 1 of them forks\nsuccess   75.0 %\np50       1.000 s\n"), out.text);
    BOOST_TEST(spine({"runs", "stats", "demo.refresh", "-o", "json"}) == 0);
    BOOST_TEST(document().at("forks").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(statistics_are_drawn_for_people_and_exact_for_programs) {
    variables["LANG"] = "C.UTF-8";
    BOOST_TEST(spine({"runs", "stats", "demo.refresh"}) == 0);
    BOOST_TEST(shows("runs      3, 2 completed, 1 failed\nsuccess   66.7 %\np50       1.000 s\np90       2.000 s\n"), out.text);
    BOOST_TEST(shows("by day, 2025-12-30 to 2026-01-02:\nruns    █·██  at most 1\nfailed  ··█·  at most 1\nmedian  ▄··█  at most 2.000 s\n"), out.text);
    BOOST_TEST(shows("TIMEOUT      1"), out.text);
    BOOST_TEST(shows("load  pipeline         1       0  0.900 s  0.900 s"), out.text);
    BOOST_TEST(spine({"runs", "stats", "demo.refresh", "--color", "never"}) == 0);
    BOOST_TEST(shows("median  4..8"), out.text);
    variables.erase("LANG");
    spine({"runs", "stats", "demo.refresh"});
    BOOST_TEST(shows("median  4..8"), out.text);

    BOOST_TEST(spine({"runs", "stats", "demo.refresh", "--since", "3d", "-o", "json"}) == 0);
    BOOST_TEST(document().at("total_runs").as_int64() == 2);
    BOOST_TEST(document().at("success_rate").as_double() == 0.5);
    BOOST_TEST(document().at("duration_seconds").at("p50").as_double() == 2.0);
    BOOST_TEST(document().at("failures").at("TIMEOUT").as_int64() == 1);
    BOOST_TEST(document().at("daily").at(0).at("day").as_string() == "2026-01-01");
    BOOST_TEST(document().at("daily").at(0).at("median_seconds").is_null());
    BOOST_TEST(document().at("since").as_string() == "2025-12-31T04:15:01.000Z");
}

BOOST_AUTO_TEST_CASE(a_name_that_never_ran_is_told_from_one_that_rested) {
    script.history.runs.clear();
    BOOST_TEST(spine({"runs", "stats", "demo.refresh"}) == 0);
    BOOST_TEST(says("note: no run began since then"), err.text);
    BOOST_TEST(spine({"runs", "stats", "demo.refrehs"}) == 4);
    BOOST_TEST(says("did you mean 'demo.refresh'?"), err.text);
    BOOST_TEST(spine({"runs", "stats", "demo.refresh", "--since", "long"}) == 2);
}

BOOST_AUTO_TEST_CASE(prune_asks_the_store_for_runs_before_a_time_and_tells_what_went) {
    script.retention.answer = {3, 40, 0, 1, 0, 0, 20'480, true};
    BOOST_TEST(spine({"db", "prune", "--older-than", "24h"}) == 0);
    BOOST_TEST_REQUIRE(script.retention.asked.size() == 1u);
    BOOST_TEST(env::to_text(script.retention.asked[0].before) == "2026-01-02T04:15:01.000Z");
    BOOST_TEST(!script.retention.asked[0].dry);
    BOOST_TEST(shows("pruned      3 runs that ended before 2026-01-02T04:15:01.000Z\nsteps       40\nexecutions  1\nroom        20 KiB\n"), out.text);
    BOOST_TEST(spine({"db", "prune", "--older-than", "24h", "--dry-run", "-o", "json"}) == 0);
    BOOST_TEST(script.retention.asked[1].dry);
    BOOST_TEST(document().at("bytes").as_int64() == 20'480);
    BOOST_TEST(script.calls.back() == "close");
    BOOST_TEST(!script.retention.asked[0].keyed);
    script.retention.answer.left_for_keys = 2;
    BOOST_TEST(spine({"db", "prune", "--older-than", "24h"}) == 0);
    BOOST_TEST(says("note: 2 runs were left, because the same --key answers with what they gave; --keyed takes them too"), err.text);
    BOOST_TEST(spine({"db", "prune", "--older-than", "24h", "--keyed"}) == 0);
    BOOST_TEST(script.retention.asked.back().keyed);
    BOOST_TEST(spine({"db", "prune"}) == 2);
    BOOST_TEST(says("needs --older-than"), err.text);
    BOOST_TEST(spine({"db", "prune", "--older-than", "soon"}) == 2);
    script.retention.answer.complete = false;
    BOOST_TEST(spine({"db", "prune", "--older-than", "24h"}) == 130);
}

BOOST_AUTO_TEST_SUITE_END()
