#include "calc/quality.hpp"

#include "calc/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace finra::calc {

namespace {

constexpr std::size_t baseline_weeks_max = 12;
constexpr double share_shift_max = 0.10;

Check check(std::string name,
            Category category,
            Status otherwise,
            std::int64_t findings,
            std::string actual,
            std::string expected) {
    return {std::move(name),
            category,
            findings == 0 ? Status::pass : otherwise,
            std::move(actual),
            std::move(expected),
            findings};
}

/// A check that counts what must not be there.
Check none_of(std::string name, Category category, Status otherwise, std::int64_t findings) {
    return check(std::move(name), category, otherwise, findings, std::to_string(findings), "0");
}

/// A check that counts what must be there.
Check some_of(std::string name, std::int64_t count) {
    return check(std::move(name),
                 Category::completeness,
                 Status::fail,
                 count > 0 ? 0 : 1,
                 std::to_string(count),
                 "> 0");
}

Check not_asked(std::string name, Category category, std::string why) {
    return {std::move(name), category, Status::not_asked, std::move(why), {}, 0};
}

/// One division of two whole numbers, so that a twentieth is exactly the one that a limit names.
double part_of(std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
}

/// `97.21 % (5179 of 5328)`, rounded.
std::string part_text(std::int64_t part, std::int64_t whole) {
    const auto hundredths = narrow(divide_half_up(int128{part} * 10000, whole));
    return (hundredths ? hundredths_text(*hundredths) : std::string("beyond 64 bits")) + " % (" +
           std::to_string(part) + " of " + std::to_string(whole) + ")";
}

std::string below_text(double limit) {
    const auto hundredths = static_cast<std::int64_t>(std::llround(limit * 10000));
    return "< " + hundredths_text(hundredths) + " %";
}

/// A check of how much of a whole is not as it should be.
Check part_check(std::string name,
                 Category category,
                 const Limits& limits,
                 std::int64_t part,
                 std::int64_t whole) {
    const double fraction = part_of(part, whole);
    const Status status = part == 0                 ? Status::pass
                          : fraction >= limits.fail ? Status::fail
                          : fraction >= limits.warn ? Status::warn
                                                    : Status::pass;
    return {std::move(name),
            category,
            status,
            part_text(part, whole),
            below_text(status == Status::fail ? limits.fail : limits.warn),
            status == Status::pass ? 0 : 1};
}

/// No part of a whole is too much for these checks to fail.
Limits only_warns(const Limits& limits) {
    return {limits.warn, std::numeric_limits<double>::infinity()};
}

template <class Range, class Predicate>
std::int64_t count_if(const Range& range, Predicate predicate) {
    return static_cast<std::int64_t>(std::count_if(range.begin(), range.end(), predicate));
}

Check market_share_sum(const Aggregate& aggregate) {
    const std::string expected = "0.999..1.001";
    if (aggregate.total_volume == 0)
        return check("market_share_sum_100",
                     Category::business_rule,
                     Status::warn,
                     1,
                     "no volume",
                     expected);
    double sum = 0;
    for (const VenueShare& venue : aggregate.venues)
        sum += venue.market_share.value_or(0.0);
    return check("market_share_sum_100",
                 Category::business_rule,
                 Status::warn,
                 sum >= 0.999 && sum <= 1.001 ? 0 : 1,
                 double_text(sum),
                 expected);
}

Check average_trade_size(const Aggregate& aggregate) {
    const std::string expected = "100..1000000";
    if (aggregate.total_trades == 0)
        return check("avg_trade_size_range",
                     Category::business_rule,
                     Status::warn,
                     1,
                     "no trades",
                     expected);
    const int128 hundredths = average_hundredths(aggregate.total_volume, aggregate.total_trades);
    const bool inside = hundredths >= 100'00 && hundredths <= 1'000'000'00;
    const auto fitting = narrow(hundredths);
    return check("avg_trade_size_range",
                 Category::business_rule,
                 Status::warn,
                 inside ? 0 : 1,
                 fitting ? hundredths_text(*fitting) : "beyond 64 bits",
                 expected);
}

int128 volume_of(std::span<const VenueShare> venues) {
    int128 sum = 0;
    for (const VenueShare& venue : venues)
        sum += in_millionths(venue.total_volume);
    return sum;
}

Check volume_swing(std::span<const VenueShare> week, std::span<const VenueShare> before) {
    const std::string expected = "-50.00..50.00 % against the week before";
    const int128 then = volume_of(before);
    if (then <= 0)
        return not_asked("volume_swing", Category::business_rule, "the week before had no volume");
    const int128 difference = volume_of(week) - then;
    const bool swings = (difference < 0 ? -difference : difference) * 2 > then;
    const auto percent = narrow(divide_half_up(difference * 10000, then));
    return check("volume_swing",
                 Category::business_rule,
                 Status::warn,
                 swings ? 1 : 0,
                 percent ? hundredths_text(*percent) + " %" : "beyond 64 bits",
                 expected);
}

/// How many venues have moved by more than ten points; a venue that is not there has no share.
std::int64_t shifted_venues(std::span<const VenueShare> week, std::span<const VenueShare> before) {
    std::map<Venue, std::pair<double, double>> shares;
    for (const VenueShare& venue : before)
        shares[venue.mpid].first = venue.market_share.value_or(0.0);
    for (const VenueShare& venue : week)
        shares[venue.mpid].second = venue.market_share.value_or(0.0);
    return count_if(shares, [](const auto& venue) {
        return std::abs(venue.second.second - venue.second.first) > share_shift_max;
    });
}

} // namespace

