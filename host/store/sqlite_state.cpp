#include "store/sqlite_state.hpp"

#include "workflow/json.hpp"

namespace spine::store {

namespace {

constexpr const char* manifest_select = R"sql(
SELECT m.domain, m.partition_key, m.stage, m.stage_rank, m.row_count, c.capture_seq, m.derivation_seq,
       m.capture_id, coalesce(c.captured_at, d.derived_at), m.inputs_sha256, m.execution_id, m.metrics_json,
       CASE WHEN c.capture_seq IS NOT NULL THEN c.capture_seq = p.head_capture
            WHEN m.derivation_seq IS NOT NULL THEN NOT EXISTS (
                SELECT 1 FROM core_derivation_inputs i
                JOIN core_captures ic ON ic.capture_seq = i.capture_seq
                JOIN core_partitions ip ON ip.domain = ic.domain AND ip.partition_key = ic.partition_key
                WHERE i.derivation_seq = m.derivation_seq AND ip.head_capture <> ic.capture_seq)
            ELSE 1 END
FROM core_manifest m
LEFT JOIN core_captures c ON c.capture_id = m.capture_id
LEFT JOIN core_derivations d ON d.derivation_seq = m.derivation_seq
LEFT JOIN core_partitions p ON p.domain = m.domain AND p.partition_key = m.partition_key
)sql";

constexpr const char* capture_select =
    "SELECT capture_seq, capture_id, domain, partition_key, content_sha256, source_uri, source_bytes, "
    "captured_at FROM core_captures ";

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

std::optional<unit::Capture> first_capture(SQLite::Statement& row) {
    std::optional<unit::Capture> out;
    if (row.executeStep())
        out = unit::Capture{row.getColumn(0).getInt64(),
                            row.getColumn(1).getString(),
                            {row.getColumn(2).getString(), row.getColumn(3).getString()},
                            row.getColumn(4).getString(),
                            row.getColumn(5).getString(),
                            row.getColumn(6).getInt64(),
                            row.getColumn(7).getString()};
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

std::optional<unit::ManifestRow> SqliteState::manifest(const unit::Partition& partition,
                                                       const std::string& stage) {
    return connection_.guarded([&] {
        static const auto sql = std::string{manifest_select} +
                                "WHERE m.domain = ? AND m.partition_key = ? AND m.stage = ?";
        auto& row = connection_.prepared(sql);
        row.bind(1, partition.domain);
        row.bind(2, partition.key);
        row.bind(3, stage);
        std::optional<unit::ManifestRow> out;
        if (row.executeStep())
            out = manifest_row(row);
        row.reset();
        return out;
    });
}

std::vector<unit::ManifestRow>
SqliteState::manifest_rows(const std::string& domain,
                           const std::map<std::string, std::string>& values,
                           const std::string& stage) {
    return connection_.guarded([&] {
        std::string condition;
        for (std::size_t i = 0; i < values.size(); ++i)
            condition += " AND json_extract(m.partition_key, ?) = ?";
        auto& row = connection_.prepared(std::string{manifest_select} +
                                         "WHERE m.domain = ? AND m.stage = ?" + condition +
                                         " ORDER BY m.partition_key LIMIT 10000");
        row.bind(1, domain);
        row.bind(2, stage);
        bind_partition(row, 3, values);
        std::vector<unit::ManifestRow> out;
        while (row.executeStep())
            out.push_back(manifest_row(row));
        row.reset();
        return out;
    });
}

std::optional<unit::Capture> SqliteState::head(const unit::Partition& partition) {
    return connection_.guarded([&] {
        auto& row = connection_.prepared(
            std::string{capture_select} +
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
        auto& row = connection_.prepared(std::string{capture_select} +
                                         "WHERE domain = ? AND partition_key = ? AND captured_at "
                                         "<= ? ORDER BY capture_seq DESC LIMIT 1");
        row.bind(1, partition.domain);
        row.bind(2, partition.key);
        row.bind(3, time);
        return first_capture(row);
    });
}

std::optional<unit::Capture> SqliteState::capture(const std::string& capture_id) {
    return connection_.guarded([&] {
        auto& row = connection_.prepared(std::string{capture_select} + "WHERE capture_id = ?");
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
            "IS NOT NULL" + partition_condition(values) + " ORDER BY partition_key LIMIT 10000");
        row.bind(1, domain);
        bind_partition(row, 2, values);
        std::vector<unit::Partition> out;
        while (row.executeStep())
            out.push_back({row.getColumn(0).getString(), row.getColumn(1).getString()});
        row.reset();
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
