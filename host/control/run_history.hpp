/// What control needs of a store to tell how a workflow's runs went as a whole.
#pragma once

#include "env/clock.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::control {

/// A run as statistics see it.
struct RunSample {
    std::string_view status; ///< as in core_workflow_runs; valid during the call
    std::string_view error_category;
    env::TimePoint started;
    std::optional<std::chrono::milliseconds> lasted; ///< of a finished one
    bool forked = false;                             ///< it began with what another run had done
};
/// An attempt of a step that has ended.
struct StepSample {
    std::string_view step; ///< its path
    std::string_view type;
    std::string_view status;
    std::chrono::milliseconds lasted{0};
};
/// Returns false to stop.
using RunVisitor = std::function<bool(const RunSample&)>;
using StepVisitor = std::function<bool(const StepSample&)>;

/// All runs of one workflow.
struct RunTotals {
    std::string workflow;
    std::int64_t runs = 0;
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    std::int64_t unfinished = 0;
    std::optional<double> average_seconds; ///< of completed ones that were no forks
    std::string last_run_at, last_success_at, last_failure_at; ///< starts of the newest run, the newest completed and failed one; may be empty
};

/// Threads: one at a time. Fails: throws Error{unavailable}.
class RunHistory {
public:
    virtual ~RunHistory() = default;
    /// Runs of a workflow that began at or after `since`, newest first.
    virtual void visit_runs(const std::string& workflow, env::TimePoint since, const RunVisitor& visitor) = 0;
    /// Attempts of their steps, those of the newest run first; not what was done to a run ('@retry' and the like), nor what a fork has from another run.
    virtual void visit_steps(const std::string& workflow, env::TimePoint since, const StepVisitor& visitor) = 0;
    /// By name, for every workflow that ever had a run.
    virtual std::vector<RunTotals> totals() = 0;
};

} // namespace spine::control
