#include "store/run_desk.hpp"

#include "error.hpp"
#include "store/cancel_runs.hpp"
#include "store/new_runs.hpp"
#include "store/pause_runs.hpp"
#include "store/run_standing.hpp"
#include "store/step_rows.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace spine::store {

namespace json = boost::json;
using run::Answered;
using run::Asked;
using run::Declined;

namespace {

Declined no_such_run(const std::string& run_id) {
    return {Declined::Why::no_such_run, "there is no run " + run_id, "'spine runs list' shows what there is"};
}
/// Whether it can be done, or why not; judged inside of the transaction that does it.
std::optional<Declined> declines(const std::optional<run::Standing>& run, const std::string& run_id,
                                 const std::function<std::optional<Declined>(const run::Standing&)>& judge) {
    return run ? judge(*run) : no_such_run(run_id);
}

std::string by_text(const char* what, const std::string& by, const std::string& reason) {
    return std::string{what} + (by.empty() ? "" : " by " + by) + (reason.empty() ? "" : ": " + reason);
}

std::string status_text(const run::Standing& run) { return std::string{run::to_text(run.status)}; }

int next_generation(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared("SELECT generation FROM core_workflow_runs WHERE run_id = ?");
    row.bind(1, run_id);
    row.executeStep();
    const auto generation = row.getColumn(0).getInt();
    row.reset();
    return generation + 1;
}

/// The newest attempt of a step.
struct NewestAttempt {
    std::int64_t step_seq = 0;
    std::string type, status;
    json::object output, answer;
    std::string until; ///< of a waiting one: the end of its time; empty: it has none
};
std::optional<NewestAttempt>
newest_attempt(Connection& connection, const std::string& run_id, const std::string& step) {
    auto& row = connection.prepared("SELECT step_seq, type, status, output_json, answer_json, wake_at FROM core_workflow_steps "
                                    "WHERE run_id = ? AND step = ? ORDER BY generation DESC, attempt DESC LIMIT 1");
    row.bind(1, run_id);
    row.bind(2, step);
    std::optional<NewestAttempt> found;
    if (row.executeStep())
        found = NewestAttempt{row.getColumn(0).getInt64(),
                              row.getColumn(1).getString(),
                              row.getColumn(2).getString(),
                              object_in(row, 3),
                              object_in(row, 4),
                              row.getColumn(5).getString()};
    row.reset();
    return found;
}

/// "these wait for an answer: 'review', 'sign'"
std::string waiting_approvals(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared("SELECT step FROM core_workflow_steps WHERE run_id = ? AND status = 'waiting' AND type = 'approval' AND answer_json IS "
                                    "NULL ORDER BY step_seq LIMIT 20");
    row.bind(1, run_id);
    std::string names;
    while (row.executeStep())
        names += (names.empty() ? "'" : ", '") + row.getColumn(0).getString() + "'";
    row.reset();
    return names.empty() ? "no step of the run waits for an answer" : "these wait for an answer: " + names;
}

/// The approvers that the waiting record names; none: anybody.
std::vector<std::string> approvers_of(const json::object& output) {
    std::vector<std::string> names;
    if (const auto* list = output.if_contains("approvers"); list != nullptr && list->is_array())
        for (const auto& name : list->get_array())
            if (name.is_string())
                names.emplace_back(name.get_string());
    return names;
}

std::string text_of(const json::object& answer, const char* name) {
    const auto* value = answer.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}
bool is_approved(const json::object& answer) {
    const auto* value = answer.if_contains("approved");
    return value != nullptr && value->is_bool() && value->get_bool();
}

} // namespace

Writer& SqliteRunDesk::writer_or_refuse() {
    if (place_.writer == nullptr)
        throw Error{ErrorCode::internal,
                    "store '" + place_.reading.path() + "' was opened for reading"};
    if (!place_.reading.guarded([&] { return has_turns(place_.reading); }))
        throw Error{ErrorCode::invalid,
                    "store '" + place_.reading.path() + "' has no tables for this version's workflows yet",
                    "run: spine db init"};
    return *place_.writer;
}

