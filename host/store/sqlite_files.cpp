#include "store/sqlite_files.hpp"

#include "error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace spine::store {

namespace {
constexpr const char* other_path = "name another store with --db sqlite:PATH";
}

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

FileState checked_database_file(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) {
        if (errno == ENOENT)
            return FileState::missing;
        throw Error{errno == EACCES ? ErrorCode::denied : ErrorCode::unavailable,
                    "store '" + path + "': " + std::strerror(errno),
                    other_path};
    }
    const auto refuse = [&](const std::string& why) {
        return Error{ErrorCode::invalid, "store '" + path + "' " + why, other_path};
    };
    if (S_ISLNK(info.st_mode))
        throw refuse("is a symbolic link; a store must be named by its own path");
    if (S_ISDIR(info.st_mode))
        throw refuse("is a folder");
    if (!S_ISREG(info.st_mode))
        throw refuse("is no regular file");
    if (info.st_nlink > 1)
        throw refuse("has hard links; its log and lock would be found under one name only");
    struct stat folder {};
    if (::stat(folder_of(path).c_str(), &folder) == 0 && folder.st_dev != info.st_dev)
        throw refuse("is mounted by itself; mount its folder instead, the log lies beside it");
    if (::access(path.c_str(), R_OK) != 0)
        throw Error{ErrorCode::denied,
                    "store '" + path + "' may not be read: " + std::strerror(errno),
                    "run as the user who owns it"};
    if (info.st_size == 0)
        return FileState::empty;
    // Only the commit that makes a store is journalled this way; all later ones go through the log.
    return ::lstat((path + "-journal").c_str(), &info) == 0 ? FileState::unfinished
                                                            : FileState::present;
}

void checked_folder(const std::string& path) {
    struct stat info {};
    const auto folder = folder_of(path);
    if (::stat(folder.c_str(), &info) != 0 && errno == ENOENT)
        throw Error{ErrorCode::not_found,
                    "the folder '" + folder + "' of store '" + path + "' is not there",
                    "if that is no slip of the pen: spine db init --create-parents"};
}

std::int64_t file_bytes(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_size : 0;
}

std::vector<std::string> make_parents(const std::string& path) {
    std::vector<std::string> missing, changed;
    auto folder = folder_of(path);
    struct stat info {};
    while (::stat(folder.c_str(), &info) != 0 && folder != "/" && folder != ".") {
        missing.push_back(folder);
        folder = folder_of(folder);
    }
    for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
        if (::mkdir(at->c_str(), 0700) != 0 && errno != EEXIST)
            throw Error{errno == EACCES ? ErrorCode::denied : ErrorCode::unavailable,
                        "cannot make folder '" + *at + "': " + std::strerror(errno)};
        changed.push_back(folder_of(*at));
    }
    changed.push_back(folder_of(path));
    return changed;
}

void sync_folders(const std::vector<std::string>& folders) {
    for (const auto& folder : folders)
        sync_file(folder);
}

void sync_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool failed = file < 0 || ::fsync(file) != 0;
    const int why = errno;
    if (file >= 0)
        ::close(file);
    if (failed)
        throw Error{ErrorCode::unavailable, "cannot sync '" + path + "': " + std::strerror(why)};
}

} // namespace spine::store
