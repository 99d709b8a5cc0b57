#include "cli/manage_commands.hpp"

#include "cli/age_text.hpp"
#include "cli/session.hpp"
#include "cli/workflow_commands.hpp"
#include "control/manage_runs.hpp"
#include "error.hpp"
#include "workflow/literal.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <functional>
#include <optional>

namespace spine::cli {
namespace {

namespace json = boost::json;
using control::Managed;

/// Who asks: --as, else SPINE_USER, else USER.
std::string asker(const Session& session, const Invocation& invocation) {
    auto name = invocation.value("as");
    for (const auto* variable : {"SPINE_USER", "USER"})
        if (name.empty())
            name = session.world.environment(variable).value_or("");
    return name;
}

std::string resume_text(const std::string& run_id) { return "'spine runs resume " + run_id + "'"; }

/// Refused: the error and its exit code.
int tell_refusal(Session& session, const control::Refusal& refusal) {
    session.words.error(refusal.message, refusal.hint);
    return refusal.exit_code;
}

json::object document_of(const Managed& managed) {
    json::object document;
    document["run_id"] = managed.run_id;
    document["status"] = managed.refusal ? json::value(nullptr) : json::value(managed.status);
    document["driven"] = managed.driven;
    document["error"] = managed.refusal ? json::value(managed.refusal->message) : json::value(nullptr);
    document["exit_code"] = managed.refusal ? managed.refusal->exit_code : 0;
    return document;
}

/// One run that was asked for by its id: `done` says what has happened, for people.
int tell_one(Session& session, const Managed& managed, const std::string& done) {
    if (managed.refusal)
        return tell_refusal(session, *managed.refusal);
    show(session, document_of(managed), done + "\n");
    return 0;
}

// ---- by what they are like

const std::vector<std::string>& choosing_options() {
    static const std::vector<std::string> options{"state", "since", "workflow", "domain"};
    return options;
}

std::variant<control::RunChoice, workflow::Diagnostics> choice_of(Session& session, const Invocation& invocation) {
    static const std::vector<std::string> states{"pending", "due",    "running",   "interrupted", "waiting",
                                                 "blocked", "paused", "completed", "failed",      "cancelled"};
    control::RunChoice choice;
    workflow::Diagnostics faults;
    choice.status = workflow::lower_case(invocation.value("state"));
    choice.workflow = invocation.value("workflow");
    choice.domain = invocation.value("domain");
    if (!choice.status.empty() && std::ranges::find(states, choice.status) == states.end())
        faults.push_back({"--state", "'" + invocation.value("state") + "' is none", "there are " + joined(states), 0, 0});
    if (invocation.has("since")) {
        if (const auto age = age_from(invocation.value("since")))
            choice.since = env::to_text(session.world.clock.now() - *age);
        else
            faults.push_back({"--since '" + invocation.value("since") + "'", "is no age", "write 12h, 7d or 4w", 0, 0});
    }
    if (!faults.empty())
        return faults;
    if (!choice.domain.empty())
        if (const auto* known = session.libraries.get().catalogue().find_domain(choice.domain))
            choice.domain = known->name;
    return choice;
}

/// Either an id or options that choose; the exit code of what is wrong with that.
std::optional<int> misused(const Session& session, const Invocation& invocation) {
    const bool named = !invocation.arguments.empty(), chosen = chooses_runs(invocation);
    const auto command = "'spine " + invocation.command->full_name() + "'";
    if (named == chosen)
        return refuse_usage(session,
                            {{command,
                              named ? "takes either ID or options that choose runs" : "needs ID, or options that choose runs",
                              "such as: spine " + invocation.command->full_name() + " --state failed --since 1d --dry-run",
                              0,
                              0}});
    if (named)
        for (const auto* option : {"dry-run", "yes"})
            if (invocation.has(option))
                return refuse_usage(session, {{std::string{"--"} + option, "goes with options that choose runs", {}, 0, 0}});
    return std::nullopt;
}

std::string counted(std::size_t count, bool more = false) {
    return (more ? "more than " : "") + std::to_string(count) + (count == 1 ? " run" : " runs");
}

/// What would become of each, judged as when it is done; the exit code is the worst one.
int show_chosen(Session& session, const std::vector<control::ChosenRun>& runs, const std::vector<std::optional<control::Refusal>>& refusals) {
    json::array documents;
    control::Table rows{{"run", "workflow", "status", "started_at", "reason", "refused"}, {}, false};
    int worst = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto& run = runs[i];
        const auto& refusal = refusals[i];
        if (refusal)
            worst = std::max(worst, refusal->exit_code);
        rows.rows.push_back({json::value(run.run_id),
                             json::value(run.workflow),
                             json::value(run.status),
                             json::value(run.started_at),
                             json::value(run.reason),
                             json::value(refusal ? refusal->message : std::string{})});
        documents.push_back(json::object{{"run_id", run.run_id},
                                         {"workflow", run.workflow},
                                         {"status", run.status},
                                         {"started_at", run.started_at},
                                         {"reason", run.reason},
                                         {"error", refusal ? json::value(refusal->message) : json::value(nullptr)},
                                         {"exit_code", refusal ? refusal->exit_code : 0}});
    }
    show(session, documents, rows);
    return worst;
}

/// The runs that are chosen and may be changed; or the exit code when there is nothing more to do.
std::variant<std::vector<control::ChosenRun>, int> chosen_runs(Session& session, const Invocation& invocation, control::RunAction action) {
    constexpr std::size_t unasked_max = 20;
    auto choice = choice_of(session, invocation);
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&choice))
        return refuse_usage(session, *faults);
    const auto store = session.stores.open(control::Access::read);
    auto chosen = control::choose_runs(*store, std::get<control::RunChoice>(choice), action);
    const auto& verb = invocation.command->name;
    if (chosen.runs.empty()) {
        session.words.note("no run matches");
    } else if (!invocation.has("dry-run")) {
        session.words.note(counted(chosen.runs.size(), chosen.more) + " to " + verb);
    }
    if (invocation.has("dry-run")) {
        std::vector<std::optional<control::Refusal>> refusals;
        for (const auto& run : chosen.runs)
            refusals.push_back(control::would_refuse(*store, run.run_id, action, invocation.value("from")));
        const auto refused = static_cast<std::size_t>(std::ranges::count_if(refusals, [](const auto& one) { return one.has_value(); }));
        if (!chosen.runs.empty())
            session.words.note(counted(chosen.runs.size() - refused, chosen.more) + " to " + verb +
                               (refused == 0 ? std::string{} : ", " + std::to_string(refused) + " would be refused"));
        return show_chosen(session, chosen.runs, refusals);
    }
    if (chosen.more)
        return refuse_usage(session, {{"'spine " + invocation.command->full_name() + "'", "means too many runs at once", "choose fewer, with --since or --workflow", 0, 0}});
    if (chosen.runs.size() > unasked_max && !invocation.has("yes"))
        return refuse_usage(session,
                            {{"'spine " + invocation.command->full_name() + "'",
                              "would change " + counted(chosen.runs.size()),
                              "look at them with --dry-run, then add --yes",
                              0,
                              0}});
    return std::move(chosen.runs);
}

