#include "store/step_rows.hpp"

#include "store/along.hpp"
#include "store/step_logs.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
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

/// The id of a build; one that is new gets its row.
std::int64_t build_id(Connection& connection, const run::PluginBuild& build) {
    const auto name = build.plugin + ' ' + build.version + ' ' + build.sha256;
    if (const auto id = connection.known_id(name); id != 0)
        return id;
    const auto bound = [&](std::string_view sql) -> SQLite::Statement& {
        auto& statement = connection.prepared(sql);
        statement.bind(1, build.plugin);
        statement.bind(2, build.version);
        statement.bind(3, build.sha256);
        return statement;
    };
    auto& row = bound("SELECT build_id FROM core_plugin_builds WHERE plugin = ? AND version = ? AND sha256 = ?");
    const auto known = row.executeStep() ? row.getColumn(0).getInt64() : 0;
    row.reset();
    if (known == 0)
        bound("INSERT INTO core_plugin_builds (plugin, version, sha256) VALUES (?, ?, ?)").exec();
    const auto id = known != 0 ? known : connection.db().getLastInsertRowid();
    connection.know_id(name, id);
    return id;
}

constexpr int result_columns = 18;

/// What start and end have in common, in the order of both statements.
void bind_result(SQLite::Statement& statement,
                 const run::StepRecord& record,
                 std::int64_t build,
                 const std::string& now) {
    int at = 1;
    statement.bind(at++, std::string{run::to_text(record.status)});
    bind_or_null(statement, at++, record.reason);
    bind_or_null(statement, at++, text_unless_empty(record.output));
    bind_or_null(statement, at++, text_unless_empty(record.updates));
    bind_or_null(statement, at++, text_unless_empty(record.quality));
    bind_or_null(statement, at++, text_unless_empty(record.events));
    bind_failure(statement, at, record.failure);
    at += 3;
    bind_or_null(statement, at++, record.execution_id);
    bind_or_null(statement, at++, has_ended(record.status) ? now : std::string{});
    bind_or_null(statement, at++, record.wake_at);
    bind_or_null(statement, at++, text_unless_empty(record.requests));
    bind_or_null(statement, at++, record.child_run_id);
    if (build != 0)
        statement.bind(at, build);
    ++at;
    statement.bind(at++, record.begun_no);
    statement.bind(at++, record.ended_no);
    if (record.wait_ms != 0)
        statement.bind(at, record.wait_ms);
}

void bind_name(SQLite::Statement& statement, const std::string& run_id, const run::StepRecord& record) {
    statement.bind(result_columns + 1, run_id);
    statement.bind(result_columns + 2, record.step);
    statement.bind(result_columns + 3, record.generation);
    statement.bind(result_columns + 4, record.attempt);
}

} // namespace

bool has_ended(run::StepStatus status) {
    return status == run::StepStatus::completed || status == run::StepStatus::skipped ||
           status == run::StepStatus::failed || status == run::StepStatus::cancelled;
}

void write_step(Connection& connection,
                const std::string& run_id,
                const run::StepRecord& record,
                const std::string& now) {
    if (!record.log.empty())
        write_step_log(connection,
                       {run_id, record.execution_id, record.step, record.generation, record.attempt},
                       StepLog{record.log});
    const auto build = record.build.plugin.empty() ? 0 : build_id(connection, record.build);
    if (has_ended(record.status)) {
        auto& update = connection.prepared(
            "UPDATE core_workflow_steps SET status = ?1, reason = ?2, output_json = ?3, updates_json = "
            "?4, quality_json = ?5, events_json = ?6, error_category = ?7, error_message = ?8, "
            "error_json = ?9, execution_id = ?10, finished_at = ?11, wake_at = ?12, requests_json = "
            "?13, child_run_id = coalesce(?14, child_run_id), build_id = coalesce(?15, build_id), "
            "begun_no = CASE ?16 WHEN 0 THEN begun_no ELSE ?16 END, ended_no = ?17, wait_ms = ?18 WHERE run_id = ?19 "
            "AND step = ?20 AND generation = ?21 AND attempt = ?22 AND status IN ('running', 'waiting')");
        bind_result(update, record, build, now);
        bind_name(update, run_id, record);
        if (update.exec() == 1)
            return;
    }
    auto& insert = connection.prepared(
        "INSERT INTO core_workflow_steps (status, reason, output_json, updates_json, quality_json, "
        "events_json, error_category, error_message, error_json, execution_id, finished_at, wake_at, "
        "requests_json, child_run_id, build_id, begun_no, ended_no, wait_ms, run_id, step, generation, attempt, "
        "type, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (run_id, step, generation, attempt) DO NOTHING");
    bind_result(insert, record, build, now);
    bind_name(insert, run_id, record);
    insert.bind(result_columns + 5, record.type);
    insert.bind(result_columns + 6, now);
    if (insert.exec() != 1) // a result is recorded once: our bug, and nothing of this commit may stay
        throw Error{ErrorCode::internal,
                    "run " + run_id + ": attempt " + std::to_string(record.attempt) + " of step '" +
                        record.step + "' is recorded already"};
}

bool ignores_answer(Connection& connection, const std::string& run_id, const run::StepRecord& record) {
    if (record.type != "approval" || !has_ended(record.status))
        return false;
    if (const auto* by = record.output.if_contains("by");
        by != nullptr && by->is_string() && !by->get_string().empty())
        return false;
    auto& row = connection.prepared(
        "SELECT 1 FROM core_workflow_steps WHERE run_id = ? AND step = ? AND generation = ? AND attempt "
        "= ? AND status = 'waiting' AND answer_json IS NOT NULL");
    row.bind(1, run_id);
    row.bind(2, record.step);
    row.bind(3, record.generation);
    row.bind(4, record.attempt);
    const bool ignored = row.executeStep();
    row.reset();
    return ignored;
}

