#include "run_fixture.hpp"

using namespace spine;
using namespace spine::test;
using run::Ended;
using run::StepStatus;

namespace {

struct RideFixture : RunFixture {
    std::vector<Ended> told;
    Process here = process();
    run::RunRow run;

    /// A step of `run`: whatever its end, the run goes on at `total`.
    run::Request riding(const std::string& name, const std::string& week) {
        auto wish = here.planned(name, week);
        wish.run_id = run.run_id;
        wish.step = name;
        wish.follow = [this](const Ended& ended) {
            told.push_back(ended);
            auto along = after_read(run, ended.how == Ended::How::skipped ? StepStatus::skipped : StepStatus::completed);
            along.steps[0].execution_id = ended.execution_id;
            along.run.partition = ended.partitions.back();
            return std::optional{along};
        };
        return wish;
    }
    std::string steps() {
        return here.value("SELECT group_concat(step || ' ' || status) FROM core_workflow_steps");
    }
    std::string execution(const std::string& id) {
        return here.value("SELECT status || coalesce(' ' || reason, '') FROM core_executions WHERE execution_id = '" + id + "'");
    }
};

const char* lost_words = "the run was taken over or cancelled meanwhile";

} // namespace

BOOST_FIXTURE_TEST_SUITE(ride, RideFixture)

BOOST_AUTO_TEST_CASE(a_result_of_a_step_is_one_commit_with_its_rows) {
    run = opened(here);
    auto start = here.started(riding("read", "w1"));
    BOOST_TEST(steps() == "read running");
    BOOST_TEST(committed(Process::read_into(*start.unit, {{"A", 1}})));
    BOOST_TEST(steps() == "read completed,total running");
    BOOST_TEST_REQUIRE(told.size() == 1u);
    BOOST_TEST((told[0].how == Ended::How::completed));
    BOOST_TEST(told[0].execution_id == start.execution_id);
    BOOST_TEST(told[0].outputs.at("row_count").as_int64() == 1);
    BOOST_TEST((told[0].partitions == std::vector{Process::partition("w1")}));
    BOOST_TEST(here.value("SELECT run_id || step FROM core_executions") == run.run_id + "read");
    BOOST_TEST(here.value("SELECT execution_id FROM core_workflow_steps WHERE step = 'read'") == start.execution_id);
    BOOST_TEST(here.value("SELECT group_concat(domain || partition_key) FROM core_manifest") ==
               R"(demo.weeks{"week":"w1"},workflow.demo.refresh{"week":"w1"})");
    BOOST_TEST(here.store->check().empty());
}

BOOST_AUTO_TEST_CASE(a_run_that_was_taken_over_gets_no_rows_and_its_execution_ends_cancelled) {
    run = opened(here);
    auto start = here.started(riding("read", "w1"));
    lose(run);
    const auto commit = Process::read_into(*start.unit, {{"A", 1}});
    BOOST_TEST_REQUIRE(commit.has_value());
    BOOST_TEST_REQUIRE(std::holds_alternative<unit::Fenced>(*commit));
    BOOST_TEST(std::get<unit::Fenced>(*commit).reason == lost_words);
    BOOST_TEST(here.value("SELECT (SELECT count(*) FROM demo_raw) + (SELECT count(*) FROM core_captures) + (SELECT count(*) "
                          "FROM core_partitions) + (SELECT count(*) FROM core_manifest WHERE domain = 'demo.weeks')") == "0");
    BOOST_TEST(steps() == "read running");
    BOOST_TEST(execution(start.execution_id) == std::string{"cancelled "} + lost_words);
    BOOST_TEST(here.value("SELECT state FROM core_work_items") == "CANCELLED");
    BOOST_TEST(here.store->check().empty());
}

