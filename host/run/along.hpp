/// What a run of a workflow writes, always together with something else: the end of one step and the start of the next, its own state, its
/// manifest. It rides in the commit of a step's execution, or in a commit of the run journal.
#pragma once

#include "unit/outcome.hpp"
#include "unit/partition.hpp"
#include "unit/unit.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::run {

enum class StepStatus { pending, running, waiting, completed, skipped, failed, cancelled };
enum class RunStatus { pending, running, waiting, paused, completed, failed, cancelled };
std::string_view to_text(StepStatus status);
std::string_view to_text(RunStatus status);
std::optional<StepStatus> step_status_from(std::string_view text);
std::optional<RunStatus> run_status_from(std::string_view text);
/// completed, failed, cancelled.
bool is_final(RunStatus status);

/// The build of a plugin that did a step.
struct PluginBuild {
    std::string plugin; ///< its id; empty: none
    std::string version;
    std::string sha256;

    bool operator==(const PluginBuild&) const = default;
};

/// One attempt of one step. A record with status running or waiting is its start; any other one ends it (or, for a step that never began, is all
/// there is). Times are the store's, but `wake_at`.
///
/// Paths: "ingest" is a step of the workflow, "each[17]/normalize" the step `normalize` of the 18th item of the map `each`, and so on inwards.
/// A path that begins with '@' is no step but something that was done to the run: "@retry" (output.steps: the paths that are forgotten, output.by,
/// output.from, output.at), "@clock" (output.waits: the new ends of waits by their paths, output.started: from when on the run's time counts), "@params" (updates: parameters that were set by hand), "@forked" (output.run_id, output.at).
struct StepRecord {
    std::string step; ///< its path
    int generation = 1;
    int attempt = 1;
    std::string type;
    StepStatus status = StepStatus::running;
    std::string reason;
    boost::json::object output;
    boost::json::object updates; ///< parameters that it changed: context updates, exports
    boost::json::object quality;
    boost::json::array events;
    std::optional<unit::Failure> failure;
    std::string execution_id; ///< of a pipeline step; empty: none
    /// Of a waiting step: when it goes on by itself; empty: when somebody calls. Of a failed or cancelled attempt: the step is tried again then;
    /// empty: it is not. As env::to_text writes it.
    std::string wake_at{};
    std::int64_t wait_ms = 0; ///< how long the wait until then was to last; 0: it ends at a time that was named
    boost::json::array requests{}; ///< what it asked of the run's course and was granted; see workflow/course.hpp
    std::string child_run_id{};  ///< the run that it began; of several that were spawned the first, `requests` have each; empty: none
    PluginBuild build{};         ///< of a pipeline or lambda step, from its start on
    /// The places of its start and of its end among all that happened to the run, counted from 1; the same for both when it was written at once. An
    /// end carries its start's as well. Folding goes by them: with steps side by side the order of the rows is not the order of the events.
    std::int64_t begun_no = 0;
    std::int64_t ended_no = 0; ///< 0: it has not ended
    /// What the attempt said, to be kept beside the journal: written, never read back. A pipeline's unit keeps its own.
    std::vector<unit::LogLine> log{};

    bool operator==(const StepRecord&) const = default;
};

/// A row of the run's own manifest (domain `workflow.NAME`). The key is the run's first partition, or {"run_id":…} while it has none.
struct StageRecord {
    std::string stage;
    std::uint32_t rank = 0;
    std::int64_t row_count = 0;
    boost::json::object metrics; ///< COMPLETED: the store adds duration_seconds

    bool operator==(const StageRecord&) const = default;
};

/// The run's own row after the commit.
struct RunChange {
    RunStatus status = RunStatus::running;
    std::string reason;
    std::string current_step; ///< see `current_step` of a state; of a failed run the step that failed
    std::string error_step;
    std::optional<unit::Failure> failure;
    /// The partition that a pipeline step claimed last. When a run gets its first one, manifest rows that stand under {"run_id":…} move
    /// to it, and the whole story of the run stays there.
    std::optional<unit::Partition> partition;
    std::string wake_at{}; ///< when a run with nothing running goes on by itself; empty: when somebody calls
    /// What a finished run gives to the run that waits for it: "outputs" by step, and the fields of the step that was completed last.
    boost::json::object result{};

