#include "workflow/validate_check.hpp"

#include "workflow/expression_program.hpp"
#include "workflow/secret.hpp"

#include <algorithm>

namespace spine::workflow {
namespace {

enum class Secrets { allowed, refused };

/// Every text of a value that means a secret: of the right form where it may stand, and a fault where not.
void check_value(Check& check, const Step& step, const boost::json::value& value, const std::string& path, Secrets secrets) {
    if (value.is_array()) {
        for (std::size_t i = 0; i < value.get_array().size(); ++i)
            check_value(check, step, value.get_array()[i], path + "/" + std::to_string(i), secrets);
    } else if (value.is_object()) {
        for (const auto& [name, inner] : value.get_object())
            check_value(check, step, inner, path + "/" + std::string{name}, secrets);
    } else if (value.is_string()) {
        const std::string_view text{value.get_string().data(), value.get_string().size()};
        if (!means_secret(text))
            return;
        if (secrets == Secrets::refused)
            return check.error(path, named(step) + ": a secret cannot stand here", "only pipelines get secrets: write it into the params of a step of type pipeline");
        const auto parsed = parse_secret(text);
        if (const auto* misfit = std::get_if<Misfit>(&parsed))
            check.error(path, named(step) + ": " + misfit->message, misfit->hint);
    }
}

void check_condition(Check& check, const Step& step, const std::string& condition, const std::string& path) {
    if (condition.find("secret:") == std::string::npos)
        return;
    const auto parsed = parse_expression(condition);
    const auto* expression = std::get_if<Expression>(&parsed);
    if (expression != nullptr && std::ranges::any_of(expression->program().constants, holds_secret))
        check.error(path, named(step) + ": a condition sees no secrets", "let a pipeline look, and compare what it tells");
}

} // namespace

void check_secrets(Check& check) {
    const auto& workflow = check.definition.workflow;
    for (const auto& [name, value] : workflow.defaults)
        if (value.is_string() && means_secret({value.get_string().data(), value.get_string().size()})) {
            const auto parsed = parse_secret({value.get_string().data(), value.get_string().size()});
            if (const auto* misfit = std::get_if<Misfit>(&parsed))
                check.error("defaults/" + std::string{name}, "default '" + std::string{name} + "': " + misfit->message, misfit->hint);
        }
    each_step(workflow, [&](const Step& step, const std::string& path) {
        const auto given = std::holds_alternative<PipelineStep>(step.kind) || std::holds_alternative<WorkflowStep>(step.kind) ? Secrets::allowed : Secrets::refused;
        check_value(check, step, step.params, path + "/params", given);
        check_value(check, step, step.config, path + "/config", given);
        if (const auto* map = std::get_if<MapStep>(&step.kind)) {
            check_value(check, step, map->items, path + "/items", Secrets::refused);
            if (map->partition_by)
                check_value(check, step, *map->partition_by, path + "/partition_by", Secrets::refused);
        }
        check_condition(check, step, step.when, path + "/when");
        if (const auto* choice = std::get_if<ChoiceStep>(&step.kind))
            check_condition(check, step, choice->condition, path + "/condition");
        if (const auto* approval = std::get_if<ApprovalStep>(&step.kind))
            for (std::size_t i = 0; i < approval->context_fields.size(); ++i)
                check_condition(check, step, approval->context_fields[i], path + "/context_fields/" + std::to_string(i));
    });
}

void check_flags(Check& check) {
    const auto& flags = check.definition.workflow.flags;
    std::vector<std::string> names;
    for (const auto& [name, on] : flags)
        names.push_back(name);
    each_step(check.definition.workflow, [&](const Step& step, const std::string& path) {
        for (const auto& [reference, field] : references_of(step, path)) {
            if (reference.steps.size() < 2 || std::get<std::string>(reference.steps[0]) != "flags")
                continue;
            const auto& name = std::get<std::string>(reference.steps[1]);
            if (flags.contains(name))
                continue;
            const auto meant = check.nearest_of(name, names);
            check.error(field, named(step) + ": the flag '" + name + "' is not declared",
                        meant.empty() ? "write flags: {" + name + ": false} at the top of the workflow" : "did you mean '" + meant + "'?");
        }
    });
}

} // namespace spine::workflow
