#include "store/run_trace.hpp"

#include "store/along.hpp"
#include "store/run_standing.hpp"
#include "store/step_rows.hpp"

namespace spine::store {

namespace {

/// Of the row that the statement stands on, until it is moved.
std::string_view seen(SQLite::Statement& row, int column) {
    const auto cell = row.getColumn(column);
    return cell.isNull() ? std::string_view{} : std::string_view{cell.getText(""), static_cast<std::size_t>(cell.getBytes())};
}

} // namespace

std::int64_t SqliteRunTrace::version() {
    return connection_.guarded([&] {
        auto& row = connection_.prepared("PRAGMA data_version");
        const auto number = row.executeStep() ? row.getColumn(0).getInt64() : 0;
        row.reset();
        return number;
    });
}

std::optional<control::RunNow> SqliteRunTrace::now(const std::string& run_id) {
    return connection_.guarded([&]() -> std::optional<control::RunNow> {
        if (!has_workflow_tables(connection_))
            return std::nullopt;
        auto& row = connection_.prepared(
            std::string{"SELECT workflow, status, reason, error_step, error_category, error_message, error_json, wake_at, locked_by, finished_at, "} +
            (has_engine_tables(connection_) ? "pause_asked" : "0") + " FROM core_workflow_runs WHERE run_id = ?");
        row.bind(1, run_id);
        if (!row.executeStep()) {
            row.reset();
            return std::nullopt;
        }
        control::RunNow now;
        now.run_id = run_id;
        now.workflow = row.getColumn(0).getString();
        now.status = run::run_status_from(row.getColumn(1).getString()).value_or(run::RunStatus::running);
        now.reason = row.getColumn(2).getString();
        now.error_step = row.getColumn(3).getString();
        now.failure = failure_from(row, 4);
        now.wake_at = row.getColumn(7).getString();
        const auto owner = row.getColumn(8).getString();
        now.finished_at = row.getColumn(9).getString();
        now.pause_asked = row.getColumn(10).getInt() != 0;
        row.reset();
        now.driven = !owner.empty() && liveness_.alive(owner);
        now.due = now.status == run::RunStatus::running && owner.empty();
        return now;
    });
}

std::optional<run::Standing> SqliteRunTrace::standing(const std::string& run_id) {
    return connection_.guarded([&]() -> std::optional<run::Standing> {
        if (!has_workflow_tables(connection_))
            return std::nullopt;
        const ReadTransaction snapshot{connection_};
        return standing_of(connection_, run_id);
    });
}

void SqliteRunTrace::visit_steps(const std::string& run_id, std::int64_t after_no, const control::StepSeenVisitor& visitor) {
    connection_.guarded([&] {
        if (!has_workflow_tables(connection_))
            return;
        const bool engine = has_engine_tables(connection_);
        // Before the engine steps came one after the other.
        const std::string begun = engine ? "begun_no" : "2 * step_seq";
        const std::string ended = engine ? "ended_no" : "CASE WHEN finished_at IS NULL THEN 0 ELSE 2 * step_seq + 1 END";
        SQLite::Statement row{connection_.db(),
                              "SELECT step, generation, attempt, type, status, reason, error_category, error_message, started_at, finished_at, "
                              "execution_id, output_json, updates_json, quality_json, events_json, error_json, " +
                                  begun + ", " + ended + ", " +
                                  (engine ? "wake_at, child_run_id, requests_json, answer_json" : "NULL, NULL, NULL, NULL") +
                                  " FROM core_workflow_steps WHERE run_id = ?1 AND (" + begun + " > ?2 OR " + ended +
                                  " > ?2 OR ?2 = 0) ORDER BY step_seq"};
        row.bind(1, run_id);
        row.bind(2, after_no);
        while (row.executeStep()) {
            control::StepSeen step;
            step.step = seen(row, 0);
            step.generation = row.getColumn(1).getInt();
            step.attempt = row.getColumn(2).getInt();
            step.type = seen(row, 3);
            step.status = seen(row, 4);
            step.reason = seen(row, 5);
            step.error_category = seen(row, 6);
            step.error_message = seen(row, 7);
            step.started_at = seen(row, 8);
            step.finished_at = seen(row, 9);
            step.execution_id = seen(row, 10);
            step.output = seen(row, 11);
            step.updates = seen(row, 12);
            step.quality = seen(row, 13);
            step.events = seen(row, 14);
            step.error = seen(row, 15);
            step.begun_no = row.getColumn(16).getInt64();
            step.ended_no = row.getColumn(17).getInt64();
            step.wake_at = seen(row, 18);
            step.child_run_id = seen(row, 19);
            step.requests = seen(row, 20);
            step.answer = seen(row, 21);
            if (!visitor(step))
                return;
        }
    });
}

std::string SqliteRunTrace::definition(const std::string& run_id) {
    return connection_.guarded([&]() -> std::string {
        if (!has_workflow_tables(connection_))
            return {};
        auto& row = connection_.prepared("SELECT d.definition_yaml FROM core_workflow_runs r JOIN core_workflow_definitions d ON d.name = "
                                         "r.workflow AND d.sha256 = r.definition_sha256 WHERE r.run_id = ?");
        row.bind(1, run_id);
        auto text = row.executeStep() ? row.getColumn(0).getString() : std::string{};
        row.reset();
        return text;
    });
}

std::vector<control::ChildRun> SqliteRunTrace::children(const std::string& run_id, std::size_t most) {
    return connection_.guarded([&] {
        std::vector<control::ChildRun> found;
        if (!has_workflow_tables(connection_))
            return found;
        auto& row = connection_.prepared(std::string{"SELECT run_id, workflow, status, parent_step, reason, started_at, finished_at, locked_by, "} +
                                         (has_engine_tables(connection_) ? "parent_attempt IS NOT NULL" : "1") +
                                         " FROM core_workflow_runs WHERE parent_run_id = ? ORDER BY run_id LIMIT ?");
        row.bind(1, run_id);
        row.bind(2, static_cast<std::int64_t>(most));
        while (row.executeStep()) {
            control::ChildRun child{row.getColumn(0).getString(),
                                    row.getColumn(1).getString(),
                                    row.getColumn(2).getString(),
                                    row.getColumn(3).getString(),
                                    row.getColumn(4).getString(),
                                    row.getColumn(5).getString(),
                                    row.getColumn(6).getString(),
                                    row.getColumn(8).getInt() != 0};
            const auto owner = row.getColumn(7).getString();
            if (child.status == "running" && (owner.empty() || !liveness_.alive(owner)))
                child.status = owner.empty() ? "due" : "interrupted";
            found.push_back(std::move(child));
        }
        row.reset();
        return found;
    });
}

void SqliteRunTrace::visit_logs(const control::LogFilter& filter, const control::LogVisitor& visitor) {
    connection_.guarded([&] {
        if (!has_engine_tables(connection_))
            return;
        std::string sql = std::string{"SELECT log_seq, step, at, level, text, generation, attempt, line_no, execution_id FROM core_step_logs WHERE "} +
                          (filter.run_id.empty() ? "execution_id = ?1" : "run_id = ?1") +
                          " AND log_seq > ?2 AND (?3 = 0 OR attempt = ?3)";
        if (!filter.step.empty())
            sql += " AND (step = ?4 OR substr(step, 1, length(?4) + 1) IN (?4 || '[', ?4 || '/'))";
        int at = 5;
        for (std::size_t i = 0; i < filter.levels.size(); ++i)
            sql += (i == 0 ? " AND level IN (?" : ", ?") + std::to_string(at + static_cast<int>(i));
        sql += filter.levels.empty() ? " ORDER BY log_seq" : ") ORDER BY log_seq";
        SQLite::Statement row{connection_.db(), sql};
        row.bind(1, filter.run_id.empty() ? filter.execution_id : filter.run_id);
        row.bind(2, filter.after);
        row.bind(3, filter.attempt);
        if (!filter.step.empty())
            row.bind(4, filter.step);
        for (const auto& level : filter.levels)
            row.bind(at++, level);
        while (row.executeStep()) {
            control::LogSeen line;
            line.seq = row.getColumn(0).getInt64();
            line.step = seen(row, 1);
            line.at = seen(row, 2);
            line.level = seen(row, 3);
            line.text = seen(row, 4);
            line.generation = row.getColumn(5).getInt();
            line.attempt = row.getColumn(6).getInt();
            line.line_no = row.getColumn(7).getInt64();
            line.execution_id = seen(row, 8);
            if (!visitor(line))
                return;
        }
    });
}

} // namespace spine::store
