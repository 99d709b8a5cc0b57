#include "workflow/definition.hpp"

#include <algorithm>
#include <array>

namespace spine::workflow {

bool MapStep::operator==(const MapStep&) const = default;

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
