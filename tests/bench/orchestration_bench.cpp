/// What a workflow adds to its pipelines: the same pipelines directly and as steps of a run, in turn, on one store with synced commits; and the
/// same number of bare synced commits beside them.
///
///     orchestration_bench [ROUNDS [STEPS]]
#include "../host/run/runner_fixture.hpp"
#include "run/conductor.hpp"
#include "support/scripted_lambdas.hpp"
#include "workflow/read_workflow.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace spine;
using namespace spine::test;

namespace {

double milliseconds_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

struct Bench : RunnerFixture {
    workflow::Workflow flow;
    ScriptedLambdas lambdas;
    run::Benches* benches = &here.store->benches(here.catalogue);

    explicit Bench(int steps) {
        flow.name = "demo.many";
        flow.domain = "demo.weeks";
        for (int i = 0; i < steps; ++i) {
            workflow::Step step;
            step.name = "s" + std::to_string(i);
            step.kind = workflow::PipelineStep{"demo.weeks.sleep"};
            flow.steps.push_back(step);
        }
    }
    run::Runner runner() { return {clock, random, here.journal(), invoker, catalogue, {}, cancel, [](const auto&) {}}; }
    void directly() {
        auto work = runner();
        for (std::size_t i = 0; i < flow.steps.size(); ++i)
            work.execute({catalogue.find_pipeline("demo.weeks.sleep"), {{"week", "w1"}}});
    }
    void as_a_run() {
        run::NewRun wish;
        wish.run_id = env::new_id(clock, random);
        wish.workflow = flow.name;
        wish.domain = flow.domain;
        wish.definition_text = workflow::write_workflow(flow, workflow::Spelling::flat);
        wish.definition_sha256 = run::sha256_hex(wish.definition_text);
        wish.params = {{"week", "w1"}};
        run::RunRow row;
        row.run_id = wish.run_id;
        row.workflow = wish.workflow;
        row.definition_text = wish.definition_text;
        row.params = wish.params;
        auto state = run::fresh(row);
        wish.begin = run::begin_run(state, clock.now()).along;
        auto owned = std::get<run::Owned>(benches->open()->runs().open(wish)).run;
        run::Conductor conductor{run::Band{clock, random, *benches, invoker, lambdas, catalogue, cancel}, {}};
        conductor.take(std::move(owned));
        if (conductor.finish().front().status != run::RunStatus::completed)
            std::abort();
    }
    void bare(store::Connection& connection) {
        for (std::size_t i = 0; i < 2 * flow.steps.size(); ++i)
            connection.exec("UPDATE bare SET n = n + 1");
    }
};

} // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
    const int steps = argc > 2 ? std::atoi(argv[2]) : 100;
    Bench bench{steps};
    TemporaryFolder folder;
    store::Connection connection{folder.path() + "/bare.db", store::Connection::Mode::create};
    connection.exec("PRAGMA journal_mode=WAL");
    connection.exec("PRAGMA synchronous=FULL");
    connection.exec("CREATE TABLE bare (n INTEGER)");
    connection.exec("INSERT INTO bare VALUES (0)");
    std::vector<double> direct, run, raw;
    for (int round = 0; round < rounds; ++round) {
        raw.push_back(milliseconds_of([&] { bench.bare(connection); }) / steps);
        direct.push_back(milliseconds_of([&] { bench.directly(); }) / steps);
        run.push_back(milliseconds_of([&] { bench.as_a_run(); }) / steps);
    }
    std::printf("%d rounds of %d steps, medians in ms a step (spread: fastest to slowest round)\n", rounds, steps);
    const auto line = [](const char* what, std::vector<double> values) {
        std::ranges::sort(values);
        std::printf("  %-42s %.3f  (%.3f to %.3f)\n", what, values[values.size() / 2], values.front(), values.back());
    };
    line("two bare synced commits", raw);
    line("a pipeline directly (start and commit)", direct);
    line("the same as a step of a run", run);
    std::printf("  a run adds %.3f ms a step\n", median(run) - median(direct));
}
