/// A store whose answers a test writes down beforehand, and which notes what it was asked.
#pragma once

#include "control/store.hpp"
#include "error.hpp"
#include "support/fake_state.hpp"
#include "support/memory_run_trace.hpp"
#include "support/memory_run_journal.hpp"
#include "support/memory_version_book.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

/// Everything a fake store knows; outlives the stores that are opened on it.
struct StoreScript {
    bool exists = true;
    control::StoreInfo info{"/data/spine.db", "SQLite 3.40.1", "store-1", 1, 4096, 0, {}};
    control::Table executions, manifest, captures, rejects, quality, anomalies, children, digest;
    boost::json::object execution; ///< empty: not found
    control::Table runs, steps, run_executions, run_rejects, run_quality, run_anomalies;
    boost::json::object workflow_run; ///< empty: what the run journal has
    MemoryRunJournal run_journal;
    MemoryRunTrace run_trace{run_journal, steps};
    MemoryVersionBook version_book;
    ListedHistory history;
    CountingRetention retention;
    std::vector<control::Damage> problems;
    control::Table answer; ///< of every query
    std::optional<Error> query_error;
    std::optional<run::NotDue> not_due; ///< answer of every start, if there is one
    std::optional<std::string> busy;
    std::optional<run::Declined> declined; ///< answer of everything that is asked of the desk, if there is one
    std::string status_after = "running";  ///< of a run, when the desk did what was asked

    std::function<void(const std::string& what, const std::string& run_id)> on_asked; ///< what the desk did to the run

    // what happened
    std::vector<run::NewRun> forks;
    std::vector<std::string> calls;
    std::vector<control::Filter> filters;
    std::vector<unit::Outcome> committed;
    std::vector<run::Request> requests;
};

class FakeJournal final : public run::Journal {
public:
    explicit FakeJournal(StoreScript& script) : script_{script} {}

    unit::State& state() override { return state_; }
    run::Start start(const run::Request& request) override {
        script_.requests.push_back(request);
        if (script_.busy)
            return run::Busy{*script_.busy};
        if (script_.not_due && request.parent_execution_id.empty())
            return *script_.not_due;
        run::Started started;
        started.execution_id = request.execution_id;
        started.batch_id = request.batch_id;
        started.created_at = request.created_at;
        started.unit = std::make_unique<AcceptingUnit>(state_, script_.committed);
        return started;
    }
    std::optional<run::Started> start_again(const run::Request&, const std::string&) override { return std::nullopt; }
    std::unique_ptr<unit::Unit> rehearse(const run::Request&) override {
        return std::make_unique<AcceptingUnit>(state_, rehearsed_);
    }

private:
    StoreScript& script_;
    EmptyState state_;
    std::vector<unit::Outcome> rehearsed_;
};

/// Benches on what the script says; every one is the same.
class FakeBenches final : public run::Benches {
public:
    FakeBenches(StoreScript& script, run::Journal& journal) : script_{script}, journal_{journal} {}
    std::unique_ptr<run::Bench> open() override { return std::make_unique<Bench>(*this); }

private:
    struct Bench final : run::Bench {
        explicit Bench(FakeBenches& of) : benches{of} {}
        run::Journal& executions() override { return benches.journal_; }
        run::RunBook& runs() override { return benches.script_.run_journal; }
        FakeBenches& benches;
    };
    StoreScript& script_;
    run::Journal& journal_;
};

/// Notes what is asked of runs, and answers everything in the same way.
class FakeDesk final : public run::RunDesk {
public:
    explicit FakeDesk(StoreScript& script) : script_{script} {}
    run::Asked cancel(const std::string& run_id, const std::string& by, const std::string& reason) override {
        return noted("cancel", run_id, by + " " + reason);
    }
    run::Asked pause(const std::string& run_id, const std::string& by) override { return noted("pause", run_id, by); }
    run::Asked answer(const std::string& run_id, const std::string& step, bool approved, const std::string& by,
                      const std::string& reason) override {
        return noted(approved ? "approve" : "refuse", run_id, step + " " + by + " " + reason);
    }
    run::Asked retry(const std::string& run_id, const std::vector<std::string>& forget, const std::string& from,
                     const std::string& by) override {
        std::string steps;
        for (const auto& step : forget)
            steps += step + " ";
        return noted("retry", run_id, steps + from + " " + by);
    }
    run::Asked fork(const run::NewRun& run) override {
        script_.forks.push_back(run);
        return noted("fork", run.run_id, run.forked_from);
    }

private:
    run::Asked noted(const std::string& what, const std::string& run_id, const std::string& more) {
        script_.calls.push_back(what + " " + run_id + " " + more);
        if (script_.declined)
            return *script_.declined;
        if (script_.on_asked)
            script_.on_asked(what, run_id);
        return run::Answered{run_id, script_.status_after};
    }
    StoreScript& script_;
};

/// Notes what it is asked, and answers as if it were so.
class FakeCaptureDesk final : public control::CaptureDesk {
public:
    explicit FakeCaptureDesk(StoreScript& script) : script_{script} {}
    control::CaptureAnswer withdraw(const control::CaptureWish& wish) override { return answer("withdraw", wish); }
    control::CaptureAnswer publish(const control::CaptureWish& wish) override { return answer("publish", wish); }

private:
    control::CaptureAnswer answer(const std::string& what, const control::CaptureWish& wish) {
        script_.calls.push_back(what + " " + wish.capture_id + " by " + wish.by + ": " + wish.reason);
        return {true, wish.capture_id, "demo", R"({"week":"w1"})", "capture_1", "", wish.by, wish.reason, "2026-01-05T00:00:00.000Z"};
    }
    StoreScript& script_;
};

