/// What the workflow runner asks of the store: runs, their steps, who has them.
#pragma once

#include "run/along.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spine::run {

/// What is known of a run.
struct RunRow {
    std::string run_id;
    std::string run_key;
    std::string workflow;
    std::int64_t version = 1;
    std::string domain;
    std::string definition_text;
    std::string definition_sha256;
    boost::json::object params;
    std::string folder; ///< see NewRun
    std::map<std::string, std::string> plugins;
    RunStatus status = RunStatus::running;
    std::string reason;
    std::string current_step; ///< see RunChange
    std::string error_step;
    std::optional<unit::Failure> failure; ///< category, message, exit code
    std::optional<unit::Partition> partition;
    std::int64_t fence = 0;
    std::string started_at;
    std::string finished_at;
    std::int64_t duration_ms = 0; ///< of a finished run
    std::vector<StepRecord> steps; ///< every attempt, in the order of their starts

    boost::json::object settings;          ///< see NewRun
    std::vector<KeptDefinition> children;  ///< see NewRun
    std::string parent_run_id, parent_step;
    int parent_attempt = 0;
    int generation = 1;
    int chain_no = 1;
    std::string forked_from;
    std::string trigger;
    std::string wake_at;
    /// How often others have called (approved, ended a child, asked for a pause), and how many of those calls have been seen by who drives the
    /// run. More calls than seen: there is something to look at.
    std::int64_t calls = 0;
    std::int64_t calls_seen = 0;
    bool pause_asked = false;
    boost::json::object result; ///< of a finished run, see RunChange
};
/// See NewRun's.
inline std::string waiter_of(const RunRow& row) { return row.parent_attempt > 0 ? row.parent_run_id : std::string{}; }

/// What happened outside of a run that it waits for: read together, of one moment.
struct Outside {
    std::int64_t calls = 0;
    bool pause_asked = false;
    /// Approvals and refusals: path -> {"approved": true, "by": "ann", "reason": "…", "at": "…"}.
    std::map<std::string, boost::json::object> answers;
    /// Runs that a step waits for and that have ended, by the step's path.
    struct ChildEnd {
        std::string run_id;
        RunStatus status = RunStatus::completed;
        boost::json::object result;
        std::optional<unit::Failure> failure;
        std::string at{}; ///< when it ended: after the step's own time it came too late, whoever looks when; empty: in time
    };
    std::map<std::string, ChildEnd> children;
};

/// How a write of a run went.
enum class Written {
    yes,
    lost, ///< the fence no longer holds, or the run has ended: it is somebody else's; nothing was written
    stale ///< a step that was to end had been answered meanwhile, or the run's concurrency has no room: nothing was written, look again
};

/// The run is this process's: it alone writes to it until it ends or the process does.
struct Owned {
    RunRow run;
};
/// Somebody alive has it.
struct Held {
    std::string run_id;
    std::string holder; ///< who and since when, for people
};
/// It has ended; `run` tells how.
struct Over {
    RunRow run;
};
/// The key is that of a run of another definition's name or with other parameters.
struct KeyTaken {
    std::string run_id;
    std::string reason;
};
struct NoSuchRun {};
using Opened = std::variant<Owned, Held, Over, KeyTaken>;
using Claimed = std::variant<Owned, Held, Over, NoSuchRun>;

/// Threads: one at a time. Fails: throws Error{unavailable, commit_failed}.
class RunJournal {
public:
    virtual ~RunJournal() = default;
    /// A new run (definition, run, first records in one synced commit), or the one that has this workflow's key already: taken over when its
    /// owner died or it waits, else told about. What was given is compared; defaults and the rest of the definition are not: a run keeps the one it began with.
    virtual Opened open(const NewRun& run) = 0;
    /// Takes over a run that is not finished and that nobody alive has; the fence grows. A queued run is taken when there is room and no run that came
    /// before it waits in a living process: it has no records then, and who gets it begins it (`begin_run`); past its time in the queue it ends as failed. One whose
    /// records cannot be read is set aside, and Error{invalid} says why.
    virtual Claimed claim(const std::string& run_id) = 0;
    /// The run that has a workflow's key; empty: none.
    virtual std::string with_key(const std::string& workflow, const std::string& key) = 0;
    /// As it is now, without taking it.
    virtual std::optional<RunRow> look(const std::string& run_id) = 0;
    /// Runs that are not finished and have no living owner, oldest first; at most 10,000.
    virtual std::vector<std::string> unowned() = 0;
    /// Of them those whose process died while it had them, now or before: one of them may have killed it. Those that lost fewest processes first.
    virtual std::vector<std::string> suspects() = 0;
    /// Writes it in a commit of its own; false when the fence no longer holds and nothing was written.
    virtual bool append(const Along& along) = 0;
};

