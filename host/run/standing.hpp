/// Whether a run may be changed as somebody asks: pure functions, so that who only wants to know is told what who does it is told.
#pragma once

#include "run/run_journal.hpp"

#include <optional>
#include <string>

namespace spine::run {

/// What of a run decides that.
struct Standing {
    std::string run_id;
    RunStatus status = RunStatus::running;
    bool pruned = false;   ///< its steps were deleted
    std::string successor; ///< the run that it was continued as; empty: none
};

/// Why not; nullopt: it may. A cancelled run may be cancelled again, and stays as it is.
std::optional<Declined> declined_cancel(const Standing& run);
std::optional<Declined> declined_pause(const Standing& run);
/// `from`: the step to begin with; empty: what failed.
std::optional<Declined> declined_retry(const Standing& run, const std::string& from);

} // namespace spine::run
