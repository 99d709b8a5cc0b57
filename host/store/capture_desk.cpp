#include "store/capture_desk.hpp"

#include "error.hpp"
#include "store/apply.hpp"
#include "store/publication.hpp"
#include "workflow/json.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace spine::store {

namespace {

struct Found {
    std::int64_t seq = 0;
    unit::Partition partition;
    std::string withdrawn_at, withdrawn_by, withdrawn_reason;
};

Error unknown(Connection& connection, const std::string& id) {
    std::vector<std::string> known;
    SQLite::Statement ids{connection.db(), "SELECT capture_id FROM core_captures ORDER BY capture_seq DESC LIMIT 2000"};
    while (ids.executeStep())
        known.push_back(ids.getColumn(0).getString());
    std::string meant;
    for (const auto& one : known) // the newest that ends or begins so
        if (meant.empty() && id.size() >= 4 && (one.starts_with(id) || one.ends_with(id)))
            meant = one;
    if (meant.empty())
        meant = workflow::nearest(id, known);
    return Error{ErrorCode::not_found,
                 "there is no capture '" + id + "'",
                 meant.empty() ? "'spine captures list' has their ids" : "did you mean '" + meant + "'?"};
}

Found found(Connection& connection, const std::string& id) {
    auto& row = connection.prepared("SELECT capture_seq, domain, partition_key, withdrawn_at, withdrawn_by, withdrawn_reason FROM core_captures "
                                    "WHERE capture_id = ?");
    row.bind(1, id);
    std::optional<Found> capture;
    if (row.executeStep())
        capture = Found{row.getColumn(0).getInt64(),
                        {row.getColumn(1).getString(), row.getColumn(2).getString()},
                        row.getColumn(3).getString(),
                        row.getColumn(4).getString(),
                        row.getColumn(5).getString()};
    row.reset();
    if (!capture)
        throw unknown(connection, id);
    return std::move(*capture);
}

/// What a person did to a capture, as an anomaly has it.
struct Deed {
    std::string severity, category, words;
};

struct Sight {
    std::int64_t head = 0; ///< 0: none
    std::int64_t published = 0;
    std::string head_id, published_id;
};

Sight sight_of(Connection& connection, const unit::Partition& partition) {
    auto& row = connection.prepared("SELECT p.head_capture, p.published_capture, h.capture_id, u.capture_id FROM core_partitions p LEFT JOIN "
                                    "core_captures h ON h.capture_seq = p.head_capture LEFT JOIN core_captures u ON u.capture_seq = "
                                    "p.published_capture WHERE p.domain = ? AND p.partition_key = ?");
    row.bind(1, partition.domain);
    row.bind(2, partition.key);
    Sight sight;
    if (row.executeStep())
        sight = {row.getColumn(0).getInt64(), row.getColumn(1).getInt64(), row.getColumn(2).getString(), row.getColumn(3).getString()};
    row.reset();
    return sight;
}

/// The number of a one-row query over the partition; 0 for none.
std::int64_t number(Connection& connection, const std::string& sql, const unit::Partition& partition, const std::string& stage = {}) {
    auto& row = connection.prepared(sql);
    row.bind(1, partition.domain);
    row.bind(2, partition.key);
    if (!stage.empty())
        row.bind(3, stage);
    const auto value = row.executeStep() ? row.getColumn(0).getInt64() : 0;
    row.reset();
    return value;
}

void raise_generation(Connection& connection, const unit::Partition& partition) {
    auto& raise = connection.prepared("UPDATE core_partitions SET generation = generation + 1 WHERE domain = ? AND partition_key = ?");
    raise.bind(1, partition.domain);
    raise.bind(2, partition.key);
    raise.exec();
}

/// The manifest row of the stage becomes what is recorded under `reached_id`; 0: it goes.
void show(Connection& connection, const unit::Partition& partition, const std::string& stage, std::int64_t reached_id) {
    auto& erase = connection.prepared("DELETE FROM core_manifest WHERE domain = ? AND partition_key = ? AND stage = ?");
    erase.bind(1, partition.domain);
    erase.bind(2, partition.key);
    erase.bind(3, stage);
    erase.exec();
    if (reached_id == 0)
        return;
    auto& put = connection.prepared(
        "INSERT INTO core_manifest (domain, partition_key, stage, stage_rank, row_count, metrics_json, capture_id, derivation_seq, "
        "inputs_sha256, execution_id, batch_id, updated_at) SELECT k.domain, k.partition_key, k.stage, k.stage_rank, k.row_count, k.metrics_json, "
        "c.capture_id, k.derivation_seq, k.inputs_sha256, k.execution_id, k.batch_id, k.updated_at FROM core_reached k LEFT JOIN core_captures c "
        "ON c.capture_seq = k.capture_seq WHERE k.reached_id = ?");
    put.bind(1, reached_id);
    put.exec();
}

std::vector<std::string> stages_of(Connection& connection, const unit::Partition& partition) {
    auto& row = connection.prepared("SELECT DISTINCT stage FROM core_reached WHERE domain = ? AND partition_key = ? AND capture_seq IS NOT NULL "
                                    "ORDER BY stage");
    row.bind(1, partition.domain);
    row.bind(2, partition.key);
    std::vector<std::string> stages;
    while (row.executeStep())
        stages.push_back(row.getColumn(0).getString());
    row.reset();
    return stages;
}

/// Stages of the partition itself: each row of the manifest is that of the head, or from the publishing stage on of what is published; what that one
/// has not reached, of the newest one that has and that is not withdrawn.
void show_own_stages(Connection& connection, const workflow::Catalogue& catalogue, const unit::Partition& partition) {
    for (const auto& stage : stages_of(connection, partition)) {
        const std::string wanted = catalogue.before_publishing(partition.domain, stage) ? "head_capture" : "published_capture";
        const auto best = number(connection,
                                 "SELECT k.reached_id FROM core_reached k JOIN core_captures c ON c.capture_seq = k.capture_seq JOIN core_partitions "
                                 "p ON p.domain = k.domain AND p.partition_key = k.partition_key WHERE k.domain = ? AND k.partition_key = ? AND "
                                 "k.stage = ? AND c.withdrawn_at IS NULL ORDER BY k.capture_seq IS p." +
                                     wanted + " DESC, k.capture_seq DESC LIMIT 1",
                                 partition,
                                 stage);
        show(connection, partition, stage, best);
    }
}

/// Stages that were made from sets with one of the partition's captures: the widest set of what is published now; when there is none, what stands
/// goes on standing, unless something of it was withdrawn.
void show_derived_stages(Connection& connection, const unit::Partition& changed) {
    std::vector<std::pair<unit::Partition, std::string>> affected;
    {
        auto& row = connection.prepared(
            "SELECT DISTINCT k.domain, k.partition_key, k.stage FROM core_reached k JOIN core_derivation_inputs i ON i.derivation_seq = "
            "k.derivation_seq JOIN core_captures c ON c.capture_seq = i.capture_seq WHERE c.domain = ? AND c.partition_key = ? ORDER BY 1, 2, 3");
        row.bind(1, changed.domain);
        row.bind(2, changed.key);
        while (row.executeStep())
            affected.push_back({{row.getColumn(0).getString(), row.getColumn(1).getString()}, row.getColumn(2).getString()});
        row.reset();
    }
    const std::string sets = "SELECT k.reached_id FROM core_reached k WHERE k.domain = ? AND k.partition_key = ? AND k.stage = ? AND "
                             "k.derivation_seq IS NOT NULL AND NOT EXISTS (SELECT 1 FROM core_derivation_inputs i JOIN core_captures c ON "
                             "c.capture_seq = i.capture_seq JOIN core_partitions p ON p.domain = c.domain AND p.partition_key = c.partition_key "
                             "WHERE i.derivation_seq = k.derivation_seq AND ";
    const std::string widest = ") ORDER BY (SELECT count(*) FROM core_derivation_inputs n WHERE n.derivation_seq = k.derivation_seq) DESC, "
                               "k.derivation_seq DESC LIMIT 1";
    for (const auto& [partition, stage] : affected) {
        auto best = number(connection, sets + "p.published_capture IS NOT c.capture_seq" + widest, partition, stage);
        if (best == 0) {
            const auto stands = number(connection,
                                       "SELECT 1 FROM core_manifest m WHERE m.domain = ? AND m.partition_key = ? AND m.stage = ? AND NOT EXISTS "
                                       "(SELECT 1 FROM core_derivation_inputs i JOIN core_captures c ON c.capture_seq = i.capture_seq WHERE "
                                       "i.derivation_seq = m.derivation_seq AND c.withdrawn_at IS NOT NULL)",
                                       partition,
                                       stage);
            if (stands != 0)
                continue;
            best = number(connection,
                          sets + "(c.withdrawn_at IS NOT NULL OR p.published_capture IS NULL OR c.capture_seq > p.published_capture)" + widest,
                          partition,
                          stage);
        }
        show(connection, partition, stage, best);
        if (partition != changed)
            raise_generation(connection, partition);
    }
}

control::CaptureAnswer answer_of(const control::CaptureWish& wish, const unit::Partition& partition, const Sight& sight, const std::string& now) {
    return {true, wish.capture_id, partition.domain, partition.key, sight.head_id, sight.published_id, wish.by, wish.reason, now};
}

boost::json::object metadata_of(const control::CaptureAnswer& answer) {
    const auto or_null = [](const std::string& id) { return id.empty() ? boost::json::value(nullptr) : boost::json::value(id); };
    return {{"capture_id", answer.capture_id},
            {"by", answer.by},
            {"reason", answer.reason},
            {"head_capture_id", or_null(answer.head_capture_id)},
            {"published_capture_id", or_null(answer.published_capture_id)}};
}

/// What follows from a change of what readers see: the manifest shows it, what was planned before is planned again, and it is told.
control::CaptureAnswer settled(Connection& connection,
                               const workflow::Catalogue& catalogue,
                               const control::CaptureWish& wish,
                               const unit::Partition& partition,
                               const Deed& deed,
                               const std::string& now) {
    show_own_stages(connection, catalogue, partition);
    show_derived_stages(connection, partition);
    raise_generation(connection, partition);
    auto answer = answer_of(wish, partition, sight_of(connection, partition), now);
    insert_anomaly(connection,
                   partition,
                   {},
                   {{}, deed.severity, deed.category, "capture " + wish.capture_id + " was " + deed.words + " by " + wish.by + ": " + wish.reason,
                    workflow::json_text(metadata_of(answer))},
                   {},
                   now);
    return answer;
}

} // namespace

