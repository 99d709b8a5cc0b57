/// Runs of a small workflow in a store.
#pragma once

#include "store_fixture.hpp"

#include "run/run_journal.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

namespace spine::test {

inline run::StepRecord begun(const std::string& step, int attempt = 1) {
    run::StepRecord record;
    record.step = step;
    record.attempt = attempt;
    record.type = "pipeline";
    return record;
}

inline run::StepRecord ended(const std::string& step, run::StepStatus status, int attempt = 1) {
    auto record = begun(step, attempt);
    record.status = status;
    return record;
}

struct RunFixture : StoreFixture {
    /// A wish to begin at step `read`.
    run::NewRun wanted(const std::string& key = {}, boost::json::object params = {{"week", "w1"}}) {
        run::NewRun run;
        run.run_id = env::new_id(clock, random);
        run.run_key = key;
        run.workflow = "demo.refresh";
        run.domain = "demo.weeks";
        run.definition_text = "name: demo.refresh";
        run.definition_sha256 = run::sha256_hex(run.definition_text);
        run.given = params;
        run.params = std::move(params);
        run.plugins = {{"demo.weeks.read", "demo"}};
        run.begin.steps = {begun("read")};
        run.begin.stages = {{"STARTED", 0, 0, {}}};
        run.begin.run.current_step = "read";
        return run;
    }
    run::RunRow opened(Process& process, const std::string& key = {}) {
        auto answer = process.store->run_journal().open(wanted(key));
        return std::get<run::Owned>(answer).run;
    }
    /// What the run writes with the end of `read`: it goes on at `total`.
    static run::Along after_read(const run::RunRow& run, run::StepStatus status = run::StepStatus::completed) {
        run::Along along;
        along.run_id = run.run_id;
        along.fence = run.fence;
        along.steps = {ended("read", status), begun("total")};
        along.run.current_step = "total";
        return along;
    }
    /// What it writes with its end.
    static run::Along finished(const run::RunRow& run, run::RunStatus status = run::RunStatus::completed) {
        run::Along along;
        along.run_id = run.run_id;
        along.fence = run.fence;
        along.steps = {ended("read", status == run::RunStatus::completed ? run::StepStatus::completed
                                                                         : run::StepStatus::failed)};
        along.run.status = status;
        return along;
    }
    /// Somebody else has taken the run over.
    void lose(const run::RunRow& run) {
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec("UPDATE core_workflow_runs SET fence = fence + 1 WHERE run_id = '" + run.run_id + "'");
    }
};

} // namespace spine::test
