// The limits of the domain's checks: configuration, with the defaults that `calc` has.
#pragma once

#include "calc/quality.hpp"

#include <spine/plugin.hpp>

namespace finra {

/// reject_rows_warn, reject_rows_fail, reject_rows_least, reject_shares_warn, reject_shares_fail.
calc::RejectLimits reject_limits(const spine::Call& call);
/// loss_warn and loss_fail.
calc::Limits loss_limits(const spine::Call& call);
/// freshness_days.
std::int64_t freshness_days(const spine::Call& call);

} // namespace finra