Asked SqliteRunDesk::cancel(const std::string& run_id, const std::string& by, const std::string& reason) {
    auto& writer = writer_or_refuse();
    return writer.transact([&]() -> Asked {
        auto& connection = writer.connection();
        const auto now = env::to_text(place_.clock.now());
        const auto run = standing_of(connection, run_id);
        if (auto declined = declines(run, run_id, run::declined_cancel))
            return std::move(*declined);
        if (run->status == run::RunStatus::cancelled)
            return Answered{run_id, "cancelled"};
        cancel_runs(connection, {run_id}, by_text("cancelled", by, reason), now);
        call_parent_of(connection, run_id);
        return Answered{run_id, "cancelled"};
    });
}

Asked SqliteRunDesk::pause(const std::string& run_id, const std::string& by) {
    auto& writer = writer_or_refuse();
    return writer.transact([&]() -> Asked {
        auto& connection = writer.connection();
        if (auto declined = declines(standing_of(connection, run_id), run_id, run::declined_pause))
            return std::move(*declined);
        pause_runs(connection, run_id, by, [&](const std::string& worker) { return place_.liveness.alive(worker); });
        return Answered{run_id, status_text(*standing_of(connection, run_id))};
    });
}

Asked SqliteRunDesk::answer(const std::string& run_id,
                            const std::string& step,
                            bool approved,
                            const std::string& by,
                            const std::string& reason) {
    auto& writer = writer_or_refuse();
    return writer.transact([&]() -> Asked {
        auto& connection = writer.connection();
        const auto run = standing_of(connection, run_id);
        if (!run)
            return no_such_run(run_id);
        const auto asked = newest_attempt(connection, run_id, step);
        const auto name = "step '" + step + "' of run " + run_id;
        if (!asked)
            return Declined{Declined::Why::no_such_step, name + " has not been begun, or there is no such step", waiting_approvals(connection, run_id)};
        if (asked->type != "approval")
            return Declined{Declined::Why::wrong_state, name + " is no approval but a " + asked->type + " step", {}};
        if (by.empty())
            return Declined{Declined::Why::not_allowed, name + ": who answers must have a name", "add --as NAME"};
        if (const auto approvers = approvers_of(asked->output);
            asked->answer.empty() && !approvers.empty() &&
            std::find(approvers.begin(), approvers.end(), by) == approvers.end()) {
            std::string names;
            for (const auto& one : approvers)
                names += (names.empty() ? "" : ", ") + one;
            return Declined{Declined::Why::not_allowed, "'" + by + "' may not answer " + name, "it asks: " + names};
        }
        if (!asked->answer.empty() && asked->status == "cancelled")
            return Declined{Declined::Why::conflict, name + " waits no more: the run was cancelled before the answer was used", {}};
        if (!asked->answer.empty()) {
            if (text_of(asked->answer, "by") == by && is_approved(asked->answer) == approved)
                return Answered{run_id, status_text(*run)};
            return Declined{Declined::Why::conflict,
                            name + " was " + (is_approved(asked->answer) ? "approved" : "refused") + " by " +
                                text_of(asked->answer, "by") + " at " + text_of(asked->answer, "at"),
                            {}};
        }
        if (asked->status != "waiting")
            return Declined{Declined::Why::conflict, name + " waits no more: it is " + asked->status, {}};
        // Whether or not anybody has looked since: what happens then was promised for that time.
        if (const auto now = env::to_text(place_.clock.now()); !asked->until.empty() && asked->until <= now)
            return Declined{Declined::Why::conflict,
                            name + " waits no more: its time was over at " + asked->until,
                            "'spine runs resume " + run_id + "' goes on as the workflow says for that"};
        auto& swap = connection.prepared("UPDATE core_workflow_steps SET answer_json = ? WHERE step_seq = ? AND status = "
                                         "'waiting' AND answer_json IS NULL");
        swap.bind(1,
                  workflow::json_text(json::object{{"approved", approved},
                                                   {"by", by},
                                                   {"reason", reason},
                                                   {"at", env::to_text(place_.clock.now())}}));
        swap.bind(2, asked->step_seq);
        if (swap.exec() != 1)
            throw Error{ErrorCode::internal, name + " changed within a transaction"};
        call_run(connection, run_id);
        // Who drives the run says what it waits for then; nobody else would.
        auto& tell = connection.prepared("UPDATE core_workflow_runs SET reason = ?1 WHERE run_id = ?2 AND status = 'waiting' AND locked_by IS NULL AND "
                                         "substr(reason, 1, length(?3)) = ?3");
        tell.bind(1, "'" + step + "' was " + (approved ? "approved" : "refused") + by_text("", by, {}));
        tell.bind(2, run_id);
        tell.bind(3, "'" + step + "' waits");
        tell.exec();
        return Answered{run_id, status_text(*run)};
    });
}

