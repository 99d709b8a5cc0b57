/// spine.dispatch/1
#include "error.hpp"
#include "plugin/run_table.hpp"
#include "plugin/sized.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"

#include <string>

namespace spine::plugin {

namespace {

constexpr std::uint64_t children_max = 100'000;

std::uint32_t state_of(run::ChildResult::State state) noexcept {
    switch (state) {
    case run::ChildResult::State::completed:
        return SPINE_CHILD_COMPLETED;
    case run::ChildResult::State::skipped:
        return SPINE_CHILD_SKIPPED;
    case run::ChildResult::State::failed:
        return SPINE_CHILD_FAILED;
    case run::ChildResult::State::cancelled:
        return SPINE_CHILD_CANCELLED;
    case run::ChildResult::State::planned:
        return SPINE_CHILD_PLANNED;
    }
    return SPINE_CHILD_FAILED;
}

/// In the plugin's own domain first, then anywhere in the same plugin.
const workflow::Pipeline& pipeline_named(const Session& session, std::string_view name) {
    const auto& setting = session.setting();
    const auto own = [&](const workflow::Pipeline* pipeline) {
        return pipeline != nullptr && pipeline->plugin == setting.plugin->id ? pipeline : nullptr;
    };
    const auto* found =
        own(setting.catalogue->find_pipeline(setting.domain->name + "." + std::string{name}));
    if (found == nullptr)
        found = own(setting.catalogue->find_pipeline(name));
    if (found == nullptr)
        throw Error{ErrorCode::usage,
                    quoted(name) + " is no pipeline of plugin " + setting.plugin->id +
                        "; a composite may start those of its own plugin only"};
    return *found;
}

spine_child child_from(const run::ChildResult& result, Arena& arena) {
    spine_child child{};
    child.state = state_of(result.state);
    child.execution_id = arena.keep(result.execution_id);
    child.reason = arena.keep(result.reason);
    if (result.failure) {
        child.error_category = arena.keep(unit::to_text(result.failure->category));
        child.error_message = arena.keep(result.failure->message);
    }
    auto* outputs = arena.array<spine_field>(result.outputs.size());
    std::uint32_t count = 0;
    for (const auto& [name, value] : result.outputs)
        outputs[count++] = {arena.keep(name), to_abi(value, std::nullopt, arena)};
    child.outputs = outputs;
    child.output_count = count;
    return child;
}

spine_status run_child(const spine_run* run,
                       spine_str pipeline,
                       const spine_field* params,
                       std::uint32_t param_count,
                       spine_child* out) noexcept {
    return serve(run, "dispatch.run", Effect::writes, [&](Session& session) {
        if (out == nullptr || !is_plausible_size(size_of(out), first_size<spine_child>))
            throw Error{ErrorCode::usage, "out is null or has a struct_size that no SDK has"};
        const auto& child = pipeline_named(session, text_from(pipeline, "the pipeline", 256));
        auto given = object_from(params, param_count);
        session.count("children", 1, children_max);
        const auto result = (*session.setting().dispatch)(child.name, given);
        write_sized(out, child_from(result, session.arena()));
        return SPINE_OK;
    });
}

} // namespace

const spine_dispatch_1& dispatch_interface() noexcept {
    static constexpr spine_dispatch_1 table{sizeof(spine_dispatch_1), 0, &run_child};
    return table;
}

} // namespace spine::plugin
