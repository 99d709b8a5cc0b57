/// What steps side by side, maps, waits, approvals, children, retries and changes of the course decide.
#include "run/decide.hpp"
#include "run_by_hand.hpp"
#include "workflow/json.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;
using run::RunStatus;
using run::StepStatus;
using workflow::OnError;
using workflow::Step;
using workflow::Workflow;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

Step wait_of(const std::string& name, json::value seconds) {
    Step step;
    step.name = name;
    workflow::WaitStep kind;
    kind.seconds = std::move(seconds);
    step.kind = kind;
    return step;
}
Step approval_of(const std::string& name, std::optional<double> hours = {}, const std::string& on_timeout = "") {
    Step step;
    step.name = name;
    workflow::ApprovalStep kind;
    kind.approvers = {"ann", "bob"};
    kind.message = "deploy with $.params.risk, not $.params.nothing?";
    kind.context_fields = {"risk", "$.outputs.a.score"};
    kind.timeout_hours = hours;
    kind.on_timeout = on_timeout;
    kind.auto_approve_envs = {"dev"};
    step.kind = kind;
    return step;
}
Step child_of(const std::string& name, const std::string& workflow, bool wait = true) {
    Step step;
    step.name = name;
    workflow::WorkflowStep kind;
    kind.workflow = workflow;
    kind.wait = wait;
    step.kind = kind;
    return step;
}
Step retried(Step step, std::int64_t attempts, double delay, std::vector<std::string> categories = {}) {
    workflow::RetryRule rule;
    rule.max_attempts = attempts;
    rule.initial_delay_seconds = delay;
    rule.retryable_categories = std::move(categories);
    step.retry = rule;
    return step;
}
run::Children knowing(Workflow workflow) {
    auto definition = std::make_shared<workflow::Definition>();
    definition->workflow = std::move(workflow);
    definition->text = "kept";
    definition->sha256 = "s";
    const auto name = definition->workflow.name;
    return {{name, definition}};
}
run::StepEnd asking(json::array requests) {
    auto end = done();
    end.requests = std::move(requests);
    return end;
}

} // namespace

BOOST_AUTO_TEST_SUITE(side_by_side_steps)

BOOST_AUTO_TEST_CASE(what_depends_on_nothing_begins_at_once_and_the_rest_when_its_dependencies_are_settled) {
    ByHand run{side_by_side({pipeline("a"), pipeline("b"), after(lambda("c"), {"a", "b"}), after(lambda("d"), {"a"})})};
    BOOST_TEST(run.says() == "a running, b running, run running");
    BOOST_TEST(run.starts() == "a b");
    BOOST_TEST(run.end("a", done()).says() == "a completed, d running, run running");
    BOOST_TEST(run.end("b", done()).says() == "b completed, c running, run running");
    run.end("d", done());
    BOOST_TEST(run.end("c", done()).says() == "c completed, run completed");
}

BOOST_AUTO_TEST_CASE(no_more_than_max_concurrency_steps_are_at_work) {
    ByHand run{side_by_side({pipeline("a"), pipeline("b"), pipeline("c")}, 2)};
    BOOST_TEST(run.starts() == "a b");
    run.end("b", done());
    BOOST_TEST(run.starts() == "c");
}

BOOST_AUTO_TEST_CASE(a_failure_stops_what_has_not_begun_and_lets_the_rest_end) {
    ByHand run{side_by_side({pipeline("a"), pipeline("b"), after(pipeline("c"), {"b"})})};
    BOOST_TEST(run.end("a", broken()).says() == "a failed, run running");
    BOOST_TEST(run.end("b", done()).says() == "b completed, run failed");
    BOOST_TEST(run.decided.along.run.error_step == "a");
}

BOOST_AUTO_TEST_CASE(with_on_failure_continue_the_other_branches_are_done_and_the_run_fails_at_its_end) {
    auto workflow = side_by_side({pipeline("a"), pipeline("b"), after(pipeline("c"), {"a"}), after(pipeline("d"), {"b"}),
                                  after(pipeline("e"), {"c", "d"})});
    workflow.on_failure = workflow::OnFailure::go_on;
    ByHand run{workflow};
    BOOST_TEST(run.end("a", broken("no feed")).says() == "a failed, c skipped, run running");
    BOOST_TEST(run.end("b", done()).says() == "b completed, d running, run running");
    BOOST_TEST(run.end("d", done()).says() == "d completed, e skipped, run failed");
    BOOST_TEST(run.decided.along.run.error_step == "a");
    BOOST_TEST(run.decided.along.run.failure->message == "no feed");
}

BOOST_AUTO_TEST_CASE(a_choice_jumps_over_the_branch_that_it_leaves_and_everything_that_hangs_on_it_alone) {
    ByHand run{side_by_side({choice("side", "go_left", "left", "right"), pipeline("left"), pipeline("right"), after(pipeline("far_right"), {"right"}),
                             after(pipeline("join"), {"left", "far_right"})}),
               {{"go_left", true}}};
    BOOST_TEST(run.says() == "side completed, right skipped, left running, far_right skipped, run running");
    BOOST_TEST(run.end("left", done()).says() == "left completed, join running, run running");
}

BOOST_AUTO_TEST_CASE(a_choice_that_is_left_out_leaves_out_both_of_its_targets) {
    ByHand run{side_by_side({choice("c", "true", "a", "b"), pipeline("a"), pipeline("b"), after(choice("c2", "true", "b1", "b2"), {"b"}), pipeline("b1"),
                             pipeline("b2")})};
    BOOST_TEST(run.says() == "c completed, b skipped, a running, c2 skipped, b1 skipped, b2 skipped, run running");
    BOOST_TEST(run.end("a", done()).says() == "a completed, run completed");
}

BOOST_AUTO_TEST_CASE(a_join_runs_after_whichever_branch_was_taken) {
    const auto joined = [](const std::string& x) {
        return side_by_side({choice("c", x, "a", "b"), pipeline("a"), pipeline("b"), after(choice("c2", "true", "b1", "b2"), {"b"}), pipeline("b1"),
                             pipeline("b2"), after(pipeline("only_b1"), {"b1"}), after(map_of("mapped", json::array{1}, {pipeline("z")}), {"b1"}),
                             after(pipeline("join"), {"a", "only_b1", "b2"})});
    };
    ByHand one{joined("true")};
    BOOST_TEST(one.says() == "c completed, b skipped, a running, c2 skipped, b1 skipped, b2 skipped, only_b1 skipped, mapped skipped, run running");
    BOOST_TEST(one.end("a", done()).says() == "a completed, join running, run running");
    ByHand other{joined("false")};
    BOOST_TEST(other.says() == "c completed, a skipped, b running, run running");
    BOOST_TEST(other.end("b", done()).says() == "b completed, c2 completed, b2 skipped, b1 running, run running");
    BOOST_TEST(other.end("b1", done()).says() == "b1 completed, only_b1 running, mapped running, mapped[0]/z running, run running");
    other.end("mapped[0]/z", done());
    BOOST_TEST(other.end("only_b1", done()).says() == "only_b1 completed, join running, run running");
}

