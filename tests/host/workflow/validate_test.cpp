#include "demo_plugins.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/validate.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <set>

using namespace spine::workflow;

namespace {

std::string told(const Diagnostics& faults) {
    std::string text;
    for (const auto& fault : faults)
        text += std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.message + " [" + fault.hint + "]\n";
    return text;
}

Validation checked(const std::string& text) {
    auto answer = read_workflow(text, "w.yaml");
    if (const auto* faults = std::get_if<Diagnostics>(&answer))
        BOOST_FAIL(told(*faults));
    return validate(std::get<Definition>(answer), spine::test::demo_plugins());
}
std::string errors(const std::string& text) { return told(checked(text).errors); }
std::string warnings(const std::string& text) { return told(checked(text).warnings); }

/// A workflow with these steps, each in flow style in a line of its own; the first one is line 3.
std::string steps(const std::vector<std::string>& lines, const std::string& more = "") {
    std::string text = "name: w\nsteps:\n";
    for (const auto& line : lines)
        text += "- {" + line + "}\n";
    return text + more;
}

const std::string idle = "name: a, pipeline: demo.numbers.idle";

} // namespace

BOOST_AUTO_TEST_SUITE(validation)

BOOST_AUTO_TEST_CASE(a_workflow_without_faults_is_ok) {
    const auto answer = checked(R"(name: demo.weekly
defaults: {file: null, tier: OTC}
steps:
  - {name: ingest, pipeline: demo.numbers.ingest, stage: INGESTED}
  - {name: check, handler: demo.numbers.steps.check, config: {max_rows: 10, columns: [a, $.outputs.ingest.rows]}}
  - {name: enough, condition: "outputs.ingest.row_count > 0 and not skip", then_step: count, else_step: tell}
  - {name: count, pipeline: demo.count, params: {weeks_back: 3, tier: $.params.tier}, depends_on: [ingest], when: has(params.x), next: tell}
  - {name: tell, handler: common.steps.tell, config: {channel: "#ops"}, on_error: continue}
on_failure: {step: {name: alarm, handler: common.steps.tell, config: {channel: $.outputs.failure.step}}}
)");
    BOOST_TEST(told(answer.errors) == "");
    BOOST_TEST(told(answer.warnings) == "");
    BOOST_TEST(answer.ok());
}

BOOST_AUTO_TEST_CASE(faults_of_form_and_of_meaning_stand_in_one_report_in_the_order_of_the_text) {
    const auto definition = read_what_can_be("name: w\ncolour: blue\nsteps:\n- {name: a, pipeline: demo.numbers.idel}\n"
                                             "- {name: b, type: lambda}\n- {name: c, pipeline: demo.numbers.idle, next: d}\n",
                                             "w.yaml");
    const auto found = validate(definition, spine::test::demo_plugins());
    std::string lines;
    for (const auto& error : found.errors)
        lines += std::to_string(error.line) + " ";
    BOOST_TEST(lines == "2 4 5 6 ", told(found.errors));
    BOOST_TEST(found.warnings.empty());
    const auto nothing = validate(read_what_can_be("name: [", "w.yaml"), spine::test::demo_plugins());
    BOOST_TEST(nothing.errors.size() == 1u);
}

BOOST_AUTO_TEST_CASE(unknown_operations_come_with_the_nearest_name) {
    BOOST_TEST(errors(steps({"name: a, pipeline: demo.numbers.ingets, params: {file: x}", "name: b, handler: demo.numbers.steps.chek", "name: c, pipeline: sec.fetch",
                             "name: d, handler: sec.steps.look", "name: e, pipeline: demo.numbers.zzzzzzzzzz", "name: f, handler: qqqqq"})) ==
               "3:23 step 'a': pipeline 'demo.numbers.ingets' is unknown [did you mean 'demo.numbers.ingest'?]\n"
               "4:22 step 'b': handler 'demo.numbers.steps.chek' is unknown [did you mean 'demo.numbers.steps.check'?]\n"
               "5:23 step 'c': pipeline 'sec.fetch' is unknown: no loaded plugin brings a domain that begins it [put the plugin's file into the plugins "
               "folder, or name that folder with --plugins]\n"
               "6:22 step 'd': handler 'sec.steps.look' is unknown: no loaded plugin brings a domain that begins it [put the plugin's file into the plugins "
               "folder, or name that folder with --plugins]\n"
               "7:23 step 'e': pipeline 'demo.numbers.zzzzzzzzzz' is unknown [see spine pipeline list]\n"
               "8:22 step 'f': handler 'qqqqq' is unknown [see spine plugin show]\n");
}

