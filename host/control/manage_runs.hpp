/// What people ask of runs that exist: answer, pause, cancel, retry, fork; of one run, or of all that match.
#pragma once

#include "control/store.hpp"
#include "control/workflows.hpp"
#include "env/clock.hpp"
#include "env/ids.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spine::control {

/// What became of one request. `refusal` has the exit code: 4 no such run, 5 in the wrong state or answered otherwise, 8 not allowed.
struct Managed {
    std::string run_id;
    std::string status;   ///< of the run afterwards
    bool driven = false;  ///< a living process has it and goes on with it; nobody: `resume_run` does
    std::optional<Refusal> refusal;
};

/// The id of a run, by an unambiguous beginning of it; or why there is none. Throws Error{usage} with the candidates.
std::variant<std::string, Refusal> run_named(Store& store, const std::string& id);

struct ApprovalAnswer {
    std::string run_id;
    std::string step; ///< path
    bool approved = true;
    std::string by;
    std::string reason;
};
Managed answer_run(Store& store, const ApprovalAnswer& answer);
/// With everything below it that it waits for.
Managed pause_run(Store& store, const std::string& run_id, const std::string& by);
Managed cancel_run(Store& store, const std::string& run_id, const std::string& by, const std::string& reason);
/// Opens a finished run again: what failed is forgotten; with `from`, that step and everything after it. Refused with 5 for a run that has not
/// ended, that was continued as another one or whose steps were pruned, and for a completed one without `from`; with 4 when there is no step `from`.
Managed retry_run(Store& store, const std::string& run_id, const std::string& from, const std::string& by);

struct ForkRequest {
    std::string run_id;
    std::string step;         ///< of the workflow itself, that the run has begun
    workflow::Written params; ///< over those that it has by then
    std::string by;
};
/// A new run that has what the other one had before that step. `Managed::run_id` is the new one's. BadRequest: parameters, as `bind_run` tells them.
std::variant<Managed, BadRequest> fork_run(Store& store, const ForkRequest& request, const workflow::Catalogue& catalogue, env::Clock& clock,
                                           env::Random& random);

/// Which runs are meant.
struct RunChoice {
    std::string status;   ///< as lists show it; empty: those that can be asked for what they are chosen for
    std::string workflow; ///< empty: all
    std::string domain;
    std::string since;    ///< those that began then or later, as env::to_text writes it; empty: all
};
enum class RunAction { pause, cancel, retry, resume };

struct ChosenRun {
    std::string run_id;
    std::string workflow;
    std::string status;
    std::string started_at;
    std::string reason;
    std::string wake_at;
};
struct Chosen {
    std::vector<ChosenRun> runs; ///< oldest first
    bool more = false;           ///< there are more than `chosen_max`
};
inline constexpr std::size_t chosen_max = 10'000;
/// Runs that were begun by other runs are cancelled and retried with those, and left out here; they are paused with those that are chosen as well.
Chosen choose_runs(Records& records, const RunChoice& choice, RunAction action);

/// Why it would be refused, as it is when it is asked for; nullopt: it would be done. `from`: of a retry.
std::optional<Refusal> would_refuse(Store& store, const std::string& run_id, RunAction action, const std::string& from = {});

/// Why a path leads to no step that the run has or may come to, with the names of its steps; nullopt: it does.
std::optional<Refusal> unknown_step(Store& store, const std::string& run_id, const std::string& step);

/// Unfinished runs that stand still: waiting, paused or queued; oldest first.
Chosen standing_runs(Records& records);

} // namespace spine::control
