#include "cli/row_printer.hpp"
#include "cli/text.hpp"
#include "cli/yaml_text.hpp"
#include "support/string_sink.hpp"
#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
namespace json = boost::json;

namespace {
using Rows = std::vector<std::vector<json::value>>;

std::string printed(config::Output output, const std::vector<std::string>& columns, const Rows& rows,
                    const cli::Look& look = {}, bool terminal = false) {
    test::StringSink sink;
    sink.terminal = terminal;
    const auto printer = cli::make_row_printer(output, sink, look);
    printer->columns(columns);
    for (const auto& row : rows)
        printer->row(row);
    printer->end();
    return sink.text;
}

json::value text(const char* value) { return json::value(value); }
} // namespace

BOOST_AUTO_TEST_SUITE(printing)

BOOST_AUTO_TEST_CASE(numbers_stand_to_the_right_and_keep_their_digits) {
    BOOST_TEST(printed(config::Output::table, {"symbol", "share", "n"},
                       {{text("OTCN"), 0.8218839348070724, 7}, {text("日本"), 1.0, 1234567}}) ==
               "symbol               share        n\n"
               "------  ------------------  -------\n"
               "OTCN    0.8218839348070724        7\n"
               "日本                   1.0  1234567\n");
}

BOOST_AUTO_TEST_CASE(a_table_neutralises_its_data_and_its_column_names) {
    BOOST_TEST(printed(config::Output::table, {"a\x1b[2J"}, {{text("x\ny")}, {nullptr}}, {false, 0, false, "NULL"}) ==
               "a\\x1b[2J\n--------\nx\\ny\nNULL\n");
}

BOOST_AUTO_TEST_CASE(on_a_terminal_the_widest_text_gives_way_and_numbers_never_do) {
    const auto out = printed(config::Output::table, {"id", "reason"},
                             {{1234567890123, text("a very long reason that nobody reads")}}, {false, 30, false, ""});
    BOOST_TEST(out.find("1234567890123  a very long\n               reason that\n               nobody reads\n") != std::string::npos, out);
    const auto cut = printed(config::Output::table, {"reason", "id"},
                             {{text("a very long reason that nobody reads"), 1234567890123}}, {false, 30, false, ""});
    BOOST_TEST(cut.find("a very long re…  1234567890123\n") != std::string::npos, cut);
}

BOOST_AUTO_TEST_CASE(a_long_table_streams_after_the_rows_that_were_measured) {
    test::StringSink sink;
    const auto printer = cli::make_table_printer(sink, {});
    printer->columns({"n"});
    for (int i = 0; i < 10'000; ++i)
        printer->row({i});
    BOOST_TEST(!sink.text.empty()); // what was held back is out
    const auto before = sink.text.size();
    printer->row({10'000});
    BOOST_TEST(sink.text.size() > before);
}

BOOST_AUTO_TEST_CASE(colour_marks_states_only_when_asked) {
    BOOST_TEST(printed(config::Output::table, {"status"}, {{text("failed")}}, {true, 0, false, ""}) ==
               "\x1b[1mstatus\x1b[0m\n------\n\x1b[31mfailed\x1b[0m\n");
}

BOOST_AUTO_TEST_CASE(json_is_one_document_with_every_digit_and_without_escapes) {
    const auto out = printed(config::Output::json, {"s", "x", "s"}, {{text("\x1b[1m"), 0.1, nullptr}, {text("é"), 3.0, true}},
                             {true, 20, false, ""}, true);
    BOOST_TEST(out == "[\n{\"s\":\"\\u001b[1m\",\"x\":0.1,\"s_2\":null},\n{\"s\":\"é\",\"x\":3.0,\"s_2\":true}\n]\n");
    BOOST_TEST(workflow::json_from(out).as_array().size() == 2u);
    BOOST_TEST(printed(config::Output::json, {"a"}, {}) == "[]\n");
}

BOOST_AUTO_TEST_CASE(csv_is_exact) {
    BOOST_TEST(printed(config::Output::csv, {"a", "b,c"},
                       {{text("x\"y\nz"), 0.1}, {nullptr, text("")}, {text(" pad "), text("=1+1")}, {text("\x1b"), true}}) ==
               "a,\"b,c\"\n\"x\"\"y\nz\",0.1\n,\"\"\n\" pad \",=1+1\n\x1b,true\n");
    BOOST_TEST(printed(config::Output::csv, {"a"}, {{nullptr}}) == "a\n\"\"\n");
}

BOOST_AUTO_TEST_CASE(csv_guards_formulas_when_asked_and_the_terminal_always) {
    BOOST_TEST(printed(config::Output::csv, {"a", "b"}, {{text("=cmd|x"), -5}}, {false, 0, true, ""}) == "a,b\n'=cmd|x,-5\n");
    BOOST_TEST(printed(config::Output::csv, {"a"}, {{text("\x1b[2J")}}, {}, true) == "a\n\\x1b[2J\n");
}

BOOST_AUTO_TEST_CASE(yaml_takes_no_text_for_something_else) {
    BOOST_TEST(printed(config::Output::yaml, {"no", "x y", "v"}, {{text("no"), text("1e3"), 1.0}, {nullptr, text("a: b"), 2}}) ==
               "- \"no\": \"no\"\n  \"x y\": \"1e3\"\n  v: 1.0\n- \"no\": null\n  \"x y\": \"a: b\"\n  v: 2\n");
    BOOST_TEST(printed(config::Output::yaml, {"a"}, {}) == "[]\n");
}

BOOST_AUTO_TEST_CASE(yaml_escapes_what_would_act_on_a_terminal) {
    BOOST_TEST(printed(config::Output::yaml, {"a"}, {{text("x\xc2\x9b\u202e\u200b\U000e0041é")}}) ==
               "- a: \"x\\x9b\\u202e\\u200b\\U000e0041é\"\n");
}

BOOST_AUTO_TEST_CASE(yaml_nests_by_blocks) {
    BOOST_TEST(cli::yaml_text(workflow::json_from(R"({"a":{"b":[1,{"c":2,"d":[]}],"e":{}},"f":[[1],[2]]})")) ==
               "a:\n  b:\n    - 1\n    - c: 2\n      d: []\n  e: {}\nf:\n  - - 1\n  - - 2\n");
}

BOOST_AUTO_TEST_SUITE_END()
