#include "run/step_end.hpp"

#include "workflow/course.hpp"

#include <utility>

namespace spine::run {

namespace {

std::string told(const workflow::Diagnostics& faults) {
    std::string text;
    for (const auto& fault : faults)
        text += (text.empty() ? "" : "; ") + (fault.where.empty() ? "" : fault.where + ": ") + fault.message;
    return text;
}

StepEnd refused(const std::string& why, const std::string& hint) {
    return failed_end(final_failure("it asked for what cannot be: " + why, hint));
}

} // namespace

StepEnd failed_end(unit::Failure failure) {
    StepEnd end;
    end.status = failure.category == unit::Category::cancelled ? StepStatus::cancelled : StepStatus::failed;
    end.failure = std::move(failure);
    return end;
}

StepEnd faulty_end(const workflow::Diagnostics& faults) {
    return failed_end(final_failure(told(faults), faults.front().hint, unit::Category::configuration));
}

StepEnd end_of(LambdaResult answer) {
    StepEnd end;
    end.status = answer.ok ? StepStatus::completed : StepStatus::failed;
    end.output = std::move(answer.outputs);
    end.quality = std::move(answer.quality);
    end.events = std::move(answer.events);
    if (answer.ok) {
        end.updates = std::move(answer.updates);
        end.requests = std::move(answer.requests);
    } else {
        end.failure = answer.failure ? std::move(*answer.failure) : final_failure("it failed without a reason", "");
    }
    return end;
}

void judge(const State& state, const std::string& path, const workflow::Catalogue& catalogue, const Spawnable& spawnable, StepEnd& end) {
    if (end.requests.empty() || end.status != StepStatus::completed)
        return;
    if (path.find('/') != std::string::npos) {
        end = refused("a step inside a map may not change the run's course", "ask in a step after the map");
        return;
    }
    const auto read = workflow::read_course(end.requests);
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&read)) {
        end = refused(told(*faults), faults->front().hint);
        return;
    }
    std::vector<std::string> children;
    for (const auto& [name, definition] : state.children)
        children.push_back(name);
    auto changed = *state.workflow;
    for (const auto& request : std::get<std::vector<workflow::CourseRequest>>(read)) {
        if (const auto* spawn = std::get_if<workflow::SpawnRun>(&request);
            spawn != nullptr && spawnable && !state.children.contains(spawn->workflow) && !end.spawned.contains(spawn->workflow)) {
            auto found = spawnable(spawn->workflow);
            for (const auto& [name, definition] : found)
                children.push_back(name);
            end.spawned.merge(found);
        }
        const auto faults = workflow::judge(request, changed, catalogue, children);
        if (!faults.empty()) {
            end = refused(told(faults), faults.front().hint);
            return;
        }
        workflow::apply(request, changed);
    }
}

} // namespace spine::run
