/// What a row costs on its way from a plugin into the commit unit's buffer: written directly, and across the ABI as a plugin
/// writes it. The difference is the price of the boundary. Four columns: two texts, two integers.
#include "append_rows.hpp"
#include "plugin/session.hpp"
#include "support/fake_state.hpp"
#include "support/manual_clock.hpp"
#include "unit/rows.hpp"
#include "unit/unit.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace spine;

constexpr std::int64_t rows_per_iteration = 128'000;

/// Keeps rows as the store's unit does: compact, in memory.
class BufferedRows final : public unit::RowSink {
public:
    BufferedRows() {
        for (const auto* name : {"symbol", "mpid"})
            columns_.push_back({name, workflow::Type::text, false, false, {}});
        for (const auto* name : {"shares", "trades"})
            columns_.push_back({name, workflow::Type::integer, false, false, {}});
    }
    const std::vector<workflow::Column>& columns() const override { return columns_; }
    void text(std::size_t, std::string_view value) override { writer_.text(value); }
    void integer(std::size_t, std::int64_t value) override { writer_.integer(value); }
    void real(std::size_t, double value) override { writer_.real(value); }
    void null(std::size_t) override { writer_.null(); }
    void end_row() override { writer_.end_row(); }
    std::uint64_t finish() override { return writer_.rows(); }

private:
    std::vector<workflow::Column> columns_;
    unit::Spill spill_{"/nonexistent", std::size_t{1} << 30};
    unit::RowWriter writer_{spill_};
};

/// A unit that only takes rows.
class RowsOnly final : public unit::Unit {
public:
    unit::State& state() override { return state_; }
    const std::vector<unit::Partition>& outputs() const override { return outputs_; }
    const std::vector<unit::Input>& inputs() const override { return inputs_; }
    unit::Claimed claim(const unit::Partition&) override { return {}; }
    unit::Observed observe(std::uint32_t, const unit::Observation&) override { return {}; }
    unit::Rowset rowset_of(std::size_t) override { return 0; }
    unit::Rowset derived(std::uint32_t) override { return 0; }
    std::unique_ptr<unit::Cursor> query(std::string_view, std::span<const unit::Value>, std::size_t) override {
        return nullptr;
    }
    unit::RowSink& replace(std::string_view, unit::Rowset, const std::vector<std::string>&) override { return rows_; }
    void write(std::string_view, unit::Rowset, unit::WriteKind,
               const std::vector<std::pair<std::string, unit::Value>>&) override {}
    void reject(unit::Reject) override {}
    void check(unit::Check) override {}
    void anomaly(unit::Anomaly) override {}
    void reached(unit::Reached) override {}
    unit::Commit commit(const unit::Outcome&) override { return unit::Committed{}; }

private:
    test::EmptyState state_;
    std::vector<unit::Partition> outputs_;
    std::vector<unit::Input> inputs_;
    BufferedRows rows_;
};

const std::vector<bench::Row>& sample() {
    static const std::vector<bench::Row> rows = [] {
        std::vector<bench::Row> made;
        std::uint64_t seed = 1;
        for (std::int64_t i = 0; i < rows_per_iteration; ++i) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            made.push_back({"S" + std::to_string(i / 20), "V" + std::to_string(100 + i % 20),
                            static_cast<std::int64_t>(seed >> 44), static_cast<std::int64_t>(seed >> 54)});
        }
        return made;
    }();
    return rows;
}

void per_row(benchmark::State& state) {
    state.counters["per_row"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(rows_per_iteration),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void directly(benchmark::State& state) {
    const auto& rows = sample();
    for (auto _ : state) {
        RowsOnly unit;
        unit::RowSink& sink = unit.replace("", 0, {});
        for (const auto& row : rows) {
            sink.text(0, row.symbol);
            sink.text(1, row.mpid);
            sink.integer(2, row.shares);
            sink.integer(3, row.trades);
            sink.end_row();
        }
        benchmark::DoNotOptimize(sink.finish());
    }
    per_row(state);
}
BENCHMARK(directly)->Unit(benchmark::kMillisecond);

void across_the_abi(benchmark::State& state) {
    const auto& rows = sample();
    test::ManualClock clock;
    workflow::Pipeline pipeline;
    pipeline.name = "bench.append";
    run::Call call;
    call.pipeline = &pipeline;
    for (auto _ : state) {
        RowsOnly unit;
        plugin::Setting setting;
        setting.pipeline = &pipeline;
        setting.clock = &clock;
        setting.call = &call;
        setting.state = &unit.state();
        setting.unit = &unit;
        plugin::Session session{setting};
        benchmark::DoNotOptimize(bench::append_rows(session.run(), rows));
    }
    per_row(state);
}
BENCHMARK(across_the_abi)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