    bool operator==(const RunChange&) const = default;
};

struct NewRun;

/// What a run writes in one transaction; the records are applied in their order, and folding them gives the state back.
struct Along {
    std::string run_id;
    std::int64_t fence = 0; ///< compared: another one means that somebody else has taken the run over
    std::vector<StepRecord> steps; ///< in order
    std::vector<StageRecord> stages;
    RunChange run;
    bool run_stays = false;        ///< the run's row says all of `run` and `calls_seen` already, but for the step that it is at
    std::optional<unit::Anomaly> anomaly; ///< with stage `workflow.STEP`
    std::string anomaly_stage;
    /// Inserted by the same commit, owned by this process; those that their workflow's concurrency queues, skips or ends at once are not: `look` tells.
    std::vector<NewRun> new_runs;         ///< children, spawned runs, the successor: inserted by the same commit
    std::vector<std::string> cancelled;   ///< unfinished runs below this one that end with it, with everything below them
    /// Calls of others (approvals, a child's end, a wish to pause) that this decision has seen; see RunRow::calls.
    std::int64_t calls_seen = 0;
};

/// A definition as it is kept: by its digest, once.
struct KeptDefinition {
    std::string name;
    std::int64_t version = 1;
    std::string text;
    std::string sha256;

    bool operator==(const KeptDefinition&) const = default;
};

/// A run that is asked for, with everything that is recorded at its start.
struct NewRun {
    std::string run_id;
    std::string run_key; ///< empty: none
    std::string workflow;
    std::int64_t version = 1;
    std::string domain;
    std::string definition_text;
    std::string definition_sha256;
    boost::json::object params; ///< canonical
    boost::json::object given;  ///< those that the caller gave: what a key's next caller must give as well
    std::string folder;         ///< the working directory, from which relative paths are meant
    std::map<std::string, std::string> plugins; ///< operation -> id of the plugin that brings it, for `blocked` messages
    std::string trigger = "cli";
    Along begin; ///< the first start records; its run_id and fence are filled by the store

    /// The definitions of all workflows that it may start, and that those may start; each run keeps those that it began with.
    std::vector<KeptDefinition> children;
    /// What may differ between places, as it was at the start: {"env": "prod", "flags": {…}, "config": {…}}. A run goes on with it.
    boost::json::object settings;
    std::string parent_run_id; ///< the run that began it; empty: none did
    std::string parent_step;   ///< path
    int parent_attempt = 0;    ///< of that step, which waits for it; 0: nobody waits
    int generation = 1;        ///< a child's: its parent's
    int chain_no = 1;          ///< a successor's grows
    std::string forked_from;   ///< run id; empty: no fork
    /// The workflow's own limit; see workflow::Concurrency. 0: none.
    std::int64_t concurrent_max = 0;
    enum class OnConflict { queue, skip, cancel_existing } on_conflict = OnConflict::queue;
    std::string queue_until; ///< a queued run that has not begun by then fails; empty: it waits
};

/// The run that waits for it; empty: none does, though one may have begun it.
inline std::string waiter_of(const NewRun& run) { return run.parent_attempt > 0 ? run.parent_run_id : std::string{}; }

/// How an execution ended, as far as its run must know.
struct Ended {
    enum class How { completed, skipped, failed, cancelled } how = How::failed;
    std::string execution_id;
    std::string reason;
    boost::json::object outputs;
    std::optional<unit::Failure> failure;
    std::vector<unit::Partition> partitions; ///< planned or claimed
};
/// Called inside the transaction that ends an execution, perhaps more than once when it is tried again; decides only, touches nothing.
/// nullopt: nothing rides along.
using Follow = std::function<std::optional<Along>(const Ended&)>;

} // namespace spine::run
