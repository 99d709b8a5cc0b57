#include "demo_plugins.hpp"
#include "workflow/json.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/validate.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine::workflow;

namespace {

Workflow read(const std::string& text) {
    auto answer = read_workflow(text, "w.yaml");
    if (const auto* faults = std::get_if<Diagnostics>(&answer))
        BOOST_FAIL(faults->front().message);
    return std::get<Definition>(std::move(answer)).workflow;
}

std::string bound(const std::string& workflow, const Written& given) {
    const auto answer = bind_run(read("name: w\n" + workflow), spine::test::demo_plugins(), given);
    if (const auto* faults = std::get_if<Diagnostics>(&answer)) {
        std::string text;
        for (const auto& fault : *faults)
            text += fault.where + " " + fault.message + " [" + fault.hint + "]\n";
        return text;
    }
    return json_text(std::get<boost::json::object>(answer));
}

const std::string count = "steps: [{name: count, pipeline: demo.numbers.count}]\n";
const std::string ingest = "steps: [{name: ingest, pipeline: demo.numbers.ingest}, {name: count, pipeline: demo.numbers.count}]\n";

} // namespace

BOOST_AUTO_TEST_SUITE(bind_run_parameters)

BOOST_AUTO_TEST_CASE(what_is_given_stands_over_the_defaults) {
    BOOST_TEST(bound(count + "defaults: {tier: tier1, weeks_back: 3, note: x}\n", {{"week_ending", "2025-12-12"}, {"tier", "otc"}}) ==
               R"({"note":"x","tier":"OTC","week_ending":"2025-12-12","weeks_back":3})");
}

BOOST_AUTO_TEST_CASE(texts_and_defaults_become_the_first_spelling_of_the_pipelines_table) {
    BOOST_TEST(bound(count + "defaults: {tier: 1, week_ending: 2025-12-12}\n", {{"weeks_back", "+8"}}) ==
               R"({"tier":"NMS_TIER_1","week_ending":"2025-12-12","weeks_back":8})");
}

BOOST_AUTO_TEST_CASE(a_default_says_the_type_of_what_no_table_names) {
    const std::string workflow = "steps: [{name: a, pipeline: demo.idle}]\ndefaults: {yes: true, n: 1, r: 0.5, t: x, list: [1], any: null}\n";
    BOOST_TEST(bound(workflow, {{"yes", "off"}, {"n", "007"}, {"r", "2"}, {"t", "12"}, {"list", "[2, \"a\"]"}, {"any", "12"}}) ==
               R"({"any":12,"list":[2,"a"],"n":7,"r":2.0,"t":"12","yes":false})");
    BOOST_TEST(bound(workflow, {{"n", "x"}}) == "parameter 'n' 'x' is no integer [write decimal digits only, such as 42 or -7]\n");
    BOOST_TEST(bound(workflow, {{"list", "2"}}) == "parameter 'list' is no list: write it as JSON, such as [\"A\",\"AA\"] [its default is [1]]\n");
    BOOST_TEST(bound(workflow, {{"list", "A,AA"}}) == "parameter 'list' is no list: write it as JSON, such as [\"A\",\"AA\"] [its default is [1]]\n");
    BOOST_TEST(bound(workflow, {}) == R"({"list":[1],"n":1,"r":0.5,"t":"x","yes":true})");
}

struct Written1 {
    const char* text;
    const char* json;
};
std::ostream& operator<<(std::ostream& out, const Written1& c) { return out << c.text; }
const Written1 free_texts[] = {{"true", "true"}, {"false", "false"}, {"null", "null"}, {"True", "\"True\""}, {"12", "12"}, {"-1", "-1"}, {"007", "\"007\""},
                               {"1e3", "1000.0"}, {"0x10", "\"0x10\""}, {"", "\"\""}, {"~", "\"~\""}, {".inf", "\".inf\""}, {"no", "\"no\""},
                               {"99999999999999999999", "\"99999999999999999999\""}, {"2025-12-12", "\"2025-12-12\""},
                               {"[1, 2]", "[1,2]"}, {"{\"a\": [null]}", "{\"a\":[null]}"}, {"\"12\"", "\"12\""}, {"\"[1, 2]\"", "\"[1, 2]\""},
                               {"[draft] note", "\"[draft] note\""}, {"[draft]", "\"[draft]\""}, {"[1, 2", "\"[1, 2\""}, {"\"", "\"\\\"\""}};
BOOST_DATA_TEST_CASE(what_nothing_types_is_taken_as_written, boost::unit_test::data::make(free_texts), c) {
    BOOST_TEST(bound("steps: [{name: a, pipeline: demo.idle, when: x == null}]\n", {{"x", c.text}}) == "{\"x\":" + std::string{c.json} + "}");
}

