#include "parse/parser.hpp"
#include "recorder.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace finra;
using namespace finra::parse;
namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

const std::string good = "OTC|AABB|Asia Broadband|OTC LINK|OTCN|6753871|171|2025-12-15\n";

Summary read(std::string_view file, Recorder& recorder) {
    const auto answer = parsed(file, recorder);
    if (const auto* refusal = std::get_if<Refusal>(&answer))
        BOOST_FAIL("refused: " << refusal->what);
    return std::get<Summary>(answer);
}

Refusal refused(std::string_view file) {
    Recorder recorder;
    const auto answer = parsed(file, recorder);
    BOOST_TEST_REQUIRE(std::holds_alternative<Refusal>(answer));
    return std::get<Refusal>(answer);
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// A line that is a reject, and what its detail says.
const std::vector<std::tuple<std::string, std::string>> bad_lines{
    {"OTC|AABB|Asia|LINK|OTCN|6753871|171", "7 fields, expected 8"},
    {"OTC|AABB|Asia|LINK|OTCN|6753871|171|2025-12-15|x", "9 fields, expected 8"},
    {"OTC|a|b|c|d|e|f|g|h|i|j|k|l", "more than 9 fields, expected 8"},
    {"no bar at all", "1 field, expected 8"},
    {"", "the line is empty"},
    {"\r", "the line is empty"},
    {"OTC,AABB,Asia,LINK,OTCN,1,1,2025-12-15", "1 field,"},
    {"OTC|AABB|Asia|LINK|OTCN|N/A|171|2025-12-15", "shares 'N/A' is no number"},
    {"OTC|AABB|Asia|LINK|OTCN||171|2025-12-15", "shares '' is empty"},
    {"OTC|AABB|Asia|LINK|OTCN|1,234|171|2025-12-15", "shares '1,234'"},
    {"OTC|AABB|Asia|LINK|OTCN|12e3|171|2025-12-15", "shares '12e3'"},
    {"OTC|AABB|Asia|LINK|OTCN|+12|171|2025-12-15", "shares '+12'"},
    {"OTC|AABB|Asia|LINK|OTCN|12.|171|2025-12-15", "shares '12.' is no number"},
    {"OTC|AABB|Asia|LINK|OTCN|1.0000001|171|2025-12-15", "has more than six decimals"},
    {"OTC|AABB|Asia|LINK|OTCN|12|171.0|2025-12-15", "trades '171.0' is no whole number"},
    {"OTC|AABB|Asia|LINK|OTCN|0x1F|171|2025-12-15", "shares '0x1F'"},
    {"OTC|AABB|Asia|LINK|OTCN|-|171|2025-12-15", "shares '-'"},
    {"OTC|AABB|Asia|LINK|OTCN|9223372036854775808|171|2025-12-15", "beyond 64 bits"},
    {"OTC|AABB|Asia|LINK|OTCN|-9223372036854775809|171|2025-12-15", "beyond 64 bits"},
    {"OTC|AABB|Asia|LINK|OTCN|12|1 7|2025-12-15", "trades '1 7' is no whole number"},
    {"OTC|AABB|Asia|LINK|OTCN|12|99999999999999999999|2025-12-15", "trades"},
    {"OTC|AABB|Asia|LINK|OTCN|12|17|15.12.2025", "lastUpdateDate '15.12.2025' is no date"},
    {"OTC|AABB|Asia|LINK|OTCN|12|17|2025-02-30", "lastUpdateDate"},
    {"OTC|AA\0B|Asia|LINK|OTCN|12|17|2025-12-15"s, "NUL"},
    {"OTC|AABB|As\x81"
     "a|LINK|OTCN|12|17|2025-12-15",
     "neither UTF-8 nor Windows-1252"},
    {"OTC|AABB|" + std::string(70000, 'x') + "|LINK|OTCN|12|17|2025-12-15", "longer than 65536"},
};

/// A file that is refused, the line and column of the fault, and what the refusal says.
const std::vector<std::tuple<std::string, long, long, std::string>> bad_files{
    {"", 0, 0, "the file is empty"},
    {"\xEF\xBB\xBF", 1, 0, "the file is empty"},
    {"\n", 1, 1, "the first line is empty"},
    {finra_header, 1, 0, "a header and no data lines"},
    {finra_header.substr(0, finra_header.size() - 1), 1, 0, "a header and no data lines"},
    {simple_header, 1, 0, "a header and no data lines"},
    {"\xFF\xFEt\0i\0\n\0"s, 1, 1, "UTF-16"},
    {"\xFE\xFF", 1, 1, "UTF-16"},
    {"\0t\0i\0e\0r\0\n"s, 1, 1, "UTF-16"},
    {"Symbol|Venue|Date|TotalWeeklyShareVolume\nA|B|C|1\n", 1, 1, "expected 'tierDescription'"},
    {"# comment\n" + finra_header + good, 1, 1, "expected 'tierDescription'"},
    {"tierDescription|symbol|issueName\n", 1, 17, "expected 'issueSymbolIdentifier'"},
    {"tierDescription|issueSymbolIdentifier|issueName\n" + good,
     1,
     48,
     "expected 'marketParticipantName' next"},
    {finra_header.substr(0, finra_header.size() - 1) + "|extra\n" + good,
     1,
     138,
     "a column too many: 'extra'"},
    {"WeekEnding|weekStartDate|" + finra_header + good, 1, 12, "expected 'tierDescription'"},
    {good, 1, 1, "field 1 is 'OTC'"},
    {"not a date|OTC|AABB|OTCN|1|1\n", 1, 1, "field 1 is 'not a date'"},
    {std::string(70000, 'x') + "\n" + good, 1, 1, "longer than 65536"},
    {"tierDescription|\xE9\n", 1, 1, "not UTF-8"},
    {finra_header + good + "Tier 3|AABB|Asia|LINK|OTCN|1|1|2025-12-15\n",
     3,
     1,
     "unknown tier 'Tier 3'"},
    {finra_header + "|AABB|Asia|LINK|OTCN|1|1|2025-12-15\n", 2, 1, "unknown tier ''"},
    {simple_header + "2025-12-12|Mars|A|UBSA|1|1\n", 2, 12, "unknown tier 'Mars'"},
};

} // namespace

