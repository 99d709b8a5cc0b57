#include "workflow/json.hpp"
#include "workflow/read_workflow.hpp"

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine::workflow;

namespace {

std::string told(const Diagnostics& faults) {
    std::string text;
    for (const auto& fault : faults)
        text += std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.message + " [" + fault.hint + "]\n";
    return text;
}

/// The faults of a text, or nothing.
std::string faults_of(const std::string& text) {
    const auto read = read_workflow(text, "w.yaml");
    const auto* faults = std::get_if<Diagnostics>(&read);
    return faults == nullptr ? std::string{} : told(*faults);
}

Definition read(const std::string& text) {
    auto answer = read_workflow(text, "w.yaml");
    if (const auto* faults = std::get_if<Diagnostics>(&answer))
        BOOST_FAIL(told(*faults));
    return std::get<Definition>(std::move(answer));
}

/// A workflow of one step; its fields begin in line 4, column 5.
Step step_of(const std::string& fields) {
    return read("name: w\nsteps:\n  - name: s\n    " + fields + "\n").workflow.steps.at(0);
}
std::string faults_of_step(const std::string& fields) {
    return faults_of("name: w\nsteps:\n  - name: s\n    " + fields + "\n");
}

std::string place(const Definition& definition, const std::string& path) {
    const auto found = definition.places.find(path);
    return found == definition.places.end() ? "none"
                                            : std::to_string(found->second.line) + ":" + std::to_string(found->second.column);
}

const std::string weekly = R"(# the weekly refresh
name: finra.weekly_refresh_v2
domain: finra.otc_transparency
description: Complete weekly refresh
version: 1

steps:
  - name: ingest
    type: pipeline
    pipeline: finra.otc_transparency.ingest_week

  - name: validate_ingest
    type: lambda
    handler: finra.otc_transparency.steps.validate_ingest
    config:
      expected_symbols: ["AAPL", "MSFT", "GOOGL"]

  - name: should_compute_rolling
    type: choice
    condition: "not skip_rolling"
    then_step: rolling
    else_step: notify

  - name: rolling
    type: pipeline
    pipeline: finra.otc_transparency.compute_rolling

  - name: notify
    type: lambda
    handler: common.steps.send_completion_notification
    config:
      slack_channel: "#data-ops"
    on_error: continue
)";

} // namespace

BOOST_AUTO_TEST_SUITE(read_workflow_file)

BOOST_AUTO_TEST_CASE(the_flat_spelling_becomes_the_model) {
    const auto definition = read(weekly);
    const auto& workflow = definition.workflow;
    BOOST_TEST(workflow.name == "finra.weekly_refresh_v2");
    BOOST_TEST(workflow.domain == "finra.otc_transparency");
    BOOST_TEST(workflow.version == 1);
    BOOST_TEST_REQUIRE(workflow.steps.size() == 5u);
    BOOST_TEST(std::get<PipelineStep>(workflow.steps[0].kind).pipeline == "finra.otc_transparency.ingest_week");
    BOOST_TEST(json_text(workflow.steps[1].config) == R"({"expected_symbols":["AAPL","MSFT","GOOGL"]})");
    const auto& choice = std::get<ChoiceStep>(workflow.steps[2].kind);
    BOOST_TEST(choice.condition == "not skip_rolling");
    BOOST_TEST(choice.then_step == "rolling");
    BOOST_TEST(choice.else_step.value() == "notify");
    BOOST_TEST((workflow.steps[4].on_error == OnError::go_on));
    BOOST_TEST(definition.text == weekly);
    BOOST_TEST(definition.file == "w.yaml");
    BOOST_TEST(definition.sha256.size() == 64u);
    BOOST_TEST(read("name: w\nsteps: [{name: a, pipeline: b}]").sha256 ==
               "ca6b6bde7d7153e33bcbafc3268641b21c24ed23bc9aa28672b831baa1a2baf9");
}

