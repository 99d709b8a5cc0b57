#include "store/writer.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

namespace spine::store {

namespace {
constexpr std::int64_t wal_bytes_max = std::int64_t{4} << 20;

std::int64_t wal_bytes(const std::string& path) {
    struct stat info {};
    return ::stat((path + "-wal").c_str(), &info) == 0 ? info.st_size : 0;
}
} // namespace

Writer::Writer(Connection& connection, FairLock& lock, FairLock::Notice notice)
    : connection_{connection}, lock_{lock}, notice_{std::move(notice)} {
    register_rows_module(connection_, rows_);
}

void Writer::begin() {
    if (broken_)
        throw Error{ErrorCode::commit_failed,
                    "store '" + connection_.path() +
                        "': an earlier commit met a disk error, so nothing more is written",
                    "check the disk, then run the same command again"};
    connection_.exec("BEGIN IMMEDIATE");
}

void Writer::commit() {
    try {
        connection_.db().exec("COMMIT");
    } catch (const SQLite::Exception& error) {
        if (error.getErrorCode() == SQLITE_CONSTRAINT)
            throw translated(error, connection_.path());
        // The commit may or may not be on disk. A sync that failed is never tried again as if it could succeed.
        broken_ = true;
        checkpoints_ = false;
        const auto why = translated(error, connection_.path());
        throw Error{ErrorCode::commit_failed,
                    std::string{why.what()} + "; the commit is not acknowledged",
                    why.hint()};
    }
}

void Writer::roll_back() noexcept {
    if (sqlite3_get_autocommit(connection_.raw()) == 0)
        static_cast<void>(connection_.db().tryExec("ROLLBACK"));
}

void Writer::checkpoint_if_large() {
    if (wal_bytes(connection_.path()) > wal_bytes_max)
        checkpoint_locked();
}

void Writer::checkpoint() {
    if (!checkpoints_ || wal_bytes(connection_.path()) == 0)
        return;
    const FairLock::Guard guard{lock_};
    checkpoint_locked();
}

void Writer::checkpoint_locked() {
    if (!checkpoints_)
        return;
    const int rc = sqlite3_wal_checkpoint_v2(
        connection_.raw(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (rc == SQLITE_OK || rc == SQLITE_BUSY) // busy: a reader still needs the log; the next one will do it
        return;
    // The data is safe in the log. Whoever comes next copies it again from the start.
    checkpoints_ = false;
    if (notice_)
        notice_("the log of store '" + connection_.path() +
                "' could not be moved into the database (" + sqlite3_errstr(rc) +
                "); nothing is lost, check the disk's space and health");
}

} // namespace spine::store
