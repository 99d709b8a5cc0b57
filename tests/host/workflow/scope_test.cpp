#include "workflow/expression.hpp"
#include "workflow/json.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine::workflow;
namespace json = boost::json;

namespace {

struct InMap {
    json::object params = json_from(R"({"tier": "OTC", "size": 1, "item": "of the run"})").as_object();
    json::object outputs = json_from(R"({"load": {"rows": 3}, "part": {"n": 1}})").as_object();
    json::object item_params = json_from(R"({"item": {"id": 7, "tags": ["a"]}, "item_index": 2, "size": null})").as_object();
    json::object item_outputs = json_from(R"({"part": {"n": 9}})").as_object();
    json::object settings = json_from(R"({"env": "prod", "flags": {"fast": true, "slow": false},
        "config": {"sec.edgar_url": "u", "sec": {"form": {"kind": "10-K"}}, "deep.a": {"b": 5}}})")
                                .as_object();
    Scope scope{params, outputs, &item_params, &item_outputs, &settings};

    std::string said(std::string_view condition, const Scope& where) const {
        const auto parsed = parse_expression(condition);
        if (const auto* fault = std::get_if<ExpressionFault>(&parsed))
            return fault->message + " [" + fault->hint + "]";
        const auto result = evaluate(std::get<Expression>(parsed), where);
        const auto* fault = std::get_if<ExpressionFault>(&result);
        return fault != nullptr ? fault->message : json_text(std::get<json::value>(result));
    }
    std::string said(std::string_view condition) const { return said(condition, scope); }
    std::string put_in(const json::value& value) const {
        const auto result = substituted(value, scope);
        const auto* fault = std::get_if<ExpressionFault>(&result);
        return fault != nullptr ? fault->message + " [" + fault->hint + "]" : json_text(std::get<json::value>(result));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(scope_of_expressions, InMap)

BOOST_AUTO_TEST_CASE(what_belongs_to_an_item_stands_before_what_belongs_to_the_run) {
    BOOST_TEST(said("item.id") == "7");
    BOOST_TEST(said("item") == R"({"id":7,"tags":["a"]})");
    BOOST_TEST(said("item.tags[0] == 'a' and params.item.id == $.item.id") == "true");
    BOOST_TEST(said("item_index + 1") == "3");
    BOOST_TEST(said("outputs.part.n") == "9");
    BOOST_TEST(said("outputs.load.rows") == "3");
    BOOST_TEST(said("tier") == "\"OTC\"");
    BOOST_TEST(said("has(size)") == "false"); // an item's null stands before the run's value
    BOOST_TEST(said("item.none") == "null");
    BOOST_TEST(put_in(json::array{"$.item.id", "$.params.item_index", "$.item"}) == R"([7,2,{"id":7,"tags":["a"]}])");
    BOOST_TEST(said("item", Scope{params, outputs}) == "\"of the run\"");
}

BOOST_AUTO_TEST_CASE(a_flag_that_nobody_set_is_null) {
    BOOST_TEST(said("flags.fast and not flags.slow and not flags.unheard_of") == "true");
    BOOST_TEST(said("has(flags.unheard_of)") == "false");
    BOOST_TEST(put_in(json::array{"$.flags.fast", "$.flags.unheard_of"}) == "[true,null]");
    BOOST_TEST(said("flags.fast", Scope{params, outputs}) == "null");
}

BOOST_AUTO_TEST_CASE(names_of_the_configuration_hold_dots_or_nest) {
    BOOST_TEST(said("config.sec.edgar_url") == "\"u\"");
    BOOST_TEST(said("config.sec.form.kind") == "\"10-K\"");
    BOOST_TEST(said("config.deep.a.b") == "5");
    BOOST_TEST(said("config['sec.edgar_url']") == "\"u\"");
    BOOST_TEST(said("config.sec.none") == "null");
    BOOST_TEST(put_in("$.config.sec.edgar_url") == "\"u\"");
    BOOST_TEST(put_in("$.config.sek.form") == "$.config.sek.form names nothing [did you mean $.config.sec.form?]");
}

BOOST_AUTO_TEST_CASE(env_is_the_environment_unless_a_parameter_has_that_name) {
    BOOST_TEST(said("env == 'prod' and $.env == 'prod'") == "true");
    BOOST_TEST(said("has(params.env)") == "false");
    BOOST_TEST(put_in("$.env") == "\"prod\"");
    params["env"] = "mine";
    BOOST_TEST(said("env") == "\"mine\"");
    BOOST_TEST(said("$.env") == "\"prod\"");
    BOOST_TEST(said("env", Scope{outputs, outputs}) == "null");
}

BOOST_AUTO_TEST_CASE(a_root_alone_is_no_path) {
    BOOST_TEST(said("$.flags") == "the path stops at flags [name a flag: $.flags.NAME]");
    BOOST_TEST(said("config[0]") == "the path stops at config [name a value: $.config.NAME]");
    BOOST_TEST(said("env.name") == "env is a text [env is the name of the environment and has no parts: write $.env]");
    BOOST_TEST(said("flag.fast") == "'flag' is no root: a path begins with params or outputs [did you mean flags?]");
    BOOST_TEST(said("flags") == "null"); // a parameter of that name
}

BOOST_AUTO_TEST_SUITE_END()