BOOST_AUTO_TEST_CASE(the_resource_spelling_becomes_the_same_model) {
    const auto resource = read(R"(apiVersion: spine.io/v1
kind: Workflow
metadata:
  name: etl.sec_filings
  domain: sec
  tags: [sec, daily]
spec:
  steps:
    - { name: fetch, pipeline: sec.fetch_filings, config: {form_type: 10-K} }
    - { name: store, pipeline: sec.store_filings, depends_on: [fetch], on_error: continue }
  policy: { execution: parallel, max_concurrency: 4, on_failure: stop, timeout_seconds: 600 }
)");
    const auto flat = read(R"(name: etl.sec_filings
domain: sec
tags: [sec, daily]
execution: parallel
max_concurrency: 4
on_failure: stop
timeout_seconds: 600
steps:
  - { name: fetch, pipeline: sec.fetch_filings, config: {form_type: 10-K} }
  - { name: store, pipeline: sec.store_filings, depends_on: [fetch], on_error: continue }
)");
    BOOST_TEST((resource.workflow == flat.workflow));
    BOOST_TEST((resource.workflow.execution == Execution::parallel));
    BOOST_TEST((resource.workflow.on_failure == OnFailure::stop));
    BOOST_TEST(resource.workflow.timeout_seconds.value() == 600.0);
    BOOST_TEST(resource.workflow.steps[1].depends_on == std::vector<std::string>{"fetch"}, boost::test_tools::per_element());
    BOOST_TEST(place(resource, "name") == "4:9");
    BOOST_TEST(place(resource, "steps/1/depends_on") == "10:63");
}

BOOST_AUTO_TEST_CASE(policy_stands_beside_the_fields_or_under_its_own) {
    const std::string rest = "name: w\nsteps: [{name: a, pipeline: b}]\n";
    const auto beside = read(rest + "execution: parallel\nmax_concurrency: 2\non_failure: continue\n").workflow;
    BOOST_TEST((read(rest + "policy: {execution: parallel, max_concurrency: 2, on_failure: continue}\n").workflow == beside));
    BOOST_TEST((read(rest + "execution_policy: {mode: parallel, max_concurrency: 2, on_failure: continue}\n").workflow == beside));
    BOOST_TEST(faults_of(rest + "execution: parallel\npolicy: {execution: parallel}\n") ==
               "3:12 'execution' is given twice [keep it under policy: or beside it]\n");
}

BOOST_AUTO_TEST_CASE(on_failure_is_the_policy_as_text_and_the_handler_as_mapping) {
    const std::string steps = "name: w\nsteps:\n- {name: a, pipeline: p}\n- {name: tell, handler: h, config: {n: 1}}\n";
    const auto named = read(steps + "on_failure: {step: tell}\npolicy: {on_failure: continue}\n");
    BOOST_TEST(named.workflow.steps.size() == 1u);
    BOOST_TEST(named.workflow.failure_handler.value().name == "tell");
    BOOST_TEST((named.workflow.on_failure == OnFailure::go_on));
    BOOST_TEST(place(named, "failure_handler/handler") == "4:25");
    BOOST_TEST(place(named, "steps/1") == "none");

    const auto inlined = read("name: w\nsteps: [{name: a, pipeline: p}]\non_failure: {step: {name: tell, handler: h, config: {n: 1}}}\n"
                              "policy: {on_failure: continue}\n");
    BOOST_TEST((inlined.workflow == named.workflow));
    BOOST_TEST(faults_of(steps + "on_failure: {step: tall}\n") ==
               "5:20 on_failure: no step has the name 'tall' [did you mean 'tell'?]\n");
    BOOST_TEST(faults_of(steps + "on_failure: tell\n") == "5:13 on_failure: a step is named under step: [write on_failure: {step: tell}]\n");
    BOOST_TEST(faults_of(steps + "on_failure: {steps: tell}\n") ==
               "5:13 on_failure: 'step' is missing [write on_failure: {step: NAME}, NAME being one of the steps]\n"
               "5:14 on_failure: unknown field 'steps' [did you mean 'step'?]\n");
}

