/// Runs of workflows in memory: a small working journal whose owner can be changed by the test, and which fails when the test wants it to.
#pragma once

#include "env/clock.hpp"
#include "error.hpp"
#include "run/new_run.hpp"
#include "run/run_journal.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

/// Threads: any for the functions; what lies open belongs to the test while nobody works.
class MemoryRunJournal final : public run::RunBook {
public:
    std::vector<run::RunRow> runs;
    std::map<std::string, boost::json::object> given; ///< run -> what its caller gave
    std::map<std::string, std::string> holders; ///< run -> a living owner that is not this process
    std::map<std::string, std::int64_t> mine;   ///< run -> the fence by which this process has it
    std::vector<std::string> lost_their_process; ///< runs whose process died while it had them, fewest deaths first
    std::vector<run::Along> written;            ///< every commit
    std::vector<std::pair<std::string, unit::Anomaly>> anomalies;
    std::vector<run::StageRecord> stages;
    std::map<std::string, std::map<std::string, boost::json::object>> answers; ///< run -> path -> answer
    std::map<std::string, int> calls; ///< how often each function was asked
    env::Clock* clock = nullptr;      ///< for `due`

    // Trouble.
    std::set<std::string> unreadable; ///< runs whose rows are damaged
    bool refuse = false;  ///< every write finds another fence
    int unavailable = 0;  ///< so many writes fail, with nothing written
    int in_doubt = 0;     ///< so many writes are written and say that they failed
    bool broken = false;  ///< the disk fails every commit
    std::function<void(const run::Along&)> before; ///< called before every write, for what happens at that moment

    /// For a transaction of more than one call.
    std::recursive_mutex& mutex() { return mutex_; }

    run::Opened open(const run::NewRun& wanted) override {
        const std::lock_guard lock{mutex_};
        ++calls["open"];
        for (auto& row : runs)
            if (!wanted.run_key.empty() && row.run_key == wanted.run_key && row.workflow == wanted.workflow) {
                if (given[row.run_id] != wanted.given)
                    return run::KeyTaken{row.run_id, "which began with other parameters"};
                auto claimed = claim(row.run_id);
                if (auto* owned = std::get_if<run::Owned>(&claimed))
                    return std::move(*owned);
                if (auto* held = std::get_if<run::Held>(&claimed))
                    return std::move(*held);
                return run::Over{row};
            }
        insert(wanted);
        return run::Owned{*find(wanted.run_id)};
    }
    std::string with_key(const std::string& workflow, const std::string& key) override {
        const std::lock_guard lock{mutex_};
        for (const auto& row : runs)
            if (!key.empty() && row.workflow == workflow && row.run_key == key)
                return row.run_id;
        return {};
    }
    run::Claimed claim(const std::string& run_id) override {
        const std::lock_guard lock{mutex_};
        ++calls["claim"];
        auto* row = find(run_id);
        if (row == nullptr)
            return run::NoSuchRun{};
        if (run::is_final(row->status))
            return run::Over{*row};
        if (holders.contains(run_id))
            return run::Held{run_id, holders[run_id]};
        mine[run_id] = ++row->fence;
        row->pause_asked = false;
        if (unreadable.contains(run_id)) {
            set_aside(run_id, 0, "blocked: the row is damaged");
            throw Error{ErrorCode::invalid, "the row is damaged"};
        }
        return run::Owned{*row};
    }
    std::optional<run::RunRow> look(const std::string& run_id) override {
        const std::lock_guard lock{mutex_};
        ++calls["look"];
        if (unreadable.contains(run_id))
            throw Error{ErrorCode::invalid, "no JSON: the row is damaged"};
        const auto* row = find(run_id);
        return row == nullptr ? std::nullopt : std::optional{*row};
    }
    std::vector<std::string> unowned() override {
        const std::lock_guard lock{mutex_};
        std::vector<std::string> ids;
        for (const auto& row : runs)
            if (!run::is_final(row.status) && !holders.contains(row.run_id))
                ids.push_back(row.run_id);
        return ids;
    }
    std::vector<std::string> suspects() override { return lost_their_process; }
    bool append(const run::Along& along) override { return write(along) == run::Written::yes; }

