/// What came out of a step, in one line.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace spine::cli {

/// Why it is as it is, when it says so; else the rows of a pipeline or the outputs of anything else. Lists are told by their length, what
/// is empty or has several lines is left out, at most 6 values and 240 columns are shown.
std::string outcome_text(std::string_view type, const std::string& reason, const boost::json::object& output);

} // namespace spine::cli
