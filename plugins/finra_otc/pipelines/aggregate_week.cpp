// A tier's week in sums: symbol summaries, venue shares and liquidity scores, with the checks that
// say whether later work may rest on them.
#include "calc/aggregate.hpp"
#include "calc/quality.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/stages.hpp"
#include "pipelines/venue_volume.hpp"

#include <string>

namespace finra {

namespace {

constexpr int baseline_weeks = 12;

/// The capture of which the tier's week shows its shares at the moment, or nullopt. What is
/// compared with is no input: a corrected week must not make all weeks after it due.
std::optional<std::int64_t> aggregated_capture(const spine::Attempt& attempt, TierWeek of) {
    const std::string week = iso(of.week);
    // History is not compared with what came to be known later.
    if (attempt.has("as_of") || attempt.has("capture_id"))
        return std::nullopt;
    const auto row =
        attempt.manifest({{"tier", name(of.tier)}, {"week_ending", week}}, stage::aggregated);
    return row ? std::optional(row->capture_seq) : std::nullopt;
}

std::vector<VenueShare> shares_of(const spine::Attempt& attempt, std::int64_t capture_seq) {
    std::vector<VenueShare> shares;
    for (auto [mpid, volume, millionths, share] :
         attempt.select<std::string_view, std::int64_t, std::int64_t, std::optional<double>>(
             "SELECT mpid, total_volume, COALESCE(total_volume_millionths, 0), market_share_pct "
             "FROM otc_venue_share "
             "WHERE capture_seq = ? ORDER BY mpid",
             capture_seq)) {
        VenueShare of;
        of.mpid = Mpid::from(mpid).value_or(Mpid{});
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

void write(spine::Attempt& attempt, spine_rowset rowset, const calc::Aggregate& aggregate) {
    DateText last_update;
    auto summaries = attempt.replace<std::string_view,
                                     std::int64_t,
                                     std::int64_t,
                                     std::int64_t,
                                     std::int64_t,
                                     std::optional<double>,
                                     std::optional<std::string_view>>(
        "otc_symbol_summary",
        rowset,
        "symbol|total_volume|total_volume_millionths|total_trades|venue_count|avg_trade_size|"
        "source_last_update_date");
    for (const SymbolSummary& symbol : aggregate.symbols)
        summaries.add(symbol.symbol.view(),
                      symbol.total_volume.shares,
                      symbol.total_volume.millionths,
                      symbol.total_trades,
                      symbol.venue_count,
                      decimal(symbol.avg_trade_size_hundredths),
                      last_update.of(symbol.last_update));
    summaries.finish();

    auto shares = attempt.replace<std::string_view,
                                  std::int64_t,
                                  std::int64_t,
                                  std::int64_t,
                                  std::int64_t,
                                  std::optional<double>,
                                  std::int64_t>(
        "otc_venue_share",
        rowset,
        "mpid|total_volume|total_volume_millionths|total_trades|symbol_count|market_share_pct|"
        "rank");
    for (const VenueShare& venue : aggregate.venues)
        shares.add(venue.mpid.view(),
                   venue.total_volume.shares,
                   venue.total_volume.millionths,
                   venue.total_trades,
                   venue.symbol_count,
                   venue.market_share,
                   venue.rank);
    shares.finish();

    auto scores = attempt.replace<std::string_view,
                                  std::optional<double>,
                                  std::int64_t,
                                  std::int64_t,
                                  std::int64_t,
                                  std::int64_t,
                                  std::optional<double>>(
        "otc_liquidity_score",
        rowset,
        "symbol|liquidity_score|total_volume|total_volume_millionths|total_trades|venue_count|"
        "avg_trade_size");
    for (const SymbolSummary& symbol : aggregate.symbols)
        scores.add(symbol.symbol.view(),
                   decimal(symbol.liquidity_score_hundredths),
                   symbol.total_volume.shares,
                   symbol.total_volume.millionths,
                   symbol.total_trades,
                   symbol.venue_count,
                   decimal(symbol.avg_trade_size_hundredths));
    scores.finish();
}

/// Records the checks and returns the grade; throws when the week is not to be built upon.
char judge(spine::Attempt& attempt,
           TierWeek of,
           std::span<const VenueVolume> rows,
           const calc::Aggregate& aggregate) {
    const auto basic = calc::aggregate_checks(rows, aggregate);
    const auto before = aggregated_capture(attempt, {of.tier, of.week - 7});
    const auto compared = calc::week_checks(
        aggregate.venues, before ? shares_of(attempt, *before) : std::vector<VenueShare>{});
    const calc::Check baseline = calc::venue_baseline(
        static_cast<std::int64_t>(aggregate.venues.size()), venue_counts_before(attempt, of));
    const char grade = calc::grade(basic, compared);
    record(attempt, basic, 0);
    record(attempt, compared, 0);
    record(attempt, std::vector{baseline, calc::grade_check(grade)}, 0);
    if (baseline.status != calc::Status::pass)
        attempt.anomaly(SPINE_SEVERITY_WARN,
                        "COMPLETENESS",
                        "only " + baseline.actual + " venues, expected " + baseline.expected);
    if (grade == 'D')
        attempt.anomaly(SPINE_SEVERITY_WARN, "DATA_QUALITY", "the week's grade is D");
    if (grade != 'F')
        return grade;
    std::string failed;
    for (const calc::Check& check : basic)
        if (check.status == calc::Status::fail)
            failed += (failed.empty() ? "" : ", ") + check.name + " is " + check.actual +
                      " (expected " + check.expected + ")";
    throw spine::Error{
        SPINE_INVALID_DATA, "the week's grade is F: " + failed, SPINE_RETRY_AFTER_INPUT_CHANGE};
}

} // namespace

void plan_aggregate_week(spine::Plan& plan) { plan_tier_week(plan, stage::normalized); }

void aggregate_week(spine::Attempt& attempt) {
    const spine_input input = input_of(attempt, 0);
    const TierWeek of = tier_week_of(spine::view(input.row.partition));
    const auto rows = read_venue_volume(attempt, input, Dates::read);
    const calc::Aggregate aggregate = calculated(calc::aggregate(rows));
    const char grade = judge(attempt, of, rows, aggregate);
    write(attempt, input.rowset, aggregate);

    const auto symbols = static_cast<std::int64_t>(aggregate.symbols.size());
    const auto venues = static_cast<std::int64_t>(aggregate.venues.size());
    const std::string_view grade_text(&grade, 1);
    attempt.reached(input.rowset, aggregate.symbols.size());
    attempt.output("symbols", symbols)
        .output("venues", venues)
        .output("total_volume", aggregate.total_volume.shares)
        .output("total_volume_millionths", aggregate.total_volume.millionths)
        .output("total_trades", aggregate.total_trades)
        .output("grade", grade_text)
        .output("capture_id", spine::view(input.row.capture_id));
    tell(attempt, {.row_count = symbols, .rows_read = static_cast<std::int64_t>(rows.size())});
}

} // namespace finra
