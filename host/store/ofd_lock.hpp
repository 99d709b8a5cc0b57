/// Byte-range locks that belong to an open file description (F_OFD_*): freed by the kernel when the holder dies, untouched
/// by other code of the process that opens and closes the same file.
#pragma once

#include "error.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <string>

namespace spine::store {

inline struct flock ofd_range(short type, std::int64_t from, std::int64_t size) {
    struct flock range {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = from;
    range.l_len = size; // 0: to the end
    return range;
}

[[noreturn]] inline void ofd_failed(const std::string& path) {
    throw Error{ErrorCode::unavailable,
                "cannot lock '" + path + "': " + std::strerror(errno),
                "the store must lie on a local file system with POSIX locks"};
}

/// False when somebody else has part of the range.
inline bool ofd_try_lock(int file, const std::string& path, std::int64_t from, std::int64_t size) {
    auto range = ofd_range(F_WRLCK, from, size);
    if (::fcntl(file, F_OFD_SETLK, &range) == 0)
        return true;
    if (errno == EAGAIN || errno == EACCES)
        return false;
    ofd_failed(path);
}

inline void ofd_unlock(int file, std::int64_t from, std::int64_t size) noexcept {
    auto range = ofd_range(F_UNLCK, from, size);
    static_cast<void>(::fcntl(file, F_OFD_SETLK, &range));
}

/// Whether anybody else holds part of the range.
inline bool ofd_held(int file, const std::string& path, std::int64_t from, std::int64_t size) {
    auto range = ofd_range(F_WRLCK, from, size);
    if (::fcntl(file, F_OFD_GETLK, &range) != 0)
        ofd_failed(path);
    return range.l_type != F_UNLCK;
}

} // namespace spine::store
