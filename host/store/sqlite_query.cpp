#include "store/sqlite_query.hpp"

#include "store/connection.hpp"
#include "store/sqlite_records.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <new>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

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

/// How long a question may go on.
struct Hourglass {
    env::Clock& clock;
    std::chrono::nanoseconds until;
    bool over() const { return clock.monotonic() >= until; }
};
constexpr int operations_between = 10'000;
int is_over(void* hourglass) { return static_cast<const Hourglass*>(hourglass)->over() ? 1 : 0; }

/// While it lives the process gets so much memory more and no more: SQLite sorts in memory, and a question may ask for all there is. The process has
/// nothing else to do meanwhile.
class MemoryLimit {
public:
    explicit MemoryLimit(std::int64_t bytes) {
        std::ifstream file{"/proc/self/statm"};
        std::int64_t pages = 0;
        if (!(file >> pages) || ::getrlimit(RLIMIT_AS, &before_) != 0)
            return;
        auto now = before_;
        now.rlim_cur = std::min(before_.rlim_cur, static_cast<rlim_t>(pages * ::sysconf(_SC_PAGESIZE) + bytes));
        set_ = ::setrlimit(RLIMIT_AS, &now) == 0;
    }
    ~MemoryLimit() {
        if (set_)
            ::setrlimit(RLIMIT_AS, &before_);
    }
    MemoryLimit(const MemoryLimit&) = delete;
    MemoryLimit& operator=(const MemoryLimit&) = delete;

private:
    rlimit before_{};
    bool set_ = false;
};

} // namespace

void run_query(env::Clock& clock, const std::string& path, const std::string& sql, const control::RowVisitor& visitor, const control::QueryLimits& limits) {
    constexpr std::size_t bytes_max = std::size_t{1} << 20;
    if (sql.size() > bytes_max)
        throw Error{ErrorCode::usage, "the query is over 1 MiB"};
    Connection connection{path, Connection::Mode::read};
    sqlite3_set_authorizer(connection.raw(), only_reading, nullptr);
    check_one_select(connection, sql);
    Hourglass hourglass{clock, clock.monotonic() + limits.time};
    sqlite3_progress_handler(connection.raw(), operations_between, is_over, &hourglass);
    const auto too_long = [&] {
        return Error{ErrorCode::unavailable,
                     "the query was given up after " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limits.time).count()) + " s",
                     "ask for less, or give it longer with --timeout SECONDS"};
    };
    const auto too_much = [&] {
        return Error{ErrorCode::unavailable,
                     "the query needs more than " + std::to_string(limits.bytes >> 20) + " MiB of memory",
                     "ask for less: LIMIT, fewer columns, no ORDER BY over all rows; or give it more with --memory MIB"};
    };
    const MemoryLimit memory{limits.bytes};
    try {
        SQLite::Statement statement{connection.db(), sql};
        std::vector<std::string> names;
        for (int i = 0; i < statement.getColumnCount(); ++i)
            names.emplace_back(statement.getColumnName(i));
        visitor.columns(names);
        std::vector<boost::json::value> row(names.size());
        for (std::size_t rows = 0; statement.executeStep(); ++rows) {
            for (int i = 0; i < statement.getColumnCount(); ++i)
                row[static_cast<std::size_t>(i)] = cell_of(statement.getColumn(i));
            if (!visitor.row(row))
                break;
            if ((rows & 1023) == 1023 && hourglass.over())
                throw too_long();
        }
    } catch (const SQLite::Exception& error) {
        if (error.getErrorCode() == SQLITE_INTERRUPT)
            throw too_long();
        if (error.getErrorCode() == SQLITE_NOMEM)
            throw too_much();
        throw translated(error, path);
    } catch (const std::bad_alloc&) {
        throw too_much();
    }
}

} // namespace spine::store
