#include "run/engine.hpp"

#include "error.hpp"
#include "workflow/expression.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <utility>

namespace spine::run {

namespace json = boost::json;
using workflow::Step;
using workflow::Workflow;

namespace {

/// Whether the step's work is there: an execution that was skipped found it done.
bool is_done(StepStatus status, const std::string& execution_id) {
    return status == StepStatus::completed || (status == StepStatus::skipped && !execution_id.empty());
}

/// Where a step stands: its place in the order, or that it is the handler of failures.
struct Position {
    const Step* step = nullptr;
    std::size_t index = 0;
    bool handler = false;
};

Position find(const Workflow& workflow, const std::string& name) {
    for (std::size_t i = 0; i < workflow.steps.size(); ++i)
        if (workflow.steps[i].name == name)
            return {&workflow.steps[i], i, false};
    if (workflow.failure_handler && workflow.failure_handler->name == name)
        return {&*workflow.failure_handler, workflow.steps.size(), true};
    throw Error{ErrorCode::internal, "workflow '" + workflow.name + "' has no step '" + name + "'"};
}

workflow::Scope scope_of(const RunState& state) { return {state.params, state.outputs}; }

unit::Failure fault_in(const std::string& what, const std::string& text, const workflow::ExpressionFault& fault) {
    return step_failure(what + " '" + text + "', column " + std::to_string(fault.column) + ": " + fault.message,
                        fault.hint);
}

/// Whether a condition holds, or why that cannot be said.
std::variant<bool, unit::Failure>
decided(const std::string& what, const std::string& condition, const RunState& state) {
    const auto parsed = workflow::parse_expression(condition);
    if (const auto* fault = std::get_if<workflow::ExpressionFault>(&parsed))
        return fault_in(what, condition, *fault);
    const auto answer = workflow::holds(std::get<workflow::Expression>(parsed), scope_of(state));
    if (const auto* fault = std::get_if<workflow::ExpressionFault>(&answer))
        return fault_in(what, condition, *fault);
    return std::get<bool>(answer);
}

std::variant<json::object, unit::Failure>
replaced(const std::string& what, const json::object& values, const RunState& state) {
    json::object result;
    for (const auto& member : values) {
        auto value = workflow::substituted(member.value(), scope_of(state));
        if (const auto* fault = std::get_if<workflow::ExpressionFault>(&value))
            return step_failure(what + " '" + std::string{member.key()} + "': " + fault->message, fault->hint);
        result[member.key()] = std::move(std::get<json::value>(value));
    }
    return result;
}

std::variant<Next, unit::Failure> wanted(const Step& step, const RunState& state) {
    const bool pipeline = std::holds_alternative<workflow::PipelineStep>(step.kind);
    auto params = replaced("parameter", pipeline ? workflow::own_params(step) : step.params, state);
    if (auto* failure = std::get_if<unit::Failure>(&params))
        return std::move(*failure);
    auto own = std::move(std::get<json::object>(params));
    if (pipeline)
        return Next{RunPipeline{&step, std::move(own)}};
    auto config = replaced("config", step.config, state);
    if (auto* failure = std::get_if<unit::Failure>(&config))
        return std::move(*failure);
    auto all = state.params;
    for (const auto& member : own)
        all[member.key()] = member.value();
    return Next{CallLambda{&step, std::move(all), std::move(std::get<json::object>(config))}};
}

/// Makes one decision: walks from step to step until something must be done or the run stops. Functions that settle a step return the
/// place in the order that follows, so that a long chain of settled steps is a loop and no recursion.
class Walk {
public:
    Walk(const Workflow& workflow, RunState state) : workflow_{workflow} { decision_.state = std::move(state); }

    RunState& state() { return decision_.state; }

    /// An attempt has ended, or a step that never began is settled.
    void record(const Step& step, const StepResult& result) {
        record_only(step, result);
        if (result.status == StepStatus::cancelled)
            return;
        state().outputs[step.name] = result.output;
        for (const auto& update : result.updates)
            state().params[update.key()] = update.value();
        if (!result.partitions.empty())
            state().partition = result.partitions.back();
    }
    /// Without taking over what it said: an attempt that died has said nothing.
    void record_only(const Step& step, const StepResult& result) {
        auto& known = state().steps[step.name];
        known.status = result.status;
        known.done = is_done(result.status, result.execution_id);
        decision_.along.steps.push_back({step.name,
                                         1,
                                         known.attempt,
                                         std::string{workflow::type_of(step)},
                                         result.status,
                                         result.reason,
                                         result.output,
                                         result.updates,
                                         result.quality,
                                         result.events,
                                         result.failure,
                                         result.execution_id});
    }

