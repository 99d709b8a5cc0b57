/// What the runner asks of the store: the start, the end and the history of executions.
#pragma once

#include "run/along.hpp"
#include "unit/unit.hpp"

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spine::run {

/// What an attempt will read and write, resolved before it starts.
struct Plan {
    std::vector<unit::Partition> outputs;
    std::vector<std::string> digests;  ///< inputs_sha256 for each output; empty text: decided by the work itself
    std::vector<unit::Input> inputs;   ///< sorted by partition and stage
    bool historic = false;             ///< as-of: the manifest is not moved and nothing is ever "not due"
    std::optional<std::string> unneeded; ///< the plan itself says that nothing is to be done

    bool operator==(const Plan&) const = default;
};

/// A wish that one pipeline be done, with everything that is recorded at its start.
struct Request {
    std::string execution_id; ///< used unless an unfinished execution is adopted
    std::string batch_id;
    std::string parent_execution_id; ///< empty: none
    const workflow::Pipeline* pipeline = nullptr; ///< outlives the unit
    const workflow::Plugin* plugin = nullptr;     ///< outlives the unit
    boost::json::object params; ///< canonical
    Plan plan;
    std::optional<unit::Partition> partition; ///< of work whose plan could not be made: what its parameters name, for who looks for it
    bool force = false;
    std::string trigger = "cli";
    std::string lane = "normal";
    std::string created_at; ///< used unless adopted
    std::string run_id;     ///< of the workflow run whose step this is; empty: none
    std::string step;       ///< its path
    /// What the run writes when this execution ends, in the same transaction: asked by `start` when nothing is due, by the unit's
    /// `commit` otherwise, but not when it is superseded. When the run's fence no longer holds, nothing is written: `Fenced`.
    Follow follow;
};

struct Started {
    std::string execution_id;
    std::string batch_id;
    std::string created_at;
    int attempt = 1;
    bool adopted = false;
    std::unique_ptr<unit::Unit> unit;
    bool recorded = true; ///< false: the run's journal alone says that it began; an execution is recorded once it claims or finds something
};
/// Nothing was due: an execution with status skipped was recorded (with `recorded`, an earlier one answers).
struct NotDue {
    std::string execution_id;
    std::string batch_id;
    std::string reason;
    boost::json::object outputs; ///< those stored with the manifest row
};
/// A child with this parent, pipeline and parameters has already completed: its recorded result.
struct Recorded {
    std::string execution_id;
    boost::json::object outputs;
};
/// The key is live elsewhere.
struct Busy {
    std::string holder; ///< who and since when, for people
};
/// What the plan saw has changed meanwhile: plan again.
struct PlanAgain {};
/// The run that this is a step of was taken over or cancelled: nothing was written.
struct RunLost {};
using Start = std::variant<Started, NotDue, Recorded, Busy, PlanAgain, RunLost>;

/// Threads: one at a time. Lives: longer than every unit it made. Fails: throws Error{unavailable, commit_failed}.
class Journal {
public:
    virtual ~Journal() = default;
    virtual unit::State& state() = 0;
    /// Enqueue, claim and start in one synced transaction; or the reason why not. A step of a run that works on no data is begun by its record in the
    /// run's journal, which is on disk already, and guarded by the run's fence: nothing is written then.
    virtual Start start(const Request& request) = 0;
    /// Another attempt of an execution whose last one failed and is to be tried again; nullopt when it was taken over.
    virtual std::optional<Started> start_again(const Request& request, const std::string& execution_id) = 0;
    /// An attempt that does not listen is given up: its fence grows, so that whatever it commits later is refused, and its execution ends as cancelled.
    /// False, and nothing happens, when it has ended already or was never recorded.
    virtual bool give_up(const std::string& execution_id) { return !execution_id.empty(); }
    /// The same for a direct execution whose plugin does not come back: it and its running children end as failed with this.
    virtual void fail(const std::string& execution_id, const unit::Failure& failure) {
        static_cast<void>(execution_id);
        static_cast<void>(failure);
    }
    /// A unit that never commits anything, for dry runs.
    virtual std::unique_ptr<unit::Unit> rehearse(const Request& request) = 0;
};

} // namespace spine::run
