#include "run/state.hpp"

#include "error.hpp"
#include "run/decide.hpp"
#include "run/frame.hpp"
#include "workflow/course.hpp"
#include "workflow/read_workflow.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace spine::run {

namespace json = boost::json;
using workflow::MapStep;
using workflow::Step;

namespace {

bool is_final(StepStatus status) {
    return status == StepStatus::completed || status == StepStatus::skipped || status == StepStatus::failed ||
           status == StepStatus::cancelled;
}

bool is_map(const Step& step) { return std::holds_alternative<MapStep>(step.kind); }

/// An execution that was skipped found its work done.
bool is_done(const StepRecord& record) {
    return record.status == StepStatus::completed ||
           (record.status == StepStatus::skipped && !record.execution_id.empty());
}

void forget_waiting(State& state, StepState& step, const std::string& path) {
    if (step.wake)
        state.wakes.erase({*step.wake, path});
    step.wake.reset();
    step.wait = std::chrono::milliseconds{0};
    state.waiting.erase(path);
}

void wait_for(State& state, StepState& step, const std::string& path, const std::string& wake_at, std::int64_t wait_ms) {
    state.waiting.insert(path);
    if (wake_at.empty())
        return;
    step.wake = env::time_from(wake_at);
    step.wait = std::chrono::milliseconds{wait_ms};
    state.wakes.insert({*step.wake, path});
}

/// What a failed item leaves among the results of its map.
json::object failed_item(const Frame& item, const StepRecord& record) {
    json::object result{{"failed", true}, {"step", (*item.steps)[item.failed_step].name}};
    result["error"] = record.failure ? record.failure->message : record.reason;
    result["category"] = unit::to_text(record.failure ? record.failure->category : unit::Category::step_error);
    return result;
}

json::object result_of(const Frame& item) {
    const auto* output = item.last_done.empty() ? nullptr : item.outputs.if_contains(item.last_done);
    return output != nullptr && output->is_object() ? output->get_object() : json::object{};
}

/// The item has nothing more to do: its result stays, and of a good one nothing else.
void close_item(Frame& item, const StepRecord& record) {
    auto& map = *item.outer->maps.at(item.outer_step);
    --map.active;
    if (item.failed) {
        ++map.failed;
        map.results[item.item] = failed_item(item, record);
        return;
    }
    ++map.completed;
    map.results[item.item] = result_of(item);
    map.frames.erase(item.item); // `item` is gone
}

/// Which step follows in order, from what is known of this one's end.
std::size_t following(const Frame& frame, std::size_t at) {
    const auto& step = (*frame.steps)[at];
    const auto& known = frame.states[at];
    if (const auto* choice = std::get_if<workflow::ChoiceStep>(&step.kind); choice != nullptr && known.done) {
        const auto& branch = known.branch;
        const auto target = frame.index.find(branch);
        return target == frame.index.end() ? at + 1 : target->second;
    }
    const bool follows = known.done || known.status == StepStatus::failed;
    if (follows && step.end)
        return frame.steps->size();
    if (follows && !step.next.empty())
        if (const auto target = frame.index.find(step.next); target != frame.index.end())
            return target->second;
    return at + 1;
}

/// Moves the cursor to the first step that is not settled.
void advance_cursor(Frame& frame) {
    while (frame.cursor < frame.states.size() && frame.states[frame.cursor].settled)
        frame.cursor = following(frame, frame.cursor);
}

void release_dependents(Frame& frame, std::size_t at) {
    ++frame.settled;
    for (const auto dependent : frame.dependents[at])
        if (--frame.missing[dependent] == 0 && frame.states[dependent].status == StepStatus::pending)
            frame.ready.insert(dependent);
}

void settle(Frame& frame, std::size_t at) {
    auto& known = frame.states[at];
    if (known.settled)
        return;
    known.settled = true;
    if (frame.parallel)
        release_dependents(frame, at);
    else
        advance_cursor(frame);
}

bool is_detour(const Frame& frame, std::size_t at) {
    return std::find(frame.detours.begin(), frame.detours.end(), at) != frame.detours.end();
}

/// An item that was over goes on.
void reopen_item(Frame& item) {
    auto& map = *item.outer->maps.at(item.outer_step);
    if (!item.failed)
        return;
    item.failed = false;
    --map.failed;
    ++map.active;
    map.results[item.item] = nullptr;
}

void tell_failure(State& state) {
    if (state.workflow->failure_handler && state.failure)
        state.outputs["failure"] = json::object{{"step", state.error_step},
                                                {"error", state.failure->message},
                                                {"category", unit::to_text(state.failure->category)}};
}

void fail_root(State& state, Frame& root, const std::string& path, const std::optional<unit::Failure>& failure) {
    if (!state.failure) {
        state.failure = failure.value_or(final_failure("it failed without a reason", ""));
        state.error_step = path;
        tell_failure(state);
    }
    if (state.workflow->on_failure != workflow::OnFailure::go_on)
        root.failed = true;
}

void begin_step(State& state, Frame& frame, std::size_t at, const StepRecord& record) {
    auto& known = frame.states[at];
    const auto& step = (*frame.steps)[at];
    if (frame.outer != nullptr)
        reopen_item(frame);
    forget_waiting(state, known, record.step);
    known.attempt = record.attempt;
    known.begun_no = record.begun_no;
    known.again = false;
    known.status = record.status;
    known.child_run_id = record.child_run_id;
    frame.ready.erase(at);
    if (!frame.parallel && !is_detour(frame, at))
        frame.cursor = at;
    if (record.status == StepStatus::waiting)
        wait_for(state, known, record.step, record.wake_at, record.wait_ms);
    else if (is_map(step))
        open_map(state, frame, at);
    else
        state.running.insert(record.step);
}

void take_over(State& state, Frame& frame, std::size_t at, const StepRecord& record) {
    const auto& name = (*frame.steps)[at].name;
    const bool item = frame.outer != nullptr;
    (item ? frame.outputs : state.outputs)[name] = record.output;
    auto& params = item ? frame.params : state.params;
    for (const auto& update : record.updates)
        params[update.key()] = update.value();
    if (is_done(record))
        frame.last_done = name;
}

void apply_course(State& state, const StepRecord& record);

void end_step(State& state, Frame& frame, std::size_t at, const StepRecord& record) {
    auto& known = frame.states[at];
    const auto& step = (*frame.steps)[at];
    const bool item = frame.outer != nullptr;
    state.running.erase(record.step);
    forget_waiting(state, known, record.step);
    known.attempt = record.attempt;
    known.begun_no = record.begun_no;
    if (record.status == StepStatus::failed) {
        if (record.failure && record.failure->category == unit::Category::crash)
            ++known.deaths;
        else if (!record.failure || !record.failure->elsewhere)
            ++known.failures;
    }
    if (!record.wake_at.empty()) { // it is tried again
        known.status = StepStatus::waiting;
        known.again = true;
        frame.ready.erase(at);
        if (!frame.parallel && !is_detour(frame, at))
            frame.cursor = at;
        wait_for(state, known, record.step, record.wake_at, record.wait_ms);
        return;
    }
    known.status = record.status;
    known.again = false;
    frame.ready.erase(at);
    std::erase(frame.detours, at);
    if (record.status == StepStatus::cancelled)
        return;
    known.done = is_done(record);
    // What hangs on a choice that was left out, for whatever reason, was not chosen.
    const bool is_choice = std::holds_alternative<workflow::ChoiceStep>(step.kind);
    known.passed = record.output.contains("jumped_over") || (is_choice && record.status == StepStatus::skipped);
    known.hangs = record.output.contains("hangs_on");
    if (is_choice && known.done)
        if (const auto* branch = record.output.if_contains("branch"); branch != nullptr && branch->is_string())
            known.branch = std::string{branch->get_string()};
    take_over(state, frame, at, record);
    if (is_map(step) && known.done)
        frame.maps.erase(at);
    if (&frame == state.handler.get()) {
        settle(frame, at);
    } else if (record.status == StepStatus::failed && step.on_error != workflow::OnError::go_on) {
        if (frame.outer != nullptr) {
            frame.failed = true;
            frame.failed_step = at;
            close_item(frame, record);
            return;
        }
        fail_root(state, frame, record.step, record.failure);
        if (!frame.failed)
            settle(frame, at); // branches that do not hang on it go on
    } else {
        if (record.status == StepStatus::failed && frame.outer == nullptr)
            state.passed_over.push_back(record.step);
        settle(frame, at);
    }
    if (!record.requests.empty())
        apply_course(state, record); // of the failure handler's frame nothing may be left
    if (item && !frame.parallel && frame.cursor >= frame.steps->size() && frame.detours.empty())
        close_item(frame, record);
}

/// The root's states beside its changed steps.
void realign(Frame& frame, const std::vector<std::string>& names, const std::map<std::string, std::string>& renamed) {
    std::map<std::string, StepState> before;
    for (std::size_t i = 0; i < names.size(); ++i)
        before.emplace(names[i], std::move(frame.states[i]));
    const auto place_before = [&](std::size_t at) { return at < names.size() ? names[at] : std::string{}; };
    const auto cursor = place_before(frame.cursor);
    std::vector<std::string> detours;
    for (const auto at : frame.detours)
        detours.push_back(place_before(at));
    std::map<std::string, std::unique_ptr<MapState>> maps;
    for (auto& [at, map] : frame.maps)
        maps.emplace(place_before(at), std::move(map));
    index_frame(frame);
    for (std::size_t i = 0; i < frame.steps->size(); ++i)
        if (const auto known = before.find((*frame.steps)[i].name); known != before.end())
            frame.states[i] = std::move(known->second);
    const auto place = [&](const std::string& name) {
        auto found = frame.index.find(name);
        if (found == frame.index.end())
            if (const auto other = renamed.find(name); other != renamed.end())
                found = frame.index.find(other->second);
        return found == frame.index.end() ? frame.steps->size() : found->second;
    };
    frame.cursor = cursor.empty() ? frame.steps->size() : place(cursor);
    frame.detours.clear();
    for (const auto& name : detours)
        frame.detours.push_back(place(name));
    frame.maps.clear();
    for (auto& [name, map] : maps)
        frame.maps.emplace(place(name), std::move(map));
    point_at_steps(frame);
    if (frame.parallel)
        connect(frame);
}

void change_steps(State& state, const workflow::CourseRequest& request) {
    std::vector<std::string> names;
    for (const auto& step : state.workflow->steps)
        names.push_back(step.name);
    std::map<std::string, std::string> renamed;
    if (const auto* replaced = std::get_if<workflow::ReplaceStep>(&request))
        renamed.emplace(replaced->name, replaced->step.name);
    workflow::apply(request, *state.workflow);
    realign(*state.root, names, renamed);
    const auto* inserted = std::get_if<workflow::InsertStep>(&request);
    if (inserted == nullptr || state.root->parallel)
        return;
    // What was put in behind the step that asked, and before what comes next, comes next.
    const auto at = state.root->index.at(inserted->step.name);
    if (at + 1 == state.root->cursor || (at + 1 == state.root->steps->size() && state.root->cursor == at + 1))
        state.root->cursor = at;
}

/// It may be needed again; its attempts are counted on.
void reset_handler(Frame& handler) {
    const int attempt = handler.states[0].attempt;
    handler.states[0] = {};
    handler.states[0].attempt = attempt;
    handler.cursor = 0;
}

/// The items of a map that failed go on where they failed.
void reopen_items(MapState& map) {
    for (auto& [number, item] : map.frames) {
        if (!item->failed)
            continue;
        auto& known = item->states[item->failed_step];
        known.status = StepStatus::pending;
        known.failures = 0;
        known.deaths = 0;
        if (const auto inner = item->maps.find(item->failed_step); inner != item->maps.end())
            reopen_items(*inner->second);
        reopen_item(*item);
    }
}

/// When a failing run goes on after all, everything that it had ended or left out begins again: what was cancelled, what hung on the failure, and
/// what failed beside the step that is asked for, because whoever asks has seen the first failure only.
void reopen_frame(Frame& frame) {
    for (std::size_t i = 0; i < frame.states.size(); ++i) {
        auto& known = frame.states[i];
        const auto map = frame.maps.find(i);
        const bool failed = known.status == StepStatus::failed && (*frame.steps)[i].on_error != workflow::OnError::go_on;
        if (known.status == StepStatus::cancelled || known.hangs || failed) {
            known.status = StepStatus::pending;
            known.failures = 0;
            known.deaths = 0;
            known.hangs = false;
            known.settled = false;
            if (map != frame.maps.end())
                reopen_items(*map->second);
        }
        if (map != frame.maps.end())
            for (auto& [number, item] : map->second->frames)
                if (!item->failed)
                    reopen_frame(*item);
    }
    if (frame.parallel) {
        connect(frame);
    } else if (frame.outer == nullptr) {
        frame.cursor = 0;
        advance_cursor(frame);
    }
}

void retry_again(State& state, const workflow::RetryStep& request) {
    auto& root = *state.root;
    const auto found = root.index.find(request.name);
    if (found == root.index.end())
        return;
    const auto at = found->second;
    auto& known = root.states[at];
    known.params = request.params;
    known.failures = 0;
    known.deaths = 0;
    const bool failed_the_run = state.failure && state.error_step == request.name;
    if (failed_the_run) {
        state.failure.reset();
        state.error_step.clear();
        state.outputs.erase("failure");
        root.failed = false;
        reset_handler(*state.handler);
        reopen_frame(root);
        return;
    }
    std::erase(state.passed_over, request.name);
    known.status = StepStatus::pending;
    if (const auto map = root.maps.find(at); map != root.maps.end())
        reopen_items(*map->second);
    if (!known.settled) { // the cursor stands on it, or on what was put in before it
        if (root.parallel)
            root.ready.insert(at);
        return;
    }
    root.detours.push_back(at);
}

void apply_course(State& state, const StepRecord& record) {
    auto read = workflow::read_course(record.requests);
    const auto* requests = std::get_if<std::vector<workflow::CourseRequest>>(&read);
    if (requests == nullptr)
        throw Error{ErrorCode::internal, "run " + state.run_id + ": what step '" + record.step + "' asked for cannot be read"};
    for (const auto& request : *requests) {
        ++state.requests;
        if (const auto* again = std::get_if<workflow::RetryStep>(&request))
            retry_again(state, *again);
        else if (const auto* spawn = std::get_if<workflow::SpawnRun>(&request))
            state.spawned.insert(spawn->name);
        else if (std::holds_alternative<workflow::ContinueAsNew>(request))
            state.continued = true;
        else if (!std::holds_alternative<workflow::SkipSteps>(request)) // skips are records of their own
            change_steps(state, request);
    }
    auto& root = *state.root;
    if (const auto asked = root.index.find(record.step); asked != root.index.end() && !root.parallel) {
        root.cursor = asked->second; // what follows it now may be another step
        advance_cursor(root);
    }
}

/// Whatever waits or runs inside of a map.
void forget_inside(State& state, const std::string& map) {
    const auto prefix = map + "[";
    std::erase_if(state.wakes, [&](const auto& wake) { return wake.second.starts_with(prefix); });
    std::erase_if(state.waiting, [&](const auto& path) { return path.starts_with(prefix); });
    std::erase_if(state.running, [&](const auto& path) { return path.starts_with(prefix); });
}

void reset(State& state, const std::string& path) {
    const auto at = locate(state, path);
    if (!at)
        return;
    auto& frame = *at->frame;
    auto& known = at->state();
    forget_waiting(state, known, path);
    state.running.erase(path);
    const auto params = known.params;
    known = {};
    known.params = params;
    if (frame.outer != nullptr) {
        reopen_item(frame);
        frame.outputs.erase(at->definition().name);
    } else {
        state.outputs.erase(at->definition().name);
        std::erase(state.passed_over, path);
    }
}

/// Attempts are counted for each generation, and items go on at the first step that is not settled.
void count_anew(Frame& frame) {
    for (auto& known : frame.states) {
        known.attempt = 0;
        known.failures = 0;
        known.deaths = 0;
    }
    if (frame.outer != nullptr) {
        frame.cursor = 0;
        advance_cursor(frame);
    }
    for (auto& [at, map] : frame.maps)
        for (auto& [number, item] : map->frames)
            count_anew(*item);
}

/// Paths to forget: names of the root alone forget their maps whole; with paths inside of a map, what its good items gave stays.
void forget(State& state, const StepRecord& record) {
    std::vector<std::string> paths;
    if (const auto* steps = record.output.if_contains("steps"); steps != nullptr && steps->is_array())
        for (const auto& path : steps->get_array())
            if (path.is_string())
                paths.emplace_back(path.get_string());
    state.generation = record.generation;
    if (const auto* at = record.output.if_contains("at"); at != nullptr && at->is_string())
        state.started = env::time_from(std::string{at->get_string()}); // each generation has the run's time for itself
    state.failure.reset();
    state.error_step.clear();
    state.outputs.erase("failure");
    if (state.handler)
        forget_waiting(state, state.handler->states[0], state.workflow->failure_handler->name);
    state.handler.reset();
    state.continued = false;
    state.running.clear();
    auto& root = *state.root;
    root.failed = false;
    root.detours.clear();
    for (const auto& path : paths) {
        const bool partly = std::any_of(paths.begin(), paths.end(),
                                        [&](const auto& other) { return other.starts_with(path + "["); });
        if (const auto at = locate(state, path); at && !partly && at->frame->maps.contains(at->step)) {
            forget_inside(state, path);
            at->frame->maps.erase(at->step);
        }
        reset(state, path);
    }
    count_anew(root);
    if (root.parallel) {
        connect(root);
    } else {
        root.cursor = 0;
        advance_cursor(root);
    }
}

/// Waits that were set by a clock that was ahead end at other times.
void set_waits(State& state, const StepRecord& record) {
    if (const auto* started = record.output.if_contains("started"); started != nullptr && started->is_string())
        state.started = env::time_from(std::string{started->get_string()});
    const auto* waits = record.output.if_contains("waits");
    if (waits == nullptr || !waits->is_object())
        return;
    for (const auto& member : waits->get_object()) {
        const std::string path{member.key()};
        const auto at = locate(state, path);
        if (!at || !at->state().wake || !member.value().is_string())
            continue;
        state.wakes.erase({*at->state().wake, path});
        at->state().wake = env::time_from(std::string{member.value().get_string()});
        state.wakes.insert({*at->state().wake, path});
    }
}

void apply_mark(State& state, const StepRecord& record) {
    if (record.step == "@retry") {
        forget(state, record);
    } else if (record.step == "@clock") {
        set_waits(state, record);
    } else if (record.step == "@params") {
        for (const auto& update : record.updates)
            state.params[update.key()] = update.value();
    } else if (record.step == "@timeout" && state.root) {
        if (!state.failure) {
            state.failure = record.failure;
            tell_failure(state);
        }
        state.root->failed = true;
    }
}

/// A record that was written at its start and changed at its end, as it was at its start.
StepRecord at_start(const StepRecord& record) {
    StepRecord start;
    start.step = record.step;
    start.generation = record.generation;
    start.attempt = record.attempt;
    start.type = record.type;
    start.status = record.type == "wait" || record.type == "approval" || record.type == "workflow" ? StepStatus::waiting
                                                                                                   : StepStatus::running;
    if (record.type == "workflow") // others begin runs with their end
        start.child_run_id = record.child_run_id;
    start.begun_no = record.begun_no;
    return start;
}

} // namespace

