#include "run/workflow_runner.hpp"

#include "error.hpp"
#include "run/pipeline_step.hpp"
#include "workflow/json.hpp"
#include "workflow/parameters.hpp"

#include <algorithm>
#include <utility>

namespace spine::run {

namespace json = boost::json;
using workflow::LambdaStep;
using workflow::PipelineStep;
using workflow::Step;

namespace {

/// What one step may leave in the journal; more belongs into a dataset.
constexpr std::size_t result_bytes_max = std::size_t{1} << 20;

unit::Failure faults_of(const workflow::Diagnostics& faults) {
    std::string message;
    for (const auto& fault : faults)
        message += (message.empty() ? "" : "; ") + fault.where + ": " + fault.message;
    return step_failure(message, faults.front().hint, unit::Category::configuration);
}

StepResult failed(unit::Failure failure) {
    StepResult result;
    result.status = failure.category == unit::Category::cancelled ? StepStatus::cancelled : StepStatus::failed;
    result.failure = std::move(failure);
    return result;
}

StepResult result_of(const workflow::Pipeline& pipeline, const Ended& end) {
    StepResult result;
    result.reason = end.reason;
    result.partitions = end.partitions;
    result.execution_id = end.execution_id;
    switch (end.how) {
    case Ended::How::completed: result.status = StepStatus::completed; break;
    case Ended::How::skipped: result.status = StepStatus::skipped; break;
    case Ended::How::failed: result.status = StepStatus::failed; break;
    case Ended::How::cancelled: result.status = StepStatus::cancelled; break;
    }
    if (result.status == StepStatus::completed || result.status == StepStatus::skipped) {
        result.output = pipeline_output(end.outputs, result.status == StepStatus::skipped, end.reason);
        result.updates = exported(pipeline, end.outputs);
    } else {
        result.output = end.outputs;
        result.failure = end.failure;
    }
    return result;
}

Ended ended_as(const Result& result) {
    Ended end;
    end.execution_id = result.execution_id;
    end.reason = result.reason;
    end.outputs = result.outputs;
    end.failure = result.failure;
    end.partitions = result.partitions;
    switch (result.status) {
    case Result::Status::completed: end.how = Ended::How::completed; break;
    case Result::Status::skipped:
    case Result::Status::planned: end.how = Ended::How::skipped; break;
    case Result::Status::failed: end.how = Ended::How::failed; break;
    case Result::Status::cancelled: end.how = Ended::How::cancelled; break;
    }
    return end;
}

std::size_t bytes_of(const StepResult& result) {
    return workflow::json_text(result.output).size() + workflow::json_text(result.updates).size() +
           workflow::json_text(result.events).size();
}

/// Takes over what was written.
void keep(RunRow& row, const Along& along) {
    for (const auto& record : along.steps) {
        // An attempt that ends now is among the last that began.
        const auto same = std::find_if(row.steps.rbegin(), row.steps.rend(), [&](const StepRecord& one) {
            return one.status == StepStatus::running || one.step == record.step;
        });
        if (same != row.steps.rend() && same->step == record.step && same->attempt == record.attempt)
            *same = record;
        else
            row.steps.push_back(record);
    }
    row.status = along.run.status;
    row.current_step = along.run.current_step;
    row.error_step = along.run.error_step;
    row.failure = along.run.failure;
    row.partition = along.run.partition;
}

} // namespace

WorkflowRunner::WorkflowRunner(Runner& runner,
                               RunJournal& journal,
                               Lambdas& lambdas,
                               unit::State& state,
                               const workflow::Catalogue& catalogue,
                               const CancelToken& cancel,
                               StepSink progress)
    : runner_{runner}, journal_{journal}, lambdas_{lambdas}, state_{state}, catalogue_{catalogue}, cancel_{cancel},
      progress_{std::move(progress)} {}

std::string WorkflowRunner::missing_plugin(const Step& step, const RunRow& run) const {
    const auto* pipeline = std::get_if<PipelineStep>(&step.kind);
    const auto* lambda = std::get_if<LambdaStep>(&step.kind);
    const auto operation = pipeline != nullptr ? pipeline->pipeline : lambda != nullptr ? lambda->handler : "";
    if (operation.empty() || (pipeline != nullptr && catalogue_.find_pipeline(operation) != nullptr) ||
        (lambda != nullptr && catalogue_.find_handler(operation) != nullptr))
        return {};
    const auto known = run.plugins.find(operation);
    return known == run.plugins.end() ? "of '" + operation + "'" : known->second;
}

bool WorkflowRunner::block(const workflow::Workflow& workflow, const RunRow& run) {
    std::vector<const Step*> steps;
    for (const auto& step : workflow.steps)
        steps.push_back(&step);
    if (workflow.failure_handler)
        steps.push_back(&*workflow.failure_handler);
    for (const auto* step : steps) {
        const auto plugin = missing_plugin(*step, run);
        if (plugin.empty())
            continue;
        Along along;
        along.run_id = run.run_id;
        along.fence = run.fence;
        along.run.status = RunStatus::waiting;
        along.run.reason = "blocked: plugin " + plugin + " not loaded";
        along.run.current_step = run.current_step;
        along.run.error_step = run.error_step;
        along.run.failure = run.failure;
        along.run.partition = run.partition;
        journal_.append(along);
        return true;
    }
    return false;
}

Driven WorkflowRunner::drive(const workflow::Workflow& workflow, const RunRow& owned) {
    const auto now = [&] {
        auto row = journal_.look(owned.run_id);
        if (!row)
            throw Error{ErrorCode::internal, "run '" + owned.run_id + "' is gone"};
        return std::move(*row);
    };
    if (is_final(owned.status))
        return RunReport{owned};
    if (block(workflow, owned))
        return RunReport{now()};

    auto row = owned; // as the journal has it, kept up with what is written
    auto state = folded(workflow, row);
    Next next;
    if (owned.fence == 1) { // just begun: the first step's start is on disk
        next = next_of(workflow, state);
    } else {
        auto decision = resumed(workflow, std::move(state));
        if (!journal_.append(decision.along))
            return TakenOver{now()};
        keep(row, decision.along);
        state = std::move(decision.state);
        next = std::move(decision.next);
    }
    while (!std::holds_alternative<Stop>(next)) {
        const auto& step = std::holds_alternative<RunPipeline>(next) ? *std::get<RunPipeline>(next).step
                                                                     : *std::get<CallLambda>(next).step;
        tell({step.name, std::string{workflow::type_of(step)}, false, StepStatus::running, {}});
        std::optional<Decision> decision;
        StepResult result;
        bool written = false;
        if (const auto* wanted = std::get_if<RunPipeline>(&next)) {
            const auto follow = [&](const StepResult& end) -> std::optional<Along> {
                if (decision) // what was asked for first could not be committed; a state is too large to be copied for that
                    state = folded(workflow, row);
                result = end;
                decision = ended(workflow, std::move(state), end);
                return decision->along;
            };
            auto done = do_pipeline(*wanted, state, owned.folder, follow);
            if (done.lost)
                return TakenOver{now()};
            written = done.followed && decision.has_value();
            if (!written)
                result = std::move(done.result);
        } else {
            result = do_lambda(std::get<CallLambda>(next), state);
        }
        if (!written) {
            if (decision)
                state = folded(workflow, row);
            decision = ended(workflow, std::move(state), result);
            if (!journal_.append(decision->along))
                return TakenOver{now()};
        }
        keep(row, decision->along);
        tell({step.name, std::string{workflow::type_of(step)}, true, result.status, result.reason});
        state = std::move(decision->state);
        next = std::move(decision->next);
    }
    return RunReport{now()};
}

void WorkflowRunner::tell(const StepProgress& progress) const {
    if (progress_)
        progress_(progress);
}

WorkflowRunner::PipelineEnd
WorkflowRunner::do_pipeline(const RunPipeline& next,
                            const RunState& state,
                            const std::string& folder,
                            const std::function<std::optional<Along>(const StepResult&)>& follow) {
    PipelineEnd end;
    const auto& pipeline = *catalogue_.find_pipeline(std::get<PipelineStep>(next.step->kind).pipeline);
    auto bound = workflow::bind(pipeline.parameters, given_to(pipeline, state.params, next.params));
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&bound)) {
        end.result = failed(faults_of(*faults));
        return end;
    }
    Wish wish;
    wish.pipeline = &pipeline;
    wish.params = std::move(std::get<json::object>(bound));
    wish.run_id = state.run_id;
    wish.step = next.step->name;
    wish.folder = folder;
    wish.follow = [&](const Ended& ended) { return follow(result_of(pipeline, ended)); };
    const auto done = runner_.execute(wish);
    end.lost = done.run_lost;
    end.followed = done.followed;
    end.result = result_of(pipeline, ended_as(done));
    return end;
}

