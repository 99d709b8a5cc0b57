/// spine.step/1
#include "error.hpp"
#include "plugin/run_table.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"
#include "workflow/expression.hpp"

#include <cmath>
#include <string>

namespace spine::plugin {

namespace {

constexpr std::uint64_t events_max = 1'000;

/// The value at "ingest.row_count"; a member whose name has dots itself is found by the longest
/// name that fits.
const boost::json::value* at_path(const boost::json::object& from, std::string_view path) {
    for (auto end = path.size(); end != std::string_view::npos && end > 0;
         end = path.rfind('.', end - 1)) {
        const auto* found = from.if_contains(path.substr(0, end));
        if (found != nullptr && end == path.size())
            return found;
        if (found != nullptr && found->is_object())
            return at_path(found->get_object(), path.substr(end + 1));
    }
    return nullptr;
}

/// An output by its path; the older spelling `STEP.pipeline_result.metrics.rows` finds what conditions find by it.
const boost::json::value* output_at(const boost::json::object& outputs, std::string_view path) {
    if (const auto* found = at_path(outputs, path))
        return found;
    const auto parsed = workflow::parse_path("$.outputs." + std::string{path});
    const auto* wanted = std::get_if<workflow::Path>(&parsed);
    const boost::json::object no_params;
    return wanted == nullptr ? nullptr : workflow::find(*wanted, {no_params, outputs});
}

spine_status give(Session& session,
                  const boost::json::value* value,
                  std::optional<workflow::Type> type,
                  spine_value* out) {
    if (out == nullptr)
        throw Error{ErrorCode::usage, "out is null"};
    if (value == nullptr || value->is_null())
        return SPINE_NOT_FOUND;
    *out = to_abi(*value, type, session.arena());
    return SPINE_OK;
}

spine_status config(const spine_run* run, spine_str name, spine_value* out) noexcept {
    return serve(run, "step.config", Effect::reads, [&](Session& session) {
        const auto wanted = text_from(name, "the name", 128);
        std::optional<workflow::Type> type;
        for (const auto& parameter : session.setting().handler->config)
            if (parameter.name == wanted)
                type = parameter.type;
        const auto* value = session.setting().lambda->config.if_contains(wanted);
        if (value != nullptr)
            if (const auto given = session.revealed(*value); given.index() == 1)
                return std::get<spine_status>(given);
        return give(session, value, type, out);
    });
}

spine_status output(const spine_run* run, spine_str path, spine_value* out) noexcept {
    return serve(run, "step.output", Effect::reads, [&](Session& session) {
        return give(session,
                    output_at(session.setting().lambda->outputs, text_from(path, "the path", 1024)),
                    std::nullopt,
                    out);
    });
}

spine_status update(const spine_run* run, spine_str name, const spine_value* value) noexcept {
    return serve(run, "step.update", Effect::writes, [&](Session& session) {
        const std::string key{text_from(name, "the name", 128)};
        if (!is_name(key) || value == nullptr)
            throw Error{ErrorCode::usage,
                        value == nullptr ? "the value is null"
                                         : quoted(key) + " is no name of a parameter"};
        auto json = unreferring(json_from(*value), key);
        session.spend("update " + key,
                      key.size() + sizeof(spine_value) +
                          static_cast<std::size_t>(value->text.size));
        session.step().updates[key] = std::move(json);
        return SPINE_OK;
    });
}

spine_status quality(const spine_run* run,
                     std::int64_t record_count,
                     std::int64_t valid_count,
                     double null_rate,
                     std::int32_t passed) noexcept {
    return serve(run, "step.quality", Effect::writes, [&](Session& session) {
        if (record_count < 0 || valid_count < 0 || valid_count > record_count)
            throw Error{ErrorCode::usage,
                        "the counts are negative, or more are valid than there are"};
        if (!std::isfinite(null_rate) || null_rate < 0.0 || null_rate > 1.0)
            throw Error{ErrorCode::usage, "null_rate is not between 0 and 1"};
        session.step().quality = {{"record_count", record_count},
                                  {"valid_count", valid_count},
                                  {"null_rate", null_rate},
                                  {"passed", passed != 0}};
        return SPINE_OK;
    });
}

spine_status event(const spine_run* run, spine_str name, spine_str details) noexcept {
    return serve(run, "step.event", Effect::writes, [&](Session& session) {
        const auto title = text_from(name, "the name", 256);
        const auto more = json_text_from(details, "details");
        session.count("events", 1, events_max);
        session.spend("event " + std::to_string(session.step().events.size()),
                      title.size() + more.size());
        boost::json::object one{{"name", title}};
        if (!more.empty())
            one["details"] = json_from(spine_value{SPINE_JSON, 0, 0, 0.0, details});
        session.step().events.push_back(std::move(one));
        return SPINE_OK;
    });
}

} // namespace

const spine_step_1& step_interface() noexcept {
    static constexpr spine_step_1 table{
        sizeof(spine_step_1), 0, &config, &output, &update, &quality, &event};
    return table;
}

} // namespace spine::plugin
