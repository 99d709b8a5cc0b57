#include "pipelines/report.hpp"

#include "pipelines/json_text.hpp"

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
    case calc::Status::not_asked:
        return SPINE_CHECK_NOT_ASKED;
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

void tell(spine::Attempt& attempt, const calc::RejectCost& cost) {
    attempt.output("kept_lines", cost.kept_lines)
        .output("kept_shares", cost.kept_shares)
        .output("rejected_lines", cost.rejected_lines)
        .output("rejected_shares", cost.rejected_shares)
        .output("lines_without_shares", cost.lines_without_shares)
        .output("reject_rows_share", cost.rows_share())
        .output("reject_shares_share", cost.shares_share());
}

std::optional<calc::RejectCost> reject_cost_of(std::string_view metrics) {
    const auto kept_lines = json_integer(metrics, "kept_lines");
    const auto kept_shares = json_integer(metrics, "kept_shares");
    const auto rejected_lines = json_integer(metrics, "rejected_lines");
    const auto rejected_shares = json_integer(metrics, "rejected_shares");
    const auto without = json_integer(metrics, "lines_without_shares");
    if (!kept_lines || !kept_shares || !rejected_lines || !rejected_shares || !without)
        return std::nullopt;
    return calc::RejectCost{*kept_lines, *kept_shares, *rejected_lines, *rejected_shares, *without};
}

} // namespace finra
