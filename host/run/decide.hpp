/// What a run does next: pure functions from (state, event, now) to (new state, what to write, what to do). They read no clock, draw no random
/// number (ids and jitter come out of a digest of what they are for) and touch nothing, so that any process can take a run up from what its journal
/// says. The state is changed in place; when what was decided could not be written, fold it anew from the journal.
#pragma once

#include "run/state.hpp"
#include "unit/outcome.hpp"

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spine::run {

/// Something that a process must do for a step whose start is recorded.
struct StepStart {
    std::string path;
    int attempt = 1;
    int generation = 1;
    workflow::Step step;        ///< a pipeline or lambda step
    boost::json::object params; ///< pipeline: those that the step has of its own; lambda: the run's with the step's own over them. Paths replaced
    boost::json::object config; ///< lambda: with paths replaced
    /// Of a step inside a map: what a lambda sees beside the run's outputs (its item's steps).
    boost::json::object item_outputs;
    boost::json::object base; ///< of a pipeline: the run's parameters, with an item's over them; it takes those that its table names
    std::optional<env::TimePoint> deadline; ///< after it the attempt is told to stop, and fails with TIMEOUT
};

/// How a step's attempt ended.
struct StepEnd {
    StepStatus status = StepStatus::failed; ///< completed, skipped, failed, cancelled
    std::string reason;
    boost::json::object output;
    boost::json::object updates;
    boost::json::object quality;
    boost::json::array events;
    std::optional<unit::Failure> failure;
    std::vector<unit::Partition> partitions;
    std::string execution_id;
    boost::json::array requests; ///< of form and meaning judged already (workflow/course.hpp)
    Children spawned;            ///< the definitions of runs that are asked for by `spawn`
};

struct Decided {
    Along along;
    std::vector<StepStart> starts;
    bool changed = false; ///< there is something to write
    bool stop_running = false; ///< the run's own time is over: what runs is told to stop
    /// Nothing is running and nothing can begin: finished, waiting or paused. `along.run` says which and until when.
    bool stops = false;
};

/// Attempts of one step that may end with their process before the step fails with category CRASH: as many as of a direct execution.
inline constexpr int deaths_max = 3;
/// Items of one map, steps of one run.
inline constexpr std::size_t items_max = 100'000;
/// How many steps, and items of a map, run at once when nothing else is said.
inline constexpr std::int64_t concurrency_default = 4;

/// The first decision of a run; `state` is fresh. Its fence is the store's to give.
Decided begin_run(State& state, env::TimePoint now);
/// Another process takes the run up: attempts that were running have died and are tried again at once; what is due goes on.
Decided take_up(State& state, env::TimePoint now, const Outside& outside);
/// A step's attempt has ended.
Decided end_step(State& state, const std::string& path, const StepEnd& end, env::TimePoint now);
/// Looks at the time and at what happened outside: timers that are due, answers, children that ended, the run's own time limit, a wish to pause. An
/// Along without records and a run that does not stop means that nothing has happened.
Decided wake(State& state, env::TimePoint now, const Outside& outside);
/// The process is asked to end: nothing new begins. The attempts that run report `cancelled` by `end_step`.
void hold(State& state);
/// The starts that are recorded and that nobody of this process works on yet: of a run that was just begun by another run's commit.
std::vector<StepStart> recorded_starts(const State& state);

/// When a retry of `path` begins after its `failures`th handled failure, or nullopt when it is not tried again. The plugin's own retry class goes
/// before the categories; jitter adds up to a fifth to the delay, and never takes from it.
std::optional<env::TimePoint> retry_at(const workflow::Step& step, const unit::Failure& failure, int failures, env::TimePoint now,
                                       double jitter);
/// How long a step whose work is being done elsewhere (Failure::elsewhere) waits before it looks whether it is free: a second, then longer, a minute
/// at most. That is no failure of its own, and it looks again as long as it must.
std::chrono::milliseconds busy_delay(int attempt);
/// The paths that a retry forgets: without `from` those that failed or were cancelled, but not failures that were passed over (on_error: continue); with it that step and everything that comes after it in the
/// order, or hangs on it. Throws Error{not_found} when there is no such step.
std::vector<std::string> forgotten(State& state, const std::string& from);
/// What a fork at `step` keeps: the records that a run has before that step begins; throws Error{not_found}.
std::vector<StepRecord> kept_until(const RunRow& row, const std::string& step);

/// The failure of a step that is not worth trying again.
unit::Failure final_failure(const std::string& message, const std::string& hint, unit::Category category = unit::Category::step_error);
/// The output that every pipeline step has: row_count (also record_count), reject_count, error_count, null_count, null_rate, capture_id, skipped,
/// reason, and its own fields.
boost::json::object step_output(boost::json::object own, bool skipped, const std::string& reason);
/// Flags that a workflow declares and that its run's settings lack have their defaults there.
void add_flags(boost::json::object& settings, const workflow::Workflow& workflow);
/// A UUIDv7 of that time whose other bits are a digest of `of`: the same question gives the same id.
std::string derived_id(env::TimePoint time, const std::string& of);
/// The id of the run that a run begins under this name, asked for at that time.
std::string spawned_id(env::TimePoint asked, const std::string& run_id, int generation, const std::string& name);

} // namespace spine::run
