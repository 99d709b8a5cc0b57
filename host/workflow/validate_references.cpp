#include "workflow/validate_check.hpp"

#include "workflow/literal.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace spine::workflow {
namespace {

/// Names of steps that have ended when a step reads, and all that there are in its list; then those around the list.
struct Known {
    const Known* outer = nullptr;
    std::set<std::string_view> before;
    std::vector<std::string> all;

    bool ended(std::string_view name) const {
        return before.contains(name) || (outer != nullptr && outer->ended(name));
    }
    bool exists(std::string_view name) const {
        return std::ranges::find(all, name) != all.end() || (outer != nullptr && outer->exists(name));
    }
};

void check_step(Check& check, const Step& step, const std::string& path, const Known& known) {
    for (const auto& [reference, field] : references_of(step, path)) {
        if (reference.steps.size() < 2 || !std::holds_alternative<std::string>(reference.steps[1]) ||
            std::get<std::string>(reference.steps[0]) != "outputs")
            continue;
        const auto& name = std::get<std::string>(reference.steps[1]);
        if (known.ended(name))
            continue;
        const auto text = reference.text();
        if (check.full() || known.exists(name)) {
            check.error(field, named(step) + ": '" + text + "' reads a step that has not ended yet", "read steps that come before this one");
            continue;
        }
        const auto meant = check.nearest_of(name, known.all);
        check.error(field, named(step) + ": '" + text + "' reads no step of this workflow", meant.empty() ? "name a step that comes before this one" : "did you mean '" + meant + "'?");
    }
}

void check_list(Check& check, const std::vector<Step>& steps, const std::string& path, const Known* outer) {
    Known known{outer, {}, {}};
    const bool parallel = check.definition.workflow.execution == Execution::parallel;
    for (const auto& step : steps) {
        known.all.push_back(step.name);
        if (parallel) // which step has ended is the graph's to say
            known.before.insert(step.name);
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto own = path + "/" + std::to_string(i);
        check_step(check, steps[i], own, known);
        if (const auto* map = std::get_if<MapStep>(&steps[i].kind))
            check_list(check, map->steps, own + "/steps", &known);
        known.before.insert(steps[i].name);
    }
}

bool looks_like_code(std::string_view text) {
    const auto lower = lower_case(trimmed(text));
    static constexpr std::array<std::string_view, 11> beginnings{"select ", "insert ", "update ", "delete ", "with ",   "create ",
                                                                 "drop ",   "lambda ", "lambda:", "def ",    "import "};
    const auto begins = [&](std::string_view word) {
        if (!std::string_view{lower}.starts_with(word))
            return false;
        // Words of English begin like SQL too: what follows must be there as well.
        const auto has = [&](std::string_view other) { return lower.find(other) != std::string::npos; };
        if (word == "select " || word == "delete ")
            return has(" from ");
        if (word == "update ")
            return has(" set ");
        if (word == "insert ")
            return has("into ");
        if (word == "with ")
            return has(" as (");
        if (word == "create " || word == "drop ")
            return has("table ") || has("view ") || has("index ");
        if (word == "lambda " || word == "def ")
            return has(":");
        return true;
    };
    return std::ranges::any_of(beginnings, begins) || text.find(";\n") != std::string_view::npos || text.find(";\r\n") != std::string_view::npos;
}

void check_text(Check& check, const Step& step, const boost::json::value& value, const std::string& path) {
    if (value.is_string()) {
        if (looks_like_code({value.get_string().data(), value.get_string().size()}))
            check.warning(path, named(step) + ": this text looks like code; a lambda's configuration is no place for logic",
                          "move the logic into a pipeline of a plugin");
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.get_array().size(); ++i)
            check_text(check, step, value.get_array()[i], path + "/" + std::to_string(i));
    } else if (value.is_object()) {
        for (const auto& [name, inner] : value.get_object())
            check_text(check, step, inner, path + "/" + std::string{name});
    }
}

} // namespace

void check_references(Check& check) {
    const auto& workflow = check.definition.workflow;
    check_list(check, workflow.steps, "steps", nullptr);
    if (!workflow.failure_handler)
        return;
    Known known;
    for (const auto& step : workflow.steps) {
        known.all.push_back(step.name);
        known.before.insert(step.name);
    }
    known.before.insert("failure");
    check_step(check, *workflow.failure_handler, "failure_handler", known);
}

void check_habits(Check& check) {
    const auto& workflow = check.definition.workflow;
    bool works = false;
    each_step(workflow, [&](const Step& step, const std::string& path) {
        works = works || std::holds_alternative<PipelineStep>(step.kind) || std::holds_alternative<WorkflowStep>(step.kind);
        if (std::holds_alternative<LambdaStep>(step.kind))
            check_text(check, step, step.config, path + "/config");
        if (!std::holds_alternative<ChoiceStep>(step.kind))
            return;
        if (step.on_error == OnError::go_on)
            check.warning(path + "/on_error", named(step) + ": a choice whose condition fails goes on with the step that follows, as if it had chosen neither",
                          "leave on_error out");
        if (!step.params.empty() || !step.config.empty())
            check.warning(path + (step.params.empty() ? "/config" : "/params"), named(step) + ": a choice reads no 'params' and no 'config'",
                          "write what it compares with into the condition");
    });
    if (!works && !workflow.steps.empty())
        check.warning("steps", "a workflow without pipelines: nothing does any work", "let a pipeline do the work and a workflow say in which order");
}

} // namespace spine::workflow
