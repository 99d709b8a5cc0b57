/// A file that was not there before.
#pragma once

#include <string>

namespace spine::control {

/// Writes and syncs it. Throws Error{conflict} when something has its name, {not_found} without its folder, {denied}, {unavailable}; nothing is left
/// of what could not be written whole.
void write_new_file(const std::string& file, const std::string& text);

} // namespace spine::control
