#include "cli/workflow_document.hpp"

#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <string_view>
#include <type_traits>

namespace spine::cli {
namespace {

namespace json = boost::json;
using workflow::Step;

json::array texts(const std::vector<std::string>& words) { return json::array(words.begin(), words.end()); }

/// Puts a member unless the value is the default one.
template <class T>
void put(json::object& into, const char* name, const T& value) {
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, json::object>) {
        if (!value.empty())
            into[name] = value;
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
        if (!value.empty())
            into[name] = texts(value);
    } else {
        if (value)
            into[name] = *value;
    }
}

const char* to_text(workflow::OnError on_error) {
    switch (on_error) {
    case workflow::OnError::stop: return "stop";
    case workflow::OnError::go_on: return "continue";
    case workflow::OnError::retry: return "retry";
    }
    return "stop";
}

const char* to_text(workflow::OnConflict on_conflict) {
    switch (on_conflict) {
    case workflow::OnConflict::queue: return "queue";
    case workflow::OnConflict::skip: return "skip";
    case workflow::OnConflict::cancel_existing: return "cancel_existing";
    }
    return "queue";
}

json::object document_of(const workflow::RetryRule& rule) {
    json::object document;
    put(document, "max_attempts", rule.max_attempts);
    put(document, "initial_delay_seconds", rule.initial_delay_seconds);
    put(document, "backoff_multiplier", rule.backoff_multiplier);
    put(document, "max_delay_seconds", rule.max_delay_seconds);
    put(document, "retryable_categories", rule.retryable_categories);
    return document;
}

json::object document_of(const Step& step);

json::array documents_of(const std::vector<Step>& steps) {
    json::array documents;
    for (const auto& step : steps)
        documents.push_back(document_of(step));
    return documents;
}

struct OwnFields {
    json::object& into;

    void operator()(const workflow::PipelineStep& step) const { into["pipeline"] = step.pipeline; }
    void operator()(const workflow::LambdaStep& step) const { into["handler"] = step.handler; }
    void operator()(const workflow::ChoiceStep& step) const {
        into["condition"] = step.condition;
        into["then_step"] = step.then_step;
        put(into, "else_step", step.else_step);
    }
    void operator()(const workflow::MapStep& step) const {
        into["items"] = step.items;
        into["steps"] = documents_of(step.steps);
        into["item_name"] = step.item_name;
        put(into, "partition_by", step.partition_by);
        put(into, "max_concurrency", step.max_concurrency);
    }
    void operator()(const workflow::WorkflowStep& step) const {
        into["workflow"] = step.workflow;
        if (!step.inherit_context)
            into["inherit_context"] = false;
        if (!step.wait)
            into["wait"] = false;
    }
    void operator()(const workflow::WaitStep& step) const {
        put(into, "seconds", step.seconds);
        put(into, "until", step.until);
    }
    void operator()(const workflow::ApprovalStep& step) const {
        put(into, "approvers", step.approvers);
        put(into, "message", step.message);
        put(into, "context_fields", step.context_fields);
        put(into, "timeout_hours", step.timeout_hours);
        put(into, "on_timeout", step.on_timeout);
        put(into, "auto_approve_envs", step.auto_approve_envs);
    }
};

json::object document_of(const Step& step) {
    json::object document{{"name", step.name}, {"type", workflow::type_of(step)}};
    std::visit(OwnFields{document}, step.kind);
    put(document, "params", step.params);
    put(document, "config", step.config);
    put(document, "when", step.when);
    put(document, "depends_on", step.depends_on);
    put(document, "stage", step.stage);
    if (step.on_error != workflow::OnError::stop)
        document["on_error"] = to_text(step.on_error);
    if (step.retry)
        document["retry"] = document_of(*step.retry);
    put(document, "timeout_seconds", step.timeout_seconds);
    put(document, "next", step.next);
    if (step.end)
        document["end"] = true;
    return document;
}

json::object document_of(const workflow::Concurrency& concurrency) {
    json::object document;
    put(document, "max_concurrent_runs", concurrency.max_concurrent_runs);
    if (concurrency.on_conflict)
        document["on_conflict"] = to_text(*concurrency.on_conflict);
    put(document, "queue_timeout_seconds", concurrency.queue_timeout_seconds);
    return document;
}

struct Does {
    std::string operator()(const workflow::PipelineStep& step) const { return step.pipeline; }
    std::string operator()(const workflow::LambdaStep& step) const { return step.handler; }
    std::string operator()(const workflow::ChoiceStep& step) const { return "if " + step.condition; }
    std::string operator()(const workflow::MapStep& step) const {
        return std::to_string(step.steps.size()) + " step(s) for each " + step.item_name + " of " + workflow::json_text(step.items);
    }
    std::string operator()(const workflow::WorkflowStep& step) const { return step.workflow; }
    std::string operator()(const workflow::WaitStep& step) const {
        if (step.seconds)
            return "for " + workflow::json_text(*step.seconds) + " s";
        return step.until ? "until " + workflow::json_text(*step.until) : std::string{};
    }
    std::string operator()(const workflow::ApprovalStep& step) const { return step.message; }
};

} // namespace

json::object document_of(const workflow::Workflow& workflow) {
    json::object document{{"name", workflow.name}};
    put(document, "domain", workflow.domain);
    put(document, "description", workflow.description);
    document["version"] = workflow.version;
    put(document, "tags", workflow.tags);
    put(document, "defaults", workflow.defaults);
    if (workflow.execution)
        document["execution"] = *workflow.execution == workflow::Execution::parallel ? "parallel" : "sequential";
    put(document, "max_concurrency", workflow.max_concurrency);
    put(document, "timeout_seconds", workflow.timeout_seconds);
    if (workflow.concurrency)
        document["concurrency"] = document_of(*workflow.concurrency);
    // The policy and the handler have one name; with both, the policy stands under its own heading.
    if (workflow.on_failure) {
        const char* policy = *workflow.on_failure == workflow::OnFailure::stop ? "stop" : "continue";
        if (workflow.failure_handler)
            document["policy"] = json::object{{"on_failure", policy}};
        else
            document["on_failure"] = policy;
    }
    document["steps"] = documents_of(workflow.steps);
    if (workflow.failure_handler)
        document["on_failure"] = json::object{{"step", document_of(*workflow.failure_handler)}};
    return document;
}

std::string does_text(const Step& step) { return std::visit(Does{}, step.kind); }

std::string next_text(const Step& step) {
    if (const auto* choice = std::get_if<workflow::ChoiceStep>(&step.kind))
        return "then " + choice->then_step + (choice->else_step ? ", else " + *choice->else_step : "");
    return step.end ? "end" : step.next;
}

} // namespace spine::cli
