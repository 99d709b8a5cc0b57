#include "parse/identity.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace finra;
using namespace finra::parse;

namespace {

Date day(const char* text) { return date_from_iso(text).value(); }

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

template <class T> Refusal refusal_of(const Answer<T>& answer) {
    BOOST_TEST_REQUIRE(std::holds_alternative<Refusal>(answer));
    return std::get<Refusal>(answer);
}

Summary of_week(const char* week) {
    Summary file;
    file.has_week_column = true;
    file.weeks = {{day(week), 50, 2}};
    return file;
}

} // namespace

BOOST_AUTO_TEST_SUITE(identity)

BOOST_AUTO_TEST_CASE(the_tier_is_the_files) {
    Summary file;
    file.tiers = {{Tier::otc, 5, 2}};
    BOOST_TEST((std::get<Tier>(tier_of_file(file, std::nullopt)) == Tier::otc));
    BOOST_TEST((std::get<Tier>(tier_of_file(file, Tier::otc)) == Tier::otc));
}

BOOST_AUTO_TEST_CASE(another_given_tier_is_refused_with_counts) {
    Summary file;
    file.tiers = {{Tier::otc, 5, 2}};
    const Refusal refusal = refusal_of(tier_of_file(file, Tier::nms_tier_1));
    BOOST_TEST(refusal.what ==
               "the file is about another tier than the given NMS_TIER_1: OTC in 5 lines");
}

BOOST_AUTO_TEST_CASE(mixed_tiers_are_refused_with_counts_and_the_line) {
    Summary file;
    file.tiers = {{Tier::otc, 5, 2}, {Tier::nms_tier_2, 1, 7}};
    const Refusal refusal = refusal_of(tier_of_file(file, Tier::otc));
    BOOST_TEST(refusal.what == "the file mixes tiers: OTC in 5 lines, NMS_TIER_2 in 1 line");
    BOOST_TEST(refusal.line == 7);
}

BOOST_AUTO_TEST_CASE(a_file_without_any_tier_is_refused) {
    BOOST_TEST(
        holds(refusal_of(tier_of_file({}, Tier::otc)).what, "no line of the file states a tier"));
}

BOOST_AUTO_TEST_CASE(the_date_is_given_or_in_the_name_or_the_first_rows) {
    Summary file;
    BOOST_TEST(!date_of_file(file, "week.psv", std::nullopt).has_value());
    file.first_last_update = day("2025-12-01");
    BOOST_TEST((date_of_file(file, "week.psv", std::nullopt) == day("2025-12-01")));
    BOOST_TEST((date_of_file(file, "x_20251215.csv", std::nullopt) == day("2025-12-15")));
    BOOST_TEST((date_of_file(file, "x_20251215.csv", day("2025-12-22")) == day("2025-12-22")));
}

BOOST_AUTO_TEST_CASE(a_given_week_comes_first) {
    const auto week =
        week_of_file({}, Tier::otc, {.given = day("2025-12-12"), .file_date = day("2025-12-22")});
    BOOST_TEST((std::get<WeekOfFile>(week) == WeekOfFile{day("2025-12-12"), WeekSource::given}));
}

BOOST_AUTO_TEST_CASE(the_week_column_comes_before_the_files_date) {
    const auto week =
        week_of_file(of_week("2025-12-12"), Tier::otc, {.file_date = day("2025-12-22")});
    BOOST_TEST((std::get<WeekOfFile>(week) == WeekOfFile{day("2025-12-12"), WeekSource::column}));
}

BOOST_AUTO_TEST_CASE(the_files_date_gives_the_week_under_both_lags) {
    const auto seed = week_of_file({}, Tier::otc, {.file_date = day("2025-12-15")});
    BOOST_TEST((std::get<WeekOfFile>(seed) == WeekOfFile{day("2025-12-12"), WeekSource::derived}));
    const auto finra =
        week_of_file({}, Tier::otc, {.file_date = day("2025-12-15"), .lag = PublicationLag::finra});
    BOOST_TEST((std::get<WeekOfFile>(finra) == WeekOfFile{day("2025-11-14"), WeekSource::derived}));
}

BOOST_AUTO_TEST_CASE(the_date_stands_for_a_week_whichever_was_given_unless_the_rows_state_one) {
    const WeekClues both{.given = day("2025-12-12"), .file_date = day("2025-12-22")};
    BOOST_TEST((derived_week({}, Tier::otc, both) == day("2025-12-19")));
    BOOST_TEST(
        (derived_week({}, Tier::otc, {.file_date = day("2025-12-22")}) == day("2025-12-19")));
    BOOST_TEST(!derived_week(of_week("2025-12-12"), Tier::otc, both).has_value());
    BOOST_TEST(!derived_week({}, Tier::otc, {.given = day("2025-12-12")}).has_value());
}