std::string_view name(Category category) {
    constexpr std::array<std::string_view, 3> names{"INTEGRITY", "COMPLETENESS", "BUSINESS_RULE"};
    return names[static_cast<std::size_t>(category)];
}

std::string_view name(Status status) {
    constexpr std::array<std::string_view, 4> names{"PASS", "WARN", "FAIL", "NOT_ASKED"};
    return names[static_cast<std::size_t>(status)];
}

std::int64_t saturating_sum(std::int64_t left, std::int64_t right) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(left, right, &sum) ? std::numeric_limits<std::int64_t>::max()
                                                     : sum;
}

void RejectCost::keep(std::int64_t shares) {
    ++kept_lines;
    kept_shares = saturating_sum(kept_shares, shares < 0 ? 0 : shares);
}

void RejectCost::lose(std::optional<std::int64_t> shares) {
    ++rejected_lines;
    if (!shares) {
        ++lines_without_shares;
        return;
    }
    // A negative number stands for something as well, nobody knows what.
    const std::int64_t size = *shares == std::numeric_limits<std::int64_t>::min()
                                  ? std::numeric_limits<std::int64_t>::max()
                                  : std::abs(*shares);
    rejected_shares = saturating_sum(rejected_shares, size);
}

std::optional<double> RejectCost::rows_share() const {
    const std::int64_t all = kept_lines + rejected_lines;
    return all == 0 ? std::nullopt : std::optional(part_of(rejected_lines, all));
}

std::optional<double> RejectCost::shares_share() const {
    const std::int64_t all = saturating_sum(kept_shares, rejected_shares);
    return all == 0 ? std::nullopt : std::optional(part_of(rejected_shares, all));
}

std::vector<Check> reject_checks(const RejectCost& cost, const RejectLimits& limits) {
    const std::int64_t lines = cost.kept_lines + cost.rejected_lines;
    const std::int64_t shares = saturating_sum(cost.kept_shares, cost.rejected_shares);
    if (lines == 0)
        return reject_checks_not_asked("there are no lines");
    std::vector<Check> checks{
        part_check("reject_rows_share",
                   Category::completeness,
                   cost.rejected_lines >= limits.rows_least ? limits.rows : only_warns(limits.rows),
                   cost.rejected_lines,
                   lines),
        shares == 0 ? not_asked("reject_shares_share",
                                Category::completeness,
                                "no line tells a number of shares")
                    : part_check("reject_shares_share",
                                 Category::completeness,
                                 limits.shares,
                                 cost.rejected_shares,
                                 shares)};
    if (cost.lines_without_shares > 0)
        checks.back().details =
            R"({"lines_without_shares":)" + std::to_string(cost.lines_without_shares) + "}";
    return checks;
}

std::vector<Check> reject_checks_not_asked(const std::string& why) {
    return {not_asked("reject_rows_share", Category::completeness, why),
            not_asked("reject_shares_share", Category::completeness, why)};
}

