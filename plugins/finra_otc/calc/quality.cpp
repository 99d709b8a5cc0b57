#include "calc/quality.hpp"

#include "calc/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
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
        return check(
            "volume_swing", Category::business_rule, Status::warn, 0, "no volume before", expected);
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
    std::map<Mpid, std::pair<double, double>> shares;
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
    constexpr std::array<std::string_view, 3> names{"PASS", "WARN", "FAIL"};
    return names[static_cast<std::size_t>(status)];
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
        none_of("trades_without_volume", Category::business_rule, Status::fail, without_volume)};
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
                               std::span<const VenueShare> before) {
    std::vector<Check> checks;
    const auto count = static_cast<std::int64_t>(week.size());
    if (before.empty()) {
        for (const char* name : {"missing_venues", "volume_swing", "market_share_shift"})
            checks.push_back(
                check(name, Category::business_rule, Status::warn, 0, "no week before", ""));
        checks.front().category = Category::completeness;
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

Check venue_baseline(std::int64_t venue_count, std::span<const std::int64_t> counts_before) {
    std::vector<std::int64_t> counts(counts_before.begin(), counts_before.end());
    if (counts.empty())
        return check("venue_baseline",
                     Category::completeness,
                     Status::warn,
                     0,
                     std::to_string(venue_count),
                     "");
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

char grade(std::span<const Check> aggregate_checks, std::span<const Check> week_checks) {
    const auto failed = [](const Check& check) { return check.status == Status::fail; };
    if (std::any_of(aggregate_checks.begin(), aggregate_checks.end(), failed) ||
        std::any_of(week_checks.begin(), week_checks.end(), failed))
        return 'F';
    std::int64_t findings = 0;
    for (const Check& check : week_checks)
        findings += check.findings;
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
