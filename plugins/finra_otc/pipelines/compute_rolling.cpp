// Six weeks of each symbol, ending with a given one.
#include "calc/quality.hpp"
#include "calc/rolling.hpp"
#include "pipelines/json_text.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/stages.hpp"

#include <algorithm>
#include <string>

namespace finra {

namespace {

/// How many symbols an anomaly lists.
constexpr std::size_t listed_max = 50;

calc::OnIncomplete on_incomplete(const spine::Attempt& attempt) {
    return calc::on_incomplete_from_text(attempt.text("on_incomplete"))
        .value_or(calc::OnIncomplete::partial);
}

std::vector<SymbolWeek> symbols_of(const spine::Attempt& attempt, std::int64_t capture_seq) {
    std::vector<SymbolWeek> symbols;
    for (auto [symbol, volume, millionths, trades] :
         attempt.select<std::string_view, std::int64_t, std::int64_t, std::int64_t>(
             "SELECT symbol, total_volume, COALESCE(total_volume_millionths, 0), total_trades "
             "FROM otc_symbol_summary WHERE capture_seq = ? ORDER BY symbol",
             capture_seq))
        symbols.push_back({Symbol::from(symbol).value_or(Symbol{}), {volume, millionths}, trades});
    return symbols;
}

/// The weeks of an output's window that are there, the oldest first.
std::vector<calc::WindowWeek> window_of(const spine::Attempt& attempt, std::uint32_t output) {
    std::vector<calc::WindowWeek> window;
    for (const spine_input& input : inputs_of(attempt, output))
        window.push_back({tier_week_of(spine::view(input.row.partition)).week,
                          symbols_of(attempt, input.capture_seq)});
    std::sort(window.begin(), window.end(), [](const auto& left, const auto& right) {
        return left.week_ending < right.week_ending;
    });
    return window;
}

/// Tells of weeks that the window lacks, or of symbols that lack weeks although all are there.
void tell_of_gaps(spine::Attempt& attempt,
                  std::size_t weeks,
                  const calc::Rolling& rolling,
                  calc::OnIncomplete on_incomplete,
                  std::uint32_t output) {
    if (weeks < calc::window_weeks) {
        attempt.anomaly(on_incomplete == calc::OnIncomplete::partial ? SPINE_SEVERITY_WARN
                                                                     : SPINE_SEVERITY_ERROR,
                        "INSUFFICIENT_HISTORY",
                        std::to_string(weeks) + " of " + std::to_string(calc::window_weeks) +
                            " weeks of the window are aggregated",
                        {},
                        output);
        return;
    }
    if (rolling.incomplete.empty())
        return;
    std::vector<std::string> listed;
    for (const Symbol& symbol : rolling.incomplete)
        if (listed.size() < listed_max)
            listed.emplace_back(symbol.view());
    attempt.anomaly(SPINE_SEVERITY_WARN,
                    "PARTIAL_COVERAGE",
                    std::to_string(rolling.incomplete.size()) +
                        " symbols lack a week of the window",
                    "{\"symbols\":" + json_list(listed) + "}",
                    output);
}

void write(spine::Attempt& attempt, spine_rowset rowset, const calc::Rolling& rolling) {
    auto rows = attempt.replace<std::string_view,
                                std::int64_t,
                                std::int64_t,
                                std::int64_t,
                                std::int64_t,
                                std::int64_t,
                                std::int64_t,
                                std::string_view,
                                std::optional<double>,
                                std::int64_t,
                                bool>(
        "otc_symbol_rolling_6w",
        rowset,
        "symbol|avg_volume|avg_trades|min_volume|min_volume_millionths|max_volume|"
        "max_volume_millionths|trend_direction|trend_pct|weeks_in_window|is_complete");
    for (const SymbolRolling& symbol : rolling.symbols)
        rows.add(symbol.symbol.view(),
                 symbol.avg_volume,
                 symbol.avg_trades,
                 symbol.min_volume.shares,
                 symbol.min_volume.millionths,
                 symbol.max_volume.shares,
                 symbol.max_volume.millionths,
                 name(symbol.trend),
                 decimal(symbol.trend_pct_hundredths),
                 symbol.weeks_in_window,
                 symbol.is_complete);
    rows.finish();
}

} // namespace

void plan_compute_rolling(spine::Plan& plan) {
    const Date last = given_week(plan);
    plan_history(plan, given_tier(plan), last);
    for (const Tier tier : tiers_to_do(plan, last, stage::aggregated)) {
        const std::string last_text = iso(last);
        const std::uint32_t output =
            plan.output({{"tier", name(tier)}, {"week_ending", last_text}});
        plan.needs({{"tier", name(tier)}, {"week_ending", last_text}}, stage::aggregated, output);
        for (const Date week : fridays_ending(last - 7, calc::window_weeks - 1)) {
            const std::string week_text = iso(week);
            plan.uses(
                {{"tier", name(tier)}, {"week_ending", week_text}}, stage::aggregated, output);
        }
    }
}

void compute_rolling(spine::Attempt& attempt) {
    std::int64_t symbols = 0;
    std::int64_t complete = 0;
    std::int64_t weeks = 0;
    for (std::uint32_t output = 0; output < attempt.output_count(); ++output) {
        const auto window = window_of(attempt, output);
        const calc::OnIncomplete choice = on_incomplete(attempt);
        if (choice == calc::OnIncomplete::fail && window.size() < calc::window_weeks) {
            tell_of_gaps(attempt, window.size(), {}, choice, output);
            throw error(SPINE_INVALID_STATE,
                        std::to_string(window.size()) + " of " +
                            std::to_string(calc::window_weeks) +
                            " weeks of the window are aggregated, and on_incomplete is fail",
                        "aggregate the other weeks first, or take on_incomplete=partial");
        }
        const calc::Rolling rolling = calculated(calc::rolling(window, choice));
        record(attempt, calc::rolling_checks(rolling), output);
        tell_of_gaps(attempt, window.size(), rolling, choice, output);
        const spine_rowset rowset = attempt.derived(output);
        write(attempt, rowset, rolling);
        const auto in_window = static_cast<std::int64_t>(window.size());
        attempt.reached(rowset,
                        rolling.symbols.size(),
                        {{"row_count", static_cast<std::int64_t>(rolling.symbols.size())},
                         {"complete", rolling.complete},
                         {"weeks_in_window", in_window}},
                        output);
        symbols += static_cast<std::int64_t>(rolling.symbols.size());
        complete += rolling.complete;
        weeks = std::max(weeks, in_window);
    }
    tell(attempt, {.row_count = symbols});
    attempt.output("symbols", symbols)
        .output("complete", complete)
        .output("weeks_in_window", weeks);
}

} // namespace finra
