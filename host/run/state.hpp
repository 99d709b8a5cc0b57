/// What is known of a run: its journal folded into a value. Every change is one record applied by `apply`; deciding (decide.hpp) makes records
/// and applies them, so that the state of a living run and the state folded from its journal are the same by construction.
#pragma once

#include "env/clock.hpp"
#include "run/along.hpp"
#include "run/run_journal.hpp"
#include "workflow/definition.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace spine::run {

/// Parsed definitions that a run may start, by name.
using Children = std::map<std::string, std::shared_ptr<const workflow::Definition>, std::less<>>;

/// One step in its frame.
struct StepState {
    StepStatus status = StepStatus::pending;
    int attempt = 0;    ///< of its newest record; 0: it has none
    int failures = 0;   ///< handled ones of this generation
    int deaths = 0;     ///< attempts of this generation that ended with their process
    bool done = false;  ///< it completed, or had been done before: not when it was jumped over
    bool again = false; ///< its last attempt ended and it is tried again at `wake`
    bool passed = false; ///< jumped over, or a choice that was not made: what hangs on it alone is jumped over too
    bool hangs = false;  ///< left out because of a failure: so is everything that hangs on it
    std::optional<env::TimePoint> wake; ///< waiting, or to be tried again
    std::chrono::milliseconds wait{0};  ///< how long that was to last; 0: it ends at a time that was named
    std::string child_run_id;
    std::int64_t begun_no = 0; ///< of its newest attempt
    std::string branch;        ///< of a choice: the step that it chose; empty: the one that follows
    bool settled = false;      ///< what comes after it may go on
    boost::json::object params; ///< over its own, of a retry that was asked for
};

struct Frame;

/// A map in progress.
struct MapState {
    boost::json::array items;
    std::size_t begun = 0;   ///< items 0..begun-1 have begun
    std::size_t active = 0;  ///< begun and not over
    std::size_t completed = 0;
    std::size_t failed = 0;
    std::map<std::size_t, std::unique_ptr<Frame>> frames; ///< of items that have begun and are not over, or failed
    boost::json::array results;                            ///< of items that are over, null for the others
};

/// Steps that stand together: those of the workflow, of one item of a map, or the failure handler.
struct Frame {
    const std::vector<workflow::Step>* steps = nullptr; ///< of the state's own workflow
    std::string prefix;                                  ///< "" or "each[17]/"
    bool parallel = false;
    std::vector<StepState> states;                       ///< as `steps`
    std::unordered_map<std::string, std::size_t> index;  ///< by name
    std::size_t cursor = 0;                              ///< in order: the step that is next or in progress; steps.size(): over
    std::vector<std::size_t> detours;                    ///< steps that are done once more before the cursor
    std::map<std::size_t, std::unique_ptr<MapState>> maps; ///< by step; those in progress
    Frame* outer = nullptr;                              ///< of an item: the frame that the map stands in
    std::size_t outer_step = 0;
    std::size_t item = 0;
    boost::json::object params;  ///< of an item: the item under its name, item_index, and updates made within
    boost::json::object outputs; ///< of an item: those of its own steps
    bool failed = false;         ///< a step has failed for good and the frame stops
    std::size_t failed_step = 0;
    std::string last_done;       ///< the step that completed last, by name
    // Of parallel frames: how many dependencies are not settled, who depends on a step, and who may begin.
    std::vector<std::size_t> missing;
    std::vector<std::vector<std::size_t>> dependents;
    std::set<std::size_t> ready;
    std::vector<std::size_t> choices;
    std::size_t settled = 0;
};

struct State {
    std::string run_id;
    std::int64_t fence = 0;
    int generation = 1;
    int chain_no = 1;
    RunStatus status = RunStatus::running;
    env::TimePoint started;
    std::unique_ptr<workflow::Workflow> workflow; ///< its own copy: its course may be changed
    Children children;
    RunRow row;                  ///< as it was read, without `steps`; parameters as at the start
    boost::json::object params;  ///< with every update so far
    boost::json::object outputs; ///< by step
    std::optional<unit::Partition> partition;
    std::unique_ptr<Frame> root;
    std::unique_ptr<std::vector<workflow::Step>> handler_steps; ///< the failure handler alone
    std::unique_ptr<Frame> handler;                              ///< its frame, once the run fails
    std::optional<unit::Failure> failure; ///< of the step that failed the run
    std::string error_step;               ///< its path
    std::set<std::string> running;        ///< paths that a process works on
    std::set<std::pair<env::TimePoint, std::string>> wakes; ///< by time
    std::set<std::string> waiting;        ///< paths of steps that wait: for a time, a person, a run, or to be tried again
    std::size_t requests = 0;             ///< that were granted
    std::set<std::string> spawned;        ///< names of runs that nobody waits for
    std::vector<std::string> passed_over; ///< steps of the root that failed and were passed over, in that order
    bool continued = false;               ///< a step asked for a new run in place of this one
    std::int64_t events = 0;              ///< the number of the newest record
    bool holding = false;                 ///< of this process alone: nothing new begins
    /// Of this process alone: by how much the clock of the world has moved more than time has passed since it has the run. The run's own time goes by
    /// what has passed.
    std::chrono::milliseconds clock_ahead{0};
    bool clock_went_back = false; ///< of this process alone: waits are to be looked at
};

/// Definitions that were read already, by their texts: runs of one workflow share one. The oldest one goes when there are too many.
/// Threads: any.
class KnownDefinitions {
public:
    /// Throws Error{invalid} when it cannot be read; `whose` says whose it is.
    std::shared_ptr<const workflow::Definition> read(const std::string& text, const std::string& whose);

private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const workflow::Definition>, std::less<>> known_;
    std::deque<std::string> order_;
};

/// A run before its first record. `row.steps` is not looked at. Throws Error{invalid} when a definition cannot be read.
State fresh(RunRow row, KnownDefinitions& known);
State fresh(RunRow row);
/// The same with its definition read already.
State fresh(RunRow row, const workflow::Workflow& workflow, Children children);
/// The state after every record of `row.steps`.
State folded(RunRow row, KnownDefinitions& known);
State folded(RunRow row);
/// The one way in which a state changes.
void apply(State& state, const StepRecord& record);

/// Where a path leads: the frame and the place in it; nullptr when there is no such step (any more).
struct Located {
    Frame* frame = nullptr;
    std::size_t step = 0;

    const workflow::Step& definition() const { return (*frame->steps)[step]; }
    StepState& state() const { return frame->states[step]; }
};
std::optional<Located> locate(const State& state, std::string_view path);
std::string path_of(const Frame& frame, std::size_t step);

/// Names of steps of the root whose work is done, by this run or before it, in order; what the command line calls completed_steps.
std::vector<std::string> completed_steps(const State& state);
/// Where the run is, as a name of one of its own steps, or of its failure handler: of those at work the one whose attempt began first; a map is at work
/// until its last item has ended. With nothing at work, of those that wait; with nothing begun, the one that comes next. Empty: there is nothing left.
std::string current_step(const State& state);
/// How much of the run is settled, 0 to 1: steps of the root, maps by their items.
double progress(const State& state);

} // namespace spine::run