class FakeStore final : public control::Store {
public:
    explicit FakeStore(StoreScript& script) : script_{script}, journal_{script} {}

    control::Table executions(const control::Filter& filter) override { return listed(filter, script_.executions); }
    control::Table manifest(const control::Filter& filter) override { return listed(filter, script_.manifest); }
    control::Table captures(const control::Filter& filter) override { return listed(filter, script_.captures); }
    control::Table rejects(const control::Filter& filter) override { return listed(filter, script_.rejects); }
    control::Table quality(const control::Filter& filter) override { return listed(filter, script_.quality); }
    control::Table anomalies(const control::Filter& filter) override { return listed(filter, script_.anomalies); }
    boost::json::object execution(const std::string& id) override {
        if (script_.execution.empty())
            throw Error{ErrorCode::not_found, "execution '" + id + "' is unknown", "'spine runs list' shows what there is"};
        return script_.execution;
    }
    control::Table children(const std::string&) override { return script_.children; }
    control::Table runs(const control::Filter& filter) override { return listed(filter, script_.runs); }
    boost::json::object workflow_run(const std::string& id) override {
        if (script_.workflow_run.empty())
            for (const auto& row : script_.run_journal.runs)
                if (row.run_id.starts_with(id))
                    return {{"run_id", row.run_id}, {"workflow", row.workflow}, {"status", run::to_text(row.status)}};
        return script_.workflow_run;
    }
    control::Table steps(const std::string&) override { return script_.steps; }
    control::Table run_executions(const std::string&) override { return script_.run_executions; }
    control::Table run_rejects(const std::string&) override { return script_.run_rejects; }
    control::Table run_quality(const std::string&) override { return script_.run_quality; }
    control::Table run_anomalies(const std::string&) override { return script_.run_anomalies; }

    control::InitReport migrate(const workflow::Catalogue& catalogue) override {
        std::string plugins;
        for (const auto& plugin : catalogue.plugins)
            plugins += " " + plugin.id;
        script_.calls.push_back("migrate" + plugins);
        return {false, std::exchange(script_.info.pending, {})};
    }
    std::vector<control::Damage> check(const control::Examination& how) override {
        if (how.deep)
            script_.calls.emplace_back("check deep");
        return script_.problems;
    }
    void backup(const std::string& file) override { script_.calls.push_back("backup " + file); }
    void query(const std::string& sql, const control::RowVisitor& visitor, const control::QueryLimits&) override {
        script_.calls.push_back("query " + sql);
        if (script_.query_error)
            throw Error{*script_.query_error};
        visitor.columns(script_.answer.columns);
        for (const auto& row : script_.answer.rows)
            if (!visitor.row(row))
                return;
    }
    control::Table digest(const workflow::Catalogue&) override { return script_.digest; }
    control::StoreInfo info(const workflow::Catalogue&) override { return script_.info; }
    run::Journal& journal(const workflow::Catalogue&) override { return journal_; }
    run::RunJournal& run_journal() override { return script_.run_journal; }
    control::VersionBook& versions() override { return script_.version_book; }
    control::RunHistory& run_history() override { return script_.history; }
    control::Retention& retention() override { return script_.retention; }
    control::CaptureDesk& captures_desk(const workflow::Catalogue&) override { return captures_desk_; }
    control::RunTrace& run_trace() override { return script_.run_trace; }
    run::Benches& benches(const workflow::Catalogue&) override { return benches_; }
    run::RunDesk& desk() override { return desk_; }
    void close() override { script_.calls.emplace_back("close"); }

private:
    control::Table listed(const control::Filter& filter, const control::Table& table) {
        script_.filters.push_back(filter);
        return table;
    }

    StoreScript& script_;
    FakeJournal journal_;
    FakeBenches benches_{script_, journal_};
    FakeDesk desk_{script_};
    FakeCaptureDesk captures_desk_{script_};
};

class FakeStores final : public control::Stores {
public:
    explicit FakeStores(StoreScript& script) : script_{script} {}
    std::unique_ptr<control::Store> open(control::Access access) override {
        if (!script_.exists)
            throw Error{ErrorCode::not_found, "there is no store at 'spine.db'", "run 'spine db init' first"};
        script_.calls.emplace_back(access == control::Access::read ? "open read" : "open write");
        return std::make_unique<FakeStore>(script_);
    }
    control::Restored restore(const std::string& copy) override {
        script_.calls.push_back("restore " + copy);
        return {"/data/spine.db", "store-1", {"/data/spine.db.damaged-1"}};
    }
    std::unique_ptr<control::Store> create(bool& created, control::Parents parents = control::Parents::must_be_there) override {
        if (parents == control::Parents::made)
            script_.calls.emplace_back("make parents");
        created = !std::exchange(script_.exists, true);
        script_.calls.emplace_back("create");
        return std::make_unique<FakeStore>(script_);
    }

private:
    StoreScript& script_;
};

} // namespace spine::test
