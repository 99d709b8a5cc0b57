/// What is wrong with a workflow, seen beside the plugins that are loaded.
#pragma once

#include "workflow/catalogue.hpp"
#include "workflow/definition.hpp"
#include "workflow/diagnostic.hpp"
#include "workflow/parameters.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spine::workflow {

struct Validation {
    Diagnostics errors;
    Diagnostics warnings; ///< the anti-patterns, and what will probably not do what is meant
    bool ok() const noexcept { return errors.empty(); }
};

/// Finds a definition by its name; nullptr: there is none. What it gives lives as long as the validation.
using Lookup = std::function<const Definition*(std::string_view)>;

/// What a definition is judged beside, besides the plugins; what is left out is not looked at.
struct Around {
    Lookup lookup;                  ///< empty: workflows that steps name are taken as there
    std::vector<std::string> names; ///< of what the lookup knows, for "did you mean"
    std::string now;                ///< UTC, `2026-01-02T22:15:01.042Z`: times that lie before it are faults
};

/// Every fault with file, line, column and hint: those of form that the definition brings along, and unknown pipelines and handlers (with the nearest name), params and config that break
/// their tables, unknown steps in jumps and `depends_on`, jumps backwards and cycles, duplicate names, unreachable steps, paths to outputs of steps
/// that do not come before (with `execution: parallel`: that they do not depend on), fields that mean nothing or break their bounds, maps
/// more than 4 deep, flags that are not declared, secrets where none may stand, workflows that are not known or start each other in a circle.
Validation validate(const Definition& definition, const Catalogue& catalogue, const Around& around = {});

/// How deep maps stand in each other, and how many steps or items of one map run at once, at the most.
inline constexpr std::size_t map_depth_max = 4;
inline constexpr std::int64_t concurrency_max = 256;
inline constexpr std::int64_t attempts_max = 100;
inline constexpr std::size_t items_max = 100'000;

/// The names of parameters that somebody in the workflow reads, and its defaults; sorted.
std::vector<std::string> parameters_read(const Workflow& workflow, const Catalogue& catalogue);

/// The parameters that a run begins with: the workflow's defaults with what the caller gave over them, typed by the first pipeline whose table
/// names them, else by the type of their default, else as written (`true`, `false`, `null`, numbers, and lists, objects and quoted texts of JSON as
/// such). All faults at once: names that nobody reads (with the nearest one), values that are not of their type, parameters that a pipeline requires and
/// nothing before it can give; before all of them, more than 1 MiB of names and texts.
Bound bind_run(const Workflow& workflow, const Catalogue& catalogue, const Written& given);
/// What is set in a run that has begun, typed in the same way, and nothing else; `there` are the parameters that the run has, which may be set as well.
Bound bind_set(const Workflow& workflow, const Catalogue& catalogue, const Written& given, const boost::json::object& there);

} // namespace spine::workflow
