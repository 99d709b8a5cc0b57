#include "run/rehearse_workflow.hpp"

#include "run/decide.hpp"
#include "run/pipeline_step.hpp"
#include "workflow/expression.hpp"
#include "workflow/json.hpp"
#include "workflow/parameters.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace spine::run {

namespace json = boost::json;
using What = PlannedStep::What;
using workflow::Step;

namespace {

/// What a rehearsal knows so far.
struct Foresight {
    const json::object* settings = nullptr;
    json::object params;
    json::object outputs;           ///< of steps whose results are recorded or foreseen
    std::set<std::string> firm;     ///< parameters that nothing later in the run is expected to change
    bool lambdas_passed = false;    ///< from now on a parameter may have been set by a lambda
    bool fails = false;             ///< the step that was rehearsed last would fail

    workflow::Scope scope() const { return {params, outputs, nullptr, nullptr, settings}; }
};

bool known(const workflow::Path& path, const Foresight& so_far) {
    const auto* root = path.steps.empty() ? nullptr : std::get_if<std::string>(&path.steps[0]);
    if (root != nullptr && (*root == "flags" || *root == "config" || *root == "env"))
        return so_far.settings != nullptr;
    const auto* name = path.steps.size() < 2 ? nullptr : std::get_if<std::string>(&path.steps[1]);
    if (root == nullptr || name == nullptr)
        return false;
    return *root == "outputs" ? so_far.outputs.contains(*name)
                              : !so_far.lambdas_passed || so_far.firm.contains(*name);
}

/// Whether a condition holds; nullopt when that depends on what has not happened yet. `why` says on what.
std::optional<bool> foreseen(const std::string& condition, const Foresight& so_far, std::string& why) {
    const auto parsed = workflow::parse_expression(condition);
    const auto* expression = std::get_if<workflow::Expression>(&parsed);
    if (expression == nullptr) {
        why = "its condition cannot be read: " + condition;
        return std::nullopt;
    }
    for (const auto& path : workflow::paths_of(*expression))
        if (!known(path, so_far)) {
            why = path.text() + " is not known before it runs";
            return std::nullopt;
        }
    const auto answer = workflow::holds(*expression, so_far.scope());
    if (const auto* fault = std::get_if<workflow::ExpressionFault>(&answer)) {
        why = "its condition would fail: " + fault->message;
        return std::nullopt;
    }
    return std::get<bool>(answer);
}

/// The first text in `value` that is a path to something not known; empty: none.
std::string unknown_path(const json::value& value, const Foresight& so_far) {
    if (value.is_string() && workflow::is_path(value.get_string())) {
        const auto path = workflow::parse_path(value.get_string());
        const auto* found = std::get_if<workflow::Path>(&path);
        return found != nullptr && known(*found, so_far) ? std::string{} : std::string{value.get_string()};
    }
    std::string unknown;
    if (value.is_array())
        for (const auto& element : value.get_array())
            if (unknown.empty())
                unknown = unknown_path(element, so_far);
    if (value.is_object())
        for (const auto& member : value.get_object())
            if (unknown.empty())
                unknown = unknown_path(member.value(), so_far);
    return unknown;
}

std::size_t index_of(const workflow::Workflow& workflow, const std::string& name) {
    const auto found = std::find_if(workflow.steps.begin(), workflow.steps.end(), [&](const Step& step) {
        return step.name == name;
    });
    return static_cast<std::size_t>(found - workflow.steps.begin());
}

PlannedStep rehearse_pipeline(Runner& runner, const workflow::Catalogue& catalogue, const Step& step, Foresight& so_far) {
    auto& params = so_far.params;
    so_far.fails = false;
    PlannedStep planned{step.name, std::string{workflow::type_of(step)}, What::unknown, {}};
    const json::value written = workflow::own_params(step);
    if (const auto path = unknown_path(written, so_far); !path.empty()) {
        planned.reason = path + " is not known before it runs";
        return planned;
    }
    auto own = workflow::substituted(written, so_far.scope());
    if (const auto* fault = std::get_if<workflow::ExpressionFault>(&own)) {
        planned.reason = "would fail: " + fault->message;
        return planned;
    }
    const auto& pipeline = *catalogue.find_pipeline(std::get<workflow::PipelineStep>(step.kind).pipeline);
    auto bound = workflow::bind(pipeline.parameters,
                                given_to(pipeline, params, std::get<json::value>(own).get_object()));
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&bound)) {
        planned.reason = so_far.lambdas_passed ? "depends on a parameter that is not known before it runs: " : "would fail: ";
        planned.reason += faults->front().where + ": " + faults->front().message;
        return planned;
    }
    Wish wish;
    wish.pipeline = &pipeline;
    wish.params = std::move(std::get<json::object>(bound));
    wish.dry = true;
    auto done = runner.execute(wish);
    if (done.failure) {
        so_far.fails = true;
        planned.reason = "would fail: " + done.failure->message;
        return planned;
    }
    const bool skipped = done.status == Result::Status::skipped;
    planned.what = skipped ? What::skip : What::run;
    planned.reason = done.reason;
    // What a pipeline that still has to run will answer is known only as far as its rehearsal told it.
    for (const auto& update : exported(pipeline, done.outputs)) {
        if (!skipped && update.key() == "capture_id")
            continue; // there is no such capture before it ran
        params[update.key()] = update.value();
        so_far.firm.insert(std::string{update.key()});
    }
    if (skipped)
        so_far.outputs[step.name] = step_output(std::move(done.outputs), true, done.reason);
    return planned;
}

