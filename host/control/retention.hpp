/// What control needs of a store that forgets the details of old runs.
#pragma once

#include "env/clock.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace spine::control {

/// The record that says of a run that its steps were pruned; it stands where they stood.
inline constexpr std::string_view pruned_step = "@pruned";

struct PruneRequest {
    env::TimePoint before; ///< runs that ended earlier
    bool dry = false;      ///< only count
    std::function<bool()> go_on; ///< asked between transactions; may be empty
    bool keyed = false; ///< runs whose key answers with them too: the key goes on attaching, without outputs
};
struct PruneReport {
    std::int64_t runs = 0; ///< whose steps are gone, or would go
    std::int64_t steps = 0;
    std::int64_t log_lines = 0;
    std::int64_t executions = 0; ///< that nothing refers to any more
    std::int64_t artifacts = 0;
    std::int64_t definitions = 0; ///< that no run and no version has
    std::int64_t bytes = 0; ///< of texts that were deleted; the file keeps its size and uses the room again
    bool complete = true;   ///< false: it was told to stop; the same call goes on
    std::int64_t left_for_keys = 0; ///< runs that are old enough and were left, because a key answers with them

    bool operator==(const PruneReport&) const = default;
};

/// Threads: one at a time. Fails: throws Error{unavailable, commit_failed}.
class Retention {
public:
    virtual ~Retention() = default;
    /// Deletes steps, logs and outputs of runs that ended before a time, in short transactions, and marks each run with one `pruned_step`. The row of
    /// the run stays. Left as they are: runs that have not ended or ended later, with a run above
    /// that has not ended or ended later, or with a run of their chain that has not ended; and the newest finished
    /// run of a key, to which its next caller is attached. Executions that data, checks or lineage come from stay, and every anomaly. A call that was
    /// cut short is finished by the next one.
    virtual PruneReport prune(const PruneRequest& request) = 0;
};

} // namespace spine::control
