#include "store/connection.hpp"

#include "store/sqlite_files.hpp"

#include <array>
#include <sqlite3.h>
#include <sys/resource.h>

namespace spine::store {

namespace {
/// What to say of damage: a log that was left beside a file that is not its own is the commonest reason for it.
std::string log_beside(const std::string& path) {
    const auto bytes = file_bytes(path + "-wal");
    return bytes == 0 ? std::string{} : "; beside it lies its log '" + path + "-wal' (" + std::to_string(bytes) + " bytes), or the log of a file that was here before";
}
constexpr const char* restore_hint = "restore the newest copy made by 'spine db backup', log and all: spine db restore FILE";
} // namespace

Error translated(const SQLite::Exception& error, const std::string& path) {
    const std::string store = "store '" + path + "'";
    switch (error.getErrorCode()) {
    case SQLITE_FULL:
        return {ErrorCode::unavailable,
                store + ": the disk is full",
                "free space and run the same command again; nothing half-done is visible"};
    case SQLITE_IOERR:
        // SQLite maps what it shares between processes into memory, and tells of no other reason why that may not grow.
        if (error.getExtendedErrorCode() == SQLITE_IOERR_SHMSIZE)
            return {ErrorCode::unavailable,
                    store + ": the disk is full: there is no room for '" + path + "-shm'",
                    "free space and run the same command again; nothing half-done is visible"};
        if (rlimit limit{}; error.getExtendedErrorCode() == SQLITE_IOERR_WRITE && ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
            return {ErrorCode::unavailable,
                    store + ": there is no space: this process may not let a file grow beyond " + std::to_string(limit.rlim_cur) + " bytes, or its disk failed",
                    "raise the limit (ulimit -f) and run the same command again; nothing half-done is visible"};
        return {ErrorCode::unavailable,
                store + ": the disk reported an error (" + error.what() + ", SQLite code " +
                    std::to_string(error.getExtendedErrorCode()) + ")",
                "check the disk, then run the same command again"};
    case SQLITE_CORRUPT:
        return {ErrorCode::unavailable,
                store + " is damaged: " + error.what() + log_beside(path),
                restore_hint};
    case SQLITE_NOTADB:
        return {ErrorCode::invalid,
                store + " is no database: " + error.what(),
                "name another store with --db sqlite:PATH; if it was one: spine db restore FILE"};
    case SQLITE_READONLY:
        return {ErrorCode::unavailable,
                store + " cannot be written: " + error.what(),
                "it, or the disk that it lies on, is read-only"};
    case SQLITE_CANTOPEN:
        return {ErrorCode::unavailable,
                store + " cannot be opened: " + error.what(),
                "check that the folder exists and may be written"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {ErrorCode::unavailable,
                store + " is locked by another program",
                "only spine may open the file; close other programs that have it open"};
    case SQLITE_CONSTRAINT:
        return {ErrorCode::bad_data, store + ": " + error.what()};
    case SQLITE_NOMEM: return {ErrorCode::unavailable, store + ": out of memory", "give the process more, or do less at once"};
    case SQLITE_INTERRUPT: return {ErrorCode::interrupted, store + ": interrupted"};
    case SQLITE_ERROR: // of a statement of ours: what it names is not there
        return {ErrorCode::unavailable,
                store + " is damaged: " + error.what(),
                "'spine db check' tells what is missing; for the rest: spine db restore FILE"};
    default: return {ErrorCode::internal, store + ": " + error.what()};
    }
}

namespace {
int flags(Connection::Mode mode) {
    switch (mode) {
    case Connection::Mode::read: return SQLite::OPEN_READONLY;
    case Connection::Mode::write: return SQLite::OPEN_READWRITE;
    case Connection::Mode::create: return SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
    }
    return SQLite::OPEN_READONLY;
}

/// SQLite would count its memory under one mutex for all threads, and nobody asks for the count. Heard only before its first use.
void count_no_memory() {
    static const int heard = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(heard);
}

/// A log belongs to a file that was switched to it, and says so in its header; a copy made by us is not. SQLite would take the pages of the log for its own.
/// Read through SQLite, because who opens and closes the file otherwise drops its locks.
void refuse_foreign_log(sqlite3* db, const std::string& path) {
    if (file_bytes(path + "-wal") == 0)
        return;
    sqlite3_file* file = nullptr;
    std::array<unsigned char, 2> versions{};
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == nullptr || file->pMethods == nullptr ||
        file->pMethods->xRead(file, versions.data(), static_cast<int>(versions.size()), 18) != SQLITE_OK)
        return; // whoever reads it next tells why
    constexpr unsigned char without_log = 1;
    if (versions[0] == without_log && versions[1] == without_log)
        throw Error{ErrorCode::unavailable,
                    "'" + path + "' is a copy, and beside it lies '" + path + "-wal', the log of the store that was here before",
                    "move the copy away and let it be put in place: spine db restore FILE"};
}

SQLite::Database opened(const std::string& path, Connection::Mode mode) {
    count_no_memory();
    try {
        return SQLite::Database{path, flags(mode) | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, Connection::busy_ms};
    } catch (const SQLite::Exception& error) {
        throw translated(error, path);
    }
}
} // namespace

Connection::Connection(std::string path, Mode mode)
    : path_{std::move(path)}, db_{opened(path_, mode)} {
    refuse_foreign_log(raw(), path_);
    guarded([&] {
        int ignored = 0;
        sqlite3_db_config(raw(), SQLITE_DBCONFIG_DEFENSIVE, 1, &ignored);
        sqlite3_db_config(raw(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &ignored);
        sqlite3_db_config(raw(), SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, &ignored);
        // The last close would checkpoint outside of our lock, and would take the log away from readers.
        sqlite3_db_config(raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &ignored);
        int keep = 1;
        sqlite3_file_control(raw(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
        db_.exec("PRAGMA foreign_keys=ON");
        db_.exec("PRAGMA synchronous=FULL");
        db_.exec("PRAGMA wal_autocheckpoint=0");
        db_.exec("PRAGMA journal_size_limit=8388608"); // what one large commit made of the log is given back
        db_.exec("PRAGMA temp_store=MEMORY");
        db_.exec("PRAGMA cache_size=-16384");
    });
}

SQLite::Statement& Connection::prepared(std::string_view sql) {
    auto found = kept_.find(sql);
    if (found == kept_.end())
        found = guarded([&] {
            return kept_
                .emplace(std::string{sql},
                         std::make_unique<SQLite::Statement>(db_, std::string{sql}))
                .first;
        });
    else {
        found->second->tryReset();
        found->second->clearBindings();
    }
    return *found->second;
}

void Connection::run(std::string_view sql) {
    guarded([&] {
        auto& statement = prepared(sql);
        statement.exec();
        statement.reset();
    });
}

bool Connection::has_table(const std::string& name) {
    if (tables_.contains(name))
        return true;
    auto& row = prepared("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
    row.bind(1, name);
    const bool has = row.executeStep();
    row.reset();
    if (has)
        tables_.insert(name);
    return has;
}

bool Connection::has_column(const std::string& table, const std::string& column) {
    const auto name = table + "." + column;
    if (tables_.contains(name))
        return true;
    auto& row = prepared("SELECT 1 FROM pragma_table_info(?) WHERE name = ?");
    row.bind(1, table);
    row.bind(2, column);
    const bool has = row.executeStep();
    row.reset();
    if (has)
        tables_.insert(name);
    return has;
}

void bind_or_null(SQLite::Statement& statement, int index, const std::string& text) {
    if (text.empty())
        statement.bind(index);
    else
        statement.bind(index, text);
}

void Connection::exec(const std::string& sql) {
    guarded([&] { db_.exec(sql); });
}

} // namespace spine::store
