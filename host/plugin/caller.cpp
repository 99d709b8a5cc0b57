#include "plugin/caller.hpp"

#include "error.hpp"
#include "plugin/redacted_unit.hpp"
#include "plugin/text.hpp"
#include "process/guests.hpp"
#include "process/lent.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace spine::plugin {

namespace {

/// What a call is, for whoever has to say it while it lasts.
std::string described(const Setting& setting) {
    const auto& plugin = setting.plugin->id;
    const auto work = setting.work == Work::plan     ? "the plan of pipeline "
                      : setting.work == Work::lambda ? "lambda "
                                                     : "pipeline ";
    auto text = "plugin '" + plugin + "', " + work + (setting.pipeline != nullptr ? setting.pipeline->name : setting.handler->name);
    const auto& run = setting.lambda != nullptr ? setting.lambda->run_id : setting.call->run_id;
    const auto& step = setting.lambda != nullptr ? setting.lambda->step : setting.call->step;
    if (!run.empty())
        text += ", step '" + step + "' of run " + run;
    else if (setting.call != nullptr && setting.work != Work::plan)
        text += ", execution " + setting.call->execution_id;
    return text;
}

std::chrono::nanoseconds limit_of(const Setting& setting) {
    if (setting.work == Work::plan)
        return process::plan_max;
    return setting.pipeline == nullptr || setting.pipeline->seconds_max == 0 ? process::no_limit
                                                                             : std::chrono::seconds{setting.pipeline->seconds_max};
}

/// The right to enter a plugin that is not parallel; a thread that does not come back from it must not keep the others for ever.
std::optional<unit::Failure> take_turn(std::unique_lock<std::recursive_timed_mutex>& entering, const std::string& plugin, const run::CancelToken* cancel) {
    constexpr auto slice = std::chrono::milliseconds{20};
    for (auto waited = std::chrono::milliseconds{0}; !entering.try_lock_for(slice); waited += slice) {
        const bool told = cancel != nullptr && cancel->cancelled();
        if (!told && (cancel != nullptr || waited < process::plan_max))
            continue;
        return failure_of(told && cancel->why() == run::CancelToken::Why::cancelled ? SPINE_CANCELLED : SPINE_TIMEOUT,
                          "plugin " + quoted(plugin) + " is entered by one thread at a time, and another one has not come back from it");
    }
    return std::nullopt;
}

/// Enters the plugin. An exception that crosses is a broken promise, and the end of this attempt
/// only.
template <typename Enter> std::optional<unit::Failure> enter(Session& session, Enter&& function) {
    if (auto failure = session.stopped_before())
        return failure;
    auto returned = spine_status{SPINE_PANIC};
    std::string thrown;
    try {
        const process::Stoppable stoppable{[](const void* object) noexcept { return static_cast<const Session*>(object)->is_stopped(); }, &session};
        const process::Visit visit{described(session.setting()), limit_of(session.setting())};
        returned = function();
    } catch (const std::exception& error) {
        thrown = escaped(error.what(), 1000);
    } catch (...) {
        thrown = "an exception that is no std::exception";
    }
    if (!thrown.empty()) {
        auto failure = failure_of(SPINE_PANIC, "the plugin threw across the boundary: " + thrown);
        failure.retry = unit::Retry::never;
        session.say(std::move(failure));
    }
    auto failure = session.verdict(returned);
    if (failure && session.setting().redactor != nullptr)
        clean(*failure, *session.setting().redactor);
    return failure;
}

/// No secret is given to a lambda; one that a pipeline of the same plugin has left behind for it does not get out.
void clean(run::LambdaResult& result, const Redactor& redactor) {
    for (auto* object : {&result.outputs, &result.updates, &result.quality})
        redactor.clean(*object);
    for (auto* array : {&result.events, &result.requests})
        for (auto& item : *array)
            redactor.clean(item);
}

} // namespace

Loaded& Caller::loaded(const std::string& plugin) {
    const auto found = plugins_.find(plugin);
    if (found == plugins_.end())
        throw Error{ErrorCode::internal,
                    "plugin " + quoted(plugin) + " is in the catalogue but not loaded"};
    return *found->second;
}