BOOST_AUTO_TEST_CASE(a_finished_run_gets_no_rows_either) {
    run = opened(here);
    auto start = here.started(riding("read", "w1"));
    here.store->run_journal().append(finished(run, run::RunStatus::cancelled));
    const auto commit = Process::read_into(*start.unit, {{"A", 1}});
    BOOST_TEST_REQUIRE(commit.has_value());
    BOOST_TEST(std::holds_alternative<unit::Fenced>(*commit));
    BOOST_TEST(here.value("SELECT count(*) FROM demo_raw") == "0");
}

BOOST_AUTO_TEST_CASE(rows_that_the_table_refuses_take_the_result_with_them_and_the_failure_rides) {
    run = opened(here);
    auto start = here.started(riding("read", "w1"));
    const auto seen = start.unit->observe(0, {"aa", "file:///x", 3, "", ""});
    auto& sink = start.unit->replace("demo_raw", seen.rowset, {"line", "symbol", "shares"});
    for (int i = 0; i < 2; ++i) {
        sink.integer(0, 1);
        sink.text(1, "A");
        sink.integer(2, 5);
        sink.end_row();
    }
    sink.finish();
    start.unit->reached({0, seen.rowset, 2, {}});
    BOOST_TEST(std::holds_alternative<unit::Refused>(start.unit->commit(unit::Done{})));
    BOOST_TEST_REQUIRE(told.size() == 2u);
    BOOST_TEST((told[1].how == Ended::How::failed));
    BOOST_TEST((told[1].failure->category == unit::Category::data_quality));
    BOOST_TEST(here.value("SELECT count(*) FROM core_workflow_steps WHERE step = 'total'") == "1");
    BOOST_TEST(execution(start.execution_id) == "failed");
    BOOST_TEST(here.store->check().empty());
}

BOOST_AUTO_TEST_CASE(a_failure_rides_with_its_execution_and_is_lost_with_its_run) {
    unit::Failure failure;
    failure.category = unit::Category::data_quality;
    failure.message = "bad";
    run = opened(here);
    auto start = here.started(riding("read", "w1"));
    BOOST_TEST(committed(start.unit->commit(failure)));
    BOOST_TEST_REQUIRE(told.size() == 1u);
    BOOST_TEST((told[0].how == Ended::How::failed));
    BOOST_TEST((told[0].failure == failure));
    BOOST_TEST(steps() == "read completed,total running");

    run = opened(here);
    start = here.started(riding("read", "w1"));
    start.unit->reject({0, 1, "PARSE_ERROR", "", "raw", ""});
    lose(run);
    const auto commit = start.unit->commit(failure);
    BOOST_TEST(std::holds_alternative<unit::Fenced>(commit));
    BOOST_TEST(execution(start.execution_id) == std::string{"cancelled "} + lost_words);
    BOOST_TEST(here.value("SELECT count(*) FROM core_rejects") == "0");
}

BOOST_AUTO_TEST_CASE(an_interruption_rides_as_cancelled) {
    run = opened(here);
    auto start = here.started(riding("read", "w1"));
    unit::Failure failure;
    failure.category = unit::Category::cancelled;
    BOOST_TEST(committed(start.unit->commit(failure)));
    BOOST_TEST((told.at(0).how == Ended::How::cancelled));
}

BOOST_AUTO_TEST_CASE(a_run_may_have_nothing_to_say) {
    run = opened(here);
    auto wish = riding("read", "w1");
    wish.follow = [](const Ended&) -> std::optional<run::Along> { return std::nullopt; };
    auto start = here.started(wish);
    BOOST_TEST(committed(Process::read_into(*start.unit, {{"A", 1}})));
    BOOST_TEST(steps() == "read running");
}

