#include "steps.hpp"

using namespace finra;

namespace {

const std::vector<std::string> window{
    "2025-12-19", "2025-12-12", "2025-12-05", "2025-11-28", "2025-11-21", "2025-11-14"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(check_rolling_prerequisites, Steps)

BOOST_AUTO_TEST_CASE(one_week_is_too_little_and_skips_rolling) {
    put_manifest(key("OTC", "2025-12-19"), "AGGREGATED", 1);
    const Outcome outcome = passed("check_rolling_prerequisites");
    BOOST_TEST(!outcome.flag("has_sufficient_history"));
    BOOST_TEST(outcome.integer("available_weeks") == 1);
    BOOST_TEST(outcome.integer("required_weeks") == 6);
    BOOST_TEST(outcome.text("missing_weeks") ==
               R"(["2025-11-14","2025-11-21","2025-11-28","2025-12-05","2025-12-12"])");
    BOOST_TEST(outcome.text("skip_reason") == "Only 1 weeks available, need 6");
    BOOST_TEST(outcome.updates.at("skip_rolling").integer == 1);
    BOOST_TEST(outcome.updates.at("skip_reason").text == "Only 1 weeks available, need 6");
}

BOOST_AUTO_TEST_CASE(six_weeks_are_enough_and_five_are_not) {
    for (std::size_t i = 0; i + 1 < window.size(); ++i)
        put_manifest(key("OTC", window[i]), "AGGREGATED", 1);
    BOOST_TEST(passed("check_rolling_prerequisites").updates.at("skip_rolling").integer == 1);
    put_manifest(key("OTC", window.back()), "AGGREGATED", 1);
    const Outcome outcome = passed("check_rolling_prerequisites");
    BOOST_TEST(outcome.flag("has_sufficient_history"));
    BOOST_TEST(outcome.integer("available_weeks") == 6);
    BOOST_TEST(outcome.text("missing_weeks") == "[]");
    BOOST_TEST(outcome.updates.at("skip_rolling").integer == 0);
    BOOST_TEST(outcome.updates.count("skip_reason") == 0U);
}

BOOST_AUTO_TEST_CASE(weeks_outside_the_window_or_of_another_tier_do_not_count) {
    put_manifest(key("OTC", "2025-11-07"), "AGGREGATED", 1);
    put_manifest(key("OTC", "2025-12-26"), "AGGREGATED", 1);
    put_manifest(key("NMS_TIER_1", "2025-12-12"), "AGGREGATED", 1);
    put_manifest(key("OTC", "2025-11-28"), "NORMALIZED", 1);
    BOOST_TEST(passed("check_rolling_prerequisites").text("skip_reason") ==
               "Only 0 weeks available, need 6");
}

BOOST_AUTO_TEST_CASE(a_week_of_which_a_newer_capture_is_being_worked_on_counts_by_what_is_published) {
    put_manifest(key("OTC", "2025-12-05"), "AGGREGATED", 1, false);
    BOOST_TEST(passed("check_rolling_prerequisites").text("skip_reason") ==
               "Only 1 weeks available, need 6");
}

BOOST_AUTO_TEST_CASE(the_window_is_configuration) {
    put_manifest(key("OTC", "2025-12-19"), "AGGREGATED", 1);
    BOOST_TEST(passed("check_rolling_prerequisites", {{"window_weeks", count(1)}})
                   .flag("has_sufficient_history"));
    BOOST_TEST(
        passed("check_rolling_prerequisites", {{"window_weeks", count(2)}}).text("skip_reason") ==
        "Only 1 weeks available, need 2");
    for (const std::int64_t impossible : {0, 53, -6}) {
        const Outcome outcome =
            step("check_rolling_prerequisites", {{"window_weeks", count(impossible)}});
        BOOST_TEST(outcome.status == SPINE_INVALID_ARG);
        BOOST_TEST(outcome.message == "config 'window_weeks' is " + std::to_string(impossible) +
                                          ", which is not from 1 to 52");
    }
}

BOOST_AUTO_TEST_CASE(it_needs_a_tier_and_a_friday) {
    params.erase("tier");
    BOOST_TEST(step("check_rolling_prerequisites").message == "parameter 'tier' is not given");
    params = of("OTC", "2025-12-18");
    const Outcome outcome = step("check_rolling_prerequisites");
    BOOST_TEST(outcome.status == SPINE_INVALID_ARG);
    BOOST_TEST(holds(finra::told(outcome), "2025-12-19"), finra::told(outcome));
    params.erase("week_ending");
    BOOST_TEST(step("check_rolling_prerequisites").status == SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_SUITE_END()
