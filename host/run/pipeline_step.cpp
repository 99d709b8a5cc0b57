#include "run/pipeline_step.hpp"

namespace spine::run {

namespace json = boost::json;

json::object given_to(const workflow::Pipeline& pipeline, const json::object& params, const json::object& own) {
    json::object given;
    for (const auto& parameter : pipeline.parameters)
        if (const auto* value = params.if_contains(parameter.name); value != nullptr && !value->is_null())
            given[parameter.name] = *value;
    for (const auto& member : own)
        given[member.key()] = member.value();
    return given;
}

json::object exported(const workflow::Pipeline& pipeline, const json::object& outputs) {
    json::object updates;
    for (const auto& name : pipeline.exports)
        if (const auto* value = outputs.if_contains(name); value != nullptr && !value->is_null())
            updates[name] = *value;
    return updates;
}

} // namespace spine::run