BOOST_AUTO_TEST_CASE(a_choice_that_chose_nothing_takes_neither_target) {
    auto when = choice("c", "true", "a", "b");
    when.when = "false";
    const std::vector<Step> rest{pipeline("a"), pipeline("b"), after(pipeline("last"), {"a", "b"}), after(pipeline("only"), {"c"}), pipeline("free")};
    auto steps = rest;
    steps.insert(steps.begin(), when);
    BOOST_TEST(ByHand{side_by_side(steps)}.says() == "c skipped, a skipped, b skipped, last skipped, only skipped, free running, run running");
    auto faulty = choice("c", "1 < 'x'", "a", "b");
    faulty.on_error = workflow::OnError::go_on; // neither was chosen
    steps.front() = faulty;
    BOOST_TEST(ByHand{side_by_side(steps)}.says() == "c failed, a skipped, b skipped, last skipped, only running, free running, run running");
    steps.front().on_error = workflow::OnError::stop;
    auto workflow = side_by_side(steps);
    workflow.on_failure = workflow::OnFailure::go_on;
    ByHand failed{workflow};
    BOOST_TEST(failed.says() == "c failed, a skipped, b skipped, last skipped, only skipped, free running, run running");
    BOOST_TEST(failed.end("free", done()).says() == "free completed, run failed");
}

BOOST_AUTO_TEST_CASE(steps_that_ran_side_by_side_when_their_process_died_are_all_tried_again) {
    ByHand run{side_by_side({pipeline("a"), pipeline("b"), pipeline("c")})};
    run.end("b", done());
    run.crash();
    BOOST_TEST(run.says() == "a failed, c failed, a#2 running, c#2 running, run running");
}

