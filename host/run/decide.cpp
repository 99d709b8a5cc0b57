#include "run/decide.hpp"

#include "error.hpp"
#include "run/walk.hpp"

namespace spine::run {

namespace {

void look_outside(State& state, Walk& walk, const Outside& outside) {
    if (outside.pause_asked) {
        state.row.pause_asked = true;
        state.holding = true;
    }
    for (const auto& [path, answer] : outside.answers)
        walk.answered(path, answer);
    for (const auto& [path, child] : outside.children)
        walk.child_ended(path, child);
}

} // namespace

Decided begin_run(State& state, env::TimePoint now) {
    state.started = now;
    Walk walk{state, now};
    walk.reach("STARTED", 0);
    walk.advance_all();
    return walk.take(0);
}

Decided take_up(State& state, env::TimePoint now, const Outside& outside) {
    Walk walk{state, now};
    state.row.pause_asked = false;
    state.row.calls_seen = outside.calls;
    if (state.events == 0)
        walk.reach("STARTED", 0); // it was queued
    const auto running = state.running;
    for (const auto& path : running)
        walk.died(path);
    look_outside(state, walk, outside);
    walk.heed_clock(true);
    walk.timers(true);
    walk.advance_all();
    auto decided = walk.take(outside.calls);
    decided.changed = true; // who has the run now is told by its status
    return decided;
}

Decided end_step(State& state, const std::string& path, const StepEnd& end, env::TimePoint now) {
    Walk walk{state, now};
    walk.end(path, end);
    walk.timers(false);
    return walk.take(state.row.calls_seen);
}

Decided wake(State& state, env::TimePoint now, const Outside& outside) {
    Walk walk{state, now};
    const bool called = outside.calls > state.row.calls_seen;
    look_outside(state, walk, outside);
    if (state.clock_went_back)
        walk.heed_clock(false);
    walk.timers(true);
    walk.advance_all();
    auto decided = walk.take(outside.calls);
    decided.changed = decided.changed || called;
    state.row.calls_seen = outside.calls;
    return decided;
}

void hold(State& state) { state.holding = true; }

std::vector<StepStart> recorded_starts(const State& state) {
    std::vector<StepStart> starts;
    for (const auto& path : state.running) {
        const auto at = locate(state, path);
        if (!at)
            continue;
        auto asked = wanted(state, *at->frame, at->step);
        if (auto* failure = std::get_if<unit::Failure>(&asked))
            throw Error{ErrorCode::internal, "step '" + path + "' was started, but: " + failure->message};
        auto& start = std::get<StepStart>(asked);
        start.attempt = at->state().attempt;
        starts.push_back(std::move(start));
    }
    return starts;
}

} // namespace spine::run
