#include "workflow/validate_check.hpp"

#include "workflow/read_workflow_steps.hpp"

#include <algorithm>
#include <set>

namespace spine::workflow {
namespace {

constexpr std::size_t definitions_max = 1'000; ///< that one run may reach

void check_given(Check& check, const Step& step, const Definition& child, const std::string& path) {
    if (step.params.empty())
        return;
    const auto known = parameters_read(child.workflow, check.catalogue);
    const auto where = path + "/params/";
    for (const auto& [key, value] : step.params) {
        const std::string name{key};
        if (std::ranges::binary_search(known, name))
            continue;
        const auto meant = check.nearest_of(name, known);
        check.warning(where + name, named(step) + ": workflow '" + child.workflow.name + "' reads no parameter '" + name + "'",
                      meant.empty() ? "declare it there under defaults:, or leave it out" : "did you mean '" + meant + "'?");
    }
}

/// Goes through everything that a workflow starts, once.
class Closure {
public:
    explicit Closure(Check& check) : check_{check} { done_.insert(check.definition.workflow.name); }

    void follow(const Step& step, const std::string& name, const std::string& path) {
        const auto& own = check_.definition.workflow.name;
        if (name == own)
            return circle(step, {own, own}, path);
        struct Level {
            std::string name;
            std::vector<std::string> children;
            std::size_t next = 0;
        };
        std::vector<Level> way; // a loop: how long a chain is, is the folder's to say
        const auto enter = [&](const std::string& child) {
            const auto* definition = check_.around.lookup(child);
            if (definition == nullptr) {
                check_.error(path, named(step) + ": workflow '" + way.back().name + "' starts '" + child + "', which is unknown", hint(child));
                return;
            }
            if (!definition->faults.empty()) {
                const auto& first = definition->faults.front();
                check_.error(path, named(step) + ": workflow '" + child + "' has faults, the first of them: " + first.message, "see spine workflow validate " + definition->file);
                return;
            }
            way.push_back({child, children_of(definition->workflow), 0});
        };
        if (!done_.insert(name).second)
            return;
        enter(name);
        while (!way.empty() && !check_.full()) {
            auto& top = way.back();
            if (top.next == top.children.size()) {
                way.pop_back();
                continue;
            }
            const auto child = top.children[top.next++];
            const auto open = std::ranges::find(way, child, &Level::name);
            if (child == own || open != way.end()) {
                std::vector<std::string> names{own};
                for (const auto& level : way)
                    names.push_back(level.name);
                names.push_back(child);
                circle(step, names, path);
                continue;
            }
            if (!done_.insert(child).second)
                continue;
            if (done_.size() > definitions_max)
                return check_.error(path, named(step) + ": more than " + std::to_string(definitions_max) + " workflows hang on this one", "start fewer kinds of workflows");
            enter(child);
        }
    }
    std::string hint(const std::string& name) {
        const auto meant = check_.nearest_of(name, check_.around.names);
        return meant.empty() ? "see spine workflow list" : "did you mean '" + meant + "'?";
    }

private:
    void circle(const Step& step, const std::vector<std::string>& names, const std::string& path) {
        check_.error(path, named(step) + ": workflows that start each other: " + chain(names), "take one of them out; to begin anew a run can continue as a new one");
    }

    Check& check_;
    std::set<std::string> done_;
};

} // namespace

void check_children(Check& check) {
    Closure closure{check};
    each_step(check.definition.workflow, [&](const Step& step, const std::string& path) {
        const auto* own = std::get_if<WorkflowStep>(&step.kind);
        if (own == nullptr || (own->workflow.empty() && !check.definition.faults.empty()))
            return;
        const auto where = path + "/workflow";
        if (!is_dotted_name(own->workflow))
            return check.error(where, named(step) + ": " + quoted(own->workflow) + " is no name of a workflow", "write the name itself; it cannot be looked up by a path");
        if (!check.around.lookup) {
            if (own->workflow == check.definition.workflow.name)
                closure.follow(step, own->workflow, where);
            return;
        }
        const auto* child = own->workflow == check.definition.workflow.name ? &check.definition : check.around.lookup(own->workflow);
        if (child == nullptr)
            return check.error(where, named(step) + ": workflow '" + own->workflow + "' is unknown", check.full() ? std::string{} : closure.hint(own->workflow));
        closure.follow(step, own->workflow, where);
        if (!check.warned_enough() && child->faults.empty())
            check_given(check, step, *child, path);
    });
}

} // namespace spine::workflow
