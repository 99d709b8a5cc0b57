/// Runs of a durable workflow in a store: approvals, timers, children.
#pragma once

#include "run_fixture.hpp"

#include "run/bench.hpp"

#include <boost/json/serialize.hpp>
#include <memory>
#include <string>
#include <vector>

namespace spine::test {

/// A process with one bench.
struct Working : Process {
    Working(ManualClock& clock, env::Random& random, const std::string& url, const workflow::Catalogue& offered)
        : Process{clock, random, url, offered}, bench{store->benches(offered).open()} {}
    run::RunBook& book() { return bench->runs(); }
    run::RunDesk& desk() { return store->desk(); }
    std::unique_ptr<run::Bench> bench;
};

struct BookFixture : RunFixture {
    Working here{clock, random, url, catalogue};

    std::unique_ptr<Working> another() { return std::make_unique<Working>(clock, random, url, catalogue); }
    run::RunRow owned(const run::NewRun& wish) { return std::get<run::Owned>(here.book().open(wish)).run; }
    run::RunRow owned() { return owned(wanted()); }
    std::string later(std::chrono::milliseconds delay) { return env::to_text(clock.now() + delay); }

    static run::Along along_of(const run::RunRow& run, std::vector<run::StepRecord> steps = {}) {
        run::Along along;
        along.run_id = run.run_id;
        along.fence = run.fence;
        along.steps = std::move(steps);
        along.run.current_step = run.current_step;
        return along;
    }
    static run::StepRecord waiting(const std::string& step, const std::string& type, const std::string& wake_at = {}) {
        auto record = begun(step);
        record.type = type;
        record.status = run::StepStatus::waiting;
        record.wake_at = wake_at;
        return record;
    }
    static run::StepRecord done(run::StepRecord record, run::StepStatus status = run::StepStatus::completed) {
        record.status = status;
        record.wake_at.clear();
        return record;
    }
    /// `read` ends and an approval waits.
    run::RunRow asking(std::vector<std::string> approvers = {}) {
        auto run = owned();
        auto ask = waiting("ok", "approval");
        if (!approvers.empty())
            ask.output["approvers"] = boost::json::array(approvers.begin(), approvers.end());
        auto along = along_of(run, {ended("read", run::StepStatus::completed), ask});
        along.run.status = run::RunStatus::waiting;
        BOOST_TEST((here.book().write(along) == run::Written::yes));
        return run;
    }
    /// A wish for a child of the step `part` of a run.
    run::NewRun child_of(const run::RunRow& parent, const std::string& name = "demo.part") {
        auto wish = wanted();
        wish.workflow = name;
        wish.definition_text = "name: " + name;
        wish.definition_sha256 = run::sha256_hex(wish.definition_text);
        wish.parent_run_id = parent.run_id;
        wish.parent_step = "part";
        wish.parent_attempt = 1;
        return wish;
    }
    /// `read` ends and `part` waits for a child.
    run::NewRun with_child(const run::RunRow& parent) {
        const auto child = child_of(parent);
        auto wait = waiting("part", "workflow", later(std::chrono::minutes{10}));
        wait.child_run_id = child.run_id;
        auto along = along_of(parent, {ended("read", run::StepStatus::completed), wait});
        along.run.status = run::RunStatus::waiting;
        along.run.wake_at = wait.wake_at;
        along.new_runs = {child};
        BOOST_TEST((here.book().write(along) == run::Written::yes));
        return child;
    }
    void sound() {
        for (const auto& fault : here.store->check())
            BOOST_ERROR(fault.what);
    }
    std::string of_run(const std::string& run_id, const std::string& column) {
        return here.value("SELECT " + column + " FROM core_workflow_runs WHERE run_id = '" + run_id + "'");
    }
};

inline bool answered(const run::Asked& asked) { return std::holds_alternative<run::Answered>(asked); }
inline bool declined(const run::Asked& asked, run::Declined::Why why) {
    const auto* no = std::get_if<run::Declined>(&asked);
    return no != nullptr && no->why == why;
}

} // namespace spine::test
