/// The one way to write: a transaction under the fair lock, synced before it is acknowledged. Those of several threads share one.
#pragma once

#include "env/clock.hpp"
#include "store/connection.hpp"
#include "store/core_sums.hpp"
#include "store/fair_lock.hpp"
#include "store/rows_table.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace spine::store {

/// Bodies that are handed in while another one is being synced wait in a queue. The thread whose body came first leads: it takes what is there, runs
/// every body in a savepoint of its own within one transaction, syncs once, and tells each caller. It does so for some rounds while there is more, since
/// to wake somebody else for each of them takes longer than a small transaction; then the next one leads. Nothing waits for company: a body that finds
/// nobody at work is run at once by its own thread.
///
/// A body therefore runs on any thread that writes, while its caller waits, and perhaps more than once: when the shared transaction dies, its members
/// are done one by one. What it keeps for its caller it must set anew each time. It must not wait for what another caller may hold, and not transact itself.
///
/// Threads: any. Lives: not longer than connection and lock, which are the writer's alone.
/// Fails:   throws Error: {commit_failed} when COMMIT met an error of the disk: whether it is there can be known only by a new
///          process, so this one refuses to write anything more; {unavailable} for every other error, with nothing written.
class Writer {
public:
    /// How many bodies share one transaction at most, and how many rows one of them may write.
    static constexpr std::size_t members_max = 64;
    static constexpr std::size_t rows_together_max = 1000;

    Writer(Connection& connection, FairLock& lock, FairLock::Notice notice);

    /// Runs `body` in one transaction; what it throws undoes all that it wrote, and nothing else. A body that writes more than `rows_together_max`
    /// rows commits alone.
    template <typename Body> auto transact(Body&& body, std::size_t rows = 0) -> decltype(body()) {
        std::optional<std::decay_t<decltype(body())>> result;
        const std::function<void()> keeps_result = [&] {
            result.reset();
            result.emplace(body());
        };
        Member member;
        member.body = &keeps_result;
        member.alone = rows > rows_together_max;
        submit(member);
        return std::move(*result);
    }
    /// Hands a body in without waiting for it, unless nobody writes at the moment: then this thread does. `done` hears how it went, on the thread that
    /// wrote; it must be quick, and neither throw nor transact. True: it was done by this thread, `done` was not called, and what went wrong is thrown.
    bool transact_later(std::function<void()> body, std::function<void(std::exception_ptr)> done);
    /// Moves the log into the database: after bulk commits and at a clean end. What is in the log is safe either way.
    void checkpoint();

    Connection& connection() noexcept { return connection_; }
    RowsSource& rows() noexcept { return rows_; }
    /// Of the core tables; inside of a body alone.
    CoreSums& sums() noexcept { return sums_; }
    /// Transactions that were synced.
    std::uint64_t commits() const noexcept { return commits_.load(std::memory_order_relaxed); }

private:
    /// What a caller waits for: that its body is done, or that it leads. Outlives the member, which may be gone once its caller has been told.
    class Call {
    public:
        void ring(bool leads);
        bool wait(); ///< whether the caller leads
        /// Others that are to be rung by who was rung: to wake a thread takes so long that who leads wakes one for all.
        std::shared_ptr<Call> left, right;

    private:
        std::mutex mutex_;
        std::condition_variable rung_;
        bool has_rung_ = false;
        bool leads_ = false;
    };
    struct Later;
    /// A body that waits for its transaction; lives on the stack of its caller, who waits for it.
    struct Member {
        const std::function<void()>* body = nullptr; ///< null: a checkpoint
        bool alone = false;
        std::exception_ptr error;
        std::shared_ptr<Call> call; ///< none: its caller leads, or does not wait
        Later* later = nullptr;
    };
    /// One that nobody waits for; its own owner.
    struct Later {
        std::function<void()> body;
        std::function<void(std::exception_ptr)> done;
        Member member;
    };
    using Members = std::vector<Member*>;
    using Calls = std::vector<std::shared_ptr<Call>>;

    void submit(Member& member);
    bool enter(Member& member);
    Members next_members();
    static void ring(const Calls& done);
    std::unique_ptr<Later> lead(const Member* own);
    std::shared_ptr<Call> successor();
    void do_round(Members& members);
    void commit_together(const Members& members);
    void commit_one(Member& member);
    bool run_in_savepoint(Member& member);

    void begin();
    void commit();
    void roll_back() noexcept;
    void reset_statements() noexcept;
    bool in_transaction() noexcept;
    void checkpoint_locked(int mode);

    Connection& connection_;
    FairLock& lock_;
    FairLock::Notice notice_;
    RowsSource rows_;
    CoreSums sums_;
    // Of the leader.
    bool broken_ = false;
    bool checkpoints_ = true;
    int wal_pages_ = 0; ///< in the log
    int checkpoint_at_;
    std::atomic<std::uint64_t> commits_{0};

    std::mutex mutex_; ///< of what follows
    std::deque<Member*> queue_;
    bool led_ = false; ///< somebody leads
};

} // namespace spine::store