BOOST_AUTO_TEST_CASE(a_stage_that_is_not_due_ends_its_step_at_the_start) {
    here.read_week("w1", {{"A", 1}});
    auto first = here.started(here.planned("total", "w1"));
    first.unit->reached({0, first.unit->rowset_of(0), 1, {{"sum", 7}}});
    BOOST_TEST(committed(first.unit->commit(unit::Done{})));
    run = opened(here);
    const auto wish = riding("total", "w1");
    const auto answer = here.journal().start(wish);
    BOOST_TEST_REQUIRE(std::holds_alternative<run::NotDue>(answer));
    BOOST_TEST_REQUIRE(told.size() == 1u);
    BOOST_TEST((told[0].how == Ended::How::skipped));
    BOOST_TEST(told[0].execution_id == wish.execution_id);
    BOOST_TEST(told[0].reason == std::get<run::NotDue>(answer).reason);
    BOOST_TEST(told[0].outputs.at("sum").as_int64() == 7);
    BOOST_TEST((told[0].partitions == std::vector{Process::partition("w1")}));
    BOOST_TEST(steps() == "read skipped,total running");
    BOOST_TEST(here.value("SELECT run_id || step || status FROM core_executions WHERE run_id IS NOT NULL") ==
               run.run_id + "totalskipped");
    BOOST_TEST(here.store->check().empty());
}

BOOST_AUTO_TEST_CASE(the_start_of_a_step_of_a_lost_run_writes_nothing) {
    here.read_week("w1", {{"A", 1}});
    BOOST_TEST(committed(here.total_into(*here.started(here.planned("total", "w1")).unit)));
    run = opened(here);
    const auto executions = here.value("SELECT count(*) FROM core_executions");
    lose(run);
    // Not due, told apart by the fence; and due, told apart by who has the run.
    BOOST_TEST(std::holds_alternative<run::RunLost>(here.journal().start(riding("total", "w1"))));
    store::Connection{file, store::Connection::Mode::write}.exec("UPDATE core_workflow_runs SET locked_by = '9:somebody:p9'");
    BOOST_TEST(std::holds_alternative<run::RunLost>(here.journal().start(riding("read", "w2"))));
    BOOST_TEST(here.value("SELECT count(*) FROM core_executions") == executions);
    BOOST_TEST(steps() == "read running");
}

BOOST_AUTO_TEST_CASE(a_source_without_news_gives_the_outputs_that_are_stored) {
    here.read_week("w1", {{"A", 1}});
    run = opened(here);
    auto start = here.started(riding("read", "w1"));
    BOOST_TEST(committed(start.unit->commit(unit::Unneeded{"already read", {{"note", "same"}}})));
    BOOST_TEST_REQUIRE(told.size() == 1u);
    BOOST_TEST((told[0].how == Ended::How::skipped));
    BOOST_TEST(told[0].reason == "already read");
    BOOST_TEST(told[0].outputs.at("row_count").as_int64() == 1);
    BOOST_TEST(told[0].outputs.at("note").as_string() == "same");
    BOOST_TEST(steps() == "read skipped,total running");

    run = opened(here);
    start = here.started(riding("read", "w1"));
    lose(run);
    BOOST_TEST(std::holds_alternative<unit::Fenced>(start.unit->commit(unit::Unneeded{"already read", {}})));
    BOOST_TEST(execution(start.execution_id) == std::string{"cancelled "} + lost_words);
}

BOOST_AUTO_TEST_CASE(a_superseded_attempt_and_a_rehearsal_tell_nobody) {
    here.read_week("w1", {{"A", 1}});
    run = opened(here);
    auto slow = here.started(riding("total", "w1"));
    here.read_week("w1", {{"A", 2}});
    BOOST_TEST(std::holds_alternative<unit::Superseded>(here.total_into(*slow.unit)));
    BOOST_TEST(committed(Process::read_into(*here.journal().rehearse(riding("read", "w3")), {{"A", 1}})));
    BOOST_TEST(told.empty());
    BOOST_TEST(steps() == "read running");
}