BOOST_AUTO_TEST_CASE(a_field_tells_the_type_of_a_step) {
    BOOST_TEST(type_of(step_of("pipeline: a.b")) == "pipeline");
    BOOST_TEST(type_of(step_of("handler: a.b")) == "lambda");
    BOOST_TEST(type_of(step_of("condition: x\n    then_step: s")) == "choice");
    BOOST_TEST(type_of(step_of("items: [1]\n    steps: [{name: a, pipeline: b}]")) == "map");
    BOOST_TEST(type_of(step_of("workflow: a")) == "workflow");
    BOOST_TEST(type_of(step_of("seconds: 1")) == "wait");
    BOOST_TEST(type_of(step_of("until: $.params.t")) == "wait");
    BOOST_TEST(type_of(step_of("approvers: [a]")) == "approval");
    BOOST_TEST(faults_of_step("params: {a: 1}") ==
               "3:5 step 's': nothing says what it does [write pipeline: NAME, handler: NAME, or condition: with then_step:]\n");
    BOOST_TEST(faults_of_step("pipeline: a\n    handler: b") ==
               "3:5 step 's': 'pipeline' and 'handler' belong to different types of step [keep one, or write type: as well]\n");
    BOOST_TEST(faults_of_step("type: lambda\n    pipeline: b") ==
               "3:5 step 's': 'handler' is missing [write handler: DOMAIN.steps.HANDLER]\n"
               "5:5 step 's': unknown field 'pipeline' [only steps of type 'pipeline' have this field; leave it out here]\n");
    BOOST_TEST(faults_of_step("type: pipelines\n    pipeline: b") ==
               "4:11 step 's': 'type' is one of pipeline, lambda, choice, map, workflow, wait, approval; found is the text 'pipelines'"
               " [did you mean 'pipeline'?]\n");
}

BOOST_AUTO_TEST_CASE(other_spellings_load_into_the_same_step) {
    const std::string inner = "steps: [{name: a, pipeline: b}]";
    BOOST_TEST((step_of("items_path: $.outputs.load.all\n    iterator_" + inner) == step_of("items: $.outputs.load.all\n    " + inner)));
    BOOST_TEST((step_of("items_source: $.artifacts.raw\n    " + inner) == step_of("items: $.artifacts.raw\n    " + inner)));
    BOOST_TEST((step_of("workflow_name: a.b\n    timeout: 600") == step_of("workflow: a.b\n    timeout_seconds: 600")));
    BOOST_TEST((step_of("duration_seconds: 60") == step_of("seconds: 60")));
    BOOST_TEST((step_of("pipeline: a\n    retry_policy: {max_attempts: 5}") == step_of("pipeline: a\n    retry: {max_attempts: 5}")));
    BOOST_TEST(faults_of_step("seconds: 1\n    duration_seconds: 2") ==
               "5:5 step 's': 'seconds' and 'duration_seconds' are the same field [keep one of the two]\n");
}