/// A step that asks nobody of the plugins: what it would do, as far as that can be said beforehand.
std::string foretold(const Step& step, const Foresight& so_far) {
    const auto valued = [&](const json::value& written) {
        if (const auto path = unknown_path(written, so_far); !path.empty())
            return path + ", which is not known before it runs";
        const auto value = workflow::substituted(written, so_far.scope());
        const auto* found = std::get_if<json::value>(&value);
        return found == nullptr                ? "would fail: " + std::get<workflow::ExpressionFault>(value).message
               : found->is_string() ? std::string{found->get_string()}
                                    : workflow::json_text(*found);
    };
    if (const auto* wait = std::get_if<workflow::WaitStep>(&step.kind))
        return wait->until ? "waits until " + valued(*wait->until) : "waits " + valued(wait->seconds.value_or(0)) + " seconds";
    if (const auto* approval = std::get_if<workflow::ApprovalStep>(&step.kind)) {
        const auto* env = so_far.settings == nullptr ? nullptr : so_far.settings->if_contains("env");
        if (env != nullptr && env->is_string() &&
            std::find(approval->auto_approve_envs.begin(), approval->auto_approve_envs.end(), std::string_view{env->get_string()}) !=
                approval->auto_approve_envs.end())
            return "is approved by itself in " + std::string{env->get_string()};
        std::string who;
        for (const auto& one : approval->approvers)
            who += (who.empty() ? "" : ", ") + one;
        return "waits for an approval" + (who.empty() ? std::string{} : " by " + who);
    }
    if (const auto* child = std::get_if<workflow::WorkflowStep>(&step.kind))
        return std::string{child->wait ? "does" : "begins"} + " a run of " + child->workflow;
    const auto& map = std::get<workflow::MapStep>(step.kind);
    const auto inner = std::to_string(map.steps.size()) + (map.steps.size() == 1 ? " step" : " steps");
    if (const auto path = unknown_path(map.items, so_far); !path.empty())
        return inner + " for each of " + path + ", which is not known before it runs";
    const auto items = workflow::substituted(map.items, so_far.scope());
    const auto* list = std::get_if<json::value>(&items);
    return list != nullptr && list->is_array() ? inner + " for each of " + std::to_string(list->get_array().size()) + " items"
                                               : "would fail: its items are no list";
}

/// Whether a step asks nobody of the plugins.
bool is_foretold(const Step& step) {
    return !std::holds_alternative<workflow::PipelineStep>(step.kind) && !std::holds_alternative<workflow::LambdaStep>(step.kind) &&
           !std::holds_alternative<workflow::ChoiceStep>(step.kind);
}

/// Names of the choices that have this step as a target.
std::vector<std::string> choosers_of(const workflow::Workflow& workflow, const std::string& step) {
    std::vector<std::string> names;
    for (const auto& other : workflow.steps)
        if (const auto* choice = std::get_if<workflow::ChoiceStep>(&other.kind);
            choice != nullptr && (choice->then_step == step || choice->else_step == step))
            names.push_back(other.name);
    return names;
}

/// The steps in an order in which each comes after those that it depends on.
workflow::Workflow one_after_another(const workflow::Workflow& workflow) {
    auto ordered = workflow;
    if (workflow.execution != workflow::Execution::parallel)
        return ordered;
    ordered.steps.clear();
    std::set<std::string> placed;
    for (bool more = true; more;) { // each round places at least one; what is left over hangs on itself, and was refused before
        more = false;
        for (const auto& step : workflow.steps) {
            auto before = choosers_of(workflow, step.name);
            before.insert(before.end(), step.depends_on.begin(), step.depends_on.end());
            if (!placed.contains(step.name) && std::all_of(before.begin(), before.end(), [&](const auto& one) { return placed.contains(one); })) {
                placed.insert(step.name);
                ordered.steps.push_back(step);
                more = true;
            }
        }
    }
    return ordered;
}

} // namespace

