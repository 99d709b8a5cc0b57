/// Records as objects for programs, and objects as tables for people.
#pragma once

#include "control/store.hpp"

#include <boost/json/array.hpp>
#include <string>
#include <vector>

namespace spine::cli {

/// One object a row; cells that hold JSON become that JSON. `plain_names`: without the suffix _json.
boost::json::array objects_of(const control::Table& table, bool plain_names = false);

/// Objects with like members as a table for people, with rounded numbers: the preferred columns, or all when there is none of those; columns that are empty everywhere
/// are left out.
control::Table table_of(const boost::json::array& objects, const std::vector<std::string>& preferred);

/// A real number with at most four decimals, or four significant ones below 1, as people read it; anything else as it is.
boost::json::value rounded(const boost::json::value& value);

/// What a JSON text means; null for none and for one that cannot be read.
boost::json::value meant(std::string_view json_text);
/// The same as an object; empty for anything else.
boost::json::object object_meant(std::string_view json_text);

/// The member's text as a cell has it; empty when there is none.
std::string member_text(const boost::json::object& object, std::string_view name);

} // namespace spine::cli
