/// What a workflow adds to its pipelines: the same pipelines directly and as steps of a run, in turn, on one store with synced commits; and the
/// same number of bare synced commits beside them.
///
///     orchestration_bench [ROUNDS [STEPS]]
#include "../host/run/runner_fixture.hpp"
#include "run/workflow_runner.hpp"
#include "support/scripted_lambdas.hpp"

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
        auto work = runner();
        run::NewRun wish;
        wish.run_id = env::new_id(clock, random);
        wish.workflow = flow.name;
        wish.domain = flow.domain;
        wish.definition_text = "name: demo.many";
        wish.definition_sha256 = run::sha256_hex(wish.definition_text);
        wish.params = {{"week", "w1"}};
        wish.begin = run::begun(flow, wish.run_id, wish.params).along;
        auto& journal = here.store->run_journal();
        const auto owned = std::get<run::Owned>(journal.open(wish)).run;
        run::WorkflowRunner loop{work, journal, lambdas, here.journal().state(), catalogue, cancel, {}};
        if (std::get<run::RunReport>(loop.drive(flow, owned)).run.status != run::RunStatus::completed)
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
