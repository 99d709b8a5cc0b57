#include "process/lent.hpp"

#include <array>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace spine::process {

namespace {

constexpr std::array heard{SIGINT, SIGTERM, SIGPIPE, SIGXFSZ, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

struct Lent {
    bool known = false;
    int folder = AT_FDCWD;
    struct stat folder_is {};
    std::string folder_path;
    mode_t umask = 077;
    std::array<struct sigaction, heard.size()> handlers{};
    std::mutex mutex;
};

Lent& lent() {
    static auto* one = new Lent; // outlives every static object, as the guard of exits does
    return *one;
}

bool same_folder(const struct stat& one, const struct stat& other) { return one.st_dev == other.st_dev && one.st_ino == other.st_ino; }

std::string current_folder() {
    std::error_code unknown;
    return std::filesystem::current_path(unknown).string();
}

} // namespace

void remember_what_is_lent() {
    auto& own = lent();
    own.folder_path = current_folder();
    if (const int folder = ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC); folder >= 0) {
        const int high = ::fcntl(folder, F_DUPFD_CLOEXEC, 100);
        own.folder = high >= 0 ? high : folder;
        if (high >= 0)
            ::close(folder);
        ::fstat(own.folder, &own.folder_is);
    }
    own.umask = ::umask(077);
    ::umask(own.umask);
    for (std::size_t i = 0; i < heard.size(); ++i)
        ::sigaction(heard[i], nullptr, &own.handlers[i]);
    own.known = true;
}

void keep_handler(int signal) {
    auto& own = lent();
    const std::lock_guard lock{own.mutex};
    for (std::size_t i = 0; i < heard.size(); ++i)
        if (heard[i] == signal)
            ::sigaction(signal, nullptr, &own.handlers[i]);
}

std::string put_back() {
    auto& own = lent();
    if (!own.known)
        return {};
    const std::lock_guard lock{own.mutex};
    std::string changed;
    const auto note = [&](const char* what) { changed += (changed.empty() ? "" : ", ") + std::string{what}; };
    struct stat here {};
    if (own.folder >= 0 && (::stat(".", &here) != 0 || !same_folder(here, own.folder_is))) {
        if (::fchdir(own.folder) == 0)
            note("the working folder");
    }
    if (::umask(own.umask) != own.umask)
        note("the umask");
    if (const char* locale = std::setlocale(LC_ALL, nullptr); locale != nullptr && std::strcmp(locale, "C") != 0) {
        std::setlocale(LC_ALL, "C");
        note("the locale");
    }
    if (std::fegetround() != FE_TONEAREST) {
        std::fesetround(FE_TONEAREST);
        note("the rounding of floating point");
    }
    bool handlers = false;
    for (std::size_t i = 0; i < heard.size(); ++i) {
        struct sigaction found {};
        if (::sigaction(heard[i], nullptr, &found) != 0 || (found.sa_handler == own.handlers[i].sa_handler && found.sa_flags == own.handlers[i].sa_flags))
            continue;
        ::sigaction(heard[i], &own.handlers[i], nullptr);
        handlers = true;
    }
    if (handlers)
        note("handlers of signals");
    return changed;
}

int home() noexcept { return lent().folder; }

std::string home_path() { return lent().known ? lent().folder_path : current_folder(); }

} // namespace spine::process
