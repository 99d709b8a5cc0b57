#include "run/conductor_hand.hpp"

#include "error.hpp"
#include "run/unreadable.hpp"

#include <algorithm>
#include <utility>

namespace spine::run {

using std::chrono::milliseconds;
using workflow::Step;

namespace {

constexpr std::size_t pending_ends_max = 256;
constexpr milliseconds pending_for{20};
constexpr int tries_max = 5;
constexpr milliseconds first_pause{50};
constexpr std::chrono::hours century{24 * 366 * 100}; ///< a limit, so that no sum of nanoseconds overflows

bool same_attempt(const StepRecord& one, const StepRecord& other) {
    return one.step == other.step && one.generation == other.generation && one.attempt == other.attempt && one.begun_no == other.begun_no;
}
bool is_end(const StepRecord& record) { return record.status != StepStatus::running && record.status != StepStatus::waiting; }

/// The second one written after the first, as one. An attempt that began in the first and ends in the second is one record: one row is written.
Along joined(Along first, Along second) {
    for (auto& record : second.steps) {
        if (is_end(record)) {
            const auto start = std::find_if(first.steps.rbegin(), first.steps.rend(), [&](const auto& one) {
                return one.status == StepStatus::running && same_attempt(one, record);
            });
            if (start != first.steps.rend())
                first.steps.erase(std::next(start).base());
        }
        first.steps.push_back(std::move(record));
    }
    std::move(second.stages.begin(), second.stages.end(), std::back_inserter(first.stages));
    std::move(second.new_runs.begin(), second.new_runs.end(), std::back_inserter(first.new_runs));
    std::move(second.cancelled.begin(), second.cancelled.end(), std::back_inserter(first.cancelled));
    if (second.anomaly) {
        first.anomaly = std::move(second.anomaly);
        first.anomaly_stage = std::move(second.anomaly_stage);
    }
    first.run_id = std::move(second.run_id);
    first.fence = second.fence;
    first.run = std::move(second.run);
    first.run_stays = second.run_stays;
    first.calls_seen = std::max(first.calls_seen, second.calls_seen);
    return first;
}

milliseconds seconds(double count) {
    constexpr double longest = 1e10; // 300 years: a limit, so that no sum overflows
    return milliseconds{static_cast<milliseconds::rep>(std::min(count, longest) * 1000)};
}

/// The operation that a step names; empty: none.
std::string operation_of(const Step& step) {
    if (const auto* pipeline = std::get_if<workflow::PipelineStep>(&step.kind))
        return pipeline->pipeline;
    if (const auto* lambda = std::get_if<workflow::LambdaStep>(&step.kind))
        return lambda->handler;
    return {};
}

/// The definition that a path means, whichever item it is of; nullptr: there is none any more.
const Step* definition_at(const workflow::Workflow& workflow, std::string_view path) {
    const auto* steps = &workflow.steps;
    const Step* found = nullptr;
    for (bool outermost = true; !path.empty(); outermost = false) {
        const auto end = std::min(path.find('/'), path.size());
        const auto name = path.substr(0, std::min(path.substr(0, end).find('['), end));
        path.remove_prefix(std::min(end + 1, path.size()));
        if (steps == nullptr)
            return nullptr;
        const auto at = std::find_if(steps->begin(), steps->end(), [&](const Step& step) { return step.name == name; });
        if (at != steps->end())
            found = &*at;
        else if (outermost && workflow.failure_handler && workflow.failure_handler->name == name)
            found = &*workflow.failure_handler;
        else
            return nullptr;
        const auto* map = std::get_if<workflow::MapStep>(&found->kind);
        steps = map != nullptr ? &map->steps : nullptr;
    }
    return found;
}

/// Operations of these steps and of those inside of them that no loaded plugin brings; the first one.
const Step* missing_among(const std::vector<Step>& steps, const workflow::Catalogue& catalogue) {
    for (const auto& step : steps) {
        if (const auto* pipeline = std::get_if<workflow::PipelineStep>(&step.kind); pipeline != nullptr && catalogue.find_pipeline(pipeline->pipeline) == nullptr)
            return &step;
        if (const auto* lambda = std::get_if<workflow::LambdaStep>(&step.kind); lambda != nullptr && catalogue.find_handler(lambda->handler) == nullptr)
            return &step;
        if (const auto* map = std::get_if<workflow::MapStep>(&step.kind))
            if (const auto* missing = missing_among(map->steps, catalogue))
                return missing;
    }
    return nullptr;
}

PluginBuild build_of(const Step& step, const workflow::Catalogue& catalogue) {
    const auto operation = operation_of(step);
    const auto* pipeline = operation.empty() ? nullptr : catalogue.find_pipeline(operation);
    const auto* handler = operation.empty() ? nullptr : catalogue.find_handler(operation);
    if (pipeline != nullptr || handler != nullptr)
        if (const auto* plugin = catalogue.find_plugin(pipeline != nullptr ? pipeline->plugin : handler->plugin))
            return {plugin->id, plugin->version, plugin->sha256};
    return {};
}

void add_builds(const workflow::Workflow& workflow, const Children& children, const workflow::Catalogue& catalogue, Along& along) {
    for (auto& record : along.steps)
        if (record.status == StepStatus::running && (record.type == "pipeline" || record.type == "lambda"))
            if (const auto* step = definition_at(workflow, record.step))
                record.build = build_of(*step, catalogue);
    for (auto& run : along.new_runs) {
        const auto child = children.find(run.workflow);
        add_builds(child == children.end() ? workflow : child->second->workflow, children, catalogue, run.begin);
    }
}

/// What was written last.
RunChange written_in(const RunRow& row) {
    RunChange run;
    run.status = row.status;
    run.reason = row.reason;
    run.current_step = row.current_step;
    run.error_step = row.error_step;
    run.failure = row.failure;
    run.partition = row.partition;
    run.wake_at = row.wake_at;
    return run;
}

/// Whether the row need not be written but for the step that a running run is at.
bool says_the_same(const RunChange& before, RunChange& after) {
    if (before.status != RunStatus::running || after.status != RunStatus::running)
        return before == after;
    const auto step = std::exchange(after.current_step, before.current_step);
    const bool same = before == after;
    after.current_step = step;
    return same;
}

} // namespace

void add_builds(const State& state, const workflow::Catalogue& catalogue, Along& along) {
    add_builds(*state.workflow, state.children, catalogue, along);
}

bool Conductor::Stage::ending() const { return interrupted() || leaving_; }

/// Makes the first decision of this process for a run.
void Conductor::Stage::begin(Hand& hand, const PlayPointer& pointer, std::optional<RunRow> row) {
    auto& play = *pointer;
    const std::lock_guard turn{play.turn};
    const bool inserted = !row;
    if (inserted)
        if (const auto why = why_unreadable([&] { row = hand.runs().look(play.run_id); }))
            return set_aside(hand, pointer, *why);
    if (row && is_final(row->status) && row->fence == 1) // it only begins others, which nobody else knows of
        for (const auto& record : row->steps)
            if (!record.child_run_id.empty())
                adopt(record.child_run_id, {});
    if (!row || is_final(row->status))
        return let_go(hand, pointer, false);
    if (inserted && row->status == RunStatus::pending)
        return stand_by(play, *row);
    play.fence = row->fence;
    play.calls_seen = row->calls_seen;
    play.run = written_in(*row);
    {
        const std::lock_guard lock{mutex_};
        play.parent_run_id = waiter_of(*row);
    }
    const bool has_begun = !row->steps.empty();
    const bool just_begun = has_begun && row->fence == 1;
    for (const auto& record : row->steps)
        if (!record.child_run_id.empty()) {
            play.children.insert(record.child_run_id);
            if (just_begun) // inserted by the commit that inserted this one
                adopt(record.child_run_id, play.run_id);
        }
    // What killed a process is at most this many results after what it had on disk.
    play.careful = has_begun && !just_begun ? pending_ends_max + 1 : 0;
    const bool queued = row->status == RunStatus::pending;
    if (const auto why = why_unreadable([&] { play.state = folded(std::move(*row), definitions_); }))
        return set_aside(hand, pointer, *why);
    play.folder = play.state->row.folder;
    play.taken_at = band_.clock.now();
    play.taken_tick = band_.clock.monotonic();
    play.begun = true;
    if (block(hand, play))
        return let_go(hand, pointer, true);
    if (has_begun && !just_begun)
        stand_by_below(hand, pointer);
    std::shared_ptr<Doing> first;
    if (just_begun) {
        play.read_anew = true;
        play.decided_at = band_.clock.now();
        first = go_on(hand, pointer, {}, false);
        if (!first)
            first = settle(hand, pointer, looking(hand, play), Kind::look);
    } else if (!has_begun && !queued) {
        first = settle(hand, pointer, [&](State& state) { return begin_run(state, band_.clock.now()); }, Kind::look);
    } else {
        const auto before = play.state->events;
        const auto taking = [&](State& state) {
            const auto outside = hand.runs().outside(play.run_id);
            // More than there was: a commit that was in doubt has taken it up.
            return state.events > before ? wake(state, band_.clock.now(), outside) : take_up(state, band_.clock.now(), outside);
        };
        first = settle(hand, pointer, taking, Kind::look);
    }
    if (first)
        enqueue({pointer, std::move(first), std::nullopt});
}

/// A run that was inserted for this process.
void Conductor::Stage::adopt(const std::string& run_id, const std::string& parent_run_id) {
    auto play = std::make_shared<Play>(band_.cancel);
    play->run_id = run_id;
    play->parent_run_id = parent_run_id;
    {
        const std::lock_guard lock{mutex_};
        if (!plays_.emplace(run_id, play).second)
            return;
    }
    enqueue({std::move(play), nullptr, std::nullopt});
}

/// A run whose plugin is not there waits for it.
bool Conductor::Stage::block(Hand& hand, Play& play) {
    const auto& workflow = *play.state->workflow;
    const auto* missing = missing_among(workflow.steps, band_.catalogue);
    if (missing == nullptr && workflow.failure_handler)
        missing = missing_among({*workflow.failure_handler}, band_.catalogue) != nullptr ? &*workflow.failure_handler : nullptr;
    if (missing == nullptr)
        return false;
    auto operation = operation_of(*missing);
    const auto& known = play.state->row.plugins;
    const auto plugin = known.find(operation);
    Along along;
    along.run_id = play.run_id;
    along.fence = play.fence;
    along.run = play.run;
    along.run.status = RunStatus::waiting;
    along.run.reason = "blocked: plugin " + (plugin == known.end() ? "of '" + operation + "'" : plugin->second) + " not loaded";
    along.run.wake_at.clear();
    along.calls_seen = play.calls_seen;
    hand.runs().write(along);
    return true;
}

/// The state as the journal has it, with what waits to be written. False: the run is not this process's any more.
bool Conductor::Stage::fold_anew(Hand& hand, const PlayPointer& pointer) {
    auto& play = *pointer;
    bool folded = false;
    if (const auto why = why_unreadable([&] { folded = fold_as_recorded(hand, play); })) {
        set_aside(hand, pointer, *why);
        return false;
    }
    return folded;
}

bool Conductor::Stage::fold_as_recorded(Hand& hand, Play& play) {
    auto row = hand.runs().look(play.run_id);
    if (!row || is_final(row->status) || row->fence != play.fence)
        return false;
    play.calls_seen = std::max(play.calls_seen, row->calls_seen);
    play.run = written_in(*row);
    if (contains_pending(play, *row)) { // a write that was not acknowledged has happened all the same
        play.pending = {};
        play.pending_ends = 0;
    }
    for (const auto& record : play.pending.steps) {
        const auto known = std::find_if(row->steps.rbegin(), row->steps.rend(), [&](const auto& one) { return same_attempt(one, record); });
        if (known == row->steps.rend())
            row->steps.push_back(record);
        else if (!is_end(*known))
            *known = record;
    }
    for (const auto& record : row->steps)
        if (record.status == StepStatus::waiting && !record.child_run_id.empty() && play.children.insert(record.child_run_id).second)
            adopt(record.child_run_id, play.run_id);
    play.borrower = nullptr;
    play.state = folded(std::move(*row), definitions_);
    play.read_anew = true;
    return true;
}

/// The run's own time goes by what has passed since this process has the run, whatever became of the world's clock meanwhile.
void Conductor::Stage::heed_time(Play& play) {
    constexpr milliseconds slack{1000}; // how the two are read one after the other
    const auto passed = std::chrono::duration_cast<milliseconds>(band_.clock.monotonic() - play.taken_tick);
    const auto ahead = (band_.clock.now() - play.taken_at) - passed;
    play.state->clock_ahead = ahead > slack || ahead < -slack ? ahead : milliseconds{0};
    const std::lock_guard lock{mutex_};
    if (std::exchange(play.clock_went_back, false))
        play.state->clock_went_back = true;
}

bool Conductor::Stage::contains_pending(const Play& play, const RunRow& row) const {
    if (play.pending.steps.empty())
        return false;
    const auto& last = play.pending.steps.back();
    return std::any_of(row.steps.rbegin(), row.steps.rend(), [&](const auto& one) { return same_attempt(one, last) && (is_end(one) || !is_end(last)); });
}

/// What is the same for everything that a run writes.
void Conductor::Stage::complete(Play& play, Along& along) {
    along.run_id = play.run_id;
    along.fence = play.fence;
    along.calls_seen = std::max(along.calls_seen, play.calls_seen);
    if (along.run.status == RunStatus::paused && leaving_ && !interrupted() && !play.state->row.pause_asked) {
        along.run.status = RunStatus::running; // nobody asked for a pause: whoever is there next goes on with it
        along.run.reason.clear();
    }
    along.run_stays = along.calls_seen == play.calls_seen && says_the_same(play.run, along.run);
    add_builds(*play.state, band_.catalogue, along);
}

/// With what waits to be written.
Along Conductor::Stage::merged(const Play& play, Along along) const {
    return play.pending.steps.empty() ? std::move(along) : joined(play.pending, std::move(along));
}

void Conductor::Stage::stop_running(Play& play) {
    const std::lock_guard lock{mutex_};
    for (auto& [path, doing] : play.doing)
        doing->token.cancel(CancelToken::Why::timed_out);
    told_ = true;
    news_.notify_all();
}

Conductor::Stage::Decide Conductor::Stage::looking(Hand& hand, const Play& play) {
    return [this, &hand, &play](State& state) { return wake(state, band_.clock.now(), hand.runs().outside(play.run_id)); };
}

/// Whether the result of a lambda may be written together with later ones.
bool Conductor::Stage::may_wait(const Play& play, const Decided& decided) const {
    const auto& along = decided.along;
    const auto now = band_.clock.monotonic();
    if (decided.stops || play.careful > 0 || play.pending_ends + 1 >= pending_ends_max || !along.new_runs.empty() || !along.cancelled.empty() ||
        along.anomaly || along.run.status != RunStatus::running || (play.pending_since && now - *play.pending_since >= pending_for))
        return false;
    if (std::any_of(decided.starts.begin(), decided.starts.end(), [](const auto& start) { return !std::holds_alternative<workflow::LambdaStep>(start.step.kind); }))
        return false;
    return std::all_of(along.steps.begin(), along.steps.end(), [](const auto& record) {
        return record.status != StepStatus::waiting && record.wake_at.empty() && record.requests.empty() && record.status != StepStatus::failed;
    });
}

void Conductor::Stage::keep(Play& play, Along along) {
    play.pending = joined(std::move(play.pending), std::move(along));
    ++play.pending_ends;
    if (play.pending_since)
        return;
    play.pending_since = band_.clock.monotonic();
    const std::lock_guard lock{mutex_};
    play.flush_at = *play.pending_since + pending_for;
    told_ = true;
    news_.notify_all();
}

std::shared_ptr<Doing> Conductor::Stage::settle(Hand& hand, const PlayPointer& pointer, const Decide& decide, Kind kind) {
    auto& play = *pointer;
    for (int tries = 1;; ++tries) {
        try {
            if (!play.state && !fold_anew(hand, pointer)) {
                lose(pointer);
                return nullptr;
            }
            if (ending())
                hold(*play.state);
            heed_time(play);
            play.decided_at = band_.clock.now();
            Decided decided;
            if (const auto why = why_unreadable([&] { decided = decide(*play.state); })) {
                set_aside(hand, pointer, *why);
                return nullptr;
            }
            if (decided.stop_running)
                stop_running(play);
            if (!decided.changed && (play.pending.steps.empty() || !decided.stops))
                return go_on(hand, pointer, std::move(decided.starts), decided.stops);
            auto& along = decided.along;
            complete(play, along);
            if (kind == Kind::result && may_wait(play, decided)) {
                keep(play, std::move(along));
                return go_on(hand, pointer, std::move(decided.starts), false);
            }
            if (kind == Kind::result && play.careful > 0)
                --play.careful;
            along = merged(play, std::move(along));
            switch (hand.runs().write(along)) {
            case Written::yes: acknowledged(pointer, along); return go_on(hand, pointer, std::move(decided.starts), decided.stops);
            case Written::lost: lose(pointer); return nullptr;
            case Written::stale: break;
            }
            play.state.reset();
            if (play.run.status == RunStatus::pending) { // there is no room for it yet
                let_go(hand, pointer, true);
                return nullptr;
            }
            if (tries == tries_max)
                throw Error{ErrorCode::unavailable, "run '" + play.run_id + "' is changed again and again while it is decided", "try again"};
            // Somebody has answered in between: what they said comes first.
            if (kind != Kind::look) {
                auto doing = settle(hand, pointer, looking(hand, play), Kind::look);
                if (doing)
                    enqueue({pointer, std::move(doing), std::nullopt});
            }
        } catch (const Error& error) {
            play.state.reset();
            if (error.code() != ErrorCode::unavailable || tries == tries_max)
                throw;
            band_.clock.sleep(first_pause * (1 << (tries - 1)));
        }
    }
}

/// What was decided is on disk.
void Conductor::Stage::acknowledged(const PlayPointer& pointer, const Along& along) {
    auto& play = *pointer;
    play.pending = {};
    play.pending_ends = 0;
    play.pending_since.reset();
    play.run = along.run;
    play.calls_seen = along.calls_seen;
    std::vector<PlayPointer> ended;
    {
        const std::lock_guard lock{mutex_};
        play.flush_at.reset();
        for (const auto& run_id : along.cancelled)
            if (const auto found = plays_.find(run_id); found != plays_.end())
                ended.push_back(found->second);
    }
    for (const auto& run : along.new_runs) {
        play.children.insert(run.run_id);
        adopt(run.run_id, waiter_of(run));
    }
    for (const auto& child : ended)
        lose(child);
}

/// Starts that are recorded and that nobody here works on.
std::vector<StepStart> Conductor::Stage::not_begun(const Play& play) {
    auto starts = recorded_starts(*play.state);
    const std::lock_guard lock{mutex_};
    std::erase_if(starts, [&](const auto& start) { return play.doing.contains(start.path); });
    return starts;
}

/// Lets happen what was decided: the first start is given to the caller, the others to the queue.
std::shared_ptr<Doing> Conductor::Stage::go_on(Hand& hand, const PlayPointer& pointer, std::vector<StepStart> starts, bool stops) {
    auto& play = *pointer;
    auto& state = *play.state;
    if (std::exchange(play.read_anew, false)) {
        starts = not_begun(play);
        for (auto& start : starts) // its time is that of the attempt, which begins now
            if (!start.deadline && start.step.timeout_seconds)
                start.deadline = play.decided_at + seconds(*start.step.timeout_seconds);
    }
    std::shared_ptr<Doing> first;
    std::vector<Job> others;
    bool busy = false;
    {
        const std::lock_guard lock{mutex_};
        play.wake.reset();
        if (!state.wakes.empty())
            play.wake = state.wakes.begin()->first;
        if (state.workflow->timeout_seconds) {
            const auto limit = state.started + seconds(*state.workflow->timeout_seconds) + state.clock_ahead;
            if (!play.wake || limit < *play.wake)
                play.wake = limit;
        }
        if (play.wake && *play.wake <= play.decided_at) // was seen, and changed nothing
            play.wake = play.decided_at + settings_.look_every;
        for (auto& start : starts) {
            auto doing = std::make_shared<Doing>(&play.token);
            doing->start = std::move(start);
            if (doing->start.deadline)
                doing->deadline = band_.clock.monotonic() + std::min<milliseconds>(*doing->start.deadline - play.decided_at, century);
            play.doing[doing->start.path] = doing;
            if (!first)
                first = std::move(doing);
            else
                others.push_back({pointer, std::move(doing), std::nullopt});
        }
        busy = !play.doing.empty();
        told_ = true;
    }
    for (auto& job : others)
        enqueue(std::move(job));
    if (play.wake)
        news_.notify_all();
    if (is_final(play.run.status) && play.pending.steps.empty())
        let_go(hand, pointer, false);
    else if (stops && !busy)
        rest(hand, pointer);
    return first;
}

/// A run with nothing to do: stays, or is given back.
void Conductor::Stage::rest(Hand& hand, const PlayPointer& pointer) {
    auto& play = *pointer;
    if (play.run.status != RunStatus::paused && !ending()) {
        if (stays(play))
            return;
        if (hand.runs().outside(play.run_id).calls > play.calls_seen) {
            const std::lock_guard lock{mutex_};
            play.called = told_ = true;
            news_.notify_all();
            return;
        }
    }
    let_go(hand, pointer, true);
}

bool Conductor::Stage::stays(const Play& play) {
    if (settings_.stays_to_the_end)
        return true;
    const auto& state = *play.state;
    for (const auto& path : state.waiting)
        if (const auto at = locate(state, path); at && !at->state().again && std::holds_alternative<workflow::ApprovalStep>(at->definition().kind))
            return false;
    const std::lock_guard lock{mutex_};
    for (const auto& [id, other] : plays_)
        if (!other->over && other->parent_run_id == play.run_id)
            return true;
    return play.wake && *play.wake - band_.clock.now() <= settings_.patience;
}

/// This process has nothing more to do with the run; who waits for it here looks at once.
void Conductor::Stage::let_go(Hand& hand, const PlayPointer& pointer, bool release) {
    auto& play = *pointer;
    {
        const std::lock_guard lock{mutex_};
        if (play.over)
            return;
    }
    if (!release)
        return lose(pointer);
    hand.runs().release(play.run_id, play.fence);
    leave(pointer);
}

/// What is recorded of this run makes no sense: it alone waits, for somebody to look at it, and the others go on.
void Conductor::Stage::set_aside(Hand& hand, const PlayPointer& pointer, const std::string& why) {
    hand.runs().set_aside(pointer->run_id, pointer->fence, unreadable_reason(why));
    leave(pointer);
}

void Conductor::Stage::lose(const PlayPointer& pointer) {
    const std::lock_guard lock{mutex_};
    pointer->over = true;
    pointer->token.cancel();
    if (const auto parent = plays_.find(pointer->parent_run_id); parent != plays_.end())
        parent->second->called = true;
    queue_at_ = std::min(queue_at_, band_.clock.monotonic() + pending_for); // its place may be another one's
    told_ = true;
    news_.notify_all();
}

void Conductor::Stage::forget(Play& play, const Doing& doing) {
    const std::lock_guard lock{mutex_};
    if (const auto found = play.doing.find(doing.start.path); found != play.doing.end() && found->second.get() == &doing)
        play.doing.erase(found);
}

/// Timers that are due, and what happened outside.
void Conductor::Stage::look(Hand& hand, const PlayPointer& pointer) {
    auto& play = *pointer;
    const std::unique_lock turn{play.turn, std::try_to_lock};
    if (!turn || !play.begun || play.borrower != nullptr)
        return; // at the next look
    bool suspect = false;
    {
        const std::lock_guard lock{mutex_};
        if (play.over)
            return;
        play.called = false;
        suspect = std::exchange(play.suspect, false);
    }
    const auto seen = play.calls_seen;
    auto doing = settle(hand, pointer, looking(hand, play), Kind::look);
    if (doing)
        enqueue({pointer, std::move(doing), std::nullopt});
    if (suspect && play.calls_seen == seen) {
        const auto row = readable(hand, play.run_id);
        if (!row || row->fence != play.fence || is_final(row->status))
            lose(pointer);
    }
}

/// An attempt that did not listen: it is over, whatever it does from now on.
void Conductor::Stage::give_up(Hand& hand, const PlayPointer& pointer, const std::shared_ptr<Doing>& doing) {
    auto& play = *pointer;
    const std::unique_lock turn{play.turn, std::try_to_lock};
    if (!turn)
        return;
    std::string execution_id, where;
    {
        const std::lock_guard lock{mutex_};
        const auto found = play.doing.find(doing->start.path);
        if (play.over || found == play.doing.end() || found->second != doing)
            return;
        execution_id = doing->execution_id;
        // Before it has begun, it will see that it need not; unless its plan or its init keeps it: then it must never come back to begin.
        if (execution_id.empty() && std::holds_alternative<workflow::PipelineStep>(doing->start.step.kind) && !process::forsake(doing->guest))
            return;
        where = process::doing(doing->guest);
        for (auto& worker : threads_)
            worker->stuck = worker->stuck || (worker->guest != nullptr && worker->guest == doing->guest);
        doing->given_up = true;
        play.doing.erase(found);
        ++stuck_;
    }
    if (!execution_id.empty() && !hand.bench->executions().give_up(execution_id))
        execution_id.clear(); // its run alone knows of it
    if (play.borrower == doing.get())
        play.state.reset();
    StepEnd end;
    unit::Failure failure;
    const bool late = doing->token.why() == CancelToken::Why::timed_out;
    failure.category = late ? unit::Category::timeout : unit::Category::cancelled;
    failure.message = late ? "its time was over, and it did not stop" : "it was told to stop, and did not";
    if (!where.empty())
        failure.message += " (" + where + ")";
    failure.exit_code = late ? unit::exit_code(failure.category) : spine::exit_code(ErrorCode::interrupted);
    end.status = late ? StepStatus::failed : StepStatus::cancelled;
    end.failure = std::move(failure);
    end.execution_id = std::move(execution_id);
    auto next = ended(hand, pointer, *doing, end, Kind::end);
    if (next)
        enqueue({pointer, std::move(next), std::nullopt});
}

/// Writes what has waited long enough.
void Conductor::Stage::flush(Hand& hand, const PlayPointer& pointer) {
    auto& play = *pointer;
    const std::unique_lock turn{play.turn, std::try_to_lock};
    if (!turn || play.pending.steps.empty())
        return;
    try {
        if (!play.state && play.borrower == nullptr && !fold_anew(hand, pointer))
            return lose(pointer);
        if (play.pending.steps.empty())
            return; // had been written before
        switch (hand.runs().write(play.pending)) {
        case Written::yes: acknowledged(pointer, Along{play.pending}); break;
        case Written::lost: lose(pointer); break;
        case Written::stale: break; // only results of lambdas wait, and nobody else can end those
        }
    } catch (const Error&) {
        play.state.reset(); // whether it was written is not known
        throw;
    }
}

} // namespace spine::run
