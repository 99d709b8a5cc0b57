/// Pausing of runs with everything below them, and letting go of what was paused together.
#pragma once

#include "run/run_journal.hpp"
#include "store/connection.hpp"

#include <functional>
#include <string>

namespace spine::store {

/// Whether the process with that worker's name lives.
using Alive = std::function<bool(const std::string& worker)>;

/// The run, and all unfinished ones below it, begin nothing new: who drives one is asked, one that nobody drives is paused here. A run of those below that
/// somebody has paused, or asked to pause, on its own stays so; the others are marked as paused together with their parent.
void pause_runs(Connection& connection, const std::string& run_id, const std::string& by, const Alive& alive);

/// A run that stood still goes on: those below it that were paused together with it, or interrupted, are due, or are asked to pause no more. Below one that was paused on
/// its own nothing changes. Steps that wait for runs have all of their time again, because those runs stood still as well.
void let_go_below(Connection& connection, const std::string& run_id, const std::string& now);

/// What a run's row says of its state and why, while it has been asked to pause.
struct PauseWish {
    bool asked = false;
    std::string reason; ///< as the row has it now
};
struct StatusAndReason {
    run::RunStatus status = run::RunStatus::running;
    std::string reason;
};
/// The change as it is to be written. Who asked for a pause stays known until it has happened; a pause that is asked for no more leaves the run running.
StatusAndReason as_asked(const run::RunChange& change, const PauseWish& wish);
/// A run that `parent`'s commit has just begun, while the parent is asked to pause: it may not outrun the wish.
void pause_new(Connection& connection, const std::string& run_id, const PauseWish& parents, bool is_successor);

} // namespace spine::store
