// How each symbol's week is split over the tiers that are there.
#include "calc/aggregate.hpp"
#include "calc/tier_split.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/stages.hpp"
#include "pipelines/venue_volume.hpp"

namespace finra {

namespace {

calc::TierVolumes volumes_of(const spine::Attempt& attempt, const spine_input& input) {
    calc::TierVolumes volumes;
    volumes.tier = tier_week_of(spine::view(input.row.partition)).tier;
    const calc::Aggregate aggregate =
        calculated(calc::aggregate(read_venue_volume(attempt, input, Dates::leave_out)));
    for (const SymbolSummary& symbol : aggregate.symbols)
        volumes.symbols.push_back({symbol.symbol, symbol.total_volume, symbol.total_trades});
    return volumes;
}

} // namespace

void plan_compute_tier_split(spine::Plan& plan) {
    const Date week = given_week(plan);
    plan_history(plan, std::nullopt, week);
    const std::string week_text = iso(week);
    const std::uint32_t output = plan.output({{"week_ending", week_text}});
    bool any = false;
    for (const Tier tier : tiers)
        any = plan.uses(
                  {{"tier", name(tier)}, {"week_ending", week_text}}, stage::normalized, output) ||
              any;
    if (!any)
        throw missing_stage(stage::normalized, week_text);
}

void compute_tier_split(spine::Attempt& attempt) {
    std::vector<calc::TierVolumes> present;
    std::vector<std::string> names;
    for (const spine_input& input : inputs_of(attempt, 0)) {
        present.push_back(volumes_of(attempt, input));
        names.emplace_back(name(present.back().tier));
    }
    const calc::TierSplits split = calculated(calc::tier_split(present));

    const spine_rowset rowset = attempt.derived();
    auto rows = attempt.replace<std::string_view,
                                std::string_view,
                                std::int64_t,
                                std::optional<double>,
                                std::int64_t,
                                bool>(
        "otc_tier_split", rowset, "symbol|tier|tier_volume|tier_share|tiers_present|is_complete");
    for (const TierSplit& row : split.rows)
        rows.add(row.symbol.view(),
                 name(row.tier),
                 row.tier_volume,
                 row.tier_share,
                 split.tiers_present,
                 split.is_complete);
    const std::string actual = std::to_string(split.tiers_present);
    attempt.check("tiers_present",
                  SPINE_COMPLETENESS_CHECK,
                  split.is_complete ? SPINE_CHECK_PASS : SPINE_CHECK_WARN,
                  actual,
                  "3");
    if (!split.is_complete)
        attempt.anomaly(SPINE_SEVERITY_ERROR,
                        "INCOMPLETE_INPUT",
                        "the tier split is made from " + actual + " of 3 tiers");
    attempt.reached(rowset, rows.finish());
    tell(attempt, {.row_count = static_cast<std::int64_t>(split.rows.size())});
    attempt.output("tiers_present", split.tiers_present).output("is_complete", split.is_complete);
}

} // namespace finra