Difference difference(std::span<const VenueVolume> now, std::span<const VenueVolume> before) {
    const auto is_before = [](const VenueVolume& left, const VenueVolume& right) {
        return std::tie(left.symbol, left.mpid) < std::tie(right.symbol, right.mpid);
    };
    Difference found;
    found.rows_before = static_cast<std::int64_t>(before.size());
    std::map<Venue, bool> venues; // of before: whether it is there now
    for (const VenueVolume& row : before) {
        found.volume_before = saturating_sum(found.volume_before, row.shares.shares);
        venues.emplace(row.mpid, false);
    }
    for (const VenueVolume& row : now) {
        found.volume_now = saturating_sum(found.volume_now, row.shares.shares);
        if (const auto venue = venues.find(row.mpid); venue != venues.end())
            venue->second = true;
    }
    found.venues_before = static_cast<std::int64_t>(venues.size());
    found.venues_gone = count_if(venues, [](const auto& venue) { return !venue.second; });

    std::size_t at = 0;
    for (std::size_t i = 0; i < before.size();) {
        // The rows of one symbol, then of the next one.
        const std::size_t first = i;
        std::size_t with_symbol = at;
        while (with_symbol < now.size() && now[with_symbol].symbol < before[first].symbol)
            ++with_symbol;
        found.symbols_gone +=
            with_symbol == now.size() || now[with_symbol].symbol != before[first].symbol ? 1 : 0;
        ++found.symbols_before;
        for (; i < before.size() && before[i].symbol == before[first].symbol; ++i) {
            for (; at < now.size() && is_before(now[at], before[i]); ++at)
                ++found.rows_new;
            if (at < now.size() && !is_before(before[i], now[at]))
                ++at;
            else
                ++found.rows_gone;
        }
    }
    found.rows_new += static_cast<std::int64_t>(now.size() - at);
    return found;
}

std::vector<Check> loss_checks(const Difference& difference, const Limits& limits) {
    const Limits warns = only_warns(limits);
    const auto of = [&](const char* name,
                        Category category,
                        const Limits& with,
                        std::int64_t part,
                        std::int64_t whole) {
        return whole == 0 ? not_asked(name, category, "the published capture had none")
                          : part_check(name, category, with, part, whole);
    };
    const std::int64_t volume = difference.volume_now - difference.volume_before;
    return {of("rows_lost",
               Category::completeness,
               limits,
               difference.rows_gone,
               difference.rows_before),
            of("volume_lost",
               Category::completeness,
               limits,
               volume < 0 ? -volume : 0,
               difference.volume_before),
            of("rows_gained",
               Category::business_rule,
               warns,
               difference.rows_new,
               difference.rows_before),
            of("volume_gained",
               Category::business_rule,
               warns,
               volume > 0 ? volume : 0,
               difference.volume_before),
            of("venues_gone",
               Category::completeness,
               warns,
               difference.venues_gone,
               difference.venues_before),
            of("symbols_gone",
               Category::completeness,
               warns,
               difference.symbols_gone,
               difference.symbols_before)};
}

std::vector<Check> loss_checks_not_asked(const std::string& why) {
    return {not_asked("rows_lost", Category::completeness, why),
            not_asked("volume_lost", Category::completeness, why),
            not_asked("rows_gained", Category::business_rule, why),
            not_asked("volume_gained", Category::business_rule, why),
            not_asked("venues_gone", Category::completeness, why),
            not_asked("symbols_gone", Category::completeness, why)};
}

void accept_losses(std::vector<Check>& checks) {
    for (Check& check : checks) {
        if (check.status != Status::fail)
            continue;
        check.status = Status::warn;
        check.accepted = true;
        const std::string told = check.details.empty() ? "{}" : check.details;
        check.details = told.substr(0, told.size() - 1) + (told.size() > 2 ? "," : "") +
                        R"("failed":true,"accepted_by":"accept_loss"})";
    }
}

Check source_freshness(Date week_ending, std::optional<Date> last_update, std::int64_t days_max) {
    if (!last_update)
        return not_asked(
            "source_freshness", Category::business_rule, "the file says no last update");
    const std::int64_t days = *last_update - week_ending;
    return check("source_freshness",
                 Category::business_rule,
                 Status::warn,
                 days >= 0 && days <= days_max ? 0 : 1,
                 std::to_string(days) + " days after the week",
                 "0.." + std::to_string(days_max));
}

std::vector<Check> normalise_checks(const Normalised& normalised) {
    const auto accounted = static_cast<std::int64_t>(normalised.rows.size()) + normalised.rejects;
    const std::int64_t off = normalised.raw_rows == accounted ? 0 : 1;
    const std::int64_t without_volume = count_if(normalised.rows, [](const NormalisedRow& row) {
        return row.volume.shares == 0 && row.volume.trades > 0;
    });
    return {
        check("record_count_balance",
              Category::integrity,
              Status::warn,
              off,
              std::to_string(accounted),
              std::to_string(normalised.raw_rows)),
        none_of("trades_without_volume", Category::business_rule, Status::fail, without_volume),
        none_of("conflicting_duplicates", Category::integrity, Status::fail, normalised.conflicts)};
}

