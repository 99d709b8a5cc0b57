#include "pipelines/limits.hpp"

#include "calc/number.hpp"
#include "pipelines/partition.hpp"

#include <string>
#include <string_view>

namespace finra {

namespace {

spine::Error unusable(std::string_view name, const std::string& what) {
    return error(SPINE_INVALID_ARG,
                 "configuration '" + std::string(name) + "' " + what,
                 "set it in the configuration, as finra.otc_transparency." + std::string(name));
}

double part(const spine::Call& call, std::string_view name, double otherwise) {
    const auto value = call.config(name);
    if (!value)
        return otherwise;
    if (!(value->real >= 0))
        throw unusable(name, "is " + calc::double_text(value->real) + ", which is below 0");
    return value->real;
}

std::int64_t count(const spine::Call& call, std::string_view name, std::int64_t otherwise) {
    const auto value = call.config(name);
    if (!value)
        return otherwise;
    if (value->integer < 0)
        throw unusable(name, "is " + std::to_string(value->integer) + ", which is below 0");
    return value->integer;
}

calc::Limits limits(const spine::Call& call,
                    std::string_view warn,
                    std::string_view fail,
                    const calc::Limits& otherwise) {
    const calc::Limits found{part(call, warn, otherwise.warn), part(call, fail, otherwise.fail)};
    if (found.warn > found.fail)
        throw unusable(warn,
                       "is " + calc::double_text(found.warn) + ", which is above " +
                           std::string(fail) + ", " + calc::double_text(found.fail));
    return found;
}

} // namespace

calc::RejectLimits reject_limits(const spine::Call& call) {
    const calc::RejectLimits otherwise;
    return {limits(call, "reject_rows_warn", "reject_rows_fail", otherwise.rows),
            limits(call, "reject_shares_warn", "reject_shares_fail", otherwise.shares),
            count(call, "reject_rows_least", otherwise.rows_least)};
}

calc::Limits loss_limits(const spine::Call& call) {
    return limits(call, "loss_warn", "loss_fail", calc::loss_limits_default);
}

std::int64_t freshness_days(const spine::Call& call) {
    return count(call, "freshness_days", calc::freshness_days_default);
}

} // namespace finra
