/// The one way to write: a transaction under the fair lock, synced before it is acknowledged.
#pragma once

#include "env/clock.hpp"
#include "store/connection.hpp"
#include "store/fair_lock.hpp"
#include "store/rows_table.hpp"

#include <functional>
#include <string>

namespace spine::store {

/// Threads: one at a time. Lives: not longer than connection and lock.
/// Fails:   throws Error: {commit_failed} when COMMIT met an error of the disk: whether it is there can be known only by a new
///          process, so this one refuses to write anything more; {unavailable} for every other error, with nothing written.
class Writer {
public:
    Writer(Connection& connection, FairLock& lock, FairLock::Notice notice);

    /// Runs `body` in one transaction; what it throws rolls everything back.
    template <typename Body> auto transact(Body&& body) -> decltype(body()) {
        const FairLock::Guard guard{lock_};
        begin();
        Rollback rollback{*this};
        auto result = connection_.guarded(body);
        commit();
        rollback.armed = false;
        checkpoint_if_large();
        return result;
    }
    /// Moves the log into the database: after bulk commits and at a clean end. What is in the log is safe either way.
    void checkpoint();

    Connection& connection() noexcept { return connection_; }
    RowsSource& rows() noexcept { return rows_; }

private:
    struct Rollback {
        Writer& writer;
        bool armed = true;
        ~Rollback() {
            if (armed)
                writer.roll_back();
        }
    };
    void begin();
    void commit();
    void roll_back() noexcept;
    void checkpoint_if_large();
    void checkpoint_locked();

    Connection& connection_;
    FairLock& lock_;
    FairLock::Notice notice_;
    RowsSource rows_;
    bool broken_ = false;
    bool checkpoints_ = true;
};

} // namespace spine::store