BOOST_AUTO_TEST_CASE(params_and_config_are_checked_beside_their_tables) {
    BOOST_TEST(errors(steps({"name: a, pipeline: demo.numbers.count, params: {teir: OTC, tier: OTX, week_ending: 2025-13-01, weeks_back: six}",
                             "name: b, handler: demo.numbers.steps.check, config: {max_row: 1, note: [1]}",
                             "name: c, pipeline: demo.numbers.idle, params: {x: 1}, config: {y: 1}"})) ==
               "3:58 step 'a': 'demo.numbers.count' takes no 'teir' [did you mean 'tier'?]\n"
               "3:69 step 'a': 'tier' 'OTX' is not allowed; valid are NMS_TIER_1, OTC [did you mean 'OTC'?]\n"
               "3:87 step 'a': 'week_ending' '2025-13-01' is not in the calendar [check the day and the month: YYYY-MM-DD]\n"
               "3:111 step 'a': 'weeks_back' 'six' is no integer [write decimal digits only, such as 42 or -7]\n"
               "4:3 step 'b': 'demo.numbers.steps.check' needs 'max_rows' in its config [write config: {max_rows: integer}]\n"
               "4:66 step 'b': 'demo.numbers.steps.check' takes no 'max_row' [did you mean 'max_rows'?]\n"
               "4:75 step 'b': 'note' found a list, wanted is text [write a value of type text]\n"
               "5:54 step 'c': 'demo.numbers.idle' takes no 'x' [leave it out: it takes nothing]\n"
               "5:70 step 'c': 'demo.numbers.idle' takes no 'y' [leave it out: it takes nothing]\n");
}

BOOST_AUTO_TEST_CASE(defaults_are_checked_beside_the_first_table_that_names_them) {
    const std::string defaults = "defaults: {tier: OTX, other: [1], weeks_back: null}\n";
    BOOST_TEST(errors(steps({"name: a, pipeline: demo.numbers.count"}, defaults)) ==
               "4:18 default 'tier' of 'demo.numbers.count' 'OTX' is not allowed; valid are NMS_TIER_1, OTC [did you mean 'OTC'?]\n");
    BOOST_TEST(errors(steps({"name: a, pipeline: demo.numbers.count, params: {tier: OTC}"}, defaults)) == "");
}

BOOST_AUTO_TEST_CASE(jumps_lead_to_later_steps_of_the_workflow) {
    BOOST_TEST(errors(steps({idle + ", next: c", "name: b, pipeline: demo.numbers.idle, next: nowhere", "name: c, condition: x, then_step: a, else_step: c",
                             "name: d, pipeline: demo.numbers.idle, next: dd", "name: dd, pipeline: demo.numbers.idle, next: alarm"},
                            "on_failure: {step: {name: alarm, handler: common.steps.tell}}\n")) ==
               "4:48 step 'b': 'next' names no step: 'nowhere' [name one of the steps]\n"
               "5:38 step 'c': 'then_step' goes back, which makes a cycle: 'a' -> 'b' -> 'c' -> 'a' [jump to a later step only; for repetition run the "
               "workflow once for each value]\n"
               "5:52 step 'c': 'else_step' goes back, which makes a cycle: 'c' -> 'c' [jump to a later step only; for repetition run the workflow once for "
               "each value]\n"
               "7:49 step 'dd': 'next' names no step: 'alarm' ['alarm' handles failures and stands outside of the order]\n");
}

BOOST_AUTO_TEST_CASE(an_end_with_a_next_and_a_choice_with_either_are_refused) {
    BOOST_TEST(errors(steps({idle + ", next: b, end: true", "name: b, condition: x, then_step: c, next: c", "name: c, condition: x, then_step: d, end: true", "name: d, pipeline: demo.idle"})) ==
               "3:48 step 'a': both 'next' and 'end' [keep one of the two]\n"
               "4:47 step 'b': a choice has no 'next' [write then_step: and else_step:]\n"
               "5:46 step 'c': a choice has no 'end' [let it choose a step that ends the run]\n");
}

