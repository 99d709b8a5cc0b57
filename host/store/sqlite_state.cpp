#include "store/sqlite_state.hpp"

#include "error.hpp"

#include "store/publication.hpp"
#include "workflow/json.hpp"

namespace spine::store {

namespace {

/// `k` has the columns of a manifest row; whether a set of captures is what readers see now, its captures say.
std::string select_row(const std::string& from, const std::string& capture) {
    return "SELECT k.domain, k.partition_key, k.stage, k.stage_rank, k.row_count, c.capture_seq, k.derivation_seq, c.capture_id, "
           "coalesce(c.captured_at, d.derived_at), k.inputs_sha256, k.execution_id, k.metrics_json, k.derivation_seq IS NULL OR NOT EXISTS "
           "(SELECT 1 FROM core_derivation_inputs i JOIN core_captures ic ON ic.capture_seq = i.capture_seq JOIN core_partitions ip ON "
           "ip.domain = ic.domain AND ip.partition_key = ic.partition_key WHERE i.derivation_seq = k.derivation_seq AND "
           "ip.published_capture IS NOT ic.capture_seq) FROM " +
           from + " k LEFT JOIN core_captures c ON " + capture + " LEFT JOIN core_derivations d ON d.derivation_seq = k.derivation_seq ";
}

/// The row of the manifest, which is the one that was written last.
const std::string& manifest_select() {
    static const auto sql = select_row("core_manifest", "c.capture_id = k.capture_id");
    return sql;
}

/// The row of any capture or set of captures.
const std::string& reached_select() {
    static const auto sql = select_row("core_reached", "c.capture_seq = k.capture_seq");
    return sql;
}

constexpr std::size_t partitions_max = 10'000;

std::string capture_select(Connection& connection) {
    return std::string{"SELECT capture_seq, capture_id, domain, partition_key, content_sha256, source_uri, source_bytes, captured_at, "} +
           (has_publications(connection) ? "withdrawn_at IS NOT NULL" : "0") + " FROM core_captures ";
}

/// A part of them would be taken for all.
template <typename Found> void refuse_too_many(const Found& found, const std::string& domain) {
    if (found.size() > partitions_max)
        throw Error{ErrorCode::unavailable,
                    "domain '" + domain + "': more than " + std::to_string(partitions_max) + " partitions were asked for at once",
                    "name more of the keys of the partitions that are wanted"};
}

unit::ManifestRow manifest_row(SQLite::Statement& row) {
    unit::ManifestRow out;
    out.partition = {row.getColumn(0).getString(), row.getColumn(1).getString()};
    out.stage = row.getColumn(2).getString();
    out.stage_rank = row.getColumn(3).getUInt();
    out.row_count = row.getColumn(4).getInt64();
    out.capture_seq = row.getColumn(5).getInt64();
    out.derivation_seq = row.getColumn(6).getInt64();
    out.capture_id = row.getColumn(7).getString();
    out.captured_at = row.getColumn(8).getString();
    out.inputs_sha256 = row.getColumn(9).getString();
    out.execution_id = row.getColumn(10).getString();
    const auto metrics = workflow::json_from(row.getColumn(11).getString());
    if (metrics.is_object())
        out.metrics = metrics.get_object();
    out.current = row.getColumn(12).getInt() != 0;
    return out;
}

std::optional<unit::ManifestRow> first_row(SQLite::Statement& row) {
    std::optional<unit::ManifestRow> out;
    if (row.executeStep())
        out = manifest_row(row);
    row.reset();
    return out;
}

std::optional<unit::Capture> first_capture(SQLite::Statement& row) {
    std::optional<unit::Capture> out;
    if (row.executeStep())
        out = unit::Capture{row.getColumn(0).getInt64(),
                            row.getColumn(1).getString(),
                            {row.getColumn(2).getString(), row.getColumn(3).getString()},
                            row.getColumn(4).getString(),
                            row.getColumn(5).getString(),
                            row.getColumn(6).getInt64(),
                            row.getColumn(7).getString(),
                            row.getColumn(8).getInt() != 0};
    row.reset();
    return out;
}

} // namespace

std::string partition_condition(const std::map<std::string, std::string>& values) {
    std::string condition;
    for (std::size_t i = 0; i < values.size(); ++i)
        condition += " AND json_extract(partition_key, ?) = ?";
    return condition;
}

int bind_partition(SQLite::Statement& statement,
                   int from,
                   const std::map<std::string, std::string>& values) {
    for (const auto& [name, value] : values) {
        statement.bind(from++, "$.\"" + name + "\"");
        statement.bind(from++, value);
    }
    return from;
}

SqliteState::Seen SqliteState::seen(const unit::Partition& partition) {
    auto& row = connection_.prepared(has_publications(connection_)
                                         ? "SELECT head_capture, published_capture FROM core_partitions WHERE domain = ? AND partition_key = ?"
                                         : "SELECT head_capture, head_capture FROM core_partitions WHERE domain = ? AND partition_key = ?");
    row.bind(1, partition.domain);
    row.bind(2, partition.key);
    Seen seen;
    if (row.executeStep())
        seen = {row.getColumn(0).getInt64(), row.getColumn(1).getInt64()};
    row.reset();
    return seen;
}

std::optional<unit::ManifestRow> SqliteState::reached(std::int64_t capture_seq, const std::string& stage) {
    static const auto sql = reached_select() + "WHERE k.capture_seq = ? AND k.stage = ?";
    auto& row = connection_.prepared(sql);
    row.bind(1, capture_seq);
    row.bind(2, stage);
    return first_row(row);
}

std::optional<unit::ManifestRow> SqliteState::recorded(const unit::Partition& partition, const std::string& stage) {
    static const auto sql = manifest_select() + "WHERE k.domain = ? AND k.partition_key = ? AND k.stage = ?";
    auto& row = connection_.prepared(sql);
    row.bind(1, partition.domain);
    row.bind(2, partition.key);
    row.bind(3, stage);
    return first_row(row);
}

std::optional<unit::ManifestRow> SqliteState::readable_before(const unit::Partition& partition,
                                                              const std::string& stage,
                                                              std::int64_t published) {
    static const auto sql = reached_select() +
                            "WHERE k.domain = ? AND k.partition_key = ? AND k.stage = ? AND k.capture_seq < ? AND c.withdrawn_at IS NULL AND "
                            "EXISTS (SELECT 1 FROM core_publications u WHERE u.capture_seq = k.capture_seq) ORDER BY k.capture_seq DESC LIMIT 1";
    auto& row = connection_.prepared(sql);
    row.bind(1, partition.domain);
    row.bind(2, partition.key);
    row.bind(3, stage);
    row.bind(4, published);
    return first_row(row);
}

std::optional<unit::ManifestRow>
SqliteState::row_of(const unit::Partition& partition, const std::string& stage, bool as_readers) {
    const auto captures = seen(partition);
    const auto wanted = as_readers ? captures.published : captures.head;
    if (wanted != 0)
        if (auto row = reached(wanted, stage))
            return row;
    auto row = recorded(partition, stage);
    if (!row || row->capture_seq == 0)
        return row;
    if (as_readers && captures.published != captures.head)
        row = readable_before(partition, stage, captures.published);
    if (row)
        row->current = false;
    return row;
}

std::optional<unit::ManifestRow> SqliteState::manifest(const unit::Partition& partition,
                                                       const std::string& stage) {
    return connection_.guarded([&] {
        if (!has_publications(connection_))
            return unpublished_row(partition, stage);
        return row_of(partition, stage, catalogue_ == nullptr || !catalogue_->before_publishing(partition.domain, stage));
    });
}

std::optional<unit::ManifestRow> SqliteState::published(const unit::Partition& partition, const std::string& stage) {
    return connection_.guarded([&] {
        return has_publications(connection_) ? row_of(partition, stage, true) : unpublished_row(partition, stage);
    });
}

std::optional<unit::ManifestRow>
SqliteState::made_from(const unit::Partition& partition, const std::string& stage, const std::string& inputs_sha256) {
    return connection_.guarded([&]() -> std::optional<unit::ManifestRow> {
        auto row = has_publications(connection_) ? recorded(partition, stage) : unpublished_row(partition, stage);
        // A set of captures is done only while it is the manifest's: of several, readers see that one.
        if ((!row || row->inputs_sha256 != inputs_sha256) && has_publications(connection_)) {
            static const auto sql = reached_select() + "WHERE k.domain = ? AND k.partition_key = ? AND k.stage = ? AND k.inputs_sha256 = ? AND "
                                                       "c.withdrawn_at IS NULL AND c.capture_seq IS NOT NULL ORDER BY k.capture_seq DESC LIMIT 1";
            auto& found = connection_.prepared(sql);
            found.bind(1, partition.domain);
            found.bind(2, partition.key);
            found.bind(3, stage);
            found.bind(4, inputs_sha256);
            row = first_row(found);
        }
        if (!row || row->inputs_sha256 != inputs_sha256)
            return std::nullopt;
        const auto* publishing = catalogue_ == nullptr ? nullptr : catalogue_->publishing_stage(partition.domain);
        row->withheld = publishing != nullptr && publishing->name == stage && row->capture_seq > seen(partition).published &&
                        !was_published(connection_, row->capture_seq);
        return row;
    });
}

std::optional<unit::ManifestRow> SqliteState::last_made(const unit::Partition& partition, const std::string& stage) {
    return connection_.guarded([&]() -> std::optional<unit::ManifestRow> {
        if (!has_publications(connection_))
            return std::nullopt;
        static const auto sql = reached_select() + "WHERE k.domain = ? AND k.partition_key = ? AND k.stage = ? ORDER BY k.reached_id DESC LIMIT 1";
        auto& row = connection_.prepared(sql);
        row.bind(1, partition.domain);
        row.bind(2, partition.key);
        row.bind(3, stage);
        return first_row(row);
    });
}

/// In a store that knows of no publishing yet.
std::optional<unit::ManifestRow> SqliteState::unpublished_row(const unit::Partition& partition, const std::string& stage) {
    auto& row = connection_.prepared(
        "SELECT m.domain, m.partition_key, m.stage, m.stage_rank, m.row_count, c.capture_seq, m.derivation_seq, m.capture_id, "
        "coalesce(c.captured_at, d.derived_at), m.inputs_sha256, m.execution_id, m.metrics_json, CASE WHEN c.capture_seq IS NOT NULL THEN "
        "c.capture_seq = p.head_capture WHEN m.derivation_seq IS NOT NULL THEN NOT EXISTS (SELECT 1 FROM core_derivation_inputs i JOIN "
        "core_captures ic ON ic.capture_seq = i.capture_seq JOIN core_partitions ip ON ip.domain = ic.domain AND ip.partition_key = "
        "ic.partition_key WHERE i.derivation_seq = m.derivation_seq AND ip.head_capture <> ic.capture_seq) ELSE 1 END FROM core_manifest m "
        "LEFT JOIN core_captures c ON c.capture_id = m.capture_id LEFT JOIN core_derivations d ON d.derivation_seq = m.derivation_seq LEFT "
        "JOIN core_partitions p ON p.domain = m.domain AND p.partition_key = m.partition_key WHERE m.domain = ? AND m.partition_key = ? AND "
        "m.stage = ?");
    row.bind(1, partition.domain);
    row.bind(2, partition.key);
    row.bind(3, stage);
    return first_row(row);
}

std::vector<unit::ManifestRow>
SqliteState::manifest_rows(const std::string& domain,
                           const std::map<std::string, std::string>& values,
                           const std::string& stage) {
    const auto keys = connection_.guarded([&] {
        auto& row = connection_.prepared("SELECT partition_key FROM core_manifest WHERE domain = ? AND stage = ?" +
                                         partition_condition(values) + " ORDER BY partition_key LIMIT 10001");
        row.bind(1, domain);
        row.bind(2, stage);
        bind_partition(row, 3, values);
        std::vector<std::string> found;
        while (row.executeStep())
            found.push_back(row.getColumn(0).getString());
        row.reset();
        refuse_too_many(found, domain);
        return found;
    });
    std::vector<unit::ManifestRow> out;
    for (const auto& key : keys)
        if (auto row = manifest({domain, key}, stage))
            out.push_back(std::move(*row));
    return out;
}

std::optional<unit::Capture> SqliteState::head(const unit::Partition& partition) {
    return connection_.guarded([&] {
        auto& row = connection_.prepared(
            capture_select(connection_) +
            "WHERE capture_seq = (SELECT head_capture FROM core_partitions WHERE domain = ? AND "
            "partition_key = ?)");
        row.bind(1, partition.domain);
        row.bind(2, partition.key);
        return first_capture(row);
    });
}

std::optional<unit::Capture> SqliteState::capture_until(const unit::Partition& partition,
                                                        const std::string& time) {
    return connection_.guarded([&] {
        // By the order of what happened, whatever the clock said meanwhile.
        auto& row = connection_.prepared(
            capture_select(connection_) +
            (has_publications(connection_)
                 ? "WHERE capture_seq = (SELECT capture_seq FROM core_publications WHERE domain = ? AND partition_key = ? AND published_at <= ? "
                   "ORDER BY publication_seq DESC LIMIT 1)"
                 : "WHERE domain = ? AND partition_key = ? AND captured_at <= ? ORDER BY capture_seq DESC LIMIT 1"));
        row.bind(1, partition.domain);
        row.bind(2, partition.key);
        row.bind(3, time);
        return first_capture(row);
    });
}

std::optional<unit::Capture> SqliteState::capture(const std::string& capture_id) {
    return connection_.guarded([&] {
        auto& row = connection_.prepared(capture_select(connection_) + "WHERE capture_id = ?");
        row.bind(1, capture_id);
        return first_capture(row);
    });
}

std::vector<unit::Partition>
SqliteState::captured(const std::string& domain,
                      const std::map<std::string, std::string>& values) {
    return connection_.guarded([&] {
        auto& row = connection_.prepared(
            "SELECT domain, partition_key FROM core_partitions WHERE domain = ? AND head_capture "
            "IS NOT NULL" + partition_condition(values) + " ORDER BY partition_key LIMIT 10001");
        row.bind(1, domain);
        bind_partition(row, 2, values);
        std::vector<unit::Partition> out;
        while (row.executeStep())
            out.push_back({row.getColumn(0).getString(), row.getColumn(1).getString()});
        row.reset();
        refuse_too_many(out, domain);
        return out;
    });
}

std::int64_t SqliteState::generation(const unit::Partition& partition) {
    return connection_.guarded([&] {
        auto& row = connection_.prepared(
            "SELECT generation FROM core_partitions WHERE domain = ? AND partition_key = ?");
        row.bind(1, partition.domain);
        row.bind(2, partition.key);
        std::int64_t generation = 0;
        if (row.executeStep())
            generation = row.getColumn(0).getInt64();
        row.reset();
        return generation;
    });
}

} // namespace spine::store
