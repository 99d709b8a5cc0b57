#include "control/manage_runs.hpp"

#include "error.hpp"
#include "run/decide.hpp"
#include "run/new_run.hpp"
#include "workflow/json.hpp"
#include "workflow/literal.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/validate.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace spine::control {

namespace json = boost::json;

namespace {

constexpr std::size_t id_columns_max = 100;

int exit_code_of(run::Declined::Why why) {
    switch (why) {
    case run::Declined::Why::no_such_run:
    case run::Declined::Why::no_such_step: return exit_code(ErrorCode::not_found);
    case run::Declined::Why::wrong_state:
    case run::Declined::Why::conflict: return exit_code(ErrorCode::conflict);
    case run::Declined::Why::not_allowed: return exit_code(ErrorCode::denied);
    }
    return exit_code(ErrorCode::conflict);
}

Refusal refusal_of(const run::Declined& declined) { return {exit_code_of(declined.why), declined.message, declined.hint}; }

Managed refused(const std::string& run_id, Refusal refusal) { return {run_id, {}, false, std::move(refusal)}; }

Managed managed(Store& store, const std::string& run_id, const run::Asked& asked) {
    if (const auto* declined = std::get_if<run::Declined>(&asked))
        return refused(run_id, refusal_of(*declined));
    const auto& answered = std::get<run::Answered>(asked);
    const auto now = store.run_trace().now(answered.run_id);
    return {answered.run_id, answered.status, now && now->driven, std::nullopt};
}

/// Does it with the run's whole id.
template <typename Ask> Managed with_run(Store& store, const std::string& id, Ask ask) {
    const auto named = run_named(store, id);
    if (const auto* refusal = std::get_if<Refusal>(&named))
        return refused(id, *refusal);
    return ask(std::get<std::string>(named));
}

Refusal gone(const std::string& run_id) { return {exit_code(ErrorCode::not_found), "there is no run '" + run_id + "' any more", {}}; }

/// As it would be written on a command line.
std::string as_text(const json::value& value) { return value.is_string() ? std::string{value.get_string()} : workflow::json_text(value); }

/// What was given over the parameters that the run began with, typed as those were.
std::variant<json::object, workflow::Diagnostics> bound_updates(const run::RunRow& row, const workflow::Written& given,
                                                                const workflow::Catalogue& catalogue) {
    auto read = workflow::read_workflow(row.definition_text, "the definition of run '" + row.run_id + "'");
    if (auto* faults = std::get_if<workflow::Diagnostics>(&read))
        return std::move(*faults);
    std::set<std::string> names;
    for (const auto& [name, value] : given)
        names.insert(name);
    workflow::Written all = given;
    for (const auto& member : row.params)
        if (!names.contains(std::string{member.key()}))
            all.emplace_back(member.key(), as_text(member.value()));
    auto bound = workflow::bind_run(std::get<workflow::Definition>(read).workflow, catalogue, all);
    if (auto* faults = std::get_if<workflow::Diagnostics>(&bound))
        return std::move(*faults);
    json::object updates;
    for (const auto& member : std::get<json::object>(bound))
        if (names.contains(std::string{member.key()}))
            updates[member.key()] = member.value();
    return updates;
}

/// Something that was done to a run.
run::StepRecord mark(std::string what, const run::RunRow& row, std::int64_t number) {
    run::StepRecord record;
    record.step = std::move(what);
    record.generation = row.generation + 1;
    record.type = "control";
    record.status = run::StepStatus::completed;
    record.begun_no = record.ended_no = number;
    return record;
}

run::NewRun forked(const run::RunRow& row, std::string run_id) {
    auto wanted = run::another(row);
    wanted.run_id = std::move(run_id);
    wanted.run_key.clear(); // the key goes on to mean the run that it began
    wanted.given = {};
    wanted.generation = row.generation + 1;
    wanted.forked_from = row.run_id;
    wanted.begin.run.partition = row.partition;
    return wanted;
}

const std::set<std::string>& states_for(RunAction action) {
    static const std::set<std::string> pause{"pending", "running", "due", "interrupted", "waiting"};
    static const std::set<std::string> cancel{"pending", "running", "due", "interrupted", "waiting", "paused"};
    static const std::set<std::string> retry{"failed"};
    static const std::set<std::string> resume{"pending", "due", "interrupted", "waiting", "paused"};
    switch (action) {
    case RunAction::pause: return pause;
    case RunAction::cancel: return cancel;
    case RunAction::retry: return retry;
    case RunAction::resume: return resume;
    }
    return cancel;
}

/// The cell of a column that may be missing; empty for none.
class Cells {
public:
    explicit Cells(const Table& table) : table_{table} {}
    std::string at(const std::vector<json::value>& row, const char* column) const {
        const auto found = std::ranges::find(table_.columns, column);
        const auto index = static_cast<std::size_t>(found - table_.columns.begin());
        return found != table_.columns.end() && row[index].is_string() ? std::string{row[index].get_string()} : std::string{};
    }
    bool is_false(const std::vector<json::value>& row, const char* column) const {
        const auto found = std::ranges::find(table_.columns, column);
        return found != table_.columns.end() && row[static_cast<std::size_t>(found - table_.columns.begin())] == json::value(false);
    }

private:
    const Table& table_;
};

/// Which of the runs that other runs began and wait for are meant too.
enum class Below { all, without_chosen_parent, none };

/// Oldest first, with these runs that other runs began.
Chosen chosen_of(Records& records, const RunChoice& choice, const std::set<std::string>& states, Below below) {
    Filter filter;
    filter.name = choice.workflow;
    filter.domain = choice.domain;
    filter.since = choice.since;
    filter.limit = chosen_max;
    Chosen found;
    std::map<std::string, std::string> parents;
    for (const auto& state : states) {
        filter.status = state;
        const auto table = records.runs(filter);
        found.more = found.more || table.more;
        const Cells cells{table};
        for (const auto& row : table.rows) {
            // One that nobody waits for is nobody's part.
            const auto parent = cells.is_false(row, "parent_waits") ? std::string{} : cells.at(row, "parent_run_id");
            parents.emplace(cells.at(row, "run_id"), parent);
            if (below != Below::none || parent.empty())
                found.runs.push_back({cells.at(row, "run_id"),
                                      cells.at(row, "workflow"),
                                      cells.at(row, "status"),
                                      cells.at(row, "started_at"),
                                      cells.at(row, "reason"),
                                      cells.at(row, "wake_at")});
        }
    }
    if (below == Below::without_chosen_parent)
        std::erase_if(found.runs, [&](const ChosenRun& run) { return parents.contains(parents.at(run.run_id)); });
    std::ranges::sort(found.runs, {}, &ChosenRun::run_id);
    const auto same = [](const ChosenRun& one, const ChosenRun& other) { return one.run_id == other.run_id; };
    found.runs.erase(std::unique(found.runs.begin(), found.runs.end(), same), found.runs.end()); // it changed its state in between
    return found;
}

/// What a retry forgets, or why there is none.
std::variant<std::vector<std::string>, Refusal> judged_retry(Store& store, const std::string& id, const std::string& from) {
    const auto standing = store.run_trace().standing(id);
    if (!standing)
        return gone(id);
    if (const auto declined = run::declined_retry(*standing, from))
        return refusal_of(*declined);
    auto row = store.run_journal().look(id);
    if (!row)
        return gone(id);
    try {
        auto state = run::folded(std::move(*row));
        return run::forgotten(state, from);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found)
            throw;
        return Refusal{exit_code(error.code()), error.what(), error.hint()};
    }
}

