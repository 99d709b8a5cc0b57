// otc_venue_volume again from the raw rows, by the function that normalize_week uses.
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/stages.hpp"
#include "pipelines/venue_volume.hpp"

namespace finra {

void plan_from_normalized(spine::Plan& plan) {
    const Date week = given_week(plan);
    plan_history(plan, given_tier(plan), week);
    const std::string week_text = iso(week);
    for (const Tier tier : tiers_to_do(plan, week, stage::normalized)) {
        const std::uint32_t output =
            plan.output({{"tier", name(tier)}, {"week_ending", week_text}});
        plan.needs({{"tier", name(tier)}, {"week_ending", week_text}}, stage::normalized, output);
    }
}

void compute_venue_volume(spine::Attempt& attempt) {
    std::int64_t accepted = 0;
    for (std::uint32_t output = 0; output < attempt.output_count(); ++output) {
        const spine_input input = input_of(attempt, output);
        const VenueVolumeCounts counts =
            rebuild_venue_volume(attempt, input, output, Rejects::pass_over);
        require_rows(counts);
        attempt.reached(input.rowset,
                        static_cast<std::uint64_t>(counts.accepted),
                        {{"row_count", counts.accepted}},
                        output);
        accepted += counts.accepted;
    }
    tell(attempt, {.row_count = accepted});
    attempt.output("partitions", attempt.output_count());
}

} // namespace finra
