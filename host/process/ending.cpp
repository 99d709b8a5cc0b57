#include "process/ending.hpp"

#include "process/guests.hpp"
#include "process/lent.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

namespace spine::process {

namespace {

constexpr int ended_by_plugin = 1, unavailable = 7;
constexpr int not_leaving = -1;

// Handlers are handed nothing.
constinit std::atomic<int> leaving_with{not_leaving}; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

/// A line for standard error that is put together without memory of its own.
class Line {
public:
    Line& operator<<(std::string_view text) noexcept {
        const auto count = std::min(text.size(), text_.size() - size_);
        std::memcpy(text_.data() + size_, text.data(), count);
        size_ += count;
        return *this;
    }
    /// What is being done in plugins; false: nothing.
    bool add_visits() noexcept {
        const auto count = describe_visits(text_.data() + size_, text_.size() - size_);
        // Names of plugins come from files: nothing of them may steer a terminal.
        for (auto& c : std::span{text_}.subspan(size_, count))
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
                c = '?';
        size_ += count;
        return count > 0;
    }
    void write() noexcept {
        if (size_ == text_.size())
            text_.back() = '\n';
        for (std::size_t at = 0; at < size_;) {
            const auto count = ::write(STDERR_FILENO, text_.data() + at, size_ - at);
            if (count <= 0)
                return;
            at += static_cast<std::size_t>(count);
        }
    }

private:
    std::array<char, 2048> text_{};
    std::size_t size_ = 0;
};

void say_that_a_plugin_ended_it(const char* how) noexcept {
    Line line;
    line << "spine: error: the process was ended by a plugin, which called " << how << ": ";
    if (!line.add_visits())
        line << "it is not known which, nothing was being called";
    line << "\n  hint: a plugin returns a status and never ends the program; what it was doing counts as not done\n";
    line.write();
}

extern "C" void on_exit_guard(int status, void*) {
    const int own = leaving_with.load();
    if (own == status)
        return;
    say_that_a_plugin_ended_it("exit()");
    ::_exit(ended_by_plugin);
}

extern "C" void on_quick_exit() {
    say_that_a_plugin_ended_it("quick_exit()");
    ::_exit(ended_by_plugin);
}

extern "C" void on_fault(int number) {
    Line line;
    line << "spine: error: the process dies by " << fault_name(number);
    line << " in ";
    if (!line.add_visits())
        line << "the host: this is a bug of spine; please report it";
    line << "\n  hint: the same command, or 'spine runs resume', goes on from what is on disk; '--without PLUGIN' leaves a plugin out\n";
    line.write();
    std::signal(number, SIG_DFL);
    ::raise(number); // the exit status stays the signal's
}

/// Nobody's but a sanitizer's, which says more.
void hear_faults() {
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
        struct sigaction before {};
        if (::sigaction(number, nullptr, &before) != 0 || before.sa_handler != SIG_DFL)
            continue;
        struct sigaction action {};
        action.sa_handler = &on_fault;
        action.sa_flags = SA_ONSTACK;
        ::sigaction(number, &action, nullptr);
    }
}

} // namespace

int take_over() {
    // High, so that a plugin which closes "all" descriptors up to some small number does not close it.
    const int out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);
    if (out >= 0)
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::on_exit(&on_exit_guard, nullptr);
    ::at_quick_exit(&on_quick_exit);
    std::signal(SIGXFSZ, SIG_IGN);
    if (std::getenv("SPINE_CORE_DUMPS") == nullptr) {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
    }
    hear_faults();
    this_guest();
    remember_what_is_lent();
    return out >= 0 ? out : STDOUT_FILENO;
}

void leave(int exit_code) noexcept {
    leaving_with.store(exit_code);
    if (has_forsaken())
        ::_exit(exit_code);
    std::exit(exit_code); // NOLINT(concurrency-mt-unsafe): the host's threads have ended
}

const char* fault_name(int signal) noexcept {
    switch (signal) {
    case SIGSEGV: return "SIGSEGV (a wrong address, or no stack left)";
    case SIGBUS: return "SIGBUS (memory or a file under it is not there)";
    case SIGFPE: return "SIGFPE (a division by zero)";
    case SIGILL: return "SIGILL (no such instruction)";
    case SIGABRT: return "SIGABRT (abort, an assertion, or an exception that nobody caught)";
    default: return nullptr;
    }
}

void give_up_process(const std::string& doing, std::chrono::seconds limit) noexcept {
    Line line;
    line << "spine: error: " << doing << " has not returned for longer than the " << std::to_string(limit.count())
         << " s that it may take; the process ends\n  hint: '--without PLUGIN' leaves a plugin out\n";
    line.write();
    ::_exit(unavailable);
}

} // namespace spine::process
