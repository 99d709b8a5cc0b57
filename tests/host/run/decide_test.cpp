#include "run/decide.hpp"
#include "run_by_hand.hpp"
#include "workflow/json.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;
using run::RunStatus;
using run::StepStatus;
using workflow::Step;
using workflow::Workflow;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(decide)

BOOST_AUTO_TEST_CASE(steps_follow_one_another_and_each_start_rides_with_the_end_before_it) {
    ByHand run{of({pipeline("a"), lambda("b")})};
    BOOST_TEST(run.says() == "a running, run running");
    BOOST_TEST(run.stages() == "STARTED:0");
    BOOST_TEST(run.starts() == "a");
    BOOST_TEST(run.end("a", done()).says() == "a completed, b running, run running");
    BOOST_TEST(run.starts() == "b");
    BOOST_TEST(run.end("b", done()).says() == "b completed, run completed");
    BOOST_TEST(run.stages() == "COMPLETED:3");
    BOOST_TEST(run.decided.along.stages.front().metrics.at("step_count").as_uint64() == 2u);
}

BOOST_AUTO_TEST_CASE(a_choice_is_settled_without_anybody_and_what_it_jumps_over_is_skipped) {
    const auto workflow = of({lambda("check"), choice("enough", "not skip_it", "work", "tell"), pipeline("work"), lambda("tell")});
    ByHand enough{workflow};
    BOOST_TEST(enough.end("check", done({}, {{"skip_it", false}})).says() ==
               "check completed, enough completed, work running, run running");
    ByHand short_of{workflow};
    BOOST_TEST(short_of.end("check", done({}, {{"skip_it", true}})).says() ==
               "check completed, enough completed, work skipped, tell running, run running");
    BOOST_TEST(short_of.decided.along.steps[1].reason == "not skip_it does not hold: tell");
    BOOST_TEST(short_of.decided.along.steps[2].reason == "jumped over by 'enough'");
    ByHand absent{workflow};
    BOOST_TEST(absent.end("check", done()).says() == "check completed, enough completed, work running, run running");
}

BOOST_AUTO_TEST_CASE(a_skipped_step_repeats_the_reason_that_a_lambda_gave) {
    ByHand run{of({lambda("check"), choice("enough", "not skip_it", "work", "tell"), pipeline("work"), lambda("tell")})};
    run.end("check", done({}, {{"skip_it", true}, {"skip_reason", "Only 1 weeks available, need 6"}}));
    BOOST_TEST(run.decided.along.steps[2].reason == "jumped over by 'enough': Only 1 weeks available, need 6");
}

BOOST_AUTO_TEST_CASE(a_choice_without_else_goes_on_with_the_step_that_follows) {
    const auto workflow = of({choice("hurry", "fast", "last"), pipeline("a"), pipeline("last")});
    BOOST_TEST(ByHand(workflow, {{"fast", true}}).says() == "hurry completed, a skipped, last running, run running");
    BOOST_TEST(ByHand(workflow, {{"fast", false}}).says() == "hurry completed, a running, run running");
}

BOOST_AUTO_TEST_CASE(next_and_end_close_exclusive_branches) {
    auto left = pipeline("left");
    left.next = "both";
    auto last = pipeline("both");
    last.end = true;
    ByHand run{of({choice("side", "go_left", "left", "right"), left, pipeline("right"), last, pipeline("never")}), {{"go_left", true}}};
    BOOST_TEST(run.end("left", done()).says() == "left completed, right skipped, both running, run running");
    BOOST_TEST(run.end("both", done()).says() == "both completed, never skipped, run completed");
    BOOST_TEST(run.decided.along.steps[1].reason == "the run ended at 'both'");
}

BOOST_AUTO_TEST_CASE(a_step_whose_condition_does_not_hold_is_skipped_with_the_condition_and_follows_no_next) {
    auto second = pipeline("b");
    second.when = "outputs.a.row_count > 10";
    second.next = "d";
    const auto workflow = of({pipeline("a"), second, pipeline("c"), pipeline("d")});
    ByHand few{workflow};
    BOOST_TEST(few.end("a", done({{"row_count", 10}})).says() == "a completed, b skipped, c running, run running");
    BOOST_TEST(few.decided.along.steps[1].reason == "its condition does not hold: outputs.a.row_count > 10");
    ByHand many{workflow};
    BOOST_TEST(many.end("a", done({{"row_count", 11}})).says() == "a completed, b running, run running");
    BOOST_TEST(many.end("b", done()).says() == "b completed, c skipped, d running, run running");
}

