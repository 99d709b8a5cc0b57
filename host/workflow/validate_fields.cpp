#include "workflow/validate_check.hpp"

#include "workflow/literal.hpp"
#include "workflow/read_workflow_steps.hpp"

#include <algorithm>
#include <array>

namespace spine::workflow {
namespace {

std::string_view text_of(const boost::json::value& value) { return {value.get_string().data(), value.get_string().size()}; }

/// A value that must be a path if it is a text; what has the form of one and no root is told with the references.
bool is_lookup(Check& check, const Step& step, const boost::json::value& value, const std::string& path, const std::string& field, const char* hint) {
    if (!value.is_string())
        return false;
    const auto text = text_of(value);
    if (!is_path(text) && !unrooted(text) && !text.starts_with("$.params") && !text.starts_with("$.outputs"))
        check.error(path + "/" + field, named(step) + ": '" + field + "' is no path: " + quoted(text), hint);
    return true;
}

void check_at_once(Check& check, const std::optional<std::int64_t>& at_once, const std::string& path, const std::string& what) {
    if (at_once && (*at_once < 1 || *at_once > concurrency_max))
        check.error(path, what + "'max_concurrency' is " + std::to_string(*at_once), "write a number from 1 to " + std::to_string(concurrency_max));
}

void check_map(Check& check, const Step& step, const MapStep& map, const std::string& path) {
    const bool listed = map.items.is_array();
    if (listed && map.items.get_array().size() > items_max)
        check.error(path + "/items", named(step) + " has " + std::to_string(map.items.get_array().size()) + " items", "write at most " + std::to_string(items_max));
    if (!is_lookup(check, step, map.items, path, "items", "write a list, or a path such as $.outputs.STEP.FIELD") && !listed && !map.items.is_null())
        check.error(path + "/items", named(step) + ": 'items' is no list and no path", "write items: [A, B] or items: $.outputs.STEP.FIELD");
    if (map.item_name == "item_index")
        check.error(path + "/item_name", named(step) + ": 'item_index' is the number of the item", "call the item something else");
    check_at_once(check, map.max_concurrency, path + "/max_concurrency", named(step) + ": ");
    if (map.steps.empty() && check.definition.faults.empty())
        check.error(path + "/steps", named(step) + " has no steps", "write under steps: what is done with each item");
}

void check_wait(Check& check, const Step& step, const WaitStep& wait, const std::string& path) {
    constexpr double seconds_max = 1e9;
    if (wait.seconds && !is_lookup(check, step, *wait.seconds, path, "seconds", "write a number without quotes, such as 60, or a path") && wait.seconds->is_number()) {
        const auto seconds = wait.seconds->to_number<double>();
        if (!(seconds >= 0 && seconds <= seconds_max))
            check.error(path + "/seconds", named(step) + ": 'seconds' is a number from 0 to 1e9", "thirty years are the most; write until: with a time");
    }
    if (!wait.until || !wait.until->is_string() || text_of(*wait.until).starts_with("$."))
        return;
    const auto time = read_literal(Type::timestamp, text_of(*wait.until));
    if (const auto* misfit = std::get_if<Misfit>(&time))
        check.error(path + "/until", named(step) + ": 'until' " + misfit->message, misfit->hint);
    else if (!check.around.now.empty() && text_of(std::get<boost::json::value>(time)) < check.around.now)
        check.error(path + "/until", named(step) + ": 'until' lies in the past: " + std::string{text_of(std::get<boost::json::value>(time))},
                    "it is " + check.around.now + "; write a later time, or take the step out");
}

void check_approval(Check& check, const Step& step, const ApprovalStep& approval, const std::string& path) {
    if (approval.approvers.empty())
        check.error(path, named(step) + ": nobody is named who may approve", "write approvers: [NAME]");
    const auto filled = [&](const std::vector<std::string>& texts, const std::string& field) {
        for (std::size_t i = 0; i < texts.size(); ++i)
            if (trimmed(texts[i]).empty())
                check.error(path + "/" + field + "/" + std::to_string(i), named(step) + ": an empty text among '" + field + "'", "write a name, or take it out");
    };
    filled(approval.approvers, "approvers");
    filled(approval.auto_approve_envs, "auto_approve_envs");
    if (!approval.on_timeout.empty() && !approval.timeout_hours)
        check.warning(path + "/on_timeout", named(step) + ": 'on_timeout' means nothing without 'timeout_hours': it waits until somebody answers",
                      "write timeout_hours: 24, or leave it out");
    for (std::size_t i = 0; i < approval.context_fields.size(); ++i) {
        const auto& field = approval.context_fields[i];
        if (is_path(field))
            continue;
        const auto parsed = parse_expression(field);
        if (const auto* fault = std::get_if<ExpressionFault>(&parsed))
            check.error(path + "/context_fields/" + std::to_string(i), named(step) + ": " + quoted(field) + " cannot be shown: " + fault->message,
                        fault->hint.empty() ? "write a path or a parameter's name, such as outputs.ingest.row_count" : fault->hint);
    }
}

void check_retry(Check& check, const Step& step, const RetryRule& rule, const std::string& path) {
    if (rule.max_attempts && (*rule.max_attempts < 1 || *rule.max_attempts > attempts_max))
        check.error(path + "/max_attempts", named(step) + ": 'max_attempts' is " + std::to_string(*rule.max_attempts),
                    "write a number from 1 to " + std::to_string(attempts_max) + "; the first attempt counts");
    if (rule.backoff_multiplier && !(*rule.backoff_multiplier >= 1))
        check.error(path + "/backoff_multiplier", named(step) + ": 'backoff_multiplier' is below 1", "write 1 for equal delays, 2 for doubling ones");
    // Names of unit::Category, which this room cannot see.
    static const std::vector<std::string> categories{"DATA_QUALITY", "QUALITY_GATE", "STEP_ERROR", "CONFIGURATION", "TRANSIENT", "DEPENDENCY",
                                                     "TIMEOUT",      "RESOURCE",     "CANCELLED",  "CRASH",         "INTERNAL"};
    for (std::size_t i = 0; i < rule.retryable_categories.size(); ++i) {
        const auto& category = rule.retryable_categories[i];
        if (std::ranges::find(categories, category) != categories.end())
            continue;
        const auto meant = check.nearest_of(category, categories);
        std::string known;
        for (const auto& one : categories)
            known += (known.empty() ? "" : ", ") + one;
        check.error(path + "/retryable_categories/" + std::to_string(i), named(step) + ": '" + category + "' is no category of errors",
                    meant.empty() ? "known are " + known : "did you mean '" + meant + "'?");
    }
}

/// What a type of step does not look at.
void check_idle(Check& check, const Step& step, const std::string& path) {
    const bool tried_again = std::holds_alternative<PipelineStep>(step.kind) || std::holds_alternative<LambdaStep>(step.kind) ||
                             std::holds_alternative<WorkflowStep>(step.kind);
    const auto type = "a step of type '" + std::string{type_of(step)} + "'";
    if (!tried_again && (step.retry || step.on_error == OnError::retry))
        check.warning(path + (step.retry ? "/retry" : "/on_error"), named(step) + ": " + type + " is not tried again",
                      std::holds_alternative<MapStep>(step.kind) ? "write it at the steps of the map" : "leave it out");
    if (!tried_again && step.timeout_seconds)
        check.warning(path + "/timeout_seconds", named(step) + ": " + type + " has no time limit of its own",
                      std::holds_alternative<ApprovalStep>(step.kind) ? "write timeout_hours:" : "leave it out");
    if (const auto* child = std::get_if<WorkflowStep>(&step.kind); child != nullptr && !child->wait && step.timeout_seconds)
        check.warning(path + "/timeout_seconds", named(step) + " does not wait for its run, and has no time limit", "leave it out, or write wait: true");
}

} // namespace

void check_fields(Check& check, const Step& step, const std::string& path) {
    if (const auto* map = std::get_if<MapStep>(&step.kind))
        check_map(check, step, *map, path);
    if (const auto* wait = std::get_if<WaitStep>(&step.kind))
        check_wait(check, step, *wait, path);
    if (const auto* approval = std::get_if<ApprovalStep>(&step.kind))
        check_approval(check, step, *approval, path);
    if (step.retry)
        check_retry(check, step, *step.retry, path + "/retry");
    if (path != "failure_handler")
        check_idle(check, step, path);
}

void check_policy(Check& check) {
    const auto& workflow = check.definition.workflow;
    check_at_once(check, workflow.max_concurrency, "max_concurrency", "");
    if (workflow.max_concurrency && workflow.execution != Execution::parallel)
        check.warning("max_concurrency", "'max_concurrency' means nothing: the steps run one after the other", "write execution: parallel, or leave it out");
    if (!workflow.concurrency)
        return;
    const auto& rule = *workflow.concurrency;
    if (rule.queue_timeout_seconds && rule.on_conflict.value_or(OnConflict::queue) != OnConflict::queue)
        check.warning("concurrency/queue_timeout_seconds", "'queue_timeout_seconds' means nothing: no run waits", "write on_conflict: queue, or leave it out");
}

} // namespace spine::workflow
