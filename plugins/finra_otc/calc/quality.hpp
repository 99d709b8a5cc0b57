// What is measured about a result: each check a value with what was found and what was expected. A
// check that does not pass stops nothing by itself; the grade of a week says whether later work may
// rest on it.
#pragma once

#include "calc/aggregate.hpp"
#include "calc/normalise.hpp"
#include "calc/rolling.hpp"
#include "schema/record.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace finra::calc {

enum class Category : std::uint8_t { integrity, completeness, business_rule };
enum class Status : std::uint8_t { pass, warn, fail };

/// As stored: `INTEGRITY`, `PASS`, …
std::string_view name(Category category);
std::string_view name(Status status);

struct Check {
    std::string name;
    Category category = Category::integrity;
    Status status = Status::pass;
    std::string actual;
    std::string expected;
    /// How many things were found wrong; none when it passes.
    std::int64_t findings = 0;
    /// What it rests on, as a JSON object; or nothing.
    std::string details{};

    bool operator==(const Check&) const = default;
};

/// record_count_balance (raw = normalised + rejected) and trades_without_volume.
std::vector<Check> normalise_checks(const Normalised& normalised);

/// no_negative_volumes, no_negative_trades, market_share_sum_100, no_duplicate_symbols,
/// symbol_count_positive, venue_count_positive and avg_trade_size_range.
std::vector<Check> aggregate_checks(std::span<const VenueVolume> rows, const Aggregate& aggregate);

/// Against the week before: missing_venues, volume_swing (over 50 %), market_share_shift (a venue
/// over 10 points) and zero_volume. Without a week before (`before` empty) the comparisons pass and
/// say so.
std::vector<Check> week_checks(std::span<const VenueShare> week,
                               std::span<const VenueShare> before);

/// Whether the venues are at least as many as in all but the poorest tenth of the weeks before, of
/// which there are up to 12 in any order.
Check venue_baseline(std::int64_t venue_count, std::span<const std::int64_t> counts_before);

/// How far `count` is off the mean of the counts before, as a fraction of that mean: 60 after 100
/// and 100 is 0.4. nullopt if there is no mean, or if it is zero.
std::optional<double> count_variance(std::int64_t count, std::span<const std::int64_t> before);

/// A without a finding, B up to 2, C up to 5, D more, F if anything failed. F blocks, D is a WARN.
char grade(std::span<const Check> aggregate_checks, std::span<const Check> week_checks);
/// The grade as the check `week_grade`.
Check grade_check(char grade);

/// rolling_completeness: whether at least half of the symbols have all weeks of the window.
std::vector<Check> rolling_checks(const Rolling& rolling);

} // namespace finra::calc
