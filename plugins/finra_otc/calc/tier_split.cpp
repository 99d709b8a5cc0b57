#include "calc/tier_split.hpp"

#include "calc/number.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace finra::calc {

Result<TierSplits> tier_split(std::span<const TierVolumes> present) {
    TierSplits result;
    result.tiers_present = static_cast<std::int64_t>(present.size());
    result.is_complete = present.size() == tiers.size();
    for (const TierVolumes& tier : present)
        for (const SymbolWeek& symbol : tier.symbols)
            result.rows.push_back({symbol.symbol, tier.tier, symbol.volume, std::nullopt});
    std::sort(
        result.rows.begin(), result.rows.end(), [](const TierSplit& left, const TierSplit& right) {
            return std::tie(left.symbol, left.tier) < std::tie(right.symbol, right.tier);
        });

    for (auto begin = result.rows.begin(); begin != result.rows.end();) {
        Quantity total;
        auto end = begin;
        for (; end != result.rows.end() && end->symbol == begin->symbol; ++end) {
            if (end != begin && std::prev(end)->tier == end->tier)
                return Fault{"a tier has " + std::string(end->symbol.view()) + " twice"};
            if (end->tier_volume < 0 || !add(total, end->tier_volume))
                return Fault{"the volumes of " + std::string(end->symbol.view()) +
                             " are negative or do not fit into 64 bits"};
        }
        for (; begin != end; ++begin)
            if (total > 0)
                begin->tier_share = ratio(begin->tier_volume, total);
    }
    return result;
}

} // namespace finra::calc
