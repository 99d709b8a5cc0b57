// The little JSON that the domain writes (lists of texts) and reads (lists of texts, figures of a
// stage).
#pragma once

#include "schema/record.hpp"
#include "schema/refusal.hpp"
#include "schema/tier.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace finra {

/// `["a","b"]`
std::string json_list(const std::vector<std::string>& texts);

/// A list of texts, none of which needs an escape (weeks, symbols); nullopt if it is none.
std::optional<std::vector<std::string>> texts_from_json(std::string_view json);

/// The member `name` of an object of plain values, if it is an integer.
std::optional<std::int64_t> json_integer(std::string_view json, std::string_view name);

/// The symbols in `json`, sorted, each once: a list of texts, or a mapping of tiers to such lists,
/// of which that of `tier` counts (none, if it is not there).
Answer<std::vector<Symbol>> expected_symbols(std::string_view json, Tier tier);

} // namespace finra
