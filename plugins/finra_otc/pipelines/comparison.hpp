// A week beside what was there before it: the capture that it would replace, and the weeks before.
// What is compared with is no input: a correction of one week must not make all later ones due.
#pragma once

#include "calc/aggregate.hpp"
#include "calc/quality.hpp"
#include "pipelines/partition.hpp"

#include <optional>
#include <span>
#include <spine/plugin.hpp>
#include <string>
#include <vector>

namespace finra {

/// The comparisons with the weeks before: missing_venues, volume_swing, market_share_shift,
/// zero_volume; and venue_baseline.
struct WithWeeksBefore {
    std::vector<calc::Check> checks;
    calc::Check venue_baseline;
};
WithWeeksBefore
with_weeks_before(const spine::Attempt& attempt, TierWeek of, const calc::Aggregate& aggregate);

/// The comparison of `rows`, those of the input's capture, with the capture that it would replace:
/// the published one of its week. One that is published already and is made anew is compared with
/// what it was compared with before.
struct WithReplacedCapture {
    /// Kept as the output `compared_with` for that; empty: with none. Not there: nothing was
    /// decided.
    std::optional<std::string> capture_id;
    std::vector<calc::Check> checks; ///< calc::loss_checks
};
WithReplacedCapture with_replaced_capture(const spine::Attempt& attempt,
                                          const spine_input& input,
                                          std::span<const VenueVolume> rows);

} // namespace finra
