// What is measured about a result: each check a value with what was found and what was expected.
// PASS means asked and held; where there is nothing to compare with a check is NOT_ASKED and
// `actual` says why. A check that does not pass stops nothing by itself; the grade of a week says
// whether later work may rest on it.
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
enum class Status : std::uint8_t { pass, warn, fail, not_asked };

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
    /// It failed, and a person has taken that upon themselves.
    bool accepted = false;

    bool operator==(const Check&) const = default;
};

/// From which part of a whole a check warns and fails; a limit that is reached is broken.
struct Limits {
    double warn = 0;
    double fail = 1;
};

/// Of what is lost against the published capture.
inline constexpr Limits loss_limits_default{0.05, 0.30};
/// Days by which a source's last update may be later than its publication.
inline constexpr std::int64_t freshness_days_default = 14;

/// What refused lines cost, in lines and in shares; of a line that could not be read whole the
/// number of shares counts all the same if it could be made out. Shares are whole ones: what is
/// told from it is a part of millions.
struct RejectCost {
    std::int64_t kept_lines = 0;
    std::int64_t kept_shares = 0;
    std::int64_t rejected_lines = 0;
    std::int64_t rejected_shares = 0;
    /// Refused lines of which no number of shares could be made out.
    std::int64_t lines_without_shares = 0;

    void keep(std::int64_t shares);
    void lose(std::optional<std::int64_t> shares);

    /// nullopt: of nothing.
    std::optional<double> rows_share() const;
    std::optional<double> shares_share() const;

    bool operator==(const RejectCost&) const = default;
};

/// The sum, or the largest number if it does not fit: for what is told as a part of a whole.
std::int64_t saturating_sum(std::int64_t left, std::int64_t right);

struct RejectLimits {
    Limits rows{0.01, 0.05};
    Limits shares{0.01, 0.05};
    /// With fewer refused lines their number only warns: one of twelve is no reason to stop a week.
    std::int64_t rows_least = 10;
};

/// reject_rows_share and reject_shares_share.
std::vector<Check> reject_checks(const RejectCost& cost, const RejectLimits& limits);
/// The same where the figures are not known.
std::vector<Check> reject_checks_not_asked(const std::string& why);

/// What a capture has lost and gained against the one that it would replace, in rows, which are a
/// symbol at a venue, and in whole shares.
struct Difference {
    std::int64_t rows_before = 0;
    std::int64_t rows_gone = 0;
    std::int64_t rows_new = 0;
    std::int64_t volume_before = 0;
    std::int64_t volume_now = 0;
    std::int64_t venues_before = 0;
    std::int64_t venues_gone = 0;
    std::int64_t symbols_before = 0;
    std::int64_t symbols_gone = 0;

    bool operator==(const Difference&) const = default;
};
/// Both are sorted by symbol, then MPID, each pair once.
Difference difference(std::span<const VenueVolume> now, std::span<const VenueVolume> before);

/// rows_lost and volume_lost, which may fail; rows_gained, volume_gained, venues_gone and
/// symbols_gone, which warn.
std::vector<Check> loss_checks(const Difference& difference, const Limits& limits);
std::vector<Check> loss_checks_not_asked(const std::string& why);

/// What failed becomes a warning that says who let it pass.
void accept_losses(std::vector<Check>& checks);

/// How fresh what the source says is: its last update lies between the week's end, before which no
/// week is whole, and `days_max` days after that.
Check source_freshness(Date week_ending, std::optional<Date> last_update, std::int64_t days_max);

/// record_count_balance (raw = normalised + rejected), trades_without_volume and
/// conflicting_duplicates.
std::vector<Check> normalise_checks(const Normalised& normalised);

/// no_negative_volumes, no_negative_trades, market_share_sum_100, no_duplicate_symbols,
/// symbol_count_positive, venue_count_positive and avg_trade_size_range.
std::vector<Check> aggregate_checks(std::span<const VenueVolume> rows, const Aggregate& aggregate);

/// Against the week before: missing_venues, volume_swing (over 50 %), market_share_shift (a venue
/// over 10 points) and zero_volume. Without a week before (`before` empty) the comparisons are not
/// asked, for the reason given.
std::vector<Check> week_checks(std::span<const VenueShare> week,
                               std::span<const VenueShare> before,
                               const std::string& why_not);

/// Whether the venues are at least as many as in all but the poorest tenth of the weeks before, of
/// which there are up to 12 in any order; without any it is not asked, for the reason given.
Check venue_baseline(std::int64_t venue_count,
                     std::span<const std::int64_t> counts_before,
                     const std::string& why_not);

/// How far `count` is off the mean of the counts before, as a fraction of that mean: 60 after 100
/// and 100 is 0.4. nullopt if there is no mean, or if it is zero.
std::optional<double> count_variance(std::int64_t count, std::span<const std::int64_t> before);

/// A without a finding, B up to 2, C up to 5, D more or where a failure was accepted, F if anything
/// failed. F blocks, D is a WARN. Findings are those of the comparisons: with the week before, with
/// the published capture, of rejects with the whole.
char grade(std::span<const Check> aggregate_checks, std::span<const Check> comparisons);
/// The grade as the check `week_grade`.
Check grade_check(char grade);

/// rolling_completeness: whether at least half of the symbols have all weeks of the window.
std::vector<Check> rolling_checks(const Rolling& rolling);

} // namespace finra::calc
