/// How much a value holds, for limits on what is copied.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>

namespace spine::workflow {

/// About the bytes of `value`; more than `limit`, and no exact number, as soon as it is past that.
std::size_t weight(const boost::json::value& value, std::size_t limit);

} // namespace spine::workflow
