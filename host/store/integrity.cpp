#include "store/integrity.hpp"

#include "store/along.hpp"
#include "store/content_check.hpp"
#include "store/publication.hpp"
#include "store/schema_check.hpp"
#include "store/sqlite_files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace spine::store {

namespace {

/// What must always hold, as queries whose rows are the faults.
constexpr std::array<std::pair<const char*, const char*>, 4> invariants{{
    {"a manifest row has neither capture nor derivation of its own partition",
     "SELECT m.domain || ' ' || m.partition_key || ' ' || m.stage FROM core_manifest m JOIN "
     "core_captures c ON c.capture_id = m.capture_id WHERE c.domain <> m.domain"},
    {"an execution runs without a work item that runs",
     "SELECT e.execution_id FROM core_executions e WHERE e.status = 'running' AND NOT EXISTS "
     "(SELECT 1 FROM core_work_items i WHERE i.current_execution_id = e.execution_id AND i.state IN "
     "('RUNNING', 'RETRY_WAIT'))"},
    {"a work item runs whose execution does not",
     "SELECT i.id FROM core_work_items i JOIN core_executions e ON e.execution_id = "
     "i.current_execution_id WHERE i.state = 'RUNNING' AND e.status <> 'running'"},
    {"a finished execution has no end",
     "SELECT execution_id FROM core_executions WHERE status <> 'running' AND finished_at IS NULL"},
}};

constexpr std::array<std::pair<const char*, const char*>, 1> invariants_before_publishing{{
    {"the head of a partition is not its newest capture",
     "SELECT p.domain || ' ' || p.partition_key FROM core_partitions p WHERE p.head_capture IS NOT "
     "(SELECT max(capture_seq) FROM core_captures c WHERE c.domain = p.domain AND c.partition_key = "
     "p.partition_key)"},
}};
constexpr std::array<std::pair<const char*, const char*>, 7> publishing_invariants{{
    {"the head of a partition is not its newest capture that is not withdrawn",
     "SELECT p.domain || ' ' || p.partition_key FROM core_partitions p WHERE p.head_capture IS NOT "
     "(SELECT max(capture_seq) FROM core_captures c WHERE c.domain = p.domain AND c.partition_key = "
     "p.partition_key AND c.withdrawn_at IS NULL)"},
    {"what a partition has published is withdrawn, or of another partition",
     "SELECT p.domain || ' ' || p.partition_key FROM core_partitions p JOIN core_captures c ON c.capture_seq = p.published_capture WHERE "
     "c.withdrawn_at IS NOT NULL OR c.domain <> p.domain OR c.partition_key <> p.partition_key"},
    {"what a partition has published is not what was published last",
     "SELECT p.domain || ' ' || p.partition_key FROM core_partitions p WHERE p.published_capture IS NOT (SELECT u.capture_seq FROM "
     "core_publications u WHERE u.domain = p.domain AND u.partition_key = p.partition_key ORDER BY u.publication_seq DESC LIMIT 1)"},
    {"a capture was published by its checks, but has not reached that stage",
     "SELECT u.publication_seq, u.domain || ' ' || u.partition_key FROM core_publications u WHERE u.cause = 'checks' AND NOT EXISTS (SELECT 1 "
     "FROM core_reached k WHERE k.capture_seq = u.capture_seq AND k.stage = u.stage)"},
    {"a person published a capture, or withdrew one, and left no name",
     "SELECT publication_seq, domain || ' ' || partition_key FROM core_publications WHERE cause IN ('person', 'withdrawal') AND published_by IS "
     "NULL UNION ALL SELECT capture_seq, capture_id FROM core_captures WHERE withdrawn_at IS NOT NULL AND (withdrawn_by IS NULL OR "
     "withdrawn_reason IS NULL)"},
    {"what a capture has reached is another partition's",
     "SELECT k.domain || ' ' || k.partition_key || ' ' || k.stage FROM core_reached k JOIN core_captures c ON c.capture_seq = k.capture_seq "
     "WHERE c.domain <> k.domain OR c.partition_key <> k.partition_key UNION ALL SELECT k.domain || ' ' || k.partition_key || ' ' || k.stage "
     "FROM core_reached k JOIN core_derivations d ON d.derivation_seq = k.derivation_seq WHERE d.domain <> k.domain OR d.partition_key <> "
     "k.partition_key OR d.stage <> k.stage"},
    {"the manifest differs from what its capture has reached",
     "SELECT m.domain || ' ' || m.partition_key || ' ' || m.stage FROM core_manifest m LEFT JOIN core_captures c ON c.capture_id = m.capture_id "
     "WHERE (m.capture_id IS NOT NULL OR m.derivation_seq IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM core_reached k WHERE k.stage = m.stage AND "
     "(k.capture_seq = c.capture_seq OR k.derivation_seq = m.derivation_seq) AND k.inputs_sha256 = m.inputs_sha256 AND k.row_count = "
     "m.row_count AND k.metrics_json = m.metrics_json AND k.execution_id = m.execution_id)"},
}};

/// The same of runs of workflows, in stores that have tables for them. That a step belongs to a run is a reference.
constexpr std::array<std::pair<const char*, const char*>, 7> run_invariants{{
    {"a manifest row was made by no known execution or run",
     "SELECT m.domain || ' ' || m.partition_key || ' ' || m.stage FROM core_manifest m WHERE NOT EXISTS "
     "(SELECT 1 FROM core_executions e WHERE e.execution_id = m.execution_id) AND NOT EXISTS (SELECT 1 "
     "FROM core_workflow_runs r WHERE r.run_id = m.execution_id AND m.domain = 'workflow.' || "
     "r.workflow)"},
    {"a run is finished, but has an owner or no end",
     "SELECT run_id FROM core_workflow_runs WHERE status IN ('completed', 'failed', 'cancelled') AND "
     "(locked_by IS NOT NULL OR finished_at IS NULL)"},
    {"a run is not finished, but has an end",
     "SELECT run_id FROM core_workflow_runs WHERE status NOT IN ('completed', 'failed', 'cancelled') "
     "AND finished_at IS NOT NULL"},
    {"a run has half a partition",
     "SELECT run_id FROM core_workflow_runs WHERE (partition_domain IS NULL) <> (partition_key IS NULL)"},
    {"a step runs or waits in a run that is finished",
     "SELECT s.run_id || ' ' || s.step FROM core_workflow_steps s JOIN core_workflow_runs r ON r.run_id = "
     "s.run_id WHERE s.status IN ('running', 'waiting') AND r.status IN ('completed', 'failed', 'cancelled')"},
    {"a step has a result, but no end",
     "SELECT run_id || ' ' || step FROM core_workflow_steps WHERE status IN ('completed', 'skipped', "
     "'failed', 'cancelled') AND finished_at IS NULL"},
    {"a step names an execution that is not there",
     "SELECT s.run_id || ' ' || s.step FROM core_workflow_steps s WHERE s.execution_id IS NOT NULL AND "
     "NOT EXISTS (SELECT 1 FROM core_executions e WHERE e.execution_id = s.execution_id)"},
}};

/// And of what the durable engine adds.
constexpr std::array<std::pair<const char*, const char*>, 9> engine_invariants{{
    {"a run was never given to anybody", "SELECT run_id FROM core_workflow_runs WHERE fence < 1"},
    {"a run has seen more calls than there were",
     "SELECT run_id FROM core_workflow_runs WHERE calls_seen > calls"},
    {"a run is nobody's, and nothing will wake it",
     "SELECT run_id FROM core_workflow_runs r WHERE r.status IN ('running', 'waiting') AND r.locked_by IS NULL AND "
     "r.wake_at IS NULL AND r.calls <= r.calls_seen AND (r.reason IS NULL OR substr(r.reason, 1, 8) <> 'blocked:') AND "
     "NOT EXISTS (SELECT 1 FROM core_workflow_steps s WHERE s.run_id = r.run_id AND s.status = 'waiting')"},
    {"a run is queued, but somebody has it or it has begun",
     "SELECT run_id FROM core_workflow_runs r WHERE r.status = 'pending' AND (r.locked_by IS NOT NULL OR EXISTS (SELECT "
     "1 FROM core_workflow_steps s WHERE s.run_id = r.run_id))"},
    {"a finished run is to be woken, or to be paused",
     "SELECT run_id FROM core_workflow_runs WHERE status IN ('completed', 'failed', 'cancelled') AND (wake_at IS NOT "
     "NULL OR pause_asked <> 0)"},
    {"a step waits for a run that is not there",
     "SELECT s.run_id || ' ' || s.step FROM core_workflow_steps s WHERE s.status = 'waiting' AND s.child_run_id IS NOT "
     "NULL AND NOT EXISTS (SELECT 1 FROM core_workflow_runs r WHERE r.run_id = s.child_run_id)"},
    {"a run is the child of a step that did not begin",
     "SELECT r.run_id FROM core_workflow_runs r JOIN core_workflow_runs p ON p.run_id = r.parent_run_id WHERE "
     "r.forked_from IS NULL AND p.status NOT IN ('completed', 'failed', 'cancelled') AND NOT EXISTS (SELECT 1 FROM "
     "core_workflow_steps s WHERE s.run_id = r.parent_run_id AND s.step = r.parent_step AND (r.parent_attempt "
     "IS NULL OR (s.generation = r.parent_generation AND s.attempt = r.parent_attempt)))"},
    {"a child has ended and the run that waits for it was not called",
     "SELECT p.run_id || ' ' || s.step FROM core_workflow_steps s JOIN core_workflow_runs p ON p.run_id = s.run_id JOIN "
     "core_workflow_runs c ON c.parent_run_id = s.run_id AND c.parent_step = s.step AND c.parent_generation = "
     "s.generation AND c.parent_attempt = s.attempt AND c.forked_from IS NULL WHERE s.status = 'waiting' AND "
     "p.status IN ('running', 'waiting') AND p.calls <= p.calls_seen AND c.status IN ('completed', 'failed', "
     "'cancelled') AND NOT EXISTS (SELECT 1 FROM core_workflow_runs n WHERE n.parent_run_id = c.parent_run_id AND "
     "n.parent_step = c.parent_step AND n.parent_generation = c.parent_generation AND n.parent_attempt = "
     "c.parent_attempt AND n.chain_no > c.chain_no AND n.forked_from IS NULL)"},
    {"an answer stands at a step that asks nobody",
     "SELECT run_id || ' ' || step FROM core_workflow_steps WHERE answer_json IS NOT NULL AND type <> 'approval'"},
}};

void collect(Connection& connection, const std::string& sql, const std::string& what, std::vector<control::Damage>& found) {
    SQLite::Statement rows{connection.db(), sql};
    for (int count = 0; rows.executeStep() && count < 100; ++count) {
        std::string text;
        for (int i = 0; i < rows.getColumnCount(); ++i)
            text += (i == 0 ? "" : " ") + rows.getColumn(i).getString();
        if (text != "ok")
            found.push_back({what + ": " + text, {}, {}, {}, {}, "spine db restore FILE"});
    }
}

void ask_the_rules(Connection& connection, bool deep, std::vector<control::Damage>& found) {
    collect(connection, "PRAGMA foreign_key_check", "reference", found);
    for (const auto& [what, sql] : invariants)
        collect(connection, sql, what, found);
    if (has_publications(connection)) {
        for (const auto& [what, sql] : publishing_invariants)
            collect(connection, sql, what, found);
    } else {
        for (const auto& [what, sql] : invariants_before_publishing)
            collect(connection, sql, what, found);
    }
    if (has_workflow_tables(connection))
        for (const auto& [what, sql] : run_invariants)
            collect(connection, sql, what, found);
    if (has_engine_tables(connection))
        for (const auto& [what, sql] : engine_invariants)
            collect(connection, sql, what, found);
    for (auto& damage : content_damages(connection, deep))
        found.push_back(std::move(damage));
}

} // namespace

