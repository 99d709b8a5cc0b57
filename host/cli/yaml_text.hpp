/// Writes YAML 1.2: block mappings and lists, scalars as JSON writes them, so that no text is taken for something else.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>

namespace spine::cli {

/// Ends with a line feed; every line begins with `indent` blanks.
std::string yaml_text(const boost::json::value& value, std::size_t indent = 0);

} // namespace spine::cli
