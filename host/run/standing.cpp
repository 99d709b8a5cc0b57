#include "run/standing.hpp"

namespace spine::run {

namespace {

Declined wrong_state(std::string message, std::string hint) { return {Declined::Why::wrong_state, std::move(message), std::move(hint)}; }

std::string named(const Standing& run) { return "run '" + run.run_id + "'"; }

Declined has_ended(const Standing& run) {
    return wrong_state(named(run) + " has ended: " + std::string{to_text(run.status)}, {});
}

} // namespace

std::optional<Declined> declined_cancel(const Standing& run) {
    if (is_final(run.status) && run.status != RunStatus::cancelled)
        return has_ended(run);
    return std::nullopt;
}

std::optional<Declined> declined_pause(const Standing& run) {
    if (is_final(run.status))
        return has_ended(run);
    return std::nullopt;
}

std::optional<Declined> declined_retry(const Standing& run, const std::string& from) {
    const auto& id = run.run_id;
    if (!is_final(run.status))
        return wrong_state(named(run) + " has not ended: " + std::string{to_text(run.status)},
                           "'spine runs resume " + id + "' goes on with it, 'spine runs cancel " + id + "' ends it");
    if (!run.successor.empty())
        return wrong_state(named(run) + " was continued as run '" + run.successor + "', which has its place and its key",
                           "look at that one: spine runs show " + run.successor);
    if (run.pruned)
        return wrong_state("the steps of " + named(run) + " were pruned", "run the workflow again for a new one; what is done already is skipped");
    if (run.status == RunStatus::completed && from.empty())
        return wrong_state(named(run) + " has completed, and nothing in it failed", "name the step to do again: spine runs retry " + id + " --from STEP");
    return std::nullopt;
}

} // namespace spine::run
