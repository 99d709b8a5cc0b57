#include "run/walk.hpp"

#include <algorithm>
#include <vector>

namespace spine::run {

namespace json = boost::json;
using workflow::MapStep;

bool Walk::begin_map(Frame& frame, std::size_t at) {
    auto items = items_of(s_, frame, (*frame.steps)[at]);
    if (auto* failure = std::get_if<unit::Failure>(&items))
        return fail(frame, at, std::move(*failure));
    auto record = fresh_record(frame, at, frame.states[at].attempt + 1);
    record.begun_no = s_.events + 1;
    write(record);
    return advance_map(frame, at);
}

bool Walk::advance_map(Frame& frame, std::size_t at) {
    const auto& step = (*frame.steps)[at];
    const auto& kind = std::get<MapStep>(step.kind);
    const auto found = frame.maps.find(at);
    if (found == frame.maps.end() || frame.states[at].status != StepStatus::running)
        return true;
    auto& map = *found->second;
    const auto room = static_cast<std::size_t>(std::max<std::int64_t>(1, kind.max_concurrency.value_or(concurrency_default)));
    const bool goes_on = step.on_error == workflow::OnError::go_on;
    // Items that are open but idle are left from before: from a retry, or from a process that was asked to end.
    std::size_t busy = 0;
    std::vector<std::size_t> idle;
    for (const auto& [number, item] : map.frames) {
        if (item->failed)
            continue;
        if (item->states[item->cursor].status == StepStatus::pending)
            idle.push_back(number);
        else
            ++busy;
    }
    for (const auto number : idle) {
        if (!may_begin() || (map.failed > 0 && !goes_on) || busy >= room)
            break;
        advance(*map.frames.at(number));
        busy += map.frames.contains(number) && !map.frames.at(number)->failed ? 1 : 0;
    }
    while (may_begin() && (map.failed == 0 || goes_on) && busy < room && map.active < room && map.begun < map.items.size()) {
        const auto number = map.begun;
        advance(*enter_item(frame, at, number));
        busy += map.frames.contains(number) && !map.frames.at(number)->failed ? 1 : 0;
    }
    if (busy > 0)
        return true;
    if (map.failed > 0 && !goes_on)
        return end_map(frame, at);
    if (map.active == 0 && map.begun == map.items.size())
        return end_map(frame, at);
    if (winding_down() || s_.continued) {
        StepEnd end;
        end.status = StepStatus::cancelled;
        end.reason = "the run stopped before its other items";
        return record_end(frame, at, end);
    }
    return true; // held: the items that are left begin when the run is taken up
}

bool Walk::end_map(Frame& frame, std::size_t at) {
    const auto& map = *frame.maps.at(at);
    StepEnd end;
    end.status = map.failed > 0 ? StepStatus::failed : StepStatus::completed;
    end.output = {{"count", map.items.size()},
                  {"completed", map.completed},
                  {"failed", map.failed},
                  {"skipped", map.items.size() - map.completed - map.failed},
                  {"results", map.results}};
    if (map.failed > 0) {
        const auto first = std::find_if(map.results.begin(), map.results.end(), [](const json::value& result) {
            return result.is_object() && result.get_object().contains("failed") && result.get_object().contains("category") &&
                   result.get_object().contains("step");
        });
        const auto number = static_cast<std::size_t>(first - map.results.begin());
        const auto& told = first->get_object();
        auto failure = final_failure(std::to_string(map.failed) + " of " + std::to_string(map.items.size()) +
                                         " items failed, the first of them " + path_of(frame, at) + "[" +
                                         std::to_string(number) + "]/" + word(told, "step") + ": " + word(told, "error"),
                                     "");
        if (const auto category = unit::category_from(word(told, "category"))) {
            failure.category = *category;
            failure.exit_code = unit::exit_code(*category);
        }
        end.failure = std::move(failure);
    }
    return record_end(frame, at, end);
}

bool Walk::busy_below(const Frame& frame) const {
    const auto first = s_.running.lower_bound(frame.prefix);
    return first != s_.running.end() && first->starts_with(frame.prefix) && !frame.prefix.empty();
}

void Walk::cancel_maps(Frame& frame) {
    std::vector<std::size_t> maps;
    for (const auto& [at, map] : frame.maps)
        maps.push_back(at);
    for (const auto at : maps) {
        if (frame.states[at].status != StepStatus::running)
            continue;
        bool busy = false;
        for (auto& [number, item] : frame.maps.at(at)->frames) {
            cancel_maps(*item);
            busy = busy || busy_below(*item);
        }
        if (busy)
            continue;
        StepEnd end;
        end.status = StepStatus::cancelled;
        end.reason = "the run stopped before its other items";
        record_end(frame, at, end);
    }
}

} // namespace spine::run
