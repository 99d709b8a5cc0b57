/// A second, plain way to evaluate an expression, written from the text of `expression.hpp` only: it reads and computes in one go, with
/// integers without bounds and long doubles. For differential tests.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string_view>

namespace spine::test {

/// The value, or nullopt for any fault. Knows no limits of length and depth.
std::optional<boost::json::value>
reference_value(std::string_view text, const boost::json::object& params, const boost::json::object& outputs);

} // namespace spine::test
