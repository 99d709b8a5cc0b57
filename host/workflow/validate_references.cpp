#include "workflow/validate_check.hpp"

#include "workflow/literal.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace spine::workflow {
namespace {

/// For steps side by side: whether one of them has always ended when another one begins.
class Ancestry {
public:
    explicit Ancestry(const std::vector<Step>& steps) : words_{(steps.size() + 63) / 64}, bits_(steps.size() * words_, 0) {
        for (std::size_t i = 0; i < steps.size(); ++i)
            index_.emplace(steps[i].name, i);
        std::vector<std::vector<std::size_t>> after(steps.size());
        std::vector<std::size_t> missing(steps.size(), 0);
        const auto hangs = [&](const std::string& step, const std::string& on) {
            const auto from = index_.find(on), to = index_.find(step);
            if (from == index_.end() || to == index_.end() || from->second == to->second)
                return;
            after[from->second].push_back(to->second);
            ++missing[to->second];
        };
        for (const auto& step : steps) {
            for (const auto& need : step.depends_on)
                hangs(step.name, need);
            if (const auto* choice = std::get_if<ChoiceStep>(&step.kind)) {
                hangs(choice->then_step, step.name);
                if (choice->else_step)
                    hangs(*choice->else_step, step.name);
            }
        }
        std::vector<std::size_t> ready;
        for (std::size_t i = 0; i < steps.size(); ++i)
            if (missing[i] == 0)
                ready.push_back(i);
        while (!ready.empty()) {
            const auto from = ready.back();
            ready.pop_back();
            for (const auto to : after[from]) {
                for (std::size_t word = 0; word < words_; ++word)
                    bits_[to * words_ + word] |= bits_[from * words_ + word];
                bits_[to * words_ + from / 64] |= std::uint64_t{1} << (from % 64);
                if (--missing[to] == 0)
                    ready.push_back(to);
            }
        }
        whole_ = std::ranges::all_of(missing, [](std::size_t count) { return count == 0; });
    }
    /// Where the graph has a cycle, which is told elsewhere, everything counts as ended.
    bool ended(std::size_t step, std::string_view name) const {
        const auto found = index_.find(name);
        if (found == index_.end())
            return false;
        return !whole_ || (bits_[step * words_ + found->second / 64] >> (found->second % 64) & 1) != 0;
    }

private:
    std::map<std::string_view, std::size_t> index_;
    std::size_t words_;
    std::vector<std::uint64_t> bits_; ///< a row for each step: those that it hangs on
    bool whole_ = true;
};

/// Names of steps that have ended when a step reads, and all that there are in its list; then those around the list.
struct Known {
    const Known* outer = nullptr;
    std::set<std::string_view> before;
    std::vector<std::string> all;
    const Ancestry* graph = nullptr; ///< of steps side by side, in place of `before`
    std::size_t at = 0;              ///< the step that reads