std::vector<run::StepRecord> steps_of(Connection& connection, const std::string& run_id) {
    const bool engine = has_engine_tables(connection);
    std::map<std::int64_t, run::PluginBuild> builds;
    if (engine) {
        auto& row = connection.prepared("SELECT build_id, plugin, version, sha256 FROM core_plugin_builds");
        while (row.executeStep())
            builds[row.getColumn(0).getInt64()] = {row.getColumn(1).getString(),
                                                   row.getColumn(2).getString(),
                                                   row.getColumn(3).getString()};
        row.reset();
    }
    auto& row = connection.prepared(
        std::string{"SELECT step, generation, attempt, type, status, reason, output_json, updates_json, "
                    "quality_json, events_json, error_category, error_message, error_json, execution_id, "} +
        (engine ? "wake_at, requests_json, child_run_id, build_id, begun_no, ended_no"
                : "NULL, NULL, NULL, NULL, 2 * step_seq, CASE WHEN finished_at IS NULL THEN 0 ELSE 2 * "
                  "step_seq + 1 END") +
        (has_turns(connection) ? ", wait_ms" : ", NULL") +
        " FROM core_workflow_steps WHERE run_id = ? ORDER BY step_seq");
    row.bind(1, run_id);
    std::vector<run::StepRecord> steps;
    while (row.executeStep()) {
        auto& step = steps.emplace_back();
        step.step = row.getColumn(0).getString();
        step.generation = row.getColumn(1).getInt();
        step.attempt = row.getColumn(2).getInt();
        step.type = row.getColumn(3).getString();
        step.status = run::step_status_from(row.getColumn(4).getString())
                          .value_or(run::StepStatus::running);
        step.reason = row.getColumn(5).getString();
        step.output = object_in(row, 6);
        step.updates = object_in(row, 7);
        step.quality = object_in(row, 8);
        step.events = array_in(row, 9);
        step.failure = failure_from(row, 10);
        step.execution_id = row.getColumn(13).getString();
        step.wake_at = row.getColumn(14).getString();
        step.requests = array_in(row, 15);
        step.child_run_id = row.getColumn(16).getString();
        if (const auto build = builds.find(row.getColumn(17).getInt64()); build != builds.end())
            step.build = build->second;
        step.begun_no = row.getColumn(18).getInt64();
        step.ended_no = row.getColumn(19).getInt64();
        step.wait_ms = row.getColumn(20).getInt64();
    }
    row.reset();
    return steps;
}

std::int64_t next_event_no(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared("SELECT coalesce(max(begun_no), 0), coalesce(max(ended_no), 0) FROM "
                                    "core_workflow_steps WHERE run_id = ?");
    row.bind(1, run_id);
    row.executeStep();
    const auto last = std::max(row.getColumn(0).getInt64(), row.getColumn(1).getInt64());
    row.reset();
    return last + 1;
}

FailureColumns failure_columns(const std::optional<unit::Failure>& failure) {
    if (!failure)
        return {};
    json::object rest{{"hint", failure->hint}, {"exit_code", failure->exit_code}};
    if (!failure->details.empty())
        rest["details"] = failure->details;
    for (const auto& [retry, name] : retry_names)
        if (retry == failure->retry && retry != unit::Retry::by_category)
            rest["retry"] = name;
    if (failure->backoff.count() != 0)
        rest["backoff_ms"] = failure->backoff.count();
    if (failure->elsewhere)
        rest["elsewhere"] = true;
    return {std::string{unit::to_text(failure->category)}, failure->message, workflow::json_text(rest)};
}

void bind_failure(SQLite::Statement& statement,
                  int from,
                  const std::optional<unit::Failure>& failure) {
    if (!failure) {
        for (int i = 0; i < 3; ++i)
            statement.bind(from + i);
        return;
    }
    const auto columns = failure_columns(failure);
    statement.bind(from, columns.category);
    statement.bind(from + 1, columns.message);
    statement.bind(from + 2, columns.rest);
}

std::optional<unit::Failure> failure_from(SQLite::Statement& row, int from) {
    if (row.getColumn(from).isNull())
        return std::nullopt;
    unit::Failure failure;
    failure.category = unit::category_from(row.getColumn(from).getString())
                           .value_or(unit::Category::internal);
    failure.message = row.getColumn(from + 1).getString();
    const auto rest = object_in(row, from + 2);
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
    if (const auto* elsewhere = rest.if_contains("elsewhere"); elsewhere != nullptr && elsewhere->is_bool())
        failure.elsewhere = elsewhere->get_bool();
    return failure;
}

json::object object_in(SQLite::Statement& row, int column) {
    if (row.getColumn(column).isNull())
        return {};
    auto value = workflow::json_from(row.getColumn(column).getString());
    return value.is_object() ? std::move(value.get_object()) : json::object{};
}

json::array array_in(SQLite::Statement& row, int column) {
    if (row.getColumn(column).isNull())
        return {};
    auto value = workflow::json_from(row.getColumn(column).getString());
    return value.is_array() ? std::move(value.get_array()) : json::array{};
}

std::string text_unless_empty(const json::object& value) {
    return value.empty() ? std::string{} : workflow::json_text(value);
}
std::string text_unless_empty(const json::array& value) {
    return value.empty() ? std::string{} : workflow::json_text(value);
}

} // namespace spine::store
