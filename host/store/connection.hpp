/// One SQLite connection with the settings that every connection to a store has, and SQLite's errors as ours.
#pragma once

#include "error.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;

namespace spine::store {

/// The error that a person sees for one of SQLite's: a full disk, a damaged file, a value that a table refuses.
Error translated(const SQLite::Exception& error, const std::string& path);

/// Threads: one at a time (SQLite's own mutexes are off). Lives: longer than the statements taken from it.
/// Fails:   throws Error, see `translated`.
class Connection {
public:
    enum class Mode { read, write, create };
    /// How long a statement waits for somebody who does not know our lock.
    static constexpr int busy_ms = 5000;
    Connection(std::string path, Mode mode);

    SQLite::Database& db() noexcept { return db_; }
    sqlite3* raw() noexcept { return db_.getHandle(); }
    const std::string& path() const noexcept { return path_; }

    /// A prepared statement, reset and without bindings; kept for the next time. Not for two uses at once.
    SQLite::Statement& prepared(std::string_view sql);
    void exec(const std::string& sql);
    /// A statement without values, kept prepared.
    void run(std::string_view sql);
    /// Whether there is a table of that name. Tables of ours never go away, so that only a missing one is looked for again.
    bool has_table(const std::string& name);
    /// The same of a column: one that a migration added, in a store that may be older.
    bool has_column(const std::string& table, const std::string& column);
    /// Forgets every prepared statement; before changes to the schema.
    void forget() noexcept { kept_.clear(); }

    /// Ids of rows that never change and were seen by this connection, by any text; 0: not known. What a transaction wrote that is undone must be
    /// forgotten.
    std::int64_t known_id(const std::string& name) const {
        const auto found = ids_.find(name);
        return found == ids_.end() ? 0 : found->second;
    }
    void know_id(const std::string& name, std::int64_t id) { ids_[name] = id; }
    void forget_ids() noexcept { ids_.clear(); }

    /// Runs `body` and turns SQLite's exceptions into ours.
    template <typename Body> auto guarded(Body&& body) -> decltype(body()) {
        try {
            return body();
        } catch (const SQLite::Exception& error) {
            throw translated(error, path_);
        }
    }

private:
    std::string path_;
    SQLite::Database db_;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view sql) const noexcept { return std::hash<std::string_view>{}(sql); }
    };
    std::unordered_map<std::string, std::unique_ptr<SQLite::Statement>, Hash, std::equal_to<>> kept_;
    std::set<std::string, std::less<>> tables_;
    std::unordered_map<std::string, std::int64_t> ids_;
};

/// One state of the store for several reads; only while no other statement of the connection runs.
class ReadTransaction {
public:
    explicit ReadTransaction(Connection& connection) : connection_{connection} {
        connection_.db().exec("BEGIN");
    }
    ~ReadTransaction() { static_cast<void>(connection_.db().tryExec("COMMIT")); }
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;

private:
    Connection& connection_;
};

/// Binds a text, or null for the empty one.
void bind_or_null(SQLite::Statement& statement, int index, const std::string& text);

} // namespace spine::store
