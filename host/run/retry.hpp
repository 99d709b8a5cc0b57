/// Whether and when a failed attempt is tried again in this process.
#pragma once

#include "unit/outcome.hpp"

#include <chrono>
#include <optional>

namespace spine::run {

struct RetryPolicy {
    int attempts_max = 3;
    std::chrono::milliseconds delay_first{200};
    double multiplier = 4.0;
    std::chrono::milliseconds delay_max{10'000};
};

/// The wait before `attempt` (2 is the first retry), or nullopt if none is left; jitter in [0, 1). A missing input is not
/// waited for here: somebody asked for this now, and the message says what to run first.
std::optional<std::chrono::milliseconds> delay_before(const RetryPolicy& policy,
                                                      const unit::Failure& failure,
                                                      int attempt,
                                                      double jitter);

} // namespace spine::run