BOOST_AUTO_TEST_CASE(a_failed_step_ends_the_run_with_an_anomaly) {
    ByHand run{of({pipeline("a"), pipeline("b")})};
    BOOST_TEST(run.end("a", broken("no rows")).says() == "a failed, run failed");
    BOOST_TEST(run.decided.along.run.error_step == "a");
    BOOST_TEST(run.decided.along.run.failure->message == "no rows");
    BOOST_TEST_REQUIRE(run.decided.along.anomaly.has_value());
    BOOST_TEST(run.decided.along.anomaly->category == "WORKFLOW_FAILURE");
    BOOST_TEST(run.decided.along.anomaly->metadata == R"({"workflow":"demo.flow","run_id":"run-1"})");
    BOOST_TEST(run.decided.along.anomaly_stage == "workflow.a");
    BOOST_TEST(run.stages() == "");
}

BOOST_AUTO_TEST_CASE(on_error_continue_goes_on_and_the_manifest_shows_it) {
    auto first = pipeline("a");
    first.on_error = workflow::OnError::go_on;
    ByHand run{of({first, pipeline("b")})};
    BOOST_TEST(run.end("a", broken()).says() == "a failed, b running, run running");
    BOOST_TEST(run.end("b", done()).says() == "b completed, run completed");
    BOOST_TEST(run.decided.along.run.reason == "failed and passed over: a");
    BOOST_TEST(workflow::json_text(run.decided.along.stages.front().metrics) == R"({"step_count":1,"failed_steps":["a"]})");
}

BOOST_AUTO_TEST_CASE(the_handler_sees_the_failed_step_and_its_error_and_the_run_still_fails) {
    auto workflow = of({pipeline("a")});
    workflow.failure_handler = lambda("tell");
    ByHand run{workflow};
    BOOST_TEST(run.end("a", broken("no rows")).says() == "a failed, tell running, run running");
    BOOST_TEST(workflow::json_text(run.state.outputs.at("failure")) == R"({"step":"a","error":"no rows","category":"DATA_QUALITY"})");
    BOOST_TEST(run.decided.along.run.error_step == "a");
    BOOST_TEST(run.end("tell", done()).says() == "tell completed, run failed");
    BOOST_TEST(run.decided.along.anomaly_stage == "workflow.a");
}

BOOST_AUTO_TEST_CASE(a_handler_that_fails_too_changes_nothing_about_why_the_run_failed) {
    auto workflow = of({pipeline("a")});
    workflow.failure_handler = lambda("tell");
    ByHand run{workflow};
    run.end("a", broken("no rows")).end("tell", broken("no telephone"));
    BOOST_TEST(run.says() == "tell failed, run failed");
    BOOST_TEST(run.decided.along.run.failure->message == "no rows");
}

BOOST_AUTO_TEST_CASE(exports_and_context_updates_become_parameters_of_what_follows) {
    auto last = lambda("c");
    last.params = {{"week", "$.params.week"}, {"rows", "$.outputs.a.row_count"}, {"own", 7}};
    ByHand run{of({pipeline("a"), last}), {{"tier", "OTC"}}};
    run.end("a", done({{"row_count", 50}}, {{"week", "2025-12-19"}}));
    BOOST_TEST(workflow::json_text(run.decided.starts.front().params) == R"({"tier":"OTC","week":"2025-12-19","rows":50,"own":7})");
}

BOOST_AUTO_TEST_CASE(config_of_a_pipeline_step_is_another_spelling_of_its_params) {
    auto only = pipeline("a");
    only.config = {{"form", "10-K"}, {"limit", 1}};
    only.params = {{"limit", 2}};
    const ByHand run{of({only}), {{"tier", "OTC"}}};
    BOOST_TEST(workflow::json_text(run.decided.starts.front().params) == R"({"form":"10-K","limit":2})");
    BOOST_TEST(workflow::json_text(run.decided.starts.front().base) == R"({"tier":"OTC"})");
}

BOOST_AUTO_TEST_CASE(a_path_to_nothing_fails_its_step_before_it_begins) {
    auto second = pipeline("b");
    second.params = {{"week", "$.outputs.a.weak"}};
    ByHand run{of({pipeline("a"), second})};
    BOOST_TEST(run.end("a", done()).says() == "a completed, b failed, run failed");
    BOOST_TEST(run.decided.along.run.failure->message.find("'week'") != std::string::npos);
    BOOST_CHECK(run.decided.along.run.failure->category == unit::Category::step_error);
}