/// The names of a workflow's own steps, as many as a person reads.
std::string names_of(const workflow::Workflow& workflow) {
    constexpr std::size_t named_max = 20;
    std::string names;
    for (std::size_t i = 0; i < workflow.steps.size() && i < named_max; ++i)
        names += (i == 0 ? "" : ", ") + workflow.steps[i].name;
    return names + (workflow.steps.size() > named_max ? ", and others" : "");
}

/// Whether a path leads to a step of these, whichever item it is of.
bool leads_to_step(const std::vector<workflow::Step>& steps, std::string_view path) {
    const auto end = std::min(path.find('/'), path.size());
    const auto name = path.substr(0, std::min(path.substr(0, end).find('['), end));
    const auto step = std::ranges::find(steps, name, [](const workflow::Step& one) { return std::string_view{one.name}; });
    if (step == steps.end() || end == path.size())
        return step != steps.end();
    const auto* map = std::get_if<workflow::MapStep>(&step->kind);
    return map != nullptr && leads_to_step(map->steps, path.substr(end + 1));
}

} // namespace

std::variant<std::string, Refusal> run_named(Store& store, const std::string& id) {
    const auto found = store.workflow_run(id);
    if (const auto* run_id = found.if_contains("run_id"); run_id != nullptr && run_id->is_string())
        return std::string{run_id->get_string()};
    return Refusal{exit_code(ErrorCode::not_found),
                   "there is no run '" + id.substr(0, id_columns_max) + "'",
                   "'spine runs list' shows the runs (at least the first eight characters of an id)"};
}

