#include "calc/normalise.hpp"
#include "rows.hpp"

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <tuple>
#include <vector>

using namespace finra;
using namespace finra::calc;
namespace data = boost::unit_test::data;

namespace {

RawRow raw(std::int64_t line,
           std::string_view symbol_text,
           std::string_view mpid_text,
           Quantity shares = 10,
           std::int64_t trades = 1) {
    RawRow row;
    row.line = line;
    row.tier = Tier::otc;
    row.tier_text = "OTC";
    row.symbol = symbol_text;
    row.issue_name = "Issue";
    row.venue_name = "Venue";
    row.mpid = mpid_text;
    row.shares = shares;
    row.trades = trades;
    row.last_update = date_from_iso("2025-12-15");
    row.is_spelled = true;
    return row;
}

const std::vector<std::tuple<std::string, std::string, std::int64_t, std::int64_t, std::string>>
    broken{
        {"", "OTCN", 1, 1, "EMPTY_SYMBOL"},
        {" \t", "OTCN", 1, 1, "EMPTY_SYMBOL"},
        {"BAD$YM", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"1ABC", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {".A", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"A  B", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"A/B/C", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"A.ABC", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"A$AB", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"A.", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"A/", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"A++", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"A#B", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"bad$ym", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"ABCDEFGHIJK", "OTCN", 1, 1, "INVALID_SYMBOL"},
        {"\xC3\x84"
         "B",
         "OTCN",
         1,
         1,
         "INVALID_SYMBOL"},
        {"A", "OTC", 1, 1, "INVALID_MPID"},
        {"A", "OTCNX", 1, 1, "INVALID_MPID"},
        {"A", "OT-N", 1, 1, "INVALID_MPID"},
        {"A", "OTCN", -1, 1, "NEGATIVE_VOLUME"},
        {"A", "OTCN", -1, -1, "NEGATIVE_VOLUME"},
        {"A", "OTCN", 1, -1, "NEGATIVE_TRADES"},
        {"A", "OTCN", 0, -1, "NEGATIVE_TRADES"},
        {"A", "OTCN", 0, 0, "ZERO_ACTIVITY"},
        {"", "", 0, 0, "EMPTY_SYMBOL"},
    };

} // namespace

BOOST_AUTO_TEST_SUITE(normalise)

BOOST_DATA_TEST_CASE(a_row_is_rejected_for_the_first_rule_that_it_breaks,
                     data::make(broken),
                     symbol_text,
                     mpid_text,
                     shares,
                     trades,
                     code) {
    KeptRejects rejects;
    Normaliser normaliser(rejects);
    normaliser.add(raw(7, symbol_text, mpid_text, shares, trades));
    normaliser.add(raw(8, "GOOD", "OTCN"));
    const Normalised result = normaliser.finish();
    BOOST_TEST_REQUIRE(rejects.kept.size() == 1U);
    BOOST_TEST(rejects.kept[0].code == code);
    BOOST_TEST(rejects.kept[0].line == 7);
    BOOST_TEST(!rejects.kept[0].detail.empty());
    BOOST_TEST(rejects.kept[0].raw_text == "OTC|" + symbol_text + "|Issue|Venue|" + mpid_text +
                                               "|" + std::to_string(shares) + "|" +
                                               std::to_string(trades) + "|2025-12-15");
    BOOST_TEST(result.rows.size() == 1U);
    BOOST_TEST(result.raw_rows == 2);
    BOOST_TEST(result.rejects == 1);
}

BOOST_DATA_TEST_CASE(sound_symbols_are_kept_as_they_are_published,
                     data::make({"A",
                                 "aabb",
                                 "Tw",
                                 "BRK.A",
                                 "BRK/B",
                                 "BRK B",
                                 "BF-B",
                                 "BAC$L",
                                 "BACpL",
                                 "ABC.WS",
                                 "ABC+",
                                 "ABC+C",
                                 "ABC=",
                                 "ABC-",
                                 "ABC$",
                                 "A1",
                                 "ABCDEFGHIJ"}),
                     text) {
    for (const std::string& padded : {std::string(text), " \t" + std::string(text) + " "}) {
        const auto symbol = symbol_from_text(padded);
        BOOST_TEST_REQUIRE(symbol.has_value());
        BOOST_TEST(symbol->view() == text);
    }
}

BOOST_AUTO_TEST_CASE(two_symbols_that_differ_in_case_are_two_securities) {
    KeptRejects rejects;
    Normaliser normaliser(rejects);
    normaliser.add(raw(2, "TW", "ONEX", 1000));
    normaliser.add(raw(3, "Tw", "ONEX", 555));
    const Normalised result = normaliser.finish();
    BOOST_TEST(rejects.kept.empty());
    BOOST_TEST_REQUIRE(result.rows.size() == 2U);
    BOOST_TEST(result.rows[0].volume.symbol.view() == "TW");
    BOOST_TEST(result.rows[1].volume.symbol.view() == "Tw");
}

BOOST_AUTO_TEST_CASE(a_symbol_loses_its_blanks_and_an_mpid_its_case) {
    KeptRejects rejects;
    Normaliser normaliser(rejects);
    normaliser.add(raw(2, " brk.A ", " ot1n"));
    const Normalised result = normaliser.finish();
    BOOST_TEST_REQUIRE(result.rows.size() == 1U);
    BOOST_TEST(result.rows[0].volume.symbol.view() == "brk.A");
    BOOST_TEST(result.rows[0].volume.mpid.view() == "OT1N");
    BOOST_TEST(result.issue_names.text(result.rows[0].issue_name) == "Issue");
    BOOST_TEST(result.venue_names.text(result.rows[0].venue_name) == "Venue");
    BOOST_TEST((result.rows[0].volume.last_update == date_from_iso("2025-12-15")));
}

BOOST_AUTO_TEST_CASE(rows_without_a_symbol_or_an_mpid_are_counted) {
    KeptRejects rejects;
    Normaliser normaliser(rejects);
    normaliser.add(raw(2, " ", "OTCN"));
    RawRow nameless = raw(3, "A", " ");
    nameless.venue_name = " ";
    normaliser.add(nameless);
    normaliser.add(raw(4, "", ""));
    normaliser.add(raw(5, "BAD$YM", "OTCN"));
    normaliser.add(raw(6, "A", ""));
    BOOST_TEST(normaliser.finish().rows_with_null == 3);
    BOOST_TEST_REQUIRE(rejects.kept.size() == 4U);
    BOOST_TEST(rejects.kept[1].code == "EMPTY_MPID");
}

BOOST_AUTO_TEST_CASE(a_row_without_an_mpid_belongs_to_its_firm) {
    KeptRejects rejects;
    Normaliser normaliser(rejects);
    RawRow firm = raw(2, "A", "", 1000);
    firm.venue_name = " De Minimis Firms ";
    normaliser.add(firm);
    normaliser.add(raw(3, "A", "ONEX"));
    RawRow again = firm;
    again.line = 4;
    normaliser.add(again);
    RawRow endless = raw(5, "B", "");
    const std::string name(252, 'x');
    endless.venue_name = name;
    normaliser.add(endless);
    // An MPID that is none is not mended by a name.
    normaliser.add(raw(6, "C", "ON"));
    const Normalised result = normaliser.finish();
    BOOST_TEST_REQUIRE(result.rows.size() == 2U);
    BOOST_TEST(result.rows[0].volume.mpid.view() == "FIRM:De Minimis Firms");
    BOOST_TEST(result.rows[0].volume.mpid.is_firm());
    BOOST_TEST(result.rows[1].volume.mpid.view() == "ONEX");
    BOOST_TEST_REQUIRE(rejects.kept.size() == 3U);
    BOOST_TEST(rejects.kept[0].code == "EMPTY_MPID");
    BOOST_TEST(rejects.kept[1].code == "INVALID_MPID");
    BOOST_TEST(rejects.kept[2].code == "DUPLICATE_KEY");
    BOOST_TEST(rejects.kept[2].raw_text == "OTC|A|Issue| De Minimis Firms ||1000|1|2025-12-15");
}

BOOST_AUTO_TEST_CASE(trades_without_shares_and_shares_without_trades_stay_in) {
    KeptRejects rejects;
    Normaliser normaliser(rejects);
    normaliser.add(raw(2, "A", "OTCN", 0, 3));
    normaliser.add(raw(3, "B", "OTCN", 3, 0));
    BOOST_TEST(normaliser.finish().rows.size() == 2U);
    BOOST_TEST(rejects.kept.empty());
}

BOOST_AUTO_TEST_CASE(the_first_line_of_a_key_is_kept_and_the_others_are_rejected_with_their_lines) {
    KeptRejects rejects;
    Normaliser normaliser(rejects);
    normaliser.add(raw(9, "A", "OTCN", 90, 2));
    normaliser.add(raw(4, "A", "OTCN", 40));
    normaliser.add(raw(5, "A", "ARCA", 50));
    normaliser.add(raw(6, " A", " otcn", 40));
    normaliser.add(raw(7, "A", "OTCN", {40, 1}));
    const Normalised result = normaliser.finish();
    BOOST_TEST_REQUIRE(result.rows.size() == 2U);
    BOOST_TEST(result.rows[0].volume.mpid.view() == "ARCA");
    BOOST_TEST(result.rows[1].volume.shares == 40);
    BOOST_TEST_REQUIRE(rejects.kept.size() == 3U);
    BOOST_TEST(rejects.kept[0].code == "DUPLICATE_KEY");
    BOOST_TEST(rejects.kept[0].line == 6);
    BOOST_TEST(rejects.kept[0].detail == "symbol and venue are those of line 4");
    BOOST_TEST(rejects.kept[0].raw_text == "OTC| A|Issue|Venue| otcn|40|1|2025-12-15");
    BOOST_TEST(rejects.kept[1].code == "CONFLICTING_DUPLICATE");
    BOOST_TEST(rejects.kept[1].line == 7);
    BOOST_TEST(rejects.kept[2].code == "CONFLICTING_DUPLICATE");
    BOOST_TEST(rejects.kept[2].line == 9);
    BOOST_TEST(
        rejects.kept[2].detail ==
        "line 4 says 40 shares in 1 trades, this line says 90 shares in 2 trades of the same "
        "symbol and venue; line 4 is kept");
    BOOST_TEST(rejects.kept[2].raw_text == "OTC|A|Issue|Venue|OTCN|90|2|2025-12-15");
    BOOST_TEST(result.raw_rows == 5);
    BOOST_TEST(result.rejects == 3);
    BOOST_TEST(result.conflicts == 2);
}

BOOST_AUTO_TEST_CASE(other_trades_alone_are_a_contradiction_and_another_date_is_none) {
    KeptRejects rejects;
    Normaliser normaliser(rejects);
    normaliser.add(raw(2, "A", "OTCN", 40, 1));
    normaliser.add(raw(3, "A", "OTCN", 40, 2));
    RawRow later = raw(4, "A", "OTCN", 40, 1);
    later.last_update = date_from_iso("2026-01-05");
    normaliser.add(later);
    BOOST_TEST(normaliser.finish().conflicts == 1);
    BOOST_TEST_REQUIRE(rejects.kept.size() == 2U);
    BOOST_TEST(rejects.kept[0].code == "CONFLICTING_DUPLICATE");
    BOOST_TEST(rejects.kept[1].code == "DUPLICATE_KEY");
}

BOOST_AUTO_TEST_CASE(rows_come_out_sorted_whatever_their_order) {
    std::vector<RawRow> rows{raw(2, "B", "OTCN"),
                             raw(3, "A.B", "OTCN"),
                             raw(4, "A", "OTCN"),
                             raw(5, "A", "ARCA"),
                             raw(6, "AB", "ZZZZ")};
    const auto normalised = [&] {
        KeptRejects rejects;
        Normaliser normaliser(rejects);
        for (const RawRow& row : rows)
            normaliser.add(row);
        return normaliser.finish().rows;
    };
    const auto expected = normalised();
    std::string order;
    for (const NormalisedRow& row : expected)
        order +=
            std::string(row.volume.symbol.view()) + "/" + std::string(row.volume.mpid.view()) + " ";
    BOOST_TEST(order == "A/ARCA A/OTCN A.B/OTCN AB/ZZZZ B/OTCN ");
    std::reverse(rows.begin(), rows.end());
    BOOST_TEST((normalised() == expected));
}

BOOST_AUTO_TEST_CASE(a_reject_shows_the_line_that_was_kept_also_of_a_row_that_was_accepted_first) {
    KeptRejects rejects;
    Normaliser normaliser(rejects);
    RawRow broken_row = raw(2, "BAD$YM", "OTCN");
    broken_row.is_spelled = false;
    broken_row.line_text = "OTC |BAD$YM|Issue|Venue|OTCN|010|1|2025-12-15";
    normaliser.add(broken_row);
    normaliser.add(raw(3, "A", "OTCN"));
    RawRow second = raw(4, "A", "OTCN");
    second.is_spelled = false;
    second.line_text = "OTC|A|Issue|Venue|OTCN|10.0|1|2025-12-15";
    normaliser.add(second);
    normaliser.finish();
    BOOST_TEST_REQUIRE(rejects.kept.size() == 2U);
    BOOST_TEST(rejects.kept[0].raw_text == broken_row.line_text);
    BOOST_TEST(rejects.kept[1].raw_text == second.line_text);
}

BOOST_AUTO_TEST_CASE(the_sign_of_a_fraction_decides_over_negative_and_zero) {
    KeptRejects rejects;
    Normaliser normaliser(rejects);
    normaliser.add(raw(2, "A", "OTCN", {-1, 500000}));
    normaliser.add(raw(3, "B", "OTCN", {0, 1}, 0));
    BOOST_TEST(normaliser.finish().rows.size() == 1U);
    BOOST_TEST_REQUIRE(rejects.kept.size() == 1U);
    BOOST_TEST(rejects.kept[0].code == "NEGATIVE_VOLUME");
}

BOOST_AUTO_TEST_CASE(no_rows_are_no_rows) {
    KeptRejects rejects;
    const Normalised result = Normaliser(rejects).finish();
    BOOST_TEST(result.rows.empty());
    BOOST_TEST(result.raw_rows == 0);
}

BOOST_AUTO_TEST_SUITE_END()
