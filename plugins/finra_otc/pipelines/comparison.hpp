// A week beside what was there before it: the capture that it would replace, and the weeks before.
// What is compared with is no input: a correction of one week must not make all later ones due.
#pragma once

#include "calc/aggregate.hpp"
#include "calc/quality.hpp"
#include "pipelines/partition.hpp"

#include <span>
#include <spine/plugin.hpp>
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

/// The comparison of `rows`, those of the input's capture, with the newest capture before it that
/// was aggregated: calc::loss_checks.
std::vector<calc::Check> with_replaced_capture(const spine::Attempt& attempt,
                                               const spine_input& input,
                                               std::span<const VenueVolume> rows);

} // namespace finra
