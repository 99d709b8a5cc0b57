#include "workflow/validate_check.hpp"

#include <algorithm>
#include <set>

namespace spine::workflow {
namespace {

/// A list of steps by name, with its order.
struct Order {
    Check& check;
    const std::vector<Step>& steps;
    std::string path;
    bool parallel; ///< the steps of maps stand in order, whatever the workflow's do
    std::map<std::string_view, std::size_t> index;
    std::vector<std::string> names;

    Order(Check& check_, const std::vector<Step>& steps_, std::string path_)
        : check{check_}, steps{steps_}, path{std::move(path_)},
          parallel{path == "steps" && check_.definition.workflow.execution == Execution::parallel} {
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (!index.emplace(steps[i].name, i).second)
                check.error(at(i) + "/name", named(steps[i]) + ": another step has this name", "give each step a name of its own");
            names.push_back(steps[i].name);
        }
    }
    std::string at(std::size_t i) const { return path + "/" + std::to_string(i); }
};

std::string unknown_hint(const Order& order, const std::string& name) {
    const auto& handler = order.check.definition.workflow.failure_handler;
    if (handler && handler->name == name)
        return "'" + name + "' handles failures and stands outside of the order";
    if (order.path != "steps" && order.check.definition.workflow.find(name) != nullptr)
        return "'" + name + "' stands outside of the map; a map is left at its end";
    const auto meant = order.check.nearest_of(name, order.names);
    return meant.empty() ? "name one of the steps" : "did you mean '" + meant + "'?";
}

} // namespace

std::string chain(const std::vector<std::string>& names) {
    constexpr std::size_t shown_max = 8;
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names.size() > shown_max && i == shown_max / 2)
            text += " -> ...";
        if (names.size() <= shown_max || i < shown_max / 2 || i >= names.size() - shown_max / 2)
            text += (text.empty() ? "'" : " -> '") + names[i] + "'";
    }
    return text;
}

