// The versions of the calculations. A version grows when the same input may give another result; it
// is part of what decides whether a stage is due, so that a new formula makes its stage due again.
#pragma once

#include <string_view>

namespace finra::calc {

inline constexpr std::string_view ingest_version = "1.1.0";
inline constexpr std::string_view normalise_version = "1.1.0";
inline constexpr std::string_view aggregate_version = "1.1.0";
inline constexpr std::string_view rolling_version = "1.1.0";
inline constexpr std::string_view venue_share_version = "1.1.0";
inline constexpr std::string_view hhi_version = "1.1.0";
inline constexpr std::string_view tier_split_version = "1.1.0";

} // namespace finra::calc
