/// A workflow with every workflow that it may start, and theirs: what must be found, sound and without a circle before any of them is run or published.
#pragma once

#include "control/version_book.hpp"
#include "control/workflows.hpp"
#include "run/state.hpp"
#include "workflow/validate.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace spine::control {

/// Finds what the name in a step means; nullopt: nothing that can be read.
using FindsWorkflow = std::function<std::optional<workflow::Definition>(const std::string& name)>;

/// Published workflows and those of the folder.
FindsWorkflow in_folder_or_published(const WorkflowFolder& folder, Stores& stores);
/// The same of an open store.
FindsWorkflow in_folder_or_published(const WorkflowFolder& folder, VersionBook& book);

/// The named workflows with all that they may start, as far as they can be found; at most 1,000.
run::Children family(std::vector<std::string> names, const FindsWorkflow& finds);

struct Judged {
    run::Children children;
    workflow::Validation validation; ///< of the definition, and the errors of those below it, each once
};
/// `now` is UTC text as workflow::Around has it. Where one below starts `definition`'s own name, this definition is meant.
Judged judged(const workflow::Definition& definition, const workflow::Catalogue& catalogue, const FindsWorkflow& finds,
              const WorkflowFolder& folder, const std::string& now);

} // namespace spine::control
