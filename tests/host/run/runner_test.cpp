#include "runner_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;
using Status = run::Result::Status;

BOOST_FIXTURE_TEST_SUITE(runner, RunnerFixture)

BOOST_AUTO_TEST_CASE(work_that_is_due_is_done_once_and_then_skipped_with_the_reason) {
    const auto first = run("read");
    BOOST_TEST((first.status == Status::completed));
    BOOST_TEST(first.outputs.at("row_count").as_int64() == 1);
    BOOST_TEST(first.outputs.at("reject_count").to_number<int>() == 0);
    BOOST_TEST((run("total").status == Status::completed));
    const auto again = run("total");
    BOOST_TEST((again.status == Status::skipped));
    BOOST_TEST(again.reason.find("already done from the same inputs") != std::string::npos);
    BOOST_TEST(again.outputs.at("row_count").as_int64() == 1);
    BOOST_TEST((run("read").status == Status::skipped));
    BOOST_TEST(invoker.calls.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_restatement_makes_what_follows_due_without_force) {
    run("all");
    source = {{"A", 2}};
    const auto again = run("all");
    BOOST_TEST_REQUIRE(again.children.size() == 2u);
    BOOST_TEST((again.children[0].result.state == run::ChildResult::State::completed));
    BOOST_TEST((again.children[1].result.state == run::ChildResult::State::completed));
}

BOOST_AUTO_TEST_CASE(children_have_their_parent_and_its_batch) {
    const auto result = run("all");
    BOOST_TEST((result.status == Status::completed));
    BOOST_TEST(here.value("SELECT count(DISTINCT batch_id) || ' ' || count(*) FROM core_executions") == "1 3");
    BOOST_TEST(here.value("SELECT count(*) FROM core_executions WHERE parent_execution_id = '" + result.execution_id + "'") == "2");
}

BOOST_AUTO_TEST_CASE(a_missing_input_is_a_dependency_that_names_the_stage_and_the_command) {
    const auto result = run("total");
    BOOST_TEST_REQUIRE(result.failure.has_value());
    BOOST_TEST((result.failure->category == unit::Category::dependency));
    BOOST_TEST(result.failure->exit_code == 7);
    BOOST_TEST(result.failure->message.find("RAW of {\"week\":\"w1\"}") != std::string::npos);
    BOOST_TEST(result.failure->hint.find("spine run demo.weeks.read -p week=w1") != std::string::npos);
    BOOST_TEST(here.value("SELECT error_category FROM core_executions") == "DEPENDENCY");
    BOOST_TEST(invoker.calls.empty());
}

BOOST_AUTO_TEST_CASE(superseded_work_is_done_again_from_the_new_input) {
    run("read");
    const auto total = invoker.work["total"];
    invoker.work["total"] = [&](const auto& work) -> unit::Outcome {
        if (invoker.calls.size() == 2) { // while the first try computes, the week is restated
            source = {{"A", 7}};
            auto other = process();
            other.read_week("w1", {{"A", 7}});
        }
        return total(work);
    };
    const auto result = run("total");
    BOOST_TEST((result.status == Status::completed));
    BOOST_TEST(here.value("SELECT group_concat(status, ' ') FROM (SELECT status FROM core_executions WHERE pipeline LIKE "
                          "'%total' ORDER BY execution_id)") == "superseded completed");
    BOOST_TEST(here.value("SELECT capture_id FROM core_manifest WHERE stage = 'TOTALLED'") == "demo.weeks:w1:20260103.2");
}

BOOST_AUTO_TEST_CASE(a_transient_failure_is_tried_again_and_counted) {
    invoker.work["sleep"] = fails(2, unit::Category::transient);
    const auto result = run("sleep");
    BOOST_TEST((result.status == Status::completed));
    BOOST_TEST(result.attempts == 3);
    BOOST_TEST(here.value("SELECT status || attempt FROM core_executions") == "completed3");
}

BOOST_AUTO_TEST_CASE(attempts_stop_at_the_limit) {
    invoker.work["sleep"] = fails(9, unit::Category::transient);
    const auto result = run("sleep");
    BOOST_TEST((result.status == Status::failed));
    BOOST_TEST(invoker.calls.size() == 3u);
    BOOST_TEST(here.value("SELECT state FROM core_work_items") == "FAILED");
}

BOOST_AUTO_TEST_CASE(a_failure_of_the_data_is_not_tried_again) {
    invoker.work["sleep"] = fails(9, unit::Category::data_quality);
    BOOST_TEST((run("sleep").status == Status::failed));
    BOOST_TEST(invoker.calls.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_composite_goes_on_after_a_failed_child_and_ends_failed) {
    invoker.work["read"] = fails(9, unit::Category::data_quality);
    const auto result = run("all");
    BOOST_TEST((result.status == Status::failed));
    BOOST_TEST(result.children.size() == 2u);
    BOOST_TEST(result.outputs.at("weeks").as_int64() == 1);
    BOOST_TEST_REQUIRE(result.failure.has_value());
    BOOST_TEST(result.failure->message.find("2 of 2 children failed, the first of them demo.weeks.read: no") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_composite_whose_children_others_are_doing_has_not_failed_by_itself) {
    auto other = process();
    auto held = other.journal().start(other.planned("read", "w1"));
    BOOST_REQUIRE(std::holds_alternative<run::Started>(held));
    invoker.work["all"] = [](const auto& work) -> unit::Outcome {
        work.dispatch("read", {{"week", "w1"}});
        return unit::Done{};
    };
    const auto waiting = run("all");
    BOOST_TEST_REQUIRE(waiting.failure.has_value());
    BOOST_TEST(waiting.failure->elsewhere);
    invoker.work["all"] = [](const auto& work) -> unit::Outcome { // in its own words
        work.dispatch("read", {{"week", "w1"}});
        return work.dispatch("read", {{"week", "w1"}}).failure.value();
    };
    BOOST_TEST(run("all").failure->elsewhere);
    invoker.work["total"] = fails(9, unit::Category::data_quality);
    invoker.work["all"] = [](const auto& work) -> unit::Outcome {
        work.dispatch("read", {{"week", "w1"}});
        work.dispatch("total", {{"week", "w1"}}); // fails on its own
        return unit::Done{};
    };
    BOOST_TEST(!run("all").failure->elsewhere);
}

BOOST_AUTO_TEST_CASE(a_composite_that_died_goes_on_under_its_own_id) {
    std::string id;
    {
        auto dead = mortal();
        ScriptedInvoker dying;
        dying.work = invoker.work;
        dying.plans = invoker.plans;
        dying.work["all"] = [](const auto& work) -> unit::Outcome {
            work.dispatch("read", {{"week", "w1"}});
            throw std::runtime_error{"the process ends here"};
        };
        run::Runner runner{clock, random, dead->journal(), dying, catalogue, {}, cancel, [](const auto&) {}};
        BOOST_CHECK_THROW(runner.execute({catalogue.find_pipeline("demo.weeks.all"), {}, false, false}), std::runtime_error);
        id = dead->value("SELECT execution_id FROM core_executions WHERE pipeline LIKE '%all'");
    }
    const auto result = run("all");
    BOOST_TEST(result.execution_id == id);
    BOOST_TEST(result.attempts == 2);
    BOOST_TEST(here.value("SELECT count(*) FROM core_executions") == "3");
    BOOST_TEST(invoker.calls.size() == 2u); // all and total; read was recorded
}

BOOST_AUTO_TEST_CASE(a_composite_may_not_start_itself) {
    invoker.work["all"] = [](const auto& work) -> unit::Outcome {
        work.dispatch("all", {});
        return unit::Done{};
    };
    const auto result = run("all");
    BOOST_TEST_REQUIRE(result.failure.has_value());
    BOOST_TEST(result.failure->message.find("would start itself") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_dry_run_says_what_would_follow_from_what_would_be_done) {
    const auto first = run("all", true);
    BOOST_TEST_REQUIRE(first.children.size() == 2u);
    BOOST_TEST((first.children[0].result.state == run::ChildResult::State::planned));
    BOOST_TEST((first.children[1].result.state == run::ChildResult::State::planned));
    BOOST_TEST(here.value("SELECT count(*) FROM core_executions") == "0");
    run("all");
    const auto second = run("all", true);
    BOOST_TEST((second.children[0].result.state == run::ChildResult::State::skipped));
    BOOST_TEST((second.children[1].result.state == run::ChildResult::State::skipped));
    source = {{"A", 9}};
    const auto third = run("all", true);
    BOOST_TEST((third.children[1].result.state == run::ChildResult::State::planned));
    BOOST_TEST(here.value("SELECT count(*) FROM core_captures") == "1");
}

BOOST_AUTO_TEST_CASE(cancelled_work_commits_nothing_and_says_so) {
    invoker.work["sleep"] = [&](const auto&) -> unit::Outcome {
        cancel.cancel();
        unit::Failure failure;
        failure.category = unit::Category::cancelled;
        return failure;
    };
    const auto result = run("sleep");
    BOOST_TEST((result.status == Status::cancelled));
    BOOST_TEST(result.failure->exit_code == 130);
    BOOST_TEST(here.value("SELECT status FROM core_executions") == "cancelled");
}

BOOST_AUTO_TEST_SUITE_END()
