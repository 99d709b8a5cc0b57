#include "unit/partition.hpp"

#include "error.hpp"
#include "workflow/json.hpp"

#include <boost/json/object.hpp>

namespace spine::unit {

std::string partition_key(const std::map<std::string, std::string>& values) {
    boost::json::object key;
    for (const auto& [name, value] : values)
        key[name] = value;
    return workflow::canonical_json(key);
}

std::map<std::string, std::string> partition_values(std::string_view key) {
    const auto parsed = workflow::json_from(key);
    if (!parsed.is_object())
        throw Error{ErrorCode::invalid,
                    "partition '" + std::string{key} + "' is no JSON object",
                    R"(write it as {"tier":"OTC","week_ending":"2025-12-12"})"};
    std::map<std::string, std::string> values;
    for (const auto& member : parsed.get_object()) {
        if (!member.value().is_string())
            throw Error{ErrorCode::invalid,
                        "partition '" + std::string{key} + "': '" + std::string{member.key()} +
                            "' is no text"};
        values.emplace(member.key(), std::string{member.value().get_string()});
    }
    return values;
}

} // namespace spine::unit
