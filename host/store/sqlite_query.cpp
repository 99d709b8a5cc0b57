#include "store/sqlite_query.hpp"

#include "store/connection.hpp"
#include "store/sqlite_records.hpp"

#include <sqlite3.h>

namespace spine::store {

namespace {

int only_reading(void*, int action, const char*, const char* second, const char*, const char*) {
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    case SQLITE_FUNCTION:
        return std::string_view{second} == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    default: return SQLITE_DENY;
    }
}

/// Throws unless the text is one reading statement and nothing but blanks and comments after it.
void check_one_select(Connection& connection, const std::string& sql) {
    int statements = 0;
    for (const char* rest = sql.c_str(); *rest != '\0';) {
        sqlite3_stmt* statement = nullptr;
        const char* tail = nullptr;
        const int rc = sqlite3_prepare_v2(connection.raw(), rest, -1, &statement, &tail);
        const bool found = statement != nullptr;
        const bool reads = found && sqlite3_stmt_readonly(statement) != 0;
        sqlite3_finalize(statement);
        if (rc == SQLITE_CORRUPT || rc == SQLITE_IOERR)
            throw Error{ErrorCode::unavailable,
                        std::string{"the store cannot be read: "} +
                            sqlite3_errmsg(connection.raw())};
        if (rc != SQLITE_OK || (found && !reads))
            throw Error{ErrorCode::usage,
                        "the query was refused: " +
                            std::string{rc != SQLITE_OK ? sqlite3_errmsg(connection.raw())
                                                        : "it is no SELECT"},
                        "one SELECT over the store's tables and views; nothing is ever changed"};
        if (found && ++statements > 1)
            throw Error{ErrorCode::usage, "one statement only", "ask for one SELECT at a time"};
        rest = tail;
    }
    if (statements == 0)
        throw Error{ErrorCode::usage, "there is no query", "write one SELECT"};
}

} // namespace

void run_query(const std::string& path,
               const std::string& sql,
               const control::RowVisitor& visitor) {
    constexpr std::size_t bytes_max = std::size_t{1} << 20;
    if (sql.size() > bytes_max)
        throw Error{ErrorCode::usage, "the query is over 1 MiB"};
    Connection connection{path, Connection::Mode::read};
    sqlite3_set_authorizer(connection.raw(), only_reading, nullptr);
    check_one_select(connection, sql);
    connection.guarded([&] {
        SQLite::Statement statement{connection.db(), sql};
        std::vector<std::string> names;
        for (int i = 0; i < statement.getColumnCount(); ++i)
            names.emplace_back(statement.getColumnName(i));
        visitor.columns(names);
        std::vector<boost::json::value> row(names.size());
        while (statement.executeStep()) {
            for (int i = 0; i < statement.getColumnCount(); ++i)
                row[static_cast<std::size_t>(i)] = cell_of(statement.getColumn(i));
            if (!visitor.row(row))
                break;
        }
    });
}

} // namespace spine::store