using Doing = std::function<Managed(control::Store& store, const std::string& run_id)>;

/// Each of them, one line each; the exit code is the worst one. Interrupted, the rest is left.
int do_each(Session& session, const std::vector<control::ChosenRun>& runs, const Doing& doing, std::vector<std::string>* done = nullptr) {
    json::array documents;
    control::Table rows{{"run", "workflow", "status", "error"}, {}, false};
    int worst = 0;
    session.world.hold_interrupts();
    const auto store = session.stores.open(control::Access::write);
    for (const auto& run : runs) {
        if (session.world.cancel.cancelled())
            break;
        const auto managed = doing(*store, run.run_id);
        if (managed.refusal)
            worst = std::max(worst, managed.refusal->exit_code);
        else if (done != nullptr)
            done->push_back(run.run_id);
        documents.push_back(document_of(managed));
        rows.rows.push_back({json::value(run.run_id),
                             json::value(run.workflow),
                             json::value(managed.refusal ? run.status : managed.status),
                             json::value(managed.refusal ? managed.refusal->message : std::string{})});
    }
    store->close();
    show(session, documents, rows);
    return session.world.cancel.cancelled() ? exit_code(ErrorCode::interrupted) : worst;
}

int ask_runs(Session& session, const Invocation& invocation, control::RunAction action, const Doing& doing,
             const std::function<std::string(const Managed&)>& words) {
    if (const auto code = misused(session, invocation))
        return *code;
    if (!invocation.arguments.empty()) {
        const auto store = session.stores.open(control::Access::write);
        const auto managed = doing(*store, invocation.arguments.front());
        store->close();
        return tell_one(session, managed, managed.refusal ? std::string{} : words(managed));
    }
    const auto runs = chosen_runs(session, invocation, action);
    if (const auto* code = std::get_if<int>(&runs))
        return *code;
    return do_each(session, std::get<0>(runs), doing);
}

int answer_step(Session& session, const Invocation& invocation, bool approved) {
    const auto by = invocation.value("as"), reason = invocation.value("reason");
    workflow::Diagnostics faults;
    const auto command = "'spine " + invocation.command->full_name() + "'";
    if (by.empty())
        faults.push_back({command, "needs --as NAME", "an answer is recorded with the name of who gave it", 0, 0});
    if (!approved && reason.empty())
        faults.push_back({command, "needs --reason TEXT", "the step fails with it", 0, 0});
    if (!faults.empty())
        return refuse_usage(session, faults);
    const auto& step = invocation.arguments.at(1);
    const auto store = session.stores.open(control::Access::write);
    const auto managed = control::answer_run(*store, {invocation.arguments.at(0), step, approved, by, reason});
    store->close();
    const auto code = tell_one(session, managed, (approved ? "approved" : "refused") + std::string{" '"} + step + "' of run " + managed.run_id + " as " + by);
    session.out().flush();
    if (code == 0)
        session.words.note(managed.driven ? "the process that has the run goes on with it"
                                          : "nobody drives the run now; " + resume_text(managed.run_id) + " goes on with it");
    return code;
}

