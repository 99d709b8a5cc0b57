#include "workflow/course.hpp"

#include "workflow/read_workflow_steps.hpp"
#include "workflow/validate_check.hpp"

#include <algorithm>

namespace spine::workflow {
namespace {

auto place_of(std::vector<Step>& steps, std::string_view name) { return std::ranges::find(steps, name, &Step::name); }

/// Jumps and dependencies that name `from` name `to` from here on.
void lead_to(std::vector<Step>& steps, const std::string& from, const std::string& to, bool dependencies) {
    const auto turn = [&](std::string& name) {
        if (name == from)
            name = to;
    };
    for (auto& step : steps) {
        turn(step.next);
        if (auto* const choice = std::get_if<ChoiceStep>(&step.kind)) {
            turn(choice->then_step);
            if (choice->else_step)
                turn(*choice->else_step);
        }
        if (dependencies)
            std::ranges::for_each(step.depends_on, turn);
    }
}

/// Whoever comes to `beside` comes to the new step first.
void insert_before(Workflow& workflow, const std::string& beside, Step step) {
    auto& steps = workflow.steps;
    const auto name = step.name;
    if (workflow.execution == Execution::parallel) {
        auto& after = *place_of(steps, beside);
        if (step.depends_on.empty())
            step.depends_on = after.depends_on;
        after.depends_on.push_back(name);
    } else {
        lead_to(steps, beside, name, false);
    }
    steps.insert(place_of(steps, beside), std::move(step));
}

/// Where `beside` would have gone on, the new step does.
void insert_after(Workflow& workflow, const std::string& beside, Step step) {
    auto& steps = workflow.steps;
    const auto name = step.name;
    auto& before = *place_of(steps, beside);
    if (workflow.execution == Execution::parallel) {
        for (auto& other : steps)
            if (std::ranges::find(other.depends_on, beside) != other.depends_on.end())
                other.depends_on.push_back(name);
        if (step.depends_on.empty())
            step.depends_on = {beside};
    } else if (!std::holds_alternative<ChoiceStep>(before.kind)) {
        if (step.next.empty() && !step.end && !std::holds_alternative<ChoiceStep>(step.kind)) {
            step.next = before.next;
            step.end = before.end;
        }
        before.next.clear();
        before.end = false;
    }
    steps.insert(place_of(steps, beside) + 1, std::move(step));
}

void replace(Workflow& workflow, const std::string& name, Step step) {
    auto& place = *place_of(workflow.steps, name);
    if (step.depends_on.empty())
        step.depends_on = place.depends_on;
    if (step.next.empty() && !step.end && !std::holds_alternative<ChoiceStep>(step.kind)) {
        step.next = place.next;
        step.end = place.end;
    }
    const auto renamed = step.name;
    place = std::move(step);
    lead_to(workflow.steps, name, renamed, true);
}

/// Judges one request; faults are those of validation, found beside the request.
struct Judge {
    const Workflow& workflow;
    const Catalogue& catalogue;
    const std::vector<std::string>& children;
    Diagnostics faults{};

