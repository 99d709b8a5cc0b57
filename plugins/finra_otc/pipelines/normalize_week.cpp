// The raw rows of a tier's week become the rows that keep the rules.
#include "pipelines/json_text.hpp"
#include "pipelines/limits.hpp"
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
    // Lines that ingest rejected for an empty field count too, and are no raw rows any more. An
    // older capture that is read again has lost that figure.
    const std::string_view told = spine::view(input.row.metrics);
    const auto null_lines = json_integer(told, "null_count");
    const auto data_lines = json_integer(told, "data_lines");
    const bool known = null_lines && data_lines;
    calc::RejectCost cost = counts.cost;
    if (const auto at_ingest = reject_cost_of(told)) {
        cost.rejected_lines += at_ingest->rejected_lines;
        cost.rejected_shares =
            calc::saturating_sum(cost.rejected_shares, at_ingest->rejected_shares);
        cost.lines_without_shares += at_ingest->lines_without_shares;
    }
    record(attempt, calc::reject_checks(cost, reject_limits(attempt)), 0);
    tell(attempt, cost);
    // Last, so that a week that fails has told what it was worth.
    require_rows(counts);
    tell(attempt,
         {.row_count = counts.accepted,
          .reject_count = counts.rejected,
          .null_count = known ? *null_lines : counts.rows_with_null,
          .rows_read = known ? *data_lines : counts.raw_rows});
}

} // namespace finra
