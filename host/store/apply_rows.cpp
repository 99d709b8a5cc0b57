#include "store/apply_rows.hpp"

#include "error.hpp"
#include "store/dataset_ddl.hpp"
#include "store/refused_row.hpp"

#include <algorithm>
#include <sqlite3.h>

namespace spine::store {

namespace {

std::int64_t text_id(Connection& connection, const std::string& text) {
    auto& row = connection.prepared("SELECT text_id FROM core_texts WHERE text = ?");
    row.bindNoCopy(1, text);
    std::int64_t id = 0;
    if (row.executeStep())
        id = row.getColumn(0).getInt64();
    row.reset();
    return id;
}

std::int64_t added_text_id(Connection& connection, const std::string& text) {
    if (const auto id = text_id(connection, text); id != 0)
        return id;
    auto& insert = connection.prepared("INSERT INTO core_texts (text) VALUES (?)");
    insert.bindNoCopy(1, text);
    insert.exec();
    return connection.db().getLastInsertRowid();
}

void bind(SQLite::Statement& statement, int index, const SmallWrite::Owned& value) {
    struct {
        SQLite::Statement& statement;
        int index;
        void operator()(std::monostate) const { statement.bind(index); }
        void operator()(std::int64_t number) const { statement.bind(index, number); }
        void operator()(double number) const { statement.bind(index, number); }
        void operator()(const std::string& text) const { statement.bind(index, text); }
    } binder{statement, index};
    std::visit(binder, value);
}

/// Keeps what is the same for all rows of the version, see `versions_table`.
void record_version(Connection& connection, const workflow::Dataset& dataset, std::int64_t version) {
    const auto columns = version_columns(dataset);
    auto& known = connection.prepared("SELECT partition_key FROM " + core_versions_table(dataset) +
                                      " WHERE " + columns.front() + " = ?");
    known.bind(1, version);
    known.executeStep();
    const auto values = unit::partition_values(known.getColumn(0).getString());
    known.reset();
    std::string names = columns[0] + ", " + columns[1] + ", " + columns[2], cells = names;
    for (const auto& key : dataset.partition_keys) {
        names += ", " + quoted(key);
        cells += ", ?";
    }
    auto& upsert = connection.prepared("INSERT OR REPLACE INTO " + versions_table(dataset.name) +
                                       " (" + names + ") SELECT " + cells + " FROM " +
                                       core_versions_table(dataset) + " WHERE " + columns.front() +
                                       " = ?");
    int at = 1;
    for (const auto& key : dataset.partition_keys) {
        const auto value = values.find(key);
        if (value == values.end())
            throw Error{ErrorCode::bad_data,
                        "dataset '" + dataset.name + "' has the partition key '" + key + "', and the partition " +
                            unit::partition_key(values) + " has no such key",
                        "the plugin must claim partitions that have the keys of its datasets"};
        upsert.bind(at++, value->second);
    }
    upsert.bind(at, version);
    upsert.exec();
}

/// Which of the given cells stands at which place of the dataset, in the order of the places.
std::vector<std::pair<std::size_t, std::size_t>> places_of(const Replacement& rows) {
    const auto& columns = rows.dataset().columns;
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (std::size_t place = 0; place < columns.size(); ++place)
        for (std::size_t at = 0; at < rows.columns().size(); ++at)
            if (rows.columns()[at].name == columns[place].name)
                places.emplace_back(at, place);
    return places;
}

/// Of the row with this key as it is at the moment; nothing when there is none.
RowSum sum_of_row(Connection& connection,
                  const workflow::Dataset& dataset,
                  const std::string& condition,
                  std::int64_t version,
                  const std::vector<const SmallWrite::Owned*>& keys) {
    std::string list;
    for (const auto& column : dataset.columns)
        list += (list.empty() ? "" : ", ") +
                (column.repeated ? "(SELECT text FROM core_texts WHERE text_id = " + quoted(column.name) + ")" : quoted(column.name));
    auto& row = connection.prepared("SELECT " + list + " FROM " + rows_table(dataset.name) + " WHERE " + condition);
    int at = 1;
    row.bind(at++, version);
    for (const auto* key : keys)
        bind(row, at++, *key);
    RowSum sum;
    RowDigest digest;
    while (row.executeStep()) {
        for (int i = 0; i < row.getColumnCount(); ++i) {
            const auto cell = row.getColumn(i);
            const auto place = static_cast<std::size_t>(i);
            if (cell.isInteger())
                digest.integer(place, cell.getInt64());
            else if (cell.isFloat())
                digest.real(place, cell.getDouble());
            else if (!cell.isNull())
                digest.text(place, {static_cast<const char*>(cell.getBlob()), static_cast<std::size_t>(cell.getBytes())});
        }
        sum.add(digest.end());
    }
    row.reset();
    return sum;
}

} // namespace

std::vector<std::int64_t> known_text_ids(Connection& connection, const TextList& texts) {
    return connection.guarded([&] {
        std::vector<std::int64_t> ids;
        ids.reserve(texts.texts().size());
        for (const auto* text : texts.texts())
            ids.push_back(text_id(connection, *text));
        return ids;
    });
}

void add_text_ids(Connection& connection, const TextList& texts, std::vector<std::int64_t>& ids) {
    for (std::size_t code = 0; code < ids.size(); ++code)
        if (ids[code] == 0)
            ids[code] = added_text_id(connection, *texts.texts()[code]);
}

void apply_replacement(Writer& writer,
                       const Replacement& rows,
                       std::int64_t version,
                       const TextList& texts,
                       const std::vector<std::int64_t>& text_ids,
                       const RowsetMaker& maker) {
    auto& connection = writer.connection();
    const auto& dataset = rows.dataset();
    const auto table = rows_table(dataset.name);
    const auto version_column = rowset_column(dataset);
    auto& erase =
        connection.prepared("DELETE FROM " + table + " WHERE " + version_column + " = ?");
    erase.bind(1, version);
    erase.exec();
    record_version(connection, dataset, version);

    std::string names = version_column, cells = "?";
    for (std::size_t i = 0; i < rows.columns().size(); ++i) {
        names += ", " + quoted(rows.columns()[i].name);
        cells += ", c" + std::to_string(i);
    }
    unit::RowReader reader{rows.rows(), rows.columns().size()};
    auto& source = writer.rows();
    source.reader = &reader;
    source.text_ids = &text_ids;
    source.texts = &texts.texts();
    source.places = places_of(rows);
    source.sum = {};
    source.is_code.assign(static_cast<std::size_t>(rows_columns_max), false);
    for (std::size_t i = 0; i < rows.columns().size(); ++i)
        source.is_code[i] = rows.columns()[i].repeated;
    source.failure.clear();
    auto& insert = connection.prepared("INSERT INTO " + table + " (" + names + ") SELECT " + cells +
                                       " FROM " + rows_module);
    insert.bind(1, version);
    try {
        insert.exec();
    } catch (const SQLite::Exception& error) {
        source.reader = nullptr;
        if (!source.failure.empty())
            throw Error{ErrorCode::unavailable, source.failure, "free disk space and try again"};
        if (error.getErrorCode() == SQLITE_CONSTRAINT)
            throw refused_row(rows, reader, error.getExtendedErrorCode());
        throw;
    }
    source.reader = nullptr;
    record_rowset(connection, dataset.name, version, source.sum, maker);
}

void apply_small_write(Connection& connection, const SmallWrite& write, std::int64_t version, const RowsetMaker& maker) {
    const auto& dataset = *write.dataset;
    const auto table = rows_table(dataset.name);
    const auto is_key = [&](const std::string& column) {
        return std::find(dataset.key.begin(), dataset.key.end(), column) != dataset.key.end();
    };
    std::string names = rowset_column(dataset), marks = "?", changes, condition = rowset_column(dataset) + " = ?";
    std::vector<const SmallWrite::Owned*> inserted, changed, keys;
    std::vector<SmallWrite::Owned> coded;
    coded.reserve(write.fields.size()); // pointers into it must stay
    for (const auto& [column, given] : write.fields) {
        const auto* value = &given;
        if (const auto* text = std::get_if<std::string>(&given);
            text != nullptr && dataset.find(column)->repeated) {
            coded.emplace_back(added_text_id(connection, *text));
            value = &coded.back();
        }
        names += ", " + quoted(column);
        marks += ", ?";
        inserted.push_back(value);
        if (is_key(column)) {
            condition += " AND " + quoted(column) + " = ?";
            keys.push_back(value);
        } else {
            changes += (changes.empty() ? "" : ", ") + quoted(column) + " = ?";
            changed.push_back(value);
        }
    }
    const auto run = [&](const std::string& sql, bool version_first, const auto& first, const auto& rest) {
        auto& statement = connection.prepared(sql);
        int at = 1;
        if (version_first)
            statement.bind(at++, version);
        for (const auto* value : first)
            bind(statement, at++, *value);
        if (!version_first)
            statement.bind(at++, version);
        for (const auto* value : rest)
            bind(statement, at++, *value);
        try {
            return statement.exec();
        } catch (const SQLite::Exception& error) {
            if (error.getErrorCode() == SQLITE_CONSTRAINT)
                throw refused_row(write, error.getExtendedErrorCode());
            throw;
        }
    };
    const std::vector<const SmallWrite::Owned*> none;
    const auto row_now = [&] { return sum_of_row(connection, dataset, condition, version, keys); };
    record_version(connection, dataset, version);
    const auto before = row_now();
    switch (write.kind) {
    case unit::WriteKind::insert:
        run("INSERT INTO " + table + " (" + names + ") VALUES (" + marks + ")", true, inserted, none);
        break;
    case unit::WriteKind::update:
        if (!changed.empty() && run("UPDATE " + table + " SET " + changes + " WHERE " + condition, false, changed, keys) == 0)
            throw met_no_row(write);
        break;
    case unit::WriteKind::erase:
        if (run("DELETE FROM " + table + " WHERE " + condition, true, keys, none) == 0)
            throw met_no_row(write);
        break;
    }
    change_rowset(connection, dataset.name, version, before, row_now(), maker);
}

} // namespace spine::store
