#include "run/plan.hpp"

#include "run/due.hpp"

#include <algorithm>

namespace spine::run {

Planned plan_of(const Call& call, Invoker& invoker, const workflow::Catalogue& catalogue, unit::State& state) {
    Planned planned;
    if (call.pipeline->plans) {
        planned = invoker.plan(call, state);
    } else {
        auto made = default_plan(*call.pipeline, call.params, state);
        if (made.missing)
            return missing_stage(catalogue, *made.missing);
        planned = std::move(made.plan);
    }
    if (auto* made = std::get_if<Plan>(&planned)) {
        std::stable_sort(made->inputs.begin(), made->inputs.end(), [](const auto& a, const auto& b) {
            return std::tie(a.row.partition, a.row.stage) < std::tie(b.row.partition, b.row.stage);
        });
        add_digests(*made, *call.pipeline, call.params);
    }
    return planned;
}

} // namespace spine::run
