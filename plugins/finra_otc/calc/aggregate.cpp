#include "calc/aggregate.hpp"

#include "calc/number.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace finra::calc {

namespace {

Fault overflow(std::string_view what, std::string_view whose) {
    return {"the " + std::string(what) + " of " + std::string(whose) +
            " does not fit into 64 bits"};
}

/// Averages and scores of a summary whose sums are done; false if one does not fit.
bool finish(SymbolSummary& symbol) {
    if (symbol.total_trades == 0)
        return true;
    const auto average = narrow(average_hundredths(symbol.total_volume, symbol.total_trades));
    if (!average)
        return false;
    symbol.avg_trade_size_hundredths = average;
    symbol.liquidity_score_hundredths = narrow(int128{*average} * symbol.venue_count);
    return symbol.liquidity_score_hundredths.has_value();
}

void rank(std::vector<VenueShare>& venues) {
    std::vector<VenueShare*> order;
    order.reserve(venues.size());
    for (VenueShare& venue : venues)
        order.push_back(&venue);
    std::sort(order.begin(), order.end(), [](const VenueShare* left, const VenueShare* right) {
        return std::tie(right->total_volume, left->mpid) <
               std::tie(left->total_volume, right->mpid);
    });
    std::int64_t place = 0;
    for (VenueShare* venue : order)
        venue->rank = ++place;
}

} // namespace

bool is_sound(std::span<const VenueVolume> rows) {
    const auto not_before = [](const VenueVolume& left, const VenueVolume& right) {
        return std::tie(left.symbol, left.mpid) >= std::tie(right.symbol, right.mpid);
    };
    return std::adjacent_find(rows.begin(), rows.end(), not_before) == rows.end() &&
           std::all_of(rows.begin(), rows.end(), [](const VenueVolume& row) {
               return row.shares >= 0 && row.trades >= 0;
           });
}

Result<Aggregate> aggregate(std::span<const VenueVolume> rows) {
    if (!is_sound(rows))
        return Fault{
            "the rows are not sorted by symbol and MPID, repeat one, or hold a negative number"};

    Aggregate result;
    for (const VenueVolume& row : rows) {
        if (result.symbols.empty() || result.symbols.back().symbol != row.symbol) {
            if (!result.symbols.empty() && !finish(result.symbols.back()))
                return overflow("average trade size or liquidity score",
                                result.symbols.back().symbol.view());
            result.symbols.push_back({.symbol = row.symbol});
        }
        SymbolSummary& symbol = result.symbols.back();
        if (!add(symbol.total_volume, row.shares) || !add(symbol.total_trades, row.trades))
            return overflow("sum", row.symbol.view());
        ++symbol.venue_count;
        symbol.last_update = std::max(symbol.last_update, row.last_update);

        auto venue = std::lower_bound(
            result.venues.begin(),
            result.venues.end(),
            row.mpid,
            [](const VenueShare& share, const Venue& key) { return share.mpid < key; });
        if (venue == result.venues.end() || venue->mpid != row.mpid)
            venue = result.venues.insert(venue, {.mpid = row.mpid});
        if (!add(venue->total_volume, row.shares) || !add(venue->total_trades, row.trades))
            return overflow("sum", row.mpid.view());
        ++venue->symbol_count;

        if (!add(result.total_volume, row.shares) || !add(result.total_trades, row.trades))
            return overflow("sum", "the tier");
    }
    if (!result.symbols.empty() && !finish(result.symbols.back()))
        return overflow("average trade size or liquidity score",
                        result.symbols.back().symbol.view());

    for (VenueShare& venue : result.venues)
        if (result.total_volume > 0)
            venue.market_share = ratio(venue.total_volume, result.total_volume);
    rank(result.venues);
    return result;
}

} // namespace finra::calc
