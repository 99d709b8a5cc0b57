/// The files of a store: what may stand where the database should be, and making new ones so that they survive a power cut.
#pragma once

#include <string>
#include <vector>

namespace spine::store {

/// `unfinished`: a rollback journal lies beside the file, so its creation was cut short somewhere.
enum class FileState { missing, empty, unfinished, present };

/// Throws Error for anything that cannot be a store: a folder, a link, a FIFO, a file with hard links or mounted by itself,
/// one that may not be read.
FileState checked_database_file(const std::string& path);

/// Refuses a path whose folder is not there. Throws Error{not_found}.
void checked_folder(const std::string& path);

/// 0 for a file that is not there.
std::int64_t file_bytes(const std::string& path);

/// Makes the folder of `path` and its missing parents (mode 0700); returns the folders whose entries changed.
std::vector<std::string> make_parents(const std::string& path);
/// Syncs folders, so that the names made in them are on disk.
void sync_folders(const std::vector<std::string>& folders);
void sync_file(const std::string& path);

std::string folder_of(const std::string& path);

} // namespace spine::store
