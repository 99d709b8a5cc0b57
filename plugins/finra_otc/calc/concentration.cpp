#include "calc/concentration.hpp"

#include "calc/aggregate.hpp"
#include "calc/number.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace finra::calc {

namespace {

/// Calls `each(rows of one symbol, their total)` for every symbol; a fault if a total does not fit
/// or the rows are not sound.
template <class Each>
std::optional<Fault> for_each_symbol(std::span<const VenueVolume> rows, Each each) {
    if (!is_sound(rows))
        return Fault{
            "the rows are not sorted by symbol and MPID, repeat one, or hold a negative number"};
    while (!rows.empty()) {
        Quantity total;
        std::size_t count = 0;
        for (; count < rows.size() && rows[count].symbol == rows.front().symbol; ++count)
            if (!add(total, rows[count].shares))
                return Fault{"the sum of " + std::string(rows.front().symbol.view()) +
                             " does not fit into 64 bits"};
        each(rows.first(count), total);
        rows = rows.subspan(count);
    }
    return std::nullopt;
}

} // namespace

Result<std::vector<SymbolVenueShare>> symbol_venue_share(std::span<const VenueVolume> rows) {
    std::vector<SymbolVenueShare> shares;
    shares.reserve(rows.size());
    auto fault = for_each_symbol(rows, [&](std::span<const VenueVolume> symbol, Quantity total) {
        for (const VenueVolume& row : symbol)
            shares.push_back({row.symbol,
                              row.mpid,
                              row.shares,
                              total > 0 ? std::optional(ratio(row.shares, total)) : std::nullopt});
    });
    if (fault)
        return *fault;
    return shares;
}

Result<std::vector<SymbolHhi>> hhi(std::span<const VenueVolume> rows) {
    std::vector<SymbolHhi> indices;
    auto fault = for_each_symbol(rows, [&](std::span<const VenueVolume> symbol, Quantity total) {
        SymbolHhi index{.symbol = symbol.front().symbol,
                        .hhi = std::nullopt,
                        .venue_count = static_cast<std::int64_t>(symbol.size())};
        if (total > 0) {
            double sum = 0;
            for (const VenueVolume& row : symbol) {
                const double share = ratio(row.shares, total);
                sum += share * share;
            }
            // Rounding may carry a sum of many shares past the bounds that mathematics sets.
            index.hhi = std::min(sum, 1.0);
        }
        indices.push_back(index);
    });
    if (fault)
        return *fault;
    return indices;
}

} // namespace finra::calc