    bool ended(std::string_view name) const {
        return before.contains(name) || (graph != nullptr && graph->ended(at, name)) || (outer != nullptr && outer->ended(name));
    }
    /// Whether it is one of the steps that run side by side.
    bool in_graph(std::string_view name) const {
        if (std::ranges::find(all, name) != all.end())
            return graph != nullptr;
        return outer != nullptr && outer->in_graph(name);
    }
    bool exists(std::string_view name) const {
        return std::ranges::find(all, name) != all.end() || (outer != nullptr && outer->exists(name));
    }
};

void check_roots(Check& check, const Step& step, const boost::json::value& value, const std::string& field) {
    if (value.is_array()) {
        for (std::size_t i = 0; i < value.get_array().size(); ++i)
            check_roots(check, step, value.get_array()[i], field + "/" + std::to_string(i));
    } else if (value.is_object()) {
        for (const auto& [name, inner] : value.get_object())
            check_roots(check, step, inner, field + "/" + std::string{name});
    } else if (value.is_string()) {
        if (const auto fault = unrooted({value.get_string().data(), value.get_string().size()}))
            check.error(field, named(step) + ": " + fault->message, fault->hint);
    }
}

/// The map that a step of this name stands in, from outside of it; empty: none.
std::string map_with(const std::vector<Step>& steps, const std::string& name) {
    for (const auto& step : steps)
        if (const auto* map = std::get_if<MapStep>(&step.kind))
            if (std::ranges::find(map->steps, name, &Step::name) != map->steps.end() || !map_with(map->steps, name).empty())
                return step.name;
    return {};
}

void check_step(Check& check, const Step& step, const std::string& path, const Known& known) {
    check_roots(check, step, step.params, path + "/params");
    check_roots(check, step, step.config, path + "/config");
    if (const auto* map = std::get_if<MapStep>(&step.kind)) {
        check_roots(check, step, map->items, path + "/items");
        if (map->partition_by)
            check_roots(check, step, *map->partition_by, path + "/partition_by");
    }
    if (const auto* wait = std::get_if<WaitStep>(&step.kind)) {
        check_roots(check, step, wait->seconds.value_or(nullptr), path + "/seconds");
        check_roots(check, step, wait->until.value_or(nullptr), path + "/until");
    }
    for (const auto& [reference, field] : references_of(step, path)) {
        if (reference.steps.size() < 2 || !std::holds_alternative<std::string>(reference.steps[1]) ||
            std::get<std::string>(reference.steps[0]) != "outputs")
            continue;
        const auto& name = std::get<std::string>(reference.steps[1]);
        if (known.ended(name))
            continue;
        const auto text = reference.text();
        if (name == "failure" && !known.exists(name)) {
            check.error(field, named(step) + ": '" + text + "' is there for what handles failures only", "write it into the step of on_failure:");
            continue;
        }
        if (check.full() || known.exists(name)) {
            const bool beside = known.in_graph(name) && step.name != name;
            check.error(field, named(step) + ": '" + text + "' reads a step that has not ended yet",
                        beside ? "steps run side by side: write depends_on: [" + name + "]" : "read steps that come before this one");
            continue;
        }
        if (const auto map = map_with(check.definition.workflow.steps, name); !map.empty()) {
            check.error(field, named(step) + ": '" + text + "' reads a step inside of map '" + map + "'", "read what all its items gave: $.outputs." + map + ".results");
            continue;
        }
        const auto meant = check.nearest_of(name, known.all);
        check.error(field, named(step) + ": '" + text + "' reads no step of this workflow", meant.empty() ? "name a step that comes before this one" : "did you mean '" + meant + "'?");
    }
}

void check_list(Check& check, const std::vector<Step>& steps, const std::string& path, const Known* outer) {
    Known known;
    known.outer = outer;
    std::optional<Ancestry> graph;
    if (outer == nullptr && check.definition.workflow.execution == Execution::parallel)
        known.graph = &graph.emplace(steps);
    for (const auto& step : steps)
        known.all.push_back(step.name);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto own = path + "/" + std::to_string(i);
        known.at = i;
        check_step(check, steps[i], own, known);
        if (const auto* map = std::get_if<MapStep>(&steps[i].kind))
            check_list(check, map->steps, own + "/steps", &known);
        if (!graph)
            known.before.insert(steps[i].name);
    }
}

