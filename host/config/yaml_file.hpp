/// Reads a configuration file: YAML mappings of plain values, nothing else.
///
/// yaml-cpp's node tree accepts duplicate keys and cyclic anchors without a word, therefore its parser events are read.
#pragma once

#include "config/fault.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spine::config {

/// One value with the names that lead to it.
struct Entry {
    std::vector<std::string> path;
    std::string value;
    long line = 0;
    long column = 0;
    bool mapping = false; ///< there is no value: the names lead to an empty mapping

    bool operator==(const Entry&) const = default;
};

/// Entries in the order of the text, or every fault that was found. `file` is for the faults. Refused: lists, aliases,
/// anchors, tags, a second document, the same key twice, more than 16 levels.
std::variant<std::vector<Entry>, Faults> read_yaml(std::string_view text, const std::string& file);

/// What a file is to somebody who cannot have it.
struct FileKind {
    std::string what = "configuration file";
    std::size_t bytes_max = std::size_t{1} << 20;
    std::string hint = "check --config and SPINE_CONFIG"; ///< when it is not there
};
/// A file's text. Throws Error{not_found} when it is not there, {denied} when it may not be read, {invalid} when it is no
/// regular file or too large.
std::string read_file(const std::string& file, const FileKind& kind = {});

} // namespace spine::config
