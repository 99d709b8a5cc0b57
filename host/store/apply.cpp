#include "store/apply.hpp"

#include "error.hpp"
#include "run/due.hpp"
#include "store/along.hpp"
#include "store/apply_rows.hpp"
#include "store/items.hpp"
#include "store/publication.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <memory>
#include <set>

namespace spine::store {

namespace {

/// Why the attempt can no longer commit as it began; empty when it can.
std::string moved(Connection& connection, const workflow::Catalogue& catalogue, const Attempt& attempt) {
    SqliteState state{connection, &catalogue};
    if (!attempt.historic)
        for (const auto& input : attempt.inputs)
            if (!run::still_pinned(state, input))
                return input.row.stage + " of " + input.row.partition.key +
                       " was made anew meanwhile";
    for (std::size_t i = 0; i < attempt.outputs.size(); ++i)
        if (state.generation(attempt.outputs[i]) != attempt.generations[i])
            return "another attempt committed into " + attempt.outputs[i].key + " meanwhile";
    return {};
}

bool fence_holds(Connection& connection, const Attempt& attempt) {
    auto& row = connection.prepared(
        "SELECT 1 FROM core_work_items WHERE id = ? AND fence = ? AND state = 'RUNNING'");
    row.bind(1, attempt.item_id);
    row.bind(2, attempt.fence);
    const bool holds = row.executeStep();
    row.reset();
    return holds;
}

constexpr const char* taken_over = "it was taken over or cancelled meanwhile";

/// The attempt's fence holds, its run's does not: nobody waits for this end any more.
unit::Fenced end_with_lost_run(Connection& connection, const Attempt& attempt, const std::string& now) {
    const std::string reason = "the run was taken over or cancelled meanwhile";
    end_execution(
        connection, attempt, {queue::ItemState::cancelled, "cancelled", reason, {}, {}, {}}, now);
    return {reason};
}

constexpr const char* answered_meanwhile = "an approval of its run was answered meanwhile";

/// One that began without an item and whose run has nothing to say is nobody's any more.
run::Written write_riding(const UnitPlace& place, const Attempt& attempt, const run::Ended& ended, const std::string& now) {
    return write_following(place.hand(), attempt.follow, ended, now, attempt.of_run ? run::Written::lost : run::Written::yes);
}

run::Ended ended_as(const Attempt& attempt, const unit::Outcome& outcome) {
    run::Ended ended;
    ended.execution_id = attempt.execution_id;
    ended.partitions = attempt.outputs;
    if (const auto* done = std::get_if<unit::Done>(&outcome)) {
        ended.how = run::Ended::How::completed;
        ended.outputs = done->outputs;
    } else if (const auto* unneeded = std::get_if<unit::Unneeded>(&outcome)) {
        ended.how = run::Ended::How::skipped;
        ended.reason = unneeded->reason;
        ended.outputs = unneeded->outputs;
    } else {
        const auto& failure = std::get<unit::Failure>(outcome);
        ended.how = failure.category == unit::Category::cancelled ? run::Ended::How::cancelled : run::Ended::How::failed;
        ended.outputs = failure.details;
        ended.failure = failure;
    }
    return ended;
}

Ending ending_of(const unit::Failure& failure) {
    const bool cancelled = failure.category == unit::Category::cancelled;
    return {cancelled ? queue::ItemState::cancelled : queue::ItemState::failed,
            cancelled ? "cancelled" : "failed",
            {},
            failure.details,
            std::string{unit::to_text(failure.category)},
            failure.hint.empty() ? failure.message : failure.message + "; " + failure.hint};
}

/// Nothing of it is kept: it is to be planned and done again.
unit::Superseded end_superseded(Connection& connection,
                                const Attempt& attempt,
                                const std::string& reason,
                                const std::string& now) {
    end_execution(
        connection, attempt, {queue::ItemState::cancelled, "superseded", reason, {}, {}, {}}, now);
    return {reason};
}

/// Whose log it is; before the run goes on with the end of the attempt, so that the newest attempt of the step is this one.
LoggedAttempt logged_attempt(Connection& connection, const Attempt& attempt) {
    LoggedAttempt of{attempt.run_id, attempt.execution_id, attempt.step, 1, attempt.number};
    if (!attempt.run_id.empty()) {
        auto& row = connection.prepared("SELECT generation, attempt FROM core_workflow_steps WHERE run_id = ? AND "
                                        "step = ? ORDER BY generation DESC, attempt DESC LIMIT 1");
        row.bind(1, attempt.run_id);
        row.bind(2, attempt.step);
        if (row.executeStep()) {
            of.generation = row.getColumn(0).getInt();
            of.attempt = row.getColumn(1).getInt();
        }
        row.reset();
    }
    return of;
}

void write_log(Connection& connection, const Attempt& attempt) {
    if (!attempt.log.empty() && has_engine_tables(connection))
        write_step_log(connection, logged_attempt(connection, attempt), attempt.log);
}

/// What a rowset has become: its integer key, and the texts that readers see.
struct Version {
    std::int64_t seq = 0;
    std::string capture_id;    ///< of a capture
    std::string inputs_sha256; ///< of a set of captures
    const std::string& id() const { return capture_id.empty() ? inputs_sha256 : capture_id; }
};

/// Content that somebody withdrew is given once more: a new capture, because whoever gives it asks for it, but not in silence.
void tell_of_withdrawn_content(Connection& connection,
                               const Attempt& attempt,
                               const unit::Partition& partition,
                               const std::string& content_sha256,
                               const std::string& capture_id,
                               const std::string& now) {
    auto& row = connection.prepared("SELECT capture_id, withdrawn_by, withdrawn_reason FROM core_captures WHERE domain = ? AND partition_key = ? "
                                    "AND content_sha256 = ? AND withdrawn_at IS NOT NULL ORDER BY capture_seq DESC LIMIT 1");
    row.bind(1, partition.domain);
    row.bind(2, partition.key);
    row.bind(3, content_sha256);
    std::optional<unit::Anomaly> anomaly;
    if (row.executeStep()) {
        const auto before = row.getColumn(0).getString();
        anomaly = unit::Anomaly{{},
                                "WARN",
                                "WITHDRAWN_CONTENT",
                                "capture " + capture_id + " has the content of capture " + before + ", which " +
                                    row.getColumn(1).getString() + " withdrew: " + row.getColumn(2).getString(),
                                workflow::json_text(boost::json::object{{"capture_id", capture_id}, {"withdrawn_capture_id", before}})};
    }
    row.reset();
    if (anomaly)
        insert_anomaly(connection, partition, attempt.pipeline->stage, *anomaly, attempt.execution_id, now);
}

Version mint(Connection& connection,
             const workflow::Catalogue& catalogue,
             const Attempt& attempt,
             const NewCapture& capture,
             const std::string& now) {
    const auto& partition = attempt.outputs[capture.output];
    Version version;
    version.capture_id = capture_id_for(connection, partition, attempt.created_at);
    SqliteState state{connection};
    const auto head = state.head(partition);
    auto& insert = connection.prepared(
        "INSERT INTO core_captures (capture_id, domain, partition_key, content_sha256, source_uri, "
        "source_bytes, source_last_update, week_source, captured_at, supersedes) VALUES (?, ?, ?, "
        "?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, version.capture_id);
    insert.bind(2, partition.domain);
    insert.bind(3, partition.key);
    insert.bind(4, capture.observation.content_sha256);
    insert.bind(5, capture.observation.source_uri);
    insert.bind(6, capture.observation.source_bytes);
    bind_or_null(insert, 7, capture.observation.source_last_update);
    bind_or_null(insert, 8, capture.observation.week_source);
    insert.bind(9, now);
    bind_or_null(insert, 10, head ? head->id : std::string{});
    insert.exec();
    version.seq = connection.db().getLastInsertRowid();
    auto& point = connection.prepared(
        "INSERT INTO core_partitions (domain, partition_key, head_capture) VALUES (?, ?, ?) ON "
        "CONFLICT (domain, partition_key) DO UPDATE SET head_capture = excluded.head_capture");
    point.bind(1, partition.domain);
    point.bind(2, partition.key);
    point.bind(3, version.seq);
    point.exec();
    if (!has_publications(connection)) // as it was before: what is newest is what readers see
        return version;
    tell_of_withdrawn_content(connection, attempt, partition, capture.observation.content_sha256, version.capture_id, now);
    if (catalogue.publishing_stage(partition.domain) == nullptr)
        point_readers_to(connection, partition, version.seq, {PublishedBy::making, {}, attempt.execution_id, {}, {}}, now);
    return version;
}

Version derive(Connection& connection,
               const Attempt& attempt,
               const Derivation& derivation,
               const std::string& now) {
    const auto& partition = attempt.outputs[derivation.output];
    auto& upsert = connection.prepared(
        "INSERT INTO core_derivations (domain, partition_key, stage, inputs_sha256, derived_at) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (domain, partition_key, stage, inputs_sha256) DO UPDATE "
        "SET derived_at = excluded.derived_at RETURNING derivation_seq");
    upsert.bind(1, partition.domain);
    upsert.bind(2, partition.key);
    upsert.bind(3, attempt.pipeline->stage);
    upsert.bind(4, derivation.inputs_sha256);
    upsert.bind(5, now);
    upsert.executeStep();
    Version version;
    version.seq = upsert.getColumn(0).getInt64();
    version.inputs_sha256 = derivation.inputs_sha256;
    upsert.reset();
    for (const auto& id : derivation.capture_ids) {
        auto& member = connection.prepared(
            "INSERT OR IGNORE INTO core_derivation_inputs (derivation_seq, capture_seq) SELECT ?, "
            "capture_seq FROM core_captures WHERE capture_id = ?");
        member.bind(1, version.seq);
        member.bind(2, id);
        member.exec();
    }
    return version;
}

/// The id under which an output's rejects and checks are kept.
std::string output_version(const Attempt& attempt,
                           const std::vector<Version>& versions,
                           std::uint32_t output) {
    for (const auto& reached : attempt.reached)
        if (reached.output == output && reached.rowset > 0)
            return versions[static_cast<std::size_t>(reached.rowset - 1)].id();
    for (std::size_t i = 0; i < attempt.rowsets.size(); ++i) {
        const auto* fresh = std::get_if<NewCapture>(&attempt.rowsets[i]);
        const auto* derived = std::get_if<Derivation>(&attempt.rowsets[i]);
        if ((fresh != nullptr && fresh->output == output) ||
            (derived != nullptr && derived->output == output))
            return versions[i].id();
    }
    return "none"; // rows of no version: replaced by the next commit of the stage
}

bool has_findings(Connection& connection,
                  const Attempt& attempt,
                  const std::vector<std::string>& ids) {
    for (std::size_t i = 0; i < attempt.outputs.size(); ++i) {
        auto& row = connection.prepared(
            "SELECT 1 FROM core_quality WHERE domain = ?1 AND partition_key = ?2 AND stage = ?3 AND "
            "capture_id = ?4 UNION ALL SELECT 1 FROM core_rejects WHERE domain = ?1 AND "
            "partition_key = ?2 AND stage = ?3 AND capture_id = ?4 LIMIT 1");
        row.bind(1, attempt.outputs[i].domain);
        row.bind(2, attempt.outputs[i].key);
        row.bind(3, attempt.pipeline->stage);
        row.bind(4, ids[i]);
        const bool found = row.executeStep();
        row.reset();
        if (found)
            return true;
    }
    return false;
}

void replace_findings(const UnitPlace& place,
                      const Attempt& attempt,
                      const std::vector<std::string>& ids,
                      bool failed,
                      const std::string& now) {
    auto& connection = place.writer->connection();
    if (attempt.historic && !failed && has_findings(connection, attempt, ids))
        return; // what was found out when the capture was new stands
    for (const char* table : {"core_rejects", "core_quality"})
        for (std::size_t i = 0; i < attempt.outputs.size(); ++i) {
            auto& erase = connection.prepared(
                std::string{"DELETE FROM "} + table +
                " WHERE domain = ? AND partition_key = ? AND stage = ? AND (capture_id IS NULL OR "
                "capture_id = ?)");
            erase.bind(1, attempt.outputs[i].domain);
            erase.bind(2, attempt.outputs[i].key);
            erase.bind(3, attempt.pipeline->stage);
            bind_or_null(erase, 4, failed ? std::string{} : ids[i]);
            erase.exec();
            for (const auto& id : {std::string{}, failed ? std::string{} : ids[i]})
                place.writer->sums().sum_anew({attempt.outputs[i].domain, attempt.outputs[i].key, attempt.pipeline->stage, id, table});
        }
    for (const auto& reject : attempt.rejects) {
        auto& insert = connection.prepared(
            "INSERT INTO core_rejects (domain, partition_key, stage, reason_code, reason_detail, "
            "raw_text, source_locator, line_number, capture_id, execution_id, created_at) VALUES "
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.bind(1, attempt.outputs[reject.output].domain);
        insert.bind(2, attempt.outputs[reject.output].key);
        insert.bind(3, attempt.pipeline->stage);
        insert.bind(4, reject.reason_code);
        bind_or_null(insert, 5, reject.reason_detail);
        insert.bind(6, reject.raw_text);
        bind_or_null(insert, 7, reject.source_locator);
        if (reject.line_number > 0)
            insert.bind(8, reject.line_number);
        bind_or_null(insert, 9, failed ? std::string{} : ids[reject.output]);
        insert.bind(10, attempt.execution_id);
        insert.bind(11, now);
        insert.exec();
    }
    for (const auto& check : attempt.checks) {
        auto& insert = connection.prepared(
            "INSERT INTO core_quality (domain, partition_key, stage, capture_id, check_name, "
            "category, status, actual_value, expected_value, details_json, execution_id, "
            "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.bind(1, attempt.outputs[check.output].domain);
        insert.bind(2, attempt.outputs[check.output].key);
        insert.bind(3, attempt.pipeline->stage);
        bind_or_null(insert, 4, failed ? std::string{} : ids[check.output]);
        insert.bind(5, check.name);
        insert.bind(6, check.category);
        insert.bind(7, check.status);
        bind_or_null(insert, 8, check.actual);
        bind_or_null(insert, 9, check.expected);
        bind_or_null(insert, 10, check.details);
        insert.bind(11, attempt.execution_id);
        insert.bind(12, now);
        insert.exec();
    }
    for (const auto& anomaly : attempt.anomalies) {
        insert_anomaly(connection,
                       {attempt.pipeline->domain, anomaly.output ? attempt.outputs[*anomaly.output].key : std::string{}},
                       attempt.pipeline->stage,
                       anomaly,
                       attempt.execution_id,
                       now);
    }
}

/// The same row for the capture or set of captures alone, which stays when the manifest moves on.
void keep_reached(Connection& connection, const unit::Partition& partition, const std::string& stage, const Version& version) {
    auto& erase = connection.prepared(version.capture_id.empty() ? "DELETE FROM core_reached WHERE derivation_seq = ? AND stage = ?"
                                                                 : "DELETE FROM core_reached WHERE capture_seq = ? AND stage = ?");
    erase.bind(1, version.seq);
    erase.bind(2, stage);
    erase.exec();
    auto& insert = connection.prepared(
        "INSERT INTO core_reached (domain, partition_key, stage, stage_rank, capture_seq, derivation_seq, row_count, metrics_json, "
        "inputs_sha256, execution_id, batch_id, updated_at) SELECT domain, partition_key, stage, stage_rank, ?, derivation_seq, row_count, "
        "metrics_json, inputs_sha256, execution_id, batch_id, updated_at FROM core_manifest WHERE domain = ? AND partition_key = ? AND stage = ?");
    if (!version.capture_id.empty())
        insert.bind(1, version.seq);
    insert.bind(2, partition.domain);
    insert.bind(3, partition.key);
    insert.bind(4, stage);
    insert.exec();
}

void write_manifest(Connection& connection,
                    const UnitPlace& place,
                    const Attempt& attempt,
                    const std::vector<Version>& versions,
                    const boost::json::object& outputs,
                    const std::string& now) {
    for (const auto& reached : attempt.reached) {
        const auto& partition = attempt.outputs[reached.output];
        auto metrics = outputs;
        for (const auto& metric : reached.metrics)
            metrics[metric.key()] = metric.value();
        const auto* version =
            reached.rowset > 0 ? &versions[static_cast<std::size_t>(reached.rowset - 1)] : nullptr;
        auto digest = attempt.digests[reached.output];
        if (digest.empty())
            digest = run::inputs_digest(
                *attempt.pipeline, attempt.params, attempt.inputs, reached.output);
        auto& upsert = connection.prepared(
            "INSERT INTO core_manifest (domain, partition_key, stage, stage_rank, row_count, "
            "metrics_json, capture_id, derivation_seq, inputs_sha256, execution_id, batch_id, "
            "updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (domain, "
            "partition_key, stage) DO UPDATE SET stage_rank = excluded.stage_rank, row_count = "
            "excluded.row_count, metrics_json = excluded.metrics_json, capture_id = "
            "excluded.capture_id, derivation_seq = excluded.derivation_seq, inputs_sha256 = "
            "excluded.inputs_sha256, execution_id = excluded.execution_id, batch_id = "
            "excluded.batch_id, updated_at = excluded.updated_at");
        upsert.bind(1, partition.domain);
        upsert.bind(2, partition.key);
        upsert.bind(3, attempt.pipeline->stage);
        upsert.bind(4, place.catalogue.stage_rank(partition.domain, attempt.pipeline->stage));
        upsert.bind(5, reached.row_count);
        upsert.bind(6, workflow::canonical_json(metrics));
        bind_or_null(upsert, 7, version != nullptr ? version->capture_id : std::string{});
        if (version != nullptr && version->capture_id.empty())
            upsert.bind(8, version->seq);
        upsert.bind(9, digest);
        upsert.bind(10, attempt.execution_id);
        upsert.bind(11, attempt.batch_id);
        upsert.bind(12, now);
        upsert.exec();
        place.writer->sums().sum_anew({partition.domain, partition.key, attempt.pipeline->stage, {}, "core_manifest"});
        if (version != nullptr && has_publications(connection))
            keep_reached(connection, partition, attempt.pipeline->stage, *version);
    }
}

/// Captures that reached the publishing stage with nothing against them.
void publish(Connection& connection, const Attempt& attempt, const std::vector<Version>& versions, const std::string& now) {
    for (const auto& reached : attempt.reached)
        if (reached.rowset > 0)
            if (const auto& version = versions[static_cast<std::size_t>(reached.rowset - 1)]; !version.capture_id.empty())
                publish_reached(connection, attempt.outputs[reached.output], version.seq, attempt, now);
}

void write_lineage(Connection& connection, const Attempt& attempt) {
    for (const auto& input : attempt.inputs) {
        auto ids = input.row.capture_seq != 0
                       ? std::vector<std::string>{input.row.capture_id}
                       : captures_of_derivation(connection, input.row.derivation_seq);
        for (const auto& id : ids) {
            auto& insert = connection.prepared(
                "INSERT OR IGNORE INTO core_lineage (execution_id, input_domain, input_partition, "
                "input_stage, input_capture) VALUES (?, ?, ?, ?, ?)");
            insert.bind(1, attempt.execution_id);
            insert.bind(2, input.row.partition.domain);
            insert.bind(3, input.row.partition.key);
            insert.bind(4, input.row.stage);
            insert.bind(5, id);
            insert.exec();
        }
    }
}

/// What the last completed attempt left with the manifest row of the first output.
boost::json::object stored_outputs(Connection& connection, const workflow::Catalogue& catalogue, const Attempt& attempt) {
    if (attempt.outputs.empty() || attempt.pipeline->stage.empty())
        return {};
    SqliteState state{connection, &catalogue};
    const auto row = run::recorded_row(state, attempt.outputs.front(), attempt.pipeline->stage, attempt.digests.front());
    return row ? row->metrics : boost::json::object{};
}

void raise_generations(Connection& connection, const Attempt& attempt) {
    for (const auto& partition : attempt.outputs) {
        auto& upsert = connection.prepared(
            "INSERT INTO core_partitions (domain, partition_key, generation) VALUES (?, ?, 1) ON "
            "CONFLICT (domain, partition_key) DO UPDATE SET generation = generation + 1");
        upsert.bind(1, partition.domain);
        upsert.bind(2, partition.key);
        upsert.exec();
    }
}

} // namespace

std::vector<std::string> captures_of_derivation(Connection& connection,
                                                std::int64_t derivation_seq) {
    return connection.guarded([&] {
        auto& row = connection.prepared(
            "SELECT c.capture_id FROM core_derivation_inputs i JOIN core_captures c ON "
            "c.capture_seq = i.capture_seq WHERE i.derivation_seq = ? ORDER BY c.capture_id");
        row.bind(1, derivation_seq);
        std::vector<std::string> ids;
        while (row.executeStep())
            ids.push_back(row.getColumn(0).getString());
        row.reset();
        return ids;
    });
}

void insert_anomaly(Connection& connection,
                    const unit::Partition& partition,
                    const std::string& stage,
                    const unit::Anomaly& anomaly,
                    const std::string& execution_id,
                    const std::string& now) {
    auto& insert = connection.prepared(
        "INSERT INTO core_anomalies (domain, stage, partition_key, severity, category, message, "
        "metadata_json, execution_id, detected_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, partition.domain);
    bind_or_null(insert, 2, stage);
    bind_or_null(insert, 3, partition.key);
    insert.bind(4, anomaly.severity);
    insert.bind(5, anomaly.category);
    insert.bind(6, anomaly.message);
    bind_or_null(insert, 7, anomaly.metadata);
    bind_or_null(insert, 8, execution_id);
    insert.bind(9, now);
    insert.exec();
}

namespace {

/// What joins the parts of an id is escaped within them, so that no two lists of values make one id.
std::string as_part_of_id(const std::string& value) {
    std::string part;
    for (const char c : value) {
        if (c == ':')
            part += "%3A";
        else if (c == '%')
            part += "%25";
        else
            part += c;
    }
    return part;
}

} // namespace

std::string capture_id_for(Connection& connection,
                           const unit::Partition& partition,
                           const std::string& created_at) {
    auto id = partition.domain;
    for (const auto& [name, value] : unit::partition_values(partition.key))
        id += ":" + as_part_of_id(value);
    id += ":" + env::to_day(env::time_from(created_at));
    const auto is_taken = [&](const std::string& wanted) {
        auto& row = connection.prepared("SELECT 1 FROM core_captures WHERE capture_id = ?");
        row.bind(1, wanted);
        const bool taken = row.executeStep();
        row.reset();
        return taken;
    };
    return connection.guarded([&] {
        auto& row = connection.prepared(
            "SELECT count(*) FROM core_captures WHERE domain = ?1 AND partition_key = ?2 AND "
            "(capture_id = ?3 OR substr(capture_id, 1, length(?3) + 1) = ?3 || '.')");
        row.bind(1, partition.domain);
        row.bind(2, partition.key);
        row.bind(3, id);
        row.executeStep();
        auto number = row.getColumn(0).getInt64() + 1;
        row.reset();
        // Partitions whose keys have other names and the same values meet here: each id is given once.
        auto free = number == 1 ? id : id + "." + std::to_string(number);
        while (is_taken(free))
            free = id + "." + std::to_string(++number);
        return free;
    });
}

unit::Commit commit_done(const UnitPlace& place, const Attempt& attempt, const unit::Done& done) {
    const auto known_ids = known_text_ids(place.reading, attempt.texts); // before the lock: they never change
    auto& connection = place.writer->connection();
    const auto apply = [&]() -> unit::Commit {
        const auto now = env::to_text(place.clock.now());
        if (!fence_holds(connection, attempt))
            return unit::Fenced{taken_over};
        if (const auto reason = moved(connection, place.catalogue, attempt); !reason.empty()) {
            write_log(connection, attempt);
            return end_superseded(connection, attempt, reason, now);
        }
        auto judgement = judged(connection, place.catalogue, attempt);
        if (judgement.verdict == Judgement::Verdict::refused)
            return unit::Refused{std::move(*judgement.failure)}; // nothing was written; its end is recorded as a failure's
        const bool withheld = judgement.verdict == Judgement::Verdict::withheld;
        // Before the rows, because with a lost run none of them may be written; one transaction makes them one with it.
        write_log(connection, attempt);
        const auto written = write_riding(
            place, attempt, withheld ? ended_as(attempt, *judgement.failure) : ended_as(attempt, done), now);
        if (written == run::Written::lost)
            return end_with_lost_run(connection, attempt, now);
        if (written == run::Written::stale)
            return end_superseded(connection, attempt, answered_meanwhile, now);
        auto text_ids = known_ids; // what this transaction adds may be undone, and the body be run once more
        std::vector<Version> versions;
        for (const auto& rowset : attempt.rowsets) {
            if (const auto* fresh = std::get_if<NewCapture>(&rowset))
                versions.push_back(mint(connection, place.catalogue, attempt, *fresh, now));
            else if (const auto* derived = std::get_if<Derivation>(&rowset))
                versions.push_back(derive(connection, attempt, *derived, now));
            else {
                const auto& capture = std::get<ExistingCapture>(rowset);
                versions.push_back({capture.seq, capture.id, {}});
            }
        }
        add_text_ids(connection, attempt.texts, text_ids);
        const RowsetMaker maker{attempt.pipeline->stage, attempt.execution_id};
        for (const auto& write : attempt.writes) {
            if (const auto* index = std::get_if<std::size_t>(&write)) {
                const auto& rows = attempt.replacements[*index];
                apply_replacement(*place.writer,
                                  rows,
                                  versions[static_cast<std::size_t>(rows.rowset() - 1)].seq,
                                  attempt.texts,
                                  text_ids,
                                  maker);
            } else {
                const auto& small = std::get<SmallWrite>(write);
                apply_small_write(
                    connection, small, versions[static_cast<std::size_t>(small.rowset - 1)].seq, maker);
            }
        }
        std::vector<std::string> ids;
        for (std::uint32_t output = 0; output < attempt.outputs.size(); ++output)
            ids.push_back(output_version(attempt, versions, output));
        replace_findings(place, attempt, ids, false, now);
        if (!attempt.historic)
            write_manifest(connection, place, attempt, versions, done.outputs, now);
        if (judgement.verdict != Judgement::Verdict::as_work)
            publish(connection, attempt, versions, now);
        write_lineage(connection, attempt);
        raise_generations(connection, attempt);
        end_execution(
            connection, attempt, {queue::ItemState::complete, "completed", {}, done.outputs, {}, {}}, now);
        if (judgement.verdict != Judgement::Verdict::as_work)
            record_publication(connection, attempt.execution_id, withheld);
        if (withheld)
            return unit::Withheld{std::move(*judgement.failure)};
        return unit::Committed{};
    };
    const auto failed_instead = [&](unit::Failure failure) -> unit::Commit {
        auto recorded = commit_failure(place, attempt, failure);
        if (std::holds_alternative<unit::Fenced>(recorded))
            return recorded;
        return unit::Refused{std::move(failure)};
    };
    try {
        auto commit = place.writer->transact(apply, attempt.weight());
        if (auto* refused = std::get_if<unit::Refused>(&commit))
            return failed_instead(std::move(refused->failure));
        return commit;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::bad_data)
            throw;
        unit::Failure failure;
        failure.category = unit::Category::data_quality;
        failure.exit_code = unit::exit_code(failure.category);
        failure.message = error.what();
        failure.hint = error.hint().empty() ? "a value that the store does not allow: the plugin must reject such rows" : error.hint();
        return failed_instead(std::move(failure));
    }
}

unit::Commit
commit_unneeded(const UnitPlace& place, const Attempt& attempt, const unit::Unneeded& unneeded) {
    auto& connection = place.writer->connection();
    return place.writer->transact([&]() -> unit::Commit {
        const auto now = env::to_text(place.clock.now());
        if (!fence_holds(connection, attempt))
            return unit::Fenced{taken_over};
        auto ended = ended_as(attempt, unneeded);
        ended.outputs = stored_outputs(connection, place.catalogue, attempt);
        for (const auto& output : unneeded.outputs)
            ended.outputs[output.key()] = output.value();
        write_log(connection, attempt);
        const auto written = write_riding(place, attempt, ended, now);
        if (written == run::Written::lost)
            return end_with_lost_run(connection, attempt, now);
        if (written == run::Written::stale)
            return end_superseded(connection, attempt, answered_meanwhile, now);
        end_execution(
            connection,
            attempt,
            {queue::ItemState::complete, "skipped", unneeded.reason, unneeded.outputs, {}, {}},
            now);
        return unit::Committed{};
    });
}

unit::Commit
commit_failure(const UnitPlace& place, const Attempt& attempt, const unit::Failure& failure) {
    auto& connection = place.writer->connection();
    return place.writer->transact([&]() -> unit::Commit {
        const auto now = env::to_text(place.clock.now());
        if (!fence_holds(connection, attempt))
            return unit::Fenced{taken_over};
        write_log(connection, attempt);
        if (write_riding(place, attempt, ended_as(attempt, failure), now) != run::Written::yes)
            return end_with_lost_run(connection, attempt, now);
        end_execution(connection, attempt, ending_of(failure), now);
        replace_findings(place, attempt, {}, true, now);
        return unit::Committed{};
    });
}

std::function<unit::Commit()>
end_of_run_step(const UnitPlace& place, const Attempt& attempt, const unit::Outcome& outcome) {
    const auto* done = std::get_if<unit::Done>(&outcome);
    const auto* failure = std::get_if<unit::Failure>(&outcome);
    // What it found makes it an execution after all; when nothing was to be done there is nothing to find.
    std::optional<Ending> found;
    if (done != nullptr && !attempt.anomalies.empty())
        found = Ending{queue::ItemState::complete, "completed", {}, done->outputs, {}, {}};
    else if (failure != nullptr && !attempt.anomalies.empty())
        found = ending_of(*failure);
    auto ended = ended_as(attempt, outcome);
    if (!found)
        ended.execution_id.clear();
    // Nothing that the transaction may meet changes how it ends, so others need not wait while its run decides.
    const auto along = std::make_shared<const std::optional<run::Along>>(attempt.follow(ended));
    return [&place, &attempt, found = std::move(found), along]() -> unit::Commit {
        if (!*along)
            return unit::Fenced{taken_over};
        auto& connection = place.writer->connection();
        const auto now = env::to_text(place.clock.now());
        auto of = attempt.log.empty() ? LoggedAttempt{} : logged_attempt(connection, attempt);
        switch (write_along(place.hand(), **along, now)) {
        case run::Written::yes: break;
        case run::Written::lost: return unit::Fenced{"the run was taken over or cancelled meanwhile"};
        case run::Written::stale: return unit::Superseded{answered_meanwhile};
        }
        if (!found)
            of.execution_id.clear();
        if (!attempt.log.empty())
            write_step_log(connection, of, attempt.log);
        if (found) {
            record_execution(connection, attempt, *found, now);
            replace_findings(place, attempt, {}, found->item != queue::ItemState::complete, now);
        }
        return unit::Committed{};
    };
}

} // namespace spine::store
