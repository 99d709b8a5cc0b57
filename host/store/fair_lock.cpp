#include "store/fair_lock.hpp"

#include "error.hpp"
#include "store/ofd_lock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace spine::store {

namespace {
// The file's first page, written in place so that a full disk cannot stop a lock from being taken.
constexpr std::size_t page_bytes = 4096, id_at = 16, id_bytes = 64, ticket_at = 128, holder_at = 192,
                      holder_bytes = 128;
constexpr std::array<char, 16> magic{'s', 'p', 'i', 'n', 'e', ' ', 'l', 'o', 'c', 'k', ' ', '1', '\n'};
// Lock bytes lie behind the content.
constexpr std::int64_t mutex_byte = std::int64_t{1} << 20;
constexpr std::int64_t first_ticket_byte = std::int64_t{1} << 21;

/// Far from where numbers of bytes end; a file that says more says nothing.
constexpr std::int64_t tickets_max = std::int64_t{1} << 40;

/// What the kernel says about a process, as far as it matters to who waits for it; empty: nothing.
std::string state_of(const std::string& pid) {
    std::ifstream file{"/proc/" + pid + "/stat"};
    std::string line;
    if (!std::getline(file, line))
        return " (which is not seen from here: it may run in another container)";
    const auto end = line.rfind(')'); // the name before it may hold anything
    const char state = end == std::string::npos || end + 2 >= line.size() ? '?' : line[end + 2];
    if (state == 'T' || state == 't')
        return ", which is stopped (by SIGSTOP, Ctrl-Z or a debugger): 'kill -CONT " + pid + "' lets it go on";
    if (state == 'D')
        return ", which waits for its disk";
    return {};
}

void write_all(int file, const std::string& path, const void* bytes, std::size_t size, off_t at) {
    if (::pwrite(file, bytes, size, at) != static_cast<ssize_t>(size))
        throw Error{ErrorCode::unavailable,
                    "cannot write the lock file '" + path + "': " + std::strerror(errno),
                    "check the disk's space and health"};
}
} // namespace

FairLock::FairLock(env::Clock& clock, std::string path, bool create, Notice notice, LockPatience patience)
    : clock_{clock}, path_{std::move(path)}, notice_{std::move(notice)}, patience_{std::move(patience)} {
    file_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
    if (file_ < 0)
        throw Error{errno == EACCES || errno == EPERM ? ErrorCode::denied : ErrorCode::unavailable,
                    "cannot open the store's lock file '" + path_ + "': " + std::strerror(errno),
                    "writing commands need it beside the database"};
    struct stat info {};
    if (::fstat(file_, &info) != 0 || !S_ISREG(info.st_mode)) {
        ::close(file_);
        throw Error{ErrorCode::invalid, "the store's lock file '" + path_ + "' is no regular file"};
    }
    if (info.st_size < static_cast<off_t>(page_bytes)) {
        std::array<char, page_bytes> page{};
        std::copy(magic.begin(), magic.end(), page.begin());
        try {
            write_all(file_, path_, page.data(), page.size(), 0);
        } catch (...) {
            ::close(file_);
            throw;
        }
    } else {
        std::array<char, magic.size()> found{};
        if (::pread(file_, found.data(), found.size(), 0) != static_cast<ssize_t>(found.size()) ||
            found != magic) {
            ::close(file_);
            throw Error{ErrorCode::invalid,
                        "'" + path_ + "' is no lock file of a spine store",
                        "move it away if it is not yours, then run: spine db init"};
        }
    }
}

FairLock::~FairLock() { ::close(file_); }

namespace {
std::string id_in(int file) {
    std::array<char, id_bytes> id{};
    if (::pread(file, id.data(), id.size(), id_at) != static_cast<ssize_t>(id.size()))
        return {};
    return {id.data(), ::strnlen(id.data(), id.size())};
}
} // namespace

std::string FairLock::store_id() const { return id_in(file_); }

std::string FairLock::store_id_in(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return {};
    auto id = id_in(file); // our locks are of open files, so that closing this one drops none of them
    ::close(file);
    return id;
}

void FairLock::set_store_id(const std::string& id) {
    std::array<char, id_bytes> field{};
    std::copy_n(id.begin(), std::min(id.size(), field.size() - 1), field.begin());
    write_all(file_, path_, field.data(), field.size(), id_at);
    if (::fsync(file_) != 0)
        throw Error{ErrorCode::unavailable,
                    "cannot sync the lock file '" + path_ + "': " + std::strerror(errno)};
}

