#include "control/workflows.hpp"

#include "env/ids.hpp"
#include "error.hpp"
#include "run/engine.hpp"

#include <chrono>
#include <filesystem>
#include <set>
#include <utility>

namespace spine::control {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds poll_every{50};
/// Looking is cheap; asking for the run takes the store's write lock.
constexpr int looks_per_claim = 10;

BadRequest invalid(workflow::Diagnostics faults) { return {spine::exit_code(ErrorCode::invalid), std::move(faults)}; }

/// The operation of a step, and the plugin that brings it.
struct Brought {
    std::string operation;
    std::string plugin;
};
std::optional<Brought> brought(const workflow::Step& step, const workflow::Catalogue& catalogue) {
    if (const auto* named = std::get_if<workflow::PipelineStep>(&step.kind)) {
        if (const auto* pipeline = catalogue.find_pipeline(named->pipeline))
            return Brought{named->pipeline, pipeline->plugin};
    } else if (const auto* lambda = std::get_if<workflow::LambdaStep>(&step.kind)) {
        if (const auto* handler = catalogue.find_handler(lambda->handler))
            return Brought{lambda->handler, handler->plugin};
    }
    return std::nullopt;
}

std::map<std::string, std::string> plugins_of(const workflow::Workflow& workflow, const workflow::Catalogue& catalogue) {
    std::map<std::string, std::string> plugins;
    const auto add = [&](const workflow::Step& step) {
        if (const auto found = brought(step, catalogue))
            plugins.emplace(found->operation, found->plugin);
    };
    for (const auto& step : workflow.steps)
        add(step);
    if (workflow.failure_handler)
        add(*workflow.failure_handler);
    return plugins;
}

/// A request that is in order.
struct Checked {
    boost::json::object params;
    workflow::Diagnostics warnings;
};
std::variant<Checked, BadRequest> check(const WorkflowRequest& request, const workflow::Catalogue& catalogue) {
    auto validation = workflow::validate(request.definition, catalogue);
    if (!validation.ok())
        return invalid(std::move(validation.errors));
    auto bound = workflow::bind_run(request.definition.workflow, catalogue, request.params);
    if (auto* faults = std::get_if<workflow::Diagnostics>(&bound))
        return invalid(std::move(*faults));
    return Checked{std::get<boost::json::object>(std::move(bound)), std::move(validation.warnings)};
}

std::string working_folder() {
    std::error_code unknown;
    return std::filesystem::current_path(unknown).string();
}

std::string ended_text(const run::RunRow& row) {
    auto text = "run '" + row.run_id + "' has ended (" + std::string{to_text(row.status)};
    if (!row.error_step.empty())
        text += " at step '" + row.error_step + "'";
    return text + ")";
}

/// An open store with everything that drives runs in it.
class Desk {
public:
    Desk(const Means& means, Store& store)
        : means_{means}, library_{means.libraries.get()}, catalogue_{library_.catalogue()}, store_{store},
          executions_{store.journal(catalogue_)},
          runner_{means.clock, means.random, executions_, library_.invoker(), catalogue_, run::RetryPolicy{}, means.cancel, means.progress},
          workflows_{runner_, store.run_journal(), library_.lambdas(), executions_.state(), catalogue_, means.cancel, means.steps} {}

    const workflow::Catalogue& catalogue() const { return catalogue_; }
    run::RunJournal& journal() { return store_.run_journal(); }
    run::WorkflowRunner& workflows() { return workflows_; }

    /// The tables of the plugins that the run names; the state of another one's tables must not keep it from running.
    void migrate(const std::map<std::string, std::string>& plugins) {
        std::set<std::string> ids;
        for (const auto& [operation, plugin] : plugins)
            ids.insert(plugin);
        workflow::Catalogue own;
        for (const auto& id : ids)
            if (const auto* plugin = catalogue_.find_plugin(id))
                own.plugins.push_back(*plugin);
        if (own.plugins.empty() || store_.info(own).pending.empty())
            return;
        const auto applied = store_.migrate(own).applied;
        migrated_.insert(migrated_.end(), applied.begin(), applied.end());
    }

    /// Goes on with a run that is this process's. It ends by the definition that it began with, whatever its file says now.
    WorkflowAnswer drive(const run::RunRow& owned) {
        auto definition = read(owned);
        if (auto* faults = std::get_if<workflow::Diagnostics>(&definition))
            return invalid(std::move(*faults));
        const auto& workflow = std::get<workflow::Definition>(definition).workflow;
        auto run = owned;
        if (run.folder == working_folder())
            run.folder.clear(); // paths in messages stay as they were given
        auto driven = workflows_.drive(workflow, run);
        if (const auto* done = std::get_if<run::RunReport>(&driven))
            return report(workflow, done->run);
        auto& now = std::get<run::TakenOver>(driven).run;
        if (is_final(now.status))
            return report(workflow, now);
        return Refusal{spine::exit_code(ErrorCode::conflict),
                       "run '" + now.run_id + "' was taken over by another process, which goes on with it",
                       "'spine runs show " + now.run_id + "' tells how far it is"};
    }

