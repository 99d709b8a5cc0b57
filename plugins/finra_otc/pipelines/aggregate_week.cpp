// A tier's week in sums: symbol summaries, venue shares and liquidity scores, with the checks that
// say whether later work may rest on them.
#include "calc/aggregate.hpp"
#include "calc/quality.hpp"
#include "pipelines/comparison.hpp"
#include "pipelines/limits.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/stages.hpp"
#include "pipelines/venue_volume.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace finra {

namespace {

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

std::string broken(std::span<const calc::Check> checks) {
    std::string text;
    for (const calc::Check& check : checks)
        if (check.status == calc::Status::fail)
            text += (text.empty() ? "" : ", ") + check.name + " is " + check.actual +
                    " (expected " + check.expected + ")";
    return text;
}

struct Judged {
    char grade;
    std::optional<std::string> compared_with; ///< as WithReplacedCapture has it
};

/// Records the checks; throws when the week is not to be built upon.
Judged judge(spine::Attempt& attempt,
             const spine_input& input,
             std::span<const VenueVolume> rows,
             const calc::Aggregate& aggregate) {
    const auto basic = calc::aggregate_checks(rows, aggregate);
    auto [compared_with, losses] = with_replaced_capture(attempt, input, rows);
    const auto cost = reject_cost_of(spine::view(input.row.metrics));
    for (calc::Check& check :
         cost ? calc::reject_checks(*cost, reject_limits(attempt))
              : calc::reject_checks_not_asked("what was rejected of this capture is not kept"))
        losses.push_back(std::move(check));
    if (attempt.has("accept_loss") && attempt.flag("accept_loss"))
        calc::accept_losses(losses);
    const auto before =
        with_weeks_before(attempt, tier_week_of(spine::view(input.row.partition)), aggregate);

    std::vector<calc::Check> comparisons = before.checks;
    comparisons.insert(comparisons.end(), losses.begin(), losses.end());
    const char grade = calc::grade(basic, comparisons);
    record(attempt, basic, 0);
    record(attempt, comparisons, 0);
    record(attempt, std::vector{before.venue_baseline, calc::grade_check(grade)}, 0);
    if (before.venue_baseline.status == calc::Status::warn)
        attempt.anomaly(SPINE_SEVERITY_WARN,
                        "COMPLETENESS",
                        "only " + before.venue_baseline.actual + " venues, expected " +
                            before.venue_baseline.expected);
    for (const calc::Check& check : losses)
        if (check.accepted)
            attempt.anomaly(SPINE_SEVERITY_WARN,
                            "QUALITY_GATE",
                            check.name + " is " + check.actual +
                                ", which was accepted by accept_loss",
                            check.details);
    if (grade == 'D')
        attempt.anomaly(SPINE_SEVERITY_WARN, "DATA_QUALITY", "the week's grade is D");
    if (const std::string failed = broken(basic); !failed.empty())
        throw spine::Error{
            SPINE_INVALID_DATA, "the week's grade is F: " + failed, SPINE_RETRY_AFTER_INPUT_CHANGE};
    if (const std::string failed = broken(losses); !failed.empty())
        throw spine::Error{
            SPINE_INVALID_DATA,
            "the week's grade is F: " + failed + "; nothing of this capture is published",
            SPINE_RETRY_AFTER_INPUT_CHANGE,
            0,
            R"({"category":"QUALITY_GATE","hint":)" +
                spine::json_quoted(
                    "give ingest_week the whole, correct file; if the loss is right, "
                    "say so: -p accept_loss=true") +
                "}"};
    return {grade, std::move(compared_with)};
}

} // namespace

void plan_aggregate_week(spine::Plan& plan) { plan_tier_week(plan, stage::normalized); }

void aggregate_week(spine::Attempt& attempt) {
    const spine_input input = input_of(attempt, 0);
    const auto rows = read_venue_volume(attempt, input, Dates::read);
    const calc::Aggregate aggregate = calculated(calc::aggregate(rows));
    const auto [grade, compared_with] = judge(attempt, input, rows, aggregate);
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
    if (compared_with)
        attempt.output("compared_with", std::string_view(*compared_with));
    tell(attempt, {.row_count = symbols, .rows_read = static_cast<std::int64_t>(rows.size())});
}

} // namespace finra
