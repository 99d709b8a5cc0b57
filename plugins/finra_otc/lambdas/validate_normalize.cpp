#include "lambdas/lambdas.hpp"
#include "lambdas/step_outputs.hpp"
#include "lambdas/verdict.hpp"

namespace finra {

void validate_normalize(spine::Check& check) {
    const std::string_view step = text_option(check, "step");
    const double allowed = fraction_option(check, "max_null_rate");
    const std::int64_t rows = row_count_of(check, step);
    const double null_rate = null_rate_of(check, step);
    Findings found;
    found.losses = reject_losses(check, step);
    if (null_rate > allowed)
        found.faults.push_back("Null rate too high: " + percent(null_rate, 1));
    if (accepts_loss(check))
        found.accept_losses();
    const std::vector<std::string> reasons = found.reasons();
    const bool passed = reasons.empty();

    check.output("validated", passed).output("record_count", rows).output("null_rate", null_rate);
    tell(check, reasons);
    tell_accepted(check, found);
    check.quality(rows, rows, null_rate, passed);
    if (!passed)
        throw failure_of(found,
                         found.losses.empty()
                             ? "at most " + percent(allowed) + " are allowed (max_null_rate)"
                             : std::string(way_on));
}

} // namespace finra
