/// Benches over runs in memory: executions whose commits ask what follows from them, as a store's do.
#pragma once

#include "run/bench.hpp"
#include "support/fake_state.hpp"
#include "support/memory_run_journal.hpp"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

/// What the executions of all benches did. Guarded by the runs' mutex while somebody works.
struct ExecutionBook {
    std::vector<std::string> started;   ///< steps in the order of their starts
    std::vector<std::string> committed; ///< steps whose effects are there
    std::set<std::string> given_up;     ///< execution ids
    std::string not_due;                ///< a step that has been done before
};

class MemoryBenches final : public run::Benches {
public:
    explicit MemoryBenches(MemoryRunJournal& runs) : runs_{runs} {}
    ExecutionBook book;

    std::unique_ptr<run::Bench> open() override { return std::make_unique<OneBench>(runs_, book); }

private:
    class StepUnit final : public unit::Unit {
    public:
        StepUnit(unit::State& state, MemoryRunJournal& runs, ExecutionBook& book, run::Request request)
            : below_{state, outcomes_}, runs_{runs}, book_{book}, request_{std::move(request)} {}

        unit::State& state() override { return below_.state(); }
        const std::vector<unit::Partition>& outputs() const override { return below_.outputs(); }
        const std::vector<unit::Input>& inputs() const override { return below_.inputs(); }
        unit::Claimed claim(const unit::Partition& partition) override { return below_.claim(partition); }
        unit::Observed observe(std::uint32_t, const unit::Observation&) override { return {}; }
        unit::Rowset rowset_of(std::size_t) override { return 0; }
        unit::Rowset derived(std::uint32_t) override { return 0; }
        std::unique_ptr<unit::Cursor> query(std::string_view sql, std::span<const unit::Value> values, std::size_t columns) override {
            return below_.query(sql, values, columns);
        }
        unit::RowSink& replace(std::string_view dataset, unit::Rowset rowset, const std::vector<std::string>& columns) override {
            return below_.replace(dataset, rowset, columns);
        }
        void write(std::string_view, unit::Rowset, unit::WriteKind, const std::vector<std::pair<std::string, unit::Value>>&) override {}
        void reject(unit::Reject) override {}
        void check(unit::Check) override {}
        void anomaly(unit::Anomaly) override {}
        void reached(unit::Reached) override {}
        unit::Commit commit(const unit::Outcome& outcome) override {
            const std::lock_guard lock{runs_.mutex()};
            if (book_.given_up.contains(request_.execution_id))
                return unit::Fenced{"it was given up"};
            run::Ended ended;
            ended.execution_id = request_.execution_id;
            ended.partitions = below_.outputs();
            if (const auto* done = std::get_if<unit::Done>(&outcome)) {
                ended.how = run::Ended::How::completed;
                ended.outputs = done->outputs;
            } else if (const auto* unneeded = std::get_if<unit::Unneeded>(&outcome)) {
                ended.how = run::Ended::How::skipped;
                ended.reason = unneeded->reason;
                ended.outputs = unneeded->outputs;
            } else {
                const auto& failure = std::get<unit::Failure>(outcome);
                ended.how = failure.category == unit::Category::cancelled ? run::Ended::How::cancelled : run::Ended::How::failed;
                ended.failure = failure;
            }
            if (request_.follow)
                if (const auto along = request_.follow(ended); along && runs_.write(*along) != run::Written::yes)
                    return unit::Fenced{"its run was taken over"};
            if (ended.how == run::Ended::How::completed)
                book_.committed.push_back(request_.step);
            return unit::Committed{};
        }

    private:
        std::vector<unit::Outcome> outcomes_;
        AcceptingUnit below_;
        MemoryRunJournal& runs_;
        ExecutionBook& book_;
        run::Request request_;
    };

    class OneBench final : public run::Bench, public run::Journal {
    public:
        OneBench(MemoryRunJournal& runs, ExecutionBook& book) : runs_{runs}, book_{book} {}
        run::Journal& executions() override { return *this; }
        run::RunBook& runs() override { return runs_; }

        unit::State& state() override { return state_; }
        run::Start start(const run::Request& request) override {
            const std::lock_guard lock{runs_.mutex()};
            const auto* run = runs_.find(request.run_id);
            if (run == nullptr || run::is_final(run->status) || !runs_.mine.contains(request.run_id) || runs_.mine[request.run_id] != run->fence)
                return run::RunLost{};
            if (request.step == book_.not_due) {
                run::Ended ended;
                ended.how = run::Ended::How::skipped;
                ended.execution_id = request.execution_id;
                ended.reason = "not due";
                if (const auto along = request.follow(ended); along && runs_.write(*along) != run::Written::yes)
                    return run::RunLost{};
                return run::NotDue{request.execution_id, request.batch_id, "not due", {}};
            }
            book_.started.push_back(request.step);
            run::Started started;
            started.execution_id = request.execution_id;
            started.batch_id = request.batch_id;
            started.created_at = request.created_at;
            started.unit = std::make_unique<StepUnit>(state_, runs_, book_, request);
            return started;
        }
        std::optional<run::Started> start_again(const run::Request&, const std::string&) override { return std::nullopt; }
        bool give_up(const std::string& execution_id) override {
            const std::lock_guard lock{runs_.mutex()};
            book_.given_up.insert(execution_id);
            return true;
        }
        std::unique_ptr<unit::Unit> rehearse(const run::Request& request) override {
            return std::make_unique<StepUnit>(state_, runs_, book_, request);
        }

    private:
        MemoryRunJournal& runs_;
        ExecutionBook& book_;
        EmptyState state_;
    };

    MemoryRunJournal& runs_;
};

} // namespace spine::test
