#include "store/rowsets.hpp"

#include "store/dataset_ddl.hpp"

#include <sqlite3.h>

namespace spine::store {

void record_rowset(Connection& connection, const std::string& dataset, std::int64_t version, const RowSum& sum, const RowsetMaker& maker) {
    if (!connection.has_table("core_rowsets"))
        return;
    auto& write = connection.prepared("INSERT OR REPLACE INTO core_rowsets (dataset, version, stage, row_count, rows_sum, execution_id) "
                                      "VALUES (?, ?, ?, ?, ?, ?)");
    write.bind(1, dataset);
    write.bind(2, version);
    bind_or_null(write, 3, maker.stage);
    write.bind(4, sum.rows);
    write.bind(5, sum.hex());
    bind_or_null(write, 6, maker.execution_id);
    write.exec();
}

void change_rowset(Connection& connection, const std::string& dataset, std::int64_t version, const RowSum& taken, const RowSum& added, const RowsetMaker& maker) {
    if (!connection.has_table("core_rowsets"))
        return;
    auto& row = connection.prepared("SELECT row_count, rows_sum FROM core_rowsets WHERE dataset = ? AND version = ?");
    row.bind(1, dataset);
    row.bind(2, version);
    RowSum sum;
    const bool known = row.executeStep();
    if (known)
        sum = row_sum(row.getColumn(0).getInt64(), row.getColumn(1).getString());
    row.reset();
    sum.take(taken);
    sum.add(added);
    if (!known)
        return record_rowset(connection, dataset, version, sum, maker);
    auto& write = connection.prepared("UPDATE core_rowsets SET row_count = ?1, rows_sum = ?2, stage = iif(execution_id IS ?5, stage, NULL), execution_id = iif(execution_id IS ?5, execution_id, NULL) WHERE dataset = ?3 AND version = ?4");
    write.bind(1, sum.rows);
    write.bind(2, sum.hex());
    write.bind(3, dataset);
    write.bind(4, version);
    write.bind(5, maker.execution_id);
    write.exec();
}

std::vector<std::string> stored_datasets(Connection& connection) {
    SQLite::Statement tables{connection.db(),
                             "SELECT substr(name, 1, length(name) - 6) FROM sqlite_schema WHERE type = 'table' AND name GLOB '*__rows' ORDER BY name"};
    std::vector<std::string> names;
    while (tables.executeStep())
        names.push_back(tables.getColumn(0).getString());
    return names;
}

std::map<std::int64_t, RowSum> computed_rowsets(Connection& connection, const std::string& dataset) {
    // By the readable view, which has the texts instead of their ids.
    std::string list;
    {
        SQLite::Statement columns{connection.db(), "SELECT name FROM pragma_table_info(?)"};
        columns.bind(1, rows_table(dataset));
        while (columns.executeStep())
            list += (list.empty() ? "" : ", ") + quoted(columns.getColumn(0).getString());
    }
    std::map<std::int64_t, RowSum> sums;
    SQLite::Statement rows{connection.db(), "SELECT " + list + " FROM " + quoted(dataset)};
    const int count = rows.getColumnCount();
    RowDigest digest;
    while (rows.executeStep()) {
        for (int i = 1; i < count; ++i) {
            const auto cell = rows.getColumn(i);
            const auto place = static_cast<std::size_t>(i - 1);
            switch (cell.getType()) {
            case SQLITE_INTEGER: digest.integer(place, cell.getInt64()); break;
            case SQLITE_FLOAT: digest.real(place, cell.getDouble()); break;
            case SQLITE_NULL: break;
            default: digest.text(place, {static_cast<const char*>(cell.getBlob()), static_cast<std::size_t>(cell.getBytes())});
            }
        }
        sums[rows.getColumn(0).getInt64()].add(digest.end());
    }
    return sums;
}

void record_all_rowsets(Connection& connection) {
    for (const auto& dataset : stored_datasets(connection)) {
        auto sums = computed_rowsets(connection, dataset);
        SQLite::Statement versions{connection.db(), "SELECT * FROM " + quoted(versions_table(dataset))};
        while (versions.executeStep())
            static_cast<void>(sums[versions.getColumn(0).getInt64()]); // one without rows is one as well
        for (const auto& [version, sum] : sums)
            record_rowset(connection, dataset, version, sum, {});
    }
}

} // namespace spine::store
