// How a symbol's week is split over the tiers.
#pragma once

#include "calc/fault.hpp"
#include "schema/record.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace finra::calc {

/// One tier's symbols, sorted by symbol, each once.
struct TierVolumes {
    Tier tier = Tier::nms_tier_1;
    std::vector<SymbolWeek> symbols;
};

struct TierSplits {
    /// Sorted by symbol, then tier; a symbol has a row for each tier that trades it.
    std::vector<TierSplit> rows;
    std::int64_t tiers_present = 0;
    /// Whether all three tiers are present.
    bool is_complete = false;

    bool operator==(const TierSplits&) const = default;
};

/// `present` holds each tier of the week that is there, once, whether or not it has symbols.
Result<TierSplits> tier_split(std::span<const TierVolumes> present);

} // namespace finra::calc