    void reach_stage(const Position& at, const StepResult& result) {
        if (at.step->stage.empty() || at.handler ||
            (result.status != StepStatus::completed && result.status != StepStatus::skipped))
            return;
        std::int64_t rows = 0;
        if (const auto* count = result.output.if_contains("row_count"); count != nullptr && count->is_int64())
            rows = count->get_int64();
        decision_.along.stages.push_back({at.step->stage, static_cast<std::uint32_t>(at.index + 1), rows, {}});
    }
    void reach(std::string stage, std::uint32_t rank, json::object metrics = {}) {
        decision_.along.stages.push_back({std::move(stage), rank, 0, std::move(metrics)});
    }

    using Following = std::optional<std::size_t>; ///< none: something is to be done, or the run stops

    /// Begins the next attempt of the step: its start rides with what is written now.
    Following start(const Step& step, int attempt) {
        auto next = wanted(step, state());
        state().steps[step.name].attempt = attempt;
        if (auto* failure = std::get_if<unit::Failure>(&next))
            return fail(find(workflow_, step.name), std::move(*failure));
        state().steps[step.name].status = StepStatus::running;
        state().current = step.name;
        StepRecord begin;
        begin.step = step.name;
        begin.attempt = attempt;
        begin.type = workflow::type_of(step);
        decision_.along.steps.push_back(std::move(begin));
        decision_.next = std::move(std::get<Next>(next));
        return std::nullopt;
    }

    /// The step fails without having been begun.
    Following fail(const Position& at, unit::Failure failure) {
        StepResult result;
        result.status = StepStatus::failed;
        result.failure = std::move(failure);
        return settle(at, result);
    }

    /// What follows from a step's end.
    Following settle(const Position& at, const StepResult& result) {
        record(*at.step, result);
        reach_stage(at, result);
        state().current.clear();
        if (result.status == StepStatus::cancelled)
            return pause(*at.step);
        if (at.handler)
            return finish_failed();
        if (result.status == StepStatus::failed && at.step->on_error != workflow::OnError::go_on) {
            state().failure = result.failure ? *result.failure : step_failure("it failed without a reason", "");
            state().error_step = at.step->name;
            return on_failure();
        }
        return after(at);
    }

    Following after(const Position& at) {
        if (at.step->end) {
            skip(at.index + 1, workflow_.steps.size(), "the run ended at '" + at.step->name + "'");
            return workflow_.steps.size();
        }
        return at.step->next.empty() ? at.index + 1 : jump(at, at.step->next);
    }

    /// Settles everything from there on that needs nobody, until the first step that does.
    void walk(Following index) {
        while (index && *index < workflow_.steps.size())
            index = visit(*index);
        if (index)
            finish_completed();
    }

    Following visit(std::size_t index) {
        const auto& step = workflow_.steps[index];
        const Position at{&step, index, false};
        if (!step.when.empty()) {
            auto answer = decided("condition", step.when, state());
            if (auto* failure = std::get_if<unit::Failure>(&answer))
                return fail(at, std::move(*failure));
            if (!std::get<bool>(answer)) {
                skip_one(step, "its condition does not hold: " + step.when + told_reason());
                return index + 1;
            }
        }
        const auto* choice = std::get_if<workflow::ChoiceStep>(&step.kind);
        if (choice == nullptr)
            return start(step, 1);
        auto answer = decided("condition", choice->condition, state());
        if (auto* failure = std::get_if<unit::Failure>(&answer))
            return fail(at, std::move(*failure));
        return choose(at, *choice, std::get<bool>(answer));
    }

    Following on_failure() {
        if (!workflow_.failure_handler)
            return finish_failed();
        tell_failure();
        return start(*workflow_.failure_handler, 1);
    }
    /// The handler's view of what went wrong.
    void tell_failure() {
        state().outputs["failure"] = json::object{{"step", state().error_step},
                                                  {"error", state().failure->message},
                                                  {"category", unit::to_text(state().failure->category)}};
    }