BOOST_AUTO_TEST_CASE(what_is_never_reached_is_a_fault) {
    const std::string hint = " is never reached [let a step before it go on here, by 'next', 'then_step' or 'else_step']\n";
    BOOST_TEST(errors(steps({idle + ", end: true", "name: b, pipeline: demo.idle", "name: c, pipeline: demo.idle"})) == "4:3 step 'b'" + hint + "5:3 step 'c'" + hint);
    BOOST_TEST(errors(steps({idle + ", next: c", "name: b, pipeline: demo.idle", "name: c, pipeline: demo.idle"})) == "4:3 step 'b'" + hint);
    BOOST_TEST(errors(steps({"name: a, condition: x, then_step: c, else_step: d", "name: b, pipeline: demo.idle", "name: c, pipeline: demo.idle",
                             "name: d, pipeline: demo.idle"})) == "4:3 step 'b'" + hint);
    // Skipped by its condition, such a step is followed by the next one in order.
    BOOST_TEST(errors(steps({idle + ", end: true, when: x", "name: b, pipeline: demo.idle"})) == "");
    BOOST_TEST(errors(steps({"name: a, condition: x, then_step: c", "name: b, pipeline: demo.idle, end: true", "name: c, pipeline: demo.idle"})) == "");
}

BOOST_AUTO_TEST_CASE(dependencies_come_before_and_make_no_cycle) {
    BOOST_TEST(errors(steps({idle + ", depends_on: [x, a]", "name: b, pipeline: demo.idle, depends_on: [c]", "name: c, pipeline: demo.idle"})) ==
               "3:55 step 'a': 'depends_on' names no step: 'x' [name one of the steps]\n"
               "3:58 step 'a' depends on itself [leave it out]\n"
               "4:46 step 'b' depends on 'c', which comes after it [move it behind that step: steps run in the order of the file]\n");
    BOOST_TEST(errors(steps({idle + ", depends_on: [b]", "name: b, pipeline: demo.idle, depends_on: [c]", "name: c, pipeline: demo.idle, depends_on: [a]"})) ==
               "3:54 steps that depend on each other: 'a' -> 'b' -> 'c' -> 'a' [remove one of these from depends_on]\n");
}

