/// What control needs of a store to tell how a run goes while it goes: its journal row by row, what its attempts said, and whether anything
/// has changed since one looked.
#pragma once

#include "run/along.hpp"
#include "run/standing.hpp"
#include "unit/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::control {

/// One attempt of one step, as the journal has it. Texts are valid during the call that shows it; an empty one is none.
struct StepSeen {
    std::string_view step; ///< its path; with '@' at its beginning: something that was done to the run
    int generation = 1;
    int attempt = 1;
    std::string_view type, status, reason, error_category, error_message, started_at, finished_at, wake_at, child_run_id, execution_id;
    std::int64_t begun_no = 0; ///< its places among all that happened to the run
    std::int64_t ended_no = 0; ///< 0: it has not ended
    std::string_view output, updates, quality, events, error, requests, answer; ///< JSON
};
/// Returns false to stop.
using StepSeenVisitor = std::function<bool(const StepSeen&)>;

/// A run at this moment, without its steps.
struct RunNow {
    std::string run_id;
    std::string workflow;
    run::RunStatus status = run::RunStatus::running;
    std::string reason;
    std::string error_step;
    std::optional<unit::Failure> failure;
    std::string wake_at;
    std::string finished_at; ///< of a finished one
    bool pause_asked = false;
    bool driven = false; ///< a living process has it
    bool due = false;    ///< running, and given back or opened again: whoever comes takes it up

    bool operator==(const RunNow&) const = default;
};

/// A run that another one began.
struct ChildRun {
    std::string run_id;
    std::string workflow;
    std::string status; ///< of a running one 'interrupted' when its owner died, 'due' when it has none
    std::string step;   ///< the parent's, a path
    std::string reason;
    std::string started_at;
    std::string finished_at;
    bool is_waited_for = true; ///< else the step only began it
};

struct LogFilter {
    std::string run_id;       ///< one of the two
    std::string execution_id;
    std::string step;         ///< a path: with everything inside of it when it is a map; empty: all
    int attempt = 0;          ///< 0: all
    std::vector<std::string> levels; ///< empty: all
    std::int64_t after = 0;   ///< lines that were kept later than that one
};
/// Valid during the call.
struct LogSeen {
    std::int64_t seq = 0; ///< grows in the order in which lines were kept
    std::string_view step, at, level, text, execution_id;
    int generation = 1;
    int attempt = 1;
    std::int64_t line_no = 0;
};
using LogVisitor = std::function<bool(const LogSeen&)>;

/// Threads: one at a time. Fails: throws Error{unavailable}.
class RunTrace {
public:
    virtual ~RunTrace() = default;
    /// Another number than before when anything has been written to the store since; cheap.
    virtual std::int64_t version() = 0;
    virtual std::optional<RunNow> now(const std::string& run_id) = 0;
    /// What decides whether it may be cancelled, paused or retried.
    virtual std::optional<run::Standing> standing(const std::string& run_id) = 0;
    /// The attempts that began or ended after the run's event of that number, in the order of their starts. 0: all.
    virtual void visit_steps(const std::string& run_id, std::int64_t after_no, const StepSeenVisitor& visitor) = 0;
    /// The text of the definition that the run goes by; empty: there is no such run.
    virtual std::string definition(const std::string& run_id) = 0;
    /// Oldest first, at most `most`.
    virtual std::vector<ChildRun> children(const std::string& run_id, std::size_t most) = 0;
    /// Lines that attempts said, in the order in which they were kept.
    virtual void visit_logs(const LogFilter& filter, const LogVisitor& visitor) = 0;
};

} // namespace spine::control
