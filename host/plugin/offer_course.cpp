/// spine.course/1
#include "error.hpp"
#include "plugin/run_table.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"
#include "run/decide.hpp"
#include "workflow/course.hpp"
#include "workflow/json.hpp"

#include <string>

namespace spine::plugin {

namespace {

constexpr std::size_t request_bytes_max = std::size_t{64} << 10;

std::string named(spine_str text, const char* what) {
    std::string name{text_from(text, what, request_bytes_max)};
    if (name.empty())
        throw Error{ErrorCode::usage, std::string{what} + " is empty"};
    return name;
}

/// The object that the text is; empty text is the empty object where `may_be_empty`.
boost::json::object object_from(spine_str text, const char* what, bool may_be_empty) {
    const auto view = text_from(text, what, request_bytes_max);
    if (view.empty() && may_be_empty)
        return {};
    boost::json::value value;
    try {
        value = workflow::json_from(view);
    } catch (const Error& error) {
        throw Error{ErrorCode::usage, std::string{what} + " is no JSON: " + error.what()};
    }
    if (!value.is_object())
        throw Error{ErrorCode::usage, std::string{what} + " is no JSON object: " + quoted(view)};
    return std::move(value.get_object());
}

/// Whether it makes sense is judged beside the run's workflow, when the lambda has ended.
spine_status ask(Session& session, boost::json::object request) {
    // Counted as it will be kept, so that no spelling of a text gets round it.
    if (const auto bytes = workflow::json_text(request).size(); bytes > request_bytes_max)
        throw Error{ErrorCode::usage,
                    "the request has " + std::to_string(bytes) + " bytes as JSON, more than " +
                        std::to_string(request_bytes_max)};
    session.count("requests", 1, workflow::requests_per_result_max);
    session.step().requests.push_back(std::move(request));
    return SPINE_OK;
}

spine_status
skip(const spine_run* run, const spine_str* steps, std::uint32_t count, spine_str reason) noexcept {
    return serve(run, "course.skip", Effect::writes, [&](Session& session) {
        if (steps == nullptr || count == 0)
            throw Error{ErrorCode::usage, "no step is named"};
        if (count > request_bytes_max)
            throw Error{ErrorCode::usage, std::to_string(count) + " steps are too many"};
        boost::json::array names;
        std::size_t bytes = 0;
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto& name = names.emplace_back(named(steps[i], "the name of a step"));
            if ((bytes += name.get_string().size()) > request_bytes_max)
                throw Error{ErrorCode::usage, "the names together exceed 64 KiB"};
        }
        return ask(session,
                   {{"skip", std::move(names)},
                    {"reason", text_from(reason, "the reason", request_bytes_max)}});
    });
}

spine_status
insert(const spine_run* run, std::uint32_t side, spine_str beside, spine_str step_json) noexcept {
    return serve(run, "course.insert", Effect::writes, [&](Session& session) {
        if (side != SPINE_COURSE_BEFORE && side != SPINE_COURSE_AFTER)
            throw Error{ErrorCode::usage,
                        "side " + std::to_string(side) + " is neither before (0) nor after (1)"};
        return ask(session,
                   {{side == SPINE_COURSE_BEFORE ? "insert_before" : "insert_after",
                     named(beside, "the name of the step beside it")},
                    {"step", object_from(step_json, "the step", false)}});
    });
}

spine_status replace(const spine_run* run, spine_str name, spine_str step_json) noexcept {
    return serve(run, "course.replace", Effect::writes, [&](Session& session) {
        return ask(session,
                   {{"replace", named(name, "the name of the step")},
                    {"step", object_from(step_json, "the step", false)}});
    });
}

spine_status retry(const spine_run* run, spine_str name, spine_str params_json) noexcept {
    return serve(run, "course.retry", Effect::writes, [&](Session& session) {
        return ask(session,
                   {{"retry", named(name, "the name of the step")},
                    {"params", object_from(params_json, "the parameters", true)}});
    });
}

/// The id is known before anything is written: the run that begins gets it from the request.
spine_str ask_for_run(Session& session, spine_str name, spine_str workflow, spine_str params_json) {
    const auto word = named(name, "the name of the run");
    const auto& call = *session.setting().lambda;
    const auto id = run::spawned_id(call.begun, call.run_id, call.generation, word);
    ask(session,
        {{"spawn", word},
         {"workflow", named(workflow, "the name of the workflow")},
         {"params", object_from(params_json, "the parameters", true)},
         {"run_id", id}});
    return session.arena().keep(id);
}

spine_status
spawn(const spine_run* run, spine_str name, spine_str workflow, spine_str params_json) noexcept {
    return serve(run, "course.spawn", Effect::writes, [&](Session& session) {
        ask_for_run(session, name, workflow, params_json);
        return SPINE_OK;
    });
}

spine_status spawn_run(const spine_run* run,
                       spine_str name,
                       spine_str workflow,
                       spine_str params_json,
                       spine_str* run_id) noexcept {
    return serve(run, "course.spawn_run", Effect::writes, [&](Session& session) {
        if (run_id == nullptr)
            throw Error{ErrorCode::usage, "there is no place for the run's id"};
        *run_id = ask_for_run(session, name, workflow, params_json);
        return SPINE_OK;
    });
}

spine_status continue_as_new(const spine_run* run, spine_str params_json) noexcept {
    return serve(run, "course.continue_as_new", Effect::writes, [&](Session& session) {
        return ask(session,
                   {{"continue_as_new", object_from(params_json, "the parameters", true)}});
    });
}

} // namespace

const spine_course_1& course_interface() noexcept {
    static constexpr spine_course_1 table{
        sizeof(spine_course_1), 0, &skip, &insert, &replace, &retry, &spawn, &continue_as_new, &spawn_run};
    return table;
}

} // namespace spine::plugin