BOOST_AUTO_TEST_CASE(every_type_of_step_has_its_fields) {
    const auto map = std::get<MapStep>(step_of("items: [1, two]\n    item_name: week\n    partition_by: day\n    max_concurrency: 3\n"
                                               "    steps: [{name: a, pipeline: b}, {name: c, handler: d}]").kind);
    BOOST_TEST(json_text(map.items) == R"([1,"two"])");
    BOOST_TEST(map.item_name == "week");
    BOOST_TEST(json_text(map.partition_by.value()) == "\"day\"");
    BOOST_TEST(map.max_concurrency.value() == 3);
    BOOST_TEST(map.steps.size() == 2u);

    const auto child = std::get<WorkflowStep>(step_of("workflow: a.b\n    inherit_context: false\n    wait: false").kind);
    BOOST_TEST(!child.inherit_context);
    BOOST_TEST(!child.wait);
    BOOST_TEST(json_text(std::get<WaitStep>(step_of("seconds: $.params.pause").kind).seconds.value()) == "\"$.params.pause\"");

    const auto approval = std::get<ApprovalStep>(step_of("approvers: [a@b.c]\n    message: Go?\n    context_fields: [x]\n    timeout_hours: 24\n"
                                                         "    on_timeout: approve\n    auto_approve_envs: [dev]").kind);
    BOOST_TEST(approval.message == "Go?");
    BOOST_TEST(approval.timeout_hours.value() == 24.0);
    BOOST_TEST(approval.on_timeout == "approve");

    const auto common = step_of("pipeline: a\n    depends_on: [x, y]\n    on_error: retry\n    retry: {max_attempts: 3, initial_delay_seconds: 0.5, "
                                "backoff_multiplier: 2, max_delay_seconds: 60, retryable_categories: [TRANSIENT]}\n    timeout_seconds: 9\n"
                                "    params: {tier: OTC}\n    when: tier == 'OTC'\n    stage: INGESTED\n    next: z\n    end: true");
    BOOST_TEST(common.depends_on.size() == 2u);
    BOOST_TEST((common.on_error == OnError::retry));
    BOOST_TEST(common.retry.value().initial_delay_seconds.value() == 0.5);
    BOOST_TEST(common.retry.value().retryable_categories.size() == 1u);
    BOOST_TEST(common.timeout_seconds.value() == 9.0);
    BOOST_TEST(common.when == "tier == 'OTC'");
    BOOST_TEST(common.stage == "INGESTED");
    BOOST_TEST(common.next == "z");
    BOOST_TEST(common.end);
}

struct Scalar {
    const char* yaml;
    const char* json;
};
std::ostream& operator<<(std::ostream& out, const Scalar& c) { return out << c.yaml; }
const Scalar scalars[] = {
    {"no", "\"no\""}, {"yes", "\"yes\""}, {"on", "\"on\""}, {"true", "true"}, {"True", "true"}, {"FALSE", "false"},
    {"null", "null"}, {"~", "null"}, {"", "null"}, {"Null", "null"}, {"'null'", "\"null\""}, {"\"true\"", "\"true\""},
    {"12", "12"}, {"-7", "-7"}, {"+7", "7"}, {"007", "7"}, {"0o17", "15"}, {"0x1F", "31"}, {"0o17x", "\"0o17x\""}, {"0x", "\"0x\""},
    {"1e3", "1000.0"}, {"1e3x", "\"1e3x\""}, {"'1e3'", "\"1e3\""}, {".5", "0.5"}, {"5.", "5.0"}, {"-1.5E-3", "-0.0015"},
    {".", "\".\""}, {"1_000", "\"1_000\""}, {"2025-12-22", "\"2025-12-22\""}, {"12:30", "\"12:30\""},
    {"9223372036854775807", "9223372036854775807"}, {"18446744073709551615", "18446744073709551615"}, {"10-K", "\"10-K\""},
    {"|\n        a\n        b", "\"a\\nb\\n\""}, {">\n        a\n        b", "\"a b\\n\""}, {"'it''s'", "\"it's\""},
    {"\"\\u00e9\\n\"", "\"\xc3\xa9\\n\""}, {"[]", "[]"}, {"{}", "{}"}, {"[1, {a: [x]}]", "[1,{\"a\":[\"x\"]}]"},
};
BOOST_DATA_TEST_CASE(scalars_are_read_by_the_core_schema, boost::unit_test::data::make(scalars), c) {
    BOOST_TEST(json_text(step_of("handler: h\n    config:\n      v: " + std::string{c.yaml}).config) ==
               "{\"v\":" + std::string{c.json} + "}");
}