std::vector<Check> aggregate_checks(std::span<const VenueVolume> rows, const Aggregate& aggregate) {
    const auto symbols = static_cast<std::int64_t>(aggregate.symbols.size());
    std::int64_t repeated = 0;
    for (std::size_t i = 1; i < aggregate.symbols.size(); ++i)
        repeated += aggregate.symbols[i].symbol == aggregate.symbols[i - 1].symbol ? 1 : 0;
    return {none_of("no_negative_volumes",
                    Category::integrity,
                    Status::fail,
                    count_if(rows, [](const VenueVolume& row) { return row.shares < 0; })),
            none_of("no_negative_trades",
                    Category::integrity,
                    Status::fail,
                    count_if(rows, [](const VenueVolume& row) { return row.trades < 0; })),
            market_share_sum(aggregate),
            none_of("no_duplicate_symbols", Category::integrity, Status::fail, repeated),
            some_of("symbol_count_positive", symbols),
            some_of("venue_count_positive", static_cast<std::int64_t>(aggregate.venues.size())),
            average_trade_size(aggregate)};
}

std::vector<Check> week_checks(std::span<const VenueShare> week,
                               std::span<const VenueShare> before,
                               const std::string& why_not) {
    std::vector<Check> checks;
    const auto count = static_cast<std::int64_t>(week.size());
    if (before.empty()) {
        checks.push_back(not_asked("missing_venues", Category::completeness, why_not));
        for (const char* name : {"volume_swing", "market_share_shift"})
            checks.push_back(not_asked(name, Category::business_rule, why_not));
    } else {
        const auto count_before = static_cast<std::int64_t>(before.size());
        checks.push_back(check("missing_venues",
                               Category::completeness,
                               Status::warn,
                               count < count_before ? 1 : 0,
                               std::to_string(count),
                               ">= " + std::to_string(count_before)));
        checks.push_back(volume_swing(week, before));
        checks.push_back(none_of("market_share_shift",
                                 Category::business_rule,
                                 Status::warn,
                                 shifted_venues(week, before)));
    }
    checks.push_back(
        none_of("zero_volume",
                Category::business_rule,
                Status::warn,
                count_if(week, [](const VenueShare& venue) { return venue.total_volume == 0; })));
    return checks;
}

Check venue_baseline(std::int64_t venue_count,
                     std::span<const std::int64_t> counts_before,
                     const std::string& why_not) {
    std::vector<std::int64_t> counts(counts_before.begin(), counts_before.end());
    if (counts.empty())
        return not_asked("venue_baseline", Category::completeness, why_not);
    counts.resize(std::min(counts.size(), baseline_weeks_max));
    std::sort(counts.begin(), counts.end());
    // The smallest value that a tenth of the weeks does not exceed (nearest rank).
    const std::size_t rank = (counts.size() + 9) / 10;
    const std::int64_t least = counts[rank - 1];
    return check("venue_baseline",
                 Category::completeness,
                 Status::warn,
                 venue_count < least ? 1 : 0,
                 std::to_string(venue_count),
                 ">= " + std::to_string(least));
}

std::optional<double> count_variance(std::int64_t count, std::span<const std::int64_t> before) {
    int128 sum = 0;
    for (const std::int64_t number : before)
        sum += number;
    if (sum <= 0)
        return std::nullopt;
    // One division of two whole numbers, so that a fifth is exactly the fifth that a limit names.
    const int128 off = int128{count} * static_cast<std::int64_t>(before.size()) - sum;
    return static_cast<double>(off < 0 ? -off : off) / static_cast<double>(sum);
}

char grade(std::span<const Check> aggregate_checks, std::span<const Check> comparisons) {
    const auto failed = [](const Check& check) { return check.status == Status::fail; };
    if (std::any_of(aggregate_checks.begin(), aggregate_checks.end(), failed) ||
        std::any_of(comparisons.begin(), comparisons.end(), failed))
        return 'F';
    std::int64_t findings = 0;
    for (const Check& check : comparisons) {
        if (check.accepted)
            return 'D';
        findings += check.findings;
    }
    return findings == 0 ? 'A' : findings <= 2 ? 'B' : findings <= 5 ? 'C' : 'D';
}

Check grade_check(char grade) {
    Check check{.name = "week_grade",
                .category = Category::business_rule,
                .actual = {grade},
                .expected = "A..C"};
    if (grade == 'D' || grade == 'F') {
        check.status = grade == 'D' ? Status::warn : Status::fail;
        check.findings = 1;
    }
    return check;
}

std::vector<Check> rolling_checks(const Rolling& rolling) {
    const auto symbols = rolling.complete + static_cast<std::int64_t>(rolling.incomplete.size());
    return {check("rolling_completeness",
                  Category::completeness,
                  Status::warn,
                  symbols > 0 && rolling.complete * 2 >= symbols ? 0 : 1,
                  std::to_string(rolling.complete) + " of " + std::to_string(symbols) + " symbols",
                  ">= 50 %")};
}

} // namespace finra::calc
