#include "store/sqlite_records.hpp"

#include "error.hpp"
#include "store/sqlite_state.hpp"

#include <sqlite3.h>

namespace spine::store {

control::Table read_table(SQLite::Statement& statement, std::size_t limit) {
    control::Table table;
    for (int i = 0; i < statement.getColumnCount(); ++i)
        table.columns.emplace_back(statement.getColumnName(i));
    while (statement.executeStep()) {
        if (table.rows.size() == limit) {
            table.more = true;
            break;
        }
        auto& row = table.rows.emplace_back();
        for (int i = 0; i < statement.getColumnCount(); ++i)
            row.push_back(cell_of(statement.getColumn(i)));
    }
    return table;
}

boost::json::value cell_of(const SQLite::Column& column) {
    switch (column.getType()) {
    case SQLITE_INTEGER: return column.getInt64();
    case SQLITE_FLOAT: return column.getDouble();
    case SQLITE_NULL: return nullptr;
    default: return boost::json::string{column.getString()};
    }
}

control::Table SqliteRecords::listed(const std::string& table,
                                     const std::string& columns,
                                     const char* status_column,
                                     const char* name_column,
                                     const std::string& order,
                                     const control::Filter& filter) {
    return connection_.guarded([&] {
        std::string sql = "SELECT " + columns + " FROM " + table + " WHERE 1";
        if (!filter.domain.empty())
            sql += " AND domain = ?";
        if (!filter.status.empty())
            sql += std::string{" AND "} + status_column + " = ? COLLATE NOCASE";
        if (!filter.name.empty())
            sql += std::string{" AND "} + name_column + " = ?";
        if (!filter.since.empty())
            sql += " AND started_at >= ?"; // executions alone are asked so
        sql += partition_condition(filter.partition) + " ORDER BY " + order + " LIMIT ?";
        SQLite::Statement statement{connection_.db(), sql};
        int at = 1;
        if (!filter.domain.empty())
            statement.bind(at++, filter.domain);
        if (!filter.status.empty())
            statement.bind(at++, filter.status);
        if (!filter.name.empty())
            statement.bind(at++, filter.name);
        if (!filter.since.empty())
            statement.bind(at++, filter.since);
        at = bind_partition(statement, at, filter.partition);
        statement.bind(at, static_cast<std::int64_t>(filter.limit) + 1);
        return read_table(statement, filter.limit);
    });
}

control::Table SqliteRecords::executions(const control::Filter& filter) {
    const auto* from = filter.asked_for
                           ? "(SELECT * FROM core_executions WHERE parent_execution_id IS NULL AND run_id IS NULL)"
                           : "core_executions";
    return listed(from, execution_columns, "status", "pipeline", "execution_id DESC", filter);
}

control::Table SqliteRecords::manifest(const control::Filter& filter) {
    return listed("core_manifest",
                  "domain, partition_key, stage, stage_rank, row_count, metrics_json, capture_id, "
                  "inputs_sha256, execution_id, batch_id, updated_at",
                  "stage",
                  "stage",
                  "domain, partition_key, stage_rank, stage",
                  filter);
}

control::Table SqliteRecords::captures(const control::Filter& filter) {
    return listed("core_captures",
                  "capture_seq, capture_id, domain, partition_key, content_sha256, source_uri, "
                  "source_bytes, source_last_update, week_source, captured_at, supersedes, "
                  "EXISTS (SELECT 1 FROM core_partitions p WHERE p.head_capture = capture_seq) AS "
                  "is_head",
                  "capture_id",
                  "capture_id",
                  "capture_seq",
                  filter);
}

control::Table SqliteRecords::rejects(const control::Filter& filter) {
    return listed("core_rejects",
                  reject_columns,
                  "reason_code",
                  "stage",
                  "domain, partition_key, stage, line_number, reject_id",
                  filter);
}

control::Table SqliteRecords::quality(const control::Filter& filter) {
    return listed("core_quality",
                  quality_columns,
                  "status",
                  "stage",
                  "domain, partition_key, stage, quality_id",
                  filter);
}

control::Table SqliteRecords::anomalies(const control::Filter& filter) {
    return listed("core_anomalies",
                  anomaly_columns,
                  "severity",
                  "stage",
                  "anomaly_id DESC",
                  filter);
}

boost::json::object SqliteRecords::execution(const std::string& id) {
    return connection_.guarded([&] {
        // Ids are UUIDs: an unambiguous beginning of eight characters or more will do.
        SQLite::Statement statement{
            connection_.db(),
            std::string{"SELECT "} + execution_columns +
                " FROM core_executions WHERE execution_id >= ?1 AND execution_id < ?1 || 'g' AND "
                "substr(execution_id, 1, length(?1)) = ?1 LIMIT 6"};
        statement.bind(1, id);
        const auto found = read_table(statement, 5);
        if (id.size() < 8 || found.rows.empty())
            throw Error{ErrorCode::not_found,
                        "there is no execution '" + id + "'",
                        "see: spine runs list (at least the first eight characters of an id)"};
        if (found.rows.size() > 1) {
            std::string candidates;
            for (const auto& row : found.rows)
                candidates += " " + std::string{row.front().get_string()};
            throw Error{ErrorCode::usage, "'" + id + "' begins more than one id:" + candidates};
        }
        boost::json::object execution;
        for (std::size_t i = 0; i < found.columns.size(); ++i)
            execution[found.columns[i]] = found.rows.front()[i];
        return execution;
    });
}

control::Table SqliteRecords::children(const std::string& execution_id) {
    return connection_.guarded([&] {
        SQLite::Statement statement{connection_.db(),
                                    std::string{"SELECT "} + execution_columns +
                                        " FROM core_executions WHERE parent_execution_id = ? "
                                        "ORDER BY execution_id LIMIT 100001"};
        statement.bind(1, execution_id);
        return read_table(statement, 100'000);
    });
}

} // namespace spine::store
