#include "store/along.hpp"

#include "env/clock.hpp"
#include "store/cancel_runs.hpp"
#include "store/new_runs.hpp"
#include "store/pause_runs.hpp"
#include "store/step_rows.hpp"
#include "store/workers.hpp"
#include "unit/partition.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <utility>

namespace spine::store {

namespace {

/// What of the run's row a commit may change, as texts.
struct Changing {
    std::string status, reason, current_step, error_step;
    FailureColumns failure;
    std::string partition_domain, partition_key, wake_at;
    std::int64_t calls_seen = 0;

    bool operator==(const Changing&) const = default;
};

/// The run's row as it is before the commit.
struct Before {
    std::string workflow;
    std::string domain;
    std::string definition_sha256;
    std::string started_at;
    std::string waiter; ///< the run that waits for it; empty: none
    PauseWish pause;
    Changing changing;
};

std::optional<Before> held_run(Connection& connection, const run::Along& along) {
    auto& row = connection.prepared(
        "SELECT workflow, domain, definition_sha256, started_at, CASE WHEN parent_attempt IS NOT NULL THEN parent_run_id END, status, reason, "
        "current_step, error_step, error_category, error_message, error_json, partition_domain, "
        "partition_key, wake_at, calls_seen, pause_asked FROM core_workflow_runs WHERE run_id = ? AND fence = ? AND "
        "status NOT IN ('completed', 'failed', 'cancelled')");
    row.bind(1, along.run_id);
    row.bind(2, along.fence);
    std::optional<Before> before;
    if (row.executeStep()) {
        const auto text = [&](int column) { return row.getColumn(column).getString(); };
        before = Before{text(0),
                        text(1),
                        text(2),
                        text(3),
                        text(4),
                        {row.getColumn(16).getInt() != 0, text(6)},
                        {text(5),
                         text(6),
                         text(7),
                         text(8),
                         {text(9), text(10), text(11)},
                         text(12),
                         text(13),
                         text(14),
                         row.getColumn(15).getInt64()}};
    }
    row.reset();
    return before;
}

/// At which step the run is: a column that no index has.
void move_on(Connection& connection, const run::Along& along) {
    auto& update = connection.prepared("UPDATE core_workflow_runs SET current_step = ? WHERE run_id = ? AND fence = ?");
    bind_or_null(update, 1, along.run.current_step);
    update.bind(2, along.run_id);
    update.bind(3, along.fence);
    update.exec();
}

/// Whether the run is still the writer's, for who changes nothing of its row but at which step it is.
bool holds_run(Connection& connection, const run::Along& along) {
    auto& row = connection.prepared("SELECT current_step FROM core_workflow_runs WHERE run_id = ? AND fence = ? AND status NOT IN "
                                    "('completed', 'failed', 'cancelled')");
    row.bind(1, along.run_id);
    row.bind(2, along.fence);
    const bool holds = row.executeStep();
    const bool moves = holds && row.getColumn(0).getString() != along.run.current_step;
    row.reset();
    if (moves)
        move_on(connection, along);
    return holds;
}

bool is_blocked(const run::RunChange& change) {
    return change.status == run::RunStatus::waiting && change.reason.starts_with("blocked:");
}

/// Rows of runs are wide: one that stays as it is is not written.
void change_run(const RunHand& hand, const run::Along& along, const Before& before, const std::string& now) {
    const auto& change = along.run;
    auto [status, reason] = as_asked(change, before.pause);
    const bool final = run::is_final(status);
    Changing after{std::string{run::to_text(status)},
                   std::move(reason),
                   change.current_step,
                   change.error_step,
                   failure_columns(change.failure),
                   change.partition ? change.partition->domain : before.changing.partition_domain,
                   change.partition ? change.partition->key : before.changing.partition_key,
                   final || is_blocked(change) ? std::string{} : change.wake_at,
                   std::max(before.changing.calls_seen, along.calls_seen)};
    if (auto moved = before.changing; moved != after) {
        moved.current_step = after.current_step;
        if (moved == after)
            return move_on(hand.connection, along);
    } else {
        return;
    }
    // A run that runs or waits for something stays with who drives it, until that one gives it back.
    const bool kept = !final && status != run::RunStatus::paused && !is_blocked(change);
    auto& update = hand.connection.prepared(
        "UPDATE core_workflow_runs SET status = ?1, reason = ?2, current_step = ?3, error_step = ?4, "
        "error_category = ?5, error_message = ?6, error_json = ?7, partition_domain = ?8, partition_key "
        "= ?9, wake_at = ?10, calls_seen = ?11, finished_at = ?12, result_json = ?13, locked_by = CASE "
        "?14 WHEN 1 THEN locked_by END, locked_at = CASE ?14 WHEN 1 THEN locked_at END, pause_asked = "
        "CASE WHEN ?1 IN ('paused', 'completed', 'failed', 'cancelled') THEN 0 ELSE pause_asked END "
        "WHERE run_id = ?15 AND fence = ?16");
    update.bind(1, after.status);
    bind_or_null(update, 2, after.reason);
    bind_or_null(update, 3, after.current_step);
    bind_or_null(update, 4, after.error_step);
    bind_failure(update, 5, change.failure);
    bind_or_null(update, 8, after.partition_domain);
    bind_or_null(update, 9, after.partition_key);
    bind_or_null(update, 10, after.wake_at);
    update.bind(11, after.calls_seen);
    bind_or_null(update, 12, final ? now : std::string{});
    bind_or_null(update, 13, text_unless_empty(change.result));
    update.bind(14, kept ? 1 : 0);
    update.bind(15, along.run_id);
    update.bind(16, along.fence);
    update.exec();
}

constexpr const char* manifest_columns =
    "(domain, partition_key, stage, stage_rank, row_count, metrics_json, inputs_sha256, "
    "execution_id, batch_id, updated_at)";
constexpr const char* over_what_is_there =
    " ON CONFLICT (domain, partition_key, stage) DO UPDATE SET stage_rank = excluded.stage_rank, "
    "row_count = excluded.row_count, metrics_json = excluded.metrics_json, capture_id = NULL, "
    "derivation_seq = NULL, inputs_sha256 = excluded.inputs_sha256, execution_id = "
    "excluded.execution_id, batch_id = excluded.batch_id, updated_at = excluded.updated_at";

/// Rows that were written while the run had no partition go to its first one.
void move_manifest(Connection& connection,
                   const std::string& domain,
                   const std::string& from,
                   const std::string& to) {
    auto& copy = connection.prepared(
        std::string{"INSERT INTO core_manifest "} + manifest_columns +
        " SELECT domain, ?3, stage, stage_rank, row_count, metrics_json, inputs_sha256, "
        "execution_id, batch_id, updated_at FROM core_manifest WHERE domain = ?1 AND partition_key "
        "= ?2" + over_what_is_there);
    copy.bind(1, domain);
    copy.bind(2, from);
    copy.bind(3, to);
    copy.exec();
    auto& erase =
        connection.prepared("DELETE FROM core_manifest WHERE domain = ? AND partition_key = ?");
    erase.bind(1, domain);
    erase.bind(2, from);
    erase.exec();
}

/// The partition that rows of the run's manifest stand under; empty: it has none yet.
std::string manifest_key(Connection& connection, const std::string& domain, const std::string& run_id) {
    auto& row = connection.prepared("SELECT partition_key FROM core_manifest WHERE domain = ? AND execution_id = ? ORDER BY stage_rank LIMIT 1");
    row.bind(1, domain);
    row.bind(2, run_id);
    std::string key;
    if (row.executeStep())
        key = row.getColumn(0).getString();
    row.reset();
    return key;
}

bool stands_under(Connection& connection, const std::string& domain, const std::string& key, const std::string& run_id) {
    auto& row = connection.prepared("SELECT 1 FROM core_manifest WHERE domain = ? AND partition_key = ? AND execution_id = ? LIMIT 1");
    row.bind(1, domain);
    row.bind(2, key);
    row.bind(3, run_id);
    const bool stands = row.executeStep();
    row.reset();
    return stands;
}

void write_stages(Connection& connection,
                  const run::Along& along,
                  const Before& before,
                  const std::string& now) {
    const auto domain = "workflow." + before.workflow;
    const auto own_key = unit::partition_key({{"run_id", along.run_id}});
    auto key = before.changing.partition_key.empty() ? own_key : before.changing.partition_key;
    if (along.run.partition && before.changing.partition_key.empty()) {
        move_manifest(connection, domain, own_key, along.run.partition->key);
        key = along.run.partition->key;
    } else if (!along.stages.empty() && !before.changing.partition_key.empty() && !stands_under(connection, domain, key, along.run_id)) {
        // The run has gone on to another partition: its whole story stands under the first.
        if (auto first = manifest_key(connection, domain, along.run_id); !first.empty())
            key = std::move(first);
    }
    for (const auto& stage : along.stages) {
        auto metrics = stage.metrics;
        if (stage.stage == "COMPLETED")
            metrics["duration_seconds"] =
                static_cast<double>(
                    (env::time_from(now) - env::time_from(before.started_at)).count()) /
                1000.0;
        auto& upsert = connection.prepared(std::string{"INSERT INTO core_manifest "} +
                                           manifest_columns +
                                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)" +
                                           over_what_is_there);
        upsert.bind(1, domain);
        upsert.bind(2, key);
        upsert.bind(3, stage.stage);
        upsert.bind(4, stage.rank);
        upsert.bind(5, stage.row_count);
        upsert.bind(6, workflow::canonical_json(metrics));
        upsert.bind(7, before.definition_sha256);
        upsert.bind(8, along.run_id);
        upsert.bind(9, along.run_id);
        upsert.bind(10, now);
        upsert.exec();
    }
}

void write_anomaly(Connection& connection,
                   const run::Along& along,
                   const Before& before,
                   const std::string& now) {
    const auto key = along.run.partition ? along.run.partition->key : before.changing.partition_key;
    auto& insert = connection.prepared(
        "INSERT INTO core_anomalies (domain, stage, partition_key, severity, category, message, "
        "metadata_json, run_id, detected_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, before.domain.empty() ? before.workflow : before.domain);
    bind_or_null(insert, 2, along.anomaly_stage);
    bind_or_null(insert, 3, key);
    insert.bind(4, along.anomaly->severity);
    insert.bind(5, along.anomaly->category);
    insert.bind(6, along.anomaly->message);
    bind_or_null(insert, 7, along.anomaly->metadata);
    insert.bind(8, along.run_id);
    insert.bind(9, now);
    insert.exec();
}

/// Rows of steps that wait say until when, whoever set that anew: who answers late is judged by them.
void set_waits(Connection& connection, const std::string& run_id, const run::StepRecord& record) {
    const auto* waits = record.output.if_contains("waits");
    if (waits == nullptr || !waits->is_object())
        return;
    for (const auto& member : waits->get_object()) {
        auto& update = connection.prepared("UPDATE core_workflow_steps SET wake_at = ? WHERE run_id = ? AND step = ? AND generation = ? AND status = 'waiting'");
        update.bind(1, std::string{member.value().get_string()});
        update.bind(2, run_id);
        update.bind(3, std::string{member.key()});
        update.bind(4, record.generation);
        update.exec();
    }
}

/// A run that has completed after all has mended what its failures told of.
void resolve_failures(Connection& connection, const std::string& run_id, const std::string& now) {
    auto& resolve = connection.prepared("UPDATE core_anomalies SET resolved_at = ?, resolution_note = ? WHERE run_id = ? AND category = "
                                        "'WORKFLOW_FAILURE' AND resolved_at IS NULL");
    resolve.bind(1, now);
    resolve.bind(2, "run " + run_id + " has completed");
    resolve.bind(3, run_id);
    resolve.exec();
}

} // namespace

run::Written write_along(const RunHand& hand, const run::Along& along, const std::string& now) {
    auto& connection = hand.connection;
    const bool steps_alone =
        along.run_stays && along.stages.empty() && !along.anomaly && along.cancelled.empty() && along.new_runs.empty();
    const auto before = steps_alone ? std::nullopt : held_run(connection, along);
    if (steps_alone ? !holds_run(connection, along) : !before)
        return run::Written::lost;
    for (const auto& record : along.steps)
        if (ignores_answer(connection, along.run_id, record))
            return run::Written::stale;
    for (const auto& record : along.steps) {
        write_step(connection, along.run_id, record, now);
        if (record.step == "@clock")
            set_waits(connection, along.run_id, record);
    }
    if (!before)
        return run::Written::yes;
    write_stages(connection, along, *before, now);
    if (along.anomaly)
        write_anomaly(connection, along, *before, now);
    if (along.run.status == run::RunStatus::completed)
        resolve_failures(connection, along.run_id, now);
    change_run(hand, along, *before, now);
    if (!along.cancelled.empty())
        cancel_runs(connection, along.cancelled, "cancelled: run " + along.run_id + " goes on without it", now);
    bool goes_on = false; // in a successor, which the parent waits for instead
    for (const auto& wanted : along.new_runs) {
        goes_on = goes_on || wanted.chain_no > 1;
        begin_run(hand, wanted, now);
        if (before->pause.asked && (wanted.chain_no > 1 || !waiter_of(wanted).empty()))
            pause_new(connection, wanted.run_id, before->pause, wanted.parent_run_id != along.run_id);
    }
    if (run::is_final(along.run.status) && !goes_on && !before->waiter.empty())
        call_run(connection, before->waiter);
    return run::Written::yes;
}

run::Written write_following(const RunHand& hand,
                             const run::Follow& follow,
                             const run::Ended& ended,
                             const std::string& now,
                             run::Written silent) {
    if (!follow)
        return run::Written::yes;
    const auto along = follow(ended);
    return along ? write_along(hand, *along, now) : silent;
}

bool run_is_ours(Connection& connection, const std::string& run_id, const std::string& worker) {
    if (run_id.empty() || !has_workflow_tables(connection))
        return true;
    auto& row = connection.prepared("SELECT locked_by IS ? FROM core_workflow_runs WHERE run_id = ?");
    row.bind(1, process_of(worker));
    row.bind(2, run_id);
    const bool ours = !row.executeStep() || row.getColumn(0).getInt() != 0;
    row.reset();
    return ours;
}

bool has_workflow_tables(Connection& connection) { return connection.has_table("core_workflow_runs"); }
bool has_turns(Connection& connection) { return connection.has_table("core_workflow_turns"); }
bool has_engine_tables(Connection& connection) { return connection.has_table("core_workflow_versions"); }

} // namespace spine::store
