#include "run/frame.hpp"

#include "run/decide.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace spine::run {

namespace json = boost::json;
using workflow::MapStep;
using workflow::Step;

void index_frame(Frame& frame) {
    frame.index.clear();
    for (std::size_t i = 0; i < frame.steps->size(); ++i)
        frame.index.emplace((*frame.steps)[i].name, i);
    frame.states.clear();
    frame.states.resize(frame.steps->size());
}

void connect(Frame& frame) {
    const auto count = frame.steps->size();
    frame.dependents.assign(count, {});
    frame.missing.assign(count, 0);
    frame.ready.clear();
    frame.choices.clear();
    frame.settled = 0;
    const auto depend = [&](std::size_t on, std::size_t step) {
        frame.dependents[on].push_back(step);
        if (!frame.states[on].settled)
            ++frame.missing[step];
    };
    for (std::size_t i = 0; i < count; ++i) {
        const auto& step = (*frame.steps)[i];
        for (const auto& name : step.depends_on)
            if (const auto on = frame.index.find(name); on != frame.index.end())
                depend(on->second, i);
        const auto* choice = std::get_if<workflow::ChoiceStep>(&step.kind);
        if (choice == nullptr)
            continue;
        frame.choices.push_back(i);
        for (const auto& target : {choice->then_step, choice->else_step.value_or("")})
            if (const auto to = frame.index.find(target); to != frame.index.end())
                depend(i, to->second);
    }
    for (std::size_t i = 0; i < count; ++i) {
        frame.settled += frame.states[i].settled ? 1 : 0;
        if (frame.missing[i] == 0 && frame.states[i].status == StepStatus::pending && !frame.states[i].settled)
            frame.ready.insert(i);
    }
}

workflow::Scope scope_of(const State& state, const Frame& frame) {
    const bool item = frame.outer != nullptr;
    return {state.params, state.outputs, item ? &frame.params : nullptr, item ? &frame.outputs : nullptr, &state.row.settings};
}

std::variant<json::array, unit::Failure> items_of(const State& state, const Frame& frame, const Step& step) {
    const auto& map = std::get<MapStep>(step.kind);
    auto value = workflow::substituted(map.items, scope_of(state, frame));
    if (const auto* fault = std::get_if<workflow::ExpressionFault>(&value))
        return final_failure("items of map '" + step.name + "': " + fault->message, fault->hint, unit::Category::configuration);
    auto& items = std::get<json::value>(value);
    if (!items.is_array())
        return final_failure("items of map '" + step.name + "' are no list but " + std::string{json::to_string(items.kind())},
                             "let 'items' be a list, or the path of one, $.outputs.STEP.FIELD",
                             unit::Category::configuration);
    if (items.get_array().size() > items_max)
        return final_failure("map '" + step.name + "' has " + std::to_string(items.get_array().size()) + " items; at most " +
                                 std::to_string(items_max) + " are done in one run",
                             "let items be batches",
                             unit::Category::resource);
    return std::move(items.get_array());
}

void open_map(State& state, Frame& frame, std::size_t step) {
    if (frame.maps.contains(step))
        return;
    auto map = std::make_unique<MapState>();
    auto items = items_of(state, frame, (*frame.steps)[step]);
    if (auto* list = std::get_if<json::array>(&items))
        map->items = std::move(*list);
    map->results.resize(map->items.size());
    frame.maps.emplace(step, std::move(map));
}

Frame* enter_item(Frame& frame, std::size_t step, std::size_t item) {
    const auto found = frame.maps.find(step);
    if (found == frame.maps.end())
        return nullptr;
    auto& map = *found->second;
    if (const auto known = map.frames.find(item); known != map.frames.end())
        return known->second.get();
    if (item != map.begun || item >= map.items.size())
        return nullptr;
    const auto& definition = (*frame.steps)[step];
    const auto& kind = std::get<MapStep>(definition.kind);
    auto inner = std::make_unique<Frame>();
    inner->steps = &kind.steps;
    inner->prefix = frame.prefix + definition.name + "[" + std::to_string(item) + "]/";
    inner->outer = &frame;
    inner->outer_step = step;
    inner->item = item;
    inner->params = frame.params;
    inner->outputs = frame.outputs;
    inner->params[kind.item_name] = map.items[item];
    inner->params["item_index"] = static_cast<std::int64_t>(item);
    index_frame(*inner);
    ++map.begun;
    ++map.active;
    return map.frames.emplace(item, std::move(inner)).first->second.get();
}

namespace {

/// "each[17]" as its name and number; a plain name has none.
struct Segment {
    std::string_view name;
    std::optional<std::size_t> item;
};
std::optional<Segment> segment_of(std::string_view text) {
    if (!text.ends_with(']'))
        return Segment{text, std::nullopt};
    const auto open = text.rfind('[');
    if (open == std::string_view::npos)
        return std::nullopt;
    std::size_t item = 0;
    const auto* end = text.data() + text.size() - 1;
    const auto [stop, fault] = std::from_chars(text.data() + open + 1, end, item);
    if (fault != std::errc{} || stop != end)
        return std::nullopt;
    return Segment{text.substr(0, open), item};
}

std::optional<Located> walk(const State& state, std::string_view path, bool making) {
    auto* frame = state.root.get();
    for (;;) {
        const auto slash = path.find('/');
        const auto segment = segment_of(path.substr(0, slash));
        if (!segment)
            return std::nullopt;
        const auto found = frame->index.find(std::string{segment->name});
        if (found == frame->index.end())
            return std::nullopt;
        if (slash == std::string_view::npos)
            return segment->item ? std::nullopt : std::optional{Located{frame, found->second}};
        if (!segment->item)
            return std::nullopt;
        if (making) {
            frame = enter_item(*frame, found->second, *segment->item);
        } else {
            const auto map = frame->maps.find(found->second);
            const auto inner = map == frame->maps.end() ? decltype(map->second->frames.end()){} : map->second->frames.find(*segment->item);
            frame = map == frame->maps.end() || inner == map->second->frames.end() ? nullptr : inner->second.get();
        }
        if (frame == nullptr)
            return std::nullopt;
        path.remove_prefix(slash + 1);
    }
}

bool is_handler(const State& state, std::string_view path) {
    return state.workflow->failure_handler && state.workflow->failure_handler->name == path;
}

} // namespace

std::optional<Located> locate(const State& state, std::string_view path) {
    if (auto found = walk(state, path, false))
        return found;
    if (state.handler && is_handler(state, path))
        return Located{state.handler.get(), 0};
    return std::nullopt;
}

std::optional<Located> enter(State& state, std::string_view path) {
    if (auto found = walk(state, path, true))
        return found;
    if (!is_handler(state, path))
        return std::nullopt;
    if (!state.handler) {
        state.handler = std::make_unique<Frame>();
        state.handler_steps = std::make_unique<std::vector<Step>>(1, *state.workflow->failure_handler);
        state.handler->steps = state.handler_steps.get();
        index_frame(*state.handler);
    }
    return Located{state.handler.get(), 0};
}

void point_at_steps(Frame& frame) {
    for (auto& [at, map] : frame.maps)
        for (auto& [number, item] : map->frames) {
            item->outer_step = at;
            item->steps = &std::get<MapStep>((*frame.steps)[at].kind).steps;
            point_at_steps(*item);
        }
}

std::string path_of(const Frame& frame, std::size_t step) { return frame.prefix + (*frame.steps)[step].name; }

} // namespace spine::run
