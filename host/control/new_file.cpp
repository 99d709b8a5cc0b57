#include "control/new_file.hpp"

#include "error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace spine::control {
namespace {

Error refused(const std::string& file, int why) {
    if (why == EEXIST)
        return {ErrorCode::conflict, "'" + file + "' exists already and is never overwritten", "name another one with --file"};
    const auto code = why == ENOENT || why == ENOTDIR ? ErrorCode::not_found
                      : why == EACCES || why == EPERM ? ErrorCode::denied
                                                      : ErrorCode::unavailable;
    return {code, "'" + file + "' cannot be written: " + std::strerror(why), "name a folder that exists and may be written"};
}

int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno != EINTR)
            return errno;
        if (count > 0)
            text.remove_prefix(static_cast<std::size_t>(count));
    }
    return ::fsync(descriptor) == 0 ? 0 : errno;
}

} // namespace

void write_new_file(const std::string& file, const std::string& text) {
    constexpr mode_t for_everyone = 0666; // less what umask takes away
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, for_everyone);
    if (descriptor < 0)
        throw refused(file, errno);
    const int why = write_all(descriptor, text);
    ::close(descriptor);
    if (why != 0) {
        ::unlink(file.c_str());
        throw refused(file, why);
    }
}

} // namespace spine::control
