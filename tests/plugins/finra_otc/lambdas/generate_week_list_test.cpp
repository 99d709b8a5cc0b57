#include "steps.hpp"

using namespace finra;

namespace {

struct Range : Steps {
    Outcome weeks(const std::string& start, const std::string& end) {
        params = {{"start_date", value(start)}, {"end_date", value(end)}};
        return step("generate_week_list");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(generate_week_list, Range)

BOOST_AUTO_TEST_CASE(a_year_has_fifty_two_fridays) {
    const Outcome outcome = weeks("2025-01-01", "2025-12-31");
    BOOST_TEST(outcome.status == SPINE_OK, outcome.message);
    BOOST_TEST(outcome.integer("week_count") == 52);
    const std::string list = outcome.text("weeks");
    BOOST_TEST(list.substr(0, 27) == R"(["2025-01-03","2025-01-10",)");
    BOOST_TEST(list.substr(list.size() - 13) == R"("2025-12-26"])");
    BOOST_TEST(outcome.updates.at("weeks_to_process").text == list);
    BOOST_TEST(outcome.updates.at("total_weeks").integer == 52);
    BOOST_TEST(outcome.updates.at("processed_weeks").text == "[]");
}

BOOST_AUTO_TEST_CASE(a_friday_at_either_end_belongs_to_the_range) {
    BOOST_TEST(weeks("2025-12-12", "2025-12-26").text("weeks") ==
               R"(["2025-12-12","2025-12-19","2025-12-26"])");
    BOOST_TEST(weeks("2025-12-13", "2025-12-25").text("weeks") == R"(["2025-12-19"])");
    BOOST_TEST(weeks("2025-12-19", "2025-12-19").text("weeks") == R"(["2025-12-19"])");
}

BOOST_AUTO_TEST_CASE(with_a_folder_and_a_tier_each_week_comes_with_its_file) {
    params = {{"start_date", value("2025-12-19")}, {"end_date", value("2025-12-26")}, {"tier", value("OTC")},
              {"source_dir", value("files")}, {"file_pattern", value("{tier_file}_{published}.psv")}};
    BOOST_TEST(step("generate_week_list").text("week_files") ==
               R"([{"week":"2025-12-19","file":"files/otc_20251222.psv"},{"week":"2025-12-26","file":"files/otc_20251229.psv"}])");
    params["file_pattern"] = value("{weak}.psv");
    BOOST_TEST(step("generate_week_list").message == "file_pattern: '{weak}' is no placeholder");
    params.erase("file_pattern");
    BOOST_TEST(step("generate_week_list").text("week_files").substr(0, 59) ==
               R"([{"week":"2025-12-19","file":"files/week_2025-12-19.psv"},{)");
}

BOOST_AUTO_TEST_CASE(a_range_without_a_friday_is_empty) {
    const Outcome outcome = weeks("2025-12-20", "2025-12-25");
    BOOST_TEST(outcome.status == SPINE_OK);
    BOOST_TEST(outcome.text("weeks") == "[]");
    BOOST_TEST(outcome.integer("week_count") == 0);
}

BOOST_AUTO_TEST_CASE(dates_the_wrong_way_round_are_refused) {
    const Outcome outcome = weeks("2025-12-20", "2025-12-19");
    BOOST_TEST(outcome.status == SPINE_INVALID_ARG);
    BOOST_TEST(outcome.message == "start_date 2025-12-20 is after end_date 2025-12-19");
}

BOOST_AUTO_TEST_CASE(a_thousand_weeks_are_the_most) {
    BOOST_TEST(weeks("2001-01-05", "2020-02-28").integer("week_count") == 1000);
    const Outcome outcome = weeks("2001-01-05", "2020-03-06");
    BOOST_TEST(outcome.status == SPINE_INVALID_ARG);
    BOOST_TEST(outcome.message == "2001-01-05 to 2020-03-06 holds 1001 weeks, more than 1000");
    BOOST_TEST(weeks("0001-01-01", "9999-12-31").status == SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_CASE(both_dates_must_be_given_and_be_dates) {
    params = {{"start_date", value("2025-01-01")}};
    BOOST_TEST(step("generate_week_list").message == "parameter 'end_date' is not given");
    params = {{"end_date", value("2025-01-01")}};
    BOOST_TEST(step("generate_week_list").message == "parameter 'start_date' is not given");
    BOOST_TEST(weeks("2025-02-30", "2025-12-31").status == SPINE_INVALID_ARG);
    BOOST_TEST(weeks("2025-01-01", "soon").status == SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_SUITE_END()
