#include "store/run_records.hpp"

#include "env/clock.hpp"
#include "error.hpp"
#include "store/along.hpp"
#include "store/sqlite_records.hpp"
#include "store/sqlite_state.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <string_view>

namespace spine::store {

namespace json = boost::json;

namespace {

constexpr std::size_t rows_max = 100'000;

constexpr const char* run_columns = "run_id, workflow, version, definition_sha256, params_json, plugins_json, domain, "
                                    "partition_domain, partition_key, run_key, status, reason, current_step, error_step, error_category, "
                                    "error_message, error_json, started_at, finished_at, parent_run_id, parent_step, generation, chain_no, "
                                    "fence, locked_by, locked_at, wake_at, trigger_source";
constexpr const char* engine_run_columns = ", parent_attempt, forked_from, calls, calls_seen, pause_asked, result_json, queue_until";
constexpr const char* engine_step_columns = ", wake_at, requests_json, child_run_id, answer_json, begun_no, ended_no, b.plugin, "
                                            "b.version AS plugin_version, b.sha256 AS plugin_sha256";

/// Executions of a run with the children of composites.
constexpr const char* own_executions =
    "WITH RECURSIVE own(id) AS (SELECT execution_id FROM core_executions WHERE run_id = ?1 UNION "
    "SELECT e.execution_id FROM core_executions e JOIN own ON e.parent_execution_id = own.id) ";

json::value seconds_between(const json::value& from, const json::value& to) {
    if (!from.is_string() || !to.is_string())
        return nullptr;
    const auto lasted = env::time_from(std::string{to.get_string()}) -
                        env::time_from(std::string{from.get_string()});
    return static_cast<double>(lasted.count()) / 1000.0;
}

std::size_t column_of(const control::Table& table, std::string_view name) {
    return static_cast<std::size_t>(std::find(table.columns.begin(), table.columns.end(), name) -
                                    table.columns.begin());
}

} // namespace

bool RunRecords::owner_alive(const SQLite::Column& worker) {
    return !worker.isNull() && liveness_.alive(worker.getString());
}

control::Table RunRecords::runs(const control::Filter& filter) {
    return connection_.guarded([&] {
        control::Table table;
        table.columns = {"run_id",
                         "workflow",
                         "version",
                         "status",
                         "partition_key",
                         "params_json",
                         "run_key",
                         "current_step",
                         "error_step",
                         "error_message",
                         "started_at",
                         "finished_at",
                         "reason",
                         "wake_at",
                         "parent_run_id",
                         "parent_step",
                         "parent_waits"};
        if (!has_workflow_tables(connection_))
            return table;
        constexpr int status_column = 3, worker_column = 17;
        constexpr std::string_view interrupted = "interrupted", due = "due", blocked = "blocked";
        auto wanted = filter.status;
        std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        std::string sql = "SELECT run_id, workflow, version, status, partition_key, params_json, run_key, current_step, error_step, error_message, started_at, finished_at, reason, wake_at, parent_run_id, parent_step, ";
        sql.append(has_engine_tables(connection_) ? "CASE WHEN parent_run_id IS NOT NULL THEN parent_attempt IS NOT NULL END" : "NULL")
            .append(", locked_by FROM core_workflow_runs WHERE 1");
        if (!filter.domain.empty())
            sql += " AND domain = ?";
        if (!wanted.empty())
            sql += " AND status = ?";
        if (wanted == blocked)
            sql += " AND reason LIKE 'blocked%'";
        if (!filter.name.empty())
            sql += " AND workflow = ?";
        if (!filter.since.empty())
            sql += " AND started_at >= ?";
        sql += partition_condition(filter.partition) + " ORDER BY run_id DESC";
        SQLite::Statement row{connection_.db(), sql};
        int at = 1;
        if (!filter.domain.empty())
            row.bind(at++, filter.domain);
        if (!wanted.empty())
            row.bind(at++, wanted == interrupted || wanted == due ? "running" : wanted == blocked ? "waiting" : wanted);
        if (!filter.name.empty())
            row.bind(at++, filter.name);
        if (!filter.since.empty())
            row.bind(at++, filter.since);
        bind_partition(row, at, filter.partition);
        while (row.executeStep()) {
            std::vector<json::value> cells;
            cells.reserve(worker_column);
            for (int i = 0; i < worker_column; ++i)
                cells.push_back(cell_of(row.getColumn(i)));
            if (auto& waits = cells.back(); waits.is_int64())
                waits = waits.get_int64() != 0;
            auto& status = cells[status_column].get_string();
            if (status == "running" && !owner_alive(row.getColumn(worker_column)))
                status = row.getColumn(worker_column).isNull() ? due : interrupted;
            if (!wanted.empty() && wanted != blocked && std::string_view{status} != wanted)
                continue;
            if (table.rows.size() == filter.limit) {
                table.more = true;
                break;
            }
            table.rows.push_back(std::move(cells));
        }
        return table;
    });
}

json::object RunRecords::workflow_run(const std::string& id) {
    return connection_.guarded([&]() -> json::object {
        constexpr std::size_t beginning_min = 8;
        if (id.size() < beginning_min || !has_workflow_tables(connection_))
            return {};
        SQLite::Statement statement{
            connection_.db(),
            std::string{"SELECT "} + run_columns + (has_engine_tables(connection_) ? engine_run_columns : "") +
                " FROM core_workflow_runs WHERE run_id >= ?1 AND run_id < ?1 || 'g' AND "
                "substr(run_id, 1, length(?1)) = ?1 LIMIT 6"};
        statement.bind(1, id);
        const auto found = read_table(statement, 5);
        if (found.rows.empty())
            return {};
        if (found.rows.size() > 1) {
            std::string candidates;
            for (const auto& row : found.rows)
                candidates += " " + std::string{row.front().get_string()};
            throw Error{ErrorCode::usage, "'" + id + "' begins more than one run's id:" + candidates};
        }
        constexpr std::string_view json_suffix = "_json";
        json::object run;
        for (std::size_t i = 0; i < found.columns.size(); ++i) {
            std::string_view name = found.columns[i];
            const auto& cell = found.rows.front()[i];
            const bool nested = name.ends_with(json_suffix);
            if (nested)
                name.remove_suffix(json_suffix.size());
            run[name] = nested && cell.is_string()
                            ? workflow::json_from(std::string_view{cell.get_string()})
                            : cell;
        }
        if (const auto* attempt = run.if_contains("parent_attempt"); attempt != nullptr && run.at("parent_run_id").is_string())
            run["parent_waits"] = !attempt->is_null();
        run["duration_seconds"] = seconds_between(run.at("started_at"), run.at("finished_at"));
        const auto& worker = run.at("locked_by");
        run["owner_alive"] = worker.is_string() && liveness_.alive(std::string{worker.get_string()});
        return run;
    });
}

control::Table RunRecords::of_run(const std::string& sql, const std::string& run_id) {
    return connection_.guarded([&] {
        if (!has_workflow_tables(connection_))
            return control::Table{};
        SQLite::Statement statement{connection_.db(), sql};
        statement.bind(1, run_id);
        return read_table(statement, rows_max);
    });
}

control::Table RunRecords::steps(const std::string& run_id) {
    const bool engine = connection_.guarded([&] { return has_engine_tables(connection_); });
    auto table = of_run(std::string{"SELECT step_seq, run_id, step, generation, attempt, type, status, reason, "
                                    "output_json, updates_json, quality_json, events_json, error_category, "
                                    "error_message, error_json, execution_id, started_at, finished_at"} +
                            (engine ? engine_step_columns : "") + " FROM core_workflow_steps s" +
                            (engine ? " LEFT JOIN core_plugin_builds b ON b.build_id = s.build_id" : "") +
                            " WHERE run_id = ? ORDER BY step_seq",
                        run_id);
    const auto from = column_of(table, "started_at"), to = column_of(table, "finished_at");
    for (auto& row : table.rows)
        row.push_back(seconds_between(row[from], row[to]));
    table.columns.emplace_back("duration_seconds");
    return table;
}

control::Table RunRecords::executions(const std::string& run_id) {
    return of_run(std::string{"SELECT "} + execution_columns +
                      " FROM core_executions WHERE run_id = ? ORDER BY execution_id",
                  run_id);
}

control::Table RunRecords::rejects(const std::string& run_id) {
    return of_run(std::string{own_executions} + "SELECT " + reject_columns +
                      " FROM core_rejects WHERE execution_id IN (SELECT id FROM own) ORDER BY "
                      "reject_id",
                  run_id);
}

control::Table RunRecords::quality(const std::string& run_id) {
    return of_run(std::string{own_executions} + "SELECT " + quality_columns +
                      " FROM core_quality WHERE execution_id IN (SELECT id FROM own) ORDER BY "
                      "quality_id",
                  run_id);
}

control::Table RunRecords::anomalies(const std::string& run_id) {
    return of_run(std::string{own_executions} + "SELECT " + anomaly_columns +
                      " FROM core_anomalies WHERE run_id = ?1 OR execution_id IN (SELECT id FROM "
                      "own) ORDER BY anomaly_id",
                  run_id);
}

} // namespace spine::store
