/// Values across the boundary: what a plugin gives is checked, what it is given lives in its arena.
#pragma once

#include "plugin/arena.hpp"
#include "spine/abi.h"
#include "unit/unit.hpp"
#include "workflow/catalogue.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spine::plugin {

inline constexpr std::size_t value_bytes_max = std::size_t{64} << 20;
inline constexpr std::uint32_t fields_max = 1000;

// Everything here that reads from a plugin throws Error{usage} for what it cannot accept: null,
// absurd sizes, text that is no UTF-8, numbers that are not finite, types that do not exist.

/// Sound text; `what` names it: "name", "details".
std::string_view
text_from(spine_str text, const char* what, std::size_t bytes_max = value_bytes_max);
/// Sound text that is JSON, or empty.
std::string_view json_text_from(spine_str text, const char* what);
boost::json::value json_from(const spine_value& value);
/// To be bound to a statement or written; borrows the text.
unit::Value bound_from(const spine_value& value);
/// The fields as they were given; names are sound and differ.
std::span<const spine_field> fields_from(const spine_field* fields, std::uint32_t count);
boost::json::object object_from(const spine_field* fields, std::uint32_t count);
/// A partition's values as text.
std::map<std::string, std::string> keys_from(const spine_field* keys, std::uint32_t count);

/// The value, unless a text in it is written like a reference to a secret: what a plugin makes of data may become a
/// parameter, and data must not choose which secrets are given away. `name` is for the message.
boost::json::value unreferring(boost::json::value value, std::string_view name);

/// `type` is the declared one, if there is one; lists and mappings go as JSON text.
spine_value
to_abi(const boost::json::value& value, std::optional<workflow::Type> type, Arena& arena);

} // namespace spine::plugin
