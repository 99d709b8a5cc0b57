// The raw rows of a tier's week become the rows that keep the rules.
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/stages.hpp"
#include "pipelines/venue_volume.hpp"

namespace finra {

void plan_normalize_week(spine::Plan& plan) { plan_tier_week(plan, stage::ingested); }

void normalize_week(spine::Attempt& attempt) {
    const spine_input input = input_of(attempt, 0);
    const VenueVolumeCounts counts = rebuild_venue_volume(attempt, input, 0, Rejects::record);
    const double null_rate = counts.raw_rows == 0 ? 0.0
                                                  : static_cast<double>(counts.rows_with_null) /
                                                        static_cast<double>(counts.raw_rows);
    attempt.reached(input.rowset,
                    static_cast<std::uint64_t>(counts.accepted),
                    {{"accepted", counts.accepted},
                     {"rejected", counts.rejected},
                     {"null_count", counts.rows_with_null},
                     {"null_rate", null_rate}});
    attempt.output("accepted", counts.accepted)
        .output("rejected", counts.rejected)
        .output("null_count", counts.rows_with_null)
        .output("null_rate", null_rate)
        .output("capture_id", spine::view(input.row.capture_id));
}

} // namespace finra
