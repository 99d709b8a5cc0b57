/// One fair lock between processes, around every write transaction and every checkpoint of a store: first come, first
/// served, freed by the kernel when a holder dies. SQLite's own busy handler starves writers, and the version in Debian 12
/// has a race between writers and checkpointers that this lock closes.
#pragma once

#include "env/clock.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace spine::store {

/// How long somebody waits for the lock; for ever if nothing is said.
struct LockPatience {
    std::chrono::nanoseconds most = std::chrono::nanoseconds::max();
    std::function<bool()> stop{}; ///< asked while waiting; once it says yes, the wait lasts for `after_stop` at the most
    /// So that what runs can still be recorded as interrupted where others hold the lock for moments only.
    std::chrono::nanoseconds after_stop = std::chrono::seconds{2};
};

/// The file beside the database; carries the store's id, is never unlinked.
///
/// A ticket is drawn under a mutex byte; each ticket is a byte that its drawer locks; the lock is held once all lower ticket
/// bytes are free. What the file says the last ticket was is a hint alone: a new ticket is above every one that is locked. All locks are OFD locks: they belong to the open file, not to the process, so other code that opens and
/// closes files here cannot drop them.
///
/// Threads: one at a time. Fails: throws Error{unavailable, invalid}; {unavailable} with the holder's name when the patience is at its end, {interrupted} when
/// the wait was to stop.
class FairLock {
public:
    using Notice = std::function<void(const std::string&)>;
    /// Opens `path`, making it if `create`. `notice` hears who holds the lock after a wait of 5 s.
    FairLock(env::Clock& clock, std::string path, bool create, Notice notice, LockPatience patience = {});
    ~FairLock();
    FairLock(const FairLock&) = delete;
    FairLock& operator=(const FairLock&) = delete;

    /// The id in the file, or empty when it has none yet.
    std::string store_id() const;
    /// Writes the id; the caller holds the lock.
    void set_store_id(const std::string& id);

    /// The id in a lock file that may not be there; makes nothing.
    static std::string store_id_in(const std::string& path);

    class [[nodiscard]] Guard {
    public:
        explicit Guard(FairLock& lock) : lock_{lock} { lock_.acquire(); }
        ~Guard() { lock_.release(); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        FairLock& lock_;
    };

private:
    void acquire();
    void release() noexcept;
    std::string holder() const;
    class Wait;
    std::int64_t next_ticket() const;

    env::Clock& clock_;
    std::string path_;
    Notice notice_;
    LockPatience patience_;
    int file_ = -1;
    std::int64_t ticket_ = 0;
    int depth_ = 0;
};

} // namespace spine::store