std::vector<control::Damage> damages(Connection& connection, const control::Examination& how) {
    return connection.guarded([&] {
        const ReadTransaction one_state{connection};
        std::vector<control::Damage> found;
        collect(connection, "PRAGMA integrity_check(100)", "file", found);
        if (!found.empty())
            return found; // what a damaged file says of its content means nothing
        const workflow::Catalogue none;
        auto schema = check_schema(connection, how.catalogue != nullptr ? *how.catalogue : none);
        found = std::move(schema.damages);
        if (!schema.can_be_asked)
            return found;
        try {
            ask_the_rules(connection, how.deep, found);
        } catch (const SQLite::Exception& error) {
            if (error.getErrorCode() != SQLITE_ERROR)
                throw;
            // A table or view of a plugin that is not loaded is not what it was.
            found.push_back({std::string{"a rule cannot be asked: "} + error.what(), {}, {}, {}, {}, "spine db restore FILE"});
        }
        return found;
    });
}

void back_up(Connection& connection, const std::string& file) {
    struct stat info {};
    if (::lstat(file.c_str(), &info) == 0)
        throw Error{ErrorCode::conflict,
                    "'" + file + "' exists already; a backup never overwrites",
                    "name another file"};
    if (file.empty())
        throw Error{ErrorCode::usage, "the backup has no name", "write: spine db backup FILE"};
    const auto folder = folder_of(file);
    // A name of its own, made here and nowhere else: nothing that exists is touched.
    auto part = folder + "/.spine-backup-XXXXXX";
    const int made = ::mkostemp(part.data(), O_CLOEXEC);
    if (made < 0)
        throw Error{errno == EACCES || errno == EPERM ? ErrorCode::denied
                    : errno == ENOENT || errno == ENOTDIR ? ErrorCode::not_found
                                                          : ErrorCode::unavailable,
                    "cannot write the backup into '" + folder + "': " + std::strerror(errno),
                    "name a folder that exists and may be written"};
    ::close(made);
    try {
        connection.guarded([&] {
            SQLite::Statement copy{connection.db(), "VACUUM INTO ?"};
            copy.bind(1, part);
            copy.exec();
        });
        ::chmod(part.c_str(), 0600);
        sync_file(part);
        // link, not rename: it fails when somebody made the file meanwhile
        if (::link(part.c_str(), file.c_str()) != 0)
            throw Error{errno == EEXIST ? ErrorCode::conflict : ErrorCode::unavailable,
                        "cannot name the backup '" + file + "': " + std::strerror(errno)};
    } catch (...) {
        ::unlink(part.c_str());
        throw;
    }
    ::unlink(part.c_str());
    sync_folders({folder});
}

} // namespace spine::store
