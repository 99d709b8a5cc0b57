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

/// What stands after the first statement, without blanks and comments; empty: nothing.
std::string_view after_first(Connection& connection, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    const int rc = sqlite3_prepare_v2(
        connection.raw(), sql.data(), static_cast<int>(sql.size()), &statement, &tail);
    const bool nothing = rc == SQLITE_OK && statement == nullptr;
    sqlite3_finalize(statement);
    if (rc != SQLITE_OK)
        throw Error{rc == SQLITE_CORRUPT || rc == SQLITE_IOERR ? ErrorCode::unavailable
                                                               : ErrorCode::usage,
                    std::string{"the query was refused: "} + sqlite3_errmsg(connection.raw()),
                    "one SELECT over the store's tables and views; nothing is ever changed"};
    if (nothing)
        throw Error{ErrorCode::usage, "there is no query", "write one SELECT"};
    std::string_view rest{tail};
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\n' || rest.front() == '\t' ||
                             rest.front() == '\r' || rest.front() == ';'))
        rest.remove_prefix(1);
    return rest;
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
    if (const auto rest = after_first(connection, sql); !rest.empty())
        throw Error{ErrorCode::usage,
                    "one statement only; after it stands: " + std::string{rest.substr(0, 60)}};
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
