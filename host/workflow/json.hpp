/// JSON text in and out without losing digits: Boost.JSON 1.81 misreads some doubles and prints others oddly, so numbers
/// pass through std::from_chars and std::to_chars here.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace spine::workflow {

/// Compact text; object members in their order. Reals by shortest round-trip text, always with a '.' or exponent.
std::string json_text(const boost::json::value& value);
/// The same with sorted members at every level, so that equal values have equal texts.
std::string canonical_json(const boost::json::value& value);
/// Throws Error{invalid} with the position for text that is no JSON, deeper than 64, or over 4 MiB.
boost::json::value json_from(std::string_view text);

} // namespace spine::workflow
