/// What a lambda may ask of the course of its run: values, read from what it said and judged as YAML is.
///
/// As JSON, one object for each request:
///
///     {"skip": ["heavy", "gpu"], "reason": "little data"}
///     {"insert_before": "load", "step": {"name": "cool_down", "type": "wait", "seconds": 60}}
///     {"insert_after": "load", "step": {…}}
///     {"replace": "load", "step": {…}}            the new step may have another name
///     {"retry": "load", "params": {"page": 2}}
///     {"spawn": "part_1", "workflow": "process_batch", "params": {…}, "run_id": "…"}   the host's word for the run that begins
///     {"continue_as_new": {"cursor": "b17"}}
#pragma once

#include "workflow/catalogue.hpp"
#include "workflow/definition.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <variant>
#include <vector>

namespace spine::workflow {

/// Steps that have not begun are jumped over.
struct SkipSteps {
    std::vector<std::string> steps;
    std::string reason;
};
struct InsertStep {
    std::string beside; ///< name of a step
    bool before = true;
    Step step;
};
struct ReplaceStep {
    std::string name; ///< of a step that has not begun
    Step step;
};
/// A step that has ended is done once more, with these parameters over its own; the run goes on after it.
struct RetryStep {
    std::string name;
    boost::json::object params;
};
/// A run of its own that nobody waits for.
struct SpawnRun {
    std::string name; ///< in the asking run's story; each once
    std::string workflow;
    boost::json::object params;
    std::string run_id{}; ///< the id that it gets; empty: the run gives it one
};
/// This run ends as completed and a new one of the same definition begins in the same commit, with these parameters over the ones that were given.
struct ContinueAsNew {
    boost::json::object params;
};
using CourseRequest = std::variant<SkipSteps, InsertStep, ReplaceStep, RetryStep, SpawnRun, ContinueAsNew>;

/// What one result may ask for, and what a run may be asked for in its whole life.
inline constexpr std::size_t requests_per_result_max = 100;
inline constexpr std::size_t requests_per_run_max = 1000;

/// A step as JSON, in the words of the YAML form; faults name the member.
std::variant<Step, Diagnostics> read_step(const boost::json::value& step);

/// The requests, or every fault of form.
std::variant<std::vector<CourseRequest>, Diagnostics> read_course(const boost::json::array& requests);

/// Whether `steps` with the request applied are still a workflow: names exist and stay unique, no cycle of jumps or dependencies, operations are
/// loaded, parameters fit, children are known. Empty: all is well. `children` are the workflows that may be started by name.
Diagnostics judge(const CourseRequest& request, const Workflow& workflow, const Catalogue& catalogue,
                  const std::vector<std::string>& children);

/// The steps with the request applied; a request that concerns no step changes nothing. The request has been judged.
void apply(const CourseRequest& request, Workflow& workflow);

} // namespace spine::workflow
