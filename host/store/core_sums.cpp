#include "store/core_sums.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <sqlite3.h>
#include <string_view>

namespace spine::store {

namespace {

/// What `db digest` says of the core, what was found, and what the datasets' rows are checked by. Not what was done and tried: it is written all the time.
constexpr std::array<const char*, 12> summed_tables{"core_anomalies", "core_captures", "core_derivation_inputs",
                                                    "core_derivations", "core_lineage", "core_manifest",
                                                    "core_partitions", "core_publications", "core_quality", "core_reached",
                                                    "core_rejects", "core_rowsets"};

std::vector<CoreSums::Layout> layouts_of(Connection& connection) {
    std::vector<CoreSums::Layout> layouts;
    if (!connection.has_table("core_sums"))
        return layouts;
    for (const auto* table : summed_tables) {
        CoreSums::Layout layout{table, 0, -1, -1, -1, -1};
        SQLite::Statement columns{connection.db(), "SELECT name FROM pragma_table_info(?)"};
        columns.bind(1, table);
        for (; columns.executeStep(); ++layout.columns) {
            const auto name = columns.getColumn(0).getString();
            if (name == "domain")
                layout.domain = layout.columns;
            else if (name == "partition_key")
                layout.partition_key = layout.columns;
            else if (name == "stage")
                layout.stage = layout.columns;
            else if (name == "capture_id" && layout.table != "core_manifest") // its capture changes, its row is one
                layout.capture_id = layout.columns;
        }
        if (layout.columns > 0) // a table of a later migration
            layouts.push_back(layout);
    }
    return layouts;
}

/// Every run has a partition of its own; one sum for all of them.
bool is_of_a_run(std::string_view domain, std::string_view partition_key) {
    return domain.starts_with("workflow.") && partition_key.starts_with("{\"run_id\":");
}

/// Valid until the next one is asked for.
struct Cell {
    int type = SQLITE_NULL;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view text;
};

Cell cell_of(sqlite3_value* value) {
    Cell cell;
    cell.type = value == nullptr ? SQLITE_NULL : sqlite3_value_type(value);
    if (cell.type == SQLITE_INTEGER)
        cell.integer = sqlite3_value_int64(value);
    else if (cell.type == SQLITE_FLOAT)
        cell.real = sqlite3_value_double(value);
    else if (cell.type != SQLITE_NULL)
        cell.text = {static_cast<const char*>(sqlite3_value_blob(value)), static_cast<std::size_t>(sqlite3_value_bytes(value))};
    return cell;
}

Cell cell_of(const SQLite::Column& column) {
    Cell cell;
    cell.type = column.getType();
    if (cell.type == SQLITE_INTEGER)
        cell.integer = column.getInt64();
    else if (cell.type == SQLITE_FLOAT)
        cell.real = column.getDouble();
    else if (cell.type != SQLITE_NULL)
        cell.text = {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
    return cell;
}

/// One row, whichever way its cells are got.
template <typename CellAt>
RowSum add_cells(RowDigest& digest, const CoreSums::Layout& layout, SumGroup& group, const CellAt& cell_at) {
    for (int i = 0; i < layout.columns; ++i) {
        const Cell cell = cell_at(i);
        const auto place = static_cast<std::size_t>(i);
        switch (cell.type) {
        case SQLITE_INTEGER: digest.integer(place, cell.integer); break;
        case SQLITE_FLOAT: digest.real(place, cell.real); break;
        case SQLITE_NULL: break;
        default: digest.text(place, cell.text);
        }
        if (i == layout.domain)
            group.domain = cell.text;
        else if (i == layout.partition_key)
            group.partition_key = cell.text;
        else if (i == layout.stage)
            group.stage = cell.text;
        else if (i == layout.capture_id)
            group.capture_id = cell.text;
    }
    group.table = layout.table;
    if (is_of_a_run(group.domain, group.partition_key)) {
        group.partition_key.clear();
        group.stage.clear();
    }
    return digest.end();
}

void sum_rows(SQLite::Statement& rows, const CoreSums::Layout& layout, Sums& sums) {
    RowDigest digest;
    while (rows.executeStep()) {
        SumGroup group;
        const auto sum = add_cells(digest, layout, group, [&](int i) { return cell_of(rows.getColumn(i)); });
        sums[group].add(sum);
    }
}

void bind(SQLite::Statement& statement, const SumGroup& group) {
    statement.bind(1, group.domain);
    statement.bind(2, group.partition_key);
    statement.bind(3, group.stage);
    statement.bind(4, group.capture_id);
    statement.bind(5, group.table);
}

void write_sum(Connection& connection, const SumGroup& group, const RowSum& sum) {
    auto& write = connection.prepared(
        sum.nothing() ? "DELETE FROM core_sums WHERE domain = ? AND partition_key = ? AND stage = ? AND capture_id = ? AND "
                        "table_name = ?"
                      : "INSERT OR REPLACE INTO core_sums (domain, partition_key, stage, capture_id, table_name, row_count, "
                        "rows_sum) VALUES (?, ?, ?, ?, ?, ?, ?)");
    bind(write, group);
    if (!sum.nothing()) {
        write.bind(6, sum.rows);
        write.bind(7, sum.hex());
    }
    write.exec();
    write.reset();
}

RowSum recorded_sum(Connection& connection, const SumGroup& group) {
    auto& row = connection.prepared("SELECT row_count, rows_sum FROM core_sums WHERE domain = ? AND partition_key = ? AND stage "
                                    "= ? AND capture_id = ? AND table_name = ?");
    bind(row, group);
    RowSum sum;
    if (row.executeStep())
        sum = row_sum(row.getColumn(0).getInt64(), row.getColumn(1).getString());
    row.reset();
    return sum;
}

RowSum computed_sum(Connection& connection, const CoreSums::Layout& layout, const SumGroup& group) {
    std::string where;
    std::vector<std::string> values;
    const auto narrow = [&](int column, const char* name, const std::string& value) {
        if (column < 0)
            return;
        where += where.empty() ? " WHERE " : " AND ";
        if (value.empty()) { // null, or a stage of a pipeline that has none
            where += std::string{"("} + name + " IS NULL OR " + name + " = '')";
        } else {
            where += std::string{name} + " = ?";
            values.push_back(value);
        }
    };
    narrow(layout.domain, "domain", group.domain);
    narrow(layout.partition_key, "partition_key", group.partition_key);
    narrow(layout.stage, "stage", group.stage);
    narrow(layout.capture_id, "capture_id", group.capture_id);
    auto& rows = connection.prepared("SELECT * FROM " + layout.table + where);
    for (std::size_t i = 0; i < values.size(); ++i)
        rows.bind(static_cast<int>(i) + 1, values[i]);
    Sums sums;
    sum_rows(rows, layout, sums);
    rows.reset();
    return sums.empty() ? RowSum{} : sums.begin()->second;
}

} // namespace

Sums computed_sums(Connection& connection) {
    return connection.guarded([&] {
        Sums sums;
        for (const auto& layout : layouts_of(connection)) {
            SQLite::Statement rows{connection.db(), "SELECT * FROM " + layout.table};
            sum_rows(rows, layout, sums);
        }
        return sums;
    });
}

Sums recorded_sums(Connection& connection) {
    return connection.guarded([&] {
        Sums sums;
        if (!connection.has_table("core_sums"))
            return sums;
        SQLite::Statement rows{connection.db(),
                               "SELECT domain, partition_key, stage, capture_id, table_name, row_count, rows_sum FROM core_sums"};
        while (rows.executeStep())
            sums[{rows.getColumn(0).getString(), rows.getColumn(1).getString(), rows.getColumn(2).getString(),
                  rows.getColumn(3).getString(), rows.getColumn(4).getString()}] =
                row_sum(rows.getColumn(5).getInt64(), rows.getColumn(6).getString());
        return sums;
    });
}

void record_sums(Connection& connection, const SumsBefore& before) {
    connection.guarded([&] {
        // A column that was added stands in no old record; when such a row changes, SQLite would tell its old value as null.
        for (const auto* table : summed_tables) {
            SQLite::Statement column{connection.db(), "SELECT name FROM pragma_table_info(?) WHERE pk = 0 LIMIT 1"};
            column.bind(1, table);
            if (column.executeStep()) {
                const auto name = column.getColumn(0).getString();
                connection.db().exec(std::string{"UPDATE "} + table + " SET " + name + " = " + name);
            }
        }
        auto sums = computed_sums(connection);
        for (const auto& [group, sum] : before.recorded)
            sums[group].add(sum);
        for (const auto& [group, sum] : before.computed)
            sums[group].take(sum);
        connection.db().exec("DELETE FROM core_sums");
        for (const auto& [group, sum] : sums)
            write_sum(connection, group, sum);
    });
}

CoreSums::CoreSums(Connection& connection) : connection_{connection} {
    sqlite3_preupdate_hook(connection_.raw(), heard, this);
}

CoreSums::~CoreSums() { sqlite3_preupdate_hook(connection_.raw(), nullptr, nullptr); }

void CoreSums::begin() {
    changes_.clear();
    if (layouts_.empty())
        layouts_ = layouts_of(connection_);
}

void CoreSums::add_row(const Layout& layout, bool is_new) {
    SumGroup group;
    const auto sum = add_cells(digest_, layout, group, [&](int i) {
        sqlite3_value* value = nullptr;
        const int rc = is_new ? sqlite3_preupdate_new(connection_.raw(), i, &value) : sqlite3_preupdate_old(connection_.raw(), i, &value);
        return cell_of(rc == SQLITE_OK ? value : nullptr);
    });
    auto& change = changes_[std::move(group)].sum;
    is_new ? change.add(sum) : change.take(sum);
}

void CoreSums::heard(void* self, sqlite3*, int operation, const char* database, const char* table, long long, long long) {
    if (std::strncmp(table, "core_", 5) != 0 || std::strcmp(database, "main") != 0)
        return;
    auto& sums = *static_cast<CoreSums*>(self);
    const auto layout = std::find_if(sums.layouts_.begin(), sums.layouts_.end(), [&](const auto& l) { return l.table == table; });
    if (layout == sums.layouts_.end())
        return;
    if (operation != SQLITE_INSERT)
        sums.add_row(*layout, false);
    if (operation != SQLITE_DELETE)
        sums.add_row(*layout, true);
}

void CoreSums::write() {
    for (const auto& [group, change] : changes_) {
        const auto& table = group.table;
        const auto layout = std::find_if(layouts_.begin(), layouts_.end(), [&](const auto& l) { return l.table == table; });
        if (layout == layouts_.end() || (!change.anew && change.sum.nothing()))
            continue;
        auto sum = change.sum;
        if (change.anew)
            sum = computed_sum(connection_, *layout, group);
        else
            sum.add(recorded_sum(connection_, group));
        write_sum(connection_, group, sum);
    }
    changes_.clear();
}

} // namespace spine::store
