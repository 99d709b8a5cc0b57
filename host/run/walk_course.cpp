#include "run/walk.hpp"

#include "workflow/course.hpp"
#include <set>

namespace spine::run {

namespace json = boost::json;
using workflow::MapStep;

std::optional<unit::Failure> Walk::ungranted(const Frame& frame, std::size_t at, const StepEnd& end) {
    const auto refuse = [&](const std::string& why, const std::string& hint) {
        return final_failure("what it asked of the run's course cannot be done: " + why, hint);
    };
    if (frame.outer != nullptr)
        return refuse("a step inside of a map may not change the course", "ask from a step of the workflow itself");
    auto read = workflow::read_course(end.requests);
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&read))
        return refuse(faults->front().message, faults->front().hint);
    const auto& requests = std::get<std::vector<workflow::CourseRequest>>(read);
    if (s_.requests + requests.size() > workflow::requests_per_run_max)
        return refuse("a run may be asked for at most " + std::to_string(workflow::requests_per_run_max) + " changes",
                      "continue as a new run instead");
    const auto& root = *s_.root;
    const auto state_of = [&](const std::string& name) -> const StepState* {
        const auto found = root.index.find(name);
        return found == root.index.end() ? nullptr : &root.states[found->second];
    };
    const bool handler = &frame == s_.handler.get();
    std::set<std::string> added;
    for (const auto& request : requests) {
        if (const auto* skips = std::get_if<workflow::SkipSteps>(&request)) {
            for (const auto& name : skips->steps)
                if (const auto* known = state_of(name); known == nullptr ? !added.contains(name) : known->status != StepStatus::pending)
                    return refuse("step '" + name + (known == nullptr ? "' is not there" : "' has begun already"), "skip steps that are still to come");
        } else if (const auto* insert = std::get_if<workflow::InsertStep>(&request)) {
            const auto* known = state_of(insert->beside);
            if (known == nullptr && !added.contains(insert->beside))
                return refuse("there is no step '" + insert->beside + "'", "");
            const bool failed_one = handler && insert->before && insert->beside == s_.error_step;
            const bool own = !handler && !insert->before && insert->beside == (*frame.steps)[at].name;
            if (known != nullptr && !failed_one && !own && known->status != StepStatus::pending)
                return refuse("step '" + insert->beside + "' has begun already", "put steps in beside one that is still to come");
            if (state_of(insert->step.name) != nullptr || !added.insert(insert->step.name).second)
                return refuse("there is a step '" + insert->step.name + "' already", "give the new step a name of its own");
        } else if (const auto* replace = std::get_if<workflow::ReplaceStep>(&request)) {
            const auto* known = state_of(replace->name);
            if (known == nullptr || known->status != StepStatus::pending)
                return refuse("step '" + replace->name + (known == nullptr ? "' is not there" : "' has begun already"), "");
            if (replace->step.name != replace->name && state_of(replace->step.name) != nullptr)
                return refuse("there is a step '" + replace->step.name + "' already", "");
            added.insert(replace->step.name);
        } else if (const auto* again = std::get_if<workflow::RetryStep>(&request)) {
            const auto* known = state_of(again->name);
            const bool ended = known != nullptr && (known->settled || known->status == StepStatus::failed);
            if (ended && known->done && std::holds_alternative<MapStep>((*root.steps)[root.index.at(again->name)].kind))
                return refuse("map '" + again->name + "' is done, and is not done again as a whole", "ask for one of its steps in a new run");
            if (!ended)
                return refuse("step '" + again->name + (known == nullptr ? "' is not there" : "' has not ended"), "");
        } else if (std::holds_alternative<workflow::ContinueAsNew>(request)) {
            if (s_.running.size() > 1 || !s_.waiting.empty())
                return refuse("other steps are still at work", "continue as a new run from a step that stands alone");
        } else if (const auto* spawn = std::get_if<workflow::SpawnRun>(&request)) {
            if (s_.spawned.contains(spawn->name))
                return refuse("a run '" + spawn->name + "' was begun already", "give each its own name");
            if (!end.spawned.contains(spawn->workflow) && !s_.children.contains(spawn->workflow))
                return refuse("there is no workflow '" + spawn->workflow + "'", "");
        }
    }
    return std::nullopt;
}

std::string Walk::name_spawned(json::array& requests) const {
    std::string first;
    for (auto& request : requests) {
        auto* spawn = request.if_object();
        if (spawn == nullptr || !spawn->contains("spawn"))
            continue;
        auto& id = (*spawn)["run_id"];
        if (!id.is_string() || id.get_string().empty())
            id = spawned_id(now_, s_.run_id, s_.generation, std::string{spawn->at("spawn").as_string()});
        if (first.empty())
            first = id.get_string();
    }
    return first;
}

void Walk::grant(const std::string& path, const json::array& granted, const Children& spawned) {
    if (granted.empty())
        return;
    auto read = workflow::read_course(granted);
    const auto* requests = std::get_if<std::vector<workflow::CourseRequest>>(&read);
    if (requests == nullptr)
        return;
    for (const auto& request : *requests) {
        if (const auto* skips = std::get_if<workflow::SkipSteps>(&request)) {
            auto& root = *s_.root;
            for (const auto& name : skips->steps)
                if (const auto found = root.index.find(name);
                    found != root.index.end() && root.states[found->second].status == StepStatus::pending)
                    skip(root, found->second, "asked for by '" + path + "'" + (skips->reason.empty() ? "" : ": " + skips->reason));
        } else if (const auto* spawn = std::get_if<workflow::SpawnRun>(&request)) {
            const auto found = spawned.find(spawn->workflow);
            const auto& definition = found != spawned.end() ? *found->second : *s_.children.at(spawn->workflow);
            NewRun run;
            run.run_id = spawn->run_id;
            run.parent_run_id = s_.run_id;
            run.parent_step = path;
            out_.along.new_runs.push_back(new_run(std::move(run), definition, {}, spawn->params));
        } else if (const auto* next = std::get_if<workflow::ContinueAsNew>(&request)) {
            continue_as(next->params);
        }
    }
}

} // namespace spine::run