namespace std {
// For the data tables: the texts are long and partly no text.
inline ostream& operator<<(ostream& out, const tuple<string, string>& line) {
    return out << get<1>(line);
}
} // namespace std

BOOST_AUTO_TEST_SUITE(parser)

BOOST_AUTO_TEST_CASE(a_row_of_the_published_layout_is_read_as_it_stands) {
    Recorder recorder;
    const Summary summary = read(
        finra_header + "NMS Tier 1|a |Agilent|UBS ATS|ubsa|552309|6001|2025-12-15\n", recorder);
    const KeptRow expected{2,
                           Tier::nms_tier_1,
                           "NMS Tier 1",
                           "a ",
                           "Agilent",
                           "UBS ATS",
                           "ubsa",
                           552309,
                           6001,
                           date_from_iso("2025-12-15"),
                           std::nullopt,
                           "NMS Tier 1|a |Agilent|UBS ATS|ubsa|552309|6001|2025-12-15",
                           true};
    BOOST_TEST_REQUIRE(recorder.rows.size() == 1U);
    BOOST_TEST((recorder.rows[0] == expected));
    BOOST_TEST((summary.layout == Layout::finra));
    BOOST_TEST(!summary.has_week_column);
    BOOST_TEST((summary.first_last_update == date_from_iso("2025-12-15")));
    BOOST_TEST((summary.tiers == std::vector<TierLines>{{Tier::nms_tier_1, 1, 2}}));
}

