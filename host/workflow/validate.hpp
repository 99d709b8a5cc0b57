/// What is wrong with a workflow, seen beside the plugins that are loaded.
#pragma once

#include "workflow/catalogue.hpp"
#include "workflow/definition.hpp"
#include "workflow/diagnostic.hpp"
#include "workflow/parameters.hpp"

#include <string>
#include <variant>

namespace spine::workflow {

struct Validation {
    Diagnostics errors;
    Diagnostics warnings; ///< the anti-patterns, and what will probably not do what is meant
    bool ok() const noexcept { return errors.empty(); }
};

/// Every fault with file, line, column and hint: those of form that the definition brings along, and unknown pipelines and handlers (with the nearest name), params and config that break
/// their tables, unknown steps in jumps and `depends_on`, jumps backwards and cycles, duplicate names, unreachable steps, paths to outputs of steps
/// that do not come before, and what this version does not do (step types and policies that need the parallel engine).
Validation validate(const Definition& definition, const Catalogue& catalogue);

/// The parameters that a run begins with: the workflow's defaults with what the caller gave over them, typed by the first pipeline whose table
/// names them, else by the type of their default, else as written (`true`, `false`, `null` and numbers as such). All faults at once: names that
/// nobody reads (with the nearest one), values that are not of their type, and parameters that a pipeline requires and nothing
/// before it can give.
Bound bind_run(const Workflow& workflow, const Catalogue& catalogue, const Written& given);

} // namespace spine::workflow
