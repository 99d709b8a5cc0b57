/// Files of plugins that are left out, and a trial of one in a process of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace spine::plugin {

/// Whether one of the names means the file: its name, without `.so`, and without the prefix `spine_` or `lib`.
bool names_file(const std::vector<std::string>& names, const std::string& file);

/// The word with which this program is asked to load one file and to end.
inline constexpr const char* probe_word = "--probe-plugin";
/// Loads the file in a child process; why it must not be loaded here; nullopt: it was loaded there, or refused in an orderly way.
std::optional<std::string> probe_fault(const std::string& path);

} // namespace spine::plugin