    /// How a run ended, as it is recorded.
    WorkflowAnswer recorded(const run::RunRow& row) {
        auto definition = read(row);
        if (auto* faults = std::get_if<workflow::Diagnostics>(&definition))
            return invalid(std::move(*faults));
        return report(std::get<workflow::Definition>(definition).workflow, row);
    }

    /// Another process has it: its result, or the run itself once that process is gone.
    WorkflowAnswer wait_for(const run::Held& held) {
        for (int looks = 1; !means_.cancel.cancelled(); ++looks) {
            means_.clock.sleep(poll_every);
            const auto row = journal().look(held.run_id);
            if (!row)
                return no_such_run(held.run_id);
            if (is_final(row->status))
                return recorded(*row);
            if (row->status == run::RunStatus::running && looks % looks_per_claim != 0)
                continue;
            auto claimed = journal().claim(held.run_id);
            if (const auto* owned = std::get_if<run::Owned>(&claimed)) {
                migrate(owned->run.plugins);
                auto answer = drive(owned->run);
                if (auto* report = std::get_if<WorkflowReport>(&answer))
                    report->taken_up = true;
                return answer;
            }
            if (const auto* over = std::get_if<run::Over>(&claimed))
                return recorded(over->run);
        }
        return Refusal{spine::exit_code(ErrorCode::interrupted),
                       "interrupted while waiting for run '" + held.run_id + "', which " + held.holder + " has",
                       "the run itself goes on; 'spine runs show " + held.run_id + "' tells how far it is"};
    }

    WorkflowAnswer resume(const std::string& run_id) {
        auto claimed = journal().claim(run_id);
        if (const auto* owned = std::get_if<run::Owned>(&claimed)) {
            migrate(owned->run.plugins);
            return drive(owned->run);
        }
        if (const auto* over = std::get_if<run::Over>(&claimed))
            return Refusal{spine::exit_code(ErrorCode::conflict),
                           ended_text(over->run) + " and cannot be resumed",
                           "run the workflow again for a new one; what is done already is skipped"};
        if (const auto* held = std::get_if<run::Held>(&claimed))
            return Refusal{spine::exit_code(ErrorCode::conflict),
                           "another process is doing it: " + held->holder,
                           "wait until it ends; 'spine runs show " + held->run_id + "' tells how far it is"};
        return no_such_run(run_id);
    }

    static Refusal no_such_run(const std::string& run_id) {
        return {spine::exit_code(ErrorCode::not_found),
                "there is no run '" + run_id + "'",
                "'spine runs list' shows the runs (at least the first eight characters of an id)"};
    }

private:
    static std::variant<workflow::Definition, workflow::Diagnostics> read(const run::RunRow& row) {
        return workflow::read_workflow(row.definition_text, "the definition of run '" + row.run_id + "'");
    }

    WorkflowReport report(const workflow::Workflow& workflow, const run::RunRow& row) {
        const auto state = run::folded(workflow, row);
        WorkflowReport report;
        report.run = row;
        report.completed_steps = run::completed_steps(workflow, state);
        report.total_steps = workflow.steps.size();
        report.params = state.params;
        report.outputs = state.outputs;
        report.steps = store_.steps(row.run_id);
        report.migrated = std::exchange(migrated_, {});
        return report;
    }

    const Means& means_;
    Library& library_;
    const workflow::Catalogue& catalogue_;
    Store& store_;
    run::Journal& executions_;
    run::Runner runner_;
    run::WorkflowRunner workflows_;
    std::vector<AppliedMigration> migrated_;
};

run::NewRun new_run(const WorkflowRequest& request, const Checked& checked, const Desk& desk, const Means& means) {
    const auto& workflow = request.definition.workflow;
    run::NewRun wanted;
    wanted.run_id = env::new_id(means.clock, means.random);
    wanted.run_key = request.key;
    wanted.workflow = workflow.name;
    wanted.version = workflow.version;
    wanted.domain = workflow.domain;
    wanted.definition_text = request.definition.text;
    wanted.definition_sha256 = request.definition.sha256;
    wanted.params = checked.params;
    for (const auto& [name, text] : request.params)
        if (const auto* value = checked.params.if_contains(name))
            wanted.given[name] = *value;
    wanted.folder = working_folder();
    wanted.plugins = plugins_of(workflow, desk.catalogue());
    wanted.begin = run::begun(workflow, wanted.run_id, checked.params).along;
    return wanted;
}

Refusal key_taken(const WorkflowRequest& request, const run::KeyTaken& taken) {
    return {spine::exit_code(ErrorCode::conflict),
            "the key '" + request.key + "' is that of run '" + taken.run_id + "', " + taken.reason,
            "give this run a key of its own, or what that one was given; 'spine runs show " + taken.run_id + "' tells it"};
}

/// What was asked for is not sound (its plugin is gone, its file was changed), but its key's run has begun and goes by the definition that it
/// began with: that one is taken up.
std::optional<WorkflowAnswer> left_unfinished(const WorkflowRequest& request, const Means& means) {
    if (request.key.empty())
        return std::nullopt;
    std::string run_id;
    {
        const auto store = means.stores.open(Access::read);
        run_id = store->run_journal().with_key(request.definition.workflow.name, request.key);
        const auto row = run_id.empty() ? std::nullopt : store->run_journal().look(run_id);
        if (!row || is_final(row->status))
            return std::nullopt;
    }
    auto answer = resume_run(run_id, means);
    if (auto* report = std::get_if<WorkflowReport>(&answer)) {
        report->attached = report->taken_up = true;
        report->other_definition = report->run.definition_sha256 != request.definition.sha256;
    }
    return answer;
}

} // namespace