BOOST_AUTO_TEST_CASE(a_row_of_the_simple_layout_is_read_with_its_week) {
    Recorder recorder;
    const Summary summary = read(simple_header + "2025-12-12|NMS Tier 1|A|ALPX|982|23\n", recorder);
    BOOST_TEST_REQUIRE(recorder.rows.size() == 1U);
    BOOST_TEST(recorder.rows[0].line == 2);
    BOOST_TEST(recorder.rows[0].symbol == "A");
    BOOST_TEST(recorder.rows[0].mpid == "ALPX");
    BOOST_TEST(recorder.rows[0].shares == 982);
    BOOST_TEST(recorder.rows[0].trades == 23);
    BOOST_TEST(recorder.rows[0].issue_name == "");
    BOOST_TEST((recorder.rows[0].week == date_from_iso("2025-12-12")));
    BOOST_TEST((summary.layout == Layout::simple));
    BOOST_TEST(summary.has_week_column);
    BOOST_TEST((summary.weeks == std::vector<WeekLines>{{*date_from_iso("2025-12-12"), 1, 2}}));
}

BOOST_AUTO_TEST_CASE(the_simple_layout_needs_no_header) {
    Recorder recorder;
    const Summary summary =
        read("2025-12-12|OTC|A|ALPX|982|23\n2025-12-12|OTC|B|ALPX|1|1\n", recorder);
    BOOST_TEST(summary.data_lines == 2);
    BOOST_TEST_REQUIRE(recorder.rows.size() == 2U);
    BOOST_TEST(recorder.rows[0].line == 1);
    BOOST_TEST(recorder.rows[0].symbol == "A");
}

BOOST_AUTO_TEST_CASE(a_week_column_is_found_wherever_it_stands) {
    const std::vector<std::string> names{"tierDescription",
                                         "issueSymbolIdentifier",
                                         "issueName",
                                         "marketParticipantName",
                                         "MPID",
                                         "totalWeeklyShareQuantity",
                                         "totalWeeklyTradeCount",
                                         "lastUpdateDate"};
    const std::vector<std::string> values{
        "OTC", "AABB", "Asia", "LINK", "OTCN", "12", "3", "2025-12-15"};
    for (std::size_t at = 0; at <= names.size(); ++at)
        for (const auto& [column, value] :
             {std::pair{"weekEnding", "2025-12-12"}, {"weekStartDate", "2025-12-08"}}) {
            std::string file;
            for (const bool header : {true, false}) {
                auto fields = header ? names : values;
                fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(at),
                              header ? column : value);
                for (std::size_t i = 0; i < fields.size(); ++i)
                    file += (i == 0 ? "" : "|") + fields[i];
                file += '\n';
            }
            Recorder recorder;
            const Summary summary = read(file, recorder);
            BOOST_TEST(summary.has_week_column);
            BOOST_TEST_REQUIRE(recorder.rows.size() == 1U);
            BOOST_TEST(recorder.rows[0].symbol == "AABB");
            BOOST_TEST(recorder.rows[0].shares == 12);
            BOOST_TEST((recorder.rows[0].week == date_from_iso(value)));
            BOOST_TEST(summary.weeks_are_starts == (column == std::string("weekStartDate")));
        }
}

BOOST_AUTO_TEST_CASE(headers_are_known_in_any_case_with_blanks_mark_and_carriage_returns) {
    Recorder recorder;
    const Summary summary =
        read("\xEF\xBB\xBFWEEKENDING|tier |symbol|mpid|totalshares|totaltrades\r\n"
             "2025-12-12|OTC|A|ALPX| 982 |23\r\n",
             recorder);
    BOOST_TEST(summary.rows == 1);
    BOOST_TEST(summary.rejects == 0);
    BOOST_TEST(recorder.rows.at(0).trades == 23);
    BOOST_TEST(recorder.rows.at(0).shares == 982);
}

