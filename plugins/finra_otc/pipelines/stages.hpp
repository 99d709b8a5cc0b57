// The stages of a tier's week (and TIER_SPLIT of a week), in the order of their ranks.
#pragma once

#include <string_view>

namespace finra::stage {

inline constexpr std::string_view ingested = "INGESTED";
inline constexpr std::string_view normalized = "NORMALIZED";
inline constexpr std::string_view aggregated = "AGGREGATED";
inline constexpr std::string_view rolling = "ROLLING";
inline constexpr std::string_view venue_volume = "VENUE_VOLUME";
inline constexpr std::string_view venue_share = "VENUE_SHARE";
inline constexpr std::string_view hhi = "HHI";
inline constexpr std::string_view tier_split = "TIER_SPLIT";

} // namespace finra::stage