Managed answer_run(Store& store, const ApprovalAnswer& answer) {
    return with_run(store, answer.run_id, [&](const std::string& run_id) {
        auto asked = store.desk().answer(run_id, answer.step, answer.approved, answer.by, answer.reason);
        // One that the run comes to later is not unknown.
        if (auto* declined = std::get_if<run::Declined>(&asked); declined != nullptr && declined->why == run::Declined::Why::no_such_step) {
            const bool unknown = unknown_step(store, run_id, answer.step).has_value();
            declined->why = unknown ? run::Declined::Why::no_such_step : run::Declined::Why::wrong_state;
            const auto step = "step '" + answer.step.substr(0, id_columns_max) + "'";
            declined->message = unknown ? "there is no " + step + " in run '" + run_id + "'" : step + " of run '" + run_id + "' has not been begun";
        }
        return managed(store, run_id, asked);
    });
}

Managed pause_run(Store& store, const std::string& run_id, const std::string& by) {
    return with_run(store, run_id, [&](const std::string& id) { return managed(store, id, store.desk().pause(id, by)); });
}

Managed cancel_run(Store& store, const std::string& run_id, const std::string& by, const std::string& reason) {
    return with_run(store, run_id, [&](const std::string& id) { return managed(store, id, store.desk().cancel(id, by, reason)); });
}

Managed retry_run(Store& store, const std::string& run_id, const std::string& from, const std::string& by) {
    return with_run(store, run_id, [&](const std::string& id) {
        const auto judged = judged_retry(store, id, from);
        if (const auto* refusal = std::get_if<Refusal>(&judged))
            return refused(id, *refusal);
        return managed(store, id, store.desk().retry(id, std::get<0>(judged), from, by));
    });
}

std::optional<Refusal> would_refuse(Store& store, const std::string& run_id, RunAction action, const std::string& from) {
    if (action == RunAction::retry) {
        auto judged = judged_retry(store, run_id, from);
        auto* refusal = std::get_if<Refusal>(&judged);
        return refusal == nullptr ? std::nullopt : std::optional{std::move(*refusal)};
    }
    const auto standing = store.run_trace().standing(run_id);
    const auto now = store.run_trace().now(run_id);
    if (!standing || !now)
        return gone(run_id);
    const auto declined = action == RunAction::cancel ? run::declined_cancel(*standing) : run::declined_pause(*standing);
    if (declined)
        return refusal_of(*declined);
    if (action == RunAction::resume && now->driven)
        return Refusal{exit_code(ErrorCode::conflict), "another process is doing run '" + run_id + "'", "wait until it ends"};
    return std::nullopt;
}

