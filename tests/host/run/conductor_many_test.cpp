/// Many runs of steps that work on no data, by some threads on a real store: their commits are waited for by nobody, and lost by nobody either.
#include "env/ids.hpp"
#include "run/conductor.hpp"
#include "runner_fixture.hpp"
#include "support/scripted_lambdas.hpp"
#include "workflow/read_workflow.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <map>
#include <mutex>
#include <thread>

using namespace spine;
using namespace spine::test;
using run::RunStatus;

namespace {

/// Counts what it is asked to do.
class Counting final : public run::Invoker {
public:
    std::function<void(const run::Call&, unit::Unit&)> also;
    std::map<std::string, int> calls; ///< by run and step

    run::Planned plan(const run::Call&, unit::State&) override { return run::Plan{}; }
    unit::Outcome invoke(const run::Call& call, unit::Unit& unit, const run::Dispatch&, const run::CancelToken&, const run::ProgressSink&) override {
        int number = 0;
        {
            const std::lock_guard lock{mutex_};
            number = ++calls[call.run_id + " " + call.step];
        }
        if (also)
            also(call, unit);
        if (call.step == "fails")
            return run::final_failure("as it was to", "", unit::Category::data_quality);
        return unit::Done{{{"number", number}}};
    }

private:
    std::mutex mutex_;
};

struct ManyFixture : StoreFixture {
    env::SystemClock real;
    env::SystemRandom chance;
    Counting invoker;
    ScriptedLambdas lambdas;
    run::CancelToken cancel;
    workflow::Workflow flow;