BOOST_DATA_TEST_CASE(a_line_that_cannot_be_read_is_a_reject_and_the_next_one_is_read,
                     data::make(bad_lines),
                     line,
                     what) {
    Recorder recorder;
    const Summary summary = read(finra_header + line + "\n" + good, recorder);
    BOOST_TEST(summary.data_lines == 2);
    BOOST_TEST(summary.rows == 1);
    BOOST_TEST(summary.rejects == 1);
    BOOST_TEST_REQUIRE(recorder.rejects.size() == 1U);
    const KeptReject& reject = recorder.rejects[0];
    BOOST_TEST(reject.line == 2);
    BOOST_TEST(code(reject.reason) == "PARSE_ERROR");
    BOOST_TEST(holds(reject.detail, what), reject.detail);
    BOOST_TEST(reject.raw_text.size() <= raw_text_max);
    if (line.size() < 100 && line != "\r" && line.find_first_of("\0\x81"s) == std::string::npos)
        BOOST_TEST(reject.raw_text == line);
    BOOST_TEST_REQUIRE(recorder.rows.size() == 1U);
    BOOST_TEST(recorder.rows[0].line == 3);
    BOOST_TEST(recorder.rows[0].symbol == "AABB");
}

BOOST_AUTO_TEST_CASE(fractions_of_shares_are_read_exactly) {
    Recorder recorder;
    const Summary summary = read(finra_header + "OTC|A|a|b|OTCN|900000.5|10|\n"
                                                "OTC|B|a|b|OTCN|0.000001|1|\n"
                                                "OTC|C|a|b|OTCN|7.0|1|\n",
                                 recorder);
    BOOST_TEST(summary.rejects == 0);
    BOOST_TEST_REQUIRE(recorder.rows.size() == 3U);
    BOOST_TEST(recorder.rows[0].shares == Quantity(900000, 500000));
    BOOST_TEST(recorder.rows[1].shares == Quantity(0, 1));
    BOOST_TEST(recorder.rows[2].shares == 7);
}

BOOST_AUTO_TEST_CASE(a_row_says_whether_its_fields_spell_its_line) {
    const auto spelled = [](const std::string& header, const std::string& line) {
        Recorder recorder;
        read(header + "OTC|AABB|Asia Broadband|OTC LINK|OTCN|1|1|2025-12-15\n" + line + "\n",
             recorder);
        BOOST_TEST_REQUIRE(recorder.rows.size() == 2U, line);
        BOOST_TEST(recorder.misspelled == 0);
        BOOST_TEST(recorder.rows[1].line_text == line);
        return recorder.rows[1].is_spelled;
    };
    BOOST_TEST(spelled(finra_header, "OTC| Aabb |Asia|LINK|otcn|10|0|"));
    BOOST_TEST(spelled(finra_header, "OTC|A|As\xC3\xA9|C:\\dir|OTCN|10|0|2025-12-15"));
    for (const char* line : {"otc|A|Asia|LINK|OTCN|10|1|2025-12-15",
                             "OTC|A|Asia|LINK|OTCN|010|1|2025-12-15",
                             "OTC|A|Asia|LINK|OTCN|10 |1|2025-12-15",
                             "OTC|A|Asia|LINK|OTCN|10.0|1|2025-12-15",
                             "OTC|A|Asia|LINK|OTCN|-1|1|2025-12-15",
                             "OTC|A|Asia|LINK|OTCN|1|01|2025-12-15",
                             "OTC|A|Asia|LINK|OTCN|1|-0|2025-12-15",
                             "OTC|A|Asia|LINK|OTCN|1|1| 2025-12-15",
                             "OTC|A|Asia|LINK|OTCN|1|1| "})
        BOOST_TEST(!spelled(finra_header, line), line);

    Recorder simple;
    read(simple_header + "2025-12-12|OTC|A|ALPX|1|1\n2025-12-12 |OTC|A|ALPX|1|1\n", simple);
    BOOST_TEST(simple.rows.at(0).is_spelled);
    BOOST_TEST(!simple.rows.at(1).is_spelled);
    BOOST_TEST(simple.misspelled == 0);

    Recorder with_week;
    read("weekStartDate|" + finra_header + "2025-12-08|OTC|A|a|b|OTCN|1|1|\n", with_week);
    BOOST_TEST(!with_week.rows.at(0).is_spelled);
    BOOST_TEST(with_week.rows.at(0).line_text == "2025-12-08|OTC|A|a|b|OTCN|1|1|");
}

