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

const Step* Workflow::find(std::string_view step) const {
    const auto found = std::ranges::find(steps, step, &Step::name);
    return found == steps.end() ? nullptr : &*found;
}

} // namespace spine::workflow
