/// The key that work is about, as canonical JSON: `{"tier":"OTC","week_ending":"2025-12-12"}`.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <string_view>

namespace spine::unit {

/// The one function that makes a partition key: names sorted, no spaces, values as text.
std::string partition_key(const std::map<std::string, std::string>& values);
/// Reads a key in any order and spacing; throws Error{invalid} when it is no flat JSON object of texts.
std::map<std::string, std::string> partition_values(std::string_view key);

struct Partition {
    std::string domain;
    std::string key;

    auto operator<=>(const Partition&) const = default;
};

} // namespace spine::unit