    run::Written write(const run::Along& along) override {
        const std::lock_guard lock{mutex_};
        ++calls["write"];
        if (before)
            before(along);
        if (broken)
            throw Error{ErrorCode::commit_failed, "the disk failed"};
        if (unavailable > 0) {
            --unavailable;
            throw Error{ErrorCode::unavailable, "the store is busy"};
        }
        auto* row = find(along.run_id);
        if (refuse && row != nullptr)
            ++row->fence;
        if (row == nullptr || row->fence != along.fence || run::is_final(row->status))
            return run::Written::lost;
        for (const auto& record : along.steps)
            if (record.type == "approval" && record.status != run::StepStatus::waiting && !record.output.contains("by") &&
                answers[along.run_id].contains(record.step))
                return run::Written::stale;
        keep(*row, along);
        if (in_doubt > 0) {
            --in_doubt;
            throw Error{ErrorCode::unavailable, "the answer was lost"};
        }
        return run::Written::yes;
    }
    run::Outside outside(const std::string& run_id) override {
        const std::lock_guard lock{mutex_};
        ++calls["outside"];
        run::Outside seen;
        const auto* own = find(run_id);
        if (own == nullptr)
            return seen;
        seen.calls = own->calls;
        seen.pause_asked = own->pause_asked;
        seen.answers = answers[run_id];
        for (const auto& row : runs)
            if (row.parent_run_id == run_id && run::is_final(row.status))
                for (const auto& record : own->steps)
                    if (record.child_run_id == row.run_id && record.status == run::StepStatus::waiting)
                        seen.children[record.step] = {row.run_id, row.status, row.result, row.failure, row.finished_at};
        return seen;
    }
    void release(const std::string& run_id, std::int64_t) override {
        const std::lock_guard lock{mutex_};
        ++calls["release"];
        mine.erase(run_id);
    }
    void set_aside(const std::string& run_id, std::int64_t, const std::string& reason) override {
        const std::lock_guard lock{mutex_};
        ++calls["set_aside"];
        mine.erase(run_id);
        ++find(run_id)->fence;
        find(run_id)->status = run::RunStatus::waiting;
        find(run_id)->reason = reason;
        find(run_id)->wake_at.clear();
    }
    std::vector<std::string> called() override {
        const std::lock_guard lock{mutex_};
        ++calls["called"];
        std::vector<std::string> ids;
        for (const auto& [id, fence] : mine)
            if (const auto* row = find(id); row->calls > row->calls_seen || row->fence != fence)
                ids.push_back(id);
        return ids;
    }
    std::vector<std::string> due(std::size_t most) override {
        const std::lock_guard lock{mutex_};
        ++calls["due"];
        const auto now = clock == nullptr ? std::string{} : env::to_text(clock->now());
        std::vector<std::string> ids;
        for (const auto& row : runs) {
            const bool waits = row.status == run::RunStatus::waiting;
            if (ids.size() == most || run::is_final(row.status) || row.status == run::RunStatus::paused || mine.contains(row.run_id) ||
                holders.contains(row.run_id) || row.reason.starts_with("blocked"))
                continue;
            if (!waits || row.calls > row.calls_seen || (!row.wake_at.empty() && row.wake_at <= now))
                ids.push_back(row.run_id);
        }
        return ids;
    }
    std::string next_wake() override {
        const std::lock_guard lock{mutex_};
        std::string first;
        for (const auto& row : runs)
            if (!row.wake_at.empty() && !mine.contains(row.run_id) && (first.empty() || row.wake_at < first))
                first = row.wake_at;
        return first;
    }

    // What others do.
    void answer(const std::string& run_id, const std::string& path, bool approved, const std::string& by) {
        const std::lock_guard lock{mutex_};
        answers[run_id][path] = {{"approved", approved}, {"by", by}, {"reason", ""}, {"at", ""}};
        ++find(run_id)->calls;
    }
    void cancel(const std::string& run_id) {
        const std::lock_guard lock{mutex_};
        auto* row = find(run_id);
        ++row->fence;
        row->status = run::RunStatus::cancelled;
        for (auto& record : row->steps)
            if (record.status == run::StepStatus::running || record.status == run::StepStatus::waiting)
                record.status = run::StepStatus::cancelled;
        call_parent(*row);
    }
    void pause(const std::string& run_id) {
        const std::lock_guard lock{mutex_};
        find(run_id)->pause_asked = true;
        ++find(run_id)->calls;
    }
    /// Another process takes the run over.
    void steal(const std::string& run_id) {
        const std::lock_guard lock{mutex_};
        ++find(run_id)->fence;
        holders[run_id] = "another process";
    }
    /// This process dies: it has nothing any more.
    void die() {
        const std::lock_guard lock{mutex_};
        mine.clear();
    }
    run::RunRow* find(const std::string& run_id) {
        for (auto& row : runs)
            if (row.run_id == run_id)
                return &row;
        return nullptr;
    }

private:
    void insert(const run::NewRun& wanted) {
        auto row = run::row_of(wanted, clock == nullptr ? env::time_from("2026-01-03T04:15:01.000Z") : clock->now());
        given[wanted.run_id] = wanted.given;
        mine[wanted.run_id] = 1;
        runs.push_back(row);
        auto begin = wanted.begin;
        begin.run_id = wanted.run_id;
        begin.fence = 1;
        keep(runs.back(), begin);
    }
    void call_parent(const run::RunRow& row) {
        if (auto* parent = find(waiter_of(row)); parent != nullptr && !run::is_final(parent->status))
            ++parent->calls;
    }
    void keep(run::RunRow& kept, const run::Along& along) {
        written.push_back(along);
        for (const auto& record : along.steps) {
            const auto same = std::find_if(kept.steps.rbegin(), kept.steps.rend(), [&](const auto& one) {
                return one.step == record.step && one.attempt == record.attempt && one.generation == record.generation;
            });
            if (same == kept.steps.rend()) {
                kept.steps.push_back(record);
            } else {
                const auto build = same->build; // is told at the start
                *same = record;
                same->build = build;
            }
        }
        kept.status = along.run.status;
        kept.reason = along.run.reason;
        kept.current_step = along.run.current_step;
        kept.error_step = along.run.error_step;
        kept.failure = along.run.failure;
        kept.partition = along.run.partition;
        kept.wake_at = along.run.wake_at;
        kept.calls_seen = std::max(kept.calls_seen, along.calls_seen);
        stages.insert(stages.end(), along.stages.begin(), along.stages.end());
        if (along.anomaly)
            anomalies.emplace_back(along.anomaly_stage, *along.anomaly);
        if (run::is_final(kept.status)) {
            kept.result = along.run.result;
            mine.erase(kept.run_id);
            call_parent(kept);
        }
        for (const auto& run_id : along.cancelled)
            if (find(run_id) != nullptr && !run::is_final(find(run_id)->status))
                cancel(run_id);
        const auto inserted = along.new_runs; // `kept` may move when there are more runs
        for (const auto& run : inserted)
            insert(run);
    }

    std::recursive_mutex mutex_;
};

} // namespace spine::test