State fresh(RunRow row, const workflow::Workflow& workflow, Children children) {
    State state;
    state.run_id = row.run_id;
    state.fence = row.fence;
    state.generation = row.generation;
    state.chain_no = row.chain_no;
    if (!row.started_at.empty())
        state.started = env::time_from(row.started_at);
    state.workflow = std::make_unique<workflow::Workflow>(workflow);
    state.children = std::move(children);
    state.params = row.params;
    state.partition = row.partition;
    row.steps.clear();
    state.row = std::move(row);
    state.root = std::make_unique<Frame>();
    state.root->steps = &state.workflow->steps;
    state.root->parallel = state.workflow->execution == workflow::Execution::parallel;
    index_frame(*state.root);
    if (state.root->parallel)
        connect(*state.root);
    return state;
}

std::shared_ptr<const workflow::Definition> KnownDefinitions::read(const std::string& text, const std::string& whose) {
    constexpr std::size_t known_max = 64;
    {
        const std::lock_guard lock{mutex_};
        if (const auto found = known_.find(text); found != known_.end())
            return found->second;
    }
    auto read = workflow::read_workflow(text, whose);
    if (auto* faults = std::get_if<workflow::Diagnostics>(&read))
        throw Error{ErrorCode::invalid, whose + " cannot be read: " + faults->front().message, faults->front().hint};
    auto definition = std::make_shared<const workflow::Definition>(std::move(std::get<workflow::Definition>(read)));
    const std::lock_guard lock{mutex_};
    if (known_.emplace(text, definition).second)
        order_.push_back(text);
    if (order_.size() > known_max) {
        known_.erase(order_.front());
        order_.pop_front();
    }
    return definition;
}