BOOST_AUTO_TEST_CASE(conditions_params_and_config_read_names) {
    const std::string workflow = "steps:\n- {name: a, pipeline: demo.count, params: {tier: $.params.t, week_ending: '2025-12-12'}}\n"
                                 "- {name: b, handler: common.steps.tell, config: {channel: $.params.where}}\n"
                                 "- {name: c, condition: not skip and params.deep.x > 1, then_step: d}\n- {name: d, pipeline: demo.idle}\n";
    BOOST_TEST(bound(workflow, {{"t", "OTC"}, {"where", "#x"}, {"skip", "true"}, {"deep", "y"}, {"weeks_back", "2"}}) ==
               R"({"deep":"y","skip":true,"t":"OTC","weeks_back":2,"where":"#x"})");
    BOOST_TEST(bound(workflow, {{"tier", "OTC"}, {"skp", "1"}, {"b", "1"}, {"skip", "1"}, {"skip", "2"}}) ==
               "parameter 'tier' is given by step 'a' itself [leave it out, or write $.params.tier into that step's params]\n"
               "parameter 'skp' is unknown [did you mean 'skip'?]\n"
               "parameter 'b' is unknown [known are deep, skip, t, weeks_back, where]\n"
               "parameter 'skip' is given twice [give it once]\n");
}

BOOST_AUTO_TEST_CASE(what_a_pipeline_requires_and_nothing_can_give_is_told) {
    BOOST_TEST(bound(count, {}) == "parameter 'tier' is required by step 'count' [pass -p tier=NMS_TIER_1|OTC]\n"
                                   "parameter 'week_ending' is required by step 'count' [pass -p week_ending=date]\n");
    BOOST_TEST(bound(ingest, {}) == "parameter 'file' is required by step 'ingest' [pass -p file=text (where the rows are)]\n");
    BOOST_TEST(bound(ingest, {{"file", "x.csv"}}) == R"({"file":"x.csv"})"); // ingest exports the rest
    BOOST_TEST(bound(count, {{"tier", "OTX"}}) == "parameter 'tier' 'OTX' is not allowed; valid are NMS_TIER_1, OTC [did you mean 'OTC'?]\n"
                                                  "parameter 'week_ending' is required by step 'count' [pass -p week_ending=date]\n");
    BOOST_TEST(bound(count + "defaults: {tier: null, week_ending: 2025-12-12}\n", {}) == "parameter 'tier' is required by step 'count' [pass -p tier=NMS_TIER_1|OTC]\n");
}

BOOST_AUTO_TEST_CASE(what_may_never_run_or_follows_a_lambda_requires_nothing_yet) {
    BOOST_TEST(bound("steps: [{name: count, pipeline: demo.count, when: full}]\n", {}) == "{}");
    BOOST_TEST(bound("steps: [{name: a, handler: common.steps.tell}, {name: count, pipeline: demo.count}]\n", {}) == "{}");
    BOOST_TEST(bound("steps: [{name: a, condition: full, then_step: c}, {name: b, pipeline: demo.count}, {name: c, pipeline: demo.idle}]\n", {}) == "{}");
    BOOST_TEST(bound("steps: [{name: a, condition: full, then_step: c}, {name: b, pipeline: demo.idle}, {name: c, pipeline: demo.ingest}]\n", {}) ==
               "parameter 'file' is required by step 'c' [pass -p file=text (where the rows are)]\n");
}

BOOST_AUTO_TEST_CASE(what_is_given_is_a_mebibyte_at_the_most) {
    const std::string workflow = "steps: [{name: a, pipeline: demo.idle}]\ndefaults: {one: x, other: x}\n";
    const auto with = [&](std::size_t size) { return bound(workflow, {{"one", "x"}, {"other", std::string(size, 'y')}}); };
    BOOST_TEST(with(1024 * 1024 - 9) == R"({"one":"x","other":")" + std::string(1024 * 1024 - 9, 'y') + R"("})");
    BOOST_TEST(with(1024 * 1024 - 8) == "parameter 'other' is the largest of parameters of 1048577 bytes together, 1 MiB is allowed "
                                        "[give the name of a file instead of what is in it]\n");
}

BOOST_AUTO_TEST_CASE(what_is_set_later_is_typed_alike_and_must_be_declared_or_there) {
    const auto workflow = read("name: w\nsteps: [{name: a, pipeline: demo.idle}]\ndefaults: {n: 1, list: [1], any: null}\n");
    const auto set = [&](const Written& given) { return bind_set(workflow, spine::test::demo_plugins(), given, {{"exported", "x"}}); };
    BOOST_TEST(json_text(std::get<boost::json::object>(set({{"n", "2"}, {"any", "[3]"}, {"exported", "y"}}))) == R"({"n":2,"any":[3],"exported":"y"})");
    const auto refused = set({{"m", "2"}, {"list", "x"}});
    const auto& faults = std::get<Diagnostics>(refused);
    BOOST_TEST_REQUIRE(faults.size() == 2u);
    BOOST_TEST(faults[0].where + " " + faults[0].message == "parameter 'm' is unknown");
    BOOST_TEST(faults[0].hint == "known are any, exported, list, n");
    BOOST_TEST(faults[1].where == "parameter 'list'");
}

BOOST_AUTO_TEST_SUITE_END()
