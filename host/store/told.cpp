#include "store/told.hpp"

#include <string>
#include <variant>

namespace spine::store {
namespace {

using env::LogWeight;

struct Words {
    std::string_view operator()(const unit::Committed&) const { return "committed"; }
    std::string_view operator()(const unit::Withheld&) const { return "committed, not published"; }
    std::string_view operator()(const unit::Refused&) const { return "refused"; }
    std::string_view operator()(const unit::Superseded&) const { return "superseded"; }
    std::string_view operator()(const unit::Fenced&) const { return "fenced"; }
};

std::string keys_of(const std::vector<unit::Partition>& partitions) {
    std::string text;
    for (const auto& partition : partitions)
        text += (text.empty() ? "" : " ") + partition.key;
    return text;
}

std::string inputs_of(const run::Plan& plan) {
    std::string text;
    for (const auto& input : plan.inputs)
        text += (text.empty() ? "" : " ") + input.row.stage + " of " + input.row.partition.key;
    return text;
}

} // namespace

void tell_migrations(env::Log* log, const std::vector<control::AppliedMigration>& applied) {
    if (!env::debugs(log))
        return;
    for (const auto& done : applied)
        log->write(LogWeight::debug, "migration applied", {{"owner", done.owner}, {"number", std::to_string(done.version)}, {"name", done.name}});
}

void tell_start(env::Log* log, const run::Request& asked, const run::Start& start, std::string_view why) {
    if (!env::debugs(log))
        return;
    const auto tell = [&](std::string_view what, std::string_view execution, int attempt, std::string_view reason) {
        log->write(LogWeight::debug,
                   what,
                   {{"pipeline", asked.pipeline->name},
                    {"execution", execution},
                    {"run", asked.run_id},
                    {"step", asked.step},
                    {"attempt", attempt == 0 ? std::string{} : std::to_string(attempt)},
                    {"outputs", keys_of(asked.plan.outputs)},
                    {"inputs", inputs_of(asked.plan)},
                    {"reason", reason}});
    };
    if (const auto* started = std::get_if<run::Started>(&start))
        tell(started->adopted ? "claimed from a process that died" : "claimed", started->execution_id, started->attempt, why);
    else if (const auto* not_due = std::get_if<run::NotDue>(&start))
        tell("not due", not_due->execution_id, 0, not_due->reason);
    else if (const auto* busy = std::get_if<run::Busy>(&start))
        tell("held by another", {}, 0, busy->holder);
    else if (const auto* recorded = std::get_if<run::Recorded>(&start))
        tell("done before", recorded->execution_id, 0, {});
    else if (std::holds_alternative<run::RunLost>(start))
        tell("the run is lost", {}, 0, {});
    else
        tell("an input has moved, planned again", {}, 0, {});
}

void tell_commit(env::Log* log, const Attempt& attempt, const unit::Outcome& outcome, const unit::Commit& commit) {
    if (!env::debugs(log))
        return;
    const auto* failure = std::get_if<unit::Failure>(&outcome);
    const auto* unneeded = std::get_if<unit::Unneeded>(&outcome);
    std::int64_t rows = 0;
    for (const auto& reached : attempt.reached)
        rows += reached.row_count;
    log->write(LogWeight::debug,
               std::visit(Words{}, commit),
               {{"pipeline", attempt.pipeline->name},
                {"execution", attempt.execution_id},
                {"run", attempt.run_id},
                {"step", attempt.step},
                {"attempt", std::to_string(attempt.number)},
                {"outputs", keys_of(attempt.outputs)},
                {"end", failure != nullptr ? "failed" : unneeded != nullptr ? "skipped" : "completed"},
                {"rows", std::to_string(rows)},
                {"rejects", std::to_string(attempt.rejects.size())},
                {"checks", std::to_string(attempt.checks.size())},
                {"reason", failure != nullptr ? std::string_view{failure->message} : unneeded != nullptr ? std::string_view{unneeded->reason} : ""}});
}

void tell_claim(env::Log* log, std::string_view run_id, bool got, std::string_view holder) {
    if (env::debugs(log))
        log->write(LogWeight::debug, got ? "run claimed" : "run not claimed", {{"run", run_id}, {"holder", holder}});
}

void tell_written(env::Log* log, const run::Along& along, bool written) {
    if (!env::debugs(log))
        return;
    for (const auto& step : along.steps)
        log->write(LogWeight::debug,
                   written ? "step written" : "step not written: the run is lost or was answered meanwhile",
                   {{"run", along.run_id},
                    {"step", step.step},
                    {"attempt", std::to_string(step.attempt)},
                    {"status", run::to_text(step.status)},
                    {"reason", step.reason}});
    log->write(LogWeight::debug, written ? "run written" : "run not written", {{"run", along.run_id}, {"status", run::to_text(along.run.status)}, {"reason", along.run.reason}});
}

} // namespace spine::store