BOOST_AUTO_TEST_CASE(numbers_that_cannot_be_kept_are_refused) {
    BOOST_TEST(faults_of_step("handler: h\n    config: {a: .inf, b: 1e999, c: 18446744073709551616, d: .nan}") ==
               "5:17 the number .inf cannot be kept [put it in quotes to keep it as a text]\n"
               "5:26 the number 1e999 is out of the range of a double [put it in quotes to keep it as a text]\n"
               "5:36 the integer 18446744073709551616 does not fit in 64 bits [put it in quotes to keep it as a text]\n"
               "5:61 the number .nan cannot be kept [put it in quotes to keep it as a text]\n");
}

BOOST_AUTO_TEST_CASE(text_fields_take_any_scalar) {
    const auto workflow = read("name: w\ndescription: 12\ntags: [1, true, x]\nsteps: [{name: a, pipeline: 1e3}]\n").workflow;
    BOOST_TEST(workflow.description == "12");
    BOOST_TEST(workflow.tags == (std::vector<std::string>{"1", "true", "x"}), boost::test_tools::per_element());
    BOOST_TEST(std::get<PipelineStep>(workflow.steps[0].kind).pipeline == "1e3");
}

BOOST_AUTO_TEST_CASE(an_alias_is_its_anchors_value) {
    const auto workflow = read("name: w\ndefaults: {a: &x {n: [1]}, b: *x}\nsteps: [{name: a, pipeline: b, params: *x}]\n").workflow;
    BOOST_TEST(json_text(workflow.defaults) == R"({"a":{"n":[1]},"b":{"n":[1]}})");
    BOOST_TEST(json_text(workflow.steps[0].params) == R"({"n":[1]})");
}

BOOST_AUTO_TEST_CASE(all_faults_come_in_one_report) {
    const auto report = faults_of(R"(name: bad name
verzion: 2
version: two
tags: daily
steps:
  - name: a
    pipeline: p
    on_error: ignore
    timeout_seconds: soon
  - name: a
    handler: h
    end: yes
    config: [1]
  - name: 1st
    condition: x
  - just text
)");
    BOOST_TEST(report ==
               "1:7 the workflow: 'name' is no name of a workflow: 'bad name' [write letters, digits, _ and - joined by dots, such as "
               "finra.weekly_refresh, at most 200]\n"
               "2:1 the workflow: unknown field 'verzion' [did you mean 'version'?]\n"
               "3:10 the workflow: 'version' is an integer from 1 to 1000000, found is the text 'two' [write digits only, without quotes, such as 4]\n"
               "4:7 the workflow: 'tags' is a list of texts, found is the text 'daily' [write tags: [daily]]\n"
               "8:15 step 'a': 'on_error' is one of stop, continue, retry; found is the text 'ignore' [write on_error: stop]\n"
               "9:22 step 'a': 'timeout_seconds' is a number above 0 to 1e9, found is the text 'soon' [write it without quotes, such as 30 or 0.5]\n"
               "10:11 step 'a': another step has this name [give each step a name of its own]\n"
               "12:10 step 'a': 'end' is a boolean, found is the text 'yes' [write true or false, without quotes]\n"
               "13:13 step 'a': 'config' is a mapping, found is a list [write config: {NAME: VALUE}]\n"
               "14:5 step '1st': 'then_step' is missing [write then_step: STEP]\n"
               "14:11 step '1st': 'name' is no name of a step [write letters, digits, _ and -, not beginning with a digit or -, at most 64]\n"
               "16:5 a step is a mapping, found is the text 'just text' [write - {name: NAME, pipeline: DOMAIN.PIPELINE}]\n");
}

BOOST_AUTO_TEST_CASE(a_hundred_faults_are_enough) {
    std::string text = "name: w\nsteps:\n";
    for (int i = 0; i < 150; ++i)
        text += "- text\n";
    const auto answer = read_workflow(text, "w.yaml");
    const auto& faults = std::get<Diagnostics>(answer);
    BOOST_TEST(faults.size() == 101u);
    BOOST_TEST(faults.back().message == "and 51 more faults"); // with the one that no step is left
}

