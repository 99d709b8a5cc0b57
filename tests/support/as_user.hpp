/// Doing something as another user: in a child process, since an ordinary user cannot become root
/// again.
#pragma once

#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace spine::test {

inline bool is_root() { return ::geteuid() == 0; }

/// What `body` says; needs root.
inline std::string as_user(uid_t user, const std::function<std::string()>& body) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0)
        throw std::runtime_error{"no pipe"};
    const auto child = ::fork();
    if (child == 0) {
        std::string said = "cannot change the user";
        if (::setgid(user) == 0 && ::setuid(user) == 0)
            said = body();
        const auto written = ::write(ends[1], said.data(), said.size());
        ::_exit(written < 0 ? 1 : 0);
    }
    ::close(ends[1]);
    std::string said;
    std::array<char, 4096> part{};
    for (ssize_t got = 0; (got = ::read(ends[0], part.data(), part.size())) > 0;)
        said.append(part.data(), static_cast<std::size_t>(got));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return said;
}

} // namespace spine::test