BOOST_AUTO_TEST_CASE(the_spelling_of_the_tier_is_that_of_the_first_row_not_of_the_first_line) {
    Recorder recorder;
    read(finra_header + "otc|A|a|b|OTCN|x|1|\nOTC|A|a|b|OTCN|1|1|\nOTC|B|a|b|OTCN|1|1|\n",
         recorder);
    BOOST_TEST_REQUIRE(recorder.rows.size() == 2U);
    BOOST_TEST(recorder.rows[0].is_spelled);
    BOOST_TEST(recorder.rows[1].is_spelled);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf_8_are_read_as_windows_1252_and_counted) {
    Recorder recorder;
    const std::string line = "OTC|AAAA|Soci\xE9t\xE9 A|LINK|OTCN|12|17|2025-12-15";
    const Summary summary =
        read(finra_header + line + "\r\n" + good + "OTC|B|\xE9|LINK|OTCN|x|1|\n", recorder);
    BOOST_TEST(summary.rows == 2);
    BOOST_TEST(summary.rows_of_windows_1252 == 1);
    BOOST_TEST(recorder.rows.at(0).issue_name == "Soci\xC3\xA9t\xC3\xA9 A");
    BOOST_TEST(recorder.rows.at(0).line_text ==
               R"(OTC|AAAA|Soci\xE9t\xE9 A|LINK|OTCN|12|17|2025-12-15)");
    BOOST_TEST(!recorder.rows.at(0).is_spelled);
    // The line's own bytes are the evidence, not what they were read as.
    BOOST_TEST_REQUIRE(recorder.rejects.size() == 1U);
    BOOST_TEST(recorder.rejects[0].raw_text == R"(OTC|B|\xE9|LINK|OTCN|x|1|)");
}

BOOST_AUTO_TEST_CASE(more_than_a_block_of_nul_at_the_end_is_a_truncated_file) {
    const std::string file = finra_header + good + good;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::size_t{1} << 20}) {
        Recorder short_tail;
        const auto kept = parsed(file + std::string(512, '\0'), short_tail, piece);
        BOOST_TEST_REQUIRE(std::holds_alternative<Summary>(kept));
        BOOST_TEST(std::get<Summary>(kept).rejects == 1);
        Recorder long_tail;
        const auto refused = parsed(file + std::string(513, '\0'), long_tail, piece);
        BOOST_TEST_REQUIRE(std::holds_alternative<Refusal>(refused));
        BOOST_TEST(holds(std::get<Refusal>(refused).what, "ends with 513 NUL bytes"));
        Recorder cut;
        BOOST_TEST(std::holds_alternative<Refusal>(
            parsed(finra_header + good + "OTC|AA" + std::string(70000, '\0'), cut, piece)));
    }
    // In the middle it is a line that cannot be read, and the others go on.
    Recorder inside;
    BOOST_TEST(read(file + std::string(600, '\0') + "\n" + good, inside).rejects == 1);
}

BOOST_AUTO_TEST_CASE(a_week_that_is_no_date_is_a_reject) {
    Recorder recorder;
    const Summary summary = read(
        simple_header + "12/12/2025|OTC|A|ALPX|982|23\n2025-12-12|OTC|A|ALPX|982|23\n", recorder);
    BOOST_TEST(summary.rejects == 1);
    BOOST_TEST(recorder.rejects.at(0).detail == "WeekEnding '12/12/2025' is no date (YYYY-MM-DD)");
}

BOOST_AUTO_TEST_CASE(negative_and_extreme_numbers_that_fit_are_rows) {
    Recorder recorder;
    read(finra_header +
             "OTC|A|a|b|OTCN|-5|-9223372036854775808|\nOTC|A|a|b|OTCN|9223372036854775807|0|\n",
         recorder);
    BOOST_TEST_REQUIRE(recorder.rows.size() == 2U);
    BOOST_TEST(recorder.rows[0].shares == -5);
    BOOST_TEST(recorder.rows[0].trades == INT64_MIN);
    BOOST_TEST(recorder.rows[1].shares == INT64_MAX);
    BOOST_TEST(!recorder.rows[1].last_update.has_value());
}

