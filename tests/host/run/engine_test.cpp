#include "run/engine.hpp"
#include "workflow/json.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace spine;
using run::Decision;
using run::RunStatus;
using run::StepResult;
using run::StepStatus;
using workflow::Step;
using workflow::Workflow;
namespace json = boost::json;

namespace {

Step pipeline(const std::string& name) {
    Step step;
    step.name = name;
    step.kind = workflow::PipelineStep{"demo." + name};
    return step;
}
Step lambda(const std::string& name) {
    Step step;
    step.name = name;
    step.kind = workflow::LambdaStep{"demo.steps." + name};
    return step;
}
Step choice(const std::string& name, const std::string& condition, const std::string& then_step,
            std::optional<std::string> else_step = {}) {
    Step step;
    step.name = name;
    step.kind = workflow::ChoiceStep{condition, then_step, std::move(else_step)};
    return step;
}
Workflow of(std::vector<Step> steps) {
    Workflow workflow;
    workflow.name = "demo.flow";
    workflow.domain = "demo";
    workflow.steps = std::move(steps);
    return workflow;
}
StepResult done(json::object output = {}, json::object updates = {}) {
    StepResult result;
    result.status = StepStatus::completed;
    result.output = std::move(output);
    result.updates = std::move(updates);
    return result;
}
StepResult broken(const std::string& message = "it broke", unit::Category category = unit::Category::data_quality) {
    StepResult result;
    result.status = category == unit::Category::cancelled ? StepStatus::cancelled : StepStatus::failed;
    unit::Failure failure;
    failure.category = category;
    failure.message = message;
    result.failure = failure;
    return result;
}

/// "a completed, b running; run running": what a decision writes, in words.
std::string words(const Decision& decision) {
    std::ostringstream out;
    for (const auto& record : decision.along.steps)
        out << record.step << (record.attempt > 1 ? "#" + std::to_string(record.attempt) : "") << " "
            << run::to_text(record.status) << ", ";
    out << "run " << run::to_text(decision.along.run.status);
    return out.str();
}
std::string stages(const Decision& decision) {
    std::string out;
    for (const auto& stage : decision.along.stages)
        out += (out.empty() ? "" : " ") + stage.stage + ":" + std::to_string(stage.rank);
    return out;
}

/// A run driven by hand, which keeps the journal that its decisions write.
struct Drive {
    const Workflow& workflow;
    run::RunRow row;
    Decision decision;

