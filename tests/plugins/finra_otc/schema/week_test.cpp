#include "schema/week.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

using namespace finra;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(week)

BOOST_AUTO_TEST_CASE(a_friday_is_a_week_under_both_policies) {
    const Date friday = *date_from_iso("2025-12-12");
    for (const DatePolicy policy : {DatePolicy::refuse, DatePolicy::snap})
        BOOST_TEST((std::get<Date>(week_ending(friday, policy)) == friday));
}

BOOST_AUTO_TEST_CASE(another_day_is_refused_and_the_friday_of_its_week_named) {
    const auto answer = week_ending(*date_from_iso("2025-12-13"), DatePolicy::refuse);
    const auto* refusal = std::get_if<Refusal>(&answer);
    BOOST_TEST_REQUIRE(refusal != nullptr);
    BOOST_TEST(refusal->what.find("2025-12-13 is a Saturday") != std::string::npos);
    BOOST_TEST(refusal->hint.find("Friday 2025-12-12") != std::string::npos);
    const auto thursday = week_ending(*date_from_iso("2026-04-02"), DatePolicy::refuse);
    BOOST_TEST(std::get<Refusal>(thursday).hint.find("Friday 2026-04-03") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_day_snaps_to_the_friday_of_its_week_from_monday_to_sunday) {
    const Date friday = *date_from_iso("2026-04-03");
    for (int day = -4; day <= 2; ++day)
        for (auto* week : {&week_ending, &week_starting})
            BOOST_TEST((std::get<Date>((*week)(friday + day, DatePolicy::snap)) == friday), day);
    BOOST_TEST((std::get<Date>(week_ending(friday - 5, DatePolicy::snap)) == friday - 7));
    BOOST_TEST((std::get<Date>(week_ending(friday + 3, DatePolicy::snap)) == friday + 7));
}

BOOST_AUTO_TEST_CASE(a_week_starts_on_a_monday) {
    const Date monday = *date_from_iso("2026-03-30");
    BOOST_TEST((std::get<Date>(week_starting(monday, DatePolicy::refuse)) == monday + 4));
    const auto tuesday = week_starting(monday + 1, DatePolicy::refuse);
    BOOST_TEST_REQUIRE(std::holds_alternative<Refusal>(tuesday));
    BOOST_TEST(std::get<Refusal>(tuesday).hint.find("Monday 2026-03-30 to Friday 2026-04-03") !=
               std::string::npos);
}

BOOST_DATA_TEST_CASE(the_seed_lag_goes_to_the_last_friday_before_the_file,
                     data::make({"2025-12-13",
                                 "2025-12-14",
                                 "2025-12-15",
                                 "2025-12-16",
                                 "2025-12-17",
                                 "2025-12-18",
                                 "2025-12-19"}),
                     file_date) {
    for (const Tier tier : tiers)
        BOOST_TEST(iso(week_from_file_date(
                       *date_from_iso(file_date), PublicationLag::seed, tier)) == "2025-12-12");
}

BOOST_AUTO_TEST_CASE(the_finra_lag_goes_17_days_back_for_tier_1_and_31_for_the_others) {
    const Date monday = *date_from_iso("2025-12-15");
    BOOST_TEST(
        (week_from_file_date(monday, PublicationLag::finra, Tier::nms_tier_1) == monday - 17));
    BOOST_TEST(
        (week_from_file_date(monday, PublicationLag::finra, Tier::nms_tier_2) == monday - 31));
    BOOST_TEST((week_from_file_date(monday, PublicationLag::finra, Tier::otc) == monday - 31));
}

BOOST_AUTO_TEST_CASE(policies_and_lags_are_read_from_configuration) {
    BOOST_TEST((date_policy_from_text("snap") == DatePolicy::snap));
    BOOST_TEST((date_policy_from_text("Refuse") == DatePolicy::refuse));
    BOOST_TEST(!date_policy_from_text("guess").has_value());
    BOOST_TEST((publication_lag_from_text("seed") == PublicationLag::seed));
    BOOST_TEST((publication_lag_from_text("finra") == PublicationLag::finra));
    BOOST_TEST(!publication_lag_from_text("").has_value());
    for (const PublicationLag lag : {PublicationLag::seed, PublicationLag::finra})
        BOOST_TEST((publication_lag_from_text(name(lag)) == lag));
}

BOOST_AUTO_TEST_CASE(week_sources_have_the_names_that_are_stored) {
    BOOST_TEST(name(WeekSource::given) == "given");
    BOOST_TEST(name(WeekSource::column) == "column");
    BOOST_TEST(name(WeekSource::derived) == "derived");
}

BOOST_AUTO_TEST_SUITE_END()
