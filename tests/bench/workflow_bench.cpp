/// What a workflow file of 500 steps costs before anything of it runs: read from text, validated beside the plugins, written. About 75 KB, a third
/// of the steps each pipelines with params, lambdas with config, and choices.
#include "host/workflow/demo_plugins.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/validate.hpp"

#include <benchmark/benchmark.h>
#include <cstdlib>
#include <string>

namespace {

using namespace spine::workflow;

std::string five_hundred_steps() {
    std::string text = "name: bench.steps\ndomain: demo.numbers\ndefaults:\n  tier: OTC\n  week_ending: \"2025-12-12\"\nsteps:\n";
    for (int i = 0; i < 500; ++i) {
        const auto number = std::to_string(i);
        text += "  - name: step_" + number + "\n";
        if (i % 3 == 0)
            text += "    type: pipeline\n    pipeline: demo.numbers.count\n    params:\n      weeks_back: 6\n      tier: $.params.tier\n";
        else if (i % 3 == 1)
            text += "    type: lambda\n    handler: demo.numbers.steps.check\n    config:\n      max_rows: 1000000\n      columns: [symbol, shares, trades]\n      note: after "
                    "the step before\n";
        else
            text += "    type: choice\n    condition: \"outputs.step_" + std::to_string(i - 2) + ".row_count > 0 and not skip_" + number + "\"\n    then_step: step_" +
                    std::to_string(i == 499 ? i : i + 1) + "\n";
    }
    return text + "  - name: last\n    pipeline: demo.numbers.idle\n";
}

const Definition& definition() {
    static const Definition read = [] {
        auto answer = read_workflow(five_hundred_steps(), "bench.yaml");
        if (std::holds_alternative<Diagnostics>(answer) || !validate(std::get<Definition>(answer), spine::test::demo_plugins()).ok())
            std::abort(); // the text of the benchmark is wrong
        return std::get<Definition>(std::move(answer));
    }();
    return read;
}

void read(benchmark::State& state) {
    const auto text = definition().text;
    for (auto _ : state)
        benchmark::DoNotOptimize(read_workflow(text, "bench.yaml"));
    state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(read)->Unit(benchmark::kMillisecond);

void validate_beside_plugins(benchmark::State& state) {
    const auto plugins = spine::test::demo_plugins();
    for (auto _ : state)
        benchmark::DoNotOptimize(validate(definition(), plugins));
}
BENCHMARK(validate_beside_plugins)->Unit(benchmark::kMillisecond);

void read_and_validate(benchmark::State& state) {
    const auto plugins = spine::test::demo_plugins();
    const auto text = definition().text;
    for (auto _ : state) {
        const auto answer = read_workflow(text, "bench.yaml");
        benchmark::DoNotOptimize(validate(std::get<Definition>(answer), plugins));
    }
}
BENCHMARK(read_and_validate)->Unit(benchmark::kMillisecond);

void write(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(write_workflow(definition().workflow, Spelling::flat));
}
BENCHMARK(write)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