State fresh(RunRow row, KnownDefinitions& known) {
    Children children;
    for (const auto& kept : row.children)
        children.emplace(kept.name, known.read(kept.text, "the definition of workflow '" + kept.name + "'"));
    const auto own = known.read(row.definition_text, "the definition of run '" + row.run_id + "'");
    return fresh(std::move(row), own->workflow, std::move(children));
}
State fresh(RunRow row) {
    KnownDefinitions none;
    return fresh(std::move(row), none);
}

State folded(RunRow row, KnownDefinitions& known) {
    const auto steps = std::move(row.steps);
    auto state = fresh(std::move(row), known);
    replay(state, steps);
    return state;
}
State folded(RunRow row) {
    KnownDefinitions none;
    return folded(std::move(row), none);
}

void replay(State& state, const std::vector<StepRecord>& steps) {
    struct Event {
        std::int64_t no;
        const StepRecord* record;
        bool start;
        bool before; ///< what else has this number
    };
    // Who cancels a run from outside may count no events: such ends are the last of their generation.
    std::map<int, std::int64_t> generations;
    for (const auto& record : steps)
        if (record.step == "@retry")
            generations.emplace(record.generation, record.begun_no);
    const auto last_of = [&](int generation) {
        const auto next = generations.upper_bound(generation);
        return next == generations.end() ? std::numeric_limits<std::int64_t>::max() : next->second;
    };
    std::vector<Event> events;
    events.reserve(steps.size() * 2);
    std::int64_t rows = 0;
    for (const auto& record : steps) {
        ++rows; // rows of a time before events were counted stand in the order of their events
        const auto begun = record.begun_no != 0 ? record.begun_no : rows;
        const bool from_outside = record.ended_no == 0 && record.begun_no != 0 && record.status == StepStatus::cancelled;
        const auto ended = from_outside ? last_of(record.generation) : record.ended_no != 0 ? record.ended_no : begun;
        if (!is_final(record.status)) {
            events.push_back({begun, &record, false, false});
            continue;
        }
        if (begun != ended)
            events.push_back({begun, &record, true, false});
        events.push_back({ended, &record, false, from_outside});
    }
    std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.no != b.no ? a.no < b.no : a.before && !b.before; });
    for (const auto& event : events) {
        if (event.start)
            apply(state, at_start(*event.record));
        else
            apply(state, *event.record);
    }
    state.events = std::max(state.events, rows);
}

