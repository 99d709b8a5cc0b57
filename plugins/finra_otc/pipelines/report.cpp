#include "pipelines/report.hpp"

namespace finra {

namespace {

std::uint32_t code(calc::Category category) {
    switch (category) {
    case calc::Category::integrity:
        return SPINE_INTEGRITY_CHECK;
    case calc::Category::completeness:
        return SPINE_COMPLETENESS_CHECK;
    case calc::Category::business_rule:
        return SPINE_BUSINESS_RULE_CHECK;
    }
    return SPINE_INTEGRITY_CHECK;
}

std::uint32_t code(calc::Status status) {
    switch (status) {
    case calc::Status::pass:
        return SPINE_CHECK_PASS;
    case calc::Status::warn:
        return SPINE_CHECK_WARN;
    case calc::Status::fail:
        return SPINE_CHECK_FAIL;
    }
    return SPINE_CHECK_FAIL;
}

} // namespace

void record(spine::Attempt& attempt, std::span<const calc::Check> checks, std::uint32_t output) {
    for (const calc::Check& check : checks)
        attempt.check(check.name,
                      code(check.category),
                      code(check.status),
                      check.actual,
                      check.expected,
                      check.details,
                      output);
}

void tell(spine::Attempt& attempt, const Figures& figures) {
    const double null_rate = figures.rows_read == 0 ? 0.0
                                                    : static_cast<double>(figures.null_count) /
                                                          static_cast<double>(figures.rows_read);
    attempt.output("row_count", figures.row_count)
        .output("reject_count", figures.reject_count)
        .output("error_count", figures.reject_count)
        .output("null_count", figures.null_count)
        .output("null_rate", null_rate);
}

} // namespace finra
