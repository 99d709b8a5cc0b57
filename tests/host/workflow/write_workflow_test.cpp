#include "random_workflow.hpp"
#include "workflow/json.hpp"
#include "workflow/read_workflow.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

using namespace spine::workflow;

namespace {

std::string told(const Diagnostics& faults) {
    std::string text;
    for (const auto& fault : faults)
        text += std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.message + "\n";
    return text;
}

Workflow read(const std::string& text) {
    auto answer = read_workflow(text, "w.yaml");
    if (const auto* faults = std::get_if<Diagnostics>(&answer))
        BOOST_FAIL(told(*faults) + text);
    return std::get<Definition>(std::move(answer)).workflow;
}

const std::string both = R"(name: etl.sec_filings
domain: sec
tags: [sec, daily]
steps:
  - name: fetch
    type: pipeline
    pipeline: sec.fetch_filings
    config:
      form_type: "10-K"
  - name: tell
    type: lambda
    handler: common.steps.tell
    config:
      lines: |
        one

        two: "2"
      places:
        - city: Here
          at: [1, 2.5, -1e-07]
        - "no"
    on_error: continue
)";

} // namespace

BOOST_AUTO_TEST_SUITE(write_workflow_file)

BOOST_AUTO_TEST_CASE(the_flat_spelling_is_as_a_person_would_write_it) { BOOST_TEST(write_workflow(read(both), Spelling::flat) == both); }

BOOST_AUTO_TEST_CASE(the_resource_spelling_has_metadata_and_spec) {
    const auto workflow = read("name: a.b\nversion: 2\nexecution: parallel\nsteps: [{name: s, condition: x, then_step: s}]\n"
                               "on_failure: {step: {name: t, handler: h}}\npolicy: {on_failure: continue}\n");
    BOOST_TEST(write_workflow(workflow, Spelling::resource) == R"(apiVersion: spine.io/v1
kind: Workflow
metadata:
  name: a.b
  version: 2
spec:
  policy:
    execution: parallel
    on_failure: continue
  steps:
    - name: s
      type: choice
      condition: x
      then_step: s
  on_failure:
    step:
      name: t
      type: lambda
      handler: h
)");
}

BOOST_AUTO_TEST_CASE(texts_that_look_like_something_else_are_quoted) {
    Workflow workflow;
    workflow.name = "w";
    Step step;
    step.name = "s";
    step.kind = LambdaStep{"h"};
    step.config = {{"a", "no"}, {"b", "1e3"}, {"c", "2025-12-22"}, {"d", "null"}, {"e", ""}, {"f", "x: y"}, {"<<", 1}, {"null", 2.0},
                   {"g", "two words"}, {"h", "$.params.tier"}};
    workflow.steps = {step};
    const auto text = write_workflow(workflow, Spelling::flat);
    for (const auto* line : {"a: \"no\"\n", "b: \"1e3\"\n", "c: \"2025-12-22\"\n", "d: \"null\"\n", "e: \"\"\n", "f: \"x: y\"\n", "\"<<\": 1\n",
                             "\"null\": 2.0\n", "g: two words\n", "h: $.params.tier\n"})
        BOOST_TEST(text.find("      " + std::string{line}) != std::string::npos, line);
    BOOST_TEST((read(text) == workflow));
}

BOOST_AUTO_TEST_CASE(characters_that_nobody_sees_are_written_escaped) {
    Workflow workflow;
    workflow.name = "w";
    Step step;
    step.name = "s";
    step.kind = LambdaStep{"h"};
    step.config = {{"a", "x\xc2\x9b[2J"},       {"b", "\xe2\x80\xaetxt.exe"}, {"c", "\xc2\xad"}, {"d", "one\ntwo \xe2\x80\x8b\n"}, {"e", "\xf3\xa0\x80\x81"}, {"f", "\xef\xbb\xbf"},
                   {"g\xe2\x80\xa6", "\xc3\xa9t\xc3\xa9\nx"}, {"\xe2\x81\xa6h", boost::json::array{"\xe2\x80\x8f"}}};
    workflow.steps = {step};
    workflow.flags = {{"on", true}, {"quiet", false}};
    for (const auto spelling : {Spelling::flat, Spelling::resource}) {
        const auto text = write_workflow(workflow, spelling);
        for (const auto* line : {R"(a: "x\x9B[2J")", R"(b: "\u202Etxt.exe")", R"(c: "\xAD")", R"(d: "one\ntwo \u200B\n")", R"(e: "\U000E0001")", R"(f: "\uFEFF")", "\xc3\xa9t\xc3\xa9\n",
                                 "\xe2\x80\xa6", R"("\u2066h": ["\u200F"])", "flags:\n", "\"on\": true\n", "quiet: false\n"})
            BOOST_TEST(text.find(line) != std::string::npos, line << " in\n" << text);
        BOOST_TEST((read(text) == workflow));
    }
}

BOOST_AUTO_TEST_CASE(whatever_is_written_reads_back_as_the_same_workflow) {
    const char* given = std::getenv("SPINE_FUZZ_COUNT");
    const std::uint64_t count = given == nullptr ? 500 : std::strtoull(given, nullptr, 10);
    std::uint64_t same = 0;
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        const auto workflow = spine::test::RandomWorkflow{seed}.make();
        for (const auto spelling : {Spelling::flat, Spelling::resource}) {
            const auto text = write_workflow(workflow, spelling);
            const auto answer = read_workflow(text, "w.yaml");
            if (const auto* faults = std::get_if<Diagnostics>(&answer))
                BOOST_FAIL("seed " + std::to_string(seed) + ":\n" + told(*faults) + text);
            else if (std::get<Definition>(answer).workflow != workflow)
                BOOST_FAIL("seed " + std::to_string(seed) + " differs:\n" + text);
            ++same;
        }
    }
    BOOST_TEST(same == 2 * count);
}

BOOST_AUTO_TEST_SUITE_END()