struct Refused {
    const char* text;
    const char* faults;
};
std::ostream& operator<<(std::ostream& out, const Refused& c) { return out << c.text; }
const Refused refused[] = {
    {"", "1:1 no workflow: the file is empty [write name: and steps:]\n"},
    {"# nothing\n", "1:1 no workflow: the file is empty [write name: and steps:]\n"},
    {"text\n", "1:1 a workflow is a mapping, found is the text 'text' [write name: and steps:]\n"},
    {"name: w\nname: v\nsteps: [{name: a, pipeline: b}]\n", "2:1 'name' occurs twice in one mapping [keep one of the two]\n"},
    {"name: w\nsteps: [{name: a, pipeline: !!str b}]\n",
     "2:29 the tag 'tag:yaml.org,2002:str'; workflow files have none [leave it out: quotes make a text, and plain numbers, true, false and "
     "null are what they look like]\n"},
    {"name: w\ndefaults: {a: &x {b: *x}}\nsteps: [{name: a, pipeline: b}]\n",
     "2:22 an alias inside of its own anchor [an anchor can only be used after the value that it names has ended]\n"},
    {"name: w\ndefaults: {<<: {b: 1}}\nsteps: [{name: a, pipeline: b}]\n",
     "2:12 a merge key '<<'; workflow files have none [write the fields out, or put the key in quotes]\n"},
    {"name: w\nsteps: [{name: a, pipeline: b}]\n---\nname: v\n",
     "3:1 a second document begins here [write one workflow in one file, without '---' or '...' after it]\n"},
    {"name: w\nsteps: *x\n", "2:8 the referenced anchor is not defined [define the anchor before it is used, or put a text that begins with '*' in quotes]\n"},
    {"name: a: b\n", "1:8 illegal map value [put texts that contain ': ' in quotes]\n"},
    {"name: w\nsteps:\n", "1:1 no steps [write under steps: what is to be done]\n"},
    {"name: w\nsteps: []\n", "2:8 no steps [write under steps: what is to be done]\n"},
    {"apiVersion: v2\nkind: Flow\nmetadata: {name: w}\nsteps: [{name: a, pipeline: b}]\n",
     "1:1 the workflow: 'spec' is missing [write steps: and what else there is under spec:]\n"
     "1:13 the workflow: 'apiVersion' is not known [write apiVersion: spine.io/v1]\n"
     "2:7 the workflow: 'kind' is not known [write kind: Workflow]\n"
     "4:1 the workflow: unknown field 'steps' [move it under spec:, or leave apiVersion, kind, metadata and spec out]\n"},
};
BOOST_DATA_TEST_CASE(a_text_that_is_no_workflow_is_refused_with_its_place, boost::unit_test::data::make(refused), c) {
    BOOST_TEST(faults_of(c.text) == c.faults);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_refused) {
    const std::string good = "name: w\nsteps: [{name: a, pipeline: b}]\n";
    BOOST_TEST(faults_of("\xef\xbb\xbf" + good) == "");
    BOOST_TEST(faults_of(good + std::string(1, '\0')) == "3:1 a NUL byte [save it as UTF-8 text]\n");
    BOOST_TEST(faults_of(good + "# \xff") == "3:3 a byte that is not UTF-8 [save it as UTF-8]\n");
    BOOST_TEST(faults_of(std::string{"\xff\xfe"} + "n").find("UTF-16") != std::string::npos);
    BOOST_TEST(faults_of(good + "#\x04 more") ==
               "3:2 a control character [remove it, or write it in double quotes as \\x and two digits]\n");
    BOOST_TEST(faults_of(good + std::string(std::size_t{1} << 20, ' ')).find("larger than 1048576 bytes") != std::string::npos);
}

