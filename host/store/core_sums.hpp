/// What the core tables hold, summed up in the commit that writes it, so that a row which was changed or lost by anybody else shows.
#pragma once

#include "store/connection.hpp"
#include "store/row_sum.hpp"

#include <compare>
#include <map>
#include <string>
#include <vector>

namespace spine::store {

/// Rows that belong together, by the columns that their table has; empty: the table has no such column, or it is null.
struct SumGroup {
    std::string domain, partition_key, stage, capture_id, table;
    auto operator<=>(const SumGroup&) const = default;
};
using Sums = std::map<SumGroup, RowSum>;

/// As they are, and as they were recorded; nothing in a store that has no sums yet.
Sums computed_sums(Connection& connection);
Sums recorded_sums(Connection& connection);
/// Records what is there, as migrations do that change the tables themselves. What was wrong `before` stays wrong: the sums that were recorded and the
/// rows that were there then.
struct SumsBefore {
    Sums recorded, computed;
};
void record_sums(Connection& connection, const SumsBefore& before);

/// Follows every change that a connection makes, transaction by transaction. SQLite tells each row as it was and as it will be, so that no statement
/// which writes needs to know of it.
///
/// Threads: those of the connection. Lives: not longer than the connection. Fails: throws SQLite::Exception.
class CoreSums {
public:
    explicit CoreSums(Connection& connection);
    ~CoreSums();
    CoreSums(const CoreSums&) = delete;
    CoreSums& operator=(const CoreSums&) = delete;

    /// What changed since the transaction began. Kept before a savepoint, put back when that is undone.
    struct Change {
        RowSum sum;
        bool anew = false;
    };
    using Changes = std::map<SumGroup, Change>;
    void begin();
    const Changes& changes() const noexcept { return changes_; }
    void put_back(Changes changes) { changes_ = std::move(changes); }

    /// This group is written as a whole now: it is summed up as it will be, whatever was wrong with it.
    void sum_anew(SumGroup group) { changes_[std::move(group)].anew = true; }
    /// Writes the sums; the last thing of a transaction.
    void write();
    /// After the tables were changed and everything was recorded anew.
    void forget() {
        changes_.clear();
        layouts_.clear();
    }

    struct Layout {
        std::string table;
        int columns = 0;
        int domain = -1, partition_key = -1, stage = -1, capture_id = -1;
    };

private:
    static void heard(void* self, sqlite3* db, int operation, const char* database, const char* table, long long, long long);
    void add_row(const Layout& layout, bool is_new);

    Connection& connection_;
    std::vector<Layout> layouts_; ///< empty: no sums in this store
    Changes changes_;
    RowDigest digest_;
};

} // namespace spine::store