control::CaptureAnswer SqliteCaptureDesk::withdraw(const control::CaptureWish& wish) {
    auto& connection = writer_.connection();
    return writer_.transact([&] {
        const auto now = env::to_text(clock_.now());
        const auto capture = found(connection, wish.capture_id);
        const auto& partition = capture.partition;
        if (!capture.withdrawn_at.empty()) {
            auto answer = answer_of(wish, partition, sight_of(connection, partition), capture.withdrawn_at);
            answer.changed = false;
            answer.by = capture.withdrawn_by;
            answer.reason = capture.withdrawn_reason;
            return answer;
        }
        const auto before = sight_of(connection, partition);
        auto& mark = connection.prepared("UPDATE core_captures SET withdrawn_at = ?, withdrawn_by = ?, withdrawn_reason = ? WHERE capture_seq = ?");
        mark.bind(1, now);
        mark.bind(2, wish.by);
        mark.bind(3, wish.reason);
        mark.bind(4, capture.seq);
        mark.exec();
        auto& head = connection.prepared("UPDATE core_partitions SET head_capture = (SELECT max(c.capture_seq) FROM core_captures c WHERE c.domain = "
                                         "?1 AND c.partition_key = ?2 AND c.withdrawn_at IS NULL) WHERE domain = ?1 AND partition_key = ?2");
        head.bind(1, partition.domain);
        head.bind(2, partition.key);
        head.exec();
        if (before.published == capture.seq) {
            const auto back = number(connection,
                                     "SELECT c.capture_seq FROM core_captures c WHERE c.domain = ? AND c.partition_key = ? AND c.withdrawn_at IS "
                                     "NULL AND EXISTS (SELECT 1 FROM core_publications u WHERE u.capture_seq = c.capture_seq) ORDER BY "
                                     "c.capture_seq DESC LIMIT 1",
                                     partition);
            point_readers_to(connection, partition, back, {PublishedBy::withdrawal, {}, {}, wish.by, wish.reason}, now);
        }
        return settled(connection, catalogue_, wish, partition, {"WARN", "CAPTURE_WITHDRAWN", "withdrawn"}, now);
    });
}

control::CaptureAnswer SqliteCaptureDesk::publish(const control::CaptureWish& wish) {
    auto& connection = writer_.connection();
    return writer_.transact([&] {
        const auto now = env::to_text(clock_.now());
        const auto capture = found(connection, wish.capture_id);
        const auto& partition = capture.partition;
        if (!capture.withdrawn_at.empty())
            throw Error{ErrorCode::conflict,
                        "capture '" + wish.capture_id + "' was withdrawn by " + capture.withdrawn_by + " (" + capture.withdrawn_reason +
                            ") and is never published again",
                        "ingest its file again: it becomes a new capture"};
        if (sight_of(connection, partition).published == capture.seq) {
            auto answer = answer_of(wish, partition, sight_of(connection, partition), now);
            answer.changed = false;
            return answer;
        }
        point_readers_to(connection, partition, capture.seq, {PublishedBy::person, {}, {}, wish.by, wish.reason}, now);
        return settled(connection, catalogue_, wish, partition, {"INFO", "CAPTURE_PUBLISHED", "published"}, now);
    });
}

} // namespace spine::store
