/// The inside of the conductor: the runs that it drives, the threads that work for them, and the thread that keeps the time. For conductor*.cpp
/// alone.
///
/// Locks, in the order in which they may be taken: a run's `turn`; the store's own; the stage's `mutex_`. Whoever writes for a run has its turn before
/// the write begins and until it is known how it went, because a step decides inside the commit of its execution.
#pragma once

#include "process/guests.hpp"
#include "run/conductor.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace spine::run {

/// The right to decide for a run: a lock that may be let go by another thread than the one that took it, since a commit may be waited for by nobody.
class RunTurn {
public:
    void lock() {
        std::unique_lock guard{mutex_};
        free_.wait(guard, [&] { return !held_; });
        held_ = true;
    }
    bool try_lock() {
        const std::lock_guard guard{mutex_};
        return !std::exchange(held_, true);
    }
    void unlock() {
        const std::lock_guard guard{mutex_};
        held_ = false;
        free_.notify_one();
    }

private:
    std::mutex mutex_;
    std::condition_variable free_;
    bool held_ = false;
};

/// One attempt of a step that this process works on, or has in its queue.
struct Doing {
    explicit Doing(const CancelToken* run) : token{run} {}

    StepStart start;
    CancelToken token; ///< hangs on the run's, which hangs on the process's
    std::optional<std::chrono::nanoseconds> deadline; ///< of the attempt, by the clock that only goes forward
    std::optional<std::chrono::nanoseconds> told;     ///< when it was seen that it is to stop
    std::string execution_id;            ///< of a pipeline that has begun
    std::vector<unit::LogLine> log;      ///< of a lambda, once it has answered
    bool working = false;                ///< a thread is at it
    bool given_up = false;               ///< its end has been recorded without it
    process::Guest* guest = nullptr;     ///< of the thread that is at it
};

/// A run that this process drives.
struct Play {
    explicit Play(const CancelToken& process) : token{&process} {}

    std::string run_id;
    std::string folder; ///< from which relative paths are meant; set when it begins
    CancelToken token;

    RunTurn turn; ///< guards what stands below it, to the next one
    std::int64_t fence = 0;
    std::optional<State> state; ///< none: to be folded from the journal
    Along pending;              ///< decided, not written yet; only results of lambdas
    std::size_t pending_ends = 0;
    std::optional<std::chrono::nanoseconds> pending_since;
    std::size_t careful = 0; ///< so many results are written one by one
    const Doing* borrower = nullptr; ///< a lambda that has the state's outputs
    bool begun = false;      ///< its first decision here was made
    env::TimePoint taken_at{};               ///< when this process took it, by the world's clock
    std::chrono::nanoseconds taken_tick{0};  ///< and by the one that only goes forward
    bool read_anew = false;  ///< since the last decision: what is recorded as begun is to be compared with what is being done
    env::TimePoint decided_at{}; ///< the last decision's time
    std::set<std::string> children; ///< run ids that were begun here or known at the start
    RunChange run;                   ///< as it was written last
    std::int64_t calls_seen = 0;

    // Below: guarded by the stage's mutex.
    std::map<std::string, std::shared_ptr<Doing>> doing; ///< by path; shared with the thread that works on it, which may outlast its entry
    std::optional<env::TimePoint> wake;     ///< when there is something to look at
    std::optional<env::TimePoint> deadline; ///< of the whole run
    std::optional<std::chrono::nanoseconds> flush_at;
    std::string parent_run_id;
    bool called = false;  ///< something happened outside that nobody has looked at
    bool clock_went_back = false; ///< and that was the world's clock
    bool suspect = false; ///< perhaps it is not this process's any more
    bool over = false;   ///< this process has nothing more to do with it
    std::optional<env::TimePoint> stands_by_until; ///< it is in its workflow's queue, nobody's, and looked for until then
};

class Conductor::Stage {
public:
    Stage(Band band, ConductorSettings settings);
    ~Stage();

    void take(RunRow owned, bool asked_for);
    std::vector<RunRow> finish();
    std::vector<RunRow> left();
    void serve(const std::function<bool()>& go_on);

private:
    using PlayPointer = std::shared_ptr<Play>; ///< shared by the stage and the jobs of its run
    struct Hand;                               ///< what one thread works with
    class StepTurn;
    /// A step whose commit is under way, or has gone one way or the other.
    struct Committing {
        std::shared_ptr<StepTurn> turn;
        Uncommitted work;
        std::variant<unit::Commit, std::exception_ptr> how;
    };
    struct Job {
        PlayPointer play;
        std::shared_ptr<Doing> doing; ///< none: the run is to be begun with here
        std::optional<RunRow> row{};  ///< as it was taken; none: ask the store
        std::shared_ptr<Committing> committed{}; ///< of the step's work: it is known how its commit went
        std::chrono::nanoseconds since{0};       ///< when that was known
    };
    using Decide = std::function<Decided(State&)>;
    /// What is decided: the end of a step, the result of a lambda (which may wait to be written), or what a look at time and world brings.
    enum class Kind { end, result, look };

    // conductor.cpp: the queue, the threads, the time
    void enqueue(Job job);
    std::optional<Job> next_job();
    /// A thread of the stage.
    struct Worker {
        std::thread thread;
        process::Guest* guest = nullptr; ///< set by itself
        bool stuck = false;              ///< at a step that was given up
        bool ended = false;
    };
    void add_thread();
    void work(Worker& worker);
    void join_or_forsake(Worker& worker);
    enum class Part { whole, what_is_committed };
    void do_job(Hand& hand, Job job, Part part = Part::whole);
    void do_late_jobs(Hand& hand);
    void broke(std::exception_ptr error);
    void run_until(Hand& hand, const std::function<bool()>& over);
    void look_around(Hand& hand);
    bool ending() const;
    void notice_clock(env::TimePoint now, std::chrono::nanoseconds tick);
    void watch(Play& play, std::chrono::nanoseconds tick, std::vector<std::shared_ptr<Doing>>& overdue);
    void hear_calls(Hand& hand);
    std::chrono::nanoseconds until_next_look();
    bool interrupted() const;
    bool all_over();
    bool asked_for_over();
    bool take_due(Hand& hand);

