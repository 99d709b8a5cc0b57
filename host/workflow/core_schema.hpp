/// What plain scalars of YAML mean, by the core schema of YAML 1.2.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace spine::workflow {

/// What a scalar means by the core schema of YAML 1.2, or why it means nothing that can be kept.
struct ScalarFault {
    std::string message;
    std::string hint;
};
std::variant<boost::json::value, ScalarFault> core_schema(std::string_view plain);
/// Whether a text needs quotes to be read as text.
bool reads_as_text(std::string_view plain);

} // namespace spine::workflow
