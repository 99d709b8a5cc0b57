#include "store/workers.hpp"

#include "error.hpp"
#include "store/ofd_lock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace spine::store {

namespace {
constexpr std::int64_t slots_max = 4096, slot_bytes = 32;
constexpr std::int64_t first_lock_byte = std::int64_t{1} << 20; // behind the content

/// Whether the process that wrote this name beside its slot still holds the slot's byte.
bool holds_its_byte(int file, const std::string& path, const std::string& worker) {
    std::int64_t slot = -1;
    const auto* end = worker.data() + worker.size();
    const auto [stop, fault] = std::from_chars(worker.data(), end, slot);
    if (fault != std::errc{} || stop == end || *stop != ':' || slot < 0 || slot >= slots_max)
        return false;
    const std::string name{stop + 1, std::find(stop + 1, end, ':')};
    if (!ofd_held(file, path, first_lock_byte + slot, 1))
        return false;
    std::array<char, static_cast<std::size_t>(slot_bytes)> field{};
    if (::pread(file, field.data(), field.size(), slot * slot_bytes) !=
        static_cast<ssize_t>(field.size()))
        return false;
    // Locked but not yet renamed, or renamed by a later process: the one asked for is gone.
    return name == std::string{field.data(), ::strnlen(field.data(), field.size())};
}
} // namespace

std::string process_of(const std::string& worker) { return worker.substr(0, worker.rfind(":t")); }

bool somebody_works(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return false; // nobody ever did
    const bool held = ofd_held(file, path, first_lock_byte, slots_max);
    ::close(file);
    return held;
}

Workers::Workers(env::Random& random, std::string path) : path_{std::move(path)} {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file_ < 0)
        throw Error{errno == EACCES || errno == EPERM ? ErrorCode::denied : ErrorCode::unavailable,
                    "cannot open the store's workers file '" + path_ + "': " + std::strerror(errno),
                    "writing commands need it beside the database"};
    for (std::int64_t slot = 0; slot < slots_max; ++slot) {
        if (!ofd_try_lock(file_, path_, first_lock_byte + slot, 1))
            continue;
        const auto name = env::short_id(random) + env::short_id(random);
        std::array<char, static_cast<std::size_t>(slot_bytes)> field{};
        std::copy(name.begin(), name.end(), field.begin());
        if (::pwrite(file_, field.data(), field.size(), slot * slot_bytes) !=
            static_cast<ssize_t>(field.size())) {
            const int why = errno;
            ::close(file_);
            throw Error{ErrorCode::unavailable,
                        "cannot write the store's workers file '" + path_ +
                            "': " + std::strerror(why),
                        "check the disk's space and health"};
        }
        self_ = std::to_string(slot) + ":" + name + ":p" + std::to_string(::getpid());
        return;
    }
    ::close(file_);
    throw Error{ErrorCode::unavailable,
                "over " + std::to_string(slots_max) + " processes work on '" + path_ + "'"};
}

Workers::~Workers() { ::close(file_); }

bool Workers::alive(const std::string& worker) {
    if (worker == self_)
        return true;
    if (process_of(worker) != self_)
        return holds_its_byte(file_, path_, worker);
    const std::lock_guard guard{mutex_};
    return benches_.contains(worker);
}

std::string Workers::open_bench() {
    const std::lock_guard guard{mutex_};
    return *benches_.insert(self_ + ":t" + std::to_string(++benches_opened_)).first;
}

void Workers::close_bench(const std::string& worker) {
    const std::lock_guard guard{mutex_};
    benches_.erase(worker);
}

WatchedWorkers::~WatchedWorkers() {
    if (file_ >= 0)
        ::close(file_);
}

bool WatchedWorkers::alive(const std::string& worker) {
    if (file_ < 0)
        file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file_ < 0)
        return errno != ENOENT;
    return holds_its_byte(file_, path_, worker);
}

} // namespace spine::store
