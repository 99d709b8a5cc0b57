#include "lambdas/lambdas.hpp"
#include "lambdas/step_outputs.hpp"
#include "lambdas/verdict.hpp"
#include "pipelines/json_text.hpp"
#include "pipelines/partition.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace finra {

namespace {

constexpr std::int64_t rows_max = std::numeric_limits<std::int64_t>::max();

/// ` for OTC 2025-12-19`: what the run is about, as far as that is known.
std::string about(const spine::Check& check) {
    std::string text;
    for (const std::string_view param : {"tier", "week_ending"})
        if (const auto value = check.maybe_text(param))
            text.append(text.empty() ? " for " : " ").append(*value);
    return text;
}

/// Whether the configuration waits for symbols of this tier, although ingest was asked for none:
/// only ingest reads the file, so nobody has looked for them yet.
bool nobody_has_looked(const spine::Check& check, std::string_view step) {
    const auto wanted = check.option("expected_symbols");
    if (!wanted || told_count(check, step, "expected_count").value_or(0) > 0)
        return false;
    return !given(expected_symbols(spine::view(wanted->text), required_tier(check))).empty();
}

Findings
findings(const spine::Check& check, std::string_view step, std::int64_t rows, std::int64_t errors) {
    const std::int64_t least = count_option(check, "min_rows", 0, rows_max);
    const std::int64_t most = count_option(check, "max_rows", least, rows_max);
    Findings found;
    if (rows == 0 && least > 0)
        // Nobody can accept a week of nothing. Where a minimum was set it is the gate that says no.
        (least == 1 || accepts_loss(check) ? found.faults : found.losses)
            .push_back("No records ingested" + about(check));
    if (rows > 0 && rows < least)
        found.losses.push_back("Too few records ingested" + about(check) + ": " +
                               std::to_string(rows) + ", at least " + std::to_string(least) +
                               " are expected");
    for (std::string& loss : reject_losses(check, step))
        found.losses.push_back(std::move(loss));
    std::vector<std::string>& reasons = found.faults;
    if (rows > most)
        reasons.push_back("Suspiciously high record count: " + std::to_string(rows) + ", at most " +
                          std::to_string(most) + " are expected");
    if (check.option("max_errors")) {
        const std::int64_t allowed = count_option(check, "max_errors", 0, rows_max);
        if (errors > allowed)
            reasons.push_back("Too many ingest errors: " + std::to_string(errors) + ", at most " +
                              std::to_string(allowed) + " are allowed");
    }
    const auto missing = told_texts(check, step, "missing_symbols");
    if (!missing.empty())
        reasons.push_back("Missing expected symbols: " + listed(missing));
    if (accepts_loss(check))
        found.accept_losses();
    return found;
}

/// Ingest is done once more with the symbols, which makes no second capture of the same file, and a
/// step after it asks what it has found. An inner step of a map may not change the course of the
/// run: there it fails, for a check of nothing must not pass.
void have_them_looked_for(spine::Check& check, std::string_view step) {
    if (check.step_path().find('[') != std::string_view::npos)
        throw error(
            SPINE_INVALID_ARG,
            "nobody has looked for the expected_symbols of this step's config",
            "inside of a map give them to the ingest step, as its parameter expected_symbols");
    const auto wanted = check.option("expected_symbols");
    const std::string params =
        R"({"expected_symbols":)" + std::string(spine::view(wanted->text)) + "}";
    const std::string again =
        R"({"type":"lambda","handler":"finra.otc_transparency.steps.validate_ingest","name":)" +
        spine::json_quoted(std::string(check.step_path()) + "_symbols") + R"(,"config":{"step":)" +
        spine::json_quoted(step) + "}}";
    check.event("expected_symbols_looked_for", params);
    check.course()
        .insert_after(check.step_path(), spine::Json{again})
        .retry(step, spine::Json{params});
}

} // namespace

void validate_ingest(spine::Check& check) {
    const std::string_view step = text_option(check, "step");
    const std::int64_t rows = row_count_of(check, step);
    const std::int64_t errors = std::max(told_count(check, step, "error_count").value_or(0),
                                         told_count(check, step, "reject_count").value_or(0));
    const Findings found = findings(check, step, rows, errors);
    const std::vector<std::string> reasons = found.reasons();
    const bool passed = reasons.empty();

    check.output("record_count", rows)
        .output("row_count", rows)
        .output("error_count", errors)
        .output("validated", passed)
        .output("week_ending", check.maybe_text("week_ending"))
        .output("tier", check.maybe_text("tier"));
    tell(check, reasons);
    tell_accepted(check, found);
    check.update("ingest_record_count", rows);
    check.update("ingest_validated", passed);
    check.quality(rows, rows, told_rate(check, step, "null_rate").value_or(0.0), passed);
    if (passed && nobody_has_looked(check, step))
        have_them_looked_for(check, step);
    if (!passed)
        throw failure_of(found,
                         found.losses.empty()
                             ? "look at the file and at its rejects; the limits stand in `config`"
                             : way_on);
}

} // namespace finra