    Decision take() {
        auto& along = decision_.along;
        along.run_id = state().run_id;
        along.fence = state().fence;
        if (const auto* stop = std::get_if<Stop>(&decision_.next))
            along.run.status = stop->status;
        else
            along.run.status = RunStatus::running;
        if (along.run.current_step.empty())
            along.run.current_step = state().current;
        along.run.error_step = state().error_step;
        along.run.failure = state().failure;
        along.run.partition = state().partition;
        return std::move(decision_);
    }

private:
    void skip_one(const Step& step, const std::string& reason) {
        StepResult skipped;
        skipped.status = StepStatus::skipped;
        skipped.reason = reason;
        skipped.output = {{"skipped", true}, {"reason", reason}};
        record(step, skipped);
    }
    void skip(std::size_t from, std::size_t until, const std::string& reason) {
        for (auto i = from; i < until; ++i)
            skip_one(workflow_.steps[i], reason);
    }
    std::size_t jump(const Position& from, const std::string& target) {
        const auto to = find(workflow_, target);
        if (to.handler || to.index <= from.index)
            throw Error{ErrorCode::internal, "step '" + from.step->name + "' jumps backwards to '" + target + "'"};
        skip(from.index + 1, to.index, "jumped over by '" + from.step->name + "'" + told_reason());
        return to.index;
    }
    /// A lambda that wants steps skipped may say why in the parameter `skip_reason`.
    std::string told_reason() {
        const auto* reason = state().params.if_contains("skip_reason");
        return reason != nullptr && reason->is_string() ? ": " + std::string{reason->get_string()} : std::string{};
    }
    std::size_t choose(const Position& at, const workflow::ChoiceStep& choice, bool holds) {
        const auto target = holds ? choice.then_step : choice.else_step.value_or("");
        const auto following = at.index + 1 < workflow_.steps.size() ? workflow_.steps[at.index + 1].name : "";
        StepResult result;
        result.status = StepStatus::completed;
        result.output = {{"condition", holds}, {"branch", target.empty() ? following : target}};
        result.reason = choice.condition + (holds ? " holds: " : " does not hold: ") +
                        (target.empty() ? (following.empty() ? "the end" : following) : target);
        record(*at.step, result);
        reach_stage(at, result);
        return target.empty() ? at.index + 1 : jump(at, target);
    }
    void finish_completed() {
        json::array failed;
        for (const auto& step : workflow_.steps)
            if (const auto known = state().steps.find(step.name);
                known != state().steps.end() && known->second.status == StepStatus::failed)
                failed.emplace_back(step.name);
        json::object metrics{{"step_count", completed_steps(workflow_, state()).size()}};
        if (!failed.empty()) {
            // Going on after an error must not look like success to who reads the manifest.
            auto& reason = decision_.along.run.reason;
            for (const auto& name : failed)
                reason += (reason.empty() ? "failed and passed over: " : ", ") + std::string{name.get_string()};
            metrics["failed_steps"] = std::move(failed);
        }
        reach("COMPLETED", static_cast<std::uint32_t>(workflow_.steps.size() + 1), std::move(metrics));
        decision_.next = Stop{RunStatus::completed};
    }
    Following finish_failed() {
        const auto& failure = *state().failure;
        unit::Anomaly anomaly;
        anomaly.severity = "ERROR";
        anomaly.category = "WORKFLOW_FAILURE";
        anomaly.message = state().error_step + ": " + failure.message;
        anomaly.metadata =
            workflow::json_text(json::object{{"workflow", workflow_.name}, {"run_id", state().run_id}});
        decision_.along.anomaly = std::move(anomaly);
        decision_.along.anomaly_stage = "workflow." + state().error_step;
        decision_.along.run.current_step = state().error_step;
        decision_.next = Stop{RunStatus::failed};
        return std::nullopt;
    }
    Following pause(const Step& step) {
        state().current = step.name; // is to be tried again
        decision_.along.run.reason = "interrupted";
        decision_.next = Stop{RunStatus::paused};
        return std::nullopt;
    }

