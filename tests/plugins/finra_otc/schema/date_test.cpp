#include "schema/date.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace finra;
namespace data = boost::unit_test::data;

namespace {
Date day(const char* text) {
    const auto date = date_from_iso(text);
    BOOST_TEST_REQUIRE(date.has_value());
    return *date;
}
} // namespace

BOOST_AUTO_TEST_SUITE(date)

BOOST_AUTO_TEST_CASE(days_are_counted_from_1970) {
    BOOST_TEST(day("1970-01-01").days == 0);
    BOOST_TEST(day("2000-03-01").days == 11017);
    BOOST_TEST(day("1969-12-31").days == -1);
    BOOST_TEST(day("0001-01-01").days == -719162);
}

BOOST_AUTO_TEST_CASE(every_day_of_five_centuries_reads_back_as_itself_on_the_next_weekday) {
    const Date last = day("2101-01-01");
    for (Date date = day("1600-01-01"); date < last; date = date + 1) {
        BOOST_TEST_REQUIRE((date_from_civil(civil(date)) == date));
        BOOST_TEST_REQUIRE((date_from_iso(iso(date)) == date));
        BOOST_TEST_REQUIRE((date_from_compact(compact(date)) == date));
        BOOST_TEST_REQUIRE((static_cast<int>(weekday(date)) + 1) % 7 ==
                           static_cast<int>(weekday(date + 1)));
    }
}

BOOST_AUTO_TEST_CASE(leap_years_follow_the_gregorian_rule) {
    BOOST_TEST(date_from_iso("2024-02-29").has_value());
    BOOST_TEST(date_from_iso("2000-02-29").has_value());
    BOOST_TEST(!date_from_iso("1900-02-29").has_value());
    BOOST_TEST(!date_from_iso("2025-02-29").has_value());
}

BOOST_DATA_TEST_CASE(what_is_no_iso_day_is_refused,
                     data::make({"",
                                 "2025-12-1",
                                 "2025-12-012",
                                 "20251212",
                                 "2025/12/12",
                                 "2025-13-01",
                                 "2025-00-10",
                                 "2025-04-31",
                                 "2025-12-32",
                                 "2025-12-00",
                                 "0000-01-01",
                                 "-025-12-12",
                                 "2025-1a-12",
                                 "2025-12-12 ",
                                 " 2025-12-12",
                                 "12/12/2025",
                                 "+025-12-12"}),
                     text) {
    BOOST_TEST(!date_from_iso(text).has_value());
}

BOOST_DATA_TEST_CASE(what_is_no_compact_day_is_refused,
                     data::make({"", "2025121", "202512121", "20251301", "20250230", "2025121x"}),
                     text) {
    BOOST_TEST(!date_from_compact(text).has_value());
}

BOOST_AUTO_TEST_CASE(text_is_written_with_leading_zeros) {
    BOOST_TEST(iso(day("0987-06-05")) == "0987-06-05");
    BOOST_TEST(compact(day("0987-06-05")) == "09870605");
}

BOOST_AUTO_TEST_CASE(weekdays_have_names) {
    BOOST_TEST(name(weekday(day("2025-12-12"))) == "Friday");
    BOOST_TEST(name(weekday(day("2025-12-13"))) == "Saturday");
    BOOST_TEST(name(weekday(day("2025-12-15"))) == "Monday");
}

BOOST_AUTO_TEST_CASE(neighbouring_fridays_are_found_from_every_weekday) {
    const Date friday = day("2025-12-12");
    BOOST_TEST(is_friday(friday));
    BOOST_TEST((friday_on_or_before(friday) == friday));
    BOOST_TEST((friday_on_or_after(friday) == friday));
    BOOST_TEST((friday_before(friday) == friday - 7));
    for (int after = 1; after <= 6; ++after) {
        BOOST_TEST(!is_friday(friday + after));
        BOOST_TEST((friday_on_or_before(friday + after) == friday));
        BOOST_TEST((friday_before(friday + after) == friday));
        BOOST_TEST((friday_on_or_after(friday + after) == friday + 7));
    }
}

BOOST_AUTO_TEST_CASE(a_window_is_consecutive_fridays_the_oldest_first) {
    std::vector<std::string> window;
    for (const Date date : fridays_ending(day("2026-01-02"), 6))
        window.push_back(iso(date));
    const std::vector<std::string> expected{
        "2025-11-28", "2025-12-05", "2025-12-12", "2025-12-19", "2025-12-26", "2026-01-02"};
    BOOST_TEST(window == expected, boost::test_tools::per_element());
    BOOST_TEST(fridays_ending(day("2026-01-02"), 0).empty());
}

BOOST_AUTO_TEST_SUITE_END()