    void fault(std::string where, std::string message, std::string hint) {
        faults.push_back({std::move(where), std::move(message), std::move(hint), 0, 0});
    }
    bool exists(const std::string& where, const std::string& name) {
        if (workflow.find(name) != nullptr)
            return true;
        std::vector<std::string> names;
        for (const auto& step : workflow.steps)
            names.push_back(step.name);
        const auto meant = nearest(name, names);
        fault(where, "there is no step " + quoted(name),
              meant.empty() ? "name a step of the workflow; those inside of maps and the failure handler cannot be changed" : "did you mean '" + meant + "'?");
        return false;
    }
    /// `changed` is the workflow with the request applied, `at` where its step stands there.
    void check(const Definition& changed, std::size_t at, const std::string& where) {
        Check all{changed, catalogue};
        check_order(all);
        check_references(all);
        for (auto& one : all.finished().errors)
            fault(where, std::move(one.message), std::move(one.hint));
        check_alone(changed.workflow.steps[at], where);
    }
    /// Its operations and fields, and those of steps inside of it.
    void check_alone(const Step& step, const std::string& where) {
        Definition alone;
        alone.file = where;
        alone.workflow.steps = {step};
        alone.workflow.flags = workflow.flags;
        Check own{alone, catalogue};
        each_step(alone.workflow, [&](const Step& one, const std::string& path) { check_operation(own, one, path); });
        check_secrets(own);
        check_flags(own);
        for (auto& one : own.finished().errors)
            fault(where, std::move(one.message), std::move(one.hint));
        for (const auto& name : children_of(alone.workflow))
            known_child(name, where);
    }
    void known_child(const std::string& name, const std::string& where) {
        if (std::ranges::find(children, name) != children.end())
            return;
        const auto meant = nearest(name, children);
        fault(where, "workflow " + quoted(name) + " is unknown", meant.empty() ? "see spine workflow list" : "did you mean '" + meant + "'?");
    }
    void place(const CourseRequest& request, const std::string& name, const std::string& where) {
        Definition changed;
        changed.workflow = workflow;
        changed.file = where;
        apply(request, changed.workflow);
        check(changed, static_cast<std::size_t>(place_of(changed.workflow.steps, name) - changed.workflow.steps.begin()), where);
    }
    /// A name that no step has, and the failure handler neither.
    bool is_free(const std::string& where, const std::string& name, const std::string& except) {
        const bool taken = (name != except && workflow.find(name) != nullptr) || (workflow.failure_handler && workflow.failure_handler->name == name);
        if (taken)
            fault(where, "step '" + name + "': another step has this name", "give each step a name of its own");
        return !taken;
    }

    void operator()(const SkipSteps& skip) {
        for (const auto& name : skip.steps)
            exists("skip", name);
    }
    void operator()(const InsertStep& insert) {
        const std::string where = insert.before ? "insert_before" : "insert_after";
        const bool there = exists(where, insert.beside);
        if (is_free(where, insert.step.name, {}) && there)
            place(insert, insert.step.name, where);
    }
    void operator()(const ReplaceStep& replacing) {
        const std::string where = "replace";
        const bool there = exists(where, replacing.name);
        if (is_free(where, replacing.step.name, replacing.name) && there)
            place(replacing, replacing.step.name, where);
    }
    void operator()(const RetryStep& retry) {
        if (!exists("retry", retry.name))
            return;
        auto step = *workflow.find(retry.name);
        for (const auto& member : retry.params)
            step.params[member.key()] = member.value();
        check_alone(step, "retry");
    }
    void operator()(const SpawnRun& spawn) {
        if (!is_step_name(spawn.name))
            fault("spawn", quoted(spawn.name) + " is no name", "write letters, digits, _ and -, not beginning with a digit or -, at most 64");
        known_child(spawn.workflow, "spawn");
    }
    void operator()(const ContinueAsNew& next) {
        const auto known = parameters_read(workflow, catalogue);
        for (const auto& member : next.params) {
            const std::string name{member.key()};
            if (std::ranges::find(known, name) != known.end())
                continue;
            const auto meant = nearest(name, known);
            fault("continue_as_new", "nobody reads the parameter " + quoted(name), meant.empty() ? "declare it under defaults:" : "did you mean '" + meant + "'?");
        }
    }
};

} // namespace

Diagnostics judge(const CourseRequest& request, const Workflow& workflow, const Catalogue& catalogue, const std::vector<std::string>& children) {
    Judge judge{workflow, catalogue, children};
    std::visit(judge, request);
    return std::move(judge.faults);
}

void apply(const CourseRequest& request, Workflow& workflow) {
    if (const auto* const insert = std::get_if<InsertStep>(&request)) {
        if (workflow.find(insert->beside) == nullptr)
            return;
        (insert->before ? insert_before : insert_after)(workflow, insert->beside, insert->step);
    } else if (const auto* const replacing = std::get_if<ReplaceStep>(&request)) {
        if (workflow.find(replacing->name) != nullptr)
            replace(workflow, replacing->name, replacing->step);
    }
}

} // namespace spine::workflow
