#include "store/run_history.hpp"

#include "store/along.hpp"

#include <string>

namespace spine::store {
namespace {

/// Milliseconds since 1970 of a column with a time as the store writes it; exact, as SQLite's julian days are not.
std::string milliseconds_sql(const std::string& column) {
    return "(CAST(strftime('%s', " + column + ") AS INTEGER) * 1000 + CAST(substr(" + column + ", 21, 3) AS INTEGER))";
}
std::string lasted_sql(const std::string& table) {
    return "(" + milliseconds_sql(table + ".finished_at") + " - " + milliseconds_sql(table + ".started_at") + ")";
}

/// Whether the run `r` is a fork; a store of before the durable engine has none.
std::string forked_sql(Connection& connection) { return has_engine_tables(connection) ? "(r.forked_from IS NOT NULL)" : "0"; }

/// What a fork has from another run stands before the record that says so.
std::string own_sql(Connection& connection) {
    if (!has_engine_tables(connection))
        return {};
    return " AND (r.forked_from IS NULL OR s.begun_no > (SELECT coalesce(max(f.begun_no), 0) FROM core_workflow_steps f WHERE f.run_id = "
           "r.run_id AND f.step = '@forked'))";
}

} // namespace

void SqliteRunHistory::visit_runs(const std::string& workflow, env::TimePoint since, const control::RunVisitor& visitor) {
    connection_.guarded([&] {
        if (!has_workflow_tables(connection_))
            return;
        SQLite::Statement row{connection_.db(),
                              "SELECT r.status, r.error_category, " + milliseconds_sql("r.started_at") + ", " + lasted_sql("r") + ", " +
                                  forked_sql(connection_) +
                                  " FROM core_workflow_runs r WHERE r.workflow = ? AND r.started_at >= ? ORDER BY r.run_id DESC"};
        row.bind(1, workflow);
        row.bind(2, env::to_text(since));
        while (row.executeStep()) {
            const auto status = row.getColumn(0).getString(), category = row.getColumn(1).getString();
            control::RunSample sample;
            sample.status = status;
            sample.error_category = category;
            sample.started = env::TimePoint{std::chrono::milliseconds{row.getColumn(2).getInt64()}};
            if (!row.getColumn(3).isNull())
                sample.lasted = std::chrono::milliseconds{row.getColumn(3).getInt64()};
            sample.forked = row.getColumn(4).getInt() != 0;
            if (!visitor(sample))
                return;
        }
    });
}

void SqliteRunHistory::visit_steps(const std::string& workflow, env::TimePoint since, const control::StepVisitor& visitor) {
    connection_.guarded([&] {
        if (!has_workflow_tables(connection_))
            return;
        SQLite::Statement row{connection_.db(),
                              "SELECT s.step, s.type, s.status, " + lasted_sql("s") +
                                  " FROM core_workflow_runs r CROSS JOIN core_workflow_steps s WHERE s.run_id = r.run_id AND r.workflow = ? AND "
                                  "r.started_at >= ? AND s.finished_at IS NOT NULL AND substr(s.step, 1, 1) <> '@'" +
                                  own_sql(connection_) + " ORDER BY r.run_id DESC"};
        row.bind(1, workflow);
        row.bind(2, env::to_text(since));
        while (row.executeStep()) {
            const auto step = row.getColumn(0).getString(), type = row.getColumn(1).getString(), status = row.getColumn(2).getString();
            if (!visitor({step, type, status, std::chrono::milliseconds{row.getColumn(3).getInt64()}}))
                return;
        }
    });
}

std::vector<control::RunTotals> SqliteRunHistory::totals() {
    return connection_.guarded([&] {
        std::vector<control::RunTotals> found;
        if (!has_workflow_tables(connection_))
            return found;
        SQLite::Statement row{connection_.db(),
                              "SELECT workflow, count(*), sum(status = 'completed'), sum(status = 'failed'), sum(finished_at IS NULL), "
                              "avg(CASE WHEN status = 'completed' AND NOT " + forked_sql(connection_) + " THEN " + lasted_sql("r") + " END), max(started_at), "
                              "max(CASE WHEN status = 'completed' THEN started_at END), max(CASE WHEN status = 'failed' THEN started_at END) "
                              "FROM core_workflow_runs r GROUP BY workflow ORDER BY workflow"};
        while (row.executeStep()) {
            auto& totals = found.emplace_back();
            totals.workflow = row.getColumn(0).getString();
            totals.runs = row.getColumn(1).getInt64();
            totals.completed = row.getColumn(2).getInt64();
            totals.failed = row.getColumn(3).getInt64();
            totals.unfinished = row.getColumn(4).getInt64();
            if (!row.getColumn(5).isNull())
                totals.average_seconds = row.getColumn(5).getDouble() / 1000.0;
            totals.last_run_at = row.getColumn(6).getString();
            totals.last_success_at = row.getColumn(7).getString();
            totals.last_failure_at = row.getColumn(8).getString();
        }
        return found;
    });
}

} // namespace spine::store
