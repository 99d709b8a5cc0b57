#include "store/sqlite_records.hpp"

#include "error.hpp"
#include "store/publication.hpp"
#include "store/sqlite_state.hpp"

#include <algorithm>
#include <cctype>
#include <sqlite3.h>

namespace spine::store {

namespace {

/// The columns of an execution, and behind them who works on it at the moment.
std::string execution_columns_and_owner() {
    return std::string{execution_columns} +
           ", (SELECT i.locked_by FROM core_work_items i WHERE i.current_execution_id = execution_id AND i.state = 'RUNNING')";
}

constexpr std::size_t execution_status = 12; // its place in execution_columns
constexpr std::size_t unfinished_max = 100'000;

} // namespace

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

namespace {
/// The calculation's version that an execution was done with; nothing of one that is older than the record of it.
boost::json::value calc_version_of(Connection& connection, const boost::json::value& execution_id) {
    if (!connection.has_column("core_executions", "calc_version"))
        return nullptr;
    auto& row = connection.prepared("SELECT calc_version FROM core_executions WHERE execution_id = ?");
    row.bind(1, std::string{execution_id.get_string()});
    boost::json::value version;
    if (row.executeStep())
        version = cell_of(row.getColumn(0));
    row.reset();
    return version;
}
} // namespace

void SqliteRecords::tell_interrupted(control::Table& table) {
    table.columns.pop_back();
    for (auto& row : table.rows) {
        const auto owner = std::move(row.back());
        row.pop_back();
        auto& status = row[execution_status].get_string();
        if (status == "running" && owner.is_string() && !liveness_.alive(std::string{owner.get_string()}))
            status = "interrupted";
    }
}

control::Table SqliteRecords::executions(const control::Filter& filter) {
    const auto* from = filter.asked_for
                           ? "(SELECT * FROM core_executions WHERE parent_execution_id IS NULL AND run_id IS NULL)"
                           : "core_executions";
    // Who lives is not in the tables, so these two states are told apart here; there are few of them.
    auto asked = filter;
    std::string wanted = filter.status;
    std::ranges::transform(wanted, wanted.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool unfinished = wanted == "running" || wanted == "interrupted";
    if (unfinished) {
        asked.status = "running";
        asked.limit = unfinished_max;
    }
    auto table = listed(from, execution_columns_and_owner(), "status", "pipeline", "execution_id DESC", asked);
    tell_interrupted(table);
    if (unfinished) {
        std::erase_if(table.rows, [&](const auto& row) { return row[execution_status].get_string() != wanted; });
        table.more = table.more || table.rows.size() > filter.limit;
        table.rows.resize(std::min(table.rows.size(), filter.limit));
    }
    return table;
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

namespace {
/// Of the person's doing, if it was one's.
constexpr const char* published_columns =
    ", EXISTS (SELECT 1 FROM core_partitions p WHERE p.published_capture = capture_seq) AS is_published, "
    "(SELECT u.published_at FROM core_publications u WHERE u.capture_seq = core_captures.capture_seq ORDER BY u.publication_seq DESC LIMIT 1) AS "
    "published_at, (SELECT u.cause FROM core_publications u WHERE u.capture_seq = core_captures.capture_seq ORDER BY u.publication_seq DESC LIMIT 1) "
    "AS published_cause, withdrawn_at, "
    "CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN EXISTS (SELECT 1 FROM core_partitions p WHERE p.published_capture = capture_seq) THEN "
    "CASE WHEN EXISTS (SELECT 1 FROM core_partitions p WHERE p.head_capture = capture_seq) THEN 'head, published' ELSE 'published' END WHEN EXISTS "
    "(SELECT 1 FROM core_partitions p WHERE p.head_capture = capture_seq) THEN 'head' ELSE 'older' END AS state, "
    "coalesce(withdrawn_by, (SELECT u.published_by FROM core_publications u WHERE u.capture_seq = core_captures.capture_seq ORDER BY "
    "u.publication_seq DESC LIMIT 1)) AS who, coalesce(withdrawn_reason, (SELECT u.reason FROM core_publications u WHERE u.capture_seq = "
    "core_captures.capture_seq ORDER BY u.publication_seq DESC LIMIT 1)) AS why";
} // namespace

control::Table SqliteRecords::captures(const control::Filter& filter) {
    return listed("core_captures",
                  "capture_seq, capture_id, domain, partition_key, content_sha256, source_uri, "
                  "source_bytes, source_last_update, week_source, captured_at, supersedes, "
                  "EXISTS (SELECT 1 FROM core_partitions p WHERE p.head_capture = capture_seq) AS is_head" +
                      std::string{has_publications(connection_) ? published_columns : ""},
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
            "SELECT " + execution_columns_and_owner() +
                " FROM core_executions WHERE execution_id >= ?1 AND execution_id < ?1 || 'g' AND "
                "substr(execution_id, 1, length(?1)) = ?1 LIMIT 6"};
        statement.bind(1, id);
        auto found = read_table(statement, 5);
        tell_interrupted(found);
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
        execution["calc_version"] = calc_version_of(connection_, execution.at("execution_id"));
        return execution;
    });
}

control::Table SqliteRecords::children(const std::string& execution_id) {
    return connection_.guarded([&] {
        SQLite::Statement statement{connection_.db(),
                                    "SELECT " + execution_columns_and_owner() +
                                        " FROM core_executions WHERE parent_execution_id = ? "
                                        "ORDER BY execution_id LIMIT 100001"};
        statement.bind(1, execution_id);
        auto table = read_table(statement, 100'000);
        tell_interrupted(table);
        return table;
    });
}

} // namespace spine::store
