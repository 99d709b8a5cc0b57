#include "run/conductor.hpp"
#include "run/new_run.hpp"
#include "run/rehearse_workflow.hpp"
#include "runner_fixture.hpp"
#include "support/passing_time.hpp"
#include "support/scripted_lambdas.hpp"
#include "workflow/json.hpp"
#include "workflow/read_workflow.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

using namespace spine;
using namespace spine::test;
using run::RunStatus;
using run::StepStatus;
namespace json = boost::json;

namespace {

/// The process dies here; nothing after it happens.
struct Died {};

workflow::Step step(const std::string& name, workflow::StepKind kind) {
    workflow::Step made;
    made.name = name;
    made.kind = std::move(kind);
    return made;
}

/// read -> check -> route -> total -> tell, on the sample plugin.
struct WorkflowFixture : RunnerFixture {
    workflow::Workflow workflow;
    ScriptedLambdas lambdas;
    std::string told;
    PassingTime lull{clock};
    run::ConductorSettings settings{.threads = 0};

    WorkflowFixture() {
        auto& plugin = catalogue.plugins.front();
        for (const auto* name : {"demo.weeks.steps.check", "demo.weeks.steps.tell"}) {
            workflow::Handler handler;
            handler.name = name;
            handler.domain = "demo.weeks";
            handler.plugin = plugin.id;
            workflow::Parameter limit;
            limit.name = "limit";
            limit.type = workflow::Type::integer;
            handler.config = {limit};
            plugin.handlers.push_back(handler);
        }
        for (auto& pipeline : plugin.pipelines)
            if (pipeline.name == "demo.weeks.read")
                pipeline.exports = {"row_count"};
        workflow.name = "demo.refresh";
        workflow.domain = "demo.weeks";
        workflow.steps = {step("read", workflow::PipelineStep{"demo.weeks.read"}),
                          step("check", workflow::LambdaStep{"demo.weeks.steps.check"}),
                          step("route", workflow::ChoiceStep{"row_count > 0", "total", "tell"}),
                          step("total", workflow::PipelineStep{"demo.weeks.total"}),
                          step("tell", workflow::LambdaStep{"demo.weeks.steps.tell"})};
        workflow.steps.front().stage = "INGESTED";
        workflow.steps.back().on_error = workflow::OnError::go_on;
    }

    run::NewRun wanted(const std::string& key = {}) {
        run::NewRun wish;
        wish.run_id = env::new_id(clock, random);
        wish.run_key = key;
        wish.workflow = workflow.name;
        wish.domain = workflow.domain;
        wish.definition_text = workflow::write_workflow(workflow, workflow::Spelling::flat);
        wish.definition_sha256 = run::sha256_hex(wish.definition_text);
        wish.params = {{"week", "w1"}};
        for (const auto& one : workflow.steps) {
            if (const auto* pipeline = std::get_if<workflow::PipelineStep>(&one.kind))
                wish.plugins[pipeline->pipeline] = "demo";
            if (const auto* lambda = std::get_if<workflow::LambdaStep>(&one.kind))
                wish.plugins[lambda->handler] = "demo";
        }
        run::RunRow row;
        row.run_id = wish.run_id;
        row.workflow = wish.workflow;
        row.definition_text = wish.definition_text;
        row.params = wish.params;
        row.started_at = env::to_text(clock.now());
        auto state = run::fresh(row);
        wish.begin = run::begin_run(state, clock.now()).along;
        run::add_builds(state, catalogue, wish.begin);
        return wish;
    }
    run::RunRow drive(Process& process, const run::RunRow& owned) { return drive(process, owned, catalogue); }
    run::RunRow drive(Process& process, const run::RunRow& owned, const workflow::Catalogue& loaded) {
        run::Conductor conductor{run::Band{clock, random, benches(process), invoker, lambdas, loaded, cancel, {},
                                           [this](const run::StepNews& news) {
                                               if (news.ended)
                                                   told += news.step + " ";
                                           },
                                           {}, &lull},
                                 settings};
        conductor.take(owned);
        return conductor.finish().front();
    }
    run::Benches& benches(Process& process) {
        auto& known = benches_[&process];
        if (known == nullptr)
            known = &process.store->benches(process.catalogue);
        return *known;
    }
    run::RunRow begin(Process& process, const std::string& key = {}) {
        return std::get<run::Owned>(benches(process).open()->runs().open(wanted(key))).run;
    }
    run::RunRow claimed(Process& process, const std::string& run_id) {
        return std::get<run::Owned>(benches(process).open()->runs().claim(run_id)).run;
    }
    run::RunRow done() { return drive(here, begin(here)); }
    static std::string words(const run::RunRow& row) {
        std::string text;
        for (const auto& record : row.steps)
            text += record.step + (record.attempt > 1 ? "#" + std::to_string(record.attempt) : "") + " " +
                    std::string{run::to_text(record.status)} + ", ";
        return text + std::string{run::to_text(row.status)};
    }
    static ScriptedLambdas::Answer answers(json::object outputs, json::object updates = {}) {
        return [=](const run::LambdaCall&) {
            run::LambdaResult result;
            result.ok = true;
            result.outputs = outputs;
            result.updates = updates;
            return result;
        };
    }
    static std::size_t count(const std::vector<std::string>& calls, const std::string& name) {
        return static_cast<std::size_t>(std::count(calls.begin(), calls.end(), name));
    }

