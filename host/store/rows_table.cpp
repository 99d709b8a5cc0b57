#include "store/rows_table.hpp"

#include <exception>
#include <sqlite3.h>

namespace spine::store {

namespace {

struct Table {
    sqlite3_vtab base;
    RowsSource* source;
};
struct Scan {
    sqlite3_vtab_cursor base;
    bool end;
    sqlite3_int64 row;
};

RowsSource& source_of(sqlite3_vtab_cursor* cursor) {
    return *reinterpret_cast<Table*>(cursor->pVtab)->source;
}

int connect(sqlite3* db, void* context, int, const char* const*, sqlite3_vtab** out, char**) {
    std::string declaration = "CREATE TABLE x(c0";
    for (int i = 1; i < rows_columns_max; ++i)
        declaration += ", c" + std::to_string(i);
    if (const int rc = sqlite3_declare_vtab(db, (declaration + ")").c_str()); rc != SQLITE_OK)
        return rc;
    auto* table = new Table{}; // SQLite owns it until disconnect
    table->source = static_cast<RowsSource*>(context);
    *out = &table->base;
    return SQLITE_OK;
}
int disconnect(sqlite3_vtab* table) {
    delete reinterpret_cast<Table*>(table); // made by connect
    return SQLITE_OK;
}
int best_index(sqlite3_vtab*, sqlite3_index_info* info) {
    info->estimatedCost = 1e6;
    return SQLITE_OK;
}
int open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
    auto* scan = new Scan{}; // SQLite owns it until close
    *out = &scan->base;
    return SQLITE_OK;
}
int close(sqlite3_vtab_cursor* cursor) {
    delete reinterpret_cast<Scan*>(cursor); // made by open
    return SQLITE_OK;
}
void add_to_sum(RowsSource& source) {
    for (const auto& [at, place] : source.places) {
        const auto& cell = source.reader->cell(at);
        switch (cell.kind) {
        case unit::CellKind::null: break;
        case unit::CellKind::integer:
            if (source.is_code[at])
                source.digest.text(place, *(*source.texts)[static_cast<std::size_t>(cell.integer)]);
            else
                source.digest.integer(place, cell.integer);
            break;
        case unit::CellKind::real: source.digest.real(place, cell.real); break;
        case unit::CellKind::text: source.digest.text(place, cell.text); break;
        }
    }
    source.sum.add(source.digest.end());
}

int next(sqlite3_vtab_cursor* cursor) {
    auto& source = source_of(cursor);
    auto& scan = *reinterpret_cast<Scan*>(cursor);
    try {
        scan.end = !source.reader->next();
        if (!scan.end)
            add_to_sum(source);
        ++scan.row;
        return SQLITE_OK;
    } catch (const std::exception& error) {
        source.failure = error.what();
        return SQLITE_IOERR;
    }
}
int filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
    if (source_of(cursor).reader == nullptr)
        return SQLITE_MISUSE;
    return next(cursor);
}
int eof(sqlite3_vtab_cursor* cursor) { return reinterpret_cast<Scan*>(cursor)->end ? 1 : 0; }
int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
    *out = reinterpret_cast<Scan*>(cursor)->row;
    return SQLITE_OK;
}
int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index) {
    const auto& source = source_of(cursor);
    const auto& cell = source.reader->cell(static_cast<std::size_t>(index));
    switch (cell.kind) {
    case unit::CellKind::null: sqlite3_result_null(context); break;
    case unit::CellKind::integer:
        sqlite3_result_int64(context,
                             source.is_code[static_cast<std::size_t>(index)]
                                 ? (*source.text_ids)[static_cast<std::size_t>(cell.integer)]
                                 : cell.integer);
        break;
    case unit::CellKind::real: sqlite3_result_double(context, cell.real); break;
    case unit::CellKind::text:
        // The text lives until the next row; SQLite copies it into the record before it asks for one.
        sqlite3_result_text(
            context, cell.text.data(), static_cast<int>(cell.text.size()), SQLITE_STATIC);
        break;
    }
    return SQLITE_OK;
}

} // namespace

void register_rows_module(Connection& connection, RowsSource& source) {
    static const sqlite3_module module = [] {
        sqlite3_module m{};
        m.iVersion = 0;
        m.xCreate = nullptr; // eponymous only: no schema can name it
        m.xConnect = connect;
        m.xBestIndex = best_index;
        m.xDisconnect = disconnect;
        m.xOpen = open;
        m.xClose = close;
        m.xFilter = filter;
        m.xNext = next;
        m.xEof = eof;
        m.xColumn = column;
        m.xRowid = row_id;
        return m;
    }();
    if (sqlite3_create_module_v2(connection.raw(), rows_module, &module, &source, nullptr) !=
        SQLITE_OK)
        throw Error{ErrorCode::internal, "cannot register the table of buffered rows"};
}

} // namespace spine::store
