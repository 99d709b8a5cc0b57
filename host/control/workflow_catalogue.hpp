/// Every workflow that can be run by its name, with how its runs went.
#pragma once

#include "control/run_history.hpp"
#include "control/workflows.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace spine::control {

struct CataloguedWorkflow {
    ListedWorkflow entry;          ///< of the current published version when there is one, else of the file; `file` may be empty then
    std::int64_t published = 0;    ///< its number; 0: never published
    bool file_differs = false;     ///< from what was published
    std::optional<RunTotals> runs; ///< nothing without runs
    std::optional<double> success_rate() const; ///< of runs that completed or failed
};

/// Files of the folder, those that cannot be read too (first, without a name), and what was published, by name. A store that is not there has neither
/// versions nor runs.
std::vector<CataloguedWorkflow> workflow_catalogue(const WorkflowFolder& folder, Stores& stores);

} // namespace spine::control
