#include "cli/sink.hpp"

#include "error.hpp"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace spine::cli {

namespace {
constexpr std::size_t buffer_max = 64 * 1024;
}

DescriptorSink::DescriptorSink(int descriptor, std::string name)
    : descriptor_{descriptor}, name_{std::move(name)}, terminal_{::isatty(descriptor) == 1} {}

void DescriptorSink::write(std::string_view bytes) {
    buffer_.append(bytes);
    if (buffer_.size() >= buffer_max)
        flush();
}

void DescriptorSink::flush() {
    std::size_t at = 0;
    while (open_ && at < buffer_.size()) {
        const auto count = ::write(descriptor_, buffer_.data() + at, buffer_.size() - at);
        if (count >= 0) {
            at += static_cast<std::size_t>(count);
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) { // the caller shares a non-blocking descriptor with us
            pollfd ready{descriptor_, POLLOUT, 0};
            ::poll(&ready, 1, -1);
            continue;
        }
        const int why = errno;
        open_ = false;
        buffer_.clear();
        if (why != EPIPE)
            throw Error{ErrorCode::unavailable,
                        name_ + " cannot be written: " + std::strerror(why),
                        "what is committed stays committed; make room and ask again"};
    }
    buffer_.clear();
}

std::size_t DescriptorSink::width() const {
    winsize size{};
    return terminal_ && ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

} // namespace spine::cli
