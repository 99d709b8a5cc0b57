/// A workflow as its author wrote it: plain values, whichever spelling they were read from. Nothing here is checked against
/// the plugins; `validate.hpp` does that, and `run` does what it says.
#pragma once

#include "workflow/diagnostic.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spine::workflow {

enum class OnError { stop, go_on, retry };      ///< written stop, continue, retry
enum class Execution { sequential, parallel };
enum class OnFailure { stop, go_on };           ///< the policy, written stop, continue
enum class OnConflict { queue, skip, cancel_existing };

struct RetryRule {
    std::optional<std::int64_t> max_attempts;
    std::optional<double> initial_delay_seconds;
    std::optional<double> backoff_multiplier;
    std::optional<double> max_delay_seconds;
    std::vector<std::string> retryable_categories; ///< names of unit::Category; empty: those that retry by default

    bool operator==(const RetryRule&) const = default;
};

struct Step;

struct PipelineStep {
    std::string pipeline;
    bool operator==(const PipelineStep&) const = default;
};
struct LambdaStep {
    std::string handler;
    bool operator==(const LambdaStep&) const = default;
};
/// Goes on at `then_step` or `else_step`; without the latter with the step that follows.
struct ChoiceStep {
    std::string condition;
    std::string then_step;
    std::optional<std::string> else_step;
    bool operator==(const ChoiceStep&) const = default;
};
struct MapStep {
    boost::json::value items; ///< a list, or the text of a path
    std::vector<Step> steps;
    std::string item_name = "item";
    std::optional<boost::json::value> partition_by;
    std::optional<std::int64_t> max_concurrency;
    bool operator==(const MapStep&) const;
};
struct WorkflowStep {
    std::string workflow;
    bool inherit_context = true;
    bool wait = true;
    bool operator==(const WorkflowStep&) const = default;
};
/// One of the two: a number of seconds or a time, each a value or a path.
struct WaitStep {
    std::optional<boost::json::value> seconds;
    std::optional<boost::json::value> until;
    bool operator==(const WaitStep&) const = default;
};
struct ApprovalStep {
    std::vector<std::string> approvers;
    std::string message;
    std::vector<std::string> context_fields;
    std::optional<double> timeout_hours;
    std::string on_timeout; ///< reject (the default), approve
    std::vector<std::string> auto_approve_envs;
    bool operator==(const ApprovalStep&) const = default;
};
using StepKind =
    std::variant<PipelineStep, LambdaStep, ChoiceStep, MapStep, WorkflowStep, WaitStep, ApprovalStep>;

struct Step {
    std::string name;
    StepKind kind;
    std::vector<std::string> depends_on;
    OnError on_error = OnError::stop;
    std::optional<RetryRule> retry;
    std::optional<double> timeout_seconds;
    boost::json::object config; ///< of a lambda; of a pipeline step another spelling of params, which stand over it
    boost::json::object params; ///< values and paths, over the run's parameters
    std::string when;           ///< a condition; empty: always
    std::string stage;          ///< recorded in the run's manifest when the step is done; empty: none
    std::string next;           ///< the step that follows; empty: the next in order
    bool end = false;           ///< the run ends after it

    bool operator==(const Step&) const = default;
};
/// What a step gives its pipeline of its own, as written: `config` with `params` over it.
boost::json::object own_params(const Step& step);
/// "pipeline", "lambda", "choice", "map", "workflow", "wait", "approval".
std::string_view type_of(const Step& step);

struct Concurrency {
    std::optional<std::int64_t> max_concurrent_runs;
    std::optional<OnConflict> on_conflict;
    std::optional<double> queue_timeout_seconds;
    bool operator==(const Concurrency&) const = default;
};

struct Workflow {
    std::string name;
    std::string domain;
    std::string description;
    std::int64_t version = 1;
    std::vector<std::string> tags;
    boost::json::object defaults;
    std::vector<Step> steps;
    std::optional<Execution> execution;
    std::optional<std::int64_t> max_concurrency;
    std::optional<OnFailure> on_failure;
    std::optional<double> timeout_seconds;
    std::optional<Concurrency> concurrency;
    /// The handler: a step of its own (a lambda), run when a run fails. Written `on_failure: {step: {…}}`; with the name of one of
    /// `steps` in place of the mapping, that step is taken out of the order and stands here.
    std::optional<Step> failure_handler;
    /// Switches that conditions ask for, `flags.NAME`, with what they are unless the configuration says otherwise.
    std::map<std::string, bool> flags;

    bool operator==(const Workflow&) const = default;
    const Step* find(std::string_view step) const; ///< among `steps`
};

/// The names of the workflows that its steps start, those inside of maps too; sorted, each once.
std::vector<std::string> children_of(const Workflow& workflow);

/// Where things stand in the text, by their path in the model: "name", "steps/2/condition", "steps/2" (the step itself),
/// "steps/2/params/tier", "failure_handler/handler". Lines and columns are 1-based.
struct Place {
    long line = 0;
    long column = 0;
};
using Places = std::map<std::string, Place, std::less<>>;

/// A workflow with the text that it was read from.
struct Definition {
    Workflow workflow;
    Places places;
    std::string file;   ///< for messages
    std::string text;   ///< exactly as it was read
    std::string sha256; ///< of the text
    Diagnostics faults; ///< of form, by line; when there are any, `workflow` is no more than what could be read
};

} // namespace spine::workflow
