#include "support/small_stack.hpp"
#include "workflow/expression.hpp"
#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>

using namespace spine::workflow;
namespace json = boost::json;
namespace data = boost::unit_test::data;

namespace {

const json::object& params() {
    static const json::object made = [] {
        auto object = json_from(R"({"rows": 50, "tier": "OTC", "share": 0.25, "full": true, "partial": false, "empty": null,
            "weeks": ["2025-12-05", "2025-12-12"], "mixed": [1, "1", null, true], "box": {"a": 1, "b": [1, 2]}, "odd name": 7,
            "exact": 9007199254740993, "lowest": -9223372036854775808, "wide": 18446744073709551615, "size": 3,
            "android": 1, "inner": 2, "notice": 3, "order": 4, "nullable": 5, "truest": 6, "word": "äöü", "zero": 0})")
                          .as_object();
        object["nan"] = std::numeric_limits<double>::quiet_NaN();
        object["infinite"] = std::numeric_limits<double>::infinity();
        return object;
    }();
    return made;
}
const json::object& outputs() {
    static const json::object made = json_from(R"({"ingest": {"row_count": 50, "skipped": false}, "in": {"not": 1}})").as_object();
    return made;
}

/// The value as JSON, or "COLUMN: message".
std::string value_of(std::string_view text) {
    const auto parsed = parse_expression(text);
    const auto told = [](const ExpressionFault& fault) { return std::to_string(fault.column) + ": " + fault.message; };
    if (const auto* const fault = std::get_if<ExpressionFault>(&parsed))
        return told(*fault);
    const auto result = evaluate(std::get<Expression>(parsed), Scope{params(), outputs()});
    if (const auto* const fault = std::get_if<ExpressionFault>(&result))
        return told(*fault);
    return json_text(std::get<json::value>(result));
}

std::string hint_of(std::string_view text) {
    const auto parsed = parse_expression(text);
    if (const auto* const fault = std::get_if<ExpressionFault>(&parsed))
        return fault->hint;
    const auto result = evaluate(std::get<Expression>(parsed), Scope{params(), outputs()});
    const auto* const fault = std::get_if<ExpressionFault>(&result);
    return fault == nullptr ? "no fault" : fault->hint;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    while (times-- > 0)
        out += text;
    return out;
}

struct Case {
    const char* text;
    const char* value;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.text; }

