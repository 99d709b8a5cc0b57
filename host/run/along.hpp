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

/// One attempt of one step. A record with status running is its start; any other one ends it (or, for a step that never began, is all there
/// is). Times are the store's.
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

    bool operator==(const StepRecord&) const = default;
};

/// A row of the run's own manifest (domain `workflow.NAME`). The key is the run's partition, or {"run_id":…} while it has none.
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
    std::string current_step;
    std::string error_step;
    std::optional<unit::Failure> failure;
    /// The partition that a pipeline step claimed last. When a run gets its first one, manifest rows that stand under {"run_id":…} move
    /// to it.
    std::optional<unit::Partition> partition;

    bool operator==(const RunChange&) const = default;
};

struct Along {
    std::string run_id;
    std::int64_t fence = 0; ///< compared: another one means that somebody else has taken the run over
    std::vector<StepRecord> steps; ///< in order
    std::vector<StageRecord> stages;
    RunChange run;
    std::optional<unit::Anomaly> anomaly; ///< with stage `workflow.STEP`
    std::string anomaly_stage;
};

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
