/// Reads the texts of a plugin's tables; what they say becomes the catalogue's values.
#pragma once

#include "plugin/refusal.hpp"
#include "plugin/sized.hpp"
#include "plugin/text.hpp"
#include "spine/abi.h"
#include "workflow/catalogue.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spine::plugin {

inline constexpr std::size_t name_bytes_max = 256;
inline constexpr std::size_t line_bytes_max = 4096;
inline constexpr std::size_t sql_bytes_max = 65'536;

/// One line of text; `what` names it in the refusal: "the title of pipeline 'x'".
std::string
line_of(spine_str text, const std::string& what, std::size_t bytes_max = line_bytes_max);
/// A text that may have several lines.
std::string prose_of(spine_str text, const std::string& what, std::size_t bytes_max);
/// A text that must pass `is_sound`; `form` says what that is.
std::string name_of(spine_str text,
                    const std::string& what,
                    bool (*is_sound)(std::string_view) noexcept,
                    const char* form);
/// '|'-separated names without repetition.
std::vector<std::string> names_of(spine_str text,
                                  const std::string& what,
                                  bool (*is_sound)(std::string_view) noexcept,
                                  const char* form);

inline constexpr const char* name_form = "[a-z][a-z0-9_]{0,62}";
inline constexpr const char* stage_form = "[A-Z][A-Z0-9_]{0,62}";
inline constexpr const char* dotted_form = "names of [a-z][a-z0-9_]{0,62} joined by dots";

/// `owner` names the table in the refusal: "pipeline 'ingest_week'".
std::vector<workflow::Parameter> parameters_of(const spine_table& table, const std::string& owner);

/// The migrations with their checksums. Datasets and views belong to one of `domains`; each step
/// fits what the steps before it have made.
std::vector<workflow::Migration> migrations_of(const spine_table& table,
                                               const std::string& plugin,
                                               const std::vector<workflow::Domain>& domains);

/// Over what the steps do to the store: names, columns, types, keys and SQL; neither titles nor
/// descriptions.
std::string checksum(const workflow::Migration& migration);

} // namespace spine::plugin
