#include "support/small_stack.hpp"
#include "workflow/expression.hpp"
#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine::workflow;
namespace json = boost::json;
namespace data = boost::unit_test::data;

namespace {

struct Fixture {
    json::object params = json_from(R"({"tier": "OTC", "weeks": ["2025-12-05", "2025-12-12"], "odd name": 1, "it's": {"\\": 2},
        "nothing": null, "nested": {"list": [{"x": 5}]}})")
                              .as_object();
    json::object outputs = json_from(R"({
        "ingest": {"row_count": 50, "reject_count": 2, "parts": [7, 8]},
        "fetch-all": {"rows": 3},
        "own": {"row_count": 1, "pipeline_result": {"metrics": {"rows": 9, "part": {"a": 1}}}, "part": {"b": 2}},
        "half": {"row_count": 4, "rows": 5, "pipeline_result": {"other": 1}}})")
                               .as_object();
    Scope scope{params, outputs};

    /// What stands at a path, as JSON.
    std::string at(std::string_view text) const {
        const auto path = parse_path(text);
        BOOST_TEST_REQUIRE(std::holds_alternative<Path>(path), text);
        const auto* const value = find(std::get<Path>(path), scope);
        return value == nullptr ? "nothing" : json_text(*value);
    }
    /// JSON after substitution, or the fault's message.
    std::string after(std::string_view text) const {
        const auto result = substituted(json_from(text), scope);
        const auto* const fault = std::get_if<ExpressionFault>(&result);
        return fault != nullptr ? fault->message : json_text(std::get<json::value>(result));
    }
};

struct Case {
    const char* text;
    const char* said;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.text; }

const char* const paths[] = {
    "$.params.tier",
    "$.outputs.ingest.row_count",
    "$.outputs.fetch-all.rows",
    "$.params.weeks[0]",
    "$.params.weeks[18446744073709551615]",
    "$.params['odd name']",
    R"($.params['it\'s']['\\'])",
    R"($.params['a\nb\tc'])",
    "$.params['']",
    "$.params['größe']",
    "$.params.0.1",
    "$.params.and.or",
};