Asked SqliteRunDesk::retry(const std::string& run_id,
                           const std::vector<std::string>& forget,
                           const std::string& from,
                           const std::string& by) {
    auto& writer = writer_or_refuse();
    return writer.transact([&]() -> Asked {
        auto& connection = writer.connection();
        const auto now = env::to_text(place_.clock.now());
        if (auto declined = declines(standing_of(connection, run_id), run_id, [&](const auto& run) { return run::declined_retry(run, from); }))
            return std::move(*declined);
        const auto generation = next_generation(connection, run_id);
        run::StepRecord record;
        record.step = "@retry";
        record.generation = generation;
        record.attempt = generation;
        record.type = "retry";
        record.status = run::StepStatus::completed;
        json::array steps;
        for (const auto& step : forget)
            steps.emplace_back(step);
        record.output = {{"steps", std::move(steps)}, {"from", from}, {"by", by}, {"at", now}};
        record.begun_no = record.ended_no = next_event_no(connection, run_id);
        write_step(connection, run_id, record, now);
        // The fence grows too: whoever ended it believes to have it by the old one.
        auto& update = connection.prepared(
            "UPDATE core_workflow_runs SET generation = ?1, status = 'running', reason = NULL, current_step = coalesce(?4, current_step), error_step = NULL, "
            "error_category = NULL, error_message = NULL, error_json = NULL, finished_at = NULL, result_json = NULL, "
            "fence = fence + 1, locked_by = NULL, locked_at = NULL, wake_at = ?2, queue_until = NULL WHERE run_id = "
            "?3");
        update.bind(1, generation);
        update.bind(2, now);
        update.bind(3, run_id);
        bind_or_null(update, 4, from.substr(0, from.find('['))); // it begins with the map, if it is in one
        update.exec();
        return Answered{run_id, "running"};
    });
}

Asked SqliteRunDesk::fork(const run::NewRun& wanted) {
    auto& writer = writer_or_refuse();
    return writer.transact([&]() -> Asked {
        auto& connection = writer.connection();
        if (!wanted.forked_from.empty() && !standing_of(connection, wanted.forked_from))
            return no_such_run(wanted.forked_from);
        if (standing_of(connection, wanted.run_id))
            return Declined{Declined::Why::conflict, "there is a run " + wanted.run_id + " already", {}};
        if (!wanted.run_key.empty()) {
            auto& row = connection.prepared("SELECT run_id FROM core_workflow_runs WHERE workflow = ? AND run_key = ?");
            row.bind(1, wanted.workflow);
            row.bind(2, wanted.run_key);
            const auto other = row.executeStep() ? row.getColumn(0).getString() : std::string{};
            row.reset();
            if (!other.empty())
                return Declined{Declined::Why::conflict,
                                "the key '" + wanted.run_key + "' is that of run " + other,
                                "give the fork another key, or none"};
        }
        begin_unowned(place_.hand(), wanted, env::to_text(place_.clock.now()));
        return Answered{wanted.run_id, "running"};
    });
}

} // namespace spine::store