namespace {

/// The place in the order that a jump leads to; nothing when it is wrong, which is told.
std::optional<std::size_t> target(Order& order, std::size_t from, const std::string& name, const std::string& field) {
    const auto where = order.at(from) + "/" + field;
    const auto what = named(order.steps[from]) + ": '" + field + "'";
    const auto found = order.index.find(name);
    if (found == order.index.end()) {
        order.check.error(where, what + " names no step: '" + name + "'", unknown_hint(order, name));
        return std::nullopt;
    }
    if (found->second > from)
        return found->second;
    std::vector<std::string> cycle;
    if (!order.check.full())
        cycle.assign(order.names.begin() + static_cast<std::ptrdiff_t>(found->second),
                     order.names.begin() + static_cast<std::ptrdiff_t>(from) + 1);
    cycle.push_back(name);
    order.check.error(where, what + " goes back, which makes a cycle: " + chain(cycle),
                      "jump to a later step only; for repetition run the workflow once for each value");
    return std::nullopt;
}

/// A branch that runs on into the other one by its place alone: perhaps the author forgot how it ends. Who means it says so by `next`.
void check_running_on(Order& order, const std::vector<std::vector<std::size_t>>& following) {
    for (std::size_t i = 0; i < order.steps.size() && !order.check.warned_enough(); ++i) {
        const auto* choice = std::get_if<ChoiceStep>(&order.steps[i].kind);
        if (choice == nullptr || !choice->else_step)
            continue;
        const auto [first, second] = std::minmax(order.index.at(choice->then_step), order.index.at(*choice->else_step));
        if (first == second)
            continue;
        const auto& last = order.steps[second - 1];
        const auto* last_choice = std::get_if<ChoiceStep>(&last.kind);
        if (last.end || !last.next.empty() || (last_choice != nullptr && last_choice->else_step))
            continue; // what stands before the second does not simply go on into it
        std::vector<bool> reached(second - first, false);
        reached[0] = true;
        for (auto k = first; k < second; ++k)
            if (reached[k - first])
                for (const auto to : following[k])
                    if (to < second)
                        reached[to - first] = true;
        if (reached.back())
            order.check.warning(order.at(second - 1),
                                "'" + order.names[first] + "' and '" + order.names[second] + "' are the two branches of '" + order.names[i] +
                                    "', and after '" + last.name + "' the first of them runs on into the second",
                                "end the first with 'next' or 'end'; if the second is for both, say so: next: " + order.names[second]);
    }
}

/// Where the run can go from each step, as far as the jumps are right.
void check_jumps(Order& order) {
    bool all_right = true;
    std::vector<bool> reached(order.steps.size() + 1, false);
    if (!reached.empty())
        reached[0] = true;
    std::vector<std::vector<std::size_t>> ways(order.steps.size());
    for (std::size_t i = 0; i < order.steps.size(); ++i) {
        const auto& step = order.steps[i];
        auto& following = ways[i];
        const auto jump = [&](const std::string& name, const std::string& field) {
            const auto to = target(order, i, name, field);
            all_right = all_right && to.has_value();
            following.push_back(to.value_or(i + 1));
        };
        if (!step.when.empty())
            following.push_back(i + 1);
        if (const auto* choice = std::get_if<ChoiceStep>(&step.kind)) {
            jump(choice->then_step, "then_step");
            if (choice->else_step)
                jump(*choice->else_step, "else_step");
            else
                following.push_back(i + 1);
            if (!step.next.empty())
                order.check.error(order.at(i) + "/next", named(step) + ": a choice has no 'next'", "write then_step: and else_step:");
            if (step.end)
                order.check.error(order.at(i) + "/end", named(step) + ": a choice has no 'end'", "let it choose a step that ends the run");
        } else {
            if (step.end && !step.next.empty())
                order.check.error(order.at(i) + "/next", named(step) + ": both 'next' and 'end'", "keep one of the two");
            if (!step.next.empty())
                jump(step.next, "next");
            else if (!step.end)
                following.push_back(i + 1);
        }
        if (reached[i])
            for (const auto to : following)
                reached[to] = true;
    }
    if (!all_right)
        return;
    for (std::size_t i = 0; i < order.steps.size(); ++i)
        if (!reached[i])
            order.check.error(order.at(i), named(order.steps[i]) + " is never reached",
                              "let a step before it go on here, by 'next', 'then_step' or 'else_step'");
    check_running_on(order, ways);
}

/// Side by side no step follows another by its place: there are no jumps, and a choice only says which of two steps is left out.
void check_branches(Order& order, std::vector<std::vector<std::size_t>>& needs) {
    for (std::size_t i = 0; i < order.steps.size(); ++i) {
        const auto& step = order.steps[i];
        const char* const hint = "leave it out: with execution: parallel the order is what depends_on says";
        if (!step.next.empty())
            order.check.error(order.at(i) + "/next", named(step) + ": 'next' has no meaning where steps run side by side", hint);
        if (step.end)
            order.check.error(order.at(i) + "/end", named(step) + ": 'end' has no meaning where steps run side by side", hint);
        const auto* choice = std::get_if<ChoiceStep>(&step.kind);
        if (choice == nullptr)
            continue;
        const auto target = [&](const std::string& name, const std::string& field) {
            const auto where = order.at(i) + "/" + field;
            const auto found = order.index.find(name);
            if (found == order.index.end())
                order.check.error(where, named(step) + ": '" + field + "' names no step: '" + name + "'", unknown_hint(order, name));
            else if (found->second == i)
                order.check.error(where, named(step) + ": '" + field + "' names the step itself", "name another step");
            else
                needs[found->second].push_back(i); // what is chosen waits for the choice
        };
        target(choice->then_step, "then_step");
        if (choice->else_step)
            target(*choice->else_step, "else_step");
    }
}

/// The steps of one cycle that `depends_on` makes, or nothing. Without recursion: the file decides how long a chain is.
std::vector<std::string> dependency_cycle(const Order& order, const std::vector<std::vector<std::size_t>>& needs) {
    enum class Mark { fresh, open, done };
    std::vector<Mark> marks(order.steps.size(), Mark::fresh);
    for (std::size_t root = 0; root < order.steps.size(); ++root) {
        if (marks[root] != Mark::fresh)
            continue;
        std::vector<std::pair<std::size_t, std::size_t>> way{{root, 0}}; // a step, and how many of its needs are gone through
        marks[root] = Mark::open;
        while (!way.empty()) {
            auto& [at, next] = way.back();
            if (next == needs[at].size()) {
                marks[at] = Mark::done;
                way.pop_back();
                continue;
            }
            const auto to = needs[at][next++];
            if (marks[to] == Mark::fresh) {
                marks[to] = Mark::open;
                way.emplace_back(to, 0);
            } else if (marks[to] == Mark::open) {
                std::vector<std::string> cycle;
                for (auto i = way.size(); i > 0; --i) {
                    cycle.push_back(order.names[way[i - 1].first]);
                    if (way[i - 1].first == to)
                        break;
                }
                std::ranges::reverse(cycle);
                cycle.push_back(order.names[to]);
                return cycle;
            }
        }
    }
    return {};
}

void check_dependencies(Order& order) {
    std::vector<std::vector<std::size_t>> needs(order.steps.size());
    for (std::size_t i = 0; i < order.steps.size(); ++i) {
        const auto& step = order.steps[i];
        for (std::size_t k = 0; k < step.depends_on.size(); ++k) {
            const auto& name = step.depends_on[k];
            const auto where = order.at(i) + "/depends_on/" + std::to_string(k);
            const auto found = order.index.find(name);
            if (found == order.index.end())
                order.check.error(where, named(step) + ": 'depends_on' names no step: '" + name + "'", unknown_hint(order, name));
            else if (found->second == i)
                order.check.error(where, named(step) + " depends on itself", "leave it out");
            else
                needs[i].push_back(found->second);
        }
    }
    if (order.parallel)
        check_branches(order, needs);
    const auto cycle = dependency_cycle(order, needs);
    if (!cycle.empty()) {
        order.check.error(order.at(order.index.at(cycle.front())) + "/depends_on",
                          "steps that depend on each other: " + chain(cycle),
                          "remove one of these from depends_on");
        return; // each of them would be told once more
    }
    if (order.parallel)
        return;
    for (std::size_t i = 0; i < order.steps.size(); ++i)
        for (const auto need : needs[i])
            if (need > i)
                order.check.error(order.at(i) + "/depends_on",
                                  named(order.steps[i]) + " depends on '" + order.names[need] + "', which comes after it",
                                  "move it behind that step: steps run in the order of the file");
}

void check_list(Check& check, const std::vector<Step>& steps, const std::string& path, std::size_t depth) {
    Order order{check, steps, path};
    if (!order.parallel)
        check_jumps(order);
    check_dependencies(order);
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (const auto* map = std::get_if<MapStep>(&steps[i].kind)) {
            if (depth == map_depth_max)
                check.error(order.at(i), named(steps[i]) + ": maps stand in each other more than " + std::to_string(map_depth_max) + " deep",
                            "start a workflow for each item");
            else
                check_list(check, map->steps, order.at(i) + "/steps", depth + 1);
        }
}

void check_handler(Check& check, const Step& handler) {
    const auto& workflow = check.definition.workflow;
    if (!std::holds_alternative<LambdaStep>(handler.kind))
        check.error("failure_handler", named(handler) + ": what handles failures is a lambda", "write handler: NAME");
    if (workflow.find(handler.name) != nullptr)
        check.error("failure_handler/name", named(handler) + ": another step has this name", "give each step a name of its own");
    if (!handler.next.empty() || handler.end || !handler.when.empty() || !handler.depends_on.empty() || !handler.stage.empty())
        check.warning("failure_handler", named(handler) + ": 'when', 'next', 'end', 'stage' and 'depends_on' mean nothing for what handles failures",
                      "leave them out; the run ends after it");
    if (workflow.find("failure") != nullptr)
        check.error("failure_handler", "a step has the name 'failure', under which the handler finds what went wrong", "give that step another name");
}

} // namespace

void check_order(Check& check) {
    const auto& workflow = check.definition.workflow;
    if (workflow.steps.empty())
        check.error("steps", "no steps", "write under steps: what is to be done");
    check_list(check, workflow.steps, "steps", 0);
    if (workflow.failure_handler)
        check_handler(check, *workflow.failure_handler);
}

} // namespace spine::workflow