Setting Caller::setting_of(const std::string& plugin, const std::string& domain) const {
    Setting setting;
    setting.catalogue = around_.catalogue;
    setting.plugin = around_.catalogue->find_plugin(plugin);
    setting.domain = around_.catalogue->find_domain(domain);
    if (setting.plugin == nullptr || setting.domain == nullptr)
        throw Error{ErrorCode::internal, "plugin " + quoted(plugin) + " is not in the catalogue"};
    setting.configuration = around_.configuration;
    setting.clock = around_.clock;
    setting.log = around_.log;
    setting.secrets = around_.secrets;
    setting.redactor = around_.redactor;
    return setting;
}

std::optional<unit::Failure> Caller::ready(const std::string& id, Loaded& plugin) {
    if (plugin.state == Loaded::State::fresh) {
        auto status = spine_status{SPINE_OK};
        std::string what;
        const spine_host host{sizeof(spine_host),
                              SPINE_ABI_MINOR,
                              {around_.host_version.data(), around_.host_version.size()},
                              nullptr};
        try {
            const process::Visit visit{"plugin '" + id + "', its init", process::init_max};
            if (plugin.described.init != nullptr)
                status = plugin.described.init(&host);
            what = "returned " + to_text(status);
        } catch (const std::exception& error) {
            status = SPINE_PANIC;
            what = "threw " + escaped(error.what(), 1000);
        } catch (...) {
            status = SPINE_PANIC;
            what = "threw an exception";
        }
        put_back(id);
        plugin.state = status == SPINE_OK ? Loaded::State::ready : Loaded::State::failed;
        plugin.init_failure =
            failure_of(status, "plugin " + quoted(id) + " cannot begin: its init " + what);
        plugin.init_failure.retry = unit::Retry::never;
    }
    return plugin.state == Loaded::State::ready ? std::nullopt : std::optional{plugin.init_failure};
}

void Caller::put_back(const std::string& plugin) const {
    if (const auto changed = process::put_back(); !changed.empty() && around_.log != nullptr)
        around_.log->write(env::LogWeight::warn,
                           "plugin " + quoted(plugin) + " has changed what belongs to the whole process: " + changed +
                               ". It was put back; with threads at work it may have been another plugin",
                           {});
}

/// What a plan came to: what would be written, from what.
void Caller::tell(const run::Call& call, const run::Planned& planned) const {
    const auto* plan = std::get_if<run::Plan>(&planned);
    if (plan == nullptr || !env::debugs(around_.log))
        return;
    std::string outputs, inputs;
    for (const auto& output : plan->outputs)
        outputs += (outputs.empty() ? "" : " ") + output.key;
    for (const auto& input : plan->inputs)
        inputs += (inputs.empty() ? "" : " ") + input.row.stage + " of " + input.row.partition.key;
    around_.log->write(env::LogWeight::debug,
                       "planned",
                       {{"pipeline", call.pipeline->name},
                        {"run", call.run_id},
                        {"step", call.step},
                        {"outputs", cut(outputs, 1000)},
                        {"inputs", cut(inputs, 1000)},
                        {"unneeded", plan->unneeded ? std::string_view{*plan->unneeded} : std::string_view{}}});
}

run::Planned Caller::plan(const run::Call& call, unit::State& state) {
    const auto& pipeline = *call.pipeline;
    auto& plugin = loaded(pipeline.plugin);
    const auto entry = plugin.described.pipelines.find(pipeline.name);
    if (entry == plugin.described.pipelines.end() || entry->second.plan == nullptr)
        throw Error{ErrorCode::internal, pipeline.name + " has no plan"};
    std::unique_lock entering{plugin.entering, std::defer_lock};
    if (auto failure = take_turn(entering, pipeline.plugin, nullptr))
        return std::move(*failure);
    if (auto failure = ready(pipeline.plugin, plugin))
        return std::move(*failure);
    if (setting_of(pipeline.plugin, pipeline.domain).plugin->parallel)
        entering.unlock();
    auto setting = setting_of(pipeline.plugin, pipeline.domain);
    setting.work = Work::plan;
    setting.pipeline = &pipeline;
    setting.call = &call;
    setting.state = &state;
    Session session{setting};
    auto failure =
        enter(session, [&] { return entry->second.plan(entry->second.self, session.run()); });
    put_back(pipeline.plugin);
    if (failure)
        return std::move(*failure);
    auto planned = session.plan().take();
    tell(call, planned);
    return planned;
}