    // conductor_decide.cpp: what is decided, written, and what follows from it
    void begin(Hand& hand, const PlayPointer& play, std::optional<RunRow> row);
    void adopt(const std::string& run_id, const std::string& parent_run_id);
    bool block(Hand& hand, Play& play);
    void look(Hand& hand, const PlayPointer& play);
    void give_up(Hand& hand, const PlayPointer& play, const std::shared_ptr<Doing>& doing);
    void flush(Hand& hand, const PlayPointer& play);
    /// Decides, writes and lets go on; whoever calls has the turn. The first start is the caller's when it can take one.
    std::shared_ptr<Doing> settle(Hand& hand, const PlayPointer& play, const Decide& decide, Kind kind);
    /// False: the run is not this process's any more, or what is recorded of it cannot be read, and it was set aside.
    bool fold_anew(Hand& hand, const PlayPointer& play);
    bool fold_as_recorded(Hand& hand, Play& play);
    /// As it is recorded; nullopt also when that cannot be read.
    std::optional<RunRow> readable(Hand& hand, const std::string& run_id);
    void heed_time(Play& play);
    void complete(Play& play, Along& along);
    Along merged(const Play& play, Along along) const;
    void stop_running(Play& play);
    Decide looking(Hand& hand, const Play& play);
    bool may_wait(const Play& play, const Decided& decided) const;
    void keep(Play& play, Along along);
    bool contains_pending(const Play& play, const RunRow& row) const;
    void acknowledged(const PlayPointer& play, const Along& along);
    std::shared_ptr<Doing> go_on(Hand& hand, const PlayPointer& play, std::vector<StepStart> starts, bool stops);
    std::vector<StepStart> not_begun(const Play& play);
    void rest(Hand& hand, const PlayPointer& play);
    bool stays(const Play& play);
    void let_go(Hand& hand, const PlayPointer& play, bool release);
    void lose(const PlayPointer& play);
    void set_aside(Hand& hand, const PlayPointer& play, const std::string& why);
    void forget(Play& play, const Doing& doing);

    // conductor_queue.cpp: runs that were begun here and wait for room
    void stand_by(Play& play, const RunRow& queued);
    void stand_by_below(Hand& hand, const PlayPointer& play);
    void look_at_queue(Hand& hand);
    void leave(const PlayPointer& play);

    // conductor_work.cpp: the steps themselves
    std::shared_ptr<Doing> do_step(Hand& hand, const PlayPointer& play, const std::shared_ptr<Doing>& doing);
    std::shared_ptr<Doing> do_pipeline(Hand& hand, const PlayPointer& play, const std::shared_ptr<Doing>& doing);
    std::shared_ptr<Doing> do_lambda(Hand& hand, const PlayPointer& play, const std::shared_ptr<Doing>& doing);
    StepEnd call_lambda(Hand& hand, const PlayPointer& play, Doing& doing);
    std::shared_ptr<Doing> commit_step(Hand& hand, const PlayPointer& play, const std::shared_ptr<Doing>& doing,
                                       const std::shared_ptr<Committing>& committing);
    std::shared_ptr<Doing> step_committed(Hand& hand, const PlayPointer& play, const std::shared_ptr<Doing>& doing, Committing& committed);
    bool dropped(Doing& doing, Play& play);
    std::shared_ptr<Doing> ended(Hand& hand, const PlayPointer& play, const Doing& doing, const StepEnd& end, Kind kind);
    void tell(const Play& play, const Doing& doing, const StepEnd* end);

    Band band_;
    ConductorSettings settings_;
    std::mutex random_mutex_;
    std::mutex telling_;
    KnownDefinitions definitions_;
    std::unique_ptr<env::Random> random_; ///< the band's, for any thread
    ProgressSink progress_;

    std::mutex mutex_; ///< guards everything below
    std::condition_variable jobs_changed_;
    std::condition_variable news_; ///< for the thread that keeps the time
    bool told_ = false;            ///< there was news since it looked last
    std::deque<Job> jobs_;
    std::map<std::string, PlayPointer> plays_;
    std::vector<std::string> asked_for_; ///< run ids in the order of `take`
    std::set<std::string> left_;         ///< runs that were given back, or that others have to take
    std::vector<std::unique_ptr<Worker>> threads_;
    std::condition_variable thread_ended_;
    std::size_t idle_ = 0;    ///< threads without a job
    std::size_t waking_ = 0;  ///< of them: those that were called
    std::size_t stuck_ = 0;   ///< threads at a step that was given up
    std::size_t working_ = 0; ///< steps being done
    std::size_t committing_ = 0; ///< commits under way that no thread waits for
    std::condition_variable committed_; ///< there are none any more
    bool closing_ = false;
    std::atomic<bool> leaving_{false}; ///< `serve` ends: runs become anybody's
    std::exception_ptr error_;
    std::exception_ptr unavailable_; ///< why runs were given back
    std::chrono::nanoseconds calls_at_{0};
    std::chrono::nanoseconds queue_at_{0};
    std::optional<std::chrono::milliseconds> clock_over_ticks_; ///< the world's clock less the one that only goes forward, at the last look
};

} // namespace spine::run
