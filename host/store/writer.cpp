#include "store/writer.hpp"

#include <algorithm>
#include <sqlite3.h>
#include <sys/stat.h>
#include <utility>

namespace spine::store {

namespace {
constexpr int rounds_max = 32;
/// Of 4 KiB each: 4 MiB of log, and how much more when somebody still reads from it.
constexpr int wal_pages_max = 1024, wal_pages_more = 256;

bool has_log(const std::string& path) {
    struct stat info {};
    return ::stat((path + "-wal").c_str(), &info) == 0 && info.st_size > 0;
}
/// What the log holds, told by SQLite after each commit.
int note_pages(void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
}
} // namespace

Writer::Writer(Connection& connection, FairLock& lock, FairLock::Notice notice)
    : connection_{connection}, lock_{lock}, notice_{std::move(notice)}, sums_{connection}, checkpoint_at_{wal_pages_max} {
    register_rows_module(connection_, rows_);
    sqlite3_wal_hook(connection_.raw(), note_pages, &wal_pages_);
}

/// Whether its caller leads.
bool Writer::enter(Member& member) {
    const std::lock_guard guard{mutex_};
    queue_.push_back(&member);
    const bool leads = !std::exchange(led_, true);
    if (!leads && member.later == nullptr)
        member.call = std::make_shared<Call>();
    return leads;
}

void Writer::submit(Member& member) {
    bool leads = enter(member);
    if (!leads) {
        const auto call = member.call;
        leads = call->wait();
    }
    if (leads)
        lead(&member);
    if (member.error)
        std::rethrow_exception(member.error);
}

bool Writer::transact_later(std::function<void()> body, std::function<void(std::exception_ptr)> done) {
    auto later = std::make_unique<Later>();
    later->body = std::move(body);
    later->done = std::move(done);
    later->member.body = &later->body;
    later->member.later = later.get();
    const auto* own = &later->member;
    if (!enter(later.release()->member))
        return false;
    const auto mine = lead(own);
    if (mine && mine->member.error)
        std::rethrow_exception(mine->member.error);
    return mine != nullptr;
}

/// The oldest one, and those behind it that may share its transaction.
Writer::Members Writer::next_members() {
    const std::lock_guard guard{mutex_};
    Members members;
    while (!queue_.empty() && members.size() < members_max) {
        auto* next = queue_.front();
        const bool alone = next->alone || next->body == nullptr;
        if (alone && !members.empty())
            break;
        members.push_back(next);
        queue_.pop_front();
        if (alone)
            break;
    }
    return members;
}

void Writer::Call::ring(bool leads) {
    const std::lock_guard guard{mutex_};
    has_rung_ = true;
    leads_ = leads;
    rung_.notify_one();
}

bool Writer::Call::wait() {
    std::unique_lock guard{mutex_};
    rung_.wait(guard, [&] { return has_rung_; });
    for (auto* other : {&left, &right})
        if (*other)
            std::exchange(*other, nullptr)->ring(false);
    return leads_;
}

void Writer::ring(const Calls& done) {
    for (std::size_t i = 1; i < done.size(); ++i)
        (i % 2 == 1 ? done[(i - 1) / 2]->left : done[(i - 1) / 2]->right) = done[i];
    if (!done.empty())
        done.front()->ring(false);
}

/// Somebody who waits in the queue and can lead from here on; the queue's mutex is held.
std::shared_ptr<Writer::Call> Writer::successor() {
    const auto found = std::find_if(queue_.begin(), queue_.end(), [](const auto* member) { return member->call != nullptr; });
    return found == queue_.end() ? nullptr : (*found)->call;
}

/// `own` is the leader's, which is in the queue as well. Gives it back when nobody waits for it and nothing was to be done after it.
std::unique_ptr<Writer::Later> Writer::lead(const Member* own) {
    for (int round = 1;; ++round) {
        Members members;
        do_round(members);
        Calls done;
        std::vector<std::unique_ptr<Later>> later;
        std::unique_ptr<Later> mine;
        for (auto* member : members) {
            const bool is_own = member == own;
            if (member->later != nullptr)
                (is_own ? mine : later.emplace_back()).reset(member->later);
            else if (!is_own)
                done.push_back(member->call);
            if (is_own)
                own = nullptr; // another one may come to stand where it stood
        }
        std::shared_ptr<Call> next;
        bool more = false;
        {
            const std::lock_guard guard{mutex_};
            more = !queue_.empty();
            led_ = more;
            if (more && own == nullptr && round >= rounds_max)
                next = successor();
            if (next)
                more = false;
        }
        if (next)
            next->ring(true);
        ring(done); // from here on a member may be gone
        for (const auto& one : later)
            one->done(one->member.error);
        if (!more)
            return mine;
        if (mine)
            mine->done(mine->member.error);
    }
}

void Writer::do_round(Members& members) {
    try {
        const FairLock::Guard guard{lock_};
        members = next_members(); // those too that came while this one waited for the lock
        if (members.front()->body == nullptr)
            checkpoint_locked(SQLITE_CHECKPOINT_TRUNCATE);
        else if (members.size() == 1)
            commit_one(*members.front());
        else
            commit_together(members);
        if (wal_pages_ > checkpoint_at_)
            checkpoint_locked(SQLITE_CHECKPOINT_RESTART); // the file stays: to write over it is synced sooner than to let it grow
    } catch (...) {
        if (members.empty())
            members = next_members();
        for (auto* member : members)
            if (!member->error)
                member->error = std::current_exception();
    }
}

void Writer::commit_one(Member& member) {
    try {
        begin();
        connection_.guarded([&] {
            (*member.body)();
            sums_.write();
        });
        commit();
        member.error = nullptr;
    } catch (...) {
        member.error = std::current_exception();
        roll_back();
    }
}

/// False when the body took the whole transaction down with it.
bool Writer::run_in_savepoint(Member& member) {
    connection_.run("SAVEPOINT member");
    auto changes = sums_.changes();
    member.error = nullptr;
    try {
        connection_.guarded(*member.body);
    } catch (...) {
        member.error = std::current_exception();
        reset_statements();
        if (!in_transaction())
            return false;
        connection_.run("ROLLBACK TO member");
        sums_.put_back(std::move(changes));
        connection_.forget_ids();
    }
    connection_.run("RELEASE member");
    return true;
}

void Writer::commit_together(const Members& members) {
    begin();
    bool whole = true;
    try {
        bool any = false;
        for (std::size_t i = 0; whole && i < members.size(); ++i) {
            whole = run_in_savepoint(*members[i]);
            any = any || !members[i]->error;
        }
        if (whole && any) {
            connection_.guarded([&] { sums_.write(); });
            commit();
        } else {
            roll_back();
        }
    } catch (...) {
        roll_back();
        if (broken_) // nobody can know what is on disk
            throw;
        whole = false;
    }
    if (whole)
        return;
    for (auto* member : members)
        commit_one(*member);
}

void Writer::begin() {
    if (broken_)
        throw Error{ErrorCode::commit_failed,
                    "store '" + connection_.path() +
                        "': an earlier commit met a disk error, so nothing more is written",
                    "check the disk, then run the same command again"};
    connection_.run("BEGIN IMMEDIATE");
    connection_.guarded([&] { sums_.begin(); });
}

void Writer::commit() {
    try {
        auto& statement = connection_.prepared("COMMIT");
        statement.exec();
        statement.reset();
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
    commits_.fetch_add(1, std::memory_order_relaxed);
}

bool Writer::in_transaction() noexcept { return sqlite3_get_autocommit(connection_.raw()) == 0; }

/// A body that threw in the middle of a SELECT would leave it open, and with it its snapshot of the store.
void Writer::reset_statements() noexcept {
    for (auto* one = sqlite3_next_stmt(connection_.raw(), nullptr); one != nullptr;
         one = sqlite3_next_stmt(connection_.raw(), one))
        if (sqlite3_stmt_busy(one) != 0)
            sqlite3_reset(one);
}

void Writer::roll_back() noexcept {
    reset_statements();
    connection_.forget_ids();
    if (in_transaction())
        static_cast<void>(connection_.db().tryExec("ROLLBACK"));
}

void Writer::checkpoint() {
    if (!has_log(connection_.path()))
        return;
    Member member; // without a body
    submit(member);
}

void Writer::checkpoint_locked(int mode) {
    if (!checkpoints_)
        return;
    sqlite3_busy_timeout(connection_.raw(), 0); // everybody waits for us: no time to wait for a reader
    const int rc = sqlite3_wal_checkpoint_v2(
        connection_.raw(), nullptr, mode, nullptr, nullptr);
    sqlite3_busy_timeout(connection_.raw(), Connection::busy_ms);
    checkpoint_at_ = wal_pages_max;
    if (rc == SQLITE_BUSY) { // a reader still needs the log: what it allows was copied, the rest is for later
        checkpoint_at_ = std::max(wal_pages_, wal_pages_max) + wal_pages_more;
        return;
    }
    wal_pages_ = 0;
    if (rc == SQLITE_OK)
        return;
    // The data is safe in the log. Whoever comes next copies it again from the start.
    checkpoints_ = false;
    if (notice_)
        notice_("the log of store '" + connection_.path() +
                "' could not be moved into the database (" + sqlite3_errstr(rc) +
                "); nothing is lost, check the disk's space and health");
}

} // namespace spine::store
