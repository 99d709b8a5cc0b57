#include "workflow/definition.hpp"

#include <algorithm>
#include <array>

namespace spine::workflow {

bool MapStep::operator==(const MapStep&) const = default;

boost::json::object own_params(const Step& step) {
    auto own = step.config;
    for (const auto& member : step.params)
        own[member.key()] = member.value();
    return own;
}

std::string_view type_of(const Step& step) {
    // In the order of the alternatives of StepKind.
    static constexpr std::array<std::string_view, std::variant_size_v<StepKind>> names{
        "pipeline", "lambda", "choice", "map", "workflow", "wait", "approval"};
    return names[step.kind.index()];
}

std::vector<std::string> children_of(const Workflow& workflow) {
    std::vector<std::string> names;
    std::vector<const std::vector<Step>*> open{&workflow.steps}; // a loop: maps nest as the text has it
    while (!open.empty()) {
        const auto* const steps = open.back();
        open.pop_back();
        for (const auto& step : *steps) {
            if (const auto* child = std::get_if<WorkflowStep>(&step.kind))
                names.push_back(child->workflow);
            if (const auto* map = std::get_if<MapStep>(&step.kind))
                open.push_back(&map->steps);
        }
    }
    std::ranges::sort(names);
    const auto rest = std::ranges::unique(names);
    names.erase(rest.begin(), rest.end());
    return names;
}

const Step* Workflow::find(std::string_view step) const {
    const auto found = std::ranges::find(steps, step, &Step::name);
    return found == steps.end() ? nullptr : &*found;
}

} // namespace spine::workflow