    const Workflow& workflow_;
    Decision decision_;
};

} // namespace

unit::Failure step_failure(const std::string& message, const std::string& hint, unit::Category category) {
    unit::Failure failure;
    failure.category = category;
    failure.message = message;
    failure.hint = hint;
    failure.retry = unit::Retry::never;
    failure.exit_code = unit::exit_code(failure.category);
    return failure;
}

RunState folded(const Workflow& workflow, const RunRow& row) {
    RunState state;
    state.run_id = row.run_id;
    state.fence = row.fence;
    state.params = row.params;
    state.partition = row.partition;
    state.error_step = row.error_step;
    if (!row.error_step.empty())
        state.failure = row.failure;
    for (const auto& record : row.steps) {
        auto& known = state.steps[record.step];
        known.status = record.status;
        known.attempt = record.attempt;
        known.done = is_done(record.status, record.execution_id);
        const bool died = record.status == StepStatus::failed && record.failure &&
                          record.failure->category == unit::Category::crash;
        known.deaths += died ? 1 : 0;
        if (record.status == StepStatus::running || record.status == StepStatus::cancelled || died)
            continue;
        state.outputs[record.step] = record.output;
        for (const auto& update : record.updates)
            state.params[update.key()] = update.value();
    }
    if (!is_final(row.status))
        state.current = row.current_step;
    if (!state.error_step.empty() && state.failure && workflow.failure_handler)
        state.outputs["failure"] = json::object{{"step", state.error_step},
                                                {"error", state.failure->message},
                                                {"category", unit::to_text(state.failure->category)}};
    return state;
}

Decision begun(const Workflow& workflow, const std::string& run_id, const json::object& params) {
    RunState state;
    state.run_id = run_id;
    state.params = params;
    Walk walk{workflow, std::move(state)};
    walk.reach("STARTED", 0);
    walk.walk(0);
    return walk.take();
}

Decision resumed(const Workflow& workflow, RunState state) {
    const auto at = find(workflow, state.current);
    const auto known = state.steps[state.current];
    Walk walk{workflow, std::move(state)};
    if (known.status == StepStatus::running) {
        StepResult died;
        died.status = StepStatus::failed;
        unit::Failure crash;
        crash.category = unit::Category::crash;
        crash.message = "its process ended without a result";
        crash.exit_code = unit::exit_code(crash.category);
        if (known.deaths + 1 >= deaths_max) {
            crash.message += ", for the " + std::to_string(known.deaths + 1) + "th time";
            walk.walk(walk.fail(at, std::move(crash)));
            return walk.take();
        }
        died.failure = std::move(crash);
        walk.record_only(*at.step, died);
        ++walk.state().steps[at.step->name].deaths;
    }
    walk.walk(walk.start(*at.step, known.attempt + 1));
    return walk.take();
}

Decision ended(const Workflow& workflow, RunState state, const StepResult& result) {
    const auto at = find(workflow, state.current);
    Walk walk{workflow, std::move(state)};
    walk.walk(walk.settle(at, result));
    return walk.take();
}

Next next_of(const Workflow& workflow, const RunState& state) {
    auto next = wanted(*find(workflow, state.current).step, state);
    if (auto* failure = std::get_if<unit::Failure>(&next))
        throw Error{ErrorCode::internal, "step '" + state.current + "' was started, but: " + failure->message};
    return std::move(std::get<Next>(next));
}

std::vector<std::string> completed_steps(const Workflow& workflow, const RunState& state) {
    std::vector<std::string> names;
    for (const auto& step : workflow.steps)
        if (const auto known = state.steps.find(step.name);
            known != state.steps.end() && known->second.done)
            names.push_back(step.name);
    return names;
}

json::object pipeline_output(json::object own, bool skipped, const std::string& reason) {
    const auto otherwise = [&](std::string_view name, json::value value) {
        if (!own.contains(name))
            own[name] = std::move(value);
    };
    otherwise("row_count", 0);
    own["record_count"] = own["row_count"];
    otherwise("reject_count", 0);
    otherwise("error_count", 0);
    otherwise("null_count", 0);
    otherwise("null_rate", 0.0);
    otherwise("capture_id", nullptr);
    own["skipped"] = skipped;
    own["reason"] = reason.empty() ? json::value(nullptr) : json::value(reason);
    return own;
}

} // namespace spine::run