std::string FairLock::holder() const {
    constexpr std::string_view prefix = "process ";
    std::array<char, holder_bytes> text{};
    if (::pread(file_, text.data(), text.size(), holder_at) != static_cast<ssize_t>(text.size()))
        return "another process";
    const std::string name{text.data(), ::strnlen(text.data(), text.size())};
    const auto pid = name.starts_with(prefix) ? name.substr(prefix.size()) : std::string{};
    if (pid.empty() || pid.size() > 10 || pid.find_first_not_of("0123456789") != std::string::npos)
        return "another process";
    return name + state_of(pid);
}

/// One above every ticket that somebody holds or waits with, whatever the file says. The mutex is held.
std::int64_t FairLock::next_ticket() const {
    std::int64_t last = 0;
    if (::pread(file_, &last, sizeof last, ticket_at) != static_cast<ssize_t>(sizeof last) || last < 0 || last > tickets_max)
        last = 0;
    for (auto next = last + 1;;) {
        auto range = ofd_range(F_WRLCK, first_ticket_byte + next, 0);
        if (::fcntl(file_, F_OFD_GETLK, &range) != 0)
            ofd_failed(path_);
        if (range.l_type == F_UNLCK)
            return next;
        next = range.l_start + range.l_len - first_ticket_byte;
    }
}

/// A wait in short pauses: one that the kernel queues would be shorter by a few hundred microseconds, but could neither name the holder nor be ended.
class FairLock::Wait {
public:
    explicit Wait(const FairLock& lock) : lock_{lock}, begun_{lock.clock_.monotonic()} {}

    /// Lets a moment pass; throws when there have been enough.
    void pass() {
        lock_.clock_.sleep(pause_);
        pause_ = std::min(pause_ * 2, std::chrono::microseconds{2000});
        const auto now = lock_.clock_.monotonic();
        const auto& patience = lock_.patience_;
        if (!stopped_ && patience.stop && patience.stop())
            stopped_ = now;
        if (stopped_ && now - *stopped_ > patience.after_stop)
            throw Error{ErrorCode::interrupted,
                        "interrupted while waiting for the store's lock, held by " + lock_.holder(),
                        "nothing was changed by what waited"};
        if (now - begun_ > patience.most)
            throw Error{ErrorCode::unavailable,
                        "the store's lock '" + lock_.path_ + "' could not be had within " +
                            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(patience.most).count()) + " s: it is held by " + lock_.holder(),
                        "wait until that process has ended, or end it; --lock-timeout says how long to wait"};
        if (!told_ && now - begun_ > std::chrono::seconds{5}) {
            told_ = true;
            if (lock_.notice_)
                lock_.notice_("waiting for the store's lock, held by " + lock_.holder());
        }
    }

private:
    const FairLock& lock_;
    std::chrono::nanoseconds begun_;
    std::chrono::microseconds pause_{50};
    std::optional<std::chrono::nanoseconds> stopped_;
    bool told_ = false;
};

void FairLock::acquire() {
    if (depth_++ > 0)
        return;
    try {
        Wait wait{*this};
        while (!ofd_try_lock(file_, path_, mutex_byte, 1))
            wait.pass();
        ticket_ = next_ticket();
        write_all(file_, path_, &ticket_, sizeof ticket_, ticket_at);
        if (!ofd_try_lock(file_, path_, first_ticket_byte + ticket_, 1))
            throw Error{ErrorCode::internal, "the ticket of '" + path_ + "' is taken already"};
        ofd_unlock(file_, mutex_byte, 1);
        while (!ofd_try_lock(file_, path_, first_ticket_byte, ticket_))
            wait.pass();
        const auto self = "process " + std::to_string(::getpid());
        std::array<char, holder_bytes> field{};
        std::copy_n(self.begin(), std::min(self.size(), field.size() - 1), field.begin());
        write_all(file_, path_, field.data(), field.size(), holder_at);
    } catch (...) {
        release();
        throw;
    }
}

void FairLock::release() noexcept {
    if (--depth_ > 0)
        return;
    ofd_unlock(file_, mutex_byte, 1);
    ofd_unlock(file_, first_ticket_byte, 0); // to the end: every byte that this open file holds
}

} // namespace spine::store
