#include "workflow/read_workflow_steps.hpp"

#include "workflow/catalogue.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace spine::workflow {
namespace {

constexpr std::size_t steps_max = 10'000;
constexpr std::size_t name_bytes_max = 64;

const std::vector<std::string>& type_names() {
    static const std::vector<std::string> names{"pipeline", "lambda", "choice", "map", "workflow", "wait", "approval"};
    return names;
}

/// A field that only one type of step has, beside its other spellings.
struct OwnField {
    std::string_view name;
    std::string_view type;
    bool tells = false; ///< of what type a step is that does not say so
};
constexpr std::array own_fields{
    OwnField{"pipeline", "pipeline", true},      OwnField{"handler", "lambda", true},
    OwnField{"condition", "choice", true},       OwnField{"then_step", "choice"},
    OwnField{"else_step", "choice"},             OwnField{"items", "map", true},
    OwnField{"items_path", "map", true},         OwnField{"items_source", "map", true},
    OwnField{"steps", "map"},                    OwnField{"iterator_steps", "map"},
    OwnField{"item_name", "map"},                OwnField{"partition_by", "map"},
    OwnField{"max_concurrency", "map"},          OwnField{"workflow", "workflow", true},
    OwnField{"workflow_name", "workflow", true}, OwnField{"inherit_context", "workflow"},
    OwnField{"wait", "workflow"},                OwnField{"timeout", "workflow"},
    OwnField{"seconds", "wait", true},           OwnField{"duration_seconds", "wait", true},
    OwnField{"until", "wait", true},             OwnField{"approvers", "approval", true},
    OwnField{"message", "approval"},             OwnField{"context_fields", "approval"},
    OwnField{"timeout_hours", "approval"},       OwnField{"on_timeout", "approval"},
    OwnField{"auto_approve_envs", "approval"},
};

/// Where a field belongs that a step has and its type has not.
std::string elsewhere(std::string_view name) {
    if (name == "parameters" || name == "args")
        return "parameters of a step stand under params:";
    if (name == "if")
        return "a condition of a step stands under when:";
    const auto found = std::ranges::find(own_fields, name, &OwnField::name);
    return found == own_fields.end() ? std::string{}
                                     : "only steps of type '" + std::string{found->type} + "' have this field; leave it out here";
}

/// The type that a step says, or that one of its fields tells.
std::optional<std::string> type_of_step(Reading& reading, Fields& fields, const YamlNode& node) {
    if (fields.has("type")) {
        const auto index = fields.word({"type"}, type_names());
        return index ? std::optional{type_names()[*index]} : std::nullopt;
    }
    fields.take({"type"});
    std::set<std::string_view> types;
    std::string seen;
    for (const auto& field : own_fields) {
        if (!field.tells || !fields.has(field.name))
            continue;
        types.insert(field.type);
        seen += (seen.empty() ? "'" : " and '") + std::string{field.name} + "'";
    }
    if (types.size() == 1)
        return std::string{*types.begin()};
    if (types.empty())
        reading.fault(node.place, fields.what() + ": nothing says what it does",
                      "write pipeline: NAME, handler: NAME, or condition: with then_step:");
    else
        reading.fault(node.place, fields.what() + ": " + seen + " belong to different types of step", "keep one, or write type: as well");
    return std::nullopt;
}

RetryRule read_retry(Reading& reading, const YamlNode& node, const std::string& what, const std::string& path) {
    Fields fields{reading, node, what + ", retry", path};
    RetryRule rule;
    rule.max_attempts = fields.natural({"max_attempts"});
    rule.initial_delay_seconds = fields.number({"initial_delay_seconds"}, Fields::Zero::allowed);
    rule.backoff_multiplier = fields.number({"backoff_multiplier"}, Fields::Zero::refused);
    rule.max_delay_seconds = fields.number({"max_delay_seconds"}, Fields::Zero::allowed);
    rule.retryable_categories = fields.texts({"retryable_categories"});
    fields.finish();
    return rule;
}

ChoiceStep read_choice(Reading& reading, Fields& fields, const YamlNode& node) {
    ChoiceStep choice;
    choice.condition = fields.required_text("condition", "\"not skip_rolling\"");
    if (const auto* condition = node.find("condition"); condition != nullptr && !choice.condition.empty())
        check_condition(reading, *condition, fields.what() + ", condition");
    choice.then_step = fields.required_text("then_step", "STEP");
    const auto other = fields.text({"else_step"});
    if (!other.empty())
        choice.else_step = other;
    return choice;
}

MapStep read_map(Reading& reading, Fields& fields, const YamlNode& node) {
    MapStep map;
    if (const auto* items = fields.take({"items", "items_path", "items_source"})) {
        if (items->is_scalar() && items->text.starts_with("$."))
            map.items = boost::json::value(items->text);
        else if (items->kind == YamlNode::Kind::list)
            map.items = json_of(reading, *items, fields.path_of("items"));
        else
            fields.fault(*items, "items", "is a list or a path, found is " + found(*items), "write items: $.outputs.STEP.FIELD");
    } else {
        reading.fault(node.place, fields.what() + ": 'items' is missing", "write items: [A, B] or items: $.outputs.STEP.FIELD");
    }
    if (const auto* steps = fields.take({"steps", "iterator_steps"}))
        map.steps = read_steps(reading, *steps, fields.path_of("steps"));
    else
        reading.fault(node.place, fields.what() + ": 'steps' is missing", "write under steps: what is done with each item");
    if (const auto name = fields.text({"item_name"}); !name.empty()) {
        map.item_name = name;
        if (!is_step_name(name))
            fields.fault(*node.find("item_name"), "item_name", "is no name: " + quoted(name), "write letters, digits and _, such as week");
    }
    map.partition_by = fields.value({"partition_by"});
    map.max_concurrency = fields.natural({"max_concurrency"});
    return map;
}

WaitStep read_wait(Reading& reading, Fields& fields, const YamlNode& node) {
    WaitStep wait;
    wait.seconds = fields.value({"seconds", "duration_seconds"});
    wait.until = fields.value({"until"});
    if (wait.seconds.has_value() == wait.until.has_value())
        reading.fault(node.place, fields.what() + ": one of 'seconds' and 'until' is needed", "write seconds: 60, or until: with a time");
    if (wait.seconds && !wait.seconds->is_string() && !(wait.seconds->is_number() && wait.seconds->to_number<double>() >= 0))
        reading.fault(node.place, fields.what() + ": 'seconds' is no number from 0 and no path", "write seconds: 60");
    if (wait.until && !wait.until->is_string())
        reading.fault(node.place, fields.what() + ": 'until' is no time and no path", "write until: 2026-01-02T22:15:00.000Z");
    return wait;
}

ApprovalStep read_approval(Fields& fields) {
    ApprovalStep approval;
    approval.approvers = fields.texts({"approvers"});
    approval.message = fields.text({"message"});
    approval.context_fields = fields.texts({"context_fields"});
    approval.timeout_hours = fields.number({"timeout_hours"}, Fields::Zero::refused);
    static const std::vector<std::string> answers{"reject", "approve"};
    if (const auto index = fields.word({"on_timeout"}, answers))
        approval.on_timeout = answers[*index];
    approval.auto_approve_envs = fields.texts({"auto_approve_envs"});
    return approval;
}

StepKind read_kind(Reading& reading, Fields& fields, const YamlNode& node, const std::string& type) {
    if (type == "pipeline")
        return PipelineStep{fields.required_text("pipeline", "DOMAIN.PIPELINE")};
    if (type == "lambda")
        return LambdaStep{fields.required_text("handler", "DOMAIN.steps.HANDLER")};
    if (type == "choice")
        return read_choice(reading, fields, node);
    if (type == "map")
        return read_map(reading, fields, node);
    if (type == "wait")
        return read_wait(reading, fields, node);
    if (type == "approval")
        return read_approval(fields);
    WorkflowStep child;
    child.workflow = fields.required_text({"workflow", "workflow_name"}, "NAME");
    child.inherit_context = fields.boolean({"inherit_context"}).value_or(true);
    child.wait = fields.boolean({"wait"}).value_or(true);
    return child;
}

void read_common(Reading& reading, Fields& fields, Step& step) {
    step.depends_on = fields.texts({"depends_on"});
    static const std::vector<std::string> on_error{"stop", "continue", "retry"};
    if (const auto index = fields.word({"on_error"}, on_error))
        step.on_error = static_cast<OnError>(*index);
    if (const auto* retry = fields.mapping({"retry", "retry_policy"}))
        step.retry = read_retry(reading, *retry, fields.what(), fields.path_of("retry"));
    if (std::holds_alternative<WorkflowStep>(step.kind))
        step.timeout_seconds = fields.number({"timeout_seconds", "timeout"}, Fields::Zero::refused);
    else
        step.timeout_seconds = fields.number({"timeout_seconds"}, Fields::Zero::refused);
    step.config = fields.object({"config"});
    step.params = fields.object({"params"});
    if (const auto* when = fields.take({"when"})) {
        if (when->is_scalar()) {
            step.when = when->text;
            check_condition(reading, *when, fields.what() + ", when");
        } else {
            fields.fault(*when, "when", "is a condition, found is " + found(*when), "write when: \"row_count > 0\"");
        }
    }
    step.stage = fields.text({"stage"});
    step.next = fields.text({"next"});
    step.end = fields.boolean({"end"}).value_or(false);
}

std::string name_of(const YamlNode& node, const std::string& path) {
    const auto* name = node.find("name");
    if (name != nullptr && name->is_scalar() && !name->text.empty())
        return "step " + quoted(name->text);
    return path.ends_with("failure_handler") ? std::string{"the failure handler"} : "step at " + quoted(path);
}

} // namespace