    explicit Drive(const Workflow& of_what, json::object params = {}) : workflow{of_what} {
        row.run_id = "run-1";
        row.params = params;
        decision = run::begun(workflow, row.run_id, params);
        keep();
    }
    void keep() {
        for (const auto& record : decision.along.steps) {
            auto same = std::find_if(row.steps.begin(), row.steps.end(), [&](const auto& one) {
                return one.step == record.step && one.attempt == record.attempt;
            });
            if (same == row.steps.end())
                row.steps.push_back(record);
            else
                *same = record;
        }
        row.status = decision.along.run.status;
        row.current_step = decision.along.run.current_step;
        row.error_step = decision.along.run.error_step;
        row.failure = decision.along.run.failure;
        row.partition = decision.along.run.partition;
    }
    Drive& end(const StepResult& result) {
        decision = run::ended(workflow, decision.state, result);
        keep();
        return *this;
    }
    Drive& resume() {
        decision = run::resumed(workflow, run::folded(workflow, row));
        keep();
        return *this;
    }
    std::string says() const { return words(decision); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(engine)

BOOST_AUTO_TEST_CASE(steps_follow_one_another_and_each_start_rides_with_the_end_before_it) {
    const auto workflow = of({pipeline("a"), lambda("b")});
    Drive drive{workflow};
    BOOST_TEST(drive.says() == "a running, run running");
    BOOST_TEST(stages(drive.decision) == "STARTED:0");
    BOOST_TEST(std::holds_alternative<run::RunPipeline>(drive.decision.next));
    BOOST_TEST(drive.end(done()).says() == "a completed, b running, run running");
    BOOST_TEST(std::holds_alternative<run::CallLambda>(drive.decision.next));
    BOOST_TEST(drive.end(done()).says() == "b completed, run completed");
    BOOST_TEST(stages(drive.decision) == "COMPLETED:3");
    BOOST_TEST(drive.decision.along.stages.front().metrics.at("step_count").as_uint64() == 2u);
}

BOOST_AUTO_TEST_CASE(a_choice_is_settled_without_anybody_and_what_it_jumps_over_is_skipped) {
    const auto workflow =
        of({lambda("check"), choice("enough", "not skip_it", "work", "tell"), pipeline("work"), lambda("tell")});
    Drive enough{workflow};
    BOOST_TEST(enough.end(done({}, {{"skip_it", false}})).says() ==
               "check completed, enough completed, work running, run running");
    Drive short_of{workflow};
    BOOST_TEST(short_of.end(done({}, {{"skip_it", true}})).says() ==
               "check completed, enough completed, work skipped, tell running, run running");
    BOOST_TEST(short_of.decision.along.steps[1].reason == "not skip_it does not hold: tell");
    BOOST_TEST(short_of.decision.along.steps[2].reason == "jumped over by 'enough'");
    BOOST_TEST(short_of.decision.state.outputs.at("enough").at("branch").as_string() == "tell");
    Drive absent{workflow};
    BOOST_TEST(absent.end(done()).says() == "check completed, enough completed, work running, run running");
}

BOOST_AUTO_TEST_CASE(a_skipped_step_repeats_the_reason_that_a_lambda_gave) {
    const auto workflow = of({lambda("check"), choice("enough", "not skip_it", "work", "tell"), pipeline("work"), lambda("tell")});
    Drive drive{workflow};
    drive.end(done({}, {{"skip_it", true}, {"skip_reason", "Only 1 weeks available, need 6"}}));
    BOOST_TEST(drive.decision.along.steps[2].reason == "jumped over by 'enough': Only 1 weeks available, need 6");
}

BOOST_AUTO_TEST_CASE(a_choice_without_else_goes_on_with_the_step_that_follows) {
    const auto workflow = of({choice("hurry", "fast", "last"), pipeline("a"), pipeline("last")});
    BOOST_TEST(Drive(workflow, {{"fast", true}}).says() == "hurry completed, a skipped, last running, run running");
    BOOST_TEST(Drive(workflow, {{"fast", false}}).says() == "hurry completed, a running, run running");
}

BOOST_AUTO_TEST_CASE(next_and_end_close_exclusive_branches) {
    auto left = pipeline("left");
    left.next = "both";
    auto right = pipeline("right");
    auto last = pipeline("both");
    last.end = true;
    const auto workflow = of({choice("side", "go_left", "left", "right"), left, right, last, pipeline("never")});
    Drive drive{workflow, {{"go_left", true}}};
    BOOST_TEST(drive.end(done()).says() == "left completed, right skipped, both running, run running");
    BOOST_TEST(drive.end(done()).says() == "both completed, never skipped, run completed");
    BOOST_TEST(drive.decision.along.steps[1].reason == "the run ended at 'both'");
}

BOOST_AUTO_TEST_CASE(a_step_whose_condition_does_not_hold_is_skipped_with_the_condition) {
    auto second = pipeline("b");
    second.when = "outputs.a.row_count > 10";
    const auto workflow = of({pipeline("a"), second});
    Drive few{workflow};
    BOOST_TEST(few.end(done({{"row_count", 10}})).says() == "a completed, b skipped, run completed");
    BOOST_TEST(few.decision.along.steps[1].reason == "its condition does not hold: outputs.a.row_count > 10");
    Drive many{workflow};
    BOOST_TEST(many.end(done({{"row_count", 11}})).says() == "a completed, b running, run running");
}

BOOST_AUTO_TEST_CASE(a_failed_step_ends_the_run_with_an_anomaly) {
    const auto workflow = of({pipeline("a"), pipeline("b")});
    Drive drive{workflow};
    BOOST_TEST(drive.end(broken("no rows")).says() == "a failed, run failed");
    BOOST_TEST(drive.decision.along.run.error_step == "a");
    BOOST_TEST(drive.decision.along.run.failure->message == "no rows");
    BOOST_TEST_REQUIRE(drive.decision.along.anomaly.has_value());
    BOOST_TEST(drive.decision.along.anomaly->category == "WORKFLOW_FAILURE");
    BOOST_TEST(drive.decision.along.anomaly->severity == "ERROR");
    BOOST_TEST(drive.decision.along.anomaly->metadata == R"({"workflow":"demo.flow","run_id":"run-1"})");
    BOOST_TEST(drive.decision.along.anomaly_stage == "workflow.a");
    BOOST_TEST(stages(drive.decision) == "");
}

BOOST_AUTO_TEST_CASE(on_error_continue_goes_on_and_the_manifest_shows_it) {
    auto first = pipeline("a");
    first.on_error = workflow::OnError::go_on;
    const auto workflow = of({first, pipeline("b")});
    Drive drive{workflow};
    BOOST_TEST(drive.end(broken()).says() == "a failed, b running, run running");
    BOOST_TEST(drive.end(done()).says() == "b completed, run completed");
    BOOST_TEST(drive.decision.along.run.reason == "failed and passed over: a");
    BOOST_TEST(workflow::json_text(drive.decision.along.stages.front().metrics) == R"({"step_count":1,"failed_steps":["a"]})");
}

BOOST_AUTO_TEST_CASE(the_handler_sees_the_failed_step_and_its_error_and_the_run_still_fails) {
    auto workflow = of({pipeline("a")});
    workflow.failure_handler = lambda("tell");
    Drive drive{workflow};
    BOOST_TEST(drive.end(broken("no rows")).says() == "a failed, tell running, run running");
    BOOST_TEST(workflow::json_text(drive.decision.state.outputs.at("failure")) ==
               R"({"step":"a","error":"no rows","category":"DATA_QUALITY"})");
    BOOST_TEST(drive.decision.along.run.error_step == "a");
    BOOST_TEST((run::folded(workflow, drive.row) == drive.decision.state));
    BOOST_TEST(drive.end(done()).says() == "tell completed, run failed");
    BOOST_TEST(drive.decision.along.anomaly_stage == "workflow.a");
}

BOOST_AUTO_TEST_CASE(a_handler_that_fails_too_changes_nothing_about_why_the_run_failed) {
    auto workflow = of({pipeline("a")});
    workflow.failure_handler = lambda("tell");
    Drive drive{workflow};
    drive.end(broken("no rows")).end(broken("no telephone"));
    BOOST_TEST(drive.says() == "tell failed, run failed");
    BOOST_TEST(drive.decision.along.run.failure->message == "no rows");
}

BOOST_AUTO_TEST_CASE(exports_and_context_updates_become_parameters_of_what_follows) {
    auto last = lambda("c");
    last.params = {{"week", "$.params.week"}, {"rows", "$.outputs.a.row_count"}, {"own", 7}};
    const auto workflow = of({pipeline("a"), last});
    Drive drive{workflow, {{"tier", "OTC"}}};
    drive.end(done({{"row_count", 50}}, {{"week", "2025-12-19"}}));
    const auto& call = std::get<run::CallLambda>(drive.decision.next);
    BOOST_TEST(workflow::json_text(call.params) == R"({"tier":"OTC","week":"2025-12-19","rows":50,"own":7})");
}

BOOST_AUTO_TEST_CASE(config_of_a_pipeline_step_is_another_spelling_of_its_params) {
    auto only = pipeline("a");
    only.config = {{"form", "10-K"}, {"limit", 1}};
    only.params = {{"limit", 2}};
    const auto workflow = of({only});
    const Drive drive{workflow};
    const auto& next = std::get<run::RunPipeline>(drive.decision.next);
    BOOST_TEST(workflow::json_text(next.params) == R"({"form":"10-K","limit":2})");
}

BOOST_AUTO_TEST_CASE(a_path_to_nothing_fails_its_step_before_it_begins) {
    auto second = pipeline("b");
    second.params = {{"week", "$.outputs.a.weak"}};
    const auto workflow = of({pipeline("a"), second});
    Drive drive{workflow};
    BOOST_TEST(drive.end(done()).says() == "a completed, b failed, run failed");
    BOOST_TEST(drive.decision.along.run.failure->message.find("'week'") != std::string::npos);
    BOOST_CHECK(drive.decision.along.run.failure->category == unit::Category::step_error);
}

BOOST_AUTO_TEST_CASE(a_condition_that_compares_text_with_a_number_fails_its_step_with_the_column) {
    const auto workflow = of({choice("route", "tier > 3", "a"), pipeline("a")});
    Drive drive{workflow, {{"tier", "OTC"}}};
    BOOST_TEST(drive.says() == "route failed, run failed");
    BOOST_TEST(drive.decision.along.run.failure->message.find("column 6") != std::string::npos);
    BOOST_TEST(drive.decision.along.anomaly->metadata.find("run-1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ten_thousand_failing_conditions_are_a_loop_and_no_recursion) {
    std::vector<Step> steps;
    for (int i = 0; i < 10'000; ++i) {
        auto step = pipeline("s" + std::to_string(i));
        step.when = "1 / 0 > 1";
        step.on_error = workflow::OnError::go_on;
        steps.push_back(step);
    }
    const auto workflow = of(std::move(steps));
    Drive drive{workflow};
    BOOST_TEST(drive.decision.along.steps.size() == 10'000u);
    BOOST_CHECK(drive.decision.along.run.status == RunStatus::completed);
}

BOOST_AUTO_TEST_CASE(a_step_records_its_stage_whether_done_or_done_before) {
    auto first = pipeline("a");
    first.stage = "INGESTED";
    auto second = pipeline("b");
    second.stage = "NORMALIZED";
    const auto workflow = of({first, second});
    Drive drive{workflow};
    drive.end(done({{"row_count", 50}}));
    BOOST_TEST(stages(drive.decision) == "INGESTED:1");
    BOOST_TEST(drive.decision.along.stages.front().row_count == 50);
    auto before = done({{"row_count", 49}});
    before.status = StepStatus::skipped;
    before.reason = "already done";
    before.execution_id = "execution-2";
    drive.end(before);
    BOOST_TEST(drive.decision.along.stages.back().metrics.at("step_count").as_uint64() == 2u);
    BOOST_TEST(stages(drive.decision) == "NORMALIZED:2 COMPLETED:3");
}

BOOST_AUTO_TEST_CASE(the_partition_of_a_run_is_the_last_one_that_a_step_claimed) {
    const auto workflow = of({pipeline("a"), lambda("b"), pipeline("c")});
    Drive drive{workflow};
    auto first = done();
    first.partitions = {{"demo", R"({"week":"1"})"}};
    drive.end(first);
    BOOST_TEST(drive.decision.along.run.partition->key == R"({"week":"1"})");
    drive.end(done());
    BOOST_TEST(drive.decision.along.run.partition->key == R"({"week":"1"})");
}

BOOST_AUTO_TEST_CASE(a_run_that_is_taken_up_tries_the_unfinished_step_again_and_keeps_every_result) {
    const auto workflow = of({lambda("a"), pipeline("b"), lambda("c")});
    Drive drive{workflow};
    drive.end(done({{"n", 1}}, {{"p", "x"}}));
    const auto before = drive.decision.state;
    BOOST_TEST((run::folded(workflow, drive.row) == before));
    drive.resume();
    BOOST_TEST(drive.says() == "b failed, b#2 running, run running");
    BOOST_CHECK(drive.decision.along.steps[0].failure->category == unit::Category::crash);
    BOOST_TEST(drive.decision.state.outputs.at("a").at("n").as_int64() == 1);
    BOOST_TEST(drive.decision.state.params.at("p").as_string() == "x");
    BOOST_TEST((run::folded(workflow, drive.row) == drive.decision.state));
    BOOST_TEST(drive.end(done()).says() == "b#2 completed, c running, run running");
}

BOOST_AUTO_TEST_CASE(a_step_that_kills_its_process_every_time_fails_in_the_end) {
    const auto workflow = of({pipeline("a")});
    Drive drive{workflow};
    for (int i = 0; i < run::deaths_max; ++i)
        drive.resume();
    BOOST_CHECK(drive.decision.along.run.status == RunStatus::failed);
    BOOST_CHECK(drive.decision.along.run.failure->category == unit::Category::crash);
}

BOOST_AUTO_TEST_CASE(an_interrupted_run_pauses_and_goes_on_with_the_same_step) {
    const auto workflow = of({lambda("a"), pipeline("b")});
    Drive drive{workflow};
    drive.end(done()).end(broken("stopped", unit::Category::cancelled));
    BOOST_TEST(drive.says() == "b cancelled, run paused");
    BOOST_TEST(drive.decision.along.run.current_step == "b");
    BOOST_TEST(!drive.decision.along.anomaly.has_value());
    drive.resume();
    BOOST_TEST(drive.says() == "b#2 running, run running");
}

BOOST_AUTO_TEST_CASE(next_of_says_again_what_the_decision_said) {
    auto first = lambda("a");
    first.config = {{"limit", "$.params.limit"}};
    const auto workflow = of({first});
    Drive drive{workflow, {{"limit", 5}}};
    const auto again = std::get<run::CallLambda>(run::next_of(workflow, run::folded(workflow, drive.row)));
    BOOST_TEST(workflow::json_text(again.config) == R"({"limit":5})");
    BOOST_TEST(again.step->name == "a");
}

BOOST_AUTO_TEST_CASE(every_pipeline_output_has_the_figures_that_conditions_rely_on) {
    const auto output = run::pipeline_output({{"row_count", 7}, {"grade", "A"}}, true, "already done");
    BOOST_TEST(output.at("record_count").as_int64() == 7);
    BOOST_TEST(output.at("grade").as_string() == "A");
    BOOST_TEST(output.at("null_rate").as_double() == 0.0);
    BOOST_TEST(output.at("skipped").as_bool());
    BOOST_TEST(output.at("reason").as_string() == "already done");
    BOOST_TEST(run::pipeline_output({}, false, "").at("reason").is_null());
}

BOOST_AUTO_TEST_SUITE_END()
