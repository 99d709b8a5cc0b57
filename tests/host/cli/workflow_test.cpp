#include "support/fake_world.hpp"
#include "support/temporary_folder.hpp"
#include "workflow/json.hpp"
#include "workflow/read_workflow.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

using namespace spine;
namespace json = boost::json;

namespace {

struct Fixture : test::FakeWorld {
    test::TemporaryFolder folder;
    std::string file;

    Fixture() {
        auto& plugin = libraries.library.plugins.plugins[0];
        plugin.handlers = {test::demo_handler()};
        libraries.library.scripted.work["demo.numbers.count"] = [](const run::Call&, auto&, auto&) {
            return unit::Outcome{unit::Done{{{"row_count", 50}, {"reject_count", 2}, {"tier", "OTC"}}}};
        };
        variables["SPINE_WORKFLOWS"] = folder.path();
        file = write("refresh.yaml", "name: demo.refresh\ndomain: demo.numbers\ndescription: Counts and rests. And more.\nversion: 2\n"
                                     "tags: [weekly]\ndefaults: {weeks_back: 3}\nsteps:\n"
                                     "  - {name: count, type: pipeline, pipeline: demo.numbers.count, stage: COUNTED}\n"
                                     "  - {name: check, type: lambda, handler: demo.numbers.check, config: {rows_min: 10}}\n"
                                     "  - {name: enough, type: choice, condition: 'outputs.count.row_count > 100', then_step: rest, else_step: tell}\n"
                                     "  - {name: rest, type: pipeline, pipeline: demo.numbers.idle, next: tell}\n"
                                     "  - {name: tell, type: lambda, handler: demo.numbers.check}\n");
    }
    std::string write(const std::string& name, const std::string& text) const {
        const auto path = folder.path() + "/" + name;
        std::ofstream{path} << text;
        return path;
    }
    json::value document() const { return workflow::json_from(out.text); }
    bool says(const std::string& text) const { return err.text.find(text) != std::string::npos; }
    bool shows(const std::string& text) const { return out.text.find(text) != std::string::npos; }
    int run(std::vector<std::string> more = {}) {
        std::vector<std::string> words{"workflow", "run", "demo.refresh", "-p", "tier=OTC"};
        words.insert(words.end(), more.begin(), more.end());
        return spine(words);
    }
    std::string run_id() const { return script.run_journal.runs.at(0).run_id; }
    void check_answers(bool ok, const std::string& message, int code) {
        libraries.library.lambdas_scripted.answers["demo.numbers.check"] = [=](const run::LambdaCall&) {
            run::LambdaResult result;
            result.ok = ok;
            result.outputs = {{"seen", 50}};
            if (!ok) {
                result.failure.emplace();
                result.failure->category = unit::Category::quality_gate;
                result.failure->message = message;
                result.failure->hint = "look at it";
                result.failure->exit_code = code;
            }
            return result;
        };
    }
    /// A run that was interrupted while its first check ran; `cancel` stays set.
    void interrupt() {
        libraries.library.lambdas_scripted.answers["demo.numbers.check"] = [this](const run::LambdaCall&) {
            cancel.cancel();
            run::LambdaResult fine;
            fine.ok = true;
            return fine;
        };
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(workflow_commands, Fixture)

BOOST_AUTO_TEST_CASE(the_list_shows_what_can_be_run_and_says_what_cannot_be_read) {
    write("broken.yaml", "name: [\n");
    BOOST_TEST(spine({"workflow", "list"}) == 0);
    BOOST_TEST(out.text == "workflow      version  steps  description\n------------  -------  -----  -----------------\n"
                           "demo.refresh        2      5  Counts and rests.\n");
    BOOST_TEST(says("/broken.yaml:"), err.text);
    BOOST_TEST(says(": error: "));
    BOOST_TEST(libraries.loads == 0);
    BOOST_TEST(spine({"workflow", "list", "-o", "json"}) == 0);
    BOOST_TEST(document().at(0).at("name").as_string() == "demo.refresh");
    BOOST_TEST(document().at(0).at("steps").as_int64() == 5);
    BOOST_TEST(document().at(0).at("tags").at(0).as_string() == "weekly");
    BOOST_TEST(document().at(0).at("file").as_string() == file);
}

BOOST_AUTO_TEST_CASE(the_list_names_the_files_that_share_a_name) {
    const auto other = write("same.yaml", "name: demo.refresh\nsteps:\n  - {name: a, type: pipeline, pipeline: demo.numbers.idle}\n");
    BOOST_TEST(spine({"workflow", "list"}) == 0);
    BOOST_TEST(err.text == "warning: 'demo.refresh' is the name of 2 files: " + file + ", " + other + "\n");
}

BOOST_AUTO_TEST_CASE(the_list_can_be_narrowed) {
    for (const auto& narrowed : std::vector<std::vector<std::string>>{{"--query", "RESTS"}, {"--domain", "demo"}, {"--tag", "weekly"}}) {
        BOOST_TEST(spine({"workflow", "list", "-o", "json", narrowed[0], narrowed[1]}) == 0);
        BOOST_TEST(document().as_array().size() == 1u, narrowed[0]);
    }
    BOOST_TEST(spine({"workflow", "list", "-o", "json", "--tag", "weekly", "--tag", "weekly"}) == 0);
    BOOST_TEST(document().as_array().size() == 1u);
    BOOST_TEST(spine({"workflow", "list", "-o", "json", "--tag", "weekly", "--tag", "daily"}) == 0);
    BOOST_TEST(document().as_array().empty());
    BOOST_TEST(spine({"workflow", "list", "--tag", "daily"}) == 0);
    BOOST_TEST(says("note: no workflows like that in '"), err.text);
}

BOOST_AUTO_TEST_CASE(show_tells_parameters_and_steps) {
    BOOST_TEST(spine({"workflow", "show", "demo.refresh"}) == 0);
    BOOST_TEST(shows("workflow     demo.refresh\nversion      2\n"), out.text);
    BOOST_TEST(shows("weeks_back   3        integer  count"), out.text);
    BOOST_TEST(shows("enough  choice    if outputs.count.row_count > 100  then rest, else tell"), out.text);
    BOOST_TEST(spine({"workflow", "show", "demo.refrehs"}) == 4);
    BOOST_TEST(says("hint: did you mean 'demo.refresh'?"), err.text);
    BOOST_TEST(spine({"workflow", "show", folder.path() + "/none.yaml"}) == 4);
    BOOST_TEST(spine({"workflow", "show", "demo.refresh", "--spelling", "round"}) == 2);
}

BOOST_AUTO_TEST_CASE(what_show_prints_for_programs_reads_back_as_the_same_workflow) {
    std::ifstream in{file};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    const auto wanted = std::get<workflow::Definition>(workflow::read_workflow(text, "f")).workflow;
    for (const auto& how : std::vector<std::vector<std::string>>{
             {"-o", "json"}, {"-o", "yaml"}, {"-o", "yaml", "--spelling", "resource"}, {"--spelling", "flat"}}) {
        std::vector<std::string> words{"workflow", "show", file};
        words.insert(words.end(), how.begin(), how.end());
        BOOST_TEST(spine(words) == 0);
        const auto read = workflow::read_workflow(out.text, "again");
        BOOST_TEST_REQUIRE(std::holds_alternative<workflow::Definition>(read), out.text);
        BOOST_TEST((std::get<workflow::Definition>(read).workflow == wanted), out.text);
    }
}

BOOST_AUTO_TEST_CASE(a_document_of_every_kind_of_field_reads_back_too) {
    const auto all = write("all.yaml", R"(name: demo.all
policy: {on_failure: continue}
execution: sequential
max_concurrency: 4
timeout_seconds: 600
concurrency: {max_concurrent_runs: 1, on_conflict: skip, queue_timeout_seconds: 5}
steps:
  - {name: a, type: pipeline, pipeline: demo.numbers.idle, on_error: retry, retry: {max_attempts: 3, initial_delay_seconds: 1.5}, when: "not x"}
  - {name: b, type: map, items: $.params.weeks, item_name: week, steps: [{name: c, type: pipeline, pipeline: demo.numbers.idle}]}
  - {name: d, type: workflow, workflow: demo.other, wait: false, depends_on: [a]}
  - {name: e, type: wait, seconds: 5}
  - {name: f, type: approval, approvers: [x], message: go on, timeout_hours: 2, on_timeout: approve, end: true}
on_failure: {step: {name: oops, type: lambda, handler: demo.numbers.check}}
)");
    BOOST_TEST(spine({"workflow", "show", all, "-o", "yaml"}) == 0);
    const auto wanted = workflow::read_workflow(out.text, "yaml");
    BOOST_TEST_REQUIRE(std::holds_alternative<workflow::Definition>(wanted), err.text);
    BOOST_TEST(spine({"workflow", "show", all, "-o", "json"}) == 0);
    const auto read = workflow::read_workflow(out.text, "json");
    BOOST_TEST_REQUIRE(std::holds_alternative<workflow::Definition>(read), out.text);
    BOOST_TEST((std::get<workflow::Definition>(read).workflow == std::get<workflow::Definition>(wanted).workflow), out.text);
}

BOOST_AUTO_TEST_CASE(validate_tells_every_fault_with_its_place_and_finds_sound_files_sound) {
    BOOST_TEST(spine({"workflow", "validate", file}) == 0);
    BOOST_TEST(out.text == file + ": sound, 5 steps\n");
    BOOST_TEST(err.text == "");
    const auto bad = write("bad.yaml", "name: demo.bad\nsteps:\n  - {name: a, type: pipeline, pipeline: demo.numbers.cuont}\n"
                                       "  - {name: b, type: lambda, handler: demo.numbers.chekc}\n");
    BOOST_TEST(spine({"workflow", "validate", bad, file}) == 3);
    BOOST_TEST(out.text == file + ": sound, 5 steps\n");
    BOOST_TEST(says(bad + ":3:"), err.text);
    BOOST_TEST(says("demo.numbers.count"), err.text);
    BOOST_TEST(says(bad + ":4:"), err.text);
    BOOST_TEST(spine({"workflow", "validate", bad, "-o", "json"}) == 3);
    BOOST_TEST(err.text == "");
    const auto findings = document().as_array();
    BOOST_TEST_REQUIRE(findings.size() >= 2u);
    BOOST_TEST(findings[0].at("file").as_string() == bad);
    BOOST_TEST(findings[0].at("line").as_int64() == 3);
    BOOST_TEST(findings[0].at("column").as_int64() > 0);
    BOOST_TEST(findings[0].at("severity").as_string() == "error");
    BOOST_TEST(!findings[0].at("message").as_string().empty());
    BOOST_TEST(!findings[0].at("hint").as_string().empty());
    BOOST_TEST(spine({"workflow", "validate", folder.path() + "/none.yaml"}) == 4);
    BOOST_TEST(spine({"workflow", "validate"}) == 2);
    BOOST_TEST(script.calls.empty());
}

BOOST_AUTO_TEST_CASE(a_plan_says_for_every_step_what_and_why_and_touches_nothing) {
    BOOST_TEST(spine({"workflow", "plan", "demo.refresh", "-p", "tier=OTC"}) == 0);
    BOOST_TEST(shows("(a plan: nothing was done)"), out.text);
    BOOST_TEST(spine({"workflow", "plan", "demo.refresh", "-p", "tier=OTC", "-o", "json"}) == 0);
    BOOST_TEST(document().at("workflow").as_string() == "demo.refresh");
    BOOST_TEST(document().at("steps").as_array().size() == 5u);
    BOOST_TEST(document().at("steps").at(0).at("plan").as_string() == "run");
    BOOST_TEST(!document().at("steps").at(2).at("reason").as_string().empty());
    BOOST_TEST(script.committed.empty());
    BOOST_TEST(script.run_journal.written.empty());
    BOOST_TEST(libraries.library.lambdas_scripted.calls.empty());
    BOOST_TEST(spine({"workflow", "plan", "demo.refresh"}) == 3);
    BOOST_TEST(says("'tier'"), err.text);
}

BOOST_AUTO_TEST_CASE(a_run_ends_with_a_table_of_its_steps) {
    check_answers(true, {}, 0);
    BOOST_TEST(run() == 0);
    BOOST_TEST(shows("status    completed, 4 of 5 steps done\nworkflow  demo.refresh, version 2\n"), out.text);
    BOOST_TEST(shows("count   completed        50 rows, 2 rejected"), out.text);
    BOOST_TEST(shows("check   completed        seen=50"), out.text);
    BOOST_TEST(shows("rest    skipped          jumped over by 'enough'"), out.text);
    BOOST_TEST(err.text == "");
    BOOST_TEST(interrupts_held == 1);
}

BOOST_AUTO_TEST_CASE(for_programs_a_run_is_one_document) {
    BOOST_TEST(run({"-o", "json", "--key", "monday"}) == 0);
    const auto run = document().as_object();
    BOOST_TEST(run.at("run_id").as_string() == run_id());
    BOOST_TEST(run.at("status").as_string() == "completed");
    BOOST_TEST(run.at("completed_steps").as_array().size() == 4u);
    BOOST_TEST(run.at("completed_steps").at(0).as_string() == "count");
    BOOST_TEST(run.at("total_steps").as_int64() == 5);
    BOOST_TEST(run.at("error_step").is_null());
    BOOST_TEST(run.at("error").is_null());
    BOOST_TEST(run.at("duration_seconds").is_double());
    BOOST_TEST(run.at("context").at("params").at("weeks_back").as_int64() == 3);
    BOOST_TEST(run.at("context").at("outputs").at("count").at("row_count").as_int64() == 50);
    BOOST_TEST(run.at("key").as_string() == "monday");
    BOOST_TEST(!run.at("attached").as_bool());
    BOOST_TEST(run.at("warnings").is_array());
    BOOST_TEST(run.at("steps").as_array().size() == 5u);
    BOOST_TEST(run.at("steps").at(3).at("status").as_string() == "skipped");
}

BOOST_AUTO_TEST_CASE(a_failed_run_says_where_and_why_and_exits_by_category) {
    check_answers(false, "too few", 6);
    BOOST_TEST(run() == 6);
    BOOST_TEST(err.text == "error: demo.refresh, step 'check': QUALITY_GATE: too few\nhint: look at it\n");
    BOOST_TEST(shows("check   failed             too few"), out.text);
    BOOST_TEST(run({"-o", "json"}) == 6);
    BOOST_TEST(document().at("status").as_string() == "failed");
    BOOST_TEST(document().at("error_step").as_string() == "check");
    BOOST_TEST(document().at("error").as_string() == "too few");
    BOOST_TEST(document().at("error_details").at("category").as_string() == "QUALITY_GATE");
    BOOST_TEST(document().at("error_details").at("exit_code").as_int64() == 6);
}

BOOST_AUTO_TEST_CASE(wrong_requests_name_every_fault_and_start_nothing) {
    BOOST_TEST(spine({"workflow", "run", "demo.refresh", "-p", "teir=OTC"}) == 3);
    BOOST_TEST(says("'teir'"), err.text);
    BOOST_TEST(says("did you mean 'tier'?"), err.text);
    BOOST_TEST(out.text == "");
    BOOST_TEST(spine({"workflow", "run", "demo.refrehs"}) == 4);
    BOOST_TEST(spine({"workflow", "run", "demo.refresh", "-p", "tier"}) == 2);
    BOOST_TEST(spine({"workflow", "run"}) == 2);
    BOOST_TEST(spine({"workflow", "run", "demo.refresh", "extra"}) == 2);
    BOOST_TEST(spine({"workflow", "run", write("bad.yaml", "name: x\nstepps: []\n")}) == 3);
    BOOST_TEST(std::ranges::count(script.calls, "open write") == 0); // it was only asked what is published
}

BOOST_AUTO_TEST_CASE(a_plan_knows_the_workflows_that_it_may_start_the_flags_and_the_environment) {
    variables["SPINE_CONFIG"] = write("settings.yml", "flags: {quick: true}\n");
    variables["SPINE_ENV"] = "dev";
    const auto above = write("above.yaml", "name: demo.above\nflags: {quick: false}\nsteps:\n  - {name: below, type: workflow, workflow: demo.refresh, params: {tier: OTC}}\n"
                                           "  - {name: slow, type: lambda, handler: demo.numbers.check, when: not flags.quick}\n"
                                           "  - {name: ask, type: approval, approvers: [ann], message: fine, auto_approve_envs: [dev]}\n");
    BOOST_TEST(spine({"workflow", "plan", above, "-o", "json"}) == 0, err.text);
    BOOST_TEST_REQUIRE(document().as_object().contains("steps"));
    BOOST_TEST(document().at("steps").at(0).at("reason").as_string() == "does a run of demo.refresh");
    BOOST_TEST(document().at("steps").at(1).at("plan").as_string() == "skip");
    BOOST_TEST(document().at("steps").at(2).at("reason").as_string() == "is approved by itself in dev");
}

BOOST_AUTO_TEST_CASE(a_key_answers_again_and_refuses_other_parameters) {
    BOOST_TEST(run({"--key", "monday"}) == 0);
    BOOST_TEST(run({"--key", "monday"}) == 0);
    BOOST_TEST(says("note: the key 'monday' is that of run '" + run_id() + "', which ended "), err.text);
    BOOST_TEST(says(" and whose result this is; another key begins a new run\n"), err.text);
    BOOST_TEST(run({"--key", "monday", "-o", "json"}) == 0);
    BOOST_TEST(document().at("attached").as_bool());
    BOOST_TEST(spine({"workflow", "run", "demo.refresh", "-p", "tier=1", "--key", "monday"}) == 5);
    BOOST_TEST(says("with other parameters"), err.text);
    BOOST_TEST(out.text == "");
    BOOST_TEST(script.run_journal.runs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_key_tells_whether_its_run_was_resumed_here_or_done_by_another_process) {
    BOOST_TEST(run({"--key", "monday"}) == 0);
    auto& row = script.run_journal.runs.at(0);
    row.status = run::RunStatus::running;
    row.current_step = "tell";
    row.steps.back().status = run::StepStatus::running;
    BOOST_TEST(run({"--key", "monday"}) == 0);
    BOOST_TEST(err.text == "note: the key 'monday' is that of run '" + row.run_id + "', which was unfinished and was resumed here\n");
    row.finished_at = env::to_text(clock.now() + std::chrono::seconds{1});
    BOOST_TEST(run({"--key", "monday"}) == 0);
    BOOST_TEST(err.text == "note: the key 'monday' is that of run '" + row.run_id + "', which another process did while this one waited\n");
    row.finished_at = env::to_text(clock.now());
    BOOST_TEST(run({"--key", "monday"}) == 0);
    BOOST_TEST(says("which ended at " + row.finished_at + " and"), err.text);
}

BOOST_AUTO_TEST_CASE(a_key_whose_run_was_pruned_tells_how_it_ended_and_that_its_steps_are_gone) {
    BOOST_TEST(run({"--key", "monday"}) == 0);
    BOOST_TEST(run({"--key", "monday", "-o", "json"}) == 0);
    BOOST_TEST(document().at("pruned_at").is_null());
    auto& row = script.run_journal.runs.at(0);
    row.steps.resize(1);
    row.steps[0].step = "@pruned";
    row.steps[0].output = {{"steps", 4}, {"at", "2026-02-01T00:00:00.000Z"}};
    BOOST_TEST(run({"--key", "monday"}) == 0);
    BOOST_TEST(shows("completed, its steps were pruned\n"), out.text);
    BOOST_TEST(says("note: its steps and what they gave were pruned at 2026-02-01T00:00:00.000Z\n"), err.text);
    BOOST_TEST(run({"--key", "monday", "-o", "json"}) == 0);
    BOOST_TEST(document().at("pruned_at").as_string() == "2026-02-01T00:00:00.000Z");
    row.status = run::RunStatus::failed;
    BOOST_TEST(run({"--key", "monday"}) == 1);
    BOOST_TEST(!shows("not reached"), out.text);
}

BOOST_AUTO_TEST_CASE(on_a_narrow_terminal_the_reason_of_a_skipped_step_is_read_to_its_end) {
    out.terminal = true;
    out.columns = 40;
    BOOST_TEST(run({"--color", "never"}) == 0);
    BOOST_TEST(shows("'enough'"), out.text);
    BOOST_TEST(!shows("…"), out.text);
}

BOOST_AUTO_TEST_CASE(the_outcome_of_a_lambda_is_what_tells_something) {
    libraries.library.lambdas_scripted.answers["demo.numbers.check"] = [](const run::LambdaCall&) {
        run::LambdaResult result;
        result.ok = true;
        result.outputs = {{"weeks", json::array{1, 2, 3}}, {"variance", ""}, {"none", json::array{}}, {"message", "a\nb"},
                          {"share", 0.8218839348}, {"mean", 1234.56789}, {"nothing", nullptr}, {"ok", true}};
        return result;
    };
    BOOST_TEST(run() == 0);
    BOOST_TEST(shows("weeks=3 entries share=0.8219 mean=1234.5679 ok=true\n"), out.text);
    BOOST_TEST(run({"-o", "json"}) == 0);
    BOOST_TEST(shows("0.8218839348"), out.text);
}

BOOST_AUTO_TEST_CASE(of_very_many_faults_the_first_hundred_are_told) {
    std::vector<std::string> words;
    for (int i = 0; i < 3000; ++i)
        words.insert(words.end(), {"-p", "unknown" + std::to_string(i) + "=1"});
    BOOST_TEST(run(words) == 3);
    BOOST_TEST(std::ranges::count(err.text, '\n') <= 201);
    BOOST_TEST(says("error: and 2900 more faults\n"), err.text);
}

BOOST_AUTO_TEST_CASE(a_key_is_a_short_printable_text) {
    for (const auto& key : {std::string{}, std::string{" a"}, std::string{"a "}, std::string{"a\nb"}, std::string{"a\u200b"},
                            std::string{"\xff"}, std::string(201, 'k')})
        BOOST_TEST(run({"--key=" + key}) == 2, key);
    BOOST_TEST(script.run_journal.runs.empty());
    BOOST_TEST(run({"--key=" + std::string(200, 'k')}) == 0);
    BOOST_TEST(run({"--key=woche 50 é"}) == 0);
}

BOOST_AUTO_TEST_CASE(steps_after_a_failure_are_told_as_not_reached) {
    check_answers(false, "too few", 6);
    BOOST_TEST(run() == 6);
    BOOST_TEST(shows("enough  not reached"), out.text);
    BOOST_TEST(shows("tell    not reached"), out.text);
}

BOOST_AUTO_TEST_CASE(an_interrupted_run_exits_130_and_says_how_to_go_on) {
    interrupt();
    BOOST_TEST(run() == 130);
    BOOST_TEST(says("hint: nothing is lost: go on with 'spine runs resume " + run_id() + "'"), err.text);
    BOOST_TEST(shows("status    paused"), out.text);
}

BOOST_AUTO_TEST_CASE(a_run_without_its_plugin_is_blocked_and_goes_on_once_it_is_there) {
    BOOST_TEST(run() == 0);
    auto& row = script.run_journal.runs.at(0);
    row.status = run::RunStatus::running;
    row.current_step = "tell";
    row.steps.back().status = run::StepStatus::running;
    const auto plugins = std::exchange(libraries.library.plugins.plugins, {});
    BOOST_TEST(spine({"runs", "resume", row.run_id}) == 7);
    BOOST_TEST(says("error: demo.refresh: blocked: plugin demo not loaded\nhint: nothing is lost: put the plugin into '/plugins'"), err.text);
    BOOST_TEST(says("'spine runs resume " + row.run_id + "'"));
    libraries.library.plugins.plugins = plugins;
    BOOST_TEST(spine({"runs", "resume", row.run_id.substr(0, 8)}) == 0);
    BOOST_TEST(shows("status    completed"), out.text);
}

BOOST_AUTO_TEST_CASE(resume_refuses_what_it_cannot_do) {
    BOOST_TEST(run() == 0);
    BOOST_TEST(spine({"runs", "resume", run_id()}) == 5);
    BOOST_TEST(says("has ended (completed)"), err.text);
    BOOST_TEST(says("run the workflow again"), err.text);
    BOOST_TEST(spine({"runs", "resume", "nothing-like-it"}) == 4);
    BOOST_TEST(spine({"runs", "resume"}) == 2);
    BOOST_TEST(spine({"runs", "resume", run_id(), "--all"}) == 2);
    script.run_journal.runs.at(0).status = run::RunStatus::running;
    script.run_journal.holders[run_id()] = "process 4711";
    BOOST_TEST(spine({"runs", "resume", run_id()}) == 5);
    BOOST_TEST(says("process 4711"), err.text);
}

BOOST_AUTO_TEST_CASE(resume_all_prints_a_line_a_run_and_exits_with_the_worst) {
    BOOST_TEST(spine({"runs", "resume", "--all"}) == 0);
    BOOST_TEST(says("note: no run waits to be resumed"), err.text);
    BOOST_TEST(run() == 0);
    BOOST_TEST(run() == 0);
    for (auto& row : script.run_journal.runs) {
        row.status = run::RunStatus::running;
        row.current_step = "tell";
        row.steps.back().status = run::StepStatus::running;
    }
    const auto first = script.run_journal.runs.front().run_id; // both are driven at once
    libraries.library.lambdas_scripted.answers["demo.numbers.check"] = [first](const run::LambdaCall& call) {
        run::LambdaResult result;
        result.ok = call.run_id != first;
        if (!result.ok) {
            result.failure.emplace();
            result.failure->message = "the gate is shut";
            result.failure->exit_code = 6;
        }
        return result;
    };
    BOOST_TEST(spine({"runs", "resume", "--all", "-o", "json"}) == 6);
    BOOST_TEST_REQUIRE(document().as_array().size() == 2u);
    BOOST_TEST(document().at(0).at("status").as_string() == "failed");
    BOOST_TEST(document().at(1).at("status").as_string() == "completed");
    BOOST_TEST(says("the gate is shut"), err.text);
}

BOOST_AUTO_TEST_CASE(steps_show_as_they_go_on_a_terminal_only) {
    err.terminal = true;
    BOOST_TEST(run({"--color", "never"}) == 0);
    BOOST_TEST(says("\rcount (pipeline) ...\x1b[K"), err.text);
    BOOST_TEST(says("count: completed\n"), err.text);
    BOOST_TEST(run({"--quiet"}) == 0);
    BOOST_TEST(err.text == "");
}

BOOST_AUTO_TEST_CASE(the_help_tells_of_files_that_repeat_and_ids_that_are_optional) {
    BOOST_TEST(spine({"workflow", "validate", "--help"}) == 0);
    BOOST_TEST(shows("spine workflow validate FILE...\n"), out.text);
    BOOST_TEST(spine({"runs", "resume", "--help"}) == 0);
    BOOST_TEST(shows("spine runs resume [ID] [--all] [--stay] [--wait] [--state STATE]"), out.text);
    BOOST_TEST(spine({"--help"}) == 0);
    BOOST_TEST(shows("--workflows DIR"), out.text);
}

BOOST_AUTO_TEST_SUITE_END()
