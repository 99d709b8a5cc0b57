#include "run/walk.hpp"

#include <algorithm>

namespace spine::run {

using workflow::MapStep;

void Walk::go_outwards(std::string path) {
    for (;;) {
        const auto slash = path.rfind('/');
        if (slash == std::string::npos)
            break;
        path.resize(slash);
        path.resize(path.rfind('['));
        const auto at = locate(s_, path);
        if (!at)
            continue;
        if (advance_map(*at->frame, at->step))
            advance(*at->frame);
    }
    advance(*s_.root);
}

void Walk::advance_maps(Frame& frame) {
    std::vector<std::size_t> maps;
    for (const auto& [at, map] : frame.maps)
        if (frame.states[at].status == StepStatus::running)
            maps.push_back(at);
    for (const auto at : maps) {
        std::vector<std::size_t> items;
        for (const auto& [number, item] : frame.maps.at(at)->frames)
            if (!item->failed && !item->maps.empty())
                items.push_back(number);
        for (const auto number : items) {
            const auto map = frame.maps.find(at);
            const auto item = map == frame.maps.end() ? decltype(map->second->frames.end()){} : map->second->frames.find(number);
            if (map != frame.maps.end() && item != map->second->frames.end())
                advance_maps(*item->second);
        }
        if (!advance_map(frame, at))
            return; // the frame is gone with its last step
    }
    if (&frame != s_.root.get())
        advance(frame);
}

void Walk::advance(Frame& frame) {
    if (&frame == s_.handler.get()) {
        if (frame.cursor == 0 && frame.states[0].status == StepStatus::pending && !s_.holding)
            begin(frame, 0);
        return;
    }
    while (may_begin() && !frame.failed) {
        if (!frame.detours.empty()) {
            const auto at = frame.detours.front();
            if (frame.states[at].status != StepStatus::pending)
                return;
            if (!begin(frame, at))
                return;
            continue;
        }
        if (frame.parallel) {
            if (frame.ready.empty() || active_of(frame) >= concurrency_of(frame))
                return;
            if (!visit_ready(frame, *frame.ready.begin()))
                return;
            continue;
        }
        if (frame.cursor >= frame.steps->size() || frame.states[frame.cursor].status != StepStatus::pending)
            return;
        if (!visit(frame, frame.cursor))
            return;
    }
}

std::int64_t Walk::concurrency_of(const Frame&) const {
    return s_.workflow->max_concurrency.value_or(concurrency_default);
}

std::int64_t Walk::active_of(const Frame& frame) const {
    std::int64_t active = 0;
    for (const auto& path : s_.running)
        active += path.find('/') == std::string::npos ? 1 : 0;
    for (const auto& [at, map] : frame.maps)
        active += frame.states[at].status == StepStatus::running ? 1 : 0;
    for (const auto& path : s_.waiting)
        if (const auto found = frame.index.find(path); found != frame.index.end())
            active += frame.states[found->second].again || // keeps its place
                              std::holds_alternative<workflow::WorkflowStep>((*frame.steps)[found->second].kind)
                          ? 1
                          : 0;
    return active;
}

bool Walk::visit_ready(Frame& frame, std::size_t at) {
    const auto& step = (*frame.steps)[at];
    const auto name_of = [&](std::size_t other) { return (*frame.steps)[other].name; };
    std::vector<std::size_t> choosers; // choices that name it as a target: at least one must have taken it
    for (const auto choice : frame.choices) {
        const auto& kind = std::get<workflow::ChoiceStep>((*frame.steps)[choice].kind);
        if (kind.then_step == step.name || kind.else_step == step.name)
            choosers.push_back(choice);
    }
    // A choice that stands from the generation before has left it out, whatever became of what it hangs on.
    for (const auto choice : choosers)
        if (frame.states[choice].done && frame.states[choice].branch != step.name)
            return skip(frame, at, "jumped over by '" + name_of(choice) + "'" + told_reason(), "jumped_over");
    std::vector<std::size_t> needs; // those of which one must not have been jumped over
    for (const auto& name : step.depends_on)
        if (const auto on = frame.index.find(name); on != frame.index.end())
            needs.push_back(on->second);
    auto all = choosers;
    all.insert(all.end(), needs.begin(), needs.end());
    for (const auto on : all) {
        const auto& dependency = frame.states[on];
        if ((dependency.status == StepStatus::failed && (*frame.steps)[on].on_error != workflow::OnError::go_on) || dependency.hangs)
            return skip(frame, at, "it depends on '" + name_of(on) + "', which " + (dependency.hangs ? "was left out" : "failed"),
                        "hangs_on");
    }
    if (!choosers.empty() && std::none_of(choosers.begin(), choosers.end(), [&](auto choice) { return frame.states[choice].done; }))
        return skip(frame, at, "'" + name_of(choosers.front()) + "' has chosen nothing", "jumped_over");
    if (!needs.empty() && std::all_of(needs.begin(), needs.end(), [&](auto on) { return frame.states[on].passed; }))
        return skip(frame, at, "all that it depends on was jumped over", "jumped_over");
    return visit(frame, at);
}

bool Walk::visit(Frame& frame, std::size_t at) {
    const auto& step = (*frame.steps)[at];
    if (!step.when.empty()) {
        auto answer = decided(step.when, scope_of(s_, frame));
        if (auto* failure = std::get_if<unit::Failure>(&answer))
            return fail(frame, at, std::move(*failure));
        if (!std::get<bool>(answer))
            return skip(frame, at, "its condition does not hold: " + step.when + told_reason());
    }
    return begin(frame, at);
}

bool Walk::begin(Frame& frame, std::size_t at) {
    const auto& step = (*frame.steps)[at];
    if (const auto* choice = std::get_if<workflow::ChoiceStep>(&step.kind))
        return choose(frame, at, *choice);
    if (const auto* wait = std::get_if<workflow::WaitStep>(&step.kind))
        return begin_wait(frame, at, *wait);
    if (const auto* approval = std::get_if<workflow::ApprovalStep>(&step.kind))
        return begin_approval(frame, at, *approval);
    if (const auto* child = std::get_if<workflow::WorkflowStep>(&step.kind))
        return begin_child(frame, at, *child);
    if (std::holds_alternative<MapStep>(step.kind))
        return begin_map(frame, at);
    return begin_work(frame, at);
}

} // namespace spine::run
