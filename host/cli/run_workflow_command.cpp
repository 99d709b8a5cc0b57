#include "cli/config_command.hpp"
#include "cli/manage_commands.hpp"
#include "cli/object_table.hpp"
#include "cli/outcome_text.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/workflow_commands.hpp"
#include "control/manage_runs.hpp"
#include "control/retention.hpp"
#include "control/versions.hpp"
#include "error.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <map>
#include <set>
#include <string_view>

namespace spine::cli {
namespace {

namespace json = boost::json;
using control::WorkflowReport;

/// How long the attempts of steps took, by step and attempt.
using Durations = std::map<std::pair<std::string, std::int64_t>, json::value>;
Durations durations_of(const control::Table& steps) {
    const auto column = [&](const char* name) {
        return static_cast<std::size_t>(std::ranges::find(steps.columns, name) - steps.columns.begin());
    };
    const auto step = column("step"), attempt = column("attempt"), seconds = column("duration_seconds");
    Durations durations;
    if (std::max({step, attempt, seconds}) >= steps.columns.size())
        return durations;
    for (const auto& row : steps.rows)
        if (row[attempt].is_int64())
            durations[{cell_text(row[step]), row[attempt].get_int64()}] = row[seconds];
    return durations;
}

/// When the run's steps were deleted; empty: they are there.
std::string pruned_at(const run::RunRow& row) {
    const auto mark = std::ranges::find(row.steps, control::pruned_step, &run::StepRecord::step);
    return mark == row.steps.end() ? std::string{} : member_text(mark->output, "at");
}

/// The newest attempt of each step, in the order in which the steps were come to.
std::vector<const run::StepRecord*> newest(const run::RunRow& row) {
    std::vector<const run::StepRecord*> records;
    std::map<std::string_view, std::size_t> places; // a run may have 100,000 steps
    for (const auto& record : row.steps) {
        const auto [same, is_new] = places.emplace(record.step, records.size());
        if (is_new)
            records.push_back(&record);
        else
            records[same->second] = &record;
    }
    return records;
}

std::string reason_of(const run::StepRecord& record) { return record.failure ? record.failure->message : record.reason; }

json::object document_of(const WorkflowReport& report) {
    const auto& row = report.run;
    const auto durations = durations_of(report.steps);
    json::array steps;
    for (const auto* record : newest(row)) {
        if (record->step.starts_with('@')) // no step, but something that was done to the run
            continue;
        const auto took = durations.find({record->step, record->attempt});
        json::object step;
        step["step"] = record->step;
        step["type"] = record->type;
        step["status"] = to_text(record->status);
        step["attempt"] = record->attempt;
        step["reason"] = reason_of(*record);
        step["duration_seconds"] = took == durations.end() ? json::value(nullptr) : took->second;
        steps.push_back(std::move(step));
    }
    json::array warnings;
    for (const auto& warning : report.warnings)
        warnings.emplace_back(warning.message);
    const auto pruned = pruned_at(row);
    json::object document;
    document["run_id"] = row.run_id;
    document["workflow"] = row.workflow;
    document["version"] = row.version;
    document["status"] = to_text(row.status);
    document["reason"] = row.reason;
    document["completed_steps"] = json::array(report.completed_steps.begin(), report.completed_steps.end());
    document["total_steps"] = report.total_steps;
    document["error_step"] = row.error_step.empty() ? json::value(nullptr) : json::value(row.error_step);
    document["error"] = row.failure ? json::value(row.failure->message) : json::value(nullptr);
    document["error_details"] = error_document(row.failure, control::exit_code(row));
    document["duration_seconds"] = static_cast<double>(row.duration_ms) / 1000.0;
    document["context"] = json::object{{"params", report.params}, {"outputs", report.outputs}};
    document["steps"] = std::move(steps);
    document["key"] = row.run_key.empty() ? json::value(nullptr) : json::value(row.run_key);
    document["attached"] = report.attached;
    document["pruned_at"] = pruned.empty() ? json::value(nullptr) : json::value(pruned);
    document["warnings"] = std::move(warnings);
    return document;
}

/// Steps that the run never came to.
std::vector<std::string> unreached(const run::RunRow& row) {
    std::vector<std::string> names;
    const auto read = workflow::read_workflow(row.definition_text, row.workflow);
    const auto* definition = std::get_if<workflow::Definition>(&read);
    if (definition == nullptr)
        return names;
    std::set<std::string_view> reached; // a run may have 100,000 records
    for (const auto& record : row.steps)
        reached.insert(record.step);
    for (const auto& step : definition->workflow.steps)
        if (!reached.contains(step.name))
            names.push_back(step.name);
    return names;
}

bool is_good(const run::StepRecord& record) {
    return record.status == run::StepStatus::completed || record.status == run::StepStatus::skipped;
}

std::string text_of(const Session& session, const WorkflowReport& report) {
    const auto& row = report.run;
    const auto durations = durations_of(report.steps);
    control::Table steps{{"step", "status", "took", "outcome"}, {}, false};
    for (const auto* record : newest(row)) {
        if (record->step.starts_with('@') || (record->step.find('/') != std::string::npos && is_good(*record)))
            continue; // was done to the run, as `runs show` tells; the map's own line counts its items
        const auto took = durations.find({record->step, record->attempt});
        const bool measured = took != durations.end() && took->second.is_double();
        steps.rows.push_back({json::value(record->step),
                              json::value(to_text(record->status)),
                              json::value(measured ? seconds_text(std::chrono::milliseconds{
                                                         static_cast<std::int64_t>(took->second.get_double() * 1000 + 0.5)})
                                                   : std::string{}),
                              json::value(outcome_text(record->type, reason_of(*record), record->output))});
    }
    const bool pruned = !pruned_at(row).empty();
    if (row.status == run::RunStatus::failed && !pruned)
        for (const auto& step : unreached(row))
            steps.rows.push_back({json::value(step), json::value("not reached"), json::value(""), json::value("")});
    const auto done = pruned ? std::string{"its steps were pruned"}
                             : std::to_string(report.completed_steps.size()) + " of " + std::to_string(report.total_steps) + " steps done";
    return fields_text({{"status", std::string{to_text(row.status)} + ", " + done},
                        {"workflow", row.workflow + ", version " + std::to_string(row.version)},
                        {"run", row.run_id},
                        {"key", row.run_key},
                        {"partition", row.partition ? pairs_text(structured("partition_key", json::value(row.partition->key)))
                                                    : std::string{}},
                        {"reason", row.reason},
                        {"took", is_final(row.status) ? seconds_text(std::chrono::milliseconds{row.duration_ms}) : std::string{}}}) +
           "\n" + table_text(session, steps);
}

/// Whose work this result is, when the key had a run already.
std::string attached_text(const WorkflowReport& report, env::TimePoint begun) {
    const auto& row = report.run;
    const auto run = "the key '" + row.run_key + "' is that of run '" + row.run_id + "', ";
    if (report.taken_up)
        return run + "which was unfinished and was resumed here";
    if (row.finished_at.empty() || env::time_from(row.finished_at) <= begun)
        return run + "which ended " + (row.finished_at.empty() ? std::string{"before"} : "at " + row.finished_at) +
               " and whose result this is; another key begins a new run";
    return run + "which another process did while this one waited";
}

/// What a person must know besides the result; `begun` is when the command began.
void tell_circumstances(Words& words, const WorkflowReport& report, env::TimePoint begun) {
    for (const auto& migration : report.migrated)
        words.note("migrated the tables of plugin '" + migration.owner + "': " + std::to_string(migration.version) + " " + migration.name);
    for (const auto& warning : report.warnings)
        words.warning(warning.where + (warning.line > 0 ? ":" + std::to_string(warning.line) : std::string{}) + ": " + warning.message +
                      (warning.hint.empty() ? "" : "; " + warning.hint));
    if (!report.run.run_key.empty() && report.attached)
        words.note(attached_text(report, begun));
    if (const auto pruned = pruned_at(report.run); !pruned.empty())
        words.note("its steps and what they gave were pruned at " + pruned);
    if (report.other_definition)
        words.warning("run '" + report.run.run_id + "' began with another definition of '" + report.run.workflow +
                      "' than the one that was named, and ends by its own");
}

/// Why the run is not completed, and what to do.
void tell_end(Session& session, const run::RunRow& row) {
    auto& words = session.words;
    const auto resume = "'spine runs resume " + row.run_id + "'";
    switch (row.status) {
    case run::RunStatus::completed: return;
    case run::RunStatus::failed: {
        const auto where = row.workflow + (row.error_step.empty() ? "" : ", step '" + row.error_step + "'");
        const auto what = row.failure ? std::string{unit::to_text(row.failure->category)} + ": " + row.failure->message : row.reason;
        const auto hint = row.failure && !row.failure->hint.empty()
                              ? row.failure->hint
                              : "'spine runs show " + row.run_id + "' tells the whole story";
        words.error(where + ": " + what, hint);
        return;
    }
    case run::RunStatus::waiting:
        if (!control::is_blocked(row)) {
            words.note("run '" + row.run_id + "' goes on " + (row.wake_at.empty() ? "when that has happened" : "by " + row.wake_at) +
                       ": " + resume + " takes it up, or 'spine runs resume --all --stay' whatever is due");
            return;
        }
        words.error(row.workflow + ": " + row.reason,
                    "nothing is lost: put the plugin into '" + session.libraries.folder() + "' and go on with " + resume);
        return;
    case run::RunStatus::paused:
        words.error(row.workflow + ": " + (row.reason.empty() ? "interrupted" : row.reason) + (row.current_step.empty() ? "" : " at step '" + row.current_step + "'"),
                    "nothing is lost: go on with " + resume);
        return;
    case run::RunStatus::cancelled:
        if (control::is_skipped(row)) {
            words.note(row.workflow + ": nothing was begun, for the workflow says on_conflict: skip; " + row.reason + "; 'spine runs retry " +
                       row.run_id + "' begins it once there is room");
            return;
        }
        words.error(row.workflow + ": run '" + row.run_id + "' was cancelled"); return;
    case run::RunStatus::pending:
    case run::RunStatus::running:
        words.error(row.workflow + ": run '" + row.run_id + "' is not finished", resume + " goes on with it");
        return;
    }
}

/// Runs that it began, or waits for, and that nobody goes on with now.
void tell_left(Session& session, const std::vector<run::RunRow>& left) {
    constexpr std::size_t told_max = 10;
    for (std::size_t i = 0; i < left.size() && i < told_max; ++i)
        session.words.note("nobody goes on with run '" + left[i].run_id + "' (" + left[i].workflow + ") now, which is " +
                           std::string{to_text(left[i].status)} + (left[i].reason.empty() ? "" : ": " + left[i].reason) +
                           "; 'spine runs resume " + left[i].run_id + "' does");
    if (left.size() > told_max)
        session.words.note("and with " + std::to_string(left.size() - told_max) + " more; 'spine runs resume --all' goes on with every one");
}

/// What is wrong with a request that came to no run, told; its exit code, or nothing when there is a report.
std::optional<int> told(Session& session, const control::WorkflowAnswer& answer) {
    if (const auto* bad = std::get_if<control::BadRequest>(&answer)) {
        tell_faults(session.words, bad->faults);
        return bad->exit_code;
    }
    if (const auto* refusal = std::get_if<control::Refusal>(&answer)) {
        session.words.error(refusal->message, refusal->hint);
        return refusal->exit_code;
    }
    return std::nullopt;
}

int print(Session& session, const control::WorkflowAnswer& answer, env::TimePoint begun) {
    session.words.end_progress();
    if (const auto code = told(session, answer))
        return *code;
    const auto& report = std::get<WorkflowReport>(answer);
    tell_circumstances(session.words, report, begun);
    show(session, document_of(report), session.for_people() ? text_of(session, report) : std::string{});
    session.out().flush(); // the words that explain it come after the data
    tell_end(session, report.run);
    tell_left(session, report.left);
    return control::exit_code(report.run);
}

/// What stands still, and until when, of what has not been told about.
void tell_standing(Session& session, const std::vector<control::WorkflowAnswer>& told) {
    constexpr std::size_t told_max = 20;
    const auto store = session.stores.open(control::Access::read);
    auto standing = control::standing_runs(*store).runs;
    std::set<std::string> known;
    for (const auto& answer : told)
        if (const auto* report = std::get_if<WorkflowReport>(&answer))
            known.insert(report->run.run_id);
    std::erase_if(standing, [&](const auto& run) { return known.contains(run.run_id); });
    for (std::size_t i = 0; i < standing.size() && i < told_max; ++i) {
        const auto& run = standing[i];
        session.words.note("run '" + run.run_id + "' (" + run.workflow + ") is " + run.status + (run.reason.empty() ? "" : ": " + run.reason) +
                           (run.wake_at.empty() || run.status == "paused" || run.reason.find(run.wake_at) != std::string::npos ? "" : "; goes on at " + run.wake_at));
    }
    if (standing.size() > told_max)
        session.words.note("and " + std::to_string(standing.size() - told_max) + " more; 'spine runs list --state waiting' shows them");
}

/// A line a run; the exit code is the worst one, of runs that have not ended only when none failed.
int tell_every(Session& session, const std::vector<control::WorkflowAnswer>& answers) {
    session.words.end_progress();
    json::array documents;
    control::Table rows{{"run", "workflow", "status", "steps", "reason"}, {}, false};
    int worst = 0;
    for (const auto& answer : answers) {
        const auto* report = std::get_if<WorkflowReport>(&answer);
        if (report == nullptr)
            continue;
        const auto& row = report->run;
        worst = control::worse(worst, control::exit_code(row));
        documents.push_back(document_of(*report));
        rows.rows.push_back({json::value(row.run_id),
                             json::value(row.workflow),
                             json::value(to_text(row.status)),
                             json::value(std::to_string(report->completed_steps.size()) + " of " + std::to_string(report->total_steps)),
                             json::value(row.failure ? (row.error_step.empty() ? "" : row.error_step + ": ") + row.failure->message : row.reason)});
    }
    show(session, documents, rows);
    session.out().flush();
    for (const auto& answer : answers) {
        if (const auto* report = std::get_if<WorkflowReport>(&answer))
            tell_end(session, report->run);
        else if (const auto code = told(session, answer))
            worst = control::worse(worst, *code);
    }
    return session.world.cancel.cancelled() ? exit_code(ErrorCode::interrupted) : worst;
}

int resume_every(Session& session) {
    const auto answers = control::resume_all(means_of(session));
    const auto code = tell_every(session, answers);
    if (session.world.cancel.cancelled())
        return code;
    if (answers.empty())
        session.words.note("no run waits to be resumed");
    tell_standing(session, answers);
    return code;
}

bool is_key(const std::string& text) {
    constexpr std::size_t bytes_max = 200;
    return !text.empty() && text.size() <= bytes_max && text.front() != ' ' && text.back() != ' ' && printable(text) == text;
}

} // namespace

control::Means means_of(Session& session) {
    auto& words = session.words;
    return {session.world.clock,
            session.world.random,
            session.stores,
            session.libraries,
            session.world.cancel,
            [&words](const run::Progress& progress) { words.progress(progress); },
            [&words](const run::StepNews& step) { words.step(step); },
            session.workflow_folder(),
            run_settings(session.settings),
            {},
            [&words](const std::string& text) { words.note(text); }};
}

int run_workflow(Session& session, const Invocation& invocation) {
    auto params = given_parameters(invocation);
    if (invocation.has("key") && !is_key(invocation.value("key")))
        params.faults.push_back({"--key '" + invocation.value("key") + "'", "cannot be a key", "a key is 1 to 200 bytes of printable text without a blank at its ends", 0, 0});
    if (!params.faults.empty())
        return refuse_usage(session, params.faults);
    auto found = control::find_definition(invocation.arguments.at(0), session.workflow_folder(), session.stores);
    if (auto* bad = std::get_if<control::BadRequest>(&found))
        return *told(session, std::move(*bad));
    auto& meant = std::get<control::FoundDefinition>(found);
    if (!meant.note.empty())
        session.words.note(meant.note);
    session.world.hold_interrupts();
    const control::WorkflowRequest request{std::move(meant.definition), std::move(params.pairs),
                                           invocation.value("key")};
    const auto begun = session.world.clock.now();
    auto means = means_of(session);
    means.conductor.stays_for_spawned = !invocation.has("no-wait");
    means.conductor.stays_to_the_end = invocation.has("wait");
    return print(session, control::run_workflow(request, means), begun);
}

int go_on_with(Session& session, const std::string& run_id) {
    session.world.hold_interrupts();
    const auto begun = session.world.clock.now();
    const auto answer = control::resume_run(run_id, means_of(session));
    if (const auto* refusal = std::get_if<control::Refusal>(&answer); refusal != nullptr && refusal->exit_code == exit_code(ErrorCode::conflict)) {
        session.words.end_progress();
        session.words.note(refusal->message + "; 'spine runs show " + run_id + "' tells how it goes");
        return 0;
    }
    return print(session, answer, begun);
}

int go_on_with_each(Session& session, const std::vector<std::string>& run_ids) {
    session.world.hold_interrupts();
    std::vector<control::WorkflowAnswer> answers;
    for (const auto& run_id : run_ids) {
        if (session.world.cancel.cancelled())
            break;
        answers.push_back(control::resume_run(run_id, means_of(session)));
    }
    return tell_every(session, answers);
}

int resume_runs(Session& session, const Invocation& invocation) {
    const bool all = invocation.has("all");
    if (invocation.has("stay") && !all)
        return refuse_usage(session, {{"--stay", "goes with --all", "it goes on with every run as it becomes due", 0, 0}});
    if (!all && invocation.arguments.empty() && chooses_runs(invocation))
        return resume_chosen(session, invocation);
    if (all != invocation.arguments.empty())
        return refuse_usage(session,
                            {{"'spine runs resume'",
                              all ? "takes either ID or --all" : "needs ID or --all",
                              "'spine runs list --state interrupted' shows what was left",
                              0,
                              0}});
    session.world.hold_interrupts();
    if (all && invocation.has("stay")) {
        session.words.note("goes on with every run as it becomes due, until it is interrupted");
        control::serve_runs(means_of(session));
        session.words.end_progress();
        return 0; // being interrupted is how it is meant to end
    }
    if (all)
        return resume_every(session);
    const auto begun = session.world.clock.now();
    auto means = means_of(session);
    means.conductor.stays_to_the_end = invocation.has("wait");
    return print(session, control::resume_run(invocation.arguments.front(), means), begun);
}

} // namespace spine::cli