BOOST_DATA_TEST_CASE(a_file_that_is_no_such_file_is_refused_whole_with_its_place,
                     data::make(bad_files),
                     file,
                     line,
                     column,
                     what) {
    const Refusal refusal = refused(file);
    BOOST_TEST(holds(refusal.what, what), refusal.what);
    BOOST_TEST(refusal.line == line);
    BOOST_TEST(refusal.column == column);
    BOOST_TEST(!refusal.hint.empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_tier_names_the_valid_ones_and_stops_the_reading) {
    Recorder recorder;
    Parser parser(recorder);
    BOOST_TEST(!parser.feed(finra_header + good + "Tier 3|A|a|b|OTCN|1|1|\n" + good));
    BOOST_TEST(!parser.feed(good));
    const auto answer = parser.finish();
    BOOST_TEST_REQUIRE(std::holds_alternative<Refusal>(answer));
    BOOST_TEST(std::get<Refusal>(answer).hint == "the tiers are NMS_TIER_1, NMS_TIER_2, OTC");
    BOOST_TEST(recorder.rows.size() == 1U);
}

BOOST_AUTO_TEST_CASE(mixed_tiers_and_weeks_are_counted_with_their_first_lines) {
    Recorder recorder;
    const Summary summary = read(simple_header + "2025-12-12|OTC|A|ALPX|1|1\n"
                                                 "2025-12-19|Tier 1|A|ALPX|1|1\n"
                                                 "2025-12-12|tier1|A|ALPX|bad|1\n",
                                 recorder);
    BOOST_TEST(
        (summary.tiers == std::vector<TierLines>{{Tier::otc, 1, 2}, {Tier::nms_tier_1, 2, 3}}));
    BOOST_TEST((summary.weeks == std::vector<WeekLines>{{*date_from_iso("2025-12-12"), 2, 2},
                                                        {*date_from_iso("2025-12-19"), 1, 3}}));
}

BOOST_AUTO_TEST_CASE(weeks_beyond_the_limit_are_counted_together) {
    std::string file = simple_header;
    Date week = *date_from_iso("2025-01-03");
    for (std::size_t i = 0; i < Parser::weeks_max + 5; ++i, week = week + 7)
        file += iso(week) + "|OTC|A|ALPX|1|1\n";
    Recorder recorder;
    const Summary summary = read(file, recorder);
    BOOST_TEST(summary.weeks.size() == Parser::weeks_max);
    BOOST_TEST(summary.lines_of_further_weeks == 5);
    BOOST_TEST(summary.rows == static_cast<std::int64_t>(Parser::weeks_max) + 5);
}

BOOST_AUTO_TEST_CASE(a_missing_last_newline_loses_nothing_and_is_told) {
    Recorder recorder;
    const Summary cut = read(finra_header + good.substr(0, good.size() - 1), recorder);
    BOOST_TEST(cut.last_newline_missing);
    BOOST_TEST(cut.rows == 1);
    BOOST_TEST(!cut.last_line_rejected);
    BOOST_TEST(!read(finra_header + good, recorder).last_newline_missing);
    const Summary inside = read(finra_header + good + good.substr(0, 20), recorder);
    BOOST_TEST(inside.last_newline_missing);
    BOOST_TEST(inside.last_line_rejected);
    BOOST_TEST(!read(finra_header + "OTC|x\n" + good, recorder).last_line_rejected);
}

BOOST_AUTO_TEST_CASE(a_refused_line_tells_its_shares_wherever_they_stand) {
    const auto shares = [](const std::string& line) {
        Recorder recorder;
        read(finra_header + good + line + "\n", recorder);
        BOOST_TEST_REQUIRE(recorder.rejects.size() == 1U, line);
        return recorder.rejects[0].shares.value_or(-1);
    };
    // Of the right shape, with another fault.
    BOOST_TEST(shares("OTC|A|Name|Venue|OTCN|500|many|2025-12-15") == 500);
    BOOST_TEST(shares("OTC|A|Name|Venue|OTCN|500|5|someday") == 500);
    BOOST_TEST(shares("OTC|A|Name|Venue|OTCN|500.25|many|2025-12-15") == 500);
    // The last fields are missing, or some in the middle.
    BOOST_TEST(shares("OTC|A|Name|Venue|OTCN|500") == 500);
    BOOST_TEST(shares("OTC|A|Name|Venue|OTCN|500|5") == 500);
    BOOST_TEST(shares("OTC|A|OTCN|500|5|2025-12-15") == 500);
    BOOST_TEST(shares("OTC|A|Name|OTCN|500|5|2025-12-15") == 500);
    // There is none.
    BOOST_TEST(shares("OTC|A|Name|Venue|OTCN|many|5|2025-12-15") == -1);
    BOOST_TEST(shares("OTC|A") == -1);
    BOOST_TEST(shares("") == -1);
}

BOOST_AUTO_TEST_CASE(lines_with_an_empty_required_field_are_counted) {
    Recorder recorder;
    const Summary summary =
        read(finra_header + good +
                 "OTC| |a|b|OTCN|1|1|\nOTC|A|a| ||1|1|\nOTC|A|a|Firm||1|1|\nOTC|A|a|b|OTCN||1|\n"
                 "OTC|A|a|b|OTCN|1||\nOTC|A|||OTCN|1|1|\n",
             recorder);
    BOOST_TEST(summary.lines_with_null == 4);
    BOOST_TEST(summary.rejects == 2);
}

BOOST_AUTO_TEST_CASE(a_week_that_is_empty_is_an_empty_required_field_and_no_field_at_all_is_none) {
    Recorder recorder;
    const Summary summary = read("WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades\n"
                                 "2025-12-19|OTC|A|AAAA|1|1\n |OTC|B|AAAA|1|1\n2025-12-19|OTC|C\n",
                                 recorder);
    BOOST_TEST(summary.lines_with_null == 1);
    BOOST_TEST(summary.rejects == 2);
}

BOOST_AUTO_TEST_CASE(the_newest_and_the_first_update_dates_are_kept) {
    Recorder recorder;
    const Summary summary =
        read(finra_header + "OTC|A|a|b|OTCN|1|1|\nOTC|A|a|b|OTCN|1|1|2025-12-15\n"
                            "OTC|A|a|b|OTCN|1|1|2026-01-05\nOTC|A|a|b|OTCN|1|1|2025-12-01\n",
             recorder);
    BOOST_TEST((summary.first_last_update == date_from_iso("2025-12-15")));
    BOOST_TEST((summary.newest_last_update == date_from_iso("2026-01-05")));
}

BOOST_AUTO_TEST_CASE(a_line_of_exactly_the_limit_is_read_and_one_byte_more_is_not) {
    const std::string begin = "OTC|A|";
    const std::string end = "|b|OTCN|1|1|";
    const std::string fits =
        begin + std::string(Parser::line_size_max - begin.size() - end.size(), 'x') + end;
    const std::string longer = begin + "x" + fits.substr(begin.size());
    BOOST_TEST(fits.size() == Parser::line_size_max);
    std::string file = finra_header;
    file.append(fits).append("\n").append(longer).append("\n").append(good);
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{65536}, std::size_t{1} << 20}) {
        Recorder recorder;
        const auto answer = parsed(file, recorder, piece);
        BOOST_TEST(recorder.rows.size() == 2U);
        BOOST_TEST_REQUIRE(recorder.rejects.size() == 1U);
        BOOST_TEST(recorder.rejects[0].line == 3);
        BOOST_TEST(recorder.rejects[0].raw_text.size() == raw_text_max);
    }
}

