#include "plugin/source.hpp"

#include "error.hpp"
#include "plugin/text.hpp"
#include "process/lent.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace spine::plugin {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{256} << 10;
constexpr std::size_t path_bytes_max = 4095;

std::int64_t changed_ns(const struct stat& status) {
    return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

std::string kind_of(const struct stat& status) {
    switch (status.st_mode & S_IFMT) {
    case S_IFDIR:
        return "a folder";
    case S_IFIFO:
        return "a FIFO";
    case S_IFLNK:
        return "a symbolic link";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    case S_IFSOCK:
        return "a socket";
    default:
        return "no regular file";
    }
}

[[noreturn]] void cannot_open(const std::string& path, int error) {
    const auto shown = "file " + quoted(path);
    struct stat status {};
    const bool known = ::lstat(path.c_str(), &status) == 0;
    if (error == ENOENT || error == ENOTDIR)
        throw Error{ErrorCode::not_found,
                    shown + " does not exist",
                    "check the path and the working directory"};
    if (error == EACCES || error == EPERM)
        throw Error{ErrorCode::denied,
                    shown + " may not be read",
                    "check the permissions of the file and its folders"};
    if (known && !S_ISREG(status.st_mode))
        throw Error{ErrorCode::invalid,
                    shown + " is " + kind_of(status) + ", a regular file is wanted",
                    "name the file itself"};
    if (error == ELOOP)
        throw Error{ErrorCode::invalid,
                    shown + " leads through too many symbolic links",
                    "name the file itself"};
    if (error == ENAMETOOLONG)
        throw Error{ErrorCode::invalid, shown + " has too long a name", "check the path"};
    throw Error{ErrorCode::unavailable, shown + " cannot be opened: " + std::strerror(error), ""};
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string without_percents(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            plain += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

bool ends_ignoring_case(std::string_view text, std::string_view end) {
    return text.size() > end.size() &&
           std::equal(end.begin(),
                      end.end(),
                      text.end() - static_cast<std::ptrdiff_t>(end.size()),
                      [](char a, char b) {
                          return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
                      });
}

} // namespace

std::optional<std::string> path_of(std::string_view location) {
    std::string path{location};
    const auto scheme = location.find("://");
    if (scheme != std::string_view::npos && location.find('/') > scheme) {
        if (location.substr(0, scheme) != "file")
            return std::nullopt;
        auto rest = location.substr(scheme + 3);
        if (rest.starts_with("localhost/"))
            rest.remove_prefix(std::string_view{"localhost"}.size());
        if (!rest.starts_with('/'))
            throw Error{ErrorCode::invalid,
                        quoted(location) + " names another machine",
                        "write file:///absolute/path"};
        path = without_percents(rest);
    }
    if (path.empty() || path.size() > path_bytes_max || path.find('\0') != std::string::npos)
        throw Error{ErrorCode::invalid, quoted(location) + " is no path of a file", "name a file"};
    return path;
}

bool is_source(const std::string& path) {
    struct stat status {};
    if (::fstatat(process::home(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
        return S_ISREG(status.st_mode);
    if (errno == EACCES)
        cannot_open(path, EACCES);
    return false;
}

InputFile::InputFile(const std::string& path)
    : file_{::openat(process::home(), path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)},
      path_{path} {
    if (file_ < 0)
        cannot_open(path, errno);
    struct stat status {};
    const bool known = ::fstat(file_, &status) == 0;
    if (!known || !S_ISREG(status.st_mode)) {
        ::close(file_);
        throw Error{ErrorCode::invalid,
                    "file " + quoted(path) + " is " + (known ? kind_of(status) : "unknown") +
                        ", a regular file is wanted",
                    "name the file itself"};
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
    changed_ns_ = changed_ns(status);
    ::posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

InputFile::~InputFile() { ::close(file_); }

std::size_t InputFile::read_at(char* to, std::size_t size, std::uint64_t offset) const {
    for (;;) {
        const auto got = ::pread(file_, to, size, static_cast<off_t>(offset));
        if (got >= 0)
            return static_cast<std::size_t>(got);
        if (errno != EINTR)
            throw Error{ErrorCode::unavailable,
                        "file " + quoted(path_) + " cannot be read: " + std::strerror(errno),
                        ""};
    }
}

std::size_t InputFile::read(char* to, std::size_t size) {
    const auto got = read_at(to, size, at_);
    at_ += got;
    return got;
}

std::string InputFile::head(std::size_t size) const {
    std::string bytes(size, '\0');
    bytes.resize(read_at(bytes.data(), size, 0));
    return bytes;
}

std::string InputFile::at(std::uint64_t offset, std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (offset < size_ && size <= size_ - offset && have < size) {
        const auto got = read_at(bytes.data() + have, size - have, offset + have);
        if (got == 0)
            break;
        have += got;
    }
    if (have != size)
        throw Error{ErrorCode::bad_data,
                    "file " + quoted(path_) + " is cut short or damaged",
                    "fetch or pack the file again"};
    return bytes;
}

void InputFile::seek(std::uint64_t offset) { at_ = offset; }

bool InputFile::is_unchanged() const noexcept {
    struct stat status {};
    return ::fstat(file_, &status) == 0 && static_cast<std::uint64_t>(status.st_size) == size_ &&
           changed_ns(status) == changed_ns_;
}

Source::Source(const std::string& path, const UnpackLimits& limits)
    : path_{path}, file_{std::make_unique<InputFile>(path)}, chunk_(chunk_bytes) {
    const auto slash = path.rfind('/');
    name_ = slash == std::string::npos ? path : path.substr(slash + 1);
    uri_ = "file://" + (path.front() != '/' ? process::home_path() + "/" + path : path);

    const auto shown = "file " + quoted(path);
    const auto head = file_->head(4);
    const bool named_gzip = ends_ignoring_case(name_, ".gz");
    const bool named_zip = ends_ignoring_case(name_, ".zip");
    if (is_gzip(head))
        content_ = unpack_gzip(*file_, shown, limits);
    else if (is_zip(head))
        content_ = unpack_zip(*file_, shown, limits);
    else if (named_gzip || named_zip)
        throw Error{ErrorCode::bad_data,
                    shown + " is named as an archive, but its content is none",
                    "rename it, or fetch it again"};
    packed_ = content_ != nullptr;
    if (named_gzip || named_zip)
        name_.resize(name_.rfind('.'));
}

std::string_view Source::read() {
    if (finished_)
        return {};
    auto& from = packed_ ? *content_ : static_cast<Bytes&>(*file_);
    std::size_t have = 0;
    while (have < chunk_.size()) {
        const auto got = from.read(chunk_.data() + have, chunk_.size() - have);
        if (got == 0)
            break;
        have += got;
    }
    const std::string_view bytes{chunk_.data(), have};
    if (packed_ && bytes_ == 0 && (is_gzip(bytes) || is_zip(bytes)))
        throw Error{ErrorCode::bad_data,
                    "file " + quoted(path_) + " holds another archive",
                    "unpack it once"};
    digest_.add(bytes);
    bytes_ += have;
    if (have == 0)
        finish();
    return bytes;
}

void Source::finish() {
    if (!file_->is_unchanged() || (!packed_ && bytes_ != file_->size()))
        throw Error{ErrorCode::bad_data,
                    "file " + quoted(path_) + " changed while it was read",
                    "wait until it is written, then run again"};
    sha256_ = digest_.hex();
    finished_ = true;
    content_.reset();
    file_.reset();
}

} // namespace spine::plugin
