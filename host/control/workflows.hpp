/// What a person or a program may ask about workflows and their runs.
#pragma once

#include "control/control.hpp"
#include "run/conductor.hpp"
#include "run/rehearse_workflow.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/validate.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spine::control {

/// The folder of workflow files that a name is looked for in; may not exist.
struct WorkflowFolder {
    std::string path;
};

struct ListedWorkflow {
    std::string name; ///< empty when the file cannot be read
    std::string domain;
    std::string description;
    std::int64_t version = 0;
    std::size_t steps = 0;
    std::vector<std::string> tags;
    std::string file;
    std::string sha256; ///< of its text
    workflow::Diagnostics faults; ///< why it cannot be read
};
/// Every *.yaml and *.yml of the folder, by name.
std::vector<ListedWorkflow> list_workflows(const WorkflowFolder& folder);

/// A workflow by file (anything with a '/' or that ends with .yaml, .yml or .json) or by the name that a file of the folder has. BadRequest: 3
/// with all faults of form, for what is no regular file, is over 1 MiB or for a name of two files; 4 when there is no such file or name (with
/// the nearest one); 8 when it may not be read.
std::variant<workflow::Definition, BadRequest> find_workflow(const std::string& name_or_file, const WorkflowFolder& folder);

struct WorkflowRequest {
    workflow::Definition definition;
    workflow::Written params;
    std::string key; ///< empty: none
};

/// What became of a run that was asked for or taken up.
struct WorkflowReport {
    run::RunRow run;
    std::vector<std::string> completed_steps;
    std::size_t total_steps = 0;
    boost::json::object params;  ///< the context: parameters with all updates
    boost::json::object outputs; ///< and outputs by step
    bool taken_up = false;          ///< this call resumed a run that was left unfinished
    bool attached = false;          ///< the key's run was there already
    bool other_definition = false;  ///< and it goes by another definition than the one that was named
    Table steps;                    ///< every attempt, as `Records::steps` gives it
    workflow::Diagnostics warnings;
    std::vector<AppliedMigration> migrated;
    std::vector<run::RunRow> left; ///< runs below it, or begun by it, that have not ended either and that this process leaves to others
};
/// Somebody has it, or it has ended: exit code 5, or 4 when there is no such run.
struct Refusal {
    int exit_code = 5;
    std::string message;
    std::string hint;
};
using WorkflowAnswer = std::variant<WorkflowReport, BadRequest, Refusal>;

/// What a request of this kind needs of the program.
struct Means {
    env::Clock& clock;
    env::Random& random;
    Stores& stores;
    Libraries& libraries;
    const run::CancelToken& cancel;
    run::ProgressSink progress;
    run::NewsSink steps;
    WorkflowFolder workflows{};        ///< where workflows that steps name are looked for, besides what was published; no path: nowhere
    boost::json::object settings{};    ///< what a run keeps of its surroundings: {"env": "prod", "flags": {…}, "config": {…}}
    run::ConductorSettings conductor{};
    std::function<void(const std::string&)> note{}; ///< what who waits should know meanwhile; none: it is not told
};

/// Validates it with every workflow that it may start, migrates the tables of the plugins that they name, and does the run in this process until it ends
/// or waits for long, with the runs that it begins (those that it does not wait for too, unless the means say otherwise). With a key that has a run: attaches to it, waits while
/// another process has it, takes it over if that one dies, and answers with its result.
WorkflowAnswer run_workflow(const WorkflowRequest& request, const Means& means);
/// Takes up a run that was interrupted, paused or blocked, by its id or an unambiguous beginning of it.
WorkflowAnswer resume_run(const std::string& run_id, const Means& means);
/// All of them, oldest first.
std::vector<WorkflowAnswer> resume_all(const Means& means);
/// Stays and goes on with every run that is due or becomes due, whoever began it, until the means' token is set. Migrates no tables.
void serve_runs(const Means& means);

struct WorkflowPlan {
    std::vector<run::PlannedStep> steps;
    workflow::Diagnostics warnings;
};
std::variant<WorkflowPlan, BadRequest> plan_workflow(const WorkflowRequest& request, const Means& means);

/// The run that `run_workflow` would begin, without its first records: for who plays it. Nothing is written.
std::variant<run::RunRow, BadRequest> unbegun_run(const WorkflowRequest& request, const Means& means);

/// Whether it waits for a plugin that is not loaded.
bool is_blocked(const run::RunRow& run);
/// Whether it was not begun, because its workflow's concurrency had no room and says `skip`: nothing has failed.
bool is_skipped(const run::RunRow& run);
/// 0 for completed, for one that was skipped, and for one that waits for a time, a person or another run; the failure's code for failed; 7 for blocked; 130 for paused.
int exit_code(const run::RunRow& run);
/// Of a run that has not ended yet, and nothing is wrong: it waits for a person, or for longer than a moment, and somebody takes it up later. EX_TEMPFAIL
/// of sysexits.h, so that `workflow run deploy.yaml && release` does not release.
inline constexpr int not_ended_exit_code = 75;
/// Of two exit codes the one that a command with many runs ends with: a failure before a run that has not ended, and that before success.
int worse(int one, int other);

} // namespace spine::control