    std::map<Process*, run::Benches*> benches_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(conductor_on_sqlite, WorkflowFixture)

BOOST_AUTO_TEST_CASE(a_run_does_its_steps_in_order_and_its_story_is_in_the_journal) {
    const auto row = done();
    BOOST_TEST(words(row) == "read completed, check completed, route completed, total completed, tell completed, completed");
    BOOST_TEST(told == "read check total tell ");
    BOOST_TEST(row.steps[0].output.at("record_count").as_int64() == 1);
    BOOST_TEST(!row.steps[0].output.at("skipped").as_bool());
    BOOST_TEST(row.partition->key == R"({"week":"w1"})");
    BOOST_TEST(here.value("SELECT group_concat(stage, ' ') FROM (SELECT stage FROM core_manifest WHERE domain = "
                          "'workflow.demo.refresh' ORDER BY stage_rank)") == "STARTED INGESTED COMPLETED");
    BOOST_TEST(here.value("SELECT count(*) FROM core_executions WHERE run_id = '" + row.run_id + "' AND batch_id = run_id") == "2");
    BOOST_TEST(here.store->check().empty());
}

BOOST_AUTO_TEST_CASE(a_step_that_is_done_already_is_skipped_and_gives_the_outputs_that_were_kept) {
    done();
    json::value seen;
    lambdas.answers["demo.weeks.steps.check"] = [&](const run::LambdaCall& call) {
        seen = call.outputs;
        run::LambdaResult fine;
        fine.ok = true;
        return fine;
    };
    const auto again = done();
    BOOST_TEST(words(again) == "read skipped, check completed, route completed, total skipped, tell completed, completed");
    BOOST_TEST(again.steps[0].reason == "already read");
    BOOST_TEST(seen.at("read").at("row_count").as_int64() == 1);
    BOOST_TEST(seen.at("read").at("skipped").as_bool());
    BOOST_TEST(again.steps[0].updates.at("row_count").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(a_failing_lambda_ends_the_run_and_what_follows_is_not_begun) {
    lambdas.answers["demo.weeks.steps.check"] = [](const run::LambdaCall&) {
        run::LambdaResult result;
        unit::Failure failure;
        failure.category = unit::Category::quality_gate;
        failure.message = "too few";
        failure.exit_code = 6;
        result.failure = failure;
        result.outputs = {{"reasons", json::array{"too few"}}};
        result.quality = {{"passed", false}};
        return result;
    };
    const auto row = done();
    BOOST_TEST(words(row) == "read completed, check failed, failed");
    BOOST_TEST(row.error_step == "check");
    BOOST_TEST(row.failure->exit_code == 6);
    BOOST_TEST(workflow::json_text(row.steps[1].output) == R"({"reasons":["too few"]})");
    BOOST_TEST(workflow::json_text(row.steps[1].quality) == R"({"passed":false})");
    BOOST_TEST(here.value("SELECT stage || ' ' || category || ' ' || severity FROM core_anomalies") ==
               "workflow.check WORKFLOW_FAILURE ERROR");
    BOOST_TEST(here.value("SELECT count(*) FROM core_manifest WHERE stage = 'COMPLETED'") == "0");
}

BOOST_AUTO_TEST_CASE(a_failing_pipeline_ends_the_run_in_the_commit_of_its_failure) {
    invoker.work["total"] = fails(9, unit::Category::data_quality);
    const auto row = done();
    BOOST_TEST(words(row) == "read completed, check completed, route completed, total failed, failed");
    BOOST_TEST(here.value("SELECT status FROM core_executions WHERE step = 'total'") == "failed");
    BOOST_TEST(here.value("SELECT finished_at = (SELECT finished_at FROM core_executions WHERE step = 'total') FROM "
                          "core_workflow_runs") == "1");
}

BOOST_AUTO_TEST_CASE(an_attempt_that_fails_is_tried_again_by_the_run_as_an_execution_of_its_own) {
    invoker.work["total"] = [](const auto& work) -> unit::Outcome {
        if (work.call.attempt < 3) {
            unit::Failure failure;
            failure.category = unit::Category::transient;
            failure.message = "not now";
            return failure;
        }
        work.unit.reached({0, work.unit.rowset_of(0), 1, {}});
        return unit::Done{};
    };
    const auto row = done();
    BOOST_TEST(words(row) == "read completed, check completed, route completed, total failed, total#2 failed, total#3 completed, tell completed, completed");
    BOOST_TEST(here.value("SELECT count(*) FROM core_executions WHERE step = 'total'") == "3");
}

BOOST_AUTO_TEST_CASE(parameters_that_do_not_fit_the_pipeline_fail_its_step_with_their_names) {
    workflow.steps[3].params = {{"weak", 1}};
    const auto row = done();
    BOOST_TEST(words(row) == "read completed, check completed, route completed, total failed, failed");
    BOOST_TEST(row.failure->message.find("weak") != std::string::npos);
    BOOST_TEST(row.failure->exit_code == 3);
}

BOOST_AUTO_TEST_CASE(config_that_does_not_fit_the_handler_fails_its_step) {
    workflow.steps[1].config = {{"limit", "many"}};
    BOOST_TEST(words(done()) == "read completed, check failed, failed");
    BOOST_TEST(lambdas.calls.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_of_a_megabyte_is_refused) {
    lambdas.answers["demo.weeks.steps.check"] = answers({{"text", std::string(std::size_t{1} << 20, 'x')}});
    const auto row = done();
    BOOST_TEST(words(row) == "read completed, check failed, failed");
    BOOST_TEST(row.failure->message.find("bytes") != std::string::npos);
    BOOST_TEST(row.steps[1].output.empty());
}

BOOST_AUTO_TEST_CASE(a_process_that_dies_in_any_step_is_followed_by_one_that_ends_the_run) {
    for (const std::string dies_in : {"read", "check", "total", "tell"}) {
        benches_.clear();
        const auto url_of = folder.path() + "/" + dies_in + ".db";
        Process first{clock, random, "sqlite:" + url_of, catalogue};
        auto dying = std::make_unique<Process>(clock, random, "sqlite:" + url_of, catalogue);
        const auto works = invoker.work;
        lambdas.calls.clear();
        invoker.calls.clear();
        lambdas.answers.clear();
        if (invoker.work.contains(dies_in))
            invoker.work[dies_in] = [](const auto&) -> unit::Outcome { throw Died{}; };
        else
            lambdas.answers["demo.weeks.steps." + dies_in] = [](const run::LambdaCall&) -> run::LambdaResult { throw Died{}; };
        const auto owned = begin(*dying, "k");
        BOOST_CHECK_THROW(drive(*dying, owned), Died);
        dying.reset();
        invoker.work = works;
        lambdas.answers.clear();

        auto opened = benches(first).open()->runs().open(wanted("k"));
        BOOST_TEST_REQUIRE(std::holds_alternative<run::Owned>(opened));
        const auto taken = std::get<run::Owned>(opened).run;
        BOOST_TEST(taken.run_id == owned.run_id);
        const auto row = drive(first, taken);
        BOOST_TEST(run::to_text(row.status) == "completed");
        std::string ended_well;
        for (const auto& record : row.steps)
            if (record.status == StepStatus::completed)
                ended_well += record.step + " ";
        BOOST_TEST(ended_well == "read check route total tell ", "died in " << dies_in << ": " << words(row));
        for (const auto* lambda : {"check", "tell"})
            BOOST_TEST(count(lambdas.calls, std::string{"demo.weeks.steps."} + lambda) == (dies_in == lambda ? 2u : 1u));
        BOOST_TEST(first.value("SELECT count(*) FROM demo_raw") == "1");
        BOOST_TEST(first.store->check().empty());
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_was_taken_over_writes_nothing_more) {
    const auto owned = begin(here);
    auto other = process();
    lambdas.answers["demo.weeks.steps.check"] = [&](const run::LambdaCall&) {
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec("UPDATE core_workflow_runs SET fence = fence + 1");
        run::LambdaResult fine;
        fine.ok = true;
        return fine;
    };
    BOOST_TEST(!run::is_final(drive(here, owned).status));
    BOOST_TEST(here.value("SELECT count(*) FROM core_workflow_steps WHERE step = 'check' AND status = 'running'") == "1");
}

BOOST_AUTO_TEST_CASE(rows_of_a_step_whose_run_was_taken_over_are_not_committed) {
    const auto owned = begin(here);
    invoker.work["total"] = [this](const auto& work) -> unit::Outcome {
        work.unit.reached({0, work.unit.rowset_of(0), 1, {}});
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec("UPDATE core_workflow_runs SET fence = fence + 1");
        return unit::Done{};
    };
    BOOST_TEST(!run::is_final(drive(here, owned).status));
    BOOST_TEST(here.value("SELECT count(*) FROM core_manifest WHERE stage = 'TOTALLED' OR execution_id IN (SELECT "
                          "execution_id FROM core_executions WHERE step = 'total')") == "0");
    BOOST_TEST(here.value("SELECT count(*) FROM core_executions WHERE status = 'running'") == "0");
}

BOOST_AUTO_TEST_CASE(a_run_whose_plugin_is_gone_waits_and_goes_on_when_it_is_back) {
    lambdas.answers["demo.weeks.steps.tell"] = [](const run::LambdaCall&) -> run::LambdaResult { throw Died{}; };
    auto dying = mortal();
    const auto owned = begin(*dying);
    BOOST_CHECK_THROW(drive(*dying, owned), Died);
    dying.reset();
    lambdas.answers.clear();

    const auto claim = [&] { return claimed(here, owned.run_id); };
    const workflow::Catalogue nothing;
    const auto blocked = drive(here, claim(), nothing);
    BOOST_TEST(run::to_text(blocked.status) == "waiting");
    BOOST_TEST(blocked.reason == "blocked: plugin demo not loaded");
    const auto row = drive(here, claim());
    BOOST_TEST(run::to_text(row.status) == "completed");
    BOOST_TEST(row.reason.empty());
}

BOOST_AUTO_TEST_CASE(an_interrupted_run_pauses_and_is_not_a_failure) {
    const auto owned = begin(here);
    invoker.work["total"] = [this](const auto&) -> unit::Outcome {
        cancel.cancel();
        unit::Failure failure;
        failure.category = unit::Category::cancelled;
        failure.message = "stopped";
        return failure;
    };
    const auto row = drive(here, owned);
    BOOST_TEST(words(row) == "read completed, check completed, route completed, total cancelled, paused");
    BOOST_TEST(here.value("SELECT count(*) FROM core_anomalies") == "0");
}

BOOST_AUTO_TEST_CASE(a_rehearsal_says_what_would_run_and_touches_nothing) {
    const auto plan = [&] {
        run::Runner runner{clock, random, here.journal(), invoker, catalogue, {}, cancel, [](const auto&) {}};
        std::string text;
        for (const auto& one : run::rehearse(runner, catalogue, workflow, {{"week", "w1"}}, {}))
            text += one.step + (one.what == run::PlannedStep::What::run    ? " run, "
                                : one.what == run::PlannedStep::What::skip ? " skip, "
                                                                                        : " unknown, ");
        return text;
    };
    BOOST_TEST(plan() == "read run, check run, route run, total run, tell run, ");
    BOOST_TEST(lambdas.calls.empty());
    BOOST_TEST(here.value("SELECT count(*) FROM core_executions") == "0");
    done();
    BOOST_TEST(plan() == "read skip, check run, route run, total skip, tell run, ");
    invoker.work["read"] = fails(9, unit::Category::data_quality);
    BOOST_TEST(plan() == "read unknown, check unknown, route unknown, total unknown, tell unknown, ");
    invoker.work["read"] = [](const auto&) -> unit::Outcome { return unit::Unneeded{"already read", {}}; };
    workflow.steps[2].kind = workflow::ChoiceStep{"not skip_it", "total", "tell"};
    BOOST_TEST(plan() == "read skip, check run, route unknown, total unknown, tell run, ");
}

namespace {
/// Runs that begin runs of `demo.part`, of which one at a time may be at work.
struct QueueFixture : WorkflowFixture {
    std::vector<run::RunRow> left;

    run::NewRun wish(const std::string& name, const std::string& rest) {
        auto wish = wanted();
        wish.workflow = name;
        wish.definition_text = "name: " + name + "\n" + rest;
        wish.definition_sha256 = run::sha256_hex(wish.definition_text);
        return wish;
    }
    run::NewRun part(const std::string& timeout = {}) {
        auto part = wish("demo.part", "concurrency: {max_concurrent_runs: 1" + timeout + "}\nsteps:\n  - {name: check, type: lambda, handler: demo.weeks.steps.check}\n");
        part.concurrent_max = 1;
        return part;
    }
    run::RunRow whole(const std::string& steps, const run::NewRun& below) {
        auto wish = this->wish("demo.whole", steps);
        wish.children = {{below.workflow, 1, below.definition_text, below.definition_sha256}};
        auto row = run::row_of(wish, clock.now());
        auto state = run::fresh(row);
        wish.begin = run::begin_run(state, clock.now()).along;
        return std::get<run::Owned>(benches(here).open()->runs().open(wish)).run;
    }
    run::RunRow drive_all(const run::RunRow& owned) {
        run::Conductor conductor{run::Band{clock, random, benches(here), invoker, lambdas, catalogue, cancel, {}, {}, {}, &lull}, settings};
        conductor.take(owned);
        auto row = conductor.finish().front();
        left = conductor.left();
        return row;
    }
    /// Somebody else's run that has the only place.
    std::string occupy() {
        auto other = part();
        other.begin.steps.clear();
        BOOST_TEST_REQUIRE(std::holds_alternative<run::Owned>(benches(there).open()->runs().open(other)));
        return other.run_id;
    }
    std::string states() { return here.value("SELECT group_concat(status, ' ') FROM (SELECT status FROM core_workflow_runs ORDER BY workflow, status)"); }

    Process there{clock, random, url, catalogue};
    const std::string two_let_go = "steps:\n  - {name: a, type: workflow, workflow: demo.part, wait: false}\n"
                                   "  - {name: b, type: workflow, workflow: demo.part, wait: false}\n";
    const std::string two_awaited = "execution: parallel\nsteps:\n  - {name: a, type: workflow, workflow: demo.part, timeout_seconds: 5000}\n"
                                    "  - {name: b, type: workflow, workflow: demo.part, timeout_seconds: 5000}\n";
};
} // namespace

BOOST_FIXTURE_TEST_CASE(runs_in_a_queue_that_nobody_waits_for_are_begun_by_the_process_that_began_the_run_above, QueueFixture) {
    BOOST_TEST((drive_all(whole(two_let_go, part())).status == RunStatus::completed));
    BOOST_TEST(states() == "completed completed completed");
    BOOST_TEST(left.empty());
}

BOOST_FIXTURE_TEST_CASE(runs_in_a_queue_that_are_waited_for_are_begun_one_after_the_other, QueueFixture) {
    BOOST_TEST((drive_all(whole(two_awaited, part())).status == RunStatus::completed));
    BOOST_TEST(states() == "completed completed completed");
}

BOOST_FIXTURE_TEST_CASE(who_does_not_stay_for_runs_that_nobody_waits_for_leaves_them_and_says_so, QueueFixture) {
    settings.stays_for_spawned = false;
    occupy();
    BOOST_TEST((drive_all(whole(two_let_go, part())).status == RunStatus::completed));
    BOOST_TEST_REQUIRE(left.size() == 2u);
    BOOST_TEST((left[0].status == RunStatus::pending));
}

BOOST_FIXTURE_TEST_CASE(a_run_in_a_queue_without_an_end_is_left_when_patience_is_over, QueueFixture) {
    occupy();
    const auto began = clock.now();
    BOOST_TEST((drive_all(whole(two_awaited, part())).status == RunStatus::waiting));
    BOOST_TEST(left.size() == 3u); // and the one that waits for them
    BOOST_TEST((clock.now() - began >= settings.patience));
    BOOST_TEST((clock.now() - began < 2 * settings.patience));
}

BOOST_FIXTURE_TEST_CASE(a_run_whose_time_in_the_queue_is_over_fails_and_so_does_who_waits_for_it, QueueFixture) {
    occupy();
    const auto row = drive_all(whole("steps:\n  - {name: a, type: workflow, workflow: demo.part, timeout_seconds: 5000}\n", part(", queue_timeout_seconds: 400")));
    BOOST_TEST((row.status == RunStatus::failed));
    BOOST_TEST(row.failure->message.find("it waited in the queue until") != std::string::npos, row.failure->message);
    BOOST_TEST(left.empty());
}

BOOST_FIXTURE_TEST_CASE(a_run_taken_up_again_begins_what_is_still_in_the_queue, QueueFixture) {
    const auto other = occupy();
    auto row = drive_all(whole(two_awaited, part()));
    there.store->desk().cancel(other, "", "");
    row = drive_all(claimed(here, row.run_id));
    BOOST_TEST((row.status == RunStatus::completed));
}

BOOST_AUTO_TEST_SUITE_END()