/// Where the fault of a condition is said to be; the condition's scalar begins in line 4, column 11.
std::string place_of_condition(const std::string& scalar) {
    const auto answer = read_workflow("name: w\nsteps:\n  - name: s\n    when: " + scalar + "\n    pipeline: p\n", "w.yaml");
    const auto* faults = std::get_if<Diagnostics>(&answer);
    if (faults == nullptr || faults->size() != 1 || faults->front().hint.empty())
        return "not one fault";
    const bool inside = faults->front().message.find("of the condition") == std::string::npos;
    return std::to_string(faults->front().line) + ":" + std::to_string(faults->front().column) + (inside ? "" : " and a character of the condition");
}

BOOST_AUTO_TEST_CASE(faults_of_a_condition_have_their_column_in_the_file) {
    BOOST_TEST(place_of_condition("a == ~b") == "4:16");
    BOOST_TEST(place_of_condition("'a == ~b'") == "4:17");
    BOOST_TEST(place_of_condition("\"a == ~b\"") == "4:17");
    BOOST_TEST(place_of_condition("'x == ''\xc3\xa9'' and ~b'") == "4:27");
    BOOST_TEST(place_of_condition("\"x == \\\"y\\\" and ~b\"") == "4:27");
    BOOST_TEST(place_of_condition("\"x == '\\u00e9' and ~b\"") == "4:11 and a character of the condition");
    BOOST_TEST(place_of_condition(">-\n      a ==\n      ~b") == "4:11 and a character of the condition");
    BOOST_TEST(place_of_condition("a ==\n      ~b") == "4:11 and a character of the condition");
    BOOST_TEST(place_of_condition("&x a == ~b") == "4:11 and a character of the condition");
}

BOOST_AUTO_TEST_CASE(a_text_that_begins_like_a_path_is_one) {
    BOOST_TEST(faults_of_step("pipeline: p\n    params: {a: $.outputs.x.y, b: '$.params[''odd name'']', c: $.05, d: costs $.params.x}") == "");
    const auto faults = faults_of_step("pipeline: p\n    params: {a: $.params., b: [$.outputs.x y]}");
    BOOST_TEST(faults.find("5:") == 0u);
    BOOST_TEST(std::count(faults.begin(), faults.end(), '\n') == 2);
    BOOST_TEST(faults.find("the path '$.params.'") != std::string::npos);
    BOOST_TEST(faults.find("the path '$.outputs.x y'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(columns_count_characters) {
    BOOST_TEST(faults_of("name: w\nsteps: [{name: a, \"pipeline\": \"\xc3\xa9\xf0\x9f\x98\x80\", x: 1}]\n").starts_with("2:37 step 'a': unknown field 'x'"));
}

BOOST_AUTO_TEST_CASE(line_ends_of_other_systems_are_line_ends) {
    BOOST_TEST((read("name: w\r\nsteps:\r\n  - name: a\r\n    pipeline: b\r\n").workflow == read("name: w\nsteps:\n  - name: a\n    pipeline: b\n").workflow));
}

BOOST_AUTO_TEST_CASE(places_are_found_by_their_path) {
    const auto definition = read("name: w\nsteps:\n  - name: a\n    pipeline: b\n    params:\n      tier: OTC\n      weeks: [1, 2]\n");
    BOOST_TEST(place(definition, "name") == "1:7");
    BOOST_TEST(place(definition, "steps/0") == "3:5");
    BOOST_TEST(place(definition, "steps/0/pipeline") == "4:15");
    BOOST_TEST(place(definition, "steps/0/params/tier") == "6:13");
    BOOST_TEST(place(definition, "steps/0/params/weeks/1") == "7:18");
}

BOOST_AUTO_TEST_CASE(json_is_yaml) {
    BOOST_TEST((read(R"({"name": "w", "steps": [{"name": "a", "pipeline": "b", "params": {"n": 1.5}}]})").workflow ==
                read("name: w\nsteps:\n- name: a\n  pipeline: b\n  params: {n: 1.5}\n").workflow));
}

BOOST_AUTO_TEST_SUITE_END()
