/// What happened and what is known, read from a SQLite store for people and programs.
#pragma once

#include "control/store.hpp"
#include "queue/claim.hpp"
#include "store/connection.hpp"

namespace spine::store {

/// Lives: not longer than the connection and the liveness.
class SqliteRecords {
public:
    SqliteRecords(Connection& connection, queue::Liveness& liveness) : connection_{connection}, liveness_{liveness} {}
    control::Table executions(const control::Filter& filter);
    boost::json::object execution(const std::string& id);
    control::Table children(const std::string& execution_id);
    control::Table manifest(const control::Filter& filter);
    control::Table captures(const control::Filter& filter);
    control::Table rejects(const control::Filter& filter);
    control::Table quality(const control::Filter& filter);
    control::Table anomalies(const control::Filter& filter);

private:
    control::Table listed(const std::string& table,
                          const std::string& columns,
                          const char* status_column,
                          const char* name_column,
                          const std::string& order,
                          const control::Filter& filter);
    /// Tells of each running execution whose owner is dead that it is interrupted, and takes away the last column, the owner.
    void tell_interrupted(control::Table& table);
    Connection& connection_;
    queue::Liveness& liveness_;
};

/// The columns of the core tables as they are shown.
inline constexpr const char* execution_columns =
    "execution_id, pipeline, params_json, domain, partition_key, lane, trigger_source, logical_key, "
    "batch_id, parent_execution_id, run_id, step, status, reason, attempt, created_at, started_at, "
    "finished_at, inputs_json, metrics_json, error_category, error_message, plugin, plugin_version, "
    "plugin_sha256";
inline constexpr const char* reject_columns =
    "domain, partition_key, stage, reason_code, reason_detail, raw_text, source_locator, "
    "line_number, capture_id, execution_id, created_at";
inline constexpr const char* quality_columns =
    "domain, partition_key, stage, capture_id, check_name, category, status, actual_value, "
    "expected_value, details_json, execution_id, created_at";
inline constexpr const char* anomaly_columns =
    "anomaly_id, domain, stage, partition_key, severity, category, message, metadata_json, "
    "execution_id, detected_at, resolved_at, resolution_note";

/// The cell of a result as JSON: null, integer, double or text.
boost::json::value cell_of(const SQLite::Column& column);
/// The rows of a statement, up to a limit.
control::Table read_table(SQLite::Statement& statement, std::size_t limit);

} // namespace spine::store
