#include "schema/line.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace finra;

namespace {

RawRow row_of(Layout layout) {
    RawRow row;
    row.layout = layout;
    row.tier_text = "Tier 1";
    row.symbol = "Tw";
    row.issue_name = "Issue";
    row.venue_name = "Venue";
    row.mpid = "ONEX";
    row.shares = {5, 500000};
    row.trades = 3;
    row.last_update = date_from_iso("2025-12-22");
    row.week = date_from_iso("2025-12-19");
    return row;
}

std::string line_of(const RawRow& row) {
    std::string text = "left over";
    write_line(row, text);
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(line)

BOOST_AUTO_TEST_CASE(fields_are_spelled_as_their_layout_has_them) {
    BOOST_TEST(line_of(row_of(Layout::finra)) == "Tier 1|Tw|Issue|Venue|ONEX|5.5|3|2025-12-22");
    BOOST_TEST(line_of(row_of(Layout::simple)) == "2025-12-19|Tier 1|Tw|ONEX|5.5|3");
    RawRow bare;
    BOOST_TEST(line_of(bare) == "|||||0|0|");
}

BOOST_AUTO_TEST_CASE(a_line_that_was_kept_is_never_rebuilt) {
    RawRow row = row_of(Layout::finra);
    row.line_text = "Tier 1|Tw |Issue|Venue|onex|05.50|3|2025-12-22";
    BOOST_TEST(line_of(row) == row.line_text);
}

BOOST_AUTO_TEST_CASE(a_long_line_is_cut_between_characters) {
    RawRow row = row_of(Layout::finra);
    const std::string text = std::string(raw_text_max - 1, 'x') + "\xC3\xA9" + "y";
    row.line_text = text;
    BOOST_TEST(line_of(row) == std::string(raw_text_max - 1, 'x'));
    row.line_text = {};
    row.issue_name = text;
    BOOST_TEST(line_of(row).size() <= raw_text_max);
}

BOOST_AUTO_TEST_SUITE_END()
