#include "store/along.hpp"

#include "env/clock.hpp"
#include "unit/partition.hpp"
#include "workflow/json.hpp"

#include <array>
#include <utility>

namespace spine::store {

namespace json = boost::json;

namespace {

constexpr std::array<std::pair<unit::Retry, std::string_view>, 5> retry_names{
    {{unit::Retry::by_category, "by_category"},
     {unit::Retry::never, "never"},
     {unit::Retry::now, "now"},
     {unit::Retry::backoff, "backoff"},
     {unit::Retry::after_input_change, "after_input_change"}}};

/// The run's row as it is before the commit.
struct Before {
    std::string workflow;
    std::string domain;
    std::string definition_sha256;
    std::string started_at;
    std::string partition_key;
};

std::optional<Before> held_run(Connection& connection, const run::Along& along) {
    auto& row = connection.prepared(
        "SELECT workflow, domain, definition_sha256, started_at, partition_key FROM "
        "core_workflow_runs WHERE run_id = ? AND fence = ? AND status NOT IN ('completed', "
        "'failed', 'cancelled')");
    row.bind(1, along.run_id);
    row.bind(2, along.fence);
    std::optional<Before> before;
    if (row.executeStep())
        before = Before{row.getColumn(0).getString(),
                        row.getColumn(1).getString(),
                        row.getColumn(2).getString(),
                        row.getColumn(3).getString(),
                        row.getColumn(4).getString()};
    row.reset();
    return before;
}

template <typename Json> std::string text_unless_empty(const Json& value) {
    return value.empty() ? std::string{} : workflow::json_text(value);
}

bool has_ended(run::StepStatus status) {
    return status == run::StepStatus::completed || status == run::StepStatus::skipped ||
           status == run::StepStatus::failed || status == run::StepStatus::cancelled;
}

void bind_result(SQLite::Statement& statement,
                 int from,
                 const run::StepRecord& record,
                 const std::string& now) {
    statement.bind(from++, std::string{run::to_text(record.status)});
    bind_or_null(statement, from++, record.reason);
    bind_or_null(statement, from++, text_unless_empty(record.output));
    bind_or_null(statement, from++, text_unless_empty(record.updates));
    bind_or_null(statement, from++, text_unless_empty(record.quality));
    bind_or_null(statement, from++, text_unless_empty(record.events));
    bind_failure(statement, from, record.failure);
    bind_or_null(statement, from + 3, record.execution_id);
    bind_or_null(statement, from + 4, has_ended(record.status) ? now : std::string{});
}

bool end_step(Connection& connection,
              const std::string& run_id,
              const run::StepRecord& record,
              const std::string& now) {
    auto& update = connection.prepared(
        "UPDATE core_workflow_steps SET status = ?, reason = ?, output_json = ?, updates_json = ?, "
        "quality_json = ?, events_json = ?, error_category = ?, error_message = ?, error_json = ?, "
        "execution_id = ?, finished_at = ? WHERE run_id = ? AND step = ? AND generation = ? AND "
        "attempt = ? AND status = 'running'");
    bind_result(update, 1, record, now);
    update.bind(12, run_id);
    update.bind(13, record.step);
    update.bind(14, record.generation);
    update.bind(15, record.attempt);
    return update.exec() == 1;
}

void write_step(Connection& connection,
                const std::string& run_id,
                const run::StepRecord& record,
                const std::string& now) {
    if (record.status != run::StepStatus::running && end_step(connection, run_id, record, now))
        return;
    auto& insert = connection.prepared(
        "INSERT INTO core_workflow_steps (status, reason, output_json, updates_json, quality_json, "
        "events_json, error_category, error_message, error_json, execution_id, finished_at, run_id, "
        "step, generation, attempt, type, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?, ?, ?) ON CONFLICT (run_id, step, generation, attempt) DO NOTHING");
    bind_result(insert, 1, record, now);
    insert.bind(12, run_id);
    insert.bind(13, record.step);
    insert.bind(14, record.generation);
    insert.bind(15, record.attempt);
    insert.bind(16, record.type);
    insert.bind(17, now);
    if (insert.exec() != 1) // a result is recorded once: our bug, and nothing of this commit may stay
        throw Error{ErrorCode::internal,
                    "run " + run_id + ": attempt " + std::to_string(record.attempt) + " of step '" +
                        record.step + "' is recorded already"};
}

void change_run(Connection& connection, const run::Along& along, const std::string& now) {
    const auto& change = along.run;
    auto& update = connection.prepared(
        "UPDATE core_workflow_runs SET status = ?1, reason = ?2, current_step = ?3, error_step = ?4, "
        "error_category = ?5, error_message = ?6, error_json = ?7, partition_domain = coalesce(?8, "
        "partition_domain), partition_key = coalesce(?9, partition_key), finished_at = ?10, "
        "locked_by = CASE ?1 WHEN 'running' THEN locked_by END, locked_at = CASE ?1 WHEN 'running' "
        "THEN locked_at END WHERE run_id = ?11 AND fence = ?12");
    update.bind(1, std::string{run::to_text(change.status)});
    bind_or_null(update, 2, change.reason);
    bind_or_null(update, 3, change.current_step);
    bind_or_null(update, 4, change.error_step);
    bind_failure(update, 5, change.failure);
    bind_or_null(update, 8, change.partition ? change.partition->domain : std::string{});
    bind_or_null(update, 9, change.partition ? change.partition->key : std::string{});
    bind_or_null(update, 10, run::is_final(change.status) ? now : std::string{});
    update.bind(11, along.run_id);
    update.bind(12, along.fence);
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

void write_stages(Connection& connection,
                  const run::Along& along,
                  const Before& before,
                  const std::string& now) {
    const auto domain = "workflow." + before.workflow;
    const auto own_key = unit::partition_key({{"run_id", along.run_id}});
    auto key = before.partition_key.empty() ? own_key : before.partition_key;
    if (along.run.partition) {
        if (before.partition_key.empty())
            move_manifest(connection, domain, own_key, along.run.partition->key);
        key = along.run.partition->key;
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
    const auto key = along.run.partition ? along.run.partition->key : before.partition_key;
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

} // namespace

bool write_along(Connection& connection, const run::Along& along, const std::string& now) {
    const auto before = held_run(connection, along);
    if (!before)
        return false;
    for (const auto& record : along.steps)
        write_step(connection, along.run_id, record, now);
    write_stages(connection, along, *before, now);
    if (along.anomaly)
        write_anomaly(connection, along, *before, now);
    change_run(connection, along, now);
    return true;
}

bool write_following(Connection& connection,
                     const run::Follow& follow,
                     const run::Ended& ended,
                     const std::string& now) {
    if (!follow)
        return true;
    const auto along = follow(ended);
    return !along || write_along(connection, *along, now);
}

bool run_is_ours(Connection& connection, const std::string& run_id, const std::string& worker) {
    if (run_id.empty() || !has_workflow_tables(connection))
        return true;
    auto& row = connection.prepared("SELECT locked_by IS ? FROM core_workflow_runs WHERE run_id = ?");
    row.bind(1, worker);
    row.bind(2, run_id);
    const bool ours = !row.executeStep() || row.getColumn(0).getInt() != 0;
    row.reset();
    return ours;
}

void bind_failure(SQLite::Statement& statement,
                  int from,
                  const std::optional<unit::Failure>& failure) {
    if (!failure) {
        for (int i = 0; i < 3; ++i)
            statement.bind(from + i);
        return;
    }
    json::object rest{{"hint", failure->hint}, {"exit_code", failure->exit_code}};
    if (!failure->details.empty())
        rest["details"] = failure->details;
    for (const auto& [retry, name] : retry_names)
        if (retry == failure->retry && retry != unit::Retry::by_category)
            rest["retry"] = name;
    if (failure->backoff.count() != 0)
        rest["backoff_ms"] = failure->backoff.count();
    statement.bind(from, std::string{unit::to_text(failure->category)});
    statement.bind(from + 1, failure->message);
    statement.bind(from + 2, workflow::json_text(rest));
}

std::optional<unit::Failure> failure_from(SQLite::Statement& row, int from) {
    if (row.getColumn(from).isNull())
        return std::nullopt;
    unit::Failure failure;
    failure.category = unit::category_from(row.getColumn(from).getString())
                           .value_or(unit::Category::internal);
    failure.message = row.getColumn(from + 1).getString();
    const auto text = row.getColumn(from + 2).getString();
    const auto value = text.empty() ? json::value{} : workflow::json_from(text);
    if (!value.is_object())
        return failure;
    const auto& rest = value.get_object();
    if (const auto* hint = rest.if_contains("hint"); hint != nullptr && hint->is_string())
        failure.hint = hint->get_string();
    if (const auto* code = rest.if_contains("exit_code"); code != nullptr && code->is_int64())
        failure.exit_code = static_cast<int>(code->get_int64());
    if (const auto* details = rest.if_contains("details"); details != nullptr && details->is_object())
        failure.details = details->get_object();
    if (const auto* name = rest.if_contains("retry"); name != nullptr && name->is_string())
        for (const auto& [retry, known] : retry_names)
            if (known == std::string_view{name->get_string()})
                failure.retry = retry;
    if (const auto* wait = rest.if_contains("backoff_ms"); wait != nullptr && wait->is_int64())
        failure.backoff = std::chrono::milliseconds{wait->get_int64()};
    return failure;
}

bool has_workflow_tables(Connection& connection) {
    auto& row = connection.prepared(
        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'core_workflow_runs'");
    const bool has = row.executeStep();
    row.reset();
    return has;
}

} // namespace spine::store
