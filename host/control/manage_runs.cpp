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

namespace spine::control {

namespace json = boost::json;

namespace {

constexpr std::size_t id_columns_max = 100;

int exit_code_of(run::Declined::Why why) {
    switch (why) {
    case run::Declined::Why::no_such_run: return exit_code(ErrorCode::not_found);
    case run::Declined::Why::wrong_state:
    case run::Declined::Why::conflict: return exit_code(ErrorCode::conflict);
    case run::Declined::Why::not_allowed: return exit_code(ErrorCode::denied);
    }
    return exit_code(ErrorCode::conflict);
}

Managed refused(const std::string& run_id, Refusal refusal) { return {run_id, {}, false, std::move(refusal)}; }

Managed managed(Store& store, const std::string& run_id, const run::Asked& asked) {
    if (const auto* declined = std::get_if<run::Declined>(&asked))
        return refused(run_id, {exit_code_of(declined->why), declined->message, declined->hint});
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
    static const std::set<std::string> pause{"pending", "running", "interrupted", "waiting"};
    static const std::set<std::string> cancel{"pending", "running", "interrupted", "waiting", "paused"};
    static const std::set<std::string> retry{"failed"};
    static const std::set<std::string> resume{"pending", "interrupted", "waiting", "paused"};
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

private:
    const Table& table_;
};

/// Which of the runs that other runs began are meant too.
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
            const auto parent = cells.at(row, "parent_run_id");
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
    const auto twice = std::ranges::unique(found.runs, {}, &ChosenRun::run_id); // it changed its state in between
    found.runs.erase(twice.begin(), twice.end());
    return found;
}

/// Nothing can be done again, or kept, of a run whose records are gone.
std::optional<Refusal> pruned(const run::RunRow& row) {
    if (std::ranges::find(row.steps, pruned_step, &run::StepRecord::step) == row.steps.end())
        return std::nullopt;
    return Refusal{exit_code(ErrorCode::conflict),
                   "the steps of run '" + row.run_id + "' were pruned",
                   "run the workflow again for a new one; what is done already is skipped"};
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
        return managed(store, run_id, store.desk().answer(run_id, answer.step, answer.approved, answer.by, answer.reason));
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
        auto row = store.run_journal().look(id);
        if (!row)
            return refused(id, gone(id));
        if (!is_final(row->status))
            return refused(id, {exit_code(ErrorCode::conflict),
                                "run '" + id + "' has not ended: " + std::string{to_text(row->status)},
                                "'spine runs resume " + id + "' goes on with it, 'spine runs cancel " + id + "' ends it"});
        if (auto refusal = pruned(*row))
            return refused(id, std::move(*refusal));
        if (row->status == run::RunStatus::completed && from.empty())
            return refused(id, {exit_code(ErrorCode::conflict),
                                "run '" + id + "' has completed, and nothing in it failed",
                                "name the step to do again: spine runs retry " + id + " --from STEP"});
        auto state = run::folded(std::move(*row));
        return managed(store, id, store.desk().retry(id, run::forgotten(state, from), from, by));
    });
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
    if (auto refusal = pruned(*row))
        return refused(id, std::move(*refusal));
    if (request.step.find('[') != std::string::npos || request.step.starts_with('@'))
        return refused(id, {exit_code(ErrorCode::not_found),
                            "'" + request.step + "' is no step of the workflow itself",
                            "a run is forked before a whole map, not inside of it"});
    auto wanted = forked(*row, env::new_id(clock, random));
    wanted.begin.steps = run::kept_until(*row, request.step);
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

Chosen standing_runs(Records& records) { return chosen_of(records, {}, {"waiting", "paused", "pending"}, Below::all); }

} // namespace spine::control
