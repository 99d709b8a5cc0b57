#include "schema/ascii.hpp"
#include "schema/record.hpp"
#include "schema/reject.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

using namespace finra;

BOOST_AUTO_TEST_SUITE(record)

BOOST_AUTO_TEST_CASE(a_code_keeps_its_text_up_to_its_size) {
    BOOST_TEST(Symbol::from("")->view() == "");
    BOOST_TEST(Symbol::from("A")->view() == "A");
    BOOST_TEST(Symbol::from("ABCDEFGHIJ")->view() == "ABCDEFGHIJ");
    BOOST_TEST(!Symbol::from("ABCDEFGHIJK").has_value());
    BOOST_TEST(!Symbol::from(std::string_view("A\0BC", 4)).has_value());
}

BOOST_AUTO_TEST_CASE(codes_are_ordered_as_their_texts) {
    const std::vector<std::string> texts{
        "", "-", ".", "0", "A", "A-", "A.B", "A1", "AA", "AAB", "AB", "B", "Z", "\xC3"};
    for (const auto& left : texts)
        for (const auto& right : texts)
            BOOST_TEST(((*Symbol::from(left) < *Symbol::from(right)) == (left < right)),
                       left << " and " << right);
}

BOOST_AUTO_TEST_CASE(a_firm_is_a_venue_that_no_mpid_can_be) {
    const Venue firm = Venue::firm("OTCN").value();
    BOOST_TEST(firm.view() == "FIRM:OTCN");
    BOOST_TEST(firm.is_firm());
    BOOST_TEST(!Venue::from("OTCN")->is_firm());
    BOOST_TEST((firm != Venue::from("OTCN").value()));
    BOOST_TEST((firm == Venue::from(firm.view()).value()));
    BOOST_TEST(!Venue::firm("").has_value());
    BOOST_TEST(!Venue::from("").has_value());
    BOOST_TEST(!Venue::from(std::string_view("A\0", 2)).has_value());
    BOOST_TEST(Venue::firm(std::string(251, 'x')).has_value());
    BOOST_TEST(!Venue::firm(std::string(252, 'x')).has_value());
}

BOOST_AUTO_TEST_CASE(every_reason_has_its_own_code) {
    const std::vector<std::string> expected{"PARSE_ERROR",
                                            "EMPTY_SYMBOL",
                                            "INVALID_SYMBOL",
                                            "EMPTY_MPID",
                                            "INVALID_MPID",
                                            "NEGATIVE_VOLUME",
                                            "NEGATIVE_TRADES",
                                            "ZERO_ACTIVITY",
                                            "DUPLICATE_KEY",
                                            "CONFLICTING_DUPLICATE"};
    BOOST_TEST(expected.size() == reason_count);
    for (std::size_t i = 0; i < expected.size(); ++i)
        BOOST_TEST(code(static_cast<Reason>(i)) == expected[i]);
}

BOOST_AUTO_TEST_CASE(capitals_and_blanks_are_those_of_ascii_alone) {
    BOOST_TEST(trim(" \tA b\t ") == "A b");
    BOOST_TEST(trim("  ") == "");
    BOOST_TEST(upper('z') == 'Z');
    BOOST_TEST(upper('\xE4') == '\xE4');
    BOOST_TEST(same_ignoring_case("WeekEnding", "weekENDING"));
    BOOST_TEST(!same_ignoring_case("WeekEnding", "WeekEndin"));
}

BOOST_AUTO_TEST_SUITE_END()