bool is_step_name(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    return !name.empty() && name.size() <= name_bytes_max && letter(name.front()) && std::ranges::all_of(name, [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '-';
    });
}

bool is_dotted_name(std::string_view name) {
    constexpr std::size_t bytes_max = 200;
    if (name.size() > bytes_max)
        return false;
    while (true) {
        const auto dot = name.find('.');
        if (!is_step_name(name.substr(0, dot)))
            return false;
        if (dot == std::string_view::npos)
            return true;
        name.remove_prefix(dot + 1);
    }
}

std::optional<Step> read_step(Reading& reading, const YamlNode& node, const std::string& path) {
    if (node.kind != YamlNode::Kind::mapping) {
        reading.fault(node.place, "a step is a mapping, found is " + found(node), "write - {name: NAME, pipeline: DOMAIN.PIPELINE}");
        return std::nullopt;
    }
    reading.note(path, node.place);
    Fields fields{reading, node, name_of(node, path), path};
    Step step;
    step.name = fields.required_text("name", "NAME");
    if (!step.name.empty() && !is_step_name(step.name))
        fields.fault(*node.find("name"), "name", "is no name of a step",
                     "write letters, digits, _ and -, not beginning with a digit or -, at most " + std::to_string(name_bytes_max));
    const auto type = type_of_step(reading, fields, node);
    if (type)
        step.kind = read_kind(reading, fields, node, *type);
    else
        for (const auto& field : own_fields) // what cannot be judged is not called unknown
            fields.take({field.name});
    read_common(reading, fields, step);
    fields.finish(elsewhere);
    return step;
}

std::vector<Step> read_steps(Reading& reading, const YamlNode& list, const std::string& path, const YamlNode* skipped) {
    std::vector<Step> steps;
    if (list.kind != YamlNode::Kind::list) {
        reading.fault(list.place, "'steps' is a list, found is " + found(list), "begin each step with '- name: NAME'");
        return steps;
    }
    std::set<std::string> names;
    for (const auto* item : list.items) {
        if (item == skipped)
            continue;
        if (++reading.steps > steps_max) {
            reading.fault(item->place, "more than " + std::to_string(steps_max) + " steps", "split the workflow");
            break;
        }
        auto step = read_step(reading, *item, path + "/" + std::to_string(steps.size()));
        if (!step)
            continue;
        if (!step->name.empty() && !names.insert(step->name).second)
            reading.fault(item->find("name")->place, "step " + quoted(step->name) + ": another step has this name",
                          "give each step a name of its own");
        steps.push_back(std::move(*step));
    }
    if (steps.empty())
        reading.fault(list.place, "no steps", "write under steps: what is to be done");
    return steps;
}

} // namespace spine::workflow
