/// What changed between two definitions: for people who ask before they publish, and for programs.
#pragma once

#include "workflow/definition.hpp"

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace spine::workflow {

/// One field, by its name in the file: "version", "defaults.tier", "policy.execution", "params.weeks". Values are JSON texts; empty: it is not there.
struct FieldChange {
    std::string field;
    std::string before;
    std::string after;

    bool operator==(const FieldChange&) const = default;
};

/// One step, by the names that lead to it: "ingest", "each/normalize", "on_failure/alarm". A step is the same when its name is.
struct StepChange {
    enum class Kind { added, removed, changed, moved };
    Kind kind = Kind::changed;
    std::string step;
    /// What differs; of a step that was added or removed all that it says. One that was moved has another "follows": the step before it.
    std::vector<FieldChange> fields;

    bool operator==(const StepChange&) const = default;
};

struct Difference {
    std::vector<FieldChange> fields; ///< of the workflow, in the order of a file
    std::vector<StepChange> steps;   ///< those that were removed first, then in the order of the newer definition

    bool empty() const noexcept { return fields.empty() && steps.empty(); }
    bool operator==(const Difference&) const = default;
};

/// Equal definitions differ in nothing, whatever their spelling and the order of their fields.
Difference difference(const Workflow& before, const Workflow& after);

/// A line for each field, steps marked by + - ~ >; long values are cut.
std::string as_text(const Difference& difference);
/// {"fields": [{"field", "before", "after"}], "steps": [{"step", "kind", "fields": […]}]}; values as such, null: not there.
boost::json::object as_json(const Difference& difference);

} // namespace spine::workflow
