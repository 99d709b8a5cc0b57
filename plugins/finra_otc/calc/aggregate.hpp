// A tier's week in sums: one summary per symbol with its liquidity, one share per venue with its
// rank.
#pragma once

#include "calc/fault.hpp"
#include "schema/record.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace finra::calc {

struct Aggregate {
    /// Sorted by symbol.
    std::vector<SymbolSummary> symbols;
    /// Sorted by MPID.
    std::vector<VenueShare> venues;
    Quantity total_volume{};
    std::int64_t total_trades = 0;

    bool operator==(const Aggregate&) const = default;
};

/// `rows` are sorted by symbol, then MPID, each pair once, no number negative; other rows, and sums
/// that do not fit into 64 bits, are a fault.
Result<Aggregate> aggregate(std::span<const VenueVolume> rows);

/// Whether `rows` are sorted by symbol, then MPID, each pair once, with no negative number.
bool is_sound(std::span<const VenueVolume> rows);

} // namespace finra::calc