BOOST_AUTO_TEST_CASE(a_line_of_100_megabytes_is_one_reject) {
    Recorder recorder;
    Parser parser(recorder);
    const std::string block(1 << 20, 'x');
    BOOST_TEST(parser.feed(finra_header + good));
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(parser.feed(block));
    BOOST_TEST(parser.feed("\n" + good));
    const auto answer = parser.finish();
    BOOST_TEST_REQUIRE(std::holds_alternative<Summary>(answer));
    BOOST_TEST(std::get<Summary>(answer).rows == 2);
    BOOST_TEST(std::get<Summary>(answer).rejects == 1);
    BOOST_TEST(recorder.rows.at(1).line == 4);
}

BOOST_AUTO_TEST_CASE(where_the_pieces_are_cut_makes_no_difference) {
    std::vector<std::string> files;
    files.reserve(bad_files.size() + 2);
    for (const auto& [file, line, column, what] : bad_files)
        files.push_back(file);
    std::string mixed = "\xEF\xBB\xBF" + finra_header;
    for (const auto& [line, what] : bad_lines)
        mixed.append(line).append("\r\n").append(good);
    files.push_back(mixed);
    files.push_back(mixed + "OTC|A|a|b|OTCN|1|1|2025-12-15");
    for (const std::string& file : files) {
        Recorder whole;
        const auto expected = parsed(file, whole, file.size() + 1);
        for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 1024U, 65536U, 65537U}) {
            Recorder pieces;
            const auto answer = parsed(file, pieces, piece);
            BOOST_TEST((answer == expected), "in pieces of " << piece);
            BOOST_TEST((pieces.rows == whole.rows), "in pieces of " << piece);
            BOOST_TEST((pieces.rejects == whole.rejects), "in pieces of " << piece);
        }
    }
}

