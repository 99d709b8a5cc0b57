#include "steps.hpp"

using namespace finra;

BOOST_FIXTURE_TEST_SUITE(check_week_exists, Steps)

BOOST_AUTO_TEST_CASE(it_tells_whether_the_week_is_done_from_the_newest_capture) {
    const Outcome before = passed("check_week_exists");
    BOOST_TEST(!before.flag("already_exists"));
    BOOST_TEST(before.updates.at("skip_current_week").integer == 0);
    week("OTC", "2025-12-19", "A|AAAA|1|1");
    const Outcome after = passed("check_week_exists");
    BOOST_TEST(after.flag("already_exists"));
    BOOST_TEST(after.updates.at("skip_current_week").integer == 1);
    BOOST_TEST(after.text("capture_id") == "capture-1");
    ingest(simple("OTC", "2025-12-19", "B|AAAA|1|1"));
    BOOST_TEST(!passed("check_week_exists").flag("already_exists"));
    BOOST_TEST(passed("check_week_exists", {{"stage", value("INGESTED")}}).flag("already_exists"));
}

BOOST_AUTO_TEST_CASE(it_takes_the_week_of_a_loop) {
    week("OTC", "2025-12-19", "A|AAAA|1|1");
    params = {{"tier", value("OTC")}, {"current_week", value("2025-12-19")}};
    BOOST_TEST(passed("check_week_exists").flag("already_exists"));
    params["current_week"] = value("2025-12-20");
    BOOST_TEST(step("check_week_exists").status == SPINE_INVALID_ARG);
    params = {{"tier", value("OTC")}};
    BOOST_TEST(step("check_week_exists").status == SPINE_INVALID_ARG);
    params = {{"week_ending", value("2025-12-19")}};
    BOOST_TEST(step("check_week_exists").status == SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_CASE(later_steps_are_about_the_week_that_it_looked_for) {
    Outcome outcome = passed("check_week_exists");
    BOOST_TEST(outcome.updates.at("current_week").text == "2025-12-19");
    BOOST_TEST(outcome.updates.at("week_ending").text == "2025-12-19");
    params["current_week"] = value("2025-12-26"); // the turn before left its own week_ending
    outcome = passed("check_week_exists");
    BOOST_TEST(outcome.updates.at("week_ending").text == "2025-12-26");
}

BOOST_AUTO_TEST_SUITE_END()
