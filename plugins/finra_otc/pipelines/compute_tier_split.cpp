// How each symbol's week is split over the tiers that are there.
#include "calc/number.hpp"
#include "calc/tier_split.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/stages.hpp"

namespace finra {

namespace {

/// The symbols of a tier. They are summed where they are stored, for the split asks for nothing but
/// sums, and in parts, for a sum of 64 bits may overflow there.
calc::TierVolumes volumes_of(const spine::Attempt& attempt, const spine_input& input) {
    constexpr std::int64_t billion = 1'000'000'000;
    calc::TierVolumes volumes;
    volumes.tier = tier_week_of(spine::view(input.row.partition)).tier;
    for (auto [text, billions, rest, millionths] :
         attempt.select<std::string_view, std::int64_t, std::int64_t, std::int64_t>(
             "SELECT symbol, CAST(SUM(total_shares / 1000000000) AS BIGINT), "
             "CAST(SUM(total_shares % 1000000000) AS BIGINT), "
             "CAST(SUM(COALESCE(total_shares_millionths, 0)) AS BIGINT) FROM otc_venue_volume "
             "WHERE capture_seq = ? GROUP BY symbol ORDER BY symbol",
             input.capture_seq)) {
        const auto symbol = Symbol::from(text);
        const auto total = quantity_from_millionths(
            (int128{billions} * billion + rest) * millionths_in_one + millionths);
        if (!symbol || !total)
            throw error(SPINE_INVALID_DATA,
                        "the sum of '" + std::string(text) +
                            "' does not fit into 64 bits, or it is no symbol",
                        "look at its rows in otc_venue_volume");
        volumes.symbols.push_back({*symbol, *total, 0});
    }
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
                                std::int64_t,
                                std::optional<double>,
                                std::int64_t,
                                bool>(
        "otc_tier_split",
        rowset,
        "symbol|tier|tier_volume|tier_volume_millionths|tier_share|tiers_present|is_complete");
    for (const TierSplit& row : split.rows)
        rows.add(row.symbol.view(),
                 name(row.tier),
                 row.tier_volume.shares,
                 row.tier_volume.millionths,
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