BOOST_AUTO_TEST_CASE(data_lines_are_always_rows_and_rejects) {
    constexpr unsigned seed = 20251212;
    std::mt19937 random(seed);
    BOOST_TEST_MESSAGE("seed " << seed);
    const std::string alphabet = "OTC|A|1|\n\r-x\0\xC3\xA9\xFF"s;
    for (int round = 0; round < 300; ++round) {
        std::string file = finra_header;
        std::int64_t lines = 0;
        for (int line = 0; line < 20; ++line) {
            std::string text = random() % 3 == 0 ? good : std::string();
            for (auto i = random() % 40; text.empty() && i > 0; --i)
                if (const char c = alphabet[random() % alphabet.size()]; c != '\n')
                    file += c;
            file += text.empty() ? "\n" : text;
            ++lines;
        }
        Recorder recorder;
        const auto answer = parsed(file, recorder);
        BOOST_TEST_REQUIRE(recorder.misspelled == 0);
        const auto* summary = std::get_if<Summary>(&answer);
        if (summary == nullptr)
            continue; // a line that happened to have eight fields and no tier
        BOOST_TEST_REQUIRE(summary->data_lines == lines);
        BOOST_TEST_REQUIRE(summary->rows + summary->rejects == lines);
        BOOST_TEST_REQUIRE(recorder.rows.size() == static_cast<std::size_t>(summary->rows));
        BOOST_TEST_REQUIRE(recorder.rejects.size() == static_cast<std::size_t>(summary->rejects));
    }
}

BOOST_AUTO_TEST_CASE(the_sample_weeks_of_the_project_are_read_whole) {
    for (const char* week : {"2025-12-19", "2025-12-26", "2026-01-02"}) {
        const auto file =
            read_file(std::string(SPINE_SOURCE_DIR "/tests/data/finra/week_") + week + ".psv");
        BOOST_TEST_REQUIRE(file.has_value());
        Recorder recorder;
        const Summary summary = read(*file, recorder);
        BOOST_TEST(summary.rows == 50);
        BOOST_TEST(summary.rejects == 0);
        BOOST_TEST((summary.tiers == std::vector<TierLines>{{Tier::nms_tier_1, 50, 2}}));
        BOOST_TEST((summary.weeks == std::vector<WeekLines>{{*date_from_iso(week), 50, 2}}));
    }
}

BOOST_AUTO_TEST_SUITE_END()