BOOST_AUTO_TEST_CASE(without_any_clue_the_file_is_refused) {
    BOOST_TEST(
        holds(refusal_of(week_of_file({}, Tier::otc, {})).what, "could not determine file_date"));
}

BOOST_AUTO_TEST_CASE(a_given_week_that_had_not_ended_when_the_file_was_updated_is_refused) {
    Summary file;
    file.newest_last_update = day("2025-12-15");
    BOOST_TEST(holds(refusal_of(week_of_file(file, Tier::otc, {.given = day("2025-12-19")})).what,
                     "had not ended when the file was updated, 2025-12-15"));
    BOOST_TEST(std::holds_alternative<WeekOfFile>(
        week_of_file(file, Tier::otc, {.given = day("2025-12-12")})));
}

BOOST_AUTO_TEST_CASE(a_given_week_that_contradicts_the_rows_is_refused_with_counts) {
    const Refusal refusal =
        refusal_of(week_of_file(of_week("2025-12-12"), Tier::otc, {.given = day("2025-12-19")}));
    BOOST_TEST(refusal.what ==
               "the file is about another week than the given 2025-12-19: 2025-12-12 in 50 lines");
    BOOST_TEST(refusal.line == 2);
}

BOOST_AUTO_TEST_CASE(mixed_weeks_are_refused_with_counts) {
    Summary file = of_week("2025-12-12");
    file.weeks.push_back({day("2025-12-19"), 1, 9});
    const Refusal refusal = refusal_of(week_of_file(file, Tier::otc, {.given = day("2025-12-12")}));
    BOOST_TEST(refusal.what ==
               "the file mixes weeks: 2025-12-12 in 50 lines, 2025-12-19 in 1 line");
    BOOST_TEST(refusal.line == 9);
}

BOOST_AUTO_TEST_CASE(a_week_that_is_no_friday_is_refused_or_snapped_given_or_in_the_rows) {
    const WeekClues clue{.given = day("2025-12-13")};
    BOOST_TEST(holds(refusal_of(week_of_file({}, Tier::otc, clue)).hint, "Friday 2025-12-12"));
    const Refusal in_rows = refusal_of(week_of_file(of_week("2025-12-13"), Tier::otc, {}));
    BOOST_TEST(holds(in_rows.hint, "Friday 2025-12-12"));
    BOOST_TEST(in_rows.line == 2);
    const auto snapped = week_of_file(
        of_week("2025-12-13"), Tier::otc, {.given = day("2025-12-14"), .policy = DatePolicy::snap});
    BOOST_TEST((std::get<WeekOfFile>(snapped) == WeekOfFile{day("2025-12-12"), WeekSource::given}));
}

BOOST_AUTO_TEST_CASE(days_that_snap_to_one_friday_are_one_week) {
    Summary file = of_week("2025-12-13");
    file.weeks.push_back({day("2025-12-12"), 1, 9});
    const auto week = week_of_file(file, Tier::otc, {.policy = DatePolicy::snap});
    BOOST_TEST((std::get<WeekOfFile>(week) == WeekOfFile{day("2025-12-12"), WeekSource::column}));
}

BOOST_AUTO_TEST_CASE(further_weeks_are_mixed_weeks_too) {
    Summary file = of_week("2025-12-12");
    file.lines_of_further_weeks = 3;
    BOOST_TEST(
        holds(refusal_of(week_of_file(file, Tier::otc, {})).what, "and other weeks in 3 lines"));
}

BOOST_AUTO_TEST_CASE(a_column_of_first_days_names_weeks_by_their_mondays) {
    Summary file = of_week("2026-03-30");
    file.weeks_are_starts = true;
    const auto week = week_of_file(file, Tier::otc, {});
    BOOST_TEST((std::get<WeekOfFile>(week) == WeekOfFile{day("2026-04-03"), WeekSource::column}));
    file.weeks[0].week = day("2026-04-02");
    BOOST_TEST(
        holds(refusal_of(week_of_file(file, Tier::otc, {})).what, "weeks start on a Monday"));
    const auto snapped = week_of_file(file, Tier::otc, {.policy = DatePolicy::snap});
    BOOST_TEST((std::get<WeekOfFile>(snapped).week_ending == day("2026-04-03")));
}

BOOST_AUTO_TEST_SUITE_END()
