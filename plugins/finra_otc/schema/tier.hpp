// The three tiers in which FINRA publishes, their one canonical name, and the spellings under which
// they arrive.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace finra {

/// In the order of every list.
enum class Tier : std::uint8_t { nms_tier_1, nms_tier_2, otc };

inline constexpr std::array<Tier, 3> tiers{Tier::nms_tier_1, Tier::nms_tier_2, Tier::otc};

/// For messages: what a tier may be called.
inline constexpr std::string_view valid_tiers = "NMS_TIER_1, NMS_TIER_2, OTC";

/// The canonical name: `NMS_TIER_1`, `NMS_TIER_2`, `OTC`.
std::string_view name(Tier tier);

/// The tier as FINRA's file names spell it: `tier1`, `tier2`, `otc`.
std::string_view file_name(Tier tier);

/// The tier that a published or typed text means: a canonical name, `NMS Tier 1`, `tier1`, `T1`,
/// `OTC Other` and their like, in any case. A text that could mean two, or none, is nullopt:
/// nothing is ever guessed to be OTC.
std::optional<Tier> tier_from_text(std::string_view text);

} // namespace finra