std::optional<Refusal> unknown_step(Store& store, const std::string& run_id, const std::string& step) {
    const auto read = workflow::read_workflow(store.run_trace().definition(run_id), "the definition of run '" + run_id + "'");
    const auto* definition = std::get_if<workflow::Definition>(&read);
    if (definition == nullptr)
        return std::nullopt;
    const auto& workflow = definition->workflow;
    if (leads_to_step(workflow.steps, step) || (workflow.failure_handler && workflow.failure_handler->name == step))
        return std::nullopt;
    bool begun = false; // one that was put in on the way
    store.run_trace().visit_steps(run_id, 0, [&](const StepSeen& seen) {
        begun = seen.step == step || (seen.step.starts_with(step) && (seen.step[step.size()] == '[' || seen.step[step.size()] == '/'));
        return !begun;
    });
    if (begun)
        return std::nullopt;
    return Refusal{exit_code(ErrorCode::not_found),
                   "there is no step '" + step.substr(0, id_columns_max) + "' in run '" + run_id + "'",
                   "its steps are " + names_of(workflow)};
}

std::variant<Managed, BadRequest> fork_run(Store& store, const ForkRequest& request, const workflow::Catalogue& catalogue, env::Clock& clock,
                                           env::Random& random) {
    const auto named = run_named(store, request.run_id);
    if (const auto* refusal = std::get_if<Refusal>(&named))
        return refused(request.run_id, *refusal);
    const auto& id = std::get<std::string>(named);
    const auto row = store.run_journal().look(id);
    if (!row)
        return refused(id, gone(id));
    if (std::ranges::find(row->steps, pruned_step, &run::StepRecord::step) != row->steps.end())
        return refused(id, {exit_code(ErrorCode::conflict),
                            "the steps of run '" + id + "' were pruned",
                            "run the workflow again for a new one; what is done already is skipped"});
    if (request.step.find('[') != std::string::npos || request.step.starts_with('@'))
        return refused(id, {exit_code(ErrorCode::not_found),
                            "'" + request.step + "' is no step of the workflow itself",
                            "a run is forked before a whole map, not inside of it"});
    auto wanted = forked(*row, env::new_id(clock, random));
    wanted.begin.steps = run::kept_until(*row, request.step);
    wanted.begin.run.current_step = request.step;
    std::int64_t last = 0;
    for (const auto& record : wanted.begin.steps)
        last = std::max({last, record.begun_no, record.ended_no});
    auto& origin = wanted.begin.steps.emplace_back(mark("@forked", *row, last + 1));
    origin.output = {{"run_id", id}, {"at", request.step}, {"by", request.by}};
    if (!request.params.empty()) {
        auto updates = bound_updates(*row, request.params, catalogue);
        if (auto* faults = std::get_if<workflow::Diagnostics>(&updates))
            return BadRequest{exit_code(ErrorCode::invalid), std::move(*faults)};
        auto& given = wanted.begin.steps.emplace_back(mark("@params", *row, last + 2));
        given.output = {{"by", request.by}};
        given.updates = std::get<json::object>(std::move(updates));
    }
    return managed(store, wanted.run_id, store.desk().fork(wanted));
}

Chosen choose_runs(Records& records, const RunChoice& choice, RunAction action) {
    const auto below = action == RunAction::pause    ? Below::without_chosen_parent
                       : action == RunAction::resume ? Below::all
                                                     : Below::none;
    const auto states = choice.status.empty() ? states_for(action) : std::set{choice.status};
    return chosen_of(records, choice, states, below);
}

Chosen standing_runs(Records& records) { return chosen_of(records, {}, {"waiting", "paused", "pending", "due"}, Below::all); }

} // namespace spine::control