unit::Outcome Caller::invoke(const run::Call& call,
                             unit::Unit& unit,
                             const run::Dispatch& dispatch,
                             const run::CancelToken& cancel,
                             const run::ProgressSink& progress) {
    const auto& pipeline = *call.pipeline;
    auto& plugin = loaded(pipeline.plugin);
    const auto entry = plugin.described.pipelines.find(pipeline.name);
    if (entry == plugin.described.pipelines.end())
        throw Error{ErrorCode::internal, pipeline.name + " is not loaded"};
    auto setting = setting_of(pipeline.plugin, pipeline.domain);
    std::unique_lock entering{plugin.entering, std::defer_lock};
    if (auto failure = take_turn(entering, pipeline.plugin, &cancel))
        return std::move(*failure);
    if (auto failure = ready(pipeline.plugin, plugin))
        return std::move(*failure);
    if (setting.plugin->parallel)
        entering.unlock();
    setting.work = pipeline.composite ? Work::composite : Work::pipeline;
    setting.pipeline = &pipeline;
    setting.call = &call;
    setting.state = &unit.state();
    const Redactor none;
    const auto& redactor = around_.redactor == nullptr ? none : *around_.redactor;
    RedactedUnit redacted{unit, redactor};
    setting.unit = &redacted;
    setting.dispatch = &dispatch;
    setting.cancel = &cancel;
    setting.progress = &progress;
    Session session{setting};
    auto failure =
        enter(session, [&] { return entry->second.run(entry->second.self, session.run()); });
    put_back(pipeline.plugin);
    for (auto& line : session.take_log())
        unit.log(std::move(line));
    if (failure)
        return std::move(*failure);
    redactor.clean(session.outputs());
    if (auto reason = session.unneeded())
        return unit::Unneeded{redactor.clean(*reason), std::move(session.outputs())};
    return unit::Done{std::move(session.outputs())};
}

run::LambdaResult Caller::call(const workflow::Handler& handler,
                                   const run::LambdaCall& call,
                                   unit::State& state) {
    auto& plugin = loaded(handler.plugin);
    const auto entry = plugin.described.handlers.find(handler.name);
    if (entry == plugin.described.handlers.end())
        throw Error{ErrorCode::internal, handler.name + " is not loaded"};
    auto setting = setting_of(handler.plugin, handler.domain);
    std::unique_lock entering{plugin.entering, std::defer_lock};
    run::LambdaResult result;
    result.failure = take_turn(entering, handler.plugin, call.cancel);
    if (result.failure)
        return result;
    result.failure = ready(handler.plugin, plugin);
    if (result.failure)
        return result;
    if (setting.plugin->parallel)
        entering.unlock();
    setting.work = Work::lambda;
    setting.handler = &handler;
    setting.state = &state;
    setting.lambda = &call;
    setting.cancel = call.cancel;
    if (env::debugs(around_.log))
        around_.log->write(env::LogWeight::debug,
                           "lambda called",
                           {{"lambda", handler.name}, {"run", call.run_id}, {"step", call.step}, {"attempt", std::to_string(call.attempt)}});
    Session session{setting};
    auto failure =
        enter(session, [&] { return entry->second.call(entry->second.self, session.run()); });
    put_back(handler.plugin);
    result = std::move(session.step());
    result.outputs = std::move(session.outputs());
    result.log = session.take_log();
    result.ok = !failure;
    if (failure)
        result.requests.clear(); // what has failed asks for nothing
    result.failure = std::move(failure);
    if (around_.redactor != nullptr)
        clean(result, *around_.redactor);
    return result;
}

void Caller::shut_down() noexcept {
    for (auto& [id, plugin] : plugins_) {
        if (plugin->state != Loaded::State::ready || plugin->described.shutdown == nullptr)
            continue;
        plugin->state = Loaded::State::failed; // nothing is entered any more
        try {
            const process::Visit visit{"plugin '" + id + "', its shutdown", process::shutdown_max};
            plugin->described.shutdown();
        } catch (
            ...) { // NOLINT(bugprone-empty-catch): the program ends; there is nobody left to tell
        }
    }
}

} // namespace spine::plugin
