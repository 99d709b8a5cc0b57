/// Which step comes next: a pure function from (definition, recorded state, event) to (new state, what to write, what to do). It reads no clock
/// and touches nothing, so that a run can be taken up by any process from what its journal says.
#pragma once

#include "run/along.hpp"
#include "run/run_journal.hpp"
#include "workflow/definition.hpp"

#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spine::run {

/// A recorded result of one step, however it was reached.
struct StepResult {
    StepStatus status = StepStatus::failed; ///< completed, skipped, failed, cancelled
    std::string reason;
    boost::json::object output;
    boost::json::object updates;
    boost::json::object quality;
    boost::json::array events;
    std::optional<unit::Failure> failure;
    std::vector<unit::Partition> partitions;
    std::string execution_id;
};

/// What is known of a run, folded from its journal.
struct RunState {
    std::string run_id;
    std::int64_t fence = 0;
    boost::json::object params;  ///< with every update so far
    boost::json::object outputs; ///< by step; of the failure handler's time also "failure": {step, error, category}
    struct Known {
        StepStatus status = StepStatus::running;
        int attempt = 1;
        int deaths = 0; ///< attempts that ended with their process
        bool done = false; ///< it completed, or had been done before: not when it was jumped over

        bool operator==(const Known&) const = default;
    };
    std::map<std::string, Known, std::less<>> steps; ///< by path, the newest attempt
    std::optional<unit::Partition> partition;
    std::optional<unit::Failure> failure; ///< of the step that failed the run
    std::string error_step;
    std::string current; ///< the step that is running; empty: none

    bool operator==(const RunState&) const = default;
};

/// What the loop is to do now.
struct CallLambda {
    const workflow::Step* step = nullptr;
    boost::json::object params; ///< the run's, with the step's own over them
    boost::json::object config; ///< with paths replaced
};
struct RunPipeline {
    const workflow::Step* step = nullptr;
    boost::json::object params; ///< those that the step has of its own, paths replaced
};
/// Nothing more in this process: finished, or paused by an interruption.
struct Stop {
    RunStatus status = RunStatus::completed;
};
using Next = std::variant<CallLambda, RunPipeline, Stop>;

struct Decision {
    RunState state; ///< as it is once `along` is written
    Along along;
    Next next;
};

/// Attempts of one step that may end with their process before the step fails with category CRASH.
inline constexpr int deaths_max = 100;

/// The state of a run that has `row.steps` behind it. A step whose newest record is `running` is unfinished.
RunState folded(const workflow::Workflow& workflow, const RunRow& row);

/// The first decision of a new run; its fence is the store's to give.
Decision begun(const workflow::Workflow& workflow, const std::string& run_id, const boost::json::object& params);
/// Another process takes up a run: an unfinished step is tried again with its next attempt, a paused run goes on.
Decision resumed(const workflow::Workflow& workflow, RunState state);
/// The current step has ended.
Decision ended(const workflow::Workflow& workflow, RunState state, const StepResult& result);
/// What is to be done for the step that is running: what the decision that started it said.
Next next_of(const workflow::Workflow& workflow, const RunState& state);

/// The failure of a step that is not worth trying again; as it stands, of one whose definition does not fit its data (a condition, a path to nothing).
unit::Failure step_failure(const std::string& message, const std::string& hint,
                           unit::Category category = unit::Category::step_error);

/// Steps of the workflow whose work is done, by this run or before it, in the workflow's order; what the command line calls completed_steps. The
/// same run again gives the same list.
std::vector<std::string> completed_steps(const workflow::Workflow& workflow, const RunState& state);

/// The output that every pipeline step has: row_count (also record_count), reject_count, error_count, null_count, null_rate, capture_id, skipped,
/// reason, and its own fields.
boost::json::object pipeline_output(boost::json::object own, bool skipped, const std::string& reason);

} // namespace spine::run
