/// What the parts of validation share: where faults are noted, and what the steps are called. For `validate*.cpp` only.
#pragma once

#include "workflow/expression.hpp"
#include "workflow/validate.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::workflow {

class Check {
public:
    Check(const Definition& given, const Catalogue& loaded, Around beside = {})
        : definition{given}, catalogue{loaded}, around{std::move(beside)} {}

    const Definition& definition;
    const Catalogue& catalogue;
    const Around around;
    Validation found;

    /// At the place of `path`, or of what is nearest above it.
    void error(std::string_view path, std::string message, std::string hint);
    void warning(std::string_view path, std::string message, std::string hint);
    /// Nobody reads more: faults are only counted from here on, and names are not compared.
    bool full() const noexcept { return found.errors.size() >= shown_max; }
    bool warned_enough() const noexcept { return found.warnings.size() >= shown_max; }
    std::string nearest_of(std::string_view name, const std::vector<std::string>& candidates);
    /// The same for one slip of the hand, two in long names: for names that may be right.
    std::string slip_of(std::string_view name, const std::vector<std::string>& candidates);
    /// With how many there are beyond those that are kept.
    Validation finished();

    const Pipeline* pipeline(const std::string& name);
    const Handler* handler(const std::string& name);

private:
    static constexpr std::size_t shown_max = 100;
    Diagnostic diagnostic(std::string_view path, std::string message, std::string hint) const;

    std::size_t errors_more_ = 0;
    std::size_t warnings_more_ = 0;
    std::size_t compared_ = 0;
    std::map<std::string, const Pipeline*> pipelines_; ///< as asked for: the catalogue searches from its beginning
    std::map<std::string, const Handler*> handlers_;
};

/// Names of operations, params and config beside their tables.
void check_operations(Check& check);
/// The same of one step, without those inside of it, and what its own fields say; `path` is where it stands.
void check_operation(Check& check, const Step& step, const std::string& path);
/// Bounds of what steps say of themselves: items, times, approvers, retries.
void check_fields(Check& check, const Step& step, const std::string& path);
/// The policy: how many at once, how often.
void check_policy(Check& check);
/// Workflows that steps start: known, given what they read, in no circle.
void check_children(Check& check);
/// Secrets only where a pipeline gets them; flags only that are declared.
void check_secrets(Check& check);
void check_flags(Check& check);
/// Jumps, `depends_on`, names, what is never reached.
void check_order(Check& check);
/// Paths in conditions and values: to steps that are there and come before.
void check_references(Check& check);
/// What is allowed and probably not meant.
void check_habits(Check& check);

/// Calls `visit(step, path)` for every step, those inside of maps and the failure handler too.
template <class Visit>
void each_step(const std::vector<Step>& steps, const std::string& path, const Visit& visit) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto own = path + "/" + std::to_string(i);
        visit(steps[i], own);
        if (const auto* map = std::get_if<MapStep>(&steps[i].kind))
            each_step(map->steps, own + "/steps", visit);
    }
}
template <class Visit>
void each_step(const Workflow& workflow, const Visit& visit) {
    each_step(workflow.steps, "steps", visit);
    if (workflow.failure_handler)
        visit(*workflow.failure_handler, std::string{"failure_handler"});
}

/// The same with the names of the items of the maps around each step, the innermost last: `visit(step, path, items)`.
template <class Visit>
void each_step_with_items(const std::vector<Step>& steps, const std::string& path, std::vector<std::string>& items, const Visit& visit) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto own = path + "/" + std::to_string(i);
        visit(steps[i], own, items);
        if (const auto* map = std::get_if<MapStep>(&steps[i].kind)) {
            items.push_back(map->item_name);
            each_step_with_items(map->steps, own + "/steps", items, visit);
            items.pop_back();
        }
    }
}
template <class Visit>
void each_step_with_items(const Workflow& workflow, const Visit& visit) {
    std::vector<std::string> items;
    each_step_with_items(workflow.steps, "steps", items, visit);
    if (workflow.failure_handler)
        visit(*workflow.failure_handler, std::string{"failure_handler"}, items);
}
/// Whether a map around a step gives a parameter of this name.
bool is_of_item(std::string_view name, const std::vector<std::string>& items);

/// "'a' -> 'b' -> 'a'", shortened in the middle.
std::string chain(const std::vector<std::string>& names);
/// "step 'ingest'".
std::string named(const Step& step);
/// The type that fits a value that somebody wrote; nothing for null.
std::optional<Type> type_of_value(const boost::json::value& value);
/// Whether a value holds a path anywhere.
bool has_path(const boost::json::value& value);
/// What is wrong with a text that is a path by its form and begins with neither root; it would be handed on as a text, which nobody means.
std::optional<ExpressionFault> unrooted(std::string_view text);
/// What `bind` says of one value beside one row of a table.
Bound bind_one(Parameter parameter, const boost::json::value& value);
/// The paths that a step's own fields read: conditions, params, config, items, times, what an approval shows, each with the path of the field that it stands in.
struct Reference {
    Path path;
    std::string field;
};
std::vector<Reference> references_of(const Step& step, const std::string& path);

} // namespace spine::workflow
