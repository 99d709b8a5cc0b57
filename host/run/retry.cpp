#include "run/retry.hpp"

#include <algorithm>
#include <cmath>

namespace spine::run {

using std::chrono::milliseconds;

std::optional<milliseconds> delay_before(const RetryPolicy& policy,
                                         const unit::Failure& failure,
                                         int attempt,
                                         double jitter) {
    if (attempt > policy.attempts_max)
        return std::nullopt;
    switch (failure.retry) {
    case unit::Retry::never:
    case unit::Retry::after_input_change: return std::nullopt;
    case unit::Retry::now: return milliseconds{0};
    case unit::Retry::backoff: return std::min(failure.backoff, policy.delay_max);
    case unit::Retry::by_category: break;
    }
    if (!unit::retries_by_default(failure.category) ||
        failure.category == unit::Category::dependency)
        return std::nullopt;
    const auto grown =
        static_cast<double>(policy.delay_first.count()) * std::pow(policy.multiplier, attempt - 2);
    const auto capped = std::min(grown, static_cast<double>(policy.delay_max.count()));
    // Half of the delay is fixed, half is drawn, so that many workers do not come back at once.
    return milliseconds{static_cast<milliseconds::rep>(capped * (0.5 + 0.5 * jitter))};
}

} // namespace spine::run