StepResult WorkflowRunner::do_lambda(CallLambda& next, RunState& state) {
    if (cancel_.cancelled()) {
        auto failure = step_failure("interrupted before it began", "", unit::Category::cancelled);
        failure.exit_code = spine::exit_code(ErrorCode::interrupted);
        return failed(std::move(failure));
    }
    const auto& handler = *catalogue_.find_handler(std::get<LambdaStep>(next.step->kind).handler);
    auto config = workflow::bind(handler.config, next.config);
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&config))
        return failed(faults_of(*faults));
    // Lent for the call: the outputs of a long run are too many to be copied for each step.
    LambdaCall call{std::move(next.params), std::move(std::get<json::object>(config)), std::move(state.outputs)};
    auto answer = lambdas_.call(handler, call, state_);
    state.outputs = std::move(call.outputs);
    StepResult result;
    result.status = answer.ok ? StepStatus::completed : StepStatus::failed;
    result.output = std::move(answer.outputs);
    result.quality = std::move(answer.quality);
    result.events = std::move(answer.events);
    if (answer.ok)
        result.updates = std::move(answer.updates);
    else
        result.failure = answer.failure ? std::move(*answer.failure) : step_failure("it failed without a reason", "");
    if (const auto bytes = bytes_of(result); bytes > result_bytes_max) {
        return failed(step_failure("lambda '" + handler.name + "' answered with " + std::to_string(bytes) +
                                       " bytes; at most " + std::to_string(result_bytes_max) + " are kept",
                                   "a lambda checks and decides; data belongs into a pipeline's tables",
                                   unit::Category::resource));
    }
    return result;
}

} // namespace spine::run