/// A parameter that a pipeline exports and another one after it takes and exports itself: the second file would be read under the first
/// one's week.
void check_carried(Check& check) {
    const auto& steps = check.definition.workflow.steps;
    if (check.definition.workflow.execution == Execution::parallel)
        return; // which step comes before is the graph's to say
    std::map<std::string_view, std::size_t> index;
    std::vector<const Pipeline*> pipelines(steps.size(), nullptr);
    std::map<std::string_view, std::size_t> carried; ///< by how many steps each name is taken and exported
    const auto both = [](const Pipeline& pipeline, std::string_view name) {
        return std::ranges::find(pipeline.parameters, name, &Parameter::name) != pipeline.parameters.end();
    };
    for (std::size_t i = 0; i < steps.size(); ++i) {
        index.emplace(steps[i].name, i);
        const auto* own = std::get_if<PipelineStep>(&steps[i].kind);
        pipelines[i] = own == nullptr ? nullptr : check.pipeline(own->pipeline);
        if (pipelines[i] != nullptr)
            for (const auto& name : pipelines[i]->exports)
                if (both(*pipelines[i], name))
                    ++carried[name];
    }
    for (const auto& [name, count] : carried) {
        std::vector<std::optional<std::size_t>> from(steps.size() + 1); ///< the first step that may have exported it on a way to each
        for (std::size_t i = 0; i < steps.size() && !check.warned_enough(); ++i) {
            const auto& step = steps[i];
            const bool exports = pipelines[i] != nullptr && std::ranges::find(pipelines[i]->exports, name) != pipelines[i]->exports.end();
            if (from[i] && exports && both(*pipelines[i], name) && !own_params(step).contains(name))
                check.warning("steps/" + std::to_string(i), named(step) + " takes '" + std::string{name} + "' from step '" + steps[*from[i]].name + "'",
                              "set it in params: null for none, $.params." + std::string{name} + " if that is meant");
            const auto carry = [&](std::size_t to, std::optional<std::size_t> source) {
                if (source && to > i && to < from.size() && !from[to])
                    from[to] = source;
            };
            const auto jump = [&](const std::string& target) {
                if (const auto to = index.find(target); to != index.end())
                    carry(to->second, exports ? i : from[i]);
            };
            const auto* choice = std::get_if<ChoiceStep>(&step.kind);
            if (choice != nullptr) {
                jump(choice->then_step);
                if (choice->else_step)
                    jump(*choice->else_step);
                else
                    carry(i + 1, from[i]);
                continue;
            }
            if (!step.when.empty())
                carry(i + 1, from[i]); // skipped
            if (!step.next.empty())
                jump(step.next);
            else if (!step.end)
                carry(i + 1, exports ? i : from[i]);
        }
    }
}

/// A condition that reads a parameter which is nearly one that is known: an absent one is null, and the slip would never be told.
void check_slips(Check& check) {
    std::set<std::string> known;
    for (const auto& [name, value] : check.definition.workflow.defaults)
        known.emplace(name);
    each_step(check.definition.workflow, [&](const Step& step, const std::string&) {
        const auto* own = std::get_if<PipelineStep>(&step.kind);
        const auto* pipeline = own == nullptr ? nullptr : check.pipeline(own->pipeline);
        if (pipeline == nullptr)
            return;
        for (const auto& parameter : pipeline->parameters)
            known.insert(parameter.name);
        known.insert(pipeline->exports.begin(), pipeline->exports.end());
    });
    const std::vector<std::string> names{known.begin(), known.end()};
    each_step_with_items(check.definition.workflow, [&](const Step& step, const std::string& path, const std::vector<std::string>& items) {
        for (const auto& [reference, field] : references_of(step, path)) {
            if (reference.steps.size() < 2 || std::get<std::string>(reference.steps[0]) != "params" || check.warned_enough())
                continue;
            const auto& name = std::get<std::string>(reference.steps[1]);
            if (is_of_item(name, items) || (reference.bare && name == "env"))
                continue;
            if ((name == "item" || name == "item_index") && !known.contains(name)) {
                check.warning(field, named(step) + ": '" + name + "' is read where no map gives it",
                              items.empty() ? "read it in the steps of a map, or declare it under defaults:" : "the items are called '" + items.back() + "': write $.params." + items.back());
                continue;
            }
            if (known.contains(name) || (field != path + "/when" && field != path + "/condition"))
                continue;
            if (const auto meant = check.slip_of(name, names); !meant.empty())
                check.warning(field, named(step) + ": nothing gives a parameter '" + name + "', unless a lambda sets it", "did you mean '" + meant + "'?");
        }
    });
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
    check_carried(check);
    check_slips(check);
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