const Case refused[] = {
    {"", "1: the $ of a path is missing at the end"},
    {"tier", "1: 'tier' stands where the $ of a path should"},
    {"params.tier", "1: 'params' stands where the $ of a path should"},
    {"$", "1: a path begins with $.params or $.outputs"},
    {"$100", "2: '100' is no part of a path"},
    {"$params.tier", "2: 'params' is no part of a path"},
    {"$.params", "1: the path stops at params"},
    {"$.outputs", "1: the path stops at outputs"},
    {"$.params[0]", "1: the path stops at params"},
    {"$.prams.tier", "1: 'prams' is no root: a path begins with $.params or $.outputs"},
    {"$.params.tier ", "14: ' ' is no part of a path"},
    {" $.params.tier", "1: ' ' stands where the $ of a path should"},
    {"$.params.tier > 1", "14: ' ' is no part of a path"},
    {"$.params.x and $.params.y", "11: ' ' is no part of a path"},
    {"$.params.a.", "12: a name is missing at the end"},
    {"$.params.größe", "12: 'ö' is no part of a path"},
    {"$.params['ä\\x']", "12: no such escape: \\x"},
    {"$.params.x\n", "11: '\n' is no part of a path"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(path, Fixture)

BOOST_DATA_TEST_CASE_F(Fixture, a_path_is_written_as_it_was_read, data::make(paths), text) {
    BOOST_TEST(is_path(text));
    const auto read = parse_path(text);
    BOOST_TEST_REQUIRE(std::holds_alternative<Path>(read));
    BOOST_TEST(std::get<Path>(read).text() == text);
    BOOST_TEST((std::get<Path>(parse_path(std::get<Path>(read).text())) == std::get<Path>(read)));
}

BOOST_DATA_TEST_CASE_F(Fixture, what_is_no_path_says_where, data::make(refused), c) {
    BOOST_TEST(!is_path(c.text));
    const auto read = parse_path(c.text);
    BOOST_TEST_REQUIRE(std::holds_alternative<ExpressionFault>(read));
    const auto& fault = std::get<ExpressionFault>(read);
    BOOST_TEST(std::to_string(fault.column) + ": " + fault.message == c.said);
}

BOOST_AUTO_TEST_CASE(a_path_leads_through_members_and_elements) {
    BOOST_TEST(at("$.params.tier") == R"("OTC")");
    BOOST_TEST(at("$.params.weeks[1]") == R"("2025-12-12")");
    BOOST_TEST(at("$.params.weeks[2]") == "nothing");
    BOOST_TEST(at("$.params.nested.list[0].x") == "5");
    BOOST_TEST(at(R"($.params['it\'s']['\\'])") == "2");
    BOOST_TEST(at("$.params.nothing") == "null");
    BOOST_TEST(at("$.params.tier.deeper") == "nothing");
    BOOST_TEST(at("$.params.weeks.0") == "nothing");
    BOOST_TEST(at("$.outputs.fetch-all.rows") == "3");
    BOOST_TEST(at("$.outputs.absent.x") == "nothing");
}

BOOST_AUTO_TEST_CASE(the_seeds_way_to_metrics_finds_a_steps_own_output) {
    BOOST_TEST(at("$.outputs.ingest.pipeline_result.metrics.rows") == "50");
    BOOST_TEST(at("$.outputs.ingest.pipeline_result.metrics.reject_count") == "2");
    BOOST_TEST(at("$.outputs.ingest.pipeline_result.metrics.parts[1]") == "8");
    BOOST_TEST(at("$.outputs.ingest.pipeline_result.metrics.absent") == "nothing");
    BOOST_TEST(at("$.outputs.ingest.pipeline_result.metrics") == "nothing");
    BOOST_TEST(at("$.outputs.ingest.pipeline_result.other.rows") == "nothing");
    BOOST_TEST(at("$.outputs.half.pipeline_result.metrics.rows") == "4");
    BOOST_TEST(at("$.params.ingest.pipeline_result.metrics.rows") == "nothing");
}

BOOST_AUTO_TEST_CASE(metrics_that_a_step_has_come_first) {
    BOOST_TEST(at("$.outputs.own.pipeline_result.metrics.rows") == "9");
    BOOST_TEST(at("$.outputs.own.pipeline_result.metrics.part.b") == "nothing");
    BOOST_TEST(at("$.outputs.own.pipeline_result.metrics.row_count") == "1");
}

BOOST_AUTO_TEST_CASE(a_path_made_by_hand_may_lead_nowhere) {
    BOOST_TEST(find(Path{}, scope) == nullptr);
    BOOST_TEST(find(Path{{std::size_t{0}}}, scope) == nullptr);
    BOOST_TEST(find(Path{{"params"}}, scope) == nullptr);
    BOOST_TEST(find(Path{{"params", std::size_t{0}}}, scope) == nullptr);
    BOOST_TEST(find(Path{{"context", "tier"}}, scope) == nullptr);
    BOOST_TEST(Path{}.text() == "$");
}

BOOST_AUTO_TEST_CASE(texts_that_are_one_path_are_replaced_at_every_level) {
    BOOST_TEST(after(R"("$.params.tier")") == R"("OTC")");
    BOOST_TEST(after(R"({"tier": "$.params.tier", "list": [1, ["$.params.weeks"], {"rows": "$.outputs.ingest.row_count"}]})") ==
               R"({"tier":"OTC","list":[1,[["2025-12-05","2025-12-12"]],{"rows":50}]})");
    BOOST_TEST(after(R"(["tier", " $.params.tier", "$.params.tier!", "costs $5", "$5", "$", 1.5, true, null])") ==
               R"(["tier"," $.params.tier","$.params.tier!","costs $5","$5","$",1.5,true,null])");
    BOOST_TEST(after(R"({"$.params.tier": 1})") == R"({"$.params.tier":1})"); // names are not values
    BOOST_TEST(after(R"("$.params.nothing")") == "null");
    BOOST_TEST(after(R"("$.outputs.ingest.pipeline_result.metrics.rows")") == "50");
}

BOOST_AUTO_TEST_CASE(what_was_put_in_is_not_read_again) {
    params["tier"] = "$.params.weeks";
    BOOST_TEST(after(R"("$.params.tier")") == R"("$.params.weeks")");
}

BOOST_AUTO_TEST_CASE(a_path_to_nothing_names_itself_and_the_nearest_one) {
    const auto hint = [&](std::string_view text) {
        const auto result = substituted(json::value(text), scope);
        const auto& fault = std::get<ExpressionFault>(result);
        BOOST_TEST(fault.message == std::string{text} + " names nothing");
        return fault.hint;
    };
    BOOST_TEST(hint("$.params.teir") == "did you mean $.params.tier?");
    BOOST_TEST(hint("$.outputs.ingst.row_count") == "did you mean $.outputs.ingest.row_count?");
    BOOST_TEST(hint("$.outputs.ingest.rowcount") == "did you mean $.outputs.ingest.row_count?");
    BOOST_TEST(hint("$.params.nested.lst[0].x") == "did you mean $.params.nested.list[0].x?");
    BOOST_TEST(hint("$.params.xyz") == "");
    BOOST_TEST(hint("$.params.weeks[7]") == "");
    BOOST_TEST(hint("$.params.tier.deeper") == "");
    BOOST_TEST(after(R"({"a": ["$.params.absent"], "b": "$.params.missing"})") == "$.params.absent names nothing");
}

BOOST_AUTO_TEST_CASE(paths_that_name_too_much_are_refused) {
    params["large"] = json::string(1'000'000, 'x');
    json::array four(4, json::value("$.params.large"));
    BOOST_TEST(substituted(four, scope).index() == 0u);
    four.push_back("$.params.large");
    const auto result = substituted(four, scope);
    BOOST_TEST(std::get<ExpressionFault>(result).message ==
               "$.params.large: the values that paths name here hold more than 4 MiB");
    params["many"] = json::array(300'000, json::value(1));
    BOOST_TEST(substituted("$.params.many", scope).index() == 1u);
}

BOOST_AUTO_TEST_CASE(substitution_ends_at_sixty_four_levels_and_needs_little_stack) {
    const auto nested = [](std::size_t depth) {
        json::value value("$.params.tier");
        for (std::size_t i = 0; i < depth; ++i) {
            json::array outer;
            outer.push_back(std::move(value));
            value = std::move(outer);
        }
        return value;
    };
    const auto deepest = nested(64);
    std::variant<json::value, ExpressionFault> result;
    BOOST_TEST_REQUIRE(spine::test::on_small_stack(128 * 1024, [&] { result = substituted(deepest, scope); }));
    BOOST_TEST(result.index() == 0u);
    BOOST_TEST(std::get<ExpressionFault>(substituted(nested(65), scope)).message == "the value is more than 64 levels deep");
}

BOOST_AUTO_TEST_SUITE_END()