/// A run that has room of its workflow's concurrency.
struct Holder {
    std::string run_id;
    RunStatus status = RunStatus::running;
    std::string reason;
    std::string who;      ///< the living process that has it, for people; empty: nobody
    bool is_left = false; ///< nobody has it although there is something to do: whoever waits for the room may take it up
};

/// What the conductor asks of the store besides.
class RunBook : public RunJournal {
public:
    /// Who has the room of a workflow, the oldest first; at most 100.
    virtual std::vector<Holder> holders(const std::string& /*workflow*/) { return {}; }
    /// Writes it in a commit of its own, telling why not.
    virtual Written write(const Along& along) = 0;
    /// What happened outside of a run that is this process's.
    virtual Outside outside(const std::string& run_id) = 0;
    /// Gives a run back that is this process's: nobody has it, others may claim it. The fence stays.
    virtual void release(const std::string& run_id, std::int64_t fence) = 0;
    /// Gives back a run that is this process's and whose records cannot be read: it waits for `reason`, and nobody takes it up before it is named. The
    /// fence grows, so that no result of it that is still on its way is written. 0: it could not be read either, and the owner alone is compared.
    virtual void set_aside(const std::string& run_id, std::int64_t fence, const std::string& reason) = 0;
    /// Runs of this process with more calls than seen, or that are not its own any more (cancelled, taken over).
    virtual std::vector<std::string> called() = 0;
    /// Unfinished runs that somebody should take up at this moment, oldest first, at most `most`: their owner died, their wake time has come, others
    /// have called them, or they are queued and there is room. Paused and blocked ones are left.
    virtual std::vector<std::string> due(std::size_t most) = 0;
    /// When the next run that nobody has is due by its wake time; empty: none waits for a time.
    virtual std::string next_wake() = 0;
};

/// What people ask of runs, whoever has them; each a synced commit of its own. The caller is told why not.
struct Declined {
    enum class Why { no_such_run, no_such_step, wrong_state, not_allowed, conflict } why = Why::wrong_state;
    std::string message;
    std::string hint;
};
struct Answered {
    std::string run_id;
    std::string status; ///< of the run after it
};
using Asked = std::variant<Answered, Declined>;

/// Threads: one at a time. Fails: throws Error{unavailable, commit_failed}.
class RunDesk {
public:
    virtual ~RunDesk() = default;
    /// Ends a run and everything below it as cancelled. The fence grows: once this has returned, no later commit of the run happens, whoever drives
    /// it. Steps that had not ended end as cancelled; their executions and work items too.
    virtual Asked cancel(const std::string& run_id, const std::string& by, const std::string& reason) = 0;
    /// Nothing new begins in it and in everything below it that it waits for; what is running ends and is recorded. At once when nobody drives the run.
    /// Who claims a paused run lets go of those that were paused with it; one that was paused on its own stays so.
    virtual Asked pause(const std::string& run_id, const std::string& by) = 0;
    /// Answers an approval step that waits. One compare-and-swap with its timeout and with cancelling: the first one counts, the others are refused
    /// with `conflict` (and the same answer of the same person again is the answer as it stands). After its time nobody answers any more, whether or not
    /// anybody has looked since.
    virtual Asked answer(const std::string& run_id, const std::string& step, bool approved, const std::string& by,
                         const std::string& reason) = 0;
    /// Opens a finished run again with the next generation, unless `declined_retry` (standing.hpp) says why not; `forget` are the paths whose results are forgotten. It is unowned and due afterwards.
    virtual Asked retry(const std::string& run_id, const std::vector<std::string>& forget, const std::string& from,
                        const std::string& by) = 0;
    /// A new run that begins with the records of another one, in one commit: `begin` holds what is kept of them (completed records and "@forked").
    /// Unowned and due afterwards.
    virtual Asked fork(const NewRun& run) = 0;
};

} // namespace spine::run