BOOST_AUTO_TEST_CASE(a_long_chain_of_dependencies_needs_no_stack) {
    std::vector<std::string> lines;
    for (int i = 0; i < 5'000; ++i)
        lines.push_back("name: s" + std::to_string(i) + ", pipeline: demo.idle, depends_on: [s" + std::to_string((i + 1) % 5'000) + "]");
    const auto report = errors(steps(lines));
    BOOST_TEST(report.find("'s0' -> 's1' -> 's2' -> 's3' -> ... -> 's4997' -> 's4998' -> 's4999' -> 's0'") != std::string::npos, report.substr(0, 400));
}

BOOST_AUTO_TEST_CASE(a_path_reads_a_step_that_comes_before) {
    BOOST_TEST(errors(steps({"name: a, handler: common.steps.tell, config: {channel: $.outputs.b.x}", "name: b, pipeline: demo.count, params: {tier: $.outputs.aa.tier}, when: outputs.b.n > 1",
                             "name: c, condition: 'outputs.d.n > 1', then_step: d", "name: d, pipeline: demo.idle"})) ==
               "3:59 step 'a': '$.outputs.b.x' reads a step that has not ended yet [read steps that come before this one]\n"
               "4:50 step 'b': '$.outputs.aa.tier' reads no step of this workflow [name a step that comes before this one]\n"
               "4:76 step 'b': '$.outputs.b.n' reads a step that has not ended yet [read steps that come before this one]\n"
               "5:24 step 'c': '$.outputs.d.n' reads a step that has not ended yet [read steps that come before this one]\n");
}

BOOST_AUTO_TEST_CASE(a_text_with_the_form_of_a_path_has_a_root_that_is_known) {
    BOOST_TEST(errors(steps({idle, "name: b, pipeline: demo.count, params: {tier: $.context.tier}, config: {week_ending: $.failure.week}"},
                            "on_failure: {step: {name: h, handler: common.steps.tell, config: {channel: $.failure.step, sql: \"$.bogus[0].thing\"}}}\n")) ==
               "4:50 step 'b': 'context' is no root: a path begins with $.params or $.outputs [write $.params.context for a parameter, $.outputs.context.FIELD "
               "for a step's output]\n"
               "4:89 step 'b': 'failure' is no root: a path begins with $.params or $.outputs [write $.outputs.failure.week]\n"
               "5:76 step 'h': 'failure' is no root: a path begins with $.params or $.outputs [write $.outputs.failure.step]\n"
               "5:97 step 'h': 'bogus' is no root: a path begins with $.params or $.outputs [write $.params.bogus for a parameter, $.outputs.bogus.FIELD for a "
               "step's output]\n");
    // Nested, and what only looks like one.
    BOOST_TEST(errors(steps({idle, "name: b, handler: demo.numbers.steps.check, config: {max_rows: 1, columns: [{x: $.row.x}]}"})).find("'row' is no root") !=
               std::string::npos);
    for (const auto* text : {"$.50", "$.tier costs more", "$", "$.", "$tier", "a $.context.tier", "$.x..y"})
        BOOST_TEST(errors(steps({idle, "name: b, handler: common.steps.tell, config: {channel: \"" + std::string{text} + "\"}"})) == "", text);
}

BOOST_AUTO_TEST_CASE(what_went_wrong_is_told_to_the_handler_only) {
    BOOST_TEST(errors(steps({idle, "name: b, handler: common.steps.tell, config: {channel: $.outputs.failure.step}"})) ==
               "4:59 step 'b': '$.outputs.failure.step' is there for what handles failures only [write it into the step of on_failure:]\n");
}

BOOST_AUTO_TEST_CASE(a_first_branch_that_runs_on_into_the_second_is_a_warning) {
    const std::string route = "name: c, condition: x, then_step: a, else_step: d", b = "name: b, pipeline: demo.numbers.idle",
                      d = "name: d, pipeline: demo.numbers.idle", e = "name: e, pipeline: demo.numbers.idle";
    const std::string told = "5:3 'a' and 'd' are the two branches of 'c', and after 'b' the first of them runs on into the second "
                             "[end the first with 'next' or 'end'; if the second is for both, say so: next: d]\n";
    BOOST_TEST(warnings(steps({route, idle, b, d, e})) == told);
    BOOST_TEST(warnings(steps({"name: c, condition: x, then_step: d, else_step: a", idle, b, d, e})) == told);
    BOOST_TEST(warnings(steps({route, idle, b + ", end: true", d, e})) == "");
    BOOST_TEST(warnings(steps({route, idle, b + ", next: e", d, e})) == "");
    BOOST_TEST(warnings(steps({route, idle, b + ", next: d", d, e})) == ""); // it is meant
    BOOST_TEST(warnings(steps({route, idle + ", next: e", "name: b, pipeline: demo.numbers.idle, when: x", d, e})).find("branches") ==
               std::string::npos); // the first does not come there
    BOOST_TEST(warnings(steps({"name: c, condition: x, then_step: d", idle, b, d, e})) == ""); // without else there is one branch
    BOOST_TEST(warnings("name: w\nexecution: parallel\nsteps:\n- {" + route + "}\n- {" + idle + "}\n- {" + d + "}\n") == "");
}

BOOST_AUTO_TEST_CASE(a_parameter_that_wanders_from_one_ingest_to_the_next_is_a_warning) {
    const std::string first = "name: i1, pipeline: demo.ingest, params: {tier: OTC}", second = "name: i2, pipeline: demo.ingest, params: {tier: OTC";
    const std::string hint = " [set it in params: null for none, $.params.week_ending if that is meant]\n";
    BOOST_TEST(warnings(steps({first, second + "}"})) == "4:3 step 'i2' takes 'week_ending' from step 'i1'" + hint);
    BOOST_TEST(warnings(steps({first, "name: i2, pipeline: demo.ingest, config: {tier: OTC, week_ending: null}"})) == "");
    BOOST_TEST(warnings(steps({first, second + ", week_ending: null}"})) == "");
    BOOST_TEST(warnings(steps({first, second + ", week_ending: $.params.week_ending}"})) == "");
    // Only on a way that a run can take.
    BOOST_TEST(warnings(steps({"name: c, condition: x, then_step: i1, else_step: i2", first + ", end: true", second + "}"})) == "");
    BOOST_TEST(warnings(steps({"name: c, condition: x, then_step: i1, else_step: i2", first + ", next: i2", second + "}"})) == "5:3 step 'i2' takes 'week_ending' from step 'i1'" + hint);
    BOOST_TEST(warnings(steps({first + ", end: true, when: x", second + "}"})) == "");
    BOOST_TEST(warnings(steps({first, "name: c, condition: x, then_step: n, else_step: i2", "name: n, pipeline: demo.count, next: i2", second + "}"})) ==
               "6:3 step 'i2' takes 'week_ending' from step 'i1'" + hint);
    // What is only taken is what exports are for.
    BOOST_TEST(warnings(steps({first, "name: n, pipeline: demo.count"})) == "");
}

BOOST_AUTO_TEST_CASE(null_gives_a_pipeline_nothing_in_place_of_what_another_exported) {
    const auto answer = read_workflow(steps({"name: i2, pipeline: demo.ingest, params: {week_ending: null}"}), "w.yaml");
    const auto own = own_params(std::get<Definition>(answer).workflow.steps.front());
    BOOST_TEST_REQUIRE(own.contains("week_ending"));
    BOOST_TEST(own.at("week_ending").is_null());
}

BOOST_AUTO_TEST_CASE(a_condition_on_a_parameter_that_is_nearly_known_is_a_warning) {
    const std::string defaults = "defaults: {skip_rolling: false, rows: 1}\n";
    BOOST_TEST(warnings(steps({idle + ", when: not skip_rollling", "name: c, condition: weeks_bakc > 1, then_step: d", "name: d, pipeline: demo.count"}, defaults)) ==
               "3:48 step 'a': nothing gives a parameter 'skip_rollling', unless a lambda sets it [did you mean 'skip_rolling'?]\n"
               "4:24 step 'c': nothing gives a parameter 'weeks_bakc', unless a lambda sets it [did you mean 'weeks_back'?]\n");
    // Any name may be set by a lambda.
    for (const auto* name : {"skip_rolling", "skip_current", "roads", "row_limit", "has_rows"})
        BOOST_TEST(warnings(steps({idle + ", when: not " + std::string{name}}, defaults)) == "", name);
}

BOOST_AUTO_TEST_CASE(a_step_of_a_type_that_is_misspelt_has_one_fault) {
    for (const auto* line : {"name: a, type: pipelin, pipeline: demo.idle", "name: a, type: lamda, handler: common.steps.tell", "name: a, type: pipeline", "name: a, type: lambda",
                             "name: a", "name: a, type: choise, condition: x, then_step: b", "name: a, pipeline: ''", "name: a, handler: ''"}) {
        const auto found = validate(read_what_can_be(steps({line, "name: b, pipeline: demo.numbers.idle"}), "w.yaml"), spine::test::demo_plugins());
        BOOST_TEST(found.errors.size() == 1u, line << "\n" << told(found.errors));
    }
}

BOOST_AUTO_TEST_CASE(names_of_stages_and_defaults_can_be_said) {
    BOOST_TEST(errors(steps({idle + ", stage: 'odd \"st\" x'", "name: b, pipeline: demo.idle, stage: 1ST", "name: c, pipeline: demo.idle, stage: Done_2"})) ==
               "3:49 step 'a': 'odd \"st\" x' is no name of a stage [write letters, digits and _, beginning with a letter, at most 64, such as INGESTED]\n"
               "4:41 step 'b': '1ST' is no name of a stage [write letters, digits and _, beginning with a letter, at most 64, such as INGESTED]\n");
    BOOST_TEST(errors(steps({idle + ", stage: " + std::string(64, 'S')})) == "");
    BOOST_TEST(errors(steps({idle + ", stage: " + std::string(65, 'S')})) != "");
    const std::string hint = "[write letters, digits, _ and -, not beginning with a digit or -, such as min_rows]\n";
    BOOST_TEST(errors(steps({idle}, "defaults: {\"\": 1, a b: 2, \"c\\e[2J\": 3, fine-1: 4, _: 5}\n")) ==
               "4:16 default '': this is no name of a parameter " + hint + "4:24 default 'a b': this is no name of a parameter " + hint +
                   "4:37 default 'c?[2J': this is no name of a parameter " + hint);
    BOOST_TEST(errors(steps({idle}, "defaults: {" + std::string(257, 'a') + ": 1}\n")) != "");
}

BOOST_AUTO_TEST_CASE(every_type_of_step_and_every_policy_is_allowed) {
    const auto report = checked(R"(name: w
execution: parallel
max_concurrency: 4
timeout_seconds: 60
on_failure: continue
concurrency: {max_concurrent_runs: 1, on_conflict: queue, queue_timeout_seconds: 5}
flags: {fast: false}
steps:
- {name: a, pipeline: demo.idle, on_error: retry, retry: {max_attempts: 3, retryable_categories: [TRANSIENT]}, timeout_seconds: 5}
- {name: b, items: [1], max_concurrency: 2, steps: [{name: c, pipeline: demo.idle, retry: {}, when: item > 0 and flags.fast}]}
- {name: d, workflow: other, timeout: 60, retry: {}}
- {name: e, seconds: 5, depends_on: [a]}
- {name: f, approvers: [me], timeout_hours: 1, on_timeout: approve, context_fields: [outputs.a.row_count, $.params.tier], depends_on: [a]}
- {name: g, condition: outputs.a.row_count > 0, then_step: h, depends_on: [a]}
- {name: h, pipeline: demo.idle}
)");
    BOOST_TEST(told(report.errors) == "");
    BOOST_TEST(told(report.warnings) == "");
}

BOOST_AUTO_TEST_CASE(stages_of_the_run_itself_are_kept) {
    BOOST_TEST(errors(steps({idle + ", stage: started", "name: b, pipeline: demo.idle, stage: COMPLETED"})) ==
               "3:49 step 'a': the stage 'started' is the run's own [give the step's stage another name]\n"
               "4:41 step 'b': the stage 'COMPLETED' is the run's own [give the step's stage another name]\n");
}

BOOST_AUTO_TEST_CASE(what_handles_failures_is_a_lambda_outside_of_the_order) {
    BOOST_TEST(errors(steps({idle, "name: failure, pipeline: demo.idle"}, "on_failure: {step: {name: h, pipeline: demo.idle}}\n")) ==
               "5:20 step 'h': what handles failures is a lambda [write handler: NAME]\n"
               "5:20 a step has the name 'failure', under which the handler finds what went wrong [give that step another name]\n");
    BOOST_TEST(warnings(steps({idle}, "on_failure: {step: {name: h, handler: common.steps.tell, end: true}}\n")).find("mean nothing") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(anti_patterns_are_warnings) {
    BOOST_TEST(warnings(steps({"name: a, handler: common.steps.tell, config: {sql: 'SELECT a FROM b'}"})) ==
               "3:1 a workflow without pipelines: nothing does any work [let a pipeline do the work and a workflow say in which order]\n"
               "3:55 step 'a': this text looks like code; a lambda's configuration is no place for logic [move the logic into a pipeline of a plugin]\n");
    BOOST_TEST(warnings(steps({idle, "name: c, condition: x, then_step: d, on_error: continue, params: {y: 1}", "name: d, pipeline: demo.idle"})) ==
               "4:51 step 'c': a choice whose condition fails goes on with the step that follows, as if it had chosen neither [leave on_error out]\n"
               "4:69 step 'c': a choice reads no 'params' and no 'config' [write what it compares with into the condition]\n");
}

BOOST_AUTO_TEST_CASE(ordinary_texts_do_not_look_like_code) {
    for (const auto* text : {"select the newest file", "with care", "#data-ops", "update: done", "delete nothing", "definite", "lambda", "a; b"})
        BOOST_TEST(warnings(steps({idle, "name: b, handler: common.steps.tell, config: {channel: \"" + std::string{text} + "\"}"})) == "", text);
    for (const auto* text : {"insert into t values (1)", "lambda x: x", "def f(x): 1", "a = 1;\\nb = 2", "  Select x From y", "drop table x", "import os"})
        BOOST_TEST(warnings(steps({idle, "name: b, handler: common.steps.tell, config: {channel: \"" + std::string{text} + "\"}"})) != "", text);
}

BOOST_AUTO_TEST_CASE(a_hundred_faults_are_enough) {
    std::vector<std::string> lines;
    for (int i = 0; i < 150; ++i)
        lines.push_back("name: s" + std::to_string(i) + ", pipeline: nothing.at.all");
    const auto found = checked(steps(lines)).errors;
    BOOST_TEST(found.size() == 101u);
    BOOST_TEST(found.back().message == "and 50 more faults");
}

BOOST_AUTO_TEST_SUITE_END()
