/// Drives any number of runs in this process: asks the deciding functions what comes next, has steps done by a few threads, writes what was
/// decided, and keeps the time for those that wait. A waiting run holds no thread.
///
/// One decision of a run at a time: a thread whose step has ended takes the run, decides inside the commit of the step (a pipeline's rows, its result and
/// the starts of what follows are one transaction), and goes on with the first of those starts itself; the others go to other threads. Results of
/// lambdas are pure and may wait for company: they are written with the next start that can have effects, at a stop, after 256 of them or after 20 ms;
/// a run that has lost a process before writes each one before the next begins until it has passed the place where that one died, so that a lambda
/// that kills its process is counted.
#pragma once

#include "env/ids.hpp"
#include "run/bench.hpp"
#include "run/decide.hpp"
#include "run/lambda.hpp"
#include "run/runner.hpp"
#include "run/step_end.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace spine::run {

/// A step as it goes, for a terminal.
struct StepNews {
    std::string run_id;
    std::string step; ///< its path
    std::string type;
    bool ended = false;
    StepStatus status = StepStatus::running;
    std::string reason;
};
/// Called from any thread, one call at a time.
using NewsSink = std::function<void(const StepNews&)>;

/// How the conductor's own thread lets time pass while there is nothing for it to do. Tests move their clock here, so that days of waiting take none.
class Lull {
public:
    virtual ~Lull() = default;
    /// Returns when `news` is told, or when `most` has passed; earlier does no harm. `lock` is held before and after. `working`: steps that wait for a thread or are being
    /// done meanwhile.
    virtual void pass(std::unique_lock<std::mutex>& lock, std::condition_variable& news, std::chrono::nanoseconds most, std::size_t working) = 0;
};

/// Fills in which build of which plugin does the pipelines and lambdas that begin in `along`, in the run itself and in those that it begins.
void add_builds(const State& state, const workflow::Catalogue& catalogue, Along& along);

/// What a command waits for without being asked to; what takes longer is left to whoever takes the run up then.
inline constexpr std::chrono::milliseconds a_moment{300'000};

struct ConductorSettings {
    /// Steps that are done at once, at most 256. 0: the thread that calls `finish` or `serve` does them itself, one after the other; nothing then
    /// watches over a step while it works.
    std::size_t threads = 4;
    /// How long the process stays with a run that only waits for a time; one that waits longer, or for a person, is given back.
    std::chrono::milliseconds patience{a_moment};
    /// Stays until its runs have ended, whatever they wait for.
    bool stays_to_the_end = false;
    std::chrono::milliseconds look_every{200}; ///< for calls of other processes
    /// Whether `finish` stays for runs that were begun on the way and that nobody waits for; else they are given back at their next stop.
    bool stays_for_spawned = true;
    /// How long after its deadline or its cancelling an attempt that does not listen is given up: its result will be refused by its fence.
    std::chrono::milliseconds grace{5'000};
};

/// What the conductor is made of; all of it outlives it.
struct Band {
    env::Clock& clock;
    env::Random& random; ///< of this conductor alone
    Benches& benches;
    Invoker& invoker;
    Lambdas& lambdas;
    const workflow::Catalogue& catalogue;
    const CancelToken& cancel; ///< set: nothing new begins, what runs is told to stop, runs are paused
    ProgressSink progress{};
    NewsSink news{};
    Spawnable spawnable{};
    Lull* lull = nullptr; ///< null: real time
};

/// Threads: any for `take`; the others one. Fails: throws Error{commit_failed}: nothing more is written then; Error{unavailable} from `finish` when
/// the store could not be written for a while: its runs have been given back.
/// Ends:    waits for steps that are still being done, also for those that were given up.
class Conductor {
public:
    Conductor(Band band, ConductorSettings settings);
    ~Conductor();
    Conductor(const Conductor&) = delete;
    Conductor& operator=(const Conductor&) = delete;

    /// Goes on with a run that this process owns: just begun (fence 1), or claimed.
    void take(RunRow owned);
    /// Until every run that was taken, with those that they began, has stopped: finished, paused, blocked, lost to another process, or waiting for
    /// longer than the patience. One in its workflow's queue is begun when there is room, as long as its time there lasts (without a limit: the patience). Returns how the ones that were taken stand, in their order.
    std::vector<RunRow> finish();
    /// After `finish`: the unfinished runs, of those that were taken or begun meanwhile, that this process has given back or could not take.
    std::vector<RunRow> left();
    /// Takes up every run of the store that is due, now and as they become due, until `go_on` says no (asked every `look_every`): then nothing new
    /// begins, what is being done ends and is recorded, and the runs are anybody's.
    void serve(const std::function<bool()>& go_on);

private:
    class Stage;
    std::unique_ptr<Stage> stage_;
};

} // namespace spine::run
