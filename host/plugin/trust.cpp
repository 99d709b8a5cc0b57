#include "plugin/trust.hpp"

#include "plugin/digest.hpp"
#include "plugin/refusal.hpp"
#include "plugin/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace spine::plugin {

namespace {

constexpr off_t file_bytes_max = off_t{256} << 20;
constexpr std::size_t files_max = 1000;

class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_{number} {}
    ~Descriptor() {
        if (number_ >= 0)
            ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const noexcept { return number_; }

private:
    int number_;
};

std::string reason(int error) { return std::strerror(error); }

bool writable_by_others(const struct stat& status) {
    return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}
bool owned_by_us(const struct stat& status) {
    return status.st_uid == 0 || status.st_uid == ::geteuid();
}

std::string octal(mode_t mode) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
    return text.data();
}

std::string fault(const std::string& path,
                  const std::string& found,
                  const std::string& wanted,
                  const std::string& fix) {
    return "plugins folder " + quoted(path) + ": " + sentence({"folder", found, wanted, fix});
}

/// `above`: a parent of the folder, which may be a root-owned sticky one such as /tmp.
std::optional<std::string> directory_fault(const std::string& path, bool above) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return fault(path,
                     "that it cannot be read (" + reason(errno) + ")",
                     "a readable folder",
                     "check its permissions");
    if (!S_ISDIR(status.st_mode))
        return fault(path, "that it is no folder", "a folder", "say another one with --plugins");
    if (!owned_by_us(status))
        return fault(path,
                     "that user " + std::to_string(status.st_uid) + " owns it",
                     "root or the user that runs spine as its owner",
                     "run chown on it");
    const bool sticky = above && status.st_uid == 0 && (status.st_mode & S_ISVTX) != 0;
    if (writable_by_others(status) && !sticky)
        return fault(path,
                     "that others may write to it (mode " + octal(status.st_mode) + ")",
                     "a folder that only its owner may write to",
                     "run chmod go-w on it");
    return std::nullopt;
}

std::string absolute(const std::string& path) {
    if (!path.empty() && path.front() == '/')
        return path;
    const std::unique_ptr<char, decltype(&std::free)> here{::getcwd(nullptr, 0), &std::free};
    return (here == nullptr ? std::string{} : std::string{here.get()}) + "/" + path;
}

/// The folder and everything above it, from the root down.
std::optional<std::string> chain_fault(const std::string& folder) {
    for (std::size_t slash = 0;;) {
        slash = folder.find('/', slash + 1);
        const bool last =
            slash == std::string::npos || folder.find_first_not_of('/', slash) == std::string::npos;
        const auto part = slash == std::string::npos ? folder : folder.substr(0, slash);
        if (auto found = directory_fault(part, !last))
            return found;
        if (last)
            return std::nullopt;
    }
}

} // namespace

std::optional<std::string> folder_fault(const std::string& folder) {
    struct stat status {};
    if (folder.empty() ||
        (::stat(folder.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)))
        return std::nullopt;
    if (auto found = directory_fault("/", true))
        return found;
    // As written, since whoever may replace a link on the way chooses the folder; then where it
    // leads to.
    if (auto found = chain_fault(absolute(folder)))
        return found;
    const std::unique_ptr<char, decltype(&std::free)> real{::realpath(folder.c_str(), nullptr),
                                                           &std::free};
    if (real == nullptr)
        return fault(folder,
                     "that it cannot be resolved (" + reason(errno) + ")",
                     "a readable folder",
                     "check its permissions");
    return chain_fault(real.get());
}

std::vector<std::string> plugin_files(const std::string& folder) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> entries{::opendir(folder.c_str()), &::closedir};
    if (entries == nullptr)
        return names;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): this DIR is ours alone
    while (const auto* entry = ::readdir(entries.get()))
        if (const std::string_view name{entry->d_name}; name.size() > 3 && name.ends_with(".so"))
            names.emplace_back(name);
    std::sort(names.begin(), names.end());
    if (names.size() > files_max)
        names.resize(files_max);
    return names;
}

TrustedFile read_trusted(const std::string& path) {
    const auto fails =
        [](const std::string& found, const std::string& wanted, const std::string& fix) {
            refuse({"file", found, wanted, fix});
        };
    // O_NONBLOCK: opening a FIFO must not wait for its writer.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
    if (file.get() < 0) {
        if (errno == ELOOP)
            fails("a symbolic link", "a regular file", "copy the library itself into the folder");
        fails("that it cannot be opened (" + reason(errno) + ")",
              "a readable file",
              "check its permissions");
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        fails("that it cannot be examined (" + reason(errno) + ")",
              "a readable file",
              "check its permissions");
    if (!S_ISREG(status.st_mode))
        fails(S_ISDIR(status.st_mode) ? "a folder" : "something that is no regular file",
              "a regular file",
              "remove it");
    if (!owned_by_us(status))
        fails("that user " + std::to_string(status.st_uid) + " owns it",
              "root or the user that runs spine as its owner",
              "run chown on it");
    if (writable_by_others(status))
        fails("that others may write to it (mode " + octal(status.st_mode) + ")",
              "a file that only its owner may write to",
              "run chmod go-w on it");
    if (status.st_size > file_bytes_max)
        fails(std::to_string(status.st_size >> 20) + " MiB",
              "at most " + std::to_string(file_bytes_max >> 20) + " MiB",
              "strip its debug information");
    TrustedFile trusted;
    trusted.device = status.st_dev;
    trusted.inode = status.st_ino;
    trusted.changed_ns =
        std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    trusted.bytes.resize(static_cast<std::size_t>(status.st_size));
    std::size_t have = 0;
    while (have < trusted.bytes.size()) {
        const auto got =
            ::read(file.get(), trusted.bytes.data() + have, trusted.bytes.size() - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            fails("that it cannot be read (" + (got == 0 ? "it became shorter" : reason(errno)) +
                      ")",
                  "a readable file",
                  "copy it again");
        have += static_cast<std::size_t>(got);
    }
    trusted.sha256 = sha256(trusted.bytes);
    return trusted;
}

bool is_still(const std::string& path, const TrustedFile& file) noexcept {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && status.st_dev == file.device &&
           status.st_ino == file.inode &&
           static_cast<std::size_t>(status.st_size) == file.bytes.size() &&
           std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec ==
               file.changed_ns;
}

} // namespace spine::plugin
