#include "calc/number.hpp"
#include "calc/quality.hpp"
#include "lambdas/lambdas.hpp"
#include "lambdas/step_outputs.hpp"
#include "lambdas/verdict.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/stages.hpp"

#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace finra {

namespace {

constexpr std::int64_t weeks_max = 52;
constexpr double variance_limit_max = 100;

/// What is measured, whatever comes of it.
struct Measured {
    std::int64_t rows = 0;
    double null_rate = 0;
    std::vector<std::string> missing_symbols;
    std::vector<std::int64_t> history; ///< rows of the weeks before that are there
    std::optional<double> variance;    ///< nullopt: too little history
};

/// The rows of the tier's weeks before this one, as far as their newest captures are normalised.
std::vector<std::int64_t> history_of(const spine::Check& check) {
    const Date week = given_week(check);
    const Tier tier = required_tier(check);
    const std::int64_t weeks = count_option(check, "history_weeks", 1, weeks_max);
    std::vector<std::int64_t> counts;
    for (const Date before : fridays_ending(week - 7, static_cast<int>(weeks))) {
        const std::string week_text = iso(before);
        const auto row =
            check.manifest({{"tier", name(tier)}, {"week_ending", week_text}}, stage::normalized);
        if (row && row->current != 0)
            counts.push_back(row->row_count);
    }
    return counts;
}

Measured measured(const spine::Check& check) {
    const std::string_view step = text_option(check, "step");
    const std::int64_t needed = count_option(check, "min_history_weeks", 1, weeks_max);
    Measured found{row_count_of(check, step),
                   null_rate_of(check, step),
                   told_texts(check, text_option(check, "ingest_step"), "missing_symbols"),
                   history_of(check),
                   std::nullopt};
    if (static_cast<std::int64_t>(found.history.size()) >= needed)
        found.variance = calc::count_variance(found.rows, found.history);
    return found;
}

/// The words of the seed, where they are true: 0 % does not exceed 0 %.
const char* verb(double value, double limit) { return value > limit ? " exceeds " : " reaches "; }

bool is_below_usual(const Measured& found) {
    const double usual = std::accumulate(found.history.begin(), found.history.end(), 0.0) /
                         static_cast<double>(found.history.size());
    return static_cast<double>(found.rows) < usual;
}

/// A limit that is reached is broken.
Findings broken_limits(const spine::Check& check, const Measured& found) {
    const double null_limit = fraction_option(check, "null_rate_limit");
    const std::int64_t missing_limit = count_option(check, "missing_symbols_limit", 1, 1'000'000);
    const double variance_limit = fraction_option(check, "variance_limit", variance_limit_max);
    Findings findings;
    findings.losses = reject_losses(check, text_option(check, "step"));
    std::vector<std::string>& reasons = findings.faults;
    if (found.rows == 0)
        reasons.emplace_back("No records normalized");
    if (found.null_rate >= null_limit)
        reasons.push_back("Null rate " + percent(found.null_rate, 2) +
                          verb(found.null_rate, null_limit) + percent(null_limit) + " threshold");
    if (const auto missing = static_cast<std::int64_t>(found.missing_symbols.size());
        missing >= missing_limit)
        reasons.push_back(std::to_string(missing) + " expected symbols missing, fewer than " +
                          std::to_string(missing_limit) +
                          " are tolerated: " + listed(found.missing_symbols));
    // Only fewer rows than usual are a loss that a person may accept.
    if (found.variance && *found.variance >= variance_limit)
        (is_below_usual(found) ? findings.losses : reasons)
            .push_back("Record count variance " + percent(*found.variance, 2) +
                       verb(*found.variance, variance_limit) + percent(variance_limit));
    if (accepts_loss(check))
        findings.accept_losses();
    return findings;
}

} // namespace

void strict_quality_check(spine::Check& check) {
    const Measured found = measured(check);
    const Findings findings = broken_limits(check, found);
    std::vector<std::string> reasons = findings.faults;
    reasons.insert(reasons.end(), findings.losses.begin(), findings.losses.end());
    const bool passed = reasons.empty();

    const auto weeks = static_cast<std::int64_t>(found.history.size());
    check.output("quality_passed", passed)
        .output("record_count", found.rows)
        .output("null_rate", found.null_rate)
        .output("missing_symbols", static_cast<std::int64_t>(found.missing_symbols.size()))
        .output("variance", found.variance)
        .output("history_weeks", weeks)
        .output("warnings", spine::Json{found.variance ? "[]" : R"(["no_history"])"});
    tell(check, reasons);
    tell_accepted(check, findings);
    if (!found.variance)
        check.event("no_history",
                    R"({"status":"WARN","weeks":)" + std::to_string(weeks) + R"(,"needed":)" +
                        std::to_string(integer_option(check, "min_history_weeks")) + "}");
    check.quality(found.rows, found.rows, found.null_rate, passed);
    if (!passed)
        throw quality_gate(reasons,
                           findings.losses.empty()
                               ? "look at the file; if it is right, the limits stand in `config`"
                               : way_on);
}

} // namespace finra
