#include "process/child.hpp"

#include "process/ending.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace spine::process {

ChildEnd run_child(const std::vector<std::string>& arguments, std::chrono::milliseconds most) {
    std::vector<std::string> texts{"spine"};
    texts.insert(texts.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO})
        ::posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int fault = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, pointers.data(), ::environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (fault != 0)
        return {ChildEnd::How::could_not_begin, fault};
    const auto until = std::chrono::steady_clock::now() + most;
    int status = 0;
    for (;;) {
        const auto ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child)
            break;
        if (ended < 0 && errno != EINTR)
            return {ChildEnd::How::could_not_begin, errno};
        if (std::chrono::steady_clock::now() >= until) {
            ::kill(child, SIGKILL);
            ::waitpid(child, &status, 0);
            return {ChildEnd::How::did_not_end, 0};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    if (WIFSIGNALED(status))
        return {ChildEnd::How::killed, WTERMSIG(status)};
    return {ChildEnd::How::exited, WEXITSTATUS(status)};
}

std::string signal_text(int number) {
    const char* known = fault_name(number);
    return known != nullptr ? known : "signal " + std::to_string(number);
}

} // namespace spine::process