const Case values[] = {
    // precedence and association
    {"1 + 2 * 3", "7"},
    {"(1 + 2) * 3", "9"},
    {"7 - 2 - 1", "4"},
    {"2 * 7 % 4", "2"},
    {"8 / 2 / 2", "2.0"},
    {"-2 * -3", "6"},
    {"- - 2", "2"},
    {"--2", "2"},
    {"1 - -1", "2"},
    {"rows -1", "49"},
    {"1 + 1 == 2 and 2 * 2 > 3 or false", "true"},
    {"true or false and false", "true"},
    {"(true or false) and false", "false"},
    {"false and false or true", "true"},
    {"not false and false", "false"},
    {"not (false and false)", "true"},
    {"not not true", "true"},
    {"not 1 == 2", "true"},
    {"not -1 == 1 or false", "true"},
    {"not 1 in [2] and 1 not in [2]", "true"},
    {"(not true) == false", "true"},
    {"false == (1 > 2)", "true"},
    // null
    {"nothing", "null"},
    {"null", "null"},
    {"not nothing", "true"},
    {"nothing and true", "false"},
    {"true and nothing", "false"},
    {"nothing or nothing", "false"},
    {"nothing == null and empty == null", "true"},
    {"rows != null and null != 'a'", "true"},
    {"null == false", "false"},
    {"null in mixed", "true"},
    {"null in [1]", "false"},
    // names and paths
    {"rows", "50"},
    {"params.rows == $.params.rows", "true"},
    {"$.outputs.ingest.row_count", "50"},
    {"outputs.ingest.row_count", "50"},
    {"outputs.in.not", "1"},
    {"$.outputs['in']['not']", "1"},
    {"$['outputs'].in.not", "1"},
    {"params['odd name'] + $.params[\"odd name\"]", "14"},
    {"params.box.b[1]", "2"},
    {"params.box.b[2]", "null"},
    {"params.box[0]", "null"},
    {"params.weeks.a", "null"},
    {"params.rows.deeper[3].still", "null"},
    {"outputs.elsewhere.x", "null"},
    {"outputs.ingest.pipeline_result.metrics.rows", "50"},
    {"$.outputs.ingest.row_count-1", "49"},
    {"android + inner + notice + order + nullable + truest", "21"},
    {"size + 1", "4"},
    {"has", "null"},
    // has and size
    {"has(rows) and has($.params.rows) and has(outputs.ingest.row_count)", "true"},
    {"has(nothing) or has(empty) or has(params.box.c)", "false"},
    {"has (partial)", "true"},
    {"size(weeks)", "2"},
    {"size([])", "0"},
    {"size([1, [2, 3]])", "2"},
    {"size(params.box)", "2"},
    {"size(word)", "3"},
    {"size ( 'a' )", "1"},
    // equality
    {"1 == 1.0", "true"},
    {"exact == 9007199254740992.0", "false"},
    {"exact > 9007199254740992.0", "true"},
    {"9007199254740992.0 < exact", "true"},
    {"exact < 9007199254740994.0", "true"},
    {"9223372036854775807 == 9223372036854775808.0", "false"},
    {"lowest == -9223372036854775808.0", "true"},
    {"wide > 9223372036854775807 and wide < 18446744073709551616.0", "true"},
    {"wide == wide and wide != -1", "true"},
    {"rows < 1e300 and rows > -1e300", "true"},
    {"rows < infinite and -infinite < rows", "21: the result is out of the range of a real"},
    {"rows < infinite", "true"},
    {"nan == nan", "false"},
    {"nan < 1", "5: not-a-number has no order"},
    {"3 < 3.5 and -3 > -3.5 and 0 == -0.0", "true"},
    {"[1, 'a', [null]] == [1.0, 'a', [null]]", "true"},
    {"[1, 2] == [1]", "false"},
    {"[1, 2] != [1, '2']", "true"},
    {"params.box == params.box", "true"},
    {"params.box == outputs.ingest", "false"},
    {"full == true and partial != true", "true"},
    // order
    {"'a' < 'b' and 'a' <= 'a' and 'b' > 'a' and 'b' >= 'b'", "true"},
    {"'Z' < 'a' and 'z' < 'ä' and 'a' < 'aa'", "true"},
    {"1 <= 1 and 1 >= 1 and not 1 < 1 and not 1 > 1", "true"},
    // in
    {"tier in ['OTC', 'NMS_T1']", "true"},
    {"tier not in ['OTC', 'NMS_T1']", "false"},
    {"tier not  in ['NMS_T1']", "true"},
    {"tier in []", "false"},
    {"1 in[1.0]", "true"},
    {"'2025-12-12' in weeks", "true"},
    {"[1] in [[1], 2]", "true"},
    {"'1' in mixed and 1 in mixed and true in mixed and false not in mixed", "true"},
    // arithmetic
    {"7 / 2", "3.5"},
    {"7 % 3", "1"},
    {"-7 % 3", "-1"},
    {"7 % -3", "1"},
    {"lowest % -1", "0"},
    {"0.5 + 1", "1.5"},
    {"-0.0", "-0.0"},
    {"9223372036854775806 + 1", "9223372036854775807"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"-9223372036854775807 - 1", "-9223372036854775808"},
    {"wide - wide", "0"},
    // literals
    {"'it''s'", "5: an operator is missing before '''"},
    {R"('it\'s "so"')", R"("it's \"so\"")"},
    {R"("tab\t, line\n, \\, \"quotes\"")", R"("tab\t, line\n, \\, \"quotes\"")"},
    {"''", R"("")"},
    {"1e3", "1000.0"},
    {"1.5E-2", "0.015"},
    {"1e+2", "100.0"},
    {"007", "7"},
    {"[1, 'a', true, null, [], rows]", R"([1,"a",true,null,[],50])"},
    {" \t\r\n true \n", "true"},
    {"'a'=='a'and'b'=='b'or(true)", "true"},
};

const Case faults[] = {
    // of type
    {"rows > 'many'", "6: text and number cannot be compared"},
    {"'many' == rows", "8: text and number cannot be compared"},
    {"'äöü' < rows", "7: text and number cannot be compared"},
    {"full == 1", "6: boolean and number cannot be compared"},
    {"weeks == tier", "7: text and list cannot be compared"},
    {"true < false", "6: of two values of type boolean none is the greater"},
    {"[1] < [2]", "5: of two values of type list none is the greater"},
    {"tier in 'OTC'", "6: 'in' looks into a list, and this is a text"},
    {"tier not in 5", "6: 'not in' looks into a list, and this is a number"},
    {"1 and true", "1: 'and' takes true or false, and this is a number"},
    {"false or 'x'", "10: 'or' takes true or false, and this is a text"},
    {"not tier", "5: 'not' takes true or false, and this is a text"},
    {"'a' + 'b'", "5: '+' takes numbers, and one side is a text"},
    {"1 * true", "3: '*' takes numbers, and one side is a boolean"},
    {"-tier", "1: '-' takes numbers, and one side is a text"},
    {"5.5 % 2", "5: '%' takes integers, and one side is a real"},
    {"size(5)", "1: a number has no size"},
    // of null
    {"nothing > 3", "9: $.params.nothing is absent, and null cannot stand beside '>'"},
    {"3 > outputs.a.b", "3: $.outputs.a.b is absent, and null cannot stand beside '>'"},
    {"null < 1", "6: null cannot stand beside '<'"},
    {"nothing + 1", "9: $.params.nothing is absent, and null cannot stand beside '+'"},
    {"1 in nothing", "3: $.params.nothing is absent, and null cannot stand at the right of 'in'"},
    {"size(nothing)", "1: $.params.nothing is absent, and null cannot stand in size(...)"},
    {"-nothing", "1: $.params.nothing is absent, and null cannot stand after '-'"},
    // of arithmetic
    {"rows / 0", "6: division by zero"},
    {"rows / 0.0", "6: division by zero"},
    {"rows % zero", "6: division by zero"},
    {"9223372036854775807 + 1", "21: the result does not fit in a 64-bit integer"},
    {"lowest - 1", "8: the result does not fit in a 64-bit integer"},
    {"-lowest", "1: the result does not fit in a 64-bit integer"},
    {"4294967296 * 4294967296", "12: the result does not fit in a 64-bit integer"},
    {"wide * wide", "6: the result does not fit in a 64-bit integer"},
    {"wide + 0", "6: the result does not fit in a 64-bit integer"},
    {"1e308 * 10", "7: the result is out of the range of a real"},
    // of form
    {"", "1: the expression is empty"},
    {" \n", "1: the expression is empty"},
    {"1 < 2 < 3", "7: comparisons cannot be chained"},
    {"1 == 1 in [true]", "8: comparisons cannot be chained"},
    {"1 in [1] not in [2]", "10: comparisons cannot be chained"},
    {"1 == not true", "6: 'not' stands where a value should"},
    {"- not true", "3: 'not' stands where a value should"},
    {"1 + not true", "5: 'not' stands where a value should"},
    {"1 +", "4: a value is missing at the end"},
    {"not", "4: a value is missing at the end"},
    {"and true", "1: 'and' stands where a value should"},
    {"true and", "9: a value is missing at the end"},
    {"true and or", "10: 'or' stands where a value should"},
    {"* 2", "1: '*' stands where a value should"},
    {"()", "2: ')' stands where a value should"},
    {"(1", "1: this bracket is not closed: ')' is missing"},
    {"2 * [1, (2)", "5: this bracket is not closed: ']' is missing"},
    {"size(rows", "1: this bracket is not closed: ')' is missing"},
    {"(1]", "3: ']' stands where ')' should"},
    {"[1)", "3: ')' stands where ']' should"},
    {"1)", "2: ')' closes nothing"},
    {"1, 2", "2: ',' stands outside of a list"},
    {"(1, 2)", "3: ',' stands outside of a list"},
    {"size(1, 2)", "7: ',' stands outside of a list"},
    {"[1,]", "4: ']' stands where a value should"},
    {"[,1]", "2: ',' stands where a value should"},
    {"rows 5", "6: an operator is missing before '5'"},
    {"rows(5)", "1: there is no function 'rows'"},
    {"has(5)", "5: '5' stands where a path or a name should"},
    {"has()", "5: ')' stands where a path or a name should"},
    {"has(rows + 1)", "10: '+' stands where ')' should"},
    {"has(rows", "9: ')' is missing at the end"},
    {"rows = 5", "6: '=' is not expected here"},
    {"rows <> 5", "6: '<' is not expected here"},
    {"full && partial", "6: '&' is not expected here"},
    {"!full", "1: '!' stands where a value should"},
    {"'open", "1: this text has no end"},
    {"rows == \"open\\\"", "9: this text has no end"},
    {R"('a\q')", R"(3: no such escape: \q)"},
    {R"('ä\ö')", R"(3: no such escape: \ö)"},
    {"12ab", "1: a number ends in 'ab'"},
    {"1.", "1: a number ends in '.'"},
    {"1.5.2", "1: a number ends in '.'"},
    {"1e", "1: a number ends in 'e'"},
    {".5", "1: '.' stands where a value should"},
    {"9223372036854775808", "1: 9223372036854775808 does not fit in a 64-bit integer"},
    {"- 9223372036854775808", "3: 9223372036854775808 does not fit in a 64-bit integer"},
    {"1e999", "1: 1e999 is out of the range of a real"},
    {"größe > 1", "3: 'ö' is not expected here"},
    {"rows > 1 \x01", "10: '\x01' is not expected here"},
    {"rows > \xff", "8: the text is not UTF-8"},
    // of paths
    {"prams.rows", "1: 'prams' is no root: a path begins with params or outputs"},
    {"$.context.rows", "1: 'context' is no root: a path begins with $.params or $.outputs"},
    {"weeks[0]", "1: 'weeks' is no root: a path begins with params or outputs"},
    {"1 + $", "5: a path begins with $.params or $.outputs"},
    {"$.params", "1: the path stops at params"},
    {"$.params[0]", "1: the path stops at params"},
    {"$.", "3: a name is missing at the end"},
    {"$.params..x", "10: '.' stands where a name should"},
    {"$.params.x[", "12: an index or a name in quotes is missing at the end"},
    {"$.params.x[y]", "12: 'y' stands where an index or a name in quotes should"},
    {"$.params.x[1", "13: ']' is missing at the end"},
    {"$.params.x[-1]", "12: '-' stands where an index or a name in quotes should"},
    {"$.params.x[99999999999999999999]", "12: no list is as long as 99999999999999999999"},
    {"$.params.x['y]", "12: this text has no end"},
    {"$. params.x", "3: ' ' stands where a name should"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(expression)

BOOST_DATA_TEST_CASE(an_expression_has_its_value, data::make(values), c) {
    BOOST_TEST(value_of(c.text) == c.value);
}

BOOST_DATA_TEST_CASE(a_fault_names_its_column, data::make(faults), c) {
    BOOST_TEST(value_of(c.text) == c.value);
}

BOOST_AUTO_TEST_CASE(what_does_not_matter_is_not_evaluated) {
    BOOST_TEST(value_of("has(nothing) and nothing > 3") == "false");
    BOOST_TEST(value_of("has(rows) or rows / 0") == "true");
    BOOST_TEST(value_of("false and 'no condition'") == "false");
    BOOST_TEST(value_of("false and 1 / 0 or true") == "true");
    BOOST_TEST(value_of("true or (1 / 0 > 0 and 1 / 0 > 0)") == "true");
    BOOST_TEST(value_of("true and 1 / 0 > 0") == "12: division by zero");
    BOOST_TEST(value_of("false and (") == "12: a value is missing at the end"); // but it is read
}

BOOST_AUTO_TEST_CASE(hints_say_what_to_write) {
    BOOST_TEST(hint_of("nothing > 3") == "ask first: has($.params.nothing) and ...");
    BOOST_TEST(hint_of("prams.rows") == "did you mean params?");
    BOOST_TEST(hint_of("ouput.ingest.rows > 5") == "did you mean outputs?");
    BOOST_TEST(hint_of("tier.x") == "write params.tier for a parameter, outputs.tier.FIELD for a step's output");
    BOOST_TEST(hint_of("$.tier.x") == "write $.params.tier for a parameter, $.outputs.tier.FIELD for a step's output");
    BOOST_TEST(hint_of("failure.step == 'a'") == "write outputs.failure.step");
    BOOST_TEST(hint_of("has($.failure.step)") == "write $.outputs.failure.step");
    BOOST_TEST(hint_of("sizes(weeks)") == "did you mean size?");
    BOOST_TEST(hint_of("count(weeks)") == "the functions are has(path) and size(x)");
    BOOST_TEST(hint_of("rows = 5") == "write == to compare");
    BOOST_TEST(hint_of("full & partial") == "write and");
    BOOST_TEST(hint_of("full || partial") == "write or");
    BOOST_TEST(hint_of("!full") == "write not");
    BOOST_TEST(hint_of("1 < 2 < 3") == "join two with and: 1 < x and x < 9");
}

BOOST_AUTO_TEST_CASE(a_condition_is_true_or_false_and_null_is_false) {
    const auto holding = [](std::string_view text) {
        return holds(std::get<Expression>(parse_expression(text)), Scope{params(), outputs()});
    };
    BOOST_TEST(std::get<bool>(holding("rows > 49")));
    BOOST_TEST(!std::get<bool>(holding("partial")));
    BOOST_TEST(!std::get<bool>(holding("skip_rolling")));
    BOOST_TEST(std::get<bool>(holding("not skip_rolling")));
    BOOST_TEST(std::get<ExpressionFault>(holding("rows - 1")).message == "a condition is true or false, and this is a number");
    BOOST_TEST(std::get<ExpressionFault>(holding("rows - 1")).column == 6u);
    BOOST_TEST(std::get<ExpressionFault>(holding("rows / 0")).message == "division by zero");
}

BOOST_AUTO_TEST_CASE(every_path_is_named_in_the_order_of_the_text) {
    const auto parsed = parse_expression("'ä' in x or has(outputs.a.b) and not $.params['odd name'] > size(x) - y");
    std::string told;
    for (const auto& path : paths_of(std::get<Expression>(parsed)))
        told += path.text() + "@" + std::to_string(path.column) + " ";
    BOOST_TEST(told == "$.params.x@8 $.outputs.a.b@17 $.params['odd name']@38 $.params.x@66 $.params.y@71 ");
}

BOOST_AUTO_TEST_CASE(a_copy_lives_by_itself) {
    auto parsed = parse_expression("rows + 1");
    const auto copy = std::get<Expression>(parsed);
    parsed = ExpressionFault{};
    BOOST_TEST((evaluate(copy, Scope{params(), outputs()}) == std::variant<json::value, ExpressionFault>{json::value(51)}));
}

BOOST_AUTO_TEST_CASE(four_kibibytes_are_read_and_one_byte_more_is_refused) {
    const auto sum = "1" + repeated("+1", 2047);
    BOOST_TEST(value_of(sum + " ") == "2048");
    BOOST_TEST(value_of(sum + "  ") == "1: the expression is longer than 4096 bytes");
    BOOST_TEST(value_of(std::string(50'000'000, '(')) == "1: the expression is longer than 4096 bytes");
}

BOOST_AUTO_TEST_CASE(thirty_two_levels_are_read_and_one_more_is_refused) {
    const std::string deep = "the expression is more than 32 levels deep";
    BOOST_TEST(value_of(repeated("(", 32) + "1" + repeated(")", 32)) == "1");
    BOOST_TEST(value_of(repeated("(", 33) + "1" + repeated(")", 33)) == "33: " + deep);
    BOOST_TEST(value_of(repeated("[", 33)) == "33: " + deep);
    BOOST_TEST(value_of(repeated("size([", 16) + repeated("])", 16)) == "1");
    BOOST_TEST(value_of(repeated("size([", 17) + repeated("])", 17)) == "101: " + deep);
    BOOST_TEST(value_of(repeated("-", 32) + "1") == "1");
    BOOST_TEST(value_of(repeated("-", 33) + "1") == "33: " + deep);
    BOOST_TEST(value_of(repeated("not ", 33) + "full") == "129: " + deep);
    BOOST_TEST(value_of(repeated("not ", 32) + "full") == "true");
    BOOST_TEST(value_of("1" + repeated(" - -1", 800)) == "801");
    BOOST_TEST(value_of("1" + repeated(" - (-1)", 500)) == "501");
    BOOST_TEST(value_of("not partial" + repeated(" and not partial", 200)) == "true");
    BOOST_TEST(value_of("1 not in []" + repeated(" and 1 not in []", 200)) == "true");
    BOOST_TEST(value_of("size('" + repeated("(", 100) + "\\'" + repeated("-", 100) + "')") == "201");
    BOOST_TEST(value_of(repeated("-(", 16) + "1" + repeated(")", 16)) == "1");
    BOOST_TEST(value_of(repeated("-(", 17) + "1" + repeated(")", 17)) == "33: " + deep);
    BOOST_TEST(value_of(repeated(")", 100)) == "1: ')' stands where a value should");
}

BOOST_AUTO_TEST_CASE(the_deepest_text_needs_little_stack) {
    const std::string deepest[] = {
        repeated("(", 32) + "1" + repeated(")", 32),
        repeated("[", 31) + "[]" + repeated("]", 31),
        repeated("size([", 16) + "1" + repeated("])", 16),
        repeated("-", 32) + "1",
        repeated("not ", 32) + "true",
        repeated("true or true and 1 == 1 + 2 * (", 32) + "1" + repeated(")", 32),
        repeated("-(", 16) + "1" + repeated(")", 16),
        "1" + repeated("+1", 2047),
        "true" + repeated(" and true", 450),
        "[" + repeated("1,", 2000) + "1]",
        repeated("(", 4096),
        repeated("'", 4095),
        "$.params" + repeated(".a", 2000),
        "$.params.a" + repeated("[1]", 1300),
    };
    for (const auto& text : deepest) {
        bool finished = false;
        BOOST_TEST_REQUIRE(spine::test::on_small_stack(128 * 1024, [&] {
            const auto parsed = parse_expression(text);
            if (const auto* const expression = std::get_if<Expression>(&parsed)) {
                const auto copy = *expression;
                static_cast<void>(evaluate(copy, Scope{params(), outputs()}));
                static_cast<void>(paths_of(copy));
            }
            static_cast<void>(parse_path(text));
            finished = true;
        }));
        BOOST_TEST(finished, text.substr(0, 40));
    }
}

BOOST_AUTO_TEST_CASE(a_list_that_repeats_a_large_value_is_refused) {
    const json::object large{{"x", json::string(1'000'000, 'x')}};
    const auto parsed = parse_expression("[" + repeated("x,", 2000) + "x]");
    const auto result = evaluate(std::get<Expression>(parsed), Scope{large, outputs()});
    BOOST_TEST(std::get<ExpressionFault>(result).message == "the list holds more than 4 MiB");
}

BOOST_AUTO_TEST_CASE(values_nested_far_deeper_than_a_stack_compare) {
    const auto nested = [](std::size_t depth) {
        json::value value(1);
        for (std::size_t i = 0; i < depth; ++i) {
            json::array outer;
            outer.push_back(std::move(value));
            value = std::move(outer);
        }
        return value;
    };
    json::object scope;
    scope["a"] = nested(500);
    scope["b"] = nested(500);
    scope["c"] = nested(501);
    const auto value = [&](std::string_view text) {
        return std::get<json::value>(evaluate(std::get<Expression>(parse_expression(text)), Scope{scope, outputs()}));
    };
    BOOST_TEST(value("a == b").get_bool());
    BOOST_TEST(value("a != c").get_bool());
}

BOOST_AUTO_TEST_SUITE_END()
