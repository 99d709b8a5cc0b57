#include "store/restore.hpp"

#include "store/connection.hpp"
#include "store/core_schema.hpp"
#include "store/migrations.hpp"
#include "store/sqlite_files.hpp"
#include "store/workers.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace spine::store {

namespace {

constexpr const char* how_copies_are_made = "name a copy made by: spine db backup";

Error failed(const std::string& doing, const std::string& path) {
    return {errno == EACCES || errno == EPERM ? ErrorCode::denied : ErrorCode::unavailable,
            "cannot " + doing + " '" + path + "': " + std::strerror(errno),
            "nothing was lost; mend that and run the same command again"};
}

bool exists(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0;
}

/// An open file that is closed at the end.
struct File {
    int number;
    ~File() {
        if (number >= 0)
            ::close(number);
    }
};

void refuse_what_is_no_copy(const std::string& path, const std::string& copy) {
    struct stat info {}, store {};
    if (::stat(copy.c_str(), &info) != 0)
        throw Error{errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable, "there is no copy '" + copy + "': " + std::strerror(errno), how_copies_are_made};
    if (!S_ISREG(info.st_mode) || info.st_size == 0)
        throw Error{ErrorCode::invalid, "'" + copy + "' is no copy of a store: it is " + (S_ISREG(info.st_mode) ? "empty" : "no regular file"), how_copies_are_made};
    if (::stat(path.c_str(), &store) == 0 && store.st_ino == info.st_ino && store.st_dev == info.st_dev)
        throw Error{ErrorCode::usage, "'" + copy + "' is the store itself", "move it aside first, then restore it from there"};
    if (file_bytes(copy + "-wal") > 0)
        throw Error{ErrorCode::invalid, "'" + copy + "' is not whole: a part of it lies in '" + copy + "-wal'",
                    "open it as a store of its own and copy it: spine --db sqlite:" + copy + " db backup FILE"};
}

/// Beside the store, so that it can be given the store's name in one step.
void place_beside(const std::string& copy, const std::string& part) {
    for (const auto* end : {"", "-wal", "-shm", "-journal"})
        ::unlink((part + end).c_str()); // of one that was cut short
    const File from{::open(copy.c_str(), O_RDONLY | O_CLOEXEC)};
    if (from.number < 0)
        throw failed("read", copy);
    const File to{::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (to.number < 0)
        throw failed("write", part);
    std::array<char, 65536> bytes{};
    for (;;) {
        const auto got = ::read(from.number, bytes.data(), bytes.size());
        if (got < 0)
            throw failed("read", copy);
        if (got == 0)
            break;
        for (ssize_t done = 0; done < got;) {
            const auto wrote = ::write(to.number, bytes.data() + done, static_cast<std::size_t>(got - done));
            if (wrote <= 0)
                throw failed("write", part);
            done += wrote;
        }
    }
    if (::fsync(to.number) != 0)
        throw failed("sync", part);
}

/// What was placed, not what it was read from: that may have changed.
std::string checked_id(const std::string& part, const std::string& copy) {
    Connection connection{part, Connection::Mode::read};
    return connection.guarded([&]() -> std::string {
        if (connection.db().execAndGet("PRAGMA application_id").getInt() != application_id)
            throw Error{ErrorCode::invalid, "'" + copy + "' is a database, but no store of spine", how_copies_are_made};
        checked_core_version(connection);
        SQLite::Statement check{connection.db(), "PRAGMA integrity_check(1)"};
        if (check.executeStep() && check.getColumn(0).getString() != "ok")
            throw Error{ErrorCode::bad_data, "the copy '" + copy + "' is damaged itself: " + check.getColumn(0).getString(), "name another copy"};
        SQLite::Statement id{connection.db(), "SELECT store_id FROM core_store"};
        return id.executeStep() ? id.getColumn(0).getString() : std::string{};
    });
}

} // namespace

control::Restored restore_copy(env::Clock& clock, const std::string& path, const std::string& copy, const FairLock::Notice& notice) {
    checked_folder(path);
    refuse_what_is_no_copy(path, copy);
    FairLock lock{clock, path + ".lock", true, notice};
    const FairLock::Guard guard{lock};
    if (somebody_works(path + ".workers"))
        throw Error{ErrorCode::conflict, "processes work on store '" + path + "'", "end them, then run the same command again"};
    const auto part = path + ".restoring";
    control::Restored restored;
    restored.path = path;
    try {
        place_beside(copy, part);
        restored.store_id = checked_id(part, copy);
    } catch (const Error&) {
        for (const auto* end : {"", "-wal", "-shm"})
            ::unlink((part + end).c_str());
        throw;
    }
    for (const auto* end : {"-wal", "-shm"}) // of the check
        ::unlink((part + end).c_str());

    auto stamp = env::to_text(clock.now());
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':' || c == '.'; });
    auto aside = path + ".damaged-" + stamp;
    for (int again = 2; exists(aside) || exists(aside + "-wal"); ++again)
        aside = path + ".damaged-" + stamp + "-" + std::to_string(again);
    // The file first: a log without its file is told as damage, a file without its log would pass for a whole store.
    for (const auto* end : {"", "-wal", "-shm", "-journal"}) {
        if (!exists(path + end))
            continue;
        if (::rename((path + end).c_str(), (aside + end).c_str()) != 0)
            throw failed("set aside", path + end);
        restored.set_aside.push_back(aside + end);
    }
    sync_folders({folder_of(path)});
    lock.set_store_id(restored.store_id);
    if (::rename(part.c_str(), path.c_str()) != 0)
        throw failed("name the copy", path);
    sync_folders({folder_of(path)});
    return restored;
}

} // namespace spine::store