BOOST_AUTO_TEST_CASE(a_condition_that_compares_text_with_a_number_fails_its_step_with_the_column) {
    const ByHand run{of({choice("route", "tier > 3", "a"), pipeline("a")}), {{"tier", "OTC"}}};
    BOOST_TEST(run.says() == "route failed, run failed");
    BOOST_TEST(run.decided.along.run.failure->message.find("column 6") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ten_thousand_failing_conditions_are_a_loop_and_no_recursion) {
    std::vector<Step> steps;
    for (int i = 0; i < 10'000; ++i) {
        auto step = pipeline("s" + std::to_string(i));
        step.when = "1 / 0 > 1";
        step.on_error = workflow::OnError::go_on;
        steps.push_back(step);
    }
    const ByHand run{of(std::move(steps))};
    BOOST_TEST(run.decided.along.steps.size() == 10'000u);
    BOOST_CHECK(run.decided.along.run.status == RunStatus::completed);
}

BOOST_AUTO_TEST_CASE(a_step_records_its_stage_whether_done_or_done_before) {
    auto first = pipeline("a");
    first.stage = "INGESTED";
    auto second = pipeline("b");
    second.stage = "NORMALIZED";
    ByHand run{of({first, second})};
    run.end("a", done({{"row_count", 50}}));
    BOOST_TEST(run.stages() == "INGESTED:1");
    BOOST_TEST(run.decided.along.stages.front().row_count == 50);
    auto before = done({{"row_count", 49}});
    before.status = StepStatus::skipped;
    before.reason = "already done";
    before.execution_id = "execution-2";
    run.end("b", before);
    BOOST_TEST(run.decided.along.stages.back().metrics.at("step_count").as_uint64() == 2u);
    BOOST_TEST(run.stages() == "NORMALIZED:2 COMPLETED:3");
}

BOOST_AUTO_TEST_CASE(the_partition_of_a_run_is_the_last_one_that_a_step_claimed) {
    ByHand run{of({pipeline("a"), lambda("b"), pipeline("c")})};
    auto first = done();
    first.partitions = {{"demo", R"({"week":"1"})"}};
    run.end("a", first);
    BOOST_TEST(run.decided.along.run.partition->key == R"({"week":"1"})");
    run.end("b", done());
    BOOST_TEST(run.decided.along.run.partition->key == R"({"week":"1"})");
}

BOOST_AUTO_TEST_CASE(a_run_that_is_taken_up_tries_the_unfinished_step_again_and_keeps_every_result) {
    ByHand run{of({lambda("a"), pipeline("b"), lambda("c")})};
    run.end("a", done({{"n", 1}}, {{"p", "x"}}));
    run.crash();
    BOOST_TEST(run.says() == "b failed, b#2 running, run running");
    BOOST_CHECK(run.decided.along.steps[0].failure->category == unit::Category::crash);
    BOOST_TEST(run.state.outputs.at("a").at("n").as_int64() == 1);
    BOOST_TEST(run.state.params.at("p").as_string() == "x");
    BOOST_TEST(run.end("b", done()).says() == "b#2 completed, c running, run running");
}

BOOST_AUTO_TEST_CASE(a_step_that_kills_its_process_every_time_fails_in_the_end) {
    ByHand run{of({pipeline("a")})};
    for (int i = 0; i < run::deaths_max; ++i)
        run.crash();
    BOOST_CHECK(run.decided.along.run.status == RunStatus::failed);
    BOOST_CHECK(run.decided.along.run.failure->category == unit::Category::crash);
}

BOOST_AUTO_TEST_CASE(an_interrupted_run_pauses_and_goes_on_with_the_same_step) {
    ByHand run{of({lambda("a"), pipeline("b")})};
    run.end("a", done());
    run::hold(run.state);
    run.end("b", broken("stopped", unit::Category::cancelled));
    BOOST_TEST(run.says() == "b cancelled, run paused");
    BOOST_TEST(run.decided.stops);
    BOOST_TEST(!run.decided.along.anomaly.has_value());
    run.crash();
    BOOST_TEST(run.says() == "b#2 running, run running");
}

BOOST_AUTO_TEST_CASE(recorded_starts_say_again_what_the_decision_said) {
    auto first = lambda("a");
    first.config = {{"limit", "$.params.limit"}};
    const ByHand run{of({first}), {{"limit", 5}}};
    const auto again = run::recorded_starts(run.folded());
    BOOST_TEST_REQUIRE(again.size() == 1u);
    BOOST_TEST(workflow::json_text(again[0].config) == R"({"limit":5})");
    BOOST_TEST(again[0].step.name == "a");
    BOOST_TEST(again[0].attempt == 1);
}

BOOST_AUTO_TEST_CASE(every_pipeline_output_has_the_figures_that_conditions_rely_on) {
    const auto output = run::step_output({{"row_count", 7}, {"grade", "A"}}, true, "already done");
    BOOST_TEST(output.at("record_count").as_int64() == 7);
    BOOST_TEST(output.at("grade").as_string() == "A");
    BOOST_TEST(output.at("null_rate").as_double() == 0.0);
    BOOST_TEST(output.at("skipped").as_bool());
    BOOST_TEST(output.at("reason").as_string() == "already done");
    BOOST_TEST(run::step_output({}, false, "").at("reason").is_null());
}

BOOST_AUTO_TEST_SUITE_END()