std::vector<PlannedStep> rehearse(Runner& runner, const workflow::Catalogue& catalogue, const workflow::Workflow& written,
                                  const json::object& params, const json::object& settings) {
    const auto workflow = one_after_another(written);
    const bool side_by_side = written.execution == workflow::Execution::parallel;
    Foresight so_far;
    so_far.settings = &settings;
    so_far.params = params;
    for (const auto& member : params)
        if (const auto declared = workflow.defaults.find(member.key());
            declared == workflow.defaults.end() || declared->value() != member.value())
            so_far.firm.insert(std::string{member.key()});

    std::vector<PlannedStep> plan;
    std::set<std::string> left_out; // by a choice among steps side by side
    const auto say = [&](const Step& step, What what, std::string reason) {
        plan.push_back({step.name, std::string{workflow::type_of(step)}, what, std::move(reason)});
    };
    const auto size = workflow.steps.size();
    std::size_t jump_until = 0; // steps before it are jumped over
    std::string jumped_by;
    std::size_t unsure_until = 0; // whether steps before it run depends on a choice
    std::string unsure_why;

    for (std::size_t i = 0; i < size; ++i) {
        const auto& step = workflow.steps[i];
        const auto all_left_out = [&](const std::vector<std::string>& names) {
            return !names.empty() && std::all_of(names.begin(), names.end(), [&](const auto& one) { return left_out.contains(one); });
        };
        if (side_by_side) {
            const bool hangs = all_left_out(step.depends_on) || all_left_out(choosers_of(workflow, step.name));
            if (hangs || left_out.contains(step.name)) {
                left_out.insert(step.name);
                say(step, What::skip, hangs ? "what it depends on is left out" : "another step was chosen");
                continue;
            }
        }
        if (i < jump_until) {
            say(step, What::skip, jumped_by);
            continue;
        }
        if (i < unsure_until) {
            say(step, What::unknown, unsure_why);
            so_far.lambdas_passed = so_far.lambdas_passed || !std::holds_alternative<workflow::ChoiceStep>(step.kind);
            continue;
        }
        std::string why;
        if (!step.when.empty()) {
            const auto holds = foreseen(step.when, so_far, why);
            if (!holds) {
                say(step, What::unknown, why);
                so_far.lambdas_passed = true;
                continue;
            }
            if (!*holds) {
                say(step, What::skip, "its condition does not hold: " + step.when);
                if (side_by_side && std::holds_alternative<workflow::ChoiceStep>(step.kind))
                    left_out.insert(step.name);
                continue;
            }
        }
        if (const auto* choice = std::get_if<workflow::ChoiceStep>(&step.kind)) {
            const auto holds = foreseen(choice->condition, so_far, why);
            if (side_by_side) {
                if (holds) {
                    const auto other = *holds ? choice->else_step : std::optional{choice->then_step};
                    if (other)
                        left_out.insert(*other);
                    so_far.outputs[step.name] = json::object{{"condition", *holds}};
                    say(step, What::run, choice->condition + (*holds ? " holds" : " does not hold"));
                } else {
                    say(step, What::unknown, why);
                }
                continue;
            }
            const auto then_at = index_of(workflow, choice->then_step);
            const auto else_at = choice->else_step ? index_of(workflow, *choice->else_step) : i + 1;
            if (holds) {
                jump_until = *holds ? then_at : else_at;
                jumped_by = "jumped over by '" + step.name + "'";
                so_far.outputs[step.name] = json::object{{"condition", *holds}};
                say(step,
                    What::run,
                    choice->condition + (*holds ? " holds: " : " does not hold: ") +
                        (jump_until < size ? workflow.steps[jump_until].name : "the end"));
            } else {
                say(step, What::unknown, why);
                unsure_until = std::max(then_at, else_at);
                unsure_why = "depends on '" + step.name + "'";
                // A first branch that ends the run or jumps past the second leaves the rest open as well.
                for (auto k = i + 1; k < std::min(unsure_until, size); ++k)
                    if (workflow.steps[k].end || !workflow.steps[k].next.empty())
                        unsure_until = workflow.steps[k].end
                                           ? size
                                           : std::max(unsure_until, index_of(workflow, workflow.steps[k].next));
            }
            continue;
        }
        if (is_foretold(step)) {
            say(step, What::run, foretold(step, so_far));
            so_far.lambdas_passed = true; // what it gives is not known
        } else if (std::holds_alternative<workflow::LambdaStep>(step.kind)) {
            say(step, What::run, "a lambda is called in every run");
            so_far.lambdas_passed = true;
        } else {
            plan.push_back(rehearse_pipeline(runner, catalogue, step, so_far));
            if (so_far.fails && step.on_error != workflow::OnError::go_on) {
                unsure_until = size;
                unsure_why = "'" + step.name + "' would fail before it";
                continue;
            }
        }
        if (step.end) {
            jump_until = size;
            jumped_by = "the run ends at '" + step.name + "'";
        } else if (!step.next.empty()) {
            jump_until = index_of(workflow, step.next);
            jumped_by = "jumped over by '" + step.name + "'";
        }
    }
    return plan;
}

} // namespace spine::run
