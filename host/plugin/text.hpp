/// Text that comes from the other side of the boundary: is it sound, is it a name, and how is it
/// shown to a person.
#pragma once

#include "spine/abi.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::plugin {

/// Whether all of it is well-formed UTF-8; plain ASCII is decided eight bytes at a time.
bool is_utf8(std::string_view text) noexcept;
bool is_ascii(std::string_view text) noexcept;

/// The text if the pointer can be one: not null unless empty, and no longer than `bytes_max`.
std::optional<std::string_view> view_of(spine_str text, std::size_t bytes_max) noexcept;

/// At most so many bytes, cut between two characters.
std::string_view cut(std::string_view text, std::size_t bytes_max) noexcept;
/// For one line of a terminal or a log: control characters and broken bytes become `\n`, `\x1b`;
/// cut at `bytes_max`.
std::string escaped(std::string_view text, std::size_t bytes_max);
/// The text in quotes, escaped, short enough for a sentence.
std::string quoted(std::string_view text);

/// The parts of "a | b", without surrounding blanks; none of an empty text.
std::vector<std::string> split_bars(std::string_view text);

/// `[a-z][a-z0-9_]{0,62}`
bool is_name(std::string_view text) noexcept;
/// Names joined by dots, at most 200 bytes.
bool is_dotted_name(std::string_view text) noexcept;
/// `[a-z][a-z0-9_.-]{0,62}`
bool is_plugin_id(std::string_view text) noexcept;
/// `[A-Z][A-Z0-9_]{0,62}`
bool is_stage_name(std::string_view text) noexcept;
/// Semantic version 2.0.0
bool is_semantic_version(std::string_view text) noexcept;

} // namespace spine::plugin
