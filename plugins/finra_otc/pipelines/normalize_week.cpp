// The raw rows of a tier's week become the rows that keep the rules.
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/stages.hpp"
#include "pipelines/venue_volume.hpp"

namespace finra {

void plan_normalize_week(spine::Plan& plan) { plan_tier_week(plan, stage::ingested); }

void normalize_week(spine::Attempt& attempt) {
    const spine_input input = input_of(attempt, 0);
    const VenueVolumeCounts counts = rebuild_venue_volume(attempt, input, 0, Rejects::record);
    attempt.reached(input.rowset, static_cast<std::uint64_t>(counts.accepted));
    attempt.output("accepted", counts.accepted)
        .output("rejected", counts.rejected)
        .output("capture_id", spine::view(input.row.capture_id));
    tell(attempt, {counts.accepted, counts.rejected, counts.rows_with_null, counts.raw_rows});
}

} // namespace finra
