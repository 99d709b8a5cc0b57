#include "store/pause_runs.hpp"

#include "env/clock.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace spine::store {

namespace {

constexpr std::string_view asked_words = "asked to pause", paused_words = "paused", together = " with its parent run";

struct Standing {
    std::string run_id, status, reason, worker;
    bool asked = false;

    bool is_paused() const { return status == "paused" && reason.starts_with(paused_words); } ///< not only interrupted
    bool is_together() const { return (is_paused() || asked) && reason.ends_with(together); }
};

constexpr const char* standing_columns = "r.run_id, r.status, r.reason, r.locked_by, r.pause_asked";

std::vector<Standing> standing_in(SQLite::Statement& row) {
    std::vector<Standing> all;
    while (row.executeStep())
        all.push_back({row.getColumn(0).getString(),
                       row.getColumn(1).getString(),
                       row.getColumn(2).getString(),
                       row.getColumn(3).getString(),
                       row.getColumn(4).getInt() != 0});
    row.reset();
    return all;
}

void ask(Connection& connection, const std::string& run_id, const std::string& reason) {
    auto& ask = connection.prepared("UPDATE core_workflow_runs SET pause_asked = 1, reason = ?, calls = calls + 1 WHERE run_id = ?");
    ask.bind(1, reason);
    ask.bind(2, run_id);
    ask.exec();
}

void pause(Connection& connection, const std::string& run_id, const std::string& reason) {
    auto& pause = connection.prepared("UPDATE core_workflow_runs SET status = 'paused', reason = ?, fence = fence + 1, locked_by = NULL, "
                                      "locked_at = NULL, pause_asked = 0 WHERE run_id = ?");
    pause.bind(1, reason);
    pause.bind(2, run_id);
    pause.exec();
}

/// `why`: " by ann", " with its parent run", or nothing.
void pause_or_ask(Connection& connection, const Standing& run, const std::string& why, const Alive& alive) {
    if (!run.worker.empty() && alive(run.worker))
        ask(connection, run.run_id, std::string{asked_words} + why);
    else
        pause(connection, run.run_id, std::string{paused_words} + why);
}

/// Steps of the run that wait for runs: those stood still as well, and have all of their time again.
void begin_times_anew(Connection& connection, const std::string& run_id, const std::string& now) {
    auto& row = connection.prepared("SELECT step_seq, started_at, wake_at, wait_ms FROM core_workflow_steps WHERE run_id = ? AND status = 'waiting' AND "
                                    "child_run_id IS NOT NULL AND wake_at IS NOT NULL");
    row.bind(1, run_id);
    std::vector<std::pair<std::int64_t, env::TimePoint>> until;
    while (row.executeStep())
        until.emplace_back(row.getColumn(0).getInt64(),
                           env::time_from(now) + (row.getColumn(3).isNull() ? env::time_from(row.getColumn(2).getString()) - env::time_from(row.getColumn(1).getString())
                                                                            : std::chrono::milliseconds{row.getColumn(3).getInt64()}));
    row.reset();
    for (const auto& [step_seq, wake_at] : until) {
        auto& update = connection.prepared("UPDATE core_workflow_steps SET wake_at = ? WHERE step_seq = ?");
        update.bind(1, env::to_text(wake_at));
        update.bind(2, step_seq);
        update.exec();
    }
}

} // namespace

void pause_runs(Connection& connection, const std::string& run_id, const std::string& by, const Alive& alive) {
    auto& row = connection.prepared(std::string{"WITH RECURSIVE below(id) AS (SELECT ?1 UNION SELECT c.run_id FROM core_workflow_runs c JOIN below "
                                                "ON c.parent_run_id = below.id WHERE c.parent_attempt IS NOT NULL AND c.forked_from IS NULL) SELECT "} +
                                    standing_columns +
                                    " FROM core_workflow_runs r WHERE r.run_id IN (SELECT id FROM below) AND r.status NOT IN ('completed', 'failed', "
                                    "'cancelled') ORDER BY r.run_id");
    row.bind(1, run_id);
    for (const auto& run : standing_in(row)) {
        const bool wished = run.is_paused() || run.asked;
        if (run.run_id != run_id) {
            if (!wished)
                pause_or_ask(connection, run, std::string{together}, alive);
        } else if (!wished || run.is_together()) { // whose own pause it was before stays told
            pause_or_ask(connection, run, by.empty() ? std::string{} : " by " + by, alive);
        }
    }
}

void let_go_below(Connection& connection, const std::string& run_id, const std::string& now) {
    std::vector<std::string> open{run_id};
    begin_times_anew(connection, run_id, now);
    while (!open.empty()) {
        auto& row = connection.prepared(std::string{"SELECT "} + standing_columns +
                                        " FROM core_workflow_runs r WHERE r.parent_run_id = ? AND r.parent_attempt IS NOT NULL AND r.forked_from IS NULL AND r.status NOT IN "
                                        "('completed', 'failed', 'cancelled')");
        row.bind(1, open.back());
        open.pop_back();
        for (const auto& run : standing_in(row)) {
            if (run.is_together() || (run.status == "paused" && !run.is_paused())) {
                // Due at once, or in the queue again when it had not begun.
                auto& go = connection.prepared(
                    "UPDATE core_workflow_runs SET reason = NULL, pause_asked = 0, status = CASE WHEN status <> 'paused' THEN status WHEN EXISTS (SELECT 1 "
                    "FROM core_workflow_steps s WHERE s.run_id = ?1) THEN 'running' ELSE 'pending' END, wake_at = CASE WHEN status <> 'paused' THEN wake_at "
                    "WHEN EXISTS (SELECT 1 FROM core_workflow_steps s WHERE s.run_id = ?1) THEN ?2 ELSE queue_until END WHERE run_id = ?1");
                go.bind(1, run.run_id);
                go.bind(2, now);
                go.exec();
                begin_times_anew(connection, run.run_id, now);
            } else if (run.is_paused() || run.asked) {
                continue;
            }
            open.push_back(run.run_id);
        }
    }
}

StatusAndReason as_asked(const run::RunChange& change, const PauseWish& wish) {
    if (run::is_final(change.status) || change.reason.starts_with("blocked:"))
        return {change.status, change.reason};
    if (change.status != run::RunStatus::paused)
        return {change.status, wish.asked ? wish.reason : change.reason};
    if (change.reason != paused_words)
        return {change.status, change.reason}; // interrupted
    if (!wish.asked)
        return {run::RunStatus::running, {}}; // whoever has it gives it back, and it is due
    return {change.status, wish.reason.starts_with(asked_words) ? std::string{paused_words} + wish.reason.substr(asked_words.size()) : change.reason};
}

void pause_new(Connection& connection, const std::string& run_id, const PauseWish& parents, bool is_successor) {
    auto& row = connection.prepared(std::string{"SELECT "} + standing_columns + " FROM core_workflow_runs r WHERE r.run_id = ? AND r.status NOT IN "
                                                                                "('completed', 'failed', 'cancelled')");
    row.bind(1, run_id);
    const bool worded = parents.reason.starts_with(asked_words);
    const auto why = !is_successor ? std::string{together} : worded ? parents.reason.substr(asked_words.size()) : std::string{};
    for (const auto& run : standing_in(row))
        pause_or_ask(connection, run, why, [](const std::string&) { return true; });
}

} // namespace spine::store
