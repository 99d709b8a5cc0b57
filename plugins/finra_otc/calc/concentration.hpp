// How a symbol's volume is spread over its venues: each venue's share, and the Herfindahl-Hirschman
// index.
#pragma once

#include "calc/fault.hpp"
#include "schema/record.hpp"

#include <span>
#include <vector>

namespace finra::calc {

/// One share per row, in the order of the rows; shares of a symbol without volume are absent.
/// `rows` as for `aggregate`.
Result<std::vector<SymbolVenueShare>> symbol_venue_share(std::span<const VenueVolume> rows);

/// One index per symbol, sorted: the sum of its squared shares in the order of the MPIDs. `rows` as
/// for `aggregate`.
Result<std::vector<SymbolHhi>> hhi(std::span<const VenueVolume> rows);

} // namespace finra::calc
