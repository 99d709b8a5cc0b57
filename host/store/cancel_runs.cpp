#include "store/cancel_runs.hpp"

#include "store/step_rows.hpp"

#include <algorithm>

namespace spine::store {

namespace {

constexpr const char* not_finished = "status NOT IN ('completed', 'failed', 'cancelled')";

std::vector<std::string> texts(SQLite::Statement& row) {
    std::vector<std::string> all;
    while (row.executeStep())
        all.push_back(row.getColumn(0).getString());
    row.reset();
    return all;
}

/// Also below runs that have ended: a child may outlive a parent that did not wait to its end.
std::vector<std::string> unfinished_from(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared(
        std::string{"WITH RECURSIVE below(id) AS (SELECT ?1 UNION SELECT r.run_id FROM "
                    "core_workflow_runs r JOIN below ON r.parent_run_id = below.id WHERE r.parent_attempt "
                    "IS NOT NULL AND r.forked_from IS NULL) SELECT run_id FROM core_workflow_runs WHERE run_id IN (SELECT id FROM "
                    "below) AND "} +
        not_finished + " ORDER BY run_id");
    row.bind(1, run_id);
    return texts(row);
}

void cancel_steps(Connection& connection, const std::string& run_id, const std::string& reason, const std::string& now) {
    auto& row = connection.prepared("SELECT step_seq FROM core_workflow_steps WHERE run_id = ? AND status IN "
                                    "('pending', 'running', 'waiting') ORDER BY step_seq");
    row.bind(1, run_id);
    const auto open = texts(row);
    if (open.empty())
        return;
    auto number = next_event_no(connection, run_id);
    for (const auto& step : open) {
        auto& end = connection.prepared("UPDATE core_workflow_steps SET status = 'cancelled', reason = ?, "
                                        "finished_at = ?, wake_at = NULL, ended_no = ? WHERE step_seq = ?");
        end.bind(1, reason);
        end.bind(2, now);
        end.bind(3, number++);
        end.bind(4, step);
        end.exec();
    }
}

/// Those that `first` selects by one value, and the children that they dispatched, end if they run: as failed with the failure, or as cancelled for the
/// reason. Returns how many of them ran.
std::size_t end_executions(Connection& connection,
                           const char* first,
                           const std::string& value,
                           const std::string& reason,
                           const unit::Failure* failure,
                           const std::string& now) {
    auto& row = connection.prepared(
        std::string{"WITH RECURSIVE own(id) AS ("} + first + " UNION SELECT e.execution_id FROM core_executions e JOIN own "
        "ON e.parent_execution_id = own.id) SELECT execution_id FROM core_executions WHERE execution_id IN (SELECT id FROM "
        "own) AND status = 'running'");
    row.bind(1, value);
    const auto running = texts(row);
    for (const auto& id : running) {
        auto& item = connection.prepared(
            "UPDATE core_work_items SET state = ?4, fence = fence + 1, locked_by = NULL, last_error "
            "= ?1, last_error_at = ?2 WHERE current_execution_id = ?3 AND state IN ('PENDING', 'RUNNING', "
            "'RETRY_WAIT')");
        item.bind(1, reason);
        item.bind(2, now);
        item.bind(3, id);
        item.bind(4, failure == nullptr ? "CANCELLED" : "FAILED");
        item.exec();
        auto& execution = connection.prepared("UPDATE core_executions SET status = ?1, reason = ?2, error_category = ?3, error_message = ?4, "
                                              "finished_at = ?5 WHERE execution_id = ?6");
        execution.bind(1, failure == nullptr ? "cancelled" : "failed");
        bind_or_null(execution, 2, failure == nullptr ? reason : std::string{});
        bind_or_null(execution, 3, failure == nullptr ? std::string{} : std::string{unit::to_text(failure->category)});
        bind_or_null(execution, 4, failure == nullptr ? std::string{} : failure->message);
        execution.bind(5, now);
        execution.bind(6, id);
        execution.exec();
    }
    return running.size();
}

} // namespace

std::vector<std::string> cancel_runs(Connection& connection,
                                     const std::vector<std::string>& run_ids,
                                     const std::string& reason,
                                     const std::string& now) {
    std::vector<std::string> ended;
    for (const auto& top : run_ids)
        for (const auto& run_id : unfinished_from(connection, top)) {
            auto& run = connection.prepared(
                std::string{"UPDATE core_workflow_runs SET status = 'cancelled', reason = ?, finished_at = ?, "
                            "fence = fence + 1, locked_by = NULL, locked_at = NULL, wake_at = NULL, "
                            "calls_seen = calls, pause_asked = 0 WHERE run_id = ? AND "} +
                not_finished);
            run.bind(1, reason);
            run.bind(2, now);
            run.bind(3, run_id);
            if (run.exec() == 0)
                continue;
            cancel_steps(connection, run_id, reason, now);
            end_executions(connection, "SELECT execution_id FROM core_executions WHERE run_id = ?1", run_id, reason, nullptr, now);
            ended.push_back(run_id);
        }
    return ended;
}

bool cancel_execution(Connection& connection, const std::string& execution_id, const std::string& reason, const std::string& now) {
    return end_executions(connection, "SELECT ?1", execution_id, reason, nullptr, now) > 0;
}

bool fail_execution(Connection& connection, const std::string& execution_id, const unit::Failure& failure, const std::string& now) {
    return end_executions(connection, "SELECT ?1", execution_id, failure.message, &failure, now) > 0;
}

void call_run(Connection& connection, const std::string& run_id) {
    auto& call = connection.prepared(
        std::string{"UPDATE core_workflow_runs SET calls = calls + 1 WHERE run_id = ? AND "} + not_finished);
    call.bind(1, run_id);
    call.exec();
}

void call_parent_of(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared("SELECT parent_run_id FROM core_workflow_runs WHERE run_id = ? AND parent_attempt IS NOT NULL");
    row.bind(1, run_id);
    const auto parent = row.executeStep() ? row.getColumn(0).getString() : std::string{};
    row.reset();
    if (!parent.empty())
        call_run(connection, parent);
}

} // namespace spine::store