BOOST_AUTO_TEST_CASE(ten_thousand_steps_side_by_side_take_linear_time) {
    std::vector<Step> steps;
    for (int i = 0; i < 10'000; ++i)
        steps.push_back(i < 4 ? lambda("s" + std::to_string(i)) : after(lambda("s" + std::to_string(i)), {"s" + std::to_string(i - 4)}));
    auto workflow = side_by_side(std::move(steps));
    run::RunRow row;
    row.run_id = "run-1";
    auto state = run::fresh(row, workflow, {});
    auto decided = run::begin_run(state, {});
    std::size_t ended = 0;
    std::vector<std::string> open;
    for (const auto& start : decided.starts)
        open.push_back(start.path);
    while (!open.empty()) {
        const auto path = open.back();
        open.pop_back();
        decided = run::end_step(state, path, done(), {});
        ++ended;
        for (const auto& start : decided.starts)
            open.push_back(start.path);
    }
    BOOST_TEST(ended == 10'000u);
    BOOST_CHECK(decided.along.run.status == RunStatus::completed);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(maps)

BOOST_AUTO_TEST_CASE(items_run_so_many_at_once_and_their_results_stand_in_their_order) {
    auto inner = lambda("n");
    inner.params = {{"x", "$.params.item"}, {"i", "$.params.item_index"}};
    ByHand run{of({map_of("each", json::array{10, 20, 30}, {inner}), lambda("sum")})};
    BOOST_TEST(run.says() == "each running, each[0]/n running, each[1]/n running, run running");
    BOOST_TEST(run.decided.starts[1].params.at("x").as_int64() == 20);
    BOOST_TEST(run.decided.starts[1].params.at("i").as_int64() == 1);
    BOOST_TEST(run.end("each[1]/n", done({{"y", 2}})).says() == "each[1]/n completed, each[2]/n running, run running");
    run.end("each[2]/n", done({{"y", 3}}));
    BOOST_TEST(run.end("each[0]/n", done({{"y", 1}})).says() == "each[0]/n completed, each completed, sum running, run running");
    BOOST_TEST(workflow::json_text(run.state.outputs.at("each")) ==
               R"({"count":3,"completed":3,"failed":0,"skipped":0,"results":[{"y":1},{"y":2},{"y":3}]})");
}

BOOST_AUTO_TEST_CASE(inner_steps_see_each_other_and_what_they_change_stays_inside) {
    auto second = lambda("m");
    second.params = {{"seen", "$.outputs.n.y"}, {"told", "$.params.hint"}};
    ByHand run{of({map_of("each", "$.params.weeks", {lambda("n"), second}, 1), lambda("after")}), {{"weeks", json::array{"a", "b"}}}};
    run.end("each[0]/n", done({{"y", 7}}, {{"hint", "h"}}));
    BOOST_TEST(workflow::json_text(run.decided.starts[0].params) ==
               R"({"weeks":["a","b"],"item":"a","item_index":0,"hint":"h","seen":7,"told":"h"})");
    BOOST_TEST(run.end("each[0]/m", done()).starts() == "each[1]/n");
    BOOST_TEST(!run.decided.starts[0].params.contains("hint"));
}

BOOST_AUTO_TEST_CASE(a_failed_item_is_told_as_such_and_begins_no_more_items) {
    ByHand run{of({map_of("each", json::array{1, 2, 3, 4}, {lambda("n")})})};
    BOOST_TEST(run.end("each[1]/n", broken("bad week")).says() == "each[1]/n failed, run running");
    BOOST_TEST(run.end("each[0]/n", done()).says() == "each[0]/n completed, each failed, run failed");
    BOOST_TEST(run.decided.along.run.error_step == "each");
    BOOST_TEST(run.decided.along.run.failure->message == "1 of 4 items failed, the first of them each[1]/n: bad week");
    BOOST_CHECK(run.decided.along.run.failure->category == unit::Category::data_quality);
    BOOST_TEST(workflow::json_text(run.state.outputs.at("each").at("results")) ==
               R"([{},{"failed":true,"step":"n","error":"bad week","category":"DATA_QUALITY"},null,null])");
}

BOOST_AUTO_TEST_CASE(a_map_that_goes_on_after_errors_does_every_item) {
    auto each = map_of("each", json::array{1, 2, 3}, {lambda("n")}, 1);
    each.on_error = OnError::go_on;
    ByHand run{of({each, lambda("after")})};
    run.end("each[0]/n", broken()).end("each[1]/n", done());
    BOOST_TEST(run.end("each[2]/n", done()).says() == "each[2]/n completed, each failed, after running, run running");
    BOOST_TEST(run.state.outputs.at("each").at("completed").to_number<int>() == 2);
}

BOOST_AUTO_TEST_CASE(items_that_are_no_list_and_paths_to_nothing_fail_the_map_with_what_was_found) {
    ByHand text{of({map_of("each", "$.params.weeks", {lambda("n")})}), {{"weeks", "2025-12-12"}}};
    BOOST_TEST(text.says() == "each failed, run failed");
    BOOST_TEST(text.decided.along.run.failure->message == "items of map 'each' are no list but string");
    BOOST_CHECK(text.decided.along.run.failure->category == unit::Category::configuration);
    ByHand none{of({map_of("each", json::array{}, {lambda("n")}), lambda("b")})};
    BOOST_TEST(none.says() == "each running, each completed, b running, run running");
}

BOOST_AUTO_TEST_CASE(maps_stand_in_maps) {
    auto inner = map_of("in", json::array{1, 2}, {lambda("x")});
    ByHand run{of({map_of("out", json::array{"a", "b"}, {lambda("n"), inner}, 1)})};
    run.end("out[0]/n", done({{"k", 1}}));
    BOOST_TEST(run.starts() == "out[0]/in[0]/x out[0]/in[1]/x");
    run.end("out[0]/in[1]/x", done({{"r", 1}}));
    run.crash();
    BOOST_TEST(run.says() == "out[0]/in[0]/x failed, out[0]/in[0]/x#2 running, run running");
    run.end("out[0]/in[0]/x", done({{"r", 0}}));
    BOOST_TEST(run.says() == "out[0]/in[0]/x#2 completed, out[0]/in completed, out[1]/n running, run running");
    run.end("out[1]/n", done()).end("out[1]/in[0]/x", done()).end("out[1]/in[1]/x", done());
    BOOST_CHECK(run.decided.along.run.status == RunStatus::completed);
    BOOST_TEST(workflow::json_text(run.state.outputs.at("out").at("results").at(0).at("results")) == R"([{"r":0},{"r":1}])");
}

BOOST_AUTO_TEST_CASE(choices_and_conditions_inside_of_an_item_are_settled_there) {
    auto rare = lambda("rare");
    rare.when = "item > 1";
    auto last = lambda("last");
    ByHand run{of({map_of("each", json::array{1, 2}, {rare, choice("big", "item > 1", "last"), lambda("small"), last}, 1)})};
    BOOST_TEST(run.says() == "each running, each[0]/rare skipped, each[0]/big completed, each[0]/small running, run running");
    run.end("each[0]/small", done()).end("each[0]/last", done());
    BOOST_TEST(run.starts() == "each[1]/rare");
    BOOST_TEST(run.end("each[1]/rare", done()).says() ==
               "each[1]/rare completed, each[1]/small skipped, each[1]/big completed, each[1]/last running, run running");
}

BOOST_AUTO_TEST_CASE(ten_thousand_items_take_linear_time_and_leave_no_frames) {
    json::array items;
    for (int i = 0; i < 10'000; ++i)
        items.emplace_back(i);
    run::RunRow row;
    row.run_id = "run-1";
    const auto workflow = of({map_of("each", items, {lambda("n")}, 4)});
    auto state = run::fresh(row, workflow, {});
    auto decided = run::begin_run(state, {});
    std::vector<std::string> open;
    std::size_t most = 0;
    for (;;) {
        for (const auto& start : decided.starts)
            open.push_back(start.path);
        if (open.empty())
            break;
        most = std::max(most, open.size());
        const auto path = open.back();
        open.pop_back();
        decided = run::end_step(state, path, done({{"ok", true}}), {});
    }
    BOOST_TEST(most == 4u);
    BOOST_CHECK(decided.along.run.status == RunStatus::completed);
    BOOST_TEST(state.outputs.at("each").at("completed").to_number<int>() == 10'000);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(waits)

BOOST_AUTO_TEST_CASE(a_length_or_a_time_of_a_path_that_makes_no_sense_fails_the_step_and_is_named) {
    const auto failed = [](const json::value& value, bool seconds) {
        Step step;
        step.name = "w";
        workflow::WaitStep kind;
        (seconds ? kind.seconds : kind.until) = json::value("$.params.at");
        step.kind = kind;
        ByHand run{of({step}), {{"at", value}}};
        const auto& failure = run.decided.along.run.failure;
        return failure ? failure->message : "it waits";
    };
    const auto no_length = [](const std::string& shown) {
        return "wait 'w': 'seconds' of $.params.at is " + shown + ", which is no number of seconds from 0 to 1e9";
    };
    BOOST_TEST(failed(-1, true) == no_length("-1"));
    BOOST_TEST(failed(1e18, true) == no_length("1e+18"));
    BOOST_TEST(failed(1'000'000'001, true) == no_length("1000000001"));
    BOOST_TEST(failed("60", true) == no_length("\"60\""));
    BOOST_TEST(failed(1'000'000'000, true) == "it waits");
    for (const auto* time : {"10000-01-01", "10000-01-01T00:00:00Z", "soon", "-1", "2026-13-01"})
        BOOST_TEST(failed(time, false) == "wait 'w': 'until' of $.params.at is \"" + std::string{time} + "\", which is no time up to the year 9999");
    BOOST_TEST(failed("9999-12-31", false) == "it waits");
}

BOOST_AUTO_TEST_CASE(a_timer_is_late_but_never_early_and_nothing_runs_meanwhile) {
    ByHand run{of({wait_of("three_days", 3 * 86'400), lambda("b")})};
    BOOST_TEST(run.says() == "three_days waiting, run waiting");
    BOOST_TEST(run.decided.stops);
    BOOST_TEST(run.decided.along.run.wake_at == env::to_text(run.now + 72h));
    BOOST_TEST(run.wake(72h - 1ms).says() == "run waiting");
    BOOST_TEST(!run.decided.changed);
    run.crash();
    BOOST_TEST(run.says() == "run waiting");
    BOOST_TEST(run.wake(1ms).says() == "three_days completed, b running, run running");
}

BOOST_AUTO_TEST_CASE(a_time_that_has_passed_holds_up_nothing_and_what_is_no_time_fails) {
    Step until;
    until.name = "w";
    workflow::WaitStep kind;
    kind.until = "$.params.at";
    until.kind = kind;
    ByHand past{of({until, lambda("b")}), {{"at", "2020-01-01"}}};
    BOOST_TEST(past.says() == "w completed, b running, run running");
    ByHand wrong{of({until}), {{"at", "soon"}}};
    BOOST_TEST(wrong.decided.along.run.failure->message == "wait 'w': 'until' of $.params.at is \"soon\", which is no time up to the year 9999");
    ByHand negative{of({wait_of("w", -1)})};
    BOOST_TEST(negative.says() == "w failed, run failed");
}

BOOST_AUTO_TEST_CASE(an_approval_tells_what_it_is_about_and_its_answer_goes_on_or_ends_the_run) {
    const auto workflow = of({lambda("a"), approval_of("ok"), lambda("b")});
    ByHand run{workflow, {{"risk", 3}}};
    run.end("a", done({{"score", 0.5}}));
    BOOST_TEST(run.says() == "a completed, ok waiting, run waiting");
    BOOST_TEST(workflow::json_text(run.decided.along.steps[1].output) ==
               R"({"approvers":["ann","bob"],"message":"deploy with 3, not $.params.nothing?","context":{"risk":3,"$.outputs.a.score":0.5}})");
    BOOST_TEST(run.answer("ok", true).says() == "ok completed, b running, run running");
    BOOST_TEST(run.state.outputs.at("ok").at("by").as_string() == "ann");
    BOOST_TEST(run.decided.along.calls_seen == 1);
    ByHand refused{workflow, {{"risk", 3}}};
    refused.end("a", done({{"score", 1}}));
    BOOST_TEST(refused.answer("ok", false).says() == "ok failed, run failed");
    BOOST_TEST(refused.decided.along.run.failure->message == "refused by ann: seen");
}

BOOST_AUTO_TEST_CASE(an_approval_in_a_named_environment_is_given_by_itself_and_elsewhere_times_out_as_it_says) {
    const ByHand dev{of({approval_of("ok"), lambda("b")}), {}, {}, {{"env", "dev"}}};
    BOOST_TEST(dev.says() == "ok completed, b running, run running");
    ByHand no{of({approval_of("ok", 24)}), {}, {}, {{"env", "prod"}}};
    BOOST_TEST(no.says() == "ok waiting, run waiting");
    BOOST_TEST(no.wake(24h).says() == "ok failed, run failed");
    BOOST_CHECK(no.decided.along.run.failure->category == unit::Category::timeout);
    ByHand yes{of({approval_of("ok", 24, "approve"), lambda("b")})};
    BOOST_TEST(yes.wake(24h).says() == "ok completed, b running, run running");
}

BOOST_AUTO_TEST_CASE(a_run_that_takes_too_long_fails_and_tells_what_runs_to_stop) {
    auto workflow = of({pipeline("a"), pipeline("b")});
    workflow.timeout_seconds = 60;
    ByHand run{workflow};
    BOOST_TEST(run.wake(59s).says() == "run running");
    BOOST_TEST(run.wake(1s).says() == "@timeout#2 failed, run running");
    BOOST_TEST(run.decided.stop_running);
    BOOST_TEST(run.end("a", broken("stopped", unit::Category::cancelled)).says() == "a cancelled, run failed");
    BOOST_CHECK(run.decided.along.run.failure->category == unit::Category::timeout);
    auto waiting = of({wait_of("w", 3600)});
    waiting.timeout_seconds = 60;
    ByHand sleeper{waiting};
    BOOST_TEST(sleeper.decided.along.run.wake_at == env::to_text(sleeper.now + 60s));
    BOOST_TEST(sleeper.wake(60s).says() == "@timeout#2 failed, w cancelled, run failed");
}

BOOST_AUTO_TEST_CASE(nothing_begins_once_the_time_of_the_run_is_over) {
    auto workflow = of({pipeline("a"), pipeline("b")});
    workflow.timeout_seconds = 60;
    ByHand taken{workflow};
    taken.now += 61s; // its process died meanwhile
    BOOST_TEST(taken.crash().says() == "a failed, @timeout#3 failed, a#2 cancelled, run failed");
    BOOST_TEST(taken.decided.starts.empty());
    ByHand ended{workflow};
    ended.now += 61s; // nobody has looked in between
    BOOST_TEST(ended.end("a", done()).says() == "a completed, @timeout#3 failed, run failed");
    BOOST_TEST(ended.decided.starts.empty());
}

BOOST_AUTO_TEST_CASE(a_wish_to_pause_lets_what_runs_end_and_begins_nothing) {
    ByHand run{of({pipeline("a"), pipeline("b")})};
    run.outside = {1, true, {}, {}};
    BOOST_TEST(run.wake().says() == "run running");
    BOOST_TEST(run.end("a", done()).says() == "a completed, run paused");
    BOOST_TEST(run.decided.along.run.reason == "paused");
    run.outside = {1, false, {}, {}};
    run.crash();
    BOOST_TEST(run.says() == "b running, run running");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(children)

BOOST_AUTO_TEST_CASE(a_child_is_begun_by_its_parents_commit_and_its_outputs_come_back) {
    auto inner = of({lambda("x")});
    inner.name = "child.flow";
    inner.defaults = {{"strict", false}, {"tier", "T2"}};
    auto call = child_of("call", "child.flow");
    call.params = {{"strict", true}};
    auto user = lambda("use");
    user.params = {{"got", "$.outputs.call.enriched"}, {"also", "$.outputs.call.outputs.x.enriched"}};
    ByHand run{of({call, user}), {{"tier", "OTC"}}, knowing(inner)};
    BOOST_TEST(run.says() == "call waiting, run waiting");
    BOOST_TEST_REQUIRE(run.decided.along.new_runs.size() == 1u);
    const auto& child = run.decided.along.new_runs[0];
    BOOST_TEST(workflow::json_text(child.params) == R"({"strict":true,"tier":"OTC"})");
    BOOST_TEST(child.parent_run_id == "run-1");
    BOOST_TEST(child.parent_step == "call");
    BOOST_TEST(child.begin.steps.size() == 1u);
    BOOST_TEST(run.state.root->states[0].child_run_id == child.run_id);
    const auto id = child.run_id;
    run.child("call", id, RunStatus::completed, {{"enriched", 5}, {"outputs", json::object{{"x", json::object{{"enriched", 5}}}}}});
    BOOST_TEST(run.says() == "call completed, use running, run running");
    BOOST_TEST(run.decided.starts[0].params.at("got").as_int64() == 5);
    BOOST_TEST(run.decided.starts[0].params.at("also").as_int64() == 5);
}

BOOST_AUTO_TEST_CASE(a_child_that_ends_as_it_begins_has_its_result_all_the_same) {
    auto only = lambda("x");
    only.when = "false";
    auto inner = of({only});
    inner.name = "child.flow";
    const ByHand run{of({child_of("call", "child.flow")}), {}, knowing(inner)};
    const auto& begin = run.decided.along.new_runs.at(0).begin;
    BOOST_CHECK(begin.run.status == RunStatus::completed);
    BOOST_TEST(begin.run.result.at("outputs").as_object().contains("x"));
}

BOOST_AUTO_TEST_CASE(a_child_that_nobody_waits_for_is_begun_and_left_alone) {
    auto inner = of({lambda("x")});
    inner.name = "child.flow";
    const ByHand run{of({child_of("call", "child.flow", false), lambda("b")}), {}, knowing(inner)};
    BOOST_TEST(run.says() == "call completed, b running, run running");
    const auto& child = run.decided.along.new_runs.at(0);
    BOOST_TEST(child.parent_run_id == "run-1");
    BOOST_TEST(child.parent_step == "call");
    BOOST_TEST(waiter_of(child) == "");
    BOOST_TEST(run.row.steps.at(0).child_run_id == child.run_id);
}

BOOST_AUTO_TEST_CASE(a_child_that_takes_too_long_is_cancelled_and_a_failed_one_fails_its_step_or_is_tried_again) {
    auto inner = of({lambda("x")});
    inner.name = "child.flow";
    auto call = child_of("call", "child.flow");
    call.timeout_seconds = 30;
    ByHand slow{of({call}), {}, knowing(inner)};
    const auto id = slow.decided.along.new_runs[0].run_id;
    BOOST_TEST(slow.wake(30s).says() == "call failed, run failed");
    BOOST_TEST(slow.decided.along.cancelled == std::vector<std::string>{id}, boost::test_tools::per_element());
    for (const auto late : {false, true}) { // nobody looked for an hour
        ByHand unseen{of({call}), {}, knowing(inner)};
        const auto deadline = unseen.now + 30s;
        unseen.now += 3600s;
        unseen.outside.children["call"] = {unseen.decided.along.new_runs[0].run_id, RunStatus::completed, {}, {}, env::to_text(deadline + (late ? 1ms : 0ms))};
        BOOST_TEST(unseen.wake().says() == (late ? "call failed, run failed" : "call completed, run completed"));
    }

    ByHand again{of({retried(child_of("call", "child.flow"), 2, 0, {"STEP_ERROR"})}), {}, knowing(inner)};
    const auto first = again.decided.along.new_runs[0].run_id;
    ++again.outside.calls;
    again.outside.children["call"] = {first, RunStatus::failed, {}, run::final_failure("x broke", "")};
    again.outside.children["call"].failure->retry = unit::Retry::by_category;
    BOOST_TEST(again.wake().says() == "call failed, call#2 waiting, run waiting");
    BOOST_TEST(again.decided.along.new_runs.at(0).run_id != first);
}

BOOST_AUTO_TEST_CASE(children_of_a_map_are_begun_as_there_is_room) {
    auto inner = of({lambda("x")});
    inner.name = "child.flow";
    auto call = child_of("week", "child.flow");
    call.params = {{"week", "$.params.item"}};
    ByHand run{of({map_of("each", json::array{"a", "b"}, {call}, 1)}), {}, knowing(inner)};
    BOOST_TEST(run.says() == "each running, each[0]/week waiting, run waiting");
    const auto id = run.decided.along.new_runs[0].run_id;
    run.child("each[0]/week", id, RunStatus::completed);
    BOOST_TEST(run.says() == "each[0]/week completed, each[1]/week waiting, run waiting");
    BOOST_TEST(run.decided.along.new_runs[0].params.at("week").as_string() == "b");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(retries)

BOOST_AUTO_TEST_CASE(a_step_waits_before_its_next_attempt_longer_each_time_and_gives_up_at_its_limit) {
    ByHand run{of({retried(lambda("a"), 3, 10, {"TRANSIENT"}), lambda("b")})};
    run.end("a", broken("busy", unit::Category::transient));
    BOOST_TEST(run.says() == "a failed, run waiting");
    const auto first = env::time_from(run.decided.along.run.wake_at) - run.now;
    BOOST_TEST((first >= 10s && first <= 12s));
    run.crash(); // the wait survives
    BOOST_TEST(run.wake(first).says() == "a#2 running, run running");
    run.end("a", broken("busy", unit::Category::transient));
    const auto second = env::time_from(run.decided.along.run.wake_at) - run.now;
    BOOST_TEST((second >= 20s && second <= 24s));
    run.wake(second);
    BOOST_TEST(run.end("a", broken("busy", unit::Category::transient)).says() == "a#3 failed, run failed");
}

BOOST_AUTO_TEST_CASE(only_named_categories_are_tried_again_and_the_plugins_own_word_goes_first) {
    const auto rule = retried(lambda("a"), 3, 10, {"TRANSIENT"});
    const env::TimePoint now{};
    auto failure = *broken("x", unit::Category::data_quality).failure;
    BOOST_TEST(!run::retry_at(rule, failure, 1, now, 0).has_value());
    failure.retry = unit::Retry::now;
    BOOST_TEST((run::retry_at(rule, failure, 1, now, 0) == now));
    failure.retry = unit::Retry::backoff;
    failure.backoff = 7s;
    BOOST_TEST((run::retry_at(rule, failure, 1, now, 0) == now + 7s));
    BOOST_TEST(!run::retry_at(rule, failure, 3, now, 0).has_value());
    auto busy = *broken("x", unit::Category::transient).failure;
    busy.retry = unit::Retry::never;
    BOOST_TEST(!run::retry_at(rule, busy, 1, now, 0).has_value());
    BOOST_TEST(!run::retry_at(lambda("a"), *broken("x", unit::Category::transient).failure, 1, now, 0).has_value());
    BOOST_TEST((run::retry_at(pipeline("a"), *broken("x", unit::Category::transient).failure, 1, now, 0) == now + 200ms));
}

BOOST_AUTO_TEST_CASE(the_authors_delay_is_kept_and_chance_only_adds_to_it) {
    const env::TimePoint now{1'700'000'000s};
    const auto failure = *broken("x", unit::Category::transient).failure;
    auto hourly = retried(pipeline("a"), 6, 3600);
    hourly.retry->backoff_multiplier = 1;
    BOOST_TEST((run::retry_at(hourly, failure, 5, now, 0) == now + 3600s));
    BOOST_TEST((run::retry_at(hourly, failure, 5, now, 1) == now + 4320s));
    hourly.retry->max_delay_seconds = 60; // a cap where one is written
    BOOST_TEST((run::retry_at(hourly, failure, 5, now, 1) == now + 60s));
    auto endless = retried(pipeline("a"), 100, 1e9);
    endless.retry->backoff_multiplier = 1e9;
    BOOST_TEST((run::retry_at(endless, failure, 99, now, 1) == now + std::chrono::hours{366 * 24}));
}

BOOST_AUTO_TEST_CASE(a_wait_that_a_clock_set_too_far_away_is_set_anew_by_who_takes_the_run_up) {
    ByHand run{of({retried(lambda("a"), 3, 2, {"TRANSIENT"}), lambda("b")})};
    run.end("a", broken("busy", unit::Category::transient));
    run.now -= std::chrono::hours{24'000};
    BOOST_TEST(run.crash().says() == "@clock#3 completed, run waiting");
    const auto again = env::time_from(run.decided.along.run.wake_at) - run.now;
    BOOST_TEST((again >= 2s && again <= 2400ms));
    BOOST_TEST(run.crash().says() == "run waiting"); // once
    BOOST_TEST(run.wake(again).says() == "a#2 running, run running");

    auto pause = lambda("pause");
    workflow::WaitStep named;
    named.until = "2023-12-01T00:00:00Z";
    pause.kind = named;
    ByHand until{of({pause})};
    until.now -= std::chrono::hours{24'000};
    BOOST_TEST(until.crash().says() == "run waiting"); // a time that was named is a promise about the world's clock
}

BOOST_AUTO_TEST_CASE(the_time_of_a_run_outlasts_its_process_and_not_a_clock_that_was_ahead) {
    auto workflow = of({lambda("a"), lambda("b")});
    workflow.timeout_seconds = 60;
    ByHand run{workflow};
    run.now += 40s;
    run.crash();
    run.now += 19s;
    run.crash();
    BOOST_TEST(!run.wake().decided.stop_running);
    BOOST_TEST(run.wake(1s).decided.stop_running);
    ByHand ahead{workflow};
    ahead.now -= std::chrono::hours{24'000};
    BOOST_TEST(ahead.crash().says() == "a failed, @clock#3 completed, a#2 running, run running");
    BOOST_TEST(!ahead.wake(59s).decided.stop_running);
    BOOST_TEST(ahead.wake(1s).decided.stop_running);
}

BOOST_AUTO_TEST_CASE(while_a_process_has_a_run_its_time_goes_by_what_has_passed) {
    auto workflow = of({lambda("a")});
    workflow.timeout_seconds = 60;
    ByHand run{workflow};
    run.state.clock_ahead = 1h;
    BOOST_TEST(!run.wake(3659s).decided.stop_running);
    BOOST_TEST(run.wake(1s).decided.stop_running);
}

BOOST_AUTO_TEST_CASE(work_that_is_done_elsewhere_is_waited_for_and_counts_as_no_failure) {
    ByHand run{of({pipeline("a")})};
    auto busy = broken("this work is being done by another run", unit::Category::transient);
    busy.failure->elsewhere = true;
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(run.end("a", busy).decided.along.run.wake_at == env::to_text(run.now + std::min(60'000ms, 1000ms * (1 << std::min(i, 6)))));
        run.wake(60s);
    }
    BOOST_TEST(run.end("a", broken("busy", unit::Category::transient)).says() == "a#21 failed, run waiting");
}

BOOST_AUTO_TEST_CASE(what_a_plugin_calls_a_conflict_is_a_failure_like_any_other) {
    auto conflict = broken("two of them", unit::Category::transient);
    conflict.failure->exit_code = 5;
    conflict.failure->details = {{"busy", true}, {"elsewhere", true}}; // words of the plugin say nothing
    BOOST_TEST((ByHand{of({retried(pipeline("a"), 1, 0, {"TRANSIENT"})})}.end("a", conflict).says()) == "a failed, run failed");
    ByHand run{of({retried(pipeline("a"), 2, 1, {"TRANSIENT"})})};
    BOOST_TEST(run.end("a", conflict).says() == "a failed, run waiting");
    run.wake(1s);
    BOOST_TEST(run.end("a", conflict).says() == "a#2 failed, run failed");
    BOOST_TEST(run.decided.along.run.failure->exit_code == 5);
}

BOOST_AUTO_TEST_CASE(deaths_are_counted_apart_from_handled_failures) {
    ByHand run{of({retried(pipeline("a"), 2, 0, {"TRANSIENT"})})};
    run.crash().crash();
    BOOST_TEST(run.end("a", broken("busy", unit::Category::transient)).says() == "a#3 failed, a#4 running, run running");
    BOOST_TEST(run.end("a", broken("busy", unit::Category::transient)).says() == "a#4 failed, run failed");
}

BOOST_AUTO_TEST_CASE(a_crash_that_is_told_is_tried_as_often_as_its_rule_says) {
    ByHand run{of({retried(pipeline("a"), 3, 0, {"CRASH"})})};
    run.end("a", broken("told", unit::Category::crash));
    BOOST_TEST(run.says() == "a failed, a#2 running, run running");
    run.end("a", broken("told", unit::Category::crash));
    BOOST_TEST(run.says() == "a#2 failed, a#3 running, run running");
    BOOST_TEST(run.end("a", broken("told", unit::Category::crash)).says() == "a#3 failed, run failed");
}

BOOST_AUTO_TEST_CASE(a_retried_run_keeps_what_was_good_and_does_what_failed_again) {
    ByHand run{of({lambda("a"), map_of("each", json::array{1, 2, 3}, {lambda("n")}, 1), lambda("z")})};
    run.end("a", done({{"k", 1}})).end("each[0]/n", done({{"r", 0}})).end("each[1]/n", broken());
    BOOST_TEST(run.says() == "each[1]/n failed, each failed, run failed");
    run.retry();
    BOOST_TEST(run.says() == "each running, each[1]/n running, run running");
    BOOST_TEST(run.decided.along.steps[0].generation == 2);
    run.end("each[1]/n", done({{"r", 1}}));
    BOOST_TEST(run.starts() == "each[2]/n");
    run.end("each[2]/n", done({{"r", 2}}));
    BOOST_TEST(workflow::json_text(run.state.outputs.at("each").at("results")) == R"([{"r":0},{"r":1},{"r":2}])");
    BOOST_TEST(run.end("z", done()).says() == "z completed, run completed");
}

BOOST_AUTO_TEST_CASE(a_retried_map_keeps_to_its_concurrency_and_counts_attempts_anew) {
    ByHand run{of({map_of("each", json::array{1, 2, 3, 4}, {lambda("n"), lambda("m")}, 2)})};
    run.end("each[0]/n", broken());
    run.end("each[1]/n", done()).end("each[1]/m", broken());
    BOOST_CHECK(run.decided.along.run.status == RunStatus::failed);
    run.retry();
    BOOST_TEST(run.starts() == "each[0]/n each[1]/m");
    BOOST_TEST(run.decided.starts[1].attempt == 1);
    run.crash();
    BOOST_TEST(run.starts() == "each[0]/n each[1]/m");
    BOOST_TEST(run.end("each[0]/n", done()).starts() == "each[0]/m");
    BOOST_TEST(run.end("each[0]/m", done()).starts() == "each[2]/n");
}

BOOST_AUTO_TEST_CASE(a_retried_map_that_fails_again_ends_with_items_that_it_has_not_come_to) {
    ByHand run{of({map_of("each", json::array{1, 2}, {lambda("n")}, 2)})};
    run.end("each[0]/n", broken()).end("each[1]/n", broken());
    std::get<workflow::MapStep>(run.workflow.steps[0].kind).max_concurrency = 1;
    run.retry();
    BOOST_TEST(run.starts() == "each[0]/n");
    BOOST_TEST(run.end("each[0]/n", broken()).says() == "each[0]/n failed, each failed, run failed");
    run.retry();
    BOOST_TEST(run.end("each[0]/n", done()).starts() == "each[1]/n");
    run.end("each[1]/n", done());
    BOOST_CHECK(run.decided.along.run.status == RunStatus::completed);
}

BOOST_AUTO_TEST_CASE(a_run_is_retried_from_a_step_on) {
    ByHand run{of({lambda("a"), lambda("b"), lambda("c")})};
    run.end("a", done({{"k", 1}})).end("b", done({{"k", 2}})).end("c", done());
    run.retry("b");
    BOOST_TEST(run.says() == "b running, run running");
    BOOST_TEST(!run.state.outputs.contains("c"));
    BOOST_TEST(run.state.outputs.contains("a"));
    run.end("b", done()).end("c", done());
    BOOST_CHECK(run.decided.along.run.status == RunStatus::completed);
}

BOOST_AUTO_TEST_CASE(a_fork_keeps_what_was_before_its_step) {
    ByHand run{of({lambda("a"), lambda("b"), lambda("c")})};
    run.end("a", done({{"k", 1}})).end("b", done()).end("c", done());
    const auto kept = run::kept_until(run.row, "b");
    BOOST_TEST_REQUIRE(kept.size() == 1u);
    BOOST_TEST(kept[0].step == "a");
    BOOST_TEST(kept[0].generation == 2);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(course)

BOOST_AUTO_TEST_CASE(steps_are_skipped_on_request_with_the_reason) {
    ByHand run{of({lambda("a"), lambda("heavy"), lambda("gpu"), lambda("z")})};
    run.end("a", asking({json::object{{"skip", json::array{"heavy", "gpu"}}, {"reason", "little data"}}}));
    BOOST_TEST(run.says() == "a completed, heavy skipped, gpu skipped, z running, run running");
    BOOST_TEST(run.decided.along.steps[1].reason == "asked for by 'a': little data");
}

BOOST_AUTO_TEST_CASE(steps_are_put_in_before_and_after_and_replaced) {
    const auto step = [](const std::string& name) { return json::object{{"name", name}, {"handler", "demo.steps." + name}}; };
    ByHand run{of({lambda("a"), lambda("b"), lambda("c")})};
    run.end("a", asking({json::object{{"insert_after", "a"}, {"step", step("a2")}}, json::object{{"insert_before", "c"}, {"step", step("b2")}},
                         json::object{{"replace", "b"}, {"step", step("b")}}}));
    BOOST_TEST(run.says() == "a completed, a2 running, run running");
    run.crash();
    BOOST_TEST(run.end("a2", done()).starts() == "b");
    BOOST_TEST(run.end("b", done()).starts() == "b2");
    BOOST_TEST(run.end("b2", done()).starts() == "c");
    BOOST_TEST(run.end("c", done()).says() == "c completed, run completed");
}

BOOST_AUTO_TEST_CASE(a_step_that_is_put_in_behind_one_that_jumps_is_done_before_the_jump) {
    auto first = lambda("a");
    first.next = "c";
    ByHand run{of({first, lambda("b"), lambda("c")})};
    run.end("a", asking({json::object{{"insert_after", "a"}, {"step", json::object{{"name", "a2"}, {"handler", "demo.steps.a2"}}}}}));
    BOOST_TEST(run.says() == "a completed, a2 running, run running");
    BOOST_TEST(run.end("a2", done()).says() == "a2 completed, b skipped, c running, run running");
}

BOOST_AUTO_TEST_CASE(what_a_standing_choice_left_out_is_not_done_by_a_retry) {
    ByHand run{side_by_side({lambda("x"), choice("side", "true", "left", "right"), lambda("left"), after(lambda("right"), {"x"})})};
    run.end("x", done()).end("left", done());
    BOOST_CHECK(run.decided.along.run.status == RunStatus::completed);
    run.retry("x");
    BOOST_TEST(run.says() == "x running, run running");
    BOOST_TEST(run.end("x", done()).says() == "x completed, right skipped, run completed");
}

BOOST_AUTO_TEST_CASE(a_bad_request_fails_the_step_that_asked) {
    ByHand run{of({lambda("a"), lambda("b")})};
    run.end("a", asking({json::object{{"insert_after", "a"}, {"step", json::object{{"name", "b"}, {"handler", "demo.steps.b"}}}}}));
    BOOST_TEST(run.says() == "a failed, run failed");
    BOOST_TEST(run.decided.along.run.failure->message.find("there is a step 'b' already") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_failure_handler_may_wait_and_have_the_failed_step_tried_again) {
    auto workflow = of({lambda("a"), pipeline("load"), lambda("z")});
    workflow.failure_handler = lambda("mend");
    ByHand run{workflow};
    run.end("a", done()).end("load", broken("rate_limit"));
    BOOST_TEST(run.says() == "load failed, mend running, run running");
    run.end("mend", asking({json::object{{"insert_before", "load"},
                                         {"step", json::object{{"name", "cool_down"}, {"type", "wait"}, {"seconds", 60}}}},
                            json::object{{"retry", "load"}, {"params", json::object{{"page", 2}}}}}));
    BOOST_TEST(run.says() == "mend completed, cool_down waiting, run waiting");
    BOOST_TEST(run.decided.along.run.error_step == "");
    run.crash();
    BOOST_TEST(run.wake(60s).says() == "cool_down completed, load#2 running, run running");
    BOOST_TEST(run.decided.starts[0].params.at("page").as_int64() == 2);
    run.end("load", done());
    BOOST_TEST(run.end("z", done()).says() == "z completed, run completed");
}

BOOST_AUTO_TEST_CASE(when_a_failing_run_goes_on_everything_that_it_had_ended_begins_again) {
    auto workflow = side_by_side({pipeline("a"), pipeline("b"), wait_of("w", 3600), after(pipeline("z"), {"a", "b", "w"})});
    workflow.failure_handler = lambda("mend");
    ByHand run{workflow};
    run.end("a", broken()).end("b", broken());
    BOOST_TEST(run.says() == "b failed, mend running, run running");
    run.end("mend", asking({json::object{{"retry", "a"}}}));
    BOOST_TEST(run.says() == "mend completed, a#2 running, b#2 running, w#2 waiting, run running");
    run.end("a", done()).end("b", done()).wake(3600s);
    BOOST_TEST(run.end("z", done()).says() == "z completed, run completed");
}

BOOST_AUTO_TEST_CASE(what_was_left_out_because_of_a_failure_is_done_when_the_failure_is_mended) {
    auto workflow = side_by_side({pipeline("a"), after(pipeline("b"), {"a"}), pipeline("c")});
    workflow.on_failure = workflow::OnFailure::go_on;
    workflow.failure_handler = lambda("mend");
    ByHand run{workflow};
    run.end("a", broken()).end("c", done());
    BOOST_TEST(run.says() == "c completed, mend running, run running");
    run.end("mend", asking({json::object{{"retry", "a"}}}));
    BOOST_TEST(run.says() == "mend completed, a#2 running, run running");
    BOOST_TEST(run.end("a", done()).says() == "a#2 completed, b#2 running, run running");
    BOOST_TEST(run.end("b", done()).says() == "b#2 completed, run completed");
}

BOOST_AUTO_TEST_CASE(an_earlier_step_is_done_once_more_before_the_run_goes_on) {
    ByHand run{of({pipeline("a"), lambda("b"), lambda("c")})};
    run.end("a", done({{"n", 1}}));
    run.end("b", asking({json::object{{"retry", "a"}, {"params", json::object{{"page", 2}}}}}));
    BOOST_TEST(run.says() == "b completed, a#2 running, run running");
    run.crash();
    BOOST_TEST(run.says() == "a#2 failed, a#3 running, run running");
    BOOST_TEST(run.end("a", done({{"n", 2}})).says() == "a#3 completed, c running, run running");
    BOOST_TEST(run.state.outputs.at("a").at("n").as_int64() == 2);
}

BOOST_AUTO_TEST_CASE(runs_are_spawned_and_a_run_continues_as_a_new_one) {
    auto inner = of({lambda("x")});
    inner.name = "part.flow";
    ByHand run{of({lambda("a"), lambda("b"), lambda("never")}), {{"cursor", 1}}, knowing(inner)};
    run.end("a", asking({json::object{{"spawn", "part_1"}, {"workflow", "part.flow"}, {"params", json::object{{"part", 1}}}}}));
    const auto part = run.decided.along.new_runs.at(0);
    BOOST_TEST(part.params.at("part").as_int64() == 1);
    BOOST_TEST(part.parent_run_id == "run-1");
    BOOST_TEST(part.parent_step == "a");
    BOOST_TEST(waiter_of(part) == "");
    BOOST_TEST(part.run_id.size() == 36u);
    BOOST_TEST(run.row.steps.at(0).child_run_id == part.run_id);
    BOOST_TEST(run.row.steps.at(0).requests.at(0).at("run_id").as_string() == part.run_id);
    BOOST_TEST(run.says() == "a completed, b running, run running");
    run.row.definition_text = "{name: demo.flow, steps: [{name: a, handler: demo.steps.a}]}";
    run.state.row.definition_text = run.row.definition_text;
    run.end("b", asking({json::object{{"continue_as_new", json::object{{"cursor", 2}}}}}));
    BOOST_TEST(run.says() == "b completed, run completed");
    BOOST_TEST_REQUIRE(run.decided.along.new_runs.size() == 1u);
    BOOST_TEST(run.decided.along.new_runs[0].chain_no == 2);
    BOOST_TEST(run.decided.along.new_runs[0].params.at("cursor").as_int64() == 2);
}

BOOST_AUTO_TEST_CASE(a_spawned_run_has_the_id_that_was_told) {
    auto inner = of({lambda("x")});
    inner.name = "part.flow";
    ByHand run{of({lambda("a"), lambda("b")}), {}, knowing(inner)};
    const std::string told = "019b0000-0000-7000-8000-000000000001";
    run.end("a", asking({json::object{{"spawn", "part_1"}, {"workflow", "part.flow"}, {"run_id", told}},
                         json::object{{"spawn", "part_2"}, {"workflow", "part.flow"}}}));
    BOOST_TEST_REQUIRE(run.decided.along.new_runs.size() == 2u);
    BOOST_TEST(run.decided.along.new_runs[0].run_id == told);
    BOOST_TEST(run.decided.along.new_runs[1].run_id != told);
    BOOST_TEST(run.row.steps.at(0).child_run_id == told);
}

BOOST_AUTO_TEST_CASE(the_current_step_is_one_of_the_runs_own_that_is_at_work_waits_or_comes_next) {
    const auto at = [](const ByHand& run) { return run.decided.along.run.current_step; };
    ByHand chain{of({lambda("b"), map_of("each", json::array{1, 2}, {lambda("a")}), lambda("c")})};
    BOOST_TEST(at(chain) == "b");
    BOOST_TEST(at(chain.end("b", done())) == "each");
    BOOST_TEST(at(chain.end("each[0]/a", done())) == "each"); // until its last item has ended
    BOOST_TEST(at(chain.end("each[1]/a", done())) == "c");
    BOOST_TEST(at(chain.end("c", done())) == "");

    ByHand both{side_by_side({lambda("z"), lambda("b"), after(lambda("c"), {"z"})})};
    BOOST_TEST(at(both) == "z"); // began first
    BOOST_TEST(at(both.end("z", done())) == "b");
    BOOST_TEST(at(both.end("b", done())) == "c");

    auto held = ByHand{of({lambda("x"), lambda("y")})};
    hold(held.state);
    BOOST_TEST(at(held.end("x", done())) == "y"); // it comes next
    BOOST_TEST((held.decided.along.run.status == RunStatus::paused));

    ByHand failing{of({lambda("x"), lambda("y")})};
    failing.end("x", broken());
    BOOST_TEST(at(failing) == "x");
}

BOOST_AUTO_TEST_SUITE_END()
