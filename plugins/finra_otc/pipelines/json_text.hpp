// The little JSON that the domain writes (lists of texts) and reads (expected symbols).
#pragma once

#include "schema/record.hpp"
#include "schema/refusal.hpp"
#include "schema/tier.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace finra {

/// `"a"`
std::string json_text(std::string_view text);

/// `["a","b"]`
std::string json_list(const std::vector<std::string>& texts);

/// The symbols in `json`, sorted, each once: a list of texts, or a mapping of tiers to such lists,
/// of which that of `tier` counts (none, if it is not there).
Answer<std::vector<Symbol>> expected_symbols(std::string_view json, Tier tier);

} // namespace finra
