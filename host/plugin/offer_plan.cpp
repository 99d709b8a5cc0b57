/// spine.plan/1
#include "error.hpp"
#include "plugin/run_table.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"
#include "run/due.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace spine::plugin {

namespace {

unit::Partition
partition_of(const Session& session, const spine_field* keys, std::uint32_t key_count) {
    auto values = keys_from(keys, key_count);
    if (values.empty())
        throw Error{ErrorCode::usage, "a partition has at least one key"};
    return {session.setting().domain->name, unit::partition_key(values)};
}

spine_status
output(const spine_run* run, const spine_field* keys, std::uint32_t key_count) noexcept {
    return serve(run, "plan.output", Effect::writes, [&](Session& session) {
        session.plan().output({session.setting().domain->name,
                               unit::partition_key(session.partition_keys().read(keys, key_count))});
        return SPINE_OK;
    });
}

spine_status input(const spine_run* run,
                   std::uint32_t output,
                   const spine_field* keys,
                   std::uint32_t key_count,
                   spine_str stage,
                   std::uint32_t flags) noexcept {
    return serve(run, "plan.input", Effect::writes, [&](Session& session) {
        const auto& setting = session.setting();
        const auto given = text_from(stage, "the stage", 256);
        const auto name = setting.catalogue->stage_name(setting.domain->name, given);
        const auto& stages = setting.domain->stages;
        if (std::none_of(stages.begin(), stages.end(), [&](const auto& known) {
                return known.name == name;
            }))
            throw Error{ErrorCode::usage,
                        "domain " + setting.domain->name + " declares no stage " + quoted(given)};
        const auto feeds = output == std::numeric_limits<std::uint32_t>::max()
                               ? std::nullopt
                               : std::optional{output};
        const auto missing = session.plan().input(
            session.state(), feeds, partition_of(session, keys, key_count), name);
        if (!missing)
            return spine_status{SPINE_OK};
        // What is there but out of date is not absent: leaving it out would make a narrower set the latest.
        if ((flags & SPINE_INPUT_OPTIONAL) != 0 && !missing->stale)
            return spine_status{SPINE_NOT_FOUND};
        return session.refuse(missing->stale ? SPINE_INVALID_STATE : SPINE_NOT_FOUND, run::missing_stage(*setting.catalogue, *missing));
    });
}

spine_status as_of(const spine_run* run, spine_str captured_until, spine_str capture_id) noexcept {
    return serve(run, "plan.as_of", Effect::writes, [&](Session& session) {
        const std::string until{text_from(captured_until, "captured_until", 64)};
        const std::string id{text_from(capture_id, "capture_id", 256)};
        if (session.plan().as_of(session.state(), until, id))
            return spine_status{SPINE_OK};
        auto failure = failure_of(SPINE_NOT_FOUND, "there is no capture " + quoted(id));
        failure.exit_code = exit_code(ErrorCode::not_found);
        failure.retry = unit::Retry::never;
        failure.hint = "see `spine captures list`";
        return session.refuse(SPINE_NOT_FOUND, std::move(failure));
    });
}

spine_status skip(const spine_run* run, spine_str reason) noexcept {
    return serve(run, "plan.skip", Effect::writes, [&](Session& session) {
        auto text = escaped(text_from(reason, "the reason", 4096), 4096);
        session.plan().skip(text.empty() ? std::string{"the plan says that nothing is to be done"}
                                         : std::move(text));
        return SPINE_OK;
    });
}

} // namespace

const spine_plan_1& plan_interface() noexcept {
    static constexpr spine_plan_1 table{sizeof(spine_plan_1), 0, &output, &input, &as_of, &skip};
    return table;
}

} // namespace spine::plugin
