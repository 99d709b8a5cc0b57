/// Who could have written this file? A plugin runs with all rights of the program, so its file, its
/// folder and every folder above must be beyond the reach of other users.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spine::plugin {

/// Why nothing of this folder is loaded, in one sentence; nullopt when it may be trusted. A folder
/// that does not exist has no plugins and is no fault.
std::optional<std::string> folder_fault(const std::string& folder);

/// Entries of the folder whose names end in ".so", sorted by name, whatever they are.
std::vector<std::string> plugin_files(const std::string& folder);

/// The bytes of a file as they were when it was checked, and what tells whether it is still the
/// same one.
struct TrustedFile {
    std::string bytes;
    std::string sha256;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t changed_ns = 0;
};

/// Opens without following a link, checks kind, owner, mode and size, and reads it.
/// Fails: throws Error{invalid} with a refusal's sentence.
TrustedFile read_trusted(const std::string& path);

/// Whether the path still names the very file that was read.
bool is_still(const std::string& path, const TrustedFile& file) noexcept;

} // namespace spine::plugin
