#include "lambdas/lambdas.hpp"
#include "lambdas/step_outputs.hpp"
#include "lambdas/verdict.hpp"

namespace finra {

void validate_normalize(spine::Check& check) {
    const std::string_view step = text_option(check, "step");
    const double allowed = fraction_option(check, "max_null_rate");
    const std::int64_t rows = row_count_of(check, step);
    const double null_rate = null_rate_of(check, step);
    const bool passed = null_rate <= allowed;
    std::vector<std::string> reasons;
    if (!passed)
        reasons.push_back("Null rate too high: " + percent(null_rate, 1));

    check.output("validated", passed).output("record_count", rows).output("null_rate", null_rate);
    tell(check, reasons);
    check.quality(rows, rows, null_rate, passed);
    if (!passed)
        throw data_quality(reasons, "at most " + percent(allowed) + " are allowed (max_null_rate)");
}

} // namespace finra
