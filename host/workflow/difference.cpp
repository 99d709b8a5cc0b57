#include "workflow/difference.hpp"

#include "workflow/json.hpp"
#include "workflow/utf8.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

namespace spine::workflow {
namespace {

namespace json = boost::json;

constexpr std::string_view follows = "follows";

/// What something says, as texts that can be compared; what has its default is not said.
class Said {
public:
    void value(std::string_view field, const json::value& value) { all_.emplace_back(std::string{field}, canonical_json(value)); }
    void text(std::string_view field, std::string_view text) {
        if (!text.empty())
            value(field, json::value(text));
    }
    template <class Number> void number(std::string_view field, const std::optional<Number>& number) {
        if (number)
            value(field, *number);
    }
    void texts(std::string_view field, const std::vector<std::string>& texts) {
        json::array list;
        for (const auto& one : texts)
            list.emplace_back(one);
        if (!list.empty())
            value(field, list);
    }
    void members(const std::string& field, const json::object& object) {
        for (const auto& [name, inner] : object)
            value(field + "." + std::string{name}, inner);
    }
    std::vector<std::pair<std::string, std::string>> take() { return std::move(all_); }

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

enum class Inner { apart, within }; ///< whether the steps of a map are told by themselves

json::array names_and_more(const std::vector<Step>& steps);

struct KindTeller {
    Said& said;
    Inner inner;