WorkflowAnswer run_workflow(const WorkflowRequest& request, const Means& means) {
    auto checked = check(request, means.libraries.get().catalogue());
    if (auto* refused = std::get_if<BadRequest>(&checked)) {
        if (auto answer = left_unfinished(request, means))
            return std::move(*answer);
        return std::move(*refused);
    }
    auto& sound = std::get<Checked>(checked);
    const auto store = means.stores.open(Access::write);
    WorkflowAnswer answer;
    {
        Desk desk{means, *store};
        const auto wanted = new_run(request, sound, desk, means);
        desk.migrate(wanted.plugins);
        auto opened = desk.journal().open(wanted);
        if (const auto* owned = std::get_if<run::Owned>(&opened))
            answer = desk.drive(owned->run);
        else if (const auto* held = std::get_if<run::Held>(&opened))
            answer = desk.wait_for(*held);
        else if (const auto* over = std::get_if<run::Over>(&opened))
            answer = desk.recorded(over->run);
        else
            answer = key_taken(request, std::get<run::KeyTaken>(opened));
        if (auto* report = std::get_if<WorkflowReport>(&answer)) {
            report->attached = report->run.run_id != wanted.run_id;
            report->taken_up = report->taken_up || (report->attached && std::holds_alternative<run::Owned>(opened));
            report->other_definition = report->run.definition_sha256 != wanted.definition_sha256;
            report->warnings = std::move(sound.warnings);
        }
    }
    store->close();
    return answer;
}

WorkflowAnswer resume_run(const std::string& run_id, const Means& means) {
    const auto store = means.stores.open(Access::write);
    const auto found = store->workflow_run(run_id);
    const auto* id = found.if_contains("run_id");
    if (id == nullptr || !id->is_string())
        return Desk::no_such_run(run_id);
    WorkflowAnswer answer;
    {
        Desk desk{means, *store};
        answer = desk.resume({id->get_string().data(), id->get_string().size()});
        if (auto* report = std::get_if<WorkflowReport>(&answer))
            report->taken_up = true;
    }
    store->close();
    return answer;
}

std::vector<WorkflowAnswer> resume_all(const Means& means) {
    const auto store = means.stores.open(Access::write);
    std::vector<WorkflowAnswer> answers;
    {
        Desk desk{means, *store};
        for (const auto& run_id : desk.journal().unowned()) {
            if (means.cancel.cancelled())
                break;
            answers.push_back(desk.resume(run_id));
        }
    }
    store->close();
    return answers;
}

std::variant<WorkflowPlan, BadRequest> plan_workflow(const WorkflowRequest& request, const Means& means) {
    auto checked = check(request, means.libraries.get().catalogue());
    if (auto* refused = std::get_if<BadRequest>(&checked))
        return std::move(*refused);
    auto& sound = std::get<Checked>(checked);
    const auto store = means.stores.open(Access::read);
    WorkflowPlan plan;
    {
        Desk desk{means, *store};
        plan.steps = desk.workflows().rehearse(request.definition.workflow, sound.params);
    }
    plan.warnings = std::move(sound.warnings);
    store->close();
    return plan;
}

int exit_code(const run::RunRow& run) {
    constexpr int failed = spine::exit_code(ErrorCode::internal);
    switch (run.status) {
    case run::RunStatus::completed: return 0;
    case run::RunStatus::failed: return run.failure && run.failure->exit_code != 0 ? run.failure->exit_code : failed;
    case run::RunStatus::waiting: return spine::exit_code(ErrorCode::unavailable);
    case run::RunStatus::paused: return spine::exit_code(ErrorCode::interrupted);
    case run::RunStatus::pending:
    case run::RunStatus::running:
    case run::RunStatus::cancelled: return failed;
    }
    return failed;
}

} // namespace spine::control
