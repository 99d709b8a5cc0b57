#include "run/new_run.hpp"

#include "run/step_values.hpp"

namespace spine::run {

NewRun another(const RunRow& row) {
    NewRun run;
    run.run_key = row.run_key;
    run.workflow = row.workflow;
    run.version = row.version;
    run.domain = row.domain;
    run.definition_text = row.definition_text;
    run.definition_sha256 = row.definition_sha256;
    run.params = row.params;
    run.given = row.params;
    run.folder = row.folder;
    run.plugins = row.plugins;
    run.children = row.children;
    run.settings = row.settings;
    return run;
}

void limit(NewRun& run, const workflow::Workflow& workflow, env::TimePoint now) {
    if (!workflow.concurrency)
        return;
    const auto& rule = *workflow.concurrency;
    run.concurrent_max = rule.max_concurrent_runs.value_or(1);
    switch (rule.on_conflict.value_or(workflow::OnConflict::queue)) {
    case workflow::OnConflict::queue: run.on_conflict = NewRun::OnConflict::queue; break;
    case workflow::OnConflict::skip: run.on_conflict = NewRun::OnConflict::skip; break;
    case workflow::OnConflict::cancel_existing: run.on_conflict = NewRun::OnConflict::cancel_existing; break;
    }
    if (rule.queue_timeout_seconds)
        run.queue_until = env::to_text(now + from_seconds(*rule.queue_timeout_seconds));
}

RunRow row_of(const NewRun& run, env::TimePoint now) {
    RunRow row;
    row.run_id = run.run_id;
    row.run_key = run.run_key;
    row.workflow = run.workflow;
    row.version = run.version;
    row.domain = run.domain;
    row.definition_text = run.definition_text;
    row.definition_sha256 = run.definition_sha256;
    row.params = run.params;
    row.folder = run.folder;
    row.plugins = run.plugins;
    row.settings = run.settings;
    row.children = run.children;
    row.parent_run_id = run.parent_run_id;
    row.parent_step = run.parent_step;
    row.parent_attempt = run.parent_attempt;
    row.generation = run.generation;
    row.chain_no = run.chain_no;
    row.forked_from = run.forked_from;
    row.trigger = run.trigger;
    row.fence = 1;
    row.started_at = env::to_text(now);
    return row;
}

RunRow begun_row(const NewRun& run, env::TimePoint now) {
    auto row = row_of(run, now);
    const auto& begin = run.begin.run;
    row.status = begin.status;
    row.reason = begin.reason;
    row.current_step = begin.current_step;
    row.error_step = begin.error_step;
    row.failure = begin.failure;
    row.partition = begin.partition;
    row.wake_at = begin.wake_at;
    row.result = begin.result;
    row.steps = run.begin.steps;
    return row;
}

} // namespace spine::run