void apply(State& state, const StepRecord& record) {
    state.events = std::max({state.events, record.begun_no, record.ended_no});
    if (record.step.starts_with('@'))
        return apply_mark(state, record);
    const auto at = enter(state, record.step);
    if (!at)
        return; // a step that was replaced since
    if (is_final(record.status))
        end_step(state, *at->frame, at->step, record);
    else
        begin_step(state, *at->frame, at->step, record);
}

std::vector<std::string> completed_steps(const State& state) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < state.root->states.size(); ++i)
        if (state.root->states[i].done)
            names.push_back((*state.root->steps)[i].name);
    return names;
}

namespace {

/// 0: it is at work; 1: it waits; 2: it may begin; 3: neither.
int standing_of(const Frame& frame, std::size_t at) {
    const auto& step = frame.states[at];
    if (step.settled)
        return 3;
    if (step.status == StepStatus::running)
        return 0;
    if (step.status == StepStatus::waiting || step.again)
        return 1;
    return frame.ready.contains(at) ? 2 : 3;
}

} // namespace

std::string current_step(const State& state) {
    if (state.handler && state.handler->states[0].attempt > 0 && state.handler->cursor == 0)
        return state.handler->steps->front().name;
    const auto& root = *state.root;
    std::optional<std::size_t> found;
    if (!root.parallel) {
        found = root.detours.empty() ? root.cursor : root.detours.front();
    } else {
        int best = 3;
        for (std::size_t at = 0; at < root.states.size(); ++at)
            if (const int standing = standing_of(root, at);
                standing < best || (standing == best && best < 2 && root.states[at].begun_no < root.states[*found].begun_no)) {
                best = standing;
                found = at;
            }
    }
    return found && *found < root.steps->size() ? (*root.steps)[*found].name : std::string{};
}

double progress(const State& state) {
    const auto& root = *state.root;
    if (root.states.empty())
        return 1.0;
    double settled = 0;
    for (std::size_t i = 0; i < root.states.size(); ++i) {
        if (root.states[i].settled)
            settled += 1;
        else if (const auto map = root.maps.find(i); map != root.maps.end() && !map->second->items.empty())
            settled += static_cast<double>(map->second->completed + map->second->failed) /
                       static_cast<double>(map->second->items.size());
    }
    return settled / static_cast<double>(root.states.size());
}

} // namespace spine::run
