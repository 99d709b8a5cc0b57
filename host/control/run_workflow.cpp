#include "control/family.hpp"
#include "control/versions.hpp"
#include "control/workflows.hpp"
#include "env/ids.hpp"
#include "error.hpp"
#include "run/new_run.hpp"
#include "run/unreadable.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <filesystem>
#include <mutex>
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

using Plugins = std::map<std::string, std::string>;
void add_plugins(const std::vector<workflow::Step>& steps, const workflow::Catalogue& catalogue, Plugins& plugins) {
    for (const auto& step : steps) {
        if (const auto found = brought(step, catalogue))
            plugins.emplace(found->operation, found->plugin);
        if (const auto* map = std::get_if<workflow::MapStep>(&step.kind))
            add_plugins(map->steps, catalogue, plugins);
    }
}
Plugins plugins_of(const workflow::Workflow& workflow, const run::Children& children, const workflow::Catalogue& catalogue) {
    Plugins plugins;
    const auto add = [&](const workflow::Workflow& one) {
        add_plugins(one.steps, catalogue, plugins);
        if (one.failure_handler)
            add_plugins({*one.failure_handler}, catalogue, plugins);
    };
    add(workflow);
    for (const auto& [name, child] : children)
        add(child->workflow);
    return plugins;
}

/// A request that is in order.
struct Checked {
    boost::json::object params;
    run::Children children;
    workflow::Diagnostics warnings;
};
std::variant<Checked, BadRequest> check(const WorkflowRequest& request, const Means& means) {
    const auto& catalogue = means.libraries.get().catalogue();
    auto judgement = judged(request.definition, catalogue, in_folder_or_published(means.workflows, means.stores), means.workflows,
                            env::to_text(means.clock.now()));
    auto& validation = judgement.validation;
    Checked checked;
    checked.children = std::move(judgement.children);
    if (!validation.ok())
        return invalid(std::move(validation.errors));
    auto bound = workflow::bind_run(request.definition.workflow, catalogue, request.params);
    if (auto* faults = std::get_if<workflow::Diagnostics>(&bound))
        return invalid(std::move(*faults));
    checked.params = std::get<boost::json::object>(std::move(bound));
    checked.warnings = std::move(validation.warnings);
    return checked;
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
          benches_{store.benches(catalogue_)}, bench_{benches_.open()} {}

    const workflow::Catalogue& catalogue() const { return catalogue_; }
    run::RunBook& journal() { return bench_->runs(); }

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

    /// Goes on with runs that are this process's, side by side. Each ends by the definition that it began with, whatever its file says now. Answers in
    /// their order.
    std::vector<WorkflowAnswer> drive(std::vector<run::RunRow> owned) {
        const auto asked_for = owned.size();
        take_those_below(owned);
        std::vector<WorkflowAnswer> answers(owned.size());
        std::vector<std::pair<std::size_t, std::int64_t>> taken; ///< place and fence
        std::vector<run::RunRow> rows, left;
        {
            run::Conductor conductor{band(), means_.conductor};
            for (std::size_t i = 0; i < owned.size(); ++i) {
                auto& run = owned[i];
                auto definition = read(run);
                if (auto* faults = std::get_if<workflow::Diagnostics>(&definition)) {
                    journal().release(run.run_id, run.fence);
                    answers[i] = invalid(std::move(*faults));
                    continue;
                }
                if (run.folder == working_folder())
                    run.folder.clear(); // paths in messages stay as they were given
                taken.emplace_back(i, run.fence);
                conductor.take(std::move(run));
            }
            rows = conductor.finish();
            left = conductor.left();
        }
        for (std::size_t i = 0; i < rows.size(); ++i)
            answers[taken[i].first] = answer(rows[i], taken[i].second);
        answers.erase(answers.begin() + static_cast<std::ptrdiff_t>(asked_for), answers.end());
        std::erase_if(left, [&](const auto& run) {
            return std::ranges::any_of(answers, [&](const auto& one) {
                const auto* report = std::get_if<WorkflowReport>(&one);
                return report != nullptr && report->run.run_id == run.run_id;
            });
        });
        if (auto* report = answers.empty() ? nullptr : std::get_if<WorkflowReport>(&answers.front()))
            report->left = std::move(left);
        return answers;
    }
    WorkflowAnswer drive(const run::RunRow& owned) { return std::move(drive(std::vector{owned}).front()); }

    /// How a run ended, as it is recorded.
    WorkflowAnswer recorded(const run::RunRow& row) {
        auto definition = read(row);
        if (auto* faults = std::get_if<workflow::Diagnostics>(&definition))
            return invalid(std::move(*faults));
        return report(row);
    }

    /// Another process has it: its result, or the run itself once that process is gone.
    WorkflowAnswer wait_for(const run::Held& held) {
        bool queued = false;
        std::string told;
        for (int looks = 1; !means_.cancel.cancelled(); ++looks) {
            means_.clock.sleep(poll_every);
            const auto row = journal().look(held.run_id);
            if (!row)
                return no_such_run(held.run_id);
            if (is_final(row->status))
                return recorded(*row);
            queued = row->status == run::RunStatus::pending;
            if (queued && looks % looks_per_claim == 1)
                make_room(*row, told);
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
        if (queued)
            return Refusal{spine::exit_code(ErrorCode::interrupted),
                           "interrupted while run '" + held.run_id + "' waited in its workflow's queue",
                           "it has not begun, and nobody waits for its turn now: 'spine runs resume " + held.run_id + "' begins it once there is room, 'spine runs cancel " +
                               held.run_id + "' ends it"};
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
        if (const auto row = std::holds_alternative<run::Held>(claimed) ? journal().look(run_id) : std::nullopt; row && row->status == run::RunStatus::pending)
            return Refusal{spine::exit_code(ErrorCode::conflict),
                           "run '" + run_id + "' is " + row->reason,
                           "it may begin when one of them has ended: " + holders_text(*row)};
        if (const auto* held = std::get_if<run::Held>(&claimed))
            return Refusal{spine::exit_code(ErrorCode::conflict),
                           "another process is doing it: " + held->holder,
                           "wait until it ends; 'spine runs show " + held->run_id + "' tells how far it is"};
        return no_such_run(run_id);
    }

    std::vector<WorkflowAnswer> resume(const std::vector<std::string>& run_ids) {
        std::vector<run::RunRow> owned;
        std::vector<WorkflowAnswer> answers;
        for (const auto& run_id : run_ids) {
            try {
                auto claimed = journal().claim(run_id);
                if (auto* mine = std::get_if<run::Owned>(&claimed)) { // the others were taken by somebody in between
                    migrate(mine->run.plugins);
                    owned.push_back(std::move(mine->run));
                }
            } catch (const Error& error) {
                if (error.code() != ErrorCode::internal && error.code() != ErrorCode::invalid && error.code() != ErrorCode::bad_data)
                    throw;
                answers.push_back(unreadable(run_id, error.what())); // and the others go on
            } catch (const boost::system::system_error& error) {
                answers.push_back(unreadable(run_id, error.what()));
            }
        }
        for (auto& answer : drive(std::move(owned)))
            answers.push_back(std::move(answer));
        return answers;
    }

    void serve() {
        run::Conductor conductor{band(), means_.conductor};
        conductor.serve([this] { return !means_.cancel.cancelled(); });
    }

    static Refusal unreadable(const std::string& run_id, const std::string& why) {
        return {spine::exit_code(ErrorCode::invalid), "run '" + run_id + "' cannot be read and was left out: " + why, "'spine db check' says what is damaged"};
    }
    static Refusal no_such_run(const std::string& run_id) {
        return {spine::exit_code(ErrorCode::not_found),
                "there is no run '" + run_id + "'",
                "'spine runs list' shows the runs (at least the first eight characters of an id)"};
    }

private:
    /// Who has the room that a queued run waits for, and what frees it.
    std::string holders_text(const run::RunRow& queued) {
        std::string text;
        for (const auto& holder : journal().holders(queued.workflow)) {
            const auto id = holder.run_id;
            text += (text.empty() ? "run '" : "; run '") + id + "' ";
            if (!holder.who.empty())
                text += "is done by " + holder.who;
            else if (holder.is_left)
                text += "was left by its process: 'spine runs resume " + id + "' goes on with it, 'spine runs cancel " + id + "' frees its room";
            else
                text += "waits" + (holder.reason.empty() ? std::string{} : " (" + holder.reason + ")") + ": 'spine runs show " + id +
                        "' tells for what, 'spine runs cancel " + id + "' frees its room";
        }
        return text.empty() ? "'spine runs list --workflow " + queued.workflow + "' shows them" : text;
    }

    /// A queued run waits for room: what has it and was left by its process is gone on with here, because nobody else may come for it. What stands still
    /// for another reason is told, with the command that frees the room. `told`: what was told last.
    void make_room(const run::RunRow& queued, std::string& told) {
        const auto tell = [&](const std::string& text) {
            if (text != told && means_.note)
                means_.note(text);
            told = text;
        };
        for (const auto& holder : journal().holders(queued.workflow)) {
            if (!holder.is_left)
                continue;
            auto claimed = journal().claim(holder.run_id);
            auto* owned = std::get_if<run::Owned>(&claimed);
            if (owned == nullptr)
                continue;
            tell("run '" + holder.run_id + "' has the room that run '" + queued.run_id + "' waits for, and was left by its process: it is gone on with first");
            migrate(owned->run.plugins);
            drive(owned->run);
            return;
        }
        tell("run '" + queued.run_id + "' waits in the queue of " + queued.workflow + ": " + holders_text(queued));
    }

    /// Behind them the unfinished runs that they wait for and that nobody alive has: whose process died had those below as well, and nobody else would
    /// come for them. Those that somebody paused stay so.
    void take_those_below(std::vector<run::RunRow>& owned) {
        std::set<std::string> known;
        for (const auto& run : owned)
            known.insert(run.run_id);
        for (std::size_t i = 0; i < owned.size(); ++i) {
            if (owned[i].fence == 1)
                continue; // it was begun just now, and those below it by the same commit
            std::vector<std::string> below;
            for (const auto& record : owned[i].steps)
                if (record.status == run::StepStatus::waiting && !record.child_run_id.empty() && known.insert(record.child_run_id).second)
                    below.push_back(record.child_run_id);
            for (const auto& run_id : below) {
                std::optional<run::RunRow> now;
                if (run::why_unreadable([&] { now = journal().look(run_id); }))
                    continue; // whoever names it is told
                const bool somebodys = now && now->status == run::RunStatus::paused && now->reason.starts_with("paused"); // not only interrupted
                if (!now || is_final(now->status) || somebodys)
                    continue;
                auto claimed = journal().claim(run_id);
                if (auto* mine = std::get_if<run::Owned>(&claimed)) {
                    migrate(mine->run.plugins);
                    owned.push_back(std::move(mine->run));
                }
            }
        }
    }

    static std::variant<workflow::Definition, workflow::Diagnostics> read(const run::RunRow& row) {
        return workflow::read_workflow(row.definition_text, "the definition of run '" + row.run_id + "'");
    }

    run::Band band() {
        return {means_.clock,
                means_.random,
                benches_,
                library_.invoker(),
                library_.lambdas(),
                catalogue_,
                means_.cancel,
                means_.progress,
                means_.steps,
                [this](const std::string& name) {
                    const std::lock_guard lock{asking_};
                    return family({name}, in_folder_or_published(means_.workflows, store_.versions()));
                }};
    }

    WorkflowAnswer answer(const run::RunRow& now, std::int64_t fence) {
        if (is_blocked(now)) {
            WorkflowAnswer told;
            if (const auto why = run::why_unreadable([&] { told = report(now); }))
                return unreadable(now.run_id, *why);
            if (now.fence != fence) // it was set aside by a process that could not go on with it
                return told;
        }
        if (is_final(now.status) || now.fence == fence)
            return report(now);
        return Refusal{spine::exit_code(ErrorCode::conflict),
                       "run '" + now.run_id + "' was taken over by another process, which goes on with it",
                       "'spine runs show " + now.run_id + "' tells how far it is"};
    }

    WorkflowReport report(const run::RunRow& row) {
        const auto state = run::folded(row);
        WorkflowReport report;
        report.run = row;
        report.completed_steps = run::completed_steps(state);
        report.total_steps = state.workflow->steps.size();
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
    run::Benches& benches_;
    std::unique_ptr<run::Bench> bench_;
    std::mutex asking_; ///< one thread at a time asks for workflows by name
    std::vector<AppliedMigration> migrated_;
};

run::NewRun new_run(const WorkflowRequest& request, const Checked& checked, const Means& means, env::TimePoint now) {
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
    wanted.plugins = plugins_of(workflow, checked.children, means.libraries.get().catalogue());
    wanted.settings = means.settings;
    run::add_flags(wanted.settings, workflow);
    for (const auto& [name, child] : checked.children)
        wanted.children.push_back({name, child->workflow.version, child->text, child->sha256});
    run::limit(wanted, workflow, now);
    return wanted;
}

void begin(run::NewRun& wanted, const WorkflowRequest& request, const Checked& checked, const Desk& desk, env::TimePoint now) {
    auto state = run::fresh(run::row_of(wanted, now), request.definition.workflow, checked.children);
    wanted.begin = run::begin_run(state, now).along;
    run::add_builds(state, desk.catalogue(), wanted.begin);
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
    auto checked = check(request, means);
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
        const auto now = means.clock.now();
        auto wanted = new_run(request, sound, means, now);
        begin(wanted, request, sound, desk, now);
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
    constexpr std::size_t at_once = 64; // what is known of a run stays in memory while it is driven
    constexpr std::size_t due_max = 1000;
    constexpr int tries_max = 20;
    const auto store = means.stores.open(Access::write);
    std::vector<WorkflowAnswer> answers;
    {
        Desk desk{means, *store};
        std::set<std::string> done;
        std::map<std::string, int> tries; // one that cannot be read is due again and again
        auto run_ids = desk.journal().unowned();
        // What may have killed a process is done alone and after the others, so that it takes nobody with it; what did so least often comes first.
        auto suspects = desk.journal().suspects();
        std::erase_if(run_ids, [&](const auto& run_id) { return std::ranges::find(suspects, run_id) != suspects.end(); });
        for (auto before = answers.size(); !run_ids.empty() || !suspects.empty(); before = answers.size()) {
            const auto go_on_with = [&](const std::vector<std::string>& some) {
                for (const auto& run_id : some)
                    ++tries[run_id];
                for (auto& answer : desk.resume(some))
                    answers.push_back(std::move(answer));
            };
            for (std::size_t i = 0; i < run_ids.size() && !means.cancel.cancelled(); i += at_once) {
                const auto first = run_ids.begin() + static_cast<std::ptrdiff_t>(i);
                go_on_with(std::vector(first, first + static_cast<std::ptrdiff_t>(std::min(at_once, run_ids.size() - i))));
            }
            for (const auto& run_id : std::exchange(suspects, {}))
                if (!means.cancel.cancelled())
                    go_on_with({run_id});
            if (answers.size() == before || means.cancel.cancelled())
                break;
            for (; before < answers.size(); ++before)
                if (const auto* report = std::get_if<WorkflowReport>(&answers[before]))
                    done.insert(report->run.run_id);
            run_ids = desk.journal().due(due_max); // those that were in a queue may have room now
            std::erase_if(run_ids, [&](const auto& run_id) { return done.contains(run_id) || tries[run_id] > tries_max; });
        }
    }
    store->close();
    return answers;
}

void serve_runs(const Means& means) {
    const auto store = means.stores.open(Access::write);
    Desk{means, *store}.serve();
    store->close();
}

std::variant<WorkflowPlan, BadRequest> plan_workflow(const WorkflowRequest& request, const Means& means) {
    auto checked = check(request, means);
    if (auto* refused = std::get_if<BadRequest>(&checked))
        return std::move(*refused);
    auto& sound = std::get<Checked>(checked);
    const auto store = means.stores.open(Access::read);
    WorkflowPlan plan;
    {
        auto& library = means.libraries.get();
        const auto& catalogue = library.catalogue();
        run::Runner runner{means.clock,        means.random, store->journal(catalogue), library.invoker(), catalogue,
                           run::RetryPolicy{}, means.cancel, means.progress};
        auto settings = means.settings;
        run::add_flags(settings, request.definition.workflow);
        plan.steps = run::rehearse(runner, catalogue, request.definition.workflow, sound.params, settings);
    }
    plan.warnings = std::move(sound.warnings);
    store->close();
    return plan;
}

std::variant<run::RunRow, BadRequest> unbegun_run(const WorkflowRequest& request, const Means& means) {
    const auto checked = check(request, means);
    if (const auto* refused = std::get_if<BadRequest>(&checked))
        return *refused;
    const auto now = means.clock.now();
    return run::row_of(new_run(request, std::get<Checked>(checked), means, now), now);
}

bool is_blocked(const run::RunRow& run) { return run.status == run::RunStatus::waiting && run.reason.starts_with("blocked:"); }

bool is_skipped(const run::RunRow& run) { return run.status == run::RunStatus::cancelled && run.reason.starts_with("skipped:"); }

int exit_code(const run::RunRow& run) {
    constexpr int failed = spine::exit_code(ErrorCode::internal);
    switch (run.status) {
    case run::RunStatus::completed: return 0;
    case run::RunStatus::failed: return run.failure && run.failure->exit_code != 0 ? run.failure->exit_code : failed;
    case run::RunStatus::waiting: return is_blocked(run) ? spine::exit_code(ErrorCode::unavailable) : not_ended_exit_code;
    case run::RunStatus::paused: return spine::exit_code(ErrorCode::interrupted);
    case run::RunStatus::cancelled: return is_skipped(run) ? 0 : failed;
    case run::RunStatus::pending:
    case run::RunStatus::running: return not_ended_exit_code;
    }
    return failed;
}

int worse(int one, int other) {
    if (one == not_ended_exit_code || one == 0)
        return other == 0 ? one : other;
    return other == not_ended_exit_code ? one : std::max(one, other);
}

} // namespace spine::control
