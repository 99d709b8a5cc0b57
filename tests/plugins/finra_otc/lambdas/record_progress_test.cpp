#include "steps.hpp"

using namespace finra;

BOOST_FIXTURE_TEST_SUITE(record_progress, Steps)

BOOST_AUTO_TEST_CASE(the_first_week_begins_the_list) {
    const Outcome outcome = passed("record_progress");
    BOOST_TEST(outcome.text("processed_week") == "2025-12-19");
    BOOST_TEST(outcome.integer("processed_count") == 1);
    BOOST_TEST(outcome.updates.at("processed_weeks").text == R"(["2025-12-19"])");
}

BOOST_AUTO_TEST_CASE(the_week_of_a_loop_is_added_behind_the_others) {
    params["current_week"] = value("2025-12-26");
    params["processed_weeks"] = json(R"(["2025-12-19"])");
    BOOST_TEST(passed("record_progress").updates.at("processed_weeks").text ==
               R"(["2025-12-19","2025-12-26"])");
}

BOOST_AUTO_TEST_CASE(a_week_that_is_there_is_not_counted_twice) {
    params["processed_weeks"] = json(R"(["2025-12-12","2025-12-19"])");
    const Outcome outcome = passed("record_progress");
    BOOST_TEST(outcome.integer("processed_count") == 2);
    BOOST_TEST(outcome.updates.at("processed_weeks").text == R"(["2025-12-12","2025-12-19"])");
}

BOOST_AUTO_TEST_CASE(what_is_no_list_of_weeks_is_refused) {
    for (const auto& wrong : {json("{}"), json("[1]"), value("2025-12-12"), json(R"(["a"] x)")}) {
        params["processed_weeks"] = wrong;
        BOOST_TEST(step("record_progress").status == SPINE_INVALID_ARG);
    }
}

BOOST_AUTO_TEST_CASE(the_list_has_an_end) {
    std::string list = "[\"2000-01-07\"";
    for (int i = 1; i < 1000; ++i)
        list += ",\"w" + std::to_string(i) + "\"";
    params["processed_weeks"] = json(list + "]");
    BOOST_TEST(step("record_progress").status == SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_CASE(without_a_week_there_is_no_progress) {
    params = {{"tier", value("OTC")}};
    BOOST_TEST(step("record_progress").status == SPINE_INVALID_ARG);
    params["current_week"] = value("2025-12-18");
    BOOST_TEST(step("record_progress").status == SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_SUITE_END()
