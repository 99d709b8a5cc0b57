#include "store/version_book.hpp"

#include "error.hpp"

namespace spine::store {
namespace {

constexpr const char* version_columns =
    "v.workflow, v.version, v.sha256, v.published_at, v.published_by, v.changelog, v.rolled_back_from";

control::PublishedVersion version_in(SQLite::Statement& row) {
    control::PublishedVersion version;
    version.workflow = row.getColumn(0).getString();
    version.version = row.getColumn(1).getInt64();
    version.sha256 = row.getColumn(2).getString();
    version.published_at = row.getColumn(3).getString();
    version.published_by = row.getColumn(4).getString();
    version.changelog = row.getColumn(5).getString();
    if (!row.getColumn(6).isNull())
        version.rolled_back_from = row.getColumn(6).getInt64();
    return version;
}

control::PublishedText text_in(SQLite::Statement& row) { return {version_in(row), row.getColumn(7).getString()}; }

std::optional<control::PublishedVersion> newest(Connection& connection, const std::string& workflow) {
    SQLite::Statement row{connection.db(),
                          std::string{"SELECT "} + version_columns +
                              " FROM core_workflow_versions v WHERE v.workflow = ? ORDER BY v.version DESC LIMIT 1"};
    row.bind(1, workflow);
    if (!row.executeStep())
        return std::nullopt;
    return version_in(row);
}

void keep_text(Connection& connection, const control::NewVersion& wanted, const std::string& now) {
    SQLite::Statement insert{connection.db(),
                             "INSERT INTO core_workflow_definitions (name, version, definition_yaml, sha256, created_at, created_by) "
                             "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name, sha256) DO NOTHING"};
    insert.bind(1, wanted.workflow);
    insert.bind(2, wanted.written_version);
    insert.bind(3, wanted.text);
    insert.bind(4, wanted.sha256);
    insert.bind(5, now);
    bind_or_null(insert, 6, wanted.by);
    insert.exec();
}

void insert_version(Connection& connection, const control::PublishedVersion& version) {
    SQLite::Statement insert{connection.db(),
                             "INSERT INTO core_workflow_versions (workflow, version, sha256, published_at, published_by, changelog, "
                             "rolled_back_from) VALUES (?, ?, ?, ?, ?, ?, ?)"};
    insert.bind(1, version.workflow);
    insert.bind(2, version.version);
    insert.bind(3, version.sha256);
    insert.bind(4, version.published_at);
    bind_or_null(insert, 5, version.published_by);
    bind_or_null(insert, 6, version.changelog);
    if (version.rolled_back_from)
        insert.bind(7, *version.rolled_back_from);
    insert.exec();
}

} // namespace

bool has_table(Connection& connection, const std::string& name) {
    auto& row = connection.prepared("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
    row.bind(1, name);
    const bool has = row.executeStep();
    row.reset();
    return has;
}

bool SqliteVersionBook::has_versions() { return has_table(reading_, "core_workflow_versions"); }

std::vector<control::PublishedVersion> SqliteVersionBook::versions(const std::string& workflow) {
    return reading_.guarded([&] {
        std::vector<control::PublishedVersion> found;
        if (!has_versions())
            return found;
        SQLite::Statement row{reading_.db(),
                              std::string{"SELECT "} + version_columns +
                                  " FROM core_workflow_versions v WHERE v.workflow = ? ORDER BY v.version DESC LIMIT ?"};
        row.bind(1, workflow);
        row.bind(2, static_cast<std::int64_t>(listed_max));
        while (row.executeStep())
            found.push_back(version_in(row));
        return found;
    });
}

std::optional<control::PublishedText> SqliteVersionBook::find(const std::string& workflow, std::optional<std::int64_t> version) {
    return reading_.guarded([&]() -> std::optional<control::PublishedText> {
        if (!has_versions())
            return std::nullopt;
        SQLite::Statement row{reading_.db(),
                              std::string{"SELECT "} + version_columns +
                                  ", d.definition_yaml FROM core_workflow_versions v JOIN core_workflow_definitions d ON d.name = "
                                  "v.workflow AND d.sha256 = v.sha256 WHERE v.workflow = ?1 AND (?2 IS NULL OR v.version = ?2) ORDER BY "
                                  "v.version DESC LIMIT 1"};
        row.bind(1, workflow);
        if (version)
            row.bind(2, *version);
        if (!row.executeStep())
            return std::nullopt;
        return text_in(row);
    });
}

std::vector<control::PublishedText> SqliteVersionBook::current() {
    return reading_.guarded([&] {
        std::vector<control::PublishedText> found;
        if (!has_versions())
            return found;
        SQLite::Statement row{reading_.db(),
                              std::string{"SELECT "} + version_columns +
                                  ", d.definition_yaml FROM core_workflow_versions v JOIN core_workflow_definitions d ON d.name = "
                                  "v.workflow AND d.sha256 = v.sha256 WHERE v.version = (SELECT max(version) FROM "
                                  "core_workflow_versions n WHERE n.workflow = v.workflow) ORDER BY v.workflow LIMIT ?"};
        row.bind(1, static_cast<std::int64_t>(listed_max));
        while (row.executeStep())
            found.push_back(text_in(row));
        return found;
    });
}

control::Publication SqliteVersionBook::publish(const control::NewVersion& wanted) {
    if (writer_ == nullptr)
        throw Error{ErrorCode::internal, "publishing needs a store that was opened for writing"};
    return writer_->transact([&]() -> control::Publication {
        auto& connection = writer_->connection();
        const auto before = newest(connection, wanted.workflow);
        if (before && before->sha256 == wanted.sha256)
            return {*before, false};
        control::PublishedVersion version;
        version.workflow = wanted.workflow;
        version.version = before ? before->version + 1 : 1;
        version.sha256 = wanted.sha256;
        version.published_at = env::to_text(clock_.now());
        version.published_by = wanted.by;
        version.changelog = wanted.changelog;
        if (wanted.rolls_back && before)
            version.rolled_back_from = before->version;
        keep_text(connection, wanted, version.published_at);
        insert_version(connection, version);
        return {version, true};
    });
}

} // namespace spine::store
