#include "pipelines/comparison.hpp"

#include "pipelines/limits.hpp"
#include "pipelines/stages.hpp"
#include "pipelines/venue_volume.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace finra {

namespace {

constexpr int baseline_weeks = 12;

constexpr std::string_view history_is_read =
    "history is read, which is not compared with what came to be known later";

/// AGGREGATED is the stage that publishes, so this is what readers see of the week.
std::optional<spine_manifest_row> published_row(const spine::Attempt& attempt, TierWeek of) {
    const std::string week = iso(of.week);
    return attempt.manifest({{"tier", name(of.tier)}, {"week_ending", week}}, stage::aggregated);
}

std::optional<std::int64_t> aggregated_capture(const spine::Attempt& attempt, TierWeek of) {
    const auto row = published_row(attempt, of);
    return row ? std::optional(row->capture_seq) : std::nullopt;
}

std::vector<VenueShare> shares_of(const spine::Attempt& attempt, std::int64_t capture_seq) {
    std::vector<VenueShare> shares;
    for (auto [mpid, volume, millionths, share] :
         attempt.select<std::string_view, std::int64_t, std::int64_t, std::optional<double>>(
             "SELECT mpid, total_volume, COALESCE(total_volume_millionths, 0), market_share_pct "
             "FROM otc_venue_share WHERE capture_seq = ? ORDER BY mpid",
             capture_seq)) {
        VenueShare of;
        of.mpid = Venue::from(mpid).value_or(Venue{});
        of.total_volume = {volume, millionths};
        of.market_share = share;
        shares.push_back(of);
    }
    return shares;
}

std::vector<std::int64_t> venue_counts_before(const spine::Attempt& attempt, TierWeek of) {
    std::vector<std::int64_t> counts;
    for (int back = 1; back <= baseline_weeks; ++back)
        if (const auto capture = aggregated_capture(attempt, {of.tier, of.week - 7 * back}))
            for (auto [count] : attempt.select<std::int64_t>(
                     "SELECT COUNT(*) FROM otc_venue_share WHERE capture_seq = ?", *capture))
                counts.push_back(count);
    return counts;
}

struct Replaced {
    std::int64_t capture_seq = 0;
    std::string capture_id;
};

std::optional<Replaced> capture_named(const spine::Attempt& attempt, std::string_view metrics) {
    for (auto [seq, id] : attempt.select<std::int64_t, std::string_view>(
             "SELECT capture_seq, capture_id FROM core_captures WHERE capture_id = "
             "json_extract(?, '$.compared_with')",
             metrics))
        return Replaced{seq, std::string(id)};
    return std::nullopt;
}

} // namespace

WithWeeksBefore
with_weeks_before(const spine::Attempt& attempt, TierWeek of, const calc::Aggregate& aggregate) {
    const auto venues = static_cast<std::int64_t>(aggregate.venues.size());
    if (reads_history(attempt, of.tier, of.week)) {
        const std::string why(history_is_read);
        return {calc::week_checks(aggregate.venues, {}, why),
                calc::venue_baseline(venues, {}, why)};
    }
    const auto before = aggregated_capture(attempt, {of.tier, of.week - 7});
    return {calc::week_checks(aggregate.venues,
                              before ? shares_of(attempt, *before) : std::vector<VenueShare>{},
                              "the week before, " + iso(of.week - 7) + ", is not aggregated"),
            calc::venue_baseline(venues,
                                 venue_counts_before(attempt, of),
                                 "none of the " + std::to_string(baseline_weeks) +
                                     " weeks before is aggregated")};
}

WithReplacedCapture with_replaced_capture(const spine::Attempt& attempt,
                                          const spine_input& input,
                                          std::span<const VenueVolume> rows) {
    const TierWeek of = tier_week_of(spine::view(input.row.partition));
    if (reads_history(attempt, of.tier, of.week))
        return {std::nullopt, calc::loss_checks_not_asked(std::string(history_is_read))};
    std::optional<Replaced> replaced;
    if (const auto row = published_row(attempt, of)) {
        const std::string_view metrics = spine::view(row->metrics);
        if (row->capture_seq != input.capture_seq)
            replaced = Replaced{row->capture_seq, std::string(spine::view(row->capture_id))};
        else if (metrics.find(R"("compared_with":)") != std::string_view::npos)
            replaced = capture_named(attempt, metrics);
        else
            return {std::nullopt,
                    calc::loss_checks_not_asked("its readers see this capture already, and what it "
                                                "was compared with before is not kept")};
    }
    if (!replaced)
        return {std::string{},
                calc::loss_checks_not_asked("no capture of this week was published before it")};
    const auto before = read_venue_volume(attempt, replaced->capture_seq, Dates::leave_out);
    auto checks = calc::loss_checks(calc::difference(rows, before), loss_limits(attempt));
    for (calc::Check& check : checks)
        check.details = R"({"compared_with":)" + spine::json_quoted(replaced->capture_id) + "}";
    return {replaced->capture_id, std::move(checks)};
}

} // namespace finra
