#include "store/new_runs.hpp"

#include "store/cancel_runs.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <vector>

namespace spine::store {

namespace json = boost::json;

namespace {

void insert_definition(Connection& connection,
                       const run::KeptDefinition& kept,
                       const std::string& by,
                       const std::string& now) {
    auto& insert = connection.prepared(
        "INSERT INTO core_workflow_definitions (name, version, definition_yaml, sha256, created_at, "
        "created_by) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name, sha256) DO NOTHING");
    insert.bind(1, kept.name);
    insert.bind(2, kept.version);
    insert.bind(3, kept.text);
    insert.bind(4, kept.sha256);
    insert.bind(5, now);
    insert.bind(6, by);
    insert.exec();
}

/// The run's state at its insert.
struct Standing {
    run::RunStatus status = run::RunStatus::running;
    std::string reason;
    std::string owner; ///< empty: nobody
    std::string wake_at;
};

const char* conflict_text(run::NewRun::OnConflict on_conflict) {
    switch (on_conflict) {
    case run::NewRun::OnConflict::queue: return "queue";
    case run::NewRun::OnConflict::skip: return "skip";
    case run::NewRun::OnConflict::cancel_existing: return "cancel_existing";
    }
    return "queue";
}

void insert_run(Connection& connection,
                const run::NewRun& wanted,
                const Standing& standing,
                const std::string& now) {
    insert_definition(connection,
                      {wanted.workflow, wanted.version, wanted.definition_text, wanted.definition_sha256},
                      wanted.trigger,
                      now);
    json::object children;
    for (const auto& child : wanted.children) {
        insert_definition(connection, child, wanted.trigger, now);
        children[child.name] = child.sha256;
    }
    json::object plugins;
    for (const auto& [operation, plugin] : wanted.plugins)
        plugins[operation] = plugin;
    auto& insert = connection.prepared(
        "INSERT INTO core_workflow_runs (run_id, workflow, version, definition_sha256, params_json, "
        "plugins_json, domain, run_key, status, reason, current_step, started_at, finished_at, fence, "
        "locked_by, locked_at, wake_at, trigger_source, given_json, working_folder, settings_json, "
        "children_json, parent_run_id, parent_step, parent_generation, parent_attempt, generation, "
        "chain_no, forked_from, queue_until, concurrent_max, on_conflict) VALUES (?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    int at = 1;
    insert.bind(at++, wanted.run_id);
    insert.bind(at++, wanted.workflow);
    insert.bind(at++, wanted.version);
    insert.bind(at++, wanted.definition_sha256);
    insert.bind(at++, workflow::canonical_json(wanted.params));
    insert.bind(at++, workflow::json_text(plugins));
    bind_or_null(insert, at++, wanted.domain);
    bind_or_null(insert, at++, wanted.run_key);
    insert.bind(at++, std::string{run::to_text(standing.status)});
    bind_or_null(insert, at++, standing.reason);
    // So that what begins need not change the row again; who has not begun is at no step.
    bind_or_null(insert, at++, standing.status == run::RunStatus::running ? wanted.begin.run.current_step : std::string{});
    insert.bind(at++, now);
    bind_or_null(insert, at++, run::is_final(standing.status) ? now : std::string{});
    bind_or_null(insert, at++, standing.owner);
    bind_or_null(insert, at++, standing.owner.empty() ? std::string{} : now);
    bind_or_null(insert, at++, standing.wake_at);
    insert.bind(at++, wanted.trigger);
    insert.bind(at++, workflow::canonical_json(wanted.given));
    bind_or_null(insert, at++, wanted.folder);
    bind_or_null(insert, at++, wanted.settings.empty() ? std::string{} : workflow::json_text(wanted.settings));
    bind_or_null(insert, at++, children.empty() ? std::string{} : workflow::json_text(children));
    if (wanted.parent_run_id.empty()) {
        at += 4;
    } else {
        insert.bind(at++, wanted.parent_run_id);
        insert.bind(at++, wanted.parent_step);
        if (waiter_of(wanted).empty()) {
            at += 2; // no attempt waits for it
        } else {
            insert.bind(at++, wanted.generation); // of a child: its parent's
            insert.bind(at++, wanted.parent_attempt);
        }
    }
    insert.bind(at++, wanted.generation);
    insert.bind(at++, wanted.chain_no);
    bind_or_null(insert, at++, wanted.forked_from);
    bind_or_null(insert, at++, wanted.queue_until);
    if (wanted.concurrent_max > 0) {
        insert.bind(at, wanted.concurrent_max);
        insert.bind(at + 1, conflict_text(wanted.on_conflict));
    }
    insert.exec();
}

void write_begin(const RunHand& hand, const run::NewRun& wanted, const std::string& now) {
    auto begin = wanted.begin;
    begin.run_id = wanted.run_id;
    begin.fence = 1;
    if (write_along(hand, begin, now) != run::Written::yes)
        throw Error{ErrorCode::internal, "run " + wanted.run_id + " could not be begun"};
}

/// Who has the room, the oldest first.
std::string names_at_work(Connection& connection, const std::string& workflow) {
    constexpr int named_max = 3;
    auto& row = connection.prepared(std::string{"SELECT run_id FROM core_workflow_runs WHERE "} + unfinished_runs +
                                    " AND status IN ('running', 'waiting') AND workflow = ? ORDER BY run_id LIMIT ?");
    row.bind(1, workflow);
    row.bind(2, named_max + 1);
    std::string names;
    for (int named = 0; row.executeStep(); ++named)
        names += named == named_max ? " and more" : (named == 0 ? "run " : ", ") + row.getColumn(0).getString();
    row.reset();
    return names;
}

/// Those of the workflow that run or wait end.
void cancel_others(const RunHand& hand, const run::NewRun& wanted, const std::string& now) {
    auto& row = hand.connection.prepared(
        std::string{"SELECT run_id FROM core_workflow_runs WHERE "} + unfinished_runs +
        " AND status IN ('running', 'waiting') AND workflow = ?");
    row.bind(1, wanted.workflow);
    std::vector<std::string> others;
    while (row.executeStep())
        others.push_back(row.getColumn(0).getString());
    row.reset();
    const auto reason = "cancelled: run " + wanted.run_id + " of the same workflow began";
    for (const auto& run_id : cancel_runs(hand.connection, others, reason, now))
        call_parent_of(hand.connection, run_id);
}

bool is_alive(const RunHand& hand, const std::string& worker) {
    return !worker.empty() && (worker == hand.process || (hand.liveness != nullptr && hand.liveness->alive(worker)));
}

} // namespace

std::int64_t at_work(Connection& connection, const std::string& workflow) {
    auto& row = connection.prepared(
        std::string{"SELECT count(*) FROM core_workflow_runs WHERE "} + unfinished_runs +
        " AND status IN ('running', 'waiting') AND workflow = ?");
    row.bind(1, workflow);
    row.executeStep();
    const auto count = row.getColumn(0).getInt64();
    row.reset();
    return count;
}

std::int64_t ahead_of(const RunHand& hand, const std::string& workflow, const std::string& run_id) {
    auto& row = hand.connection.prepared(std::string{"SELECT t.waited_by FROM core_workflow_runs r JOIN core_workflow_turns t ON t.run_id = r.run_id WHERE r."} +
                                         unfinished_runs + " AND r.status = 'pending' AND r.workflow = ? AND r.run_id < ?");
    row.bind(1, workflow);
    row.bind(2, run_id);
    std::vector<std::string> waiters;
    while (row.executeStep())
        waiters.push_back(row.getColumn(0).getString());
    row.reset();
    return std::count_if(waiters.begin(), waiters.end(), [&](const auto& waiter) { return is_alive(hand, waiter); });
}

void wait_for_turn(const RunHand& hand, const std::string& run_id) {
    auto& row = hand.connection.prepared("SELECT waited_by FROM core_workflow_turns WHERE run_id = ?");
    row.bind(1, run_id);
    const auto waiter = row.executeStep() ? row.getColumn(0).getString() : std::string{};
    row.reset();
    if (is_alive(hand, waiter))
        return;
    auto& upsert = hand.connection.prepared("INSERT INTO core_workflow_turns (run_id, waited_by) VALUES (?, ?) ON CONFLICT (run_id) DO UPDATE SET "
                                            "waited_by = excluded.waited_by");
    upsert.bind(1, run_id);
    upsert.bind(2, hand.process);
    upsert.exec();
}

void end_turn(const RunHand& hand, const std::string& run_id) {
    auto& erase = hand.connection.prepared("DELETE FROM core_workflow_turns WHERE run_id = ?");
    erase.bind(1, run_id);
    erase.exec();
}

std::string crowd_text(std::int64_t at_work, std::int64_t most, const std::string& workflow, std::int64_t ahead) {
    return std::to_string(at_work) + " of at most " + std::to_string(most) + " runs of " + workflow +
           " are at work" + (ahead == 0 ? "" : ", and " + std::to_string(ahead) + (ahead == 1 ? " waits" : " wait") + " before it");
}

Begun begin_run(const RunHand& hand, const run::NewRun& wanted, const std::string& now) {
    const auto others = wanted.concurrent_max > 0 ? at_work(hand.connection, wanted.workflow) : 0;
    // Who comes while others wait for their turn comes after them, also when there is room at this moment.
    const bool queues = wanted.concurrent_max > 0 && wanted.on_conflict == run::NewRun::OnConflict::queue;
    const auto ahead = queues ? ahead_of(hand, wanted.workflow, wanted.run_id) : 0;
    if (wanted.concurrent_max > 0 && others + ahead >= wanted.concurrent_max) {
        const auto crowd = crowd_text(others, wanted.concurrent_max, wanted.workflow, ahead);
        switch (wanted.on_conflict) {
        case run::NewRun::OnConflict::queue:
            insert_run(hand.connection,
                       wanted,
                       {run::RunStatus::pending, "queued: " + crowd, {}, wanted.queue_until},
                       now);
            wait_for_turn(hand, wanted.run_id);
            return Begun::queued;
        case run::NewRun::OnConflict::skip:
            insert_run(hand.connection, wanted, {run::RunStatus::cancelled, "skipped: " + crowd + ": " + names_at_work(hand.connection, wanted.workflow), {}, {}}, now);
            call_parent_of(hand.connection, wanted.run_id);
            return Begun::skipped;
        case run::NewRun::OnConflict::cancel_existing: cancel_others(hand, wanted, now); break;
        }
    }
    insert_run(hand.connection,
               wanted,
               {run::RunStatus::running, wanted.begin.run.reason, hand.process, wanted.begin.run.wake_at},
               now);
    if (hand.owned != nullptr)
        hand.owned->add(wanted.run_id, 1);
    write_begin(hand, wanted, now);
    return Begun::running;
}

void begin_unowned(const RunHand& hand, const run::NewRun& wanted, const std::string& now) {
    auto due = wanted;
    due.begin.run.status = run::RunStatus::running;
    due.begin.run.wake_at = now;
    insert_run(hand.connection, due, {run::RunStatus::running, due.begin.run.reason, {}, now}, now);
    write_begin(hand, due, now);
}

} // namespace spine::store
