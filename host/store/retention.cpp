#include "store/publication.hpp"
#include "store/retention.hpp"

#include "error.hpp"
#include "store/along.hpp"
#include "store/version_book.hpp"
#include "workflow/json.hpp"

#include <algorithm>

namespace spine::store {
namespace {

using control::PruneReport;

constexpr std::int64_t rows_per_transaction = 5'000;
constexpr int runs_per_look = 500;
/// Parents above parents; a loop cannot be, but a damaged file may say anything.
constexpr int ancestors_max = 1'000;

constexpr const char* step_bytes =
    "(coalesce(length(CAST(output_json AS BLOB)), 0) + coalesce(length(CAST(updates_json AS BLOB)), 0) + "
    "coalesce(length(CAST(quality_json AS BLOB)), 0) + coalesce(length(CAST(events_json AS BLOB)), 0) + "
    "coalesce(length(CAST(error_json AS BLOB)), 0) + coalesce(length(CAST(error_message AS BLOB)), 0) + "
    "coalesce(length(CAST(requests_json AS BLOB)), 0) + coalesce(length(CAST(answer_json AS BLOB)), 0) + "
    "coalesce(length(CAST(reason AS BLOB)), 0) + length(CAST(step AS BLOB)))";

/// Whether a run has ended before a time and nothing of its chain goes on; and who waited for it. Runs of a chain without a key have nothing in common,
/// so any longer one of the workflow that still goes on counts.
constexpr const char* is_old_sql =
    "SELECT CASE WHEN r.parent_attempt IS NOT NULL THEN r.parent_run_id END, r.status IN ('completed', 'failed', 'cancelled') AND r.finished_at < ?2 AND NOT EXISTS (SELECT 1 FROM "
    "core_workflow_runs k WHERE k.workflow = r.workflow AND k.run_key = r.run_key AND k.run_key IS NOT NULL AND k.status NOT IN "
    "('completed', 'failed', 'cancelled')) AND NOT EXISTS (SELECT 1 FROM core_workflow_runs k WHERE k.parent_run_id = "
    "r.parent_run_id AND k.parent_step = r.parent_step AND k.parent_attempt IS NOT NULL AND r.parent_attempt IS NOT NULL AND k.parent_run_id IS NOT NULL AND k.forked_from IS NULL AND k.status NOT IN "
    "('completed', 'failed', 'cancelled')) AND NOT (r.run_key IS NULL AND r.reason GLOB 'continued as *' AND EXISTS (SELECT 1 FROM "
    "core_workflow_runs k WHERE k.status IN ('pending', 'running', 'waiting', 'paused') AND k.workflow = r.workflow AND k.run_key IS NULL AND "
    "k.chain_no > r.chain_no)) FROM core_workflow_runs r WHERE r.run_id = ?1";

/// The newest finished run of a key answers its next caller.
constexpr const char* answers_a_key_sql =
    "SELECT 1 FROM core_workflow_runs r WHERE r.run_id = ? AND r.run_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM core_workflow_runs k "
    "WHERE k.workflow = r.workflow AND k.run_key = r.run_key AND k.run_key IS NOT NULL AND k.chain_no > r.chain_no AND k.status IN "
    "('completed', 'failed', 'cancelled'))";

constexpr const char* unreferenced =
    "e.status <> 'running' AND e.execution_id NOT IN (SELECT execution_id FROM core_manifest) AND NOT EXISTS (SELECT 1 FROM core_lineage x WHERE "
    "x.execution_id = e.execution_id) AND NOT EXISTS (SELECT 1 FROM core_rejects x WHERE x.execution_id = e.execution_id) AND NOT "
    "EXISTS (SELECT 1 FROM core_quality x WHERE x.execution_id = e.execution_id) AND NOT EXISTS (SELECT 1 FROM core_anomalies x WHERE "
    "x.execution_id = e.execution_id) AND NOT EXISTS (SELECT 1 FROM core_work_items x WHERE x.current_execution_id = e.execution_id) AND "
    "NOT EXISTS (SELECT 1 FROM core_executions x WHERE x.parent_execution_id = e.execution_id) AND NOT EXISTS (SELECT 1 FROM "
    "core_workflow_steps x WHERE x.execution_id = e.execution_id AND x.run_id <> e.run_id)";

/// A fork copies records: steps of other runs may name this run's executions.
std::string executions_sql(Connection& connection, const char* verb) {
    return std::string{verb} + " FROM core_executions AS e WHERE e.run_id IN (SELECT value FROM json_each(?)) AND " +
           (has_publications(connection) ? "e.execution_id NOT IN (SELECT execution_id FROM core_reached) AND " : "") + unreferenced;
}

std::string id_list(const std::vector<std::string>& runs) {
    return workflow::json_text(boost::json::array(runs.begin(), runs.end()));
}

bool answers_a_key(Connection& connection, const std::string& run_id) {
    auto& key = connection.prepared(answers_a_key_sql);
    key.bind(1, run_id);
    const bool answers = key.executeStep();
    key.reset();
    return answers;
}

bool is_old(Connection& connection, const std::string& run_id, const std::string& before) {
    auto& row = connection.prepared(is_old_sql);
    auto above = run_id;
    for (int depth = 0; depth < ancestors_max; ++depth) {
        row.reset();
        row.bind(1, above);
        row.bind(2, before);
        if (!row.executeStep() || row.getColumn(1).getInt() == 0)
            break;
        above = row.getColumn(0).getString();
        if (above.empty()) {
            row.reset();
            return true;
        }
    }
    row.reset();
    return false;
}

struct Amount {
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
};
Amount amount_of(Connection& connection, const std::string& sql, const std::string& run_id) {
    auto& row = connection.prepared(sql);
    row.bind(1, run_id);
    Amount amount;
    if (row.executeStep())
        amount = {row.getColumn(0).getInt64(), row.getColumn(1).getInt64()};
    row.reset();
    return amount;
}

const std::string& count_steps() {
    static const auto sql = std::string{"SELECT count(*), sum("} + step_bytes + ") FROM core_workflow_steps WHERE run_id = ? AND step <> '@pruned'";
    return sql;
}
constexpr const char* count_lines = "SELECT count(*), sum(length(CAST(text AS BLOB))) FROM core_step_logs WHERE run_id = ?";
constexpr const char* count_artifacts = "SELECT count(*), 0 FROM core_artifacts WHERE run_id = ?";
constexpr const char* count_result =
    "SELECT 0, length(CAST(result_json AS BLOB)) FROM core_workflow_runs WHERE run_id = ?";

/// Deletes at most `most` rows, each of which the statement returns with its bytes.
Amount deleted(Connection& connection, const std::string& sql, const std::string& run_id, std::int64_t most) {
    auto& row = connection.prepared(sql);
    row.bind(1, run_id);
    row.bind(2, most);
    Amount amount;
    while (row.executeStep()) {
        ++amount.rows;
        amount.bytes += row.getColumn(0).getInt64();
    }
    row.reset();
    return amount;
}

/// Says in the run's story that its steps are gone, once.
void mark(Connection& connection, const std::string& run_id, const std::string& now) {
    const auto steps = amount_of(connection, count_steps(), run_id);
    auto& insert = connection.prepared(
        "INSERT INTO core_workflow_steps (run_id, step, generation, attempt, type, status, output_json, started_at, finished_at, begun_no, "
        "ended_no) SELECT run_id, ?2, generation, 1, 'prune', 'completed', ?3, ?4, ?4, 1, 1 FROM core_workflow_runs WHERE run_id = ?1 ON "
        "CONFLICT DO NOTHING");
    insert.bind(1, run_id);
    insert.bind(2, std::string{control::pruned_step});
    insert.bind(3, workflow::json_text(boost::json::object{{"steps", steps.rows}, {"at", now}}));
    insert.bind(4, now);
    insert.exec();
}

void forget_result(Connection& connection, const std::string& run_id, PruneReport& report) {
    report.bytes += amount_of(connection, count_result, run_id).bytes;
    auto& update = connection.prepared("UPDATE core_workflow_runs SET result_json = NULL, children_json = NULL WHERE run_id = ?");
    update.bind(1, run_id);
    update.exec();
    auto& artifacts = connection.prepared("DELETE FROM core_artifacts WHERE run_id = ?");
    artifacts.bind(1, run_id);
    report.artifacts += artifacts.exec();
}

/// What is left of `most` rows once the run is done with; a negative number: it is not.
std::int64_t prune_run(Connection& connection, const std::string& run_id, std::int64_t most, PruneReport& report) {
    static const auto delete_steps = std::string{"DELETE FROM core_workflow_steps WHERE step_seq IN (SELECT step_seq FROM core_workflow_steps "
                                                 "WHERE run_id = ? AND step <> '@pruned' LIMIT ?) RETURNING "} + step_bytes;
    constexpr const char* delete_lines = "DELETE FROM core_step_logs WHERE log_seq IN (SELECT log_seq FROM core_step_logs WHERE run_id = ? "
                                         "LIMIT ?) RETURNING length(CAST(text AS BLOB))";
    const auto lines = deleted(connection, delete_lines, run_id, most);
    report.log_lines += lines.rows;
    report.bytes += lines.bytes;
    most -= lines.rows;
    if (most == 0)
        return -1;
    const auto steps = deleted(connection, delete_steps, run_id, most);
    report.steps += steps.rows;
    report.bytes += steps.bytes;
    return steps.rows == most ? -1 : most - steps.rows;
}

void add(PruneReport& sum, const PruneReport& part) {
    sum.runs += part.runs;
    sum.steps += part.steps;
    sum.log_lines += part.log_lines;
    sum.executions += part.executions;
    sum.artifacts += part.artifacts;
    sum.definitions += part.definitions;
    sum.bytes += part.bytes;
}

} // namespace

std::vector<std::string> SqliteRetention::old_runs(std::string& cursor, const std::string& before, bool keyed, PruneReport& report) {
    return reading_.guarded([&] {
        std::vector<std::string> looked_at;
        {
            SQLite::Statement row{reading_.db(),
                                  "SELECT r.run_id FROM core_workflow_runs r WHERE r.run_id > ? AND r.status IN ('completed', 'failed', "
                                  "'cancelled') AND r.finished_at < ? AND (EXISTS (SELECT 1 FROM core_workflow_steps s WHERE s.run_id = r.run_id "
                                  "AND s.step <> '@pruned') OR EXISTS (SELECT 1 FROM core_step_logs l WHERE l.run_id = r.run_id)) ORDER BY r.run_id "
                                  "LIMIT ?"};
            row.bind(1, cursor);
            row.bind(2, before);
            row.bind(3, runs_per_look);
            while (row.executeStep())
                looked_at.push_back(row.getColumn(0).getString());
        }
        cursor = looked_at.empty() ? std::string{} : looked_at.back();
        std::erase_if(looked_at, [&](const std::string& run_id) {
            if (!is_old(reading_, run_id, before))
                return true;
            const bool left = !keyed && answers_a_key(reading_, run_id);
            report.left_for_keys += left ? 1 : 0;
            return left;
        });
        return looked_at;
    });
}

PruneReport SqliteRetention::counted(const std::vector<std::string>& runs) {
    return reading_.guarded([&] {
        PruneReport report;
        for (const auto& run_id : runs) {
            const auto steps = amount_of(reading_, count_steps(), run_id), lines = amount_of(reading_, count_lines, run_id);
            ++report.runs;
            report.steps += steps.rows;
            report.log_lines += lines.rows;
            report.artifacts += amount_of(reading_, count_artifacts, run_id).rows;
            report.bytes += steps.bytes + lines.bytes + amount_of(reading_, count_result, run_id).bytes;
        }
        SQLite::Statement row{reading_.db(), executions_sql(reading_, "SELECT count(*)")};
        row.bind(1, id_list(runs));
        if (row.executeStep())
            report.executions = row.getColumn(0).getInt64();
        return report;
    });
}

PruneReport SqliteRetention::prune_some(const std::vector<std::string>& runs, std::size_t& at, const std::string& before, bool keyed) {
    auto next = at;
    const auto report = writer_->transact([&] {
        auto& connection = writer_->connection();
        PruneReport part;
        std::vector<std::string> done;
        auto most = rows_per_transaction;
        for (next = at; next < runs.size() && most > 0; ++next) {
            const auto& run_id = runs[next];
            if (!is_old(connection, run_id, before) || (!keyed && answers_a_key(connection, run_id))) // somebody has opened it again
                continue;
            mark(connection, run_id, env::to_text(clock_.now()));
            most = prune_run(connection, run_id, most, part);
            if (most < 0)
                break;
            forget_result(connection, run_id, part);
            done.push_back(run_id);
            ++part.runs;
        }
        SQLite::Statement executions{connection.db(), executions_sql(connection, "DELETE")};
        executions.bind(1, id_list(done));
        part.executions = executions.exec();
        return part;
    });
    at = next;
    return report;
}

std::int64_t SqliteRetention::drop_definitions() {
    return writer_->transact([&]() -> std::int64_t {
        SQLite::Statement statement{
            writer_->connection().db(),
            "DELETE FROM core_workflow_definitions AS d WHERE NOT EXISTS (SELECT 1 FROM core_workflow_runs r WHERE r.workflow = d.name AND "
            "r.definition_sha256 = d.sha256) AND NOT EXISTS (SELECT 1 FROM core_workflow_versions v WHERE v.workflow = d.name AND v.sha256 = "
            "d.sha256) AND (d.name, d.sha256) NOT IN (SELECT c.key, c.value FROM core_workflow_runs r JOIN json_each(r.children_json) c WHERE "
            "r.children_json IS NOT NULL)"};
        return statement.exec();
    });
}

PruneReport SqliteRetention::prune(const control::PruneRequest& request) {
    if (!has_table(reading_, "core_step_logs"))
        throw Error{ErrorCode::invalid, "the tables of this store are of an older version", "run: spine db init"};
    if (!request.dry && writer_ == nullptr)
        throw Error{ErrorCode::internal, "pruning needs a store that was opened for writing"};
    const auto before = env::to_text(request.before);
    const auto goes_on = [&] { return !request.go_on || request.go_on(); };
    PruneReport sum;
    std::string cursor;
    do {
        const auto runs = old_runs(cursor, before, request.keyed, sum);
        if (request.dry)
            add(sum, counted(runs));
        for (std::size_t at = 0; !request.dry && at < runs.size();) {
            if (!goes_on()) {
                sum.complete = false;
                return sum;
            }
            add(sum, prune_some(runs, at, before, request.keyed));
        }
    } while (!cursor.empty() && goes_on());
    sum.complete = cursor.empty();
    if (!request.dry && sum.complete && sum.runs > 0) {
        sum.definitions = drop_definitions();
        writer_->checkpoint();
    }
    return sum;
}

} // namespace spine::store