    void operator()(const PipelineStep& step) const { said.text("pipeline", step.pipeline); }
    void operator()(const LambdaStep& step) const { said.text("handler", step.handler); }
    void operator()(const ChoiceStep& step) const {
        said.text("condition", step.condition);
        said.text("then_step", step.then_step);
        said.text("else_step", step.else_step.value_or(""));
    }
    void operator()(const MapStep& step) const {
        said.value("items", step.items);
        said.text("item_name", step.item_name == "item" ? "" : step.item_name);
        if (step.partition_by)
            said.value("partition_by", *step.partition_by);
        said.number("max_concurrency", step.max_concurrency);
        if (inner == Inner::within)
            said.value("steps", names_and_more(step.steps));
    }
    void operator()(const WorkflowStep& step) const {
        said.text("workflow", step.workflow);
        if (!step.inherit_context)
            said.value("inherit_context", false);
        if (!step.wait)
            said.value("wait", false);
    }
    void operator()(const WaitStep& step) const {
        if (step.seconds)
            said.value("seconds", *step.seconds);
        if (step.until)
            said.value("until", *step.until);
    }
    void operator()(const ApprovalStep& step) const {
        said.texts("approvers", step.approvers);
        said.text("message", step.message);
        said.texts("context_fields", step.context_fields);
        said.number("timeout_hours", step.timeout_hours);
        said.text("on_timeout", step.on_timeout);
        said.texts("auto_approve_envs", step.auto_approve_envs);
    }
};

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields fields_of(const Step& step, Inner inner) {
    Said said;
    said.text("type", type_of(step));
    std::visit(KindTeller{said, inner}, step.kind);
    said.texts("depends_on", step.depends_on);
    said.text("when", step.when);
    said.members("params", step.params);
    said.members("config", step.config);
    said.text("stage", step.stage);
    if (step.on_error != OnError::stop)
        said.text("on_error", step.on_error == OnError::go_on ? "continue" : "retry");
    if (step.retry) {
        if (*step.retry == RetryRule{})
            said.value("retry", json::object{});
        said.number("retry.max_attempts", step.retry->max_attempts);
        said.number("retry.initial_delay_seconds", step.retry->initial_delay_seconds);
        said.number("retry.backoff_multiplier", step.retry->backoff_multiplier);
        said.number("retry.max_delay_seconds", step.retry->max_delay_seconds);
        said.texts("retry.retryable_categories", step.retry->retryable_categories);
    }
    said.number("timeout_seconds", step.timeout_seconds);
    said.text("next", step.next);
    if (step.end)
        said.value("end", true);
    return said.take();
}

json::array names_and_more(const std::vector<Step>& steps) {
    json::array list;
    for (const auto& step : steps) {
        json::object one{{"name", step.name}};
        for (const auto& [field, text] : fields_of(step, Inner::within))
            one[field] = json_from(text);
        list.push_back(std::move(one));
    }
    return list;
}

Fields fields_of(const Workflow& workflow) {
    Said said;
    said.text("name", workflow.name);
    said.text("domain", workflow.domain);
    said.text("description", workflow.description);
    said.value("version", workflow.version);
    said.texts("tags", workflow.tags);
    said.members("defaults", workflow.defaults);
    for (const auto& [name, on] : workflow.flags)
        said.value("flags." + name, on);
    if (workflow.execution)
        said.text("policy.execution", *workflow.execution == Execution::parallel ? "parallel" : "sequential");
    said.number("policy.max_concurrency", workflow.max_concurrency);
    if (workflow.on_failure)
        said.text("policy.on_failure", *workflow.on_failure == OnFailure::stop ? "stop" : "continue");
    said.number("policy.timeout_seconds", workflow.timeout_seconds);
    if (workflow.concurrency) {
        static constexpr std::array<std::string_view, 3> conflicts{"queue", "skip", "cancel_existing"};
        if (*workflow.concurrency == Concurrency{})
            said.value("concurrency", json::object{});
        said.number("concurrency.max_concurrent_runs", workflow.concurrency->max_concurrent_runs);
        if (workflow.concurrency->on_conflict)
            said.text("concurrency.on_conflict", conflicts[static_cast<std::size_t>(*workflow.concurrency->on_conflict)]);
        said.number("concurrency.queue_timeout_seconds", workflow.concurrency->queue_timeout_seconds);
    }
    return said.take();
}

/// In the order of the older side; what is new follows, in the order of the newer one.
std::vector<FieldChange> compared(const Fields& before, const Fields& after) {
    std::map<std::string_view, std::string_view> old, now;
    for (const auto& [field, text] : before)
        old.emplace(field, text);
    for (const auto& [field, text] : after)
        now.emplace(field, text);
    std::vector<FieldChange> changes;
    for (const auto& [field, text] : before) {
        const auto other = now.find(field);
        if (other == now.end() || other->second != text)
            changes.push_back({field, text, other == now.end() ? std::string{} : std::string{other->second}});
    }
    for (const auto& [field, text] : after)
        if (!old.contains(field))
            changes.push_back({field, {}, text});
    return changes;
}

/// Of places in an older order, as the newer one has them: those that can stay while the fewest others move.
std::vector<bool> staying(const std::vector<std::size_t>& places) {
    std::vector<std::size_t> ends;                         // ends[k]: where the best rising row of k + 1 places ends
    std::vector<std::size_t> before(places.size(), places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto at = std::ranges::lower_bound(ends, places[i], {}, [&](std::size_t end) { return places[end]; });
        if (at != ends.begin())
            before[i] = *(at - 1);
        if (at == ends.end())
            ends.push_back(i);
        else
            *at = i;
    }
    std::vector<bool> stays(places.size(), false);
    for (auto i = ends.empty() ? places.size() : ends.back(); i < places.size(); i = before[i])
        stays[i] = true;
    return stays;
}

std::string name_before(const std::vector<Step>& steps, std::size_t at) {
    return at == 0 ? std::string{"null"} : json_text(json::value(steps[at - 1].name));
}

void compare_steps(const std::vector<Step>& before, const std::vector<Step>& after, const std::string& prefix, std::vector<StepChange>& changes) {
    std::map<std::string_view, std::size_t> old, now;
    for (std::size_t i = 0; i < before.size(); ++i)
        old.emplace(before[i].name, i);
    for (std::size_t i = 0; i < after.size(); ++i)
        now.emplace(after[i].name, i);
    for (const auto& step : before)
        if (!now.contains(step.name))
            changes.push_back({StepChange::Kind::removed, prefix + step.name, compared(fields_of(step, Inner::within), {})});
    std::vector<std::size_t> places;
    for (const auto& step : after)
        if (const auto place = old.find(step.name); place != old.end())
            places.push_back(place->second);
    const auto stays = staying(places);
    std::size_t common = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
        const auto place = old.find(after[i].name);
        if (place == old.end()) {
            StepChange added{StepChange::Kind::added, prefix + after[i].name, {{std::string{follows}, {}, name_before(after, i)}}};
            for (auto& field : compared({}, fields_of(after[i], Inner::within)))
                added.fields.push_back(std::move(field));
            changes.push_back(std::move(added));
            continue;
        }
        const auto& was = before[place->second];
        const bool moved = !stays[common++];
        const auto* inner_before = std::get_if<MapStep>(&was.kind);
        const auto* inner_after = std::get_if<MapStep>(&after[i].kind);
        const auto inner = inner_before != nullptr && inner_after != nullptr ? Inner::apart : Inner::within;
        StepChange change{StepChange::Kind::changed, prefix + was.name, compared(fields_of(was, inner), fields_of(after[i], inner))};
        if (moved) {
            if (change.fields.empty())
                change.kind = StepChange::Kind::moved;
            change.fields.insert(change.fields.begin(), {std::string{follows}, name_before(before, place->second), name_before(after, i)});
        }
        if (!change.fields.empty())
            changes.push_back(std::move(change));
        if (inner == Inner::apart)
            compare_steps(inner_before->steps, inner_after->steps, prefix + was.name + "/", changes);
    }
}

std::string_view name_of(StepChange::Kind kind) {
    switch (kind) {
    case StepChange::Kind::added: return "added";
    case StepChange::Kind::removed: return "removed";
    case StepChange::Kind::changed: return "changed";
    case StepChange::Kind::moved: break;
    }
    return "moved";
}

std::string cut(const std::string& text) {
    constexpr std::size_t shown_max = 120;
    if (text.empty())
        return "(nothing)";
    std::size_t end = 0;
    while (end < text.size() && end < shown_max)
        end += std::max<std::size_t>(utf8_length(text, end), 1);
    return end >= text.size() ? text : text.substr(0, end) + "...";
}

std::string line_of(const FieldChange& change) {
    return change.field + ": " + (change.before.empty() ? cut(change.after) : cut(change.before) + " -> " + cut(change.after)) + "\n";
}

json::array as_json(const std::vector<FieldChange>& fields) {
    const auto value = [](const std::string& text) { return text.empty() ? json::value{} : json_from(text); };
    json::array list;
    for (const auto& change : fields)
        list.push_back(json::object{{"field", change.field}, {"before", value(change.before)}, {"after", value(change.after)}});
    return list;
}

} // namespace

Difference difference(const Workflow& before, const Workflow& after) {
    Difference found{compared(fields_of(before), fields_of(after)), {}};
    compare_steps(before.steps, after.steps, "", found.steps);
    const auto handler = [](const Workflow& workflow) {
        return workflow.failure_handler ? std::vector<Step>{*workflow.failure_handler} : std::vector<Step>{};
    };
    compare_steps(handler(before), handler(after), "on_failure/", found.steps);
    return found;
}

std::string as_text(const Difference& difference) {
    std::string text;
    for (const auto& change : difference.fields)
        text += line_of(change);
    for (const auto& step : difference.steps) {
        if (step.kind == StepChange::Kind::removed) {
            text += "- " + step.step + "\n";
            continue;
        }
        text += std::string{step.kind == StepChange::Kind::added ? "+ " : step.kind == StepChange::Kind::moved ? "> " : "~ "} + step.step + "\n";
        for (const auto& change : step.fields)
            text += "    " + line_of(change);
    }
    return text;
}

json::object as_json(const Difference& difference) {
    json::array steps;
    for (const auto& step : difference.steps)
        steps.push_back(json::object{{"step", step.step}, {"kind", name_of(step.kind)}, {"fields", as_json(step.fields)}});
    return {{"fields", as_json(difference.fields)}, {"steps", std::move(steps)}};
}

} // namespace spine::workflow