    ManyFixture() {
        auto note = *catalogue.find_pipeline("demo.weeks.read");
        note.name = "demo.weeks.note";
        note.stage.clear();
        note.partition_keys.clear();
        note.parameters.clear();
        note.plans = false;
        catalogue.plugins.front().pipelines.push_back(note);
        flow.name = "demo.many";
        flow.domain = "demo.weeks";
        for (const auto* name : {"a", "b", "c", "d"})
            add(name);
    }
    void add(const std::string& name) {
        workflow::Step step;
        step.name = name;
        step.kind = workflow::PipelineStep{"demo.weeks.note"};
        flow.steps.push_back(step);
    }
    run::RunRow begun(run::Bench& bench) {
        run::NewRun wish;
        wish.run_id = env::new_id(real, chance);
        wish.workflow = flow.name;
        wish.domain = flow.domain;
        wish.definition_text = workflow::write_workflow(flow, workflow::Spelling::flat);
        wish.definition_sha256 = run::sha256_hex(wish.definition_text);
        run::RunRow row;
        row.run_id = wish.run_id;
        row.workflow = wish.workflow;
        row.definition_text = wish.definition_text;
        row.fence = 1;
        auto state = run::fresh(std::move(row));
        wish.begin = run::begin_run(state, real.now()).along;
        return std::get<run::Owned>(bench.runs().open(wish)).run;
    }
    /// So many runs at once; how they ended.
    std::map<RunStatus, int> drive(Process& here, int count, std::size_t threads) {
        auto& benches = here.store->benches(catalogue);
        run::ConductorSettings settings;
        settings.threads = threads;
        run::Conductor conductor{run::Band{real, chance, benches, invoker, lambdas, catalogue, cancel}, settings};
        const auto bench = benches.open();
        for (int i = 0; i < count; ++i)
            conductor.take(begun(*bench));
        std::map<RunStatus, int> ended;
        for (const auto& row : conductor.finish())
            ++ended[row.status];
        return ended;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(conductor_many, ManyFixture)

BOOST_AUTO_TEST_CASE(each_step_of_many_runs_is_done_and_recorded_once) {
    auto here = process();
    for (const std::size_t threads : {1, 2, 4, 16}) {
        invoker.calls.clear();
        const auto ended = drive(here, 100, threads);
        BOOST_TEST(ended.at(RunStatus::completed) == 100);
        BOOST_TEST(invoker.calls.size() == 400u);
        for (const auto& [step, calls] : invoker.calls)
            BOOST_TEST(calls == 1, step);
    }
    BOOST_TEST(here.value("SELECT count(*) || ' ' || count(DISTINCT run_id || step) FROM core_workflow_steps WHERE status = 'completed' AND "
                          "json_extract(output_json, '$.number') = 1") == "1600 1600");
    BOOST_TEST(here.value("SELECT count(*) FROM core_executions") == "0");
    BOOST_TEST(here.store->check().empty());
}

BOOST_AUTO_TEST_CASE(steps_side_by_side_wait_for_each_other_and_not_for_ever) {
    auto here = process();
    flow.execution = workflow::Execution::parallel;
    for (const auto* name : {"e", "f", "g", "h"})
        add(name);
    const auto ended = drive(here, 40, 4);
    BOOST_TEST(ended.at(RunStatus::completed) == 40);
    BOOST_TEST(here.value("SELECT count(*) FROM core_workflow_steps WHERE status = 'completed'") == "320");
    BOOST_TEST(here.store->check().empty());
}

BOOST_AUTO_TEST_CASE(failures_claims_and_anomalies_end_as_they_would_alone) {
    auto here = process();
    add("claims");
    add("odd");
    add("fails");
    invoker.also = [](const run::Call& call, unit::Unit& unit) {
        if (call.step == "claims" && !unit.claim({"demo.weeks", unit::partition_key({{"week", call.run_id}})}).output)
            throw std::runtime_error{"nobody else wants it"};
        if (call.step == "odd")
            unit.anomaly({std::nullopt, "WARN", "ODD", "seen", ""});
    };
    const auto ended = drive(here, 30, 4);
    BOOST_TEST(ended.at(RunStatus::failed) == 30);
    BOOST_TEST(here.value("SELECT group_concat(step || ' ' || status || ' ' || n) FROM (SELECT step, status, count(*) AS n FROM core_executions GROUP BY "
                          "step, status ORDER BY step)") == "claims completed 30,odd completed 30");
    BOOST_TEST(here.value("SELECT count(*) FROM core_anomalies WHERE category = 'ODD'") == "30");
    BOOST_TEST(here.value("SELECT count(*) FROM core_workflow_steps WHERE step = 'fails' AND status = 'failed'") == "30");
    BOOST_TEST(here.store->check().empty());
}

BOOST_AUTO_TEST_CASE(the_end_of_a_run_is_told_while_every_thread_is_at_a_long_step) {
    auto here = process();
    auto& benches = here.store->benches(catalogue);
    const auto writer = benches.open();
    const auto bench = benches.open();
    flow.steps.resize(1);
    const auto short_run = begun(*bench);
    const auto long_run = begun(*bench);
    const auto other_run = begun(*bench);
    std::promise<void> inside, go_on, handed_in, told;
    // Somebody else writes for as long as the test wants.
    std::thread busy{[&] {
        auto wish = here.planned("read", "w1");
        wish.run_id = other_run.run_id;
        wish.step = "a";
        wish.follow = [&](const run::Ended&) -> std::optional<run::Along> {
            inside.set_value();
            go_on.get_future().wait();
            return std::nullopt;
        };
        auto start = writer->executions().start(wish);
        static_cast<void>(std::get<run::Started>(start).unit->commit(unit::Unneeded{"nothing", {}}));
    }};
    inside.get_future().wait();
    invoker.also = [&](const run::Call& call, unit::Unit&) {
        if (call.run_id != long_run.run_id)
            return;
        handed_in.set_value(); // the thread is here, so the short run's commit waits for the writer
        told.get_future().wait();
    };
    run::ConductorSettings settings;
    settings.threads = 1;
    run::Band band{real, chance, benches, invoker, lambdas, catalogue, cancel};
    band.news = [&](const run::StepNews& news) {
        if (news.ended && news.run_id == short_run.run_id)
            told.set_value();
    };
    run::Conductor conductor{std::move(band), settings};
    conductor.take(short_run);
    conductor.take(long_run);
    std::thread driver{[&] { conductor.finish(); }};
    handed_in.get_future().wait();
    go_on.set_value();
    driver.join();
    busy.join();
    BOOST_TEST(here.value("SELECT group_concat(status) FROM core_workflow_runs WHERE run_id IN ('" + short_run.run_id + "', '" + long_run.run_id + "')") ==
               "completed,completed");
}

BOOST_AUTO_TEST_CASE(runs_that_are_cancelled_meanwhile_write_nothing_more) {
    auto here = process();
    auto other = process();
    std::atomic<int> seen{0};
    std::mutex mutex;
    std::vector<std::string> cancelled;
    invoker.also = [&](const run::Call& call, unit::Unit&) {
        if (call.step != "b" || ++seen % 5 != 0)
            return;
        const std::lock_guard lock{mutex};
        other.store->desk().cancel(call.run_id, "ann", "enough");
        cancelled.push_back(call.run_id);
    };
    const auto ended = drive(here, 50, 4);
    BOOST_TEST(ended.at(RunStatus::cancelled) == 10);
    BOOST_TEST(ended.at(RunStatus::completed) == 40);
    for (const auto& run_id : cancelled)
        BOOST_TEST(here.value("SELECT group_concat(step || ' ' || status) FROM core_workflow_steps WHERE run_id = '" + run_id + "'") ==
                   "a completed,b cancelled");
    BOOST_TEST(here.store->check().empty());
}

BOOST_AUTO_TEST_SUITE_END()