BOOST_AUTO_TEST_CASE(an_adopted_execution_becomes_the_steps_and_a_retried_one_stays_it) {
    auto dead = mortal();
    const auto id = dead->started(dead->planned("read", "w1")).execution_id;
    dead.reset();
    run = opened(here);
    const auto wish = riding("read", "w1");
    auto start = here.started(wish);
    BOOST_TEST(start.execution_id == id);
    BOOST_TEST(here.value("SELECT run_id || step FROM core_executions") == run.run_id + "read");
    auto quiet = wish; // its failure is to be tried again, so the run says nothing
    quiet.follow = [](const Ended&) -> std::optional<run::Along> { return std::nullopt; };
    start = here.started(quiet);
    BOOST_TEST(committed(start.unit->commit(unit::Failure{})));
    auto again = here.journal().start_again(wish, id);
    BOOST_TEST_REQUIRE(again.has_value());
    BOOST_TEST(committed(Process::read_into(*again->unit, {{"A", 1}})));
    BOOST_TEST(told.size() == 1u);
    BOOST_TEST(here.value("SELECT run_id || step || status FROM core_executions") == run.run_id + "readcompleted");
}

BOOST_AUTO_TEST_CASE(a_run_that_dies_at_any_commit_ends_like_one_that_did_not) {
    /// Goes on with the run of key `k`, for so many commits at most.
    const auto go_on = [&](Process& process, int commits) {
        auto answer = process.store->run_journal().open(wanted("k"));
        if (commits-- == 0 || !std::holds_alternative<run::Owned>(answer))
            return;
        const auto now = std::get<run::Owned>(answer).run;
        bool first = true;
        for (const std::string step : {"read", "total"}) {
            int attempt = 1;
            bool done = false;
            for (const auto& record : now.steps)
                if (record.step == step) {
                    attempt = record.attempt;
                    done = record.status == StepStatus::completed;
                }
            if (done)
                continue;
            if (std::exchange(first, false) && now.fence > 1) {
                run::Along again;
                again.run_id = now.run_id;
                again.fence = now.fence;
                again.steps = {ended(step, StepStatus::failed, attempt), begun(step, attempt + 1)};
                again.run.current_step = step;
                ++attempt;
                BOOST_TEST(process.store->run_journal().append(again));
                if (commits-- == 0)
                    return;
            }
            auto wish = process.planned(step, "w1");
            wish.run_id = now.run_id;
            wish.step = step;
            wish.follow = [&](const Ended& end) {
                run::Along along;
                along.run_id = now.run_id;
                along.fence = now.fence;
                along.steps = {ended(step, StepStatus::completed, attempt)};
                along.steps[0].execution_id = end.execution_id;
                along.run.partition = end.partitions.back();
                if (step == "read") {
                    along.steps.push_back(begun("total"));
                    along.run.current_step = "total";
                } else {
                    along.run.status = run::RunStatus::completed;
                    along.stages = {{"COMPLETED", 3, 0, {{"step_count", 2}}}};
                }
                return std::optional{along};
            };
            auto start = process.started(wish);
            if (commits-- == 0)
                return;
            BOOST_TEST(committed(step == "read" ? Process::read_into(*start.unit, {{"A", 1}})
                                                : std::optional{process.total_into(*start.unit)}));
            if (commits-- == 0)
                return;
        }
    };
    std::string undisturbed;
    for (int dies_after = 10; dies_after >= 0; --dies_after) { // the first one does not die: it has five commits
        TemporaryFolder own;
        const auto at = "sqlite:" + own.path() + "/spine.db";
        auto mortal = std::make_unique<Process>(clock, random, at, catalogue);
        go_on(*mortal, dies_after);
        for (int again = 0; again < 8; ++again) { // its heirs get one commit further each
            mortal.reset();
            mortal = std::make_unique<Process>(clock, random, at, catalogue);
            go_on(*mortal, again < 3 ? 2 : 10);
        }
        const auto digest = std::string{mortal->store->digest(catalogue).rows.back().back().get_string()};
        if (undisturbed.empty())
            undisturbed = digest;
        BOOST_TEST(digest == undisturbed);
        BOOST_TEST(mortal->value("SELECT group_concat(step) FROM core_workflow_steps WHERE status = 'completed'") == "read,total");
        BOOST_TEST(mortal->value("SELECT group_concat(status) FROM core_workflow_runs") == "completed");
        BOOST_TEST(mortal->store->check().empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