/// This process goes on with a run that it has just made due, unless somebody else was quicker.
int go_on(Session& session, const Invocation& invocation, const std::string& run_id) {
    if (invocation.has("no-wait")) {
        session.words.note("nobody has taken it up yet: " + resume_text(run_id) + " goes on with it, or 'spine runs resume --all' with whatever is due");
        return 0;
    }
    return go_on_with(session, run_id);
}

} // namespace

bool chooses_runs(const Invocation& invocation) {
    return std::ranges::any_of(choosing_options(), [&](const auto& option) { return invocation.has(option); });
}

int approve_step(Session& session, const Invocation& invocation) { return answer_step(session, invocation, true); }
int reject_step(Session& session, const Invocation& invocation) { return answer_step(session, invocation, false); }

int pause_runs(Session& session, const Invocation& invocation) {
    const auto by = asker(session, invocation);
    return ask_runs(
        session,
        invocation,
        control::RunAction::pause,
        [&](control::Store& store, const std::string& run_id) { return control::pause_run(store, run_id, by); },
        [](const Managed& managed) {
            return managed.status == "paused" ? "run " + managed.run_id + " is paused, with what it waits for; " + resume_text(managed.run_id) + " goes on with it"
                                              : "run " + managed.run_id + " was asked to pause: nothing new begins in it and in what it waits for, what is running ends first";
        });
}

int cancel_runs(Session& session, const Invocation& invocation) {
    const auto by = asker(session, invocation), reason = invocation.value("reason");
    return ask_runs(
        session,
        invocation,
        control::RunAction::cancel,
        [&](control::Store& store, const std::string& run_id) { return control::cancel_run(store, run_id, by, reason); },
        [](const Managed& managed) { return "run " + managed.run_id + " is cancelled; nothing of it is written any more"; });
}

int retry_runs(Session& session, const Invocation& invocation) {
    const auto by = asker(session, invocation), from = invocation.value("from");
    const Doing doing = [&](control::Store& store, const std::string& run_id) { return control::retry_run(store, run_id, from, by); };
    if (const auto code = misused(session, invocation))
        return *code;
    if (!invocation.arguments.empty()) {
        const auto store = session.stores.open(control::Access::write);
        const auto managed = doing(*store, invocation.arguments.front());
        store->close();
        if (managed.refusal)
            return tell_refusal(session, *managed.refusal);
        if (invocation.has("no-wait"))
            tell_one(session, managed, "run " + managed.run_id + " is open again, and due");
        return go_on(session, invocation, managed.run_id);
    }
    const auto runs = chosen_runs(session, invocation, control::RunAction::retry);
    if (const auto* code = std::get_if<int>(&runs))
        return *code;
    if (invocation.has("no-wait"))
        return do_each(session, std::get<0>(runs), doing);
    int worst = 0;
    std::vector<std::string> opened;
    session.world.hold_interrupts();
    {
        const auto store = session.stores.open(control::Access::write);
        for (const auto& run : std::get<0>(runs)) {
            if (session.world.cancel.cancelled())
                break;
            const auto managed = doing(*store, run.run_id);
            if (managed.refusal)
                worst = std::max(worst, tell_refusal(session, *managed.refusal));
            else
                opened.push_back(managed.run_id);
        }
        store->close();
    }
    return control::worse(worst, go_on_with_each(session, opened));
}

int fork_run(Session& session, const Invocation& invocation) {
    auto params = given_parameters(invocation);
    if (!invocation.has("at"))
        params.faults.push_back({"'spine runs fork'", "needs --at STEP", "the new run has what was before that step", 0, 0});
    if (!params.faults.empty())
        return refuse_usage(session, params.faults);
    const auto store = session.stores.open(control::Access::write);
    const auto forked = control::fork_run(
        *store,
        {invocation.arguments.at(0), invocation.value("at"), std::move(params.pairs), asker(session, invocation)},
        session.libraries.get().catalogue(),
        session.world.clock,
        session.world.random);
    store->close();
    if (const auto* bad = std::get_if<control::BadRequest>(&forked)) {
        tell_faults(session.words, bad->faults);
        return bad->exit_code;
    }
    const auto& managed = std::get<Managed>(forked);
    if (managed.refusal)
        return tell_refusal(session, *managed.refusal);
    if (invocation.has("no-wait"))
        tell_one(session, managed, "forked as run " + managed.run_id);
    else
        session.words.note("forked as run " + managed.run_id);
    return go_on(session, invocation, managed.run_id);
}

int resume_chosen(Session& session, const Invocation& invocation) {
    const auto runs = chosen_runs(session, invocation, control::RunAction::resume);
    if (const auto* code = std::get_if<int>(&runs))
        return *code;
    std::vector<std::string> ids;
    for (const auto& run : std::get<0>(runs))
        ids.push_back(run.run_id);
    return go_on_with_each(session, ids);
}

} // namespace spine::cli
