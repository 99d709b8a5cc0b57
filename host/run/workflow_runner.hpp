/// Does a run of a workflow: asks the engine what comes next, has it done, and writes what the engine says, until the run stops.
#pragma once

#include "run/engine.hpp"
#include "run/lambda.hpp"
#include "run/run_journal.hpp"
#include "run/runner.hpp"

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace spine::run {

/// A step as it goes, for a terminal.
struct StepProgress {
    std::string step;
    std::string type;
    bool ended = false;
    StepStatus status = StepStatus::running;
    std::string reason;
};
using StepSink = std::function<void(const StepProgress&)>;

/// How this process left the run.
struct RunReport {
    RunRow run; ///< as recorded; a blocked one is `waiting`, an interrupted one `paused`
};
/// Another process took the run over or cancelled it; what it is now.
struct TakenOver {
    RunRow run;
};
using Driven = std::variant<RunReport, TakenOver>;

struct Foresight;

/// Threads: one at a time. Lives: not longer than what it is made of. Fails: throws Error{unavailable, commit_failed}.
class WorkflowRunner {
public:
    WorkflowRunner(Runner& runner, RunJournal& journal, Lambdas& lambdas, unit::State& state,
                   const workflow::Catalogue& catalogue, const CancelToken& cancel, StepSink progress);

    /// Goes on with a run that this process owns. `workflow` is what its definition says.
    Driven drive(const workflow::Workflow& workflow, const RunRow& owned);

    /// One step of a rehearsal.
    struct Planned {
        std::string step;
        std::string type;
        enum class What { run, skip, unknown } what = What::unknown;
        std::string reason;
    };
    /// What a run with these parameters would do now, touching nothing: pipelines are rehearsed, lambdas not called, and what depends on a
    /// lambda's answer is unknown.
    std::vector<Planned> rehearse(const workflow::Workflow& workflow, const boost::json::object& params);

private:
    struct PipelineEnd {
        StepResult result;
        bool followed = false; ///< what follows from it is on disk already
        bool lost = false;     ///< the run is another process's now
    };
    PipelineEnd do_pipeline(const RunPipeline& next, const RunState& state, const std::string& folder,
                            const std::function<std::optional<Along>(const StepResult&)>& follow);
    StepResult do_lambda(CallLambda& next, RunState& state);
    std::string missing_plugin(const workflow::Step& step, const RunRow& run) const;
    bool block(const workflow::Workflow& workflow, const RunRow& run);
    void tell(const StepProgress& progress) const;
    Planned rehearse_pipeline(const workflow::Step& step, Foresight& so_far);

    Runner& runner_;
    RunJournal& journal_;
    Lambdas& lambdas_;
    unit::State& state_;
    const workflow::Catalogue& catalogue_;
    const CancelToken& cancel_;
    StepSink progress_;
};

} // namespace spine::run
