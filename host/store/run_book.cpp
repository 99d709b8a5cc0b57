#include "store/run_book.hpp"

#include "error.hpp"
#include "run/new_run.hpp"
#include "run/unreadable.hpp"
#include "store/along.hpp"
#include "store/items.hpp"
#include "store/new_runs.hpp"
#include "store/pause_runs.hpp"
#include "store/run_rows.hpp"
#include "store/step_rows.hpp"
#include "store/told.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace spine::store {

namespace json = boost::json;

namespace {

constexpr std::size_t runs_max = 10'000;

/// A key belongs to a chain of runs: the newest of them answers, the first of them knows what the caller gave.
struct Keyed {
    std::string run_id;
    std::string given;
};
std::optional<Keyed>
run_with_key(Connection& connection, const std::string& workflow, const std::string& key) {
    if (key.empty())
        return std::nullopt;
    auto& row = connection.prepared("SELECT run_id, given_json FROM core_workflow_runs WHERE workflow = ? AND "
                                    "run_key = ? ORDER BY chain_no");
    row.bind(1, workflow);
    row.bind(2, key);
    std::optional<Keyed> found;
    while (row.executeStep()) {
        if (!found)
            found = Keyed{{}, row.getColumn(1).getString()};
        found->run_id = row.getColumn(0).getString();
    }
    row.reset();
    return found;
}

std::string shown(const json::value* value) {
    constexpr std::size_t length_max = 80;
    if (value == nullptr)
        return "not given";
    const auto text = workflow::json_text(*value);
    return text.size() > length_max ? "another long value" : text;
}

/// "tier was "OTC" and is now "NMS""; at most five parameters are named.
std::string difference(const json::object& then, const json::object& now) {
    constexpr int named_max = 5;
    std::set<std::string> names;
    for (const auto& member : then)
        names.emplace(member.key());
    for (const auto& member : now)
        names.emplace(member.key());
    std::string text;
    int named = 0;
    for (const auto& name : names) {
        const auto* before = then.if_contains(name);
        const auto* after = now.if_contains(name);
        if (before != nullptr && after != nullptr &&
            workflow::canonical_json(*before) == workflow::canonical_json(*after))
            continue;
        if (++named > named_max)
            return text + ", and others";
        text += (text.empty() ? "" : ", ") + name + " was " + shown(before) + " and is now " +
                shown(after);
    }
    return text;
}

/// What decides whether a run may be taken.
struct Claimable {
    run::RunStatus status = run::RunStatus::running;
    std::string reason, worker, since, workflow, queue_until, queued_at;
    std::int64_t fence = 0;
    std::int64_t concurrent_max = 0;
    bool begun = false; ///< it has records
};
std::optional<Claimable> claimable(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared(
        "SELECT status, reason, locked_by, locked_at, workflow, queue_until, fence, concurrent_max, EXISTS "
        "(SELECT 1 FROM core_workflow_steps s WHERE s.run_id = r.run_id), started_at FROM core_workflow_runs r WHERE "
        "run_id = ?");
    row.bind(1, run_id);
    std::optional<Claimable> found;
    if (row.executeStep()) {
        found.emplace();
        found->status =
            run::run_status_from(row.getColumn(0).getString()).value_or(run::RunStatus::running);
        found->reason = row.getColumn(1).getString();
        found->worker = row.getColumn(2).getString();
        found->since = row.getColumn(3).getString();
        found->workflow = row.getColumn(4).getString();
        found->queue_until = row.getColumn(5).getString();
        found->fence = row.getColumn(6).getInt64();
        found->concurrent_max = row.getColumn(7).getInt64();
        found->begun = row.getColumn(8).getInt() != 0;
        found->queued_at = row.getColumn(9).getString();
    }
    row.reset();
    return found;
}

/// A run that has waited in the queue for too long.
void end_queued(const RunHand& hand, const std::string& run_id, const Claimable& run, const std::string& now) {
    run::Along end;
    end.run_id = run_id;
    end.fence = run.fence;
    end.run.status = run::RunStatus::failed;
    unit::Failure failure;
    failure.category = unit::Category::timeout;
    failure.exit_code = unit::exit_code(failure.category);
    failure.message = "it waited in the queue until " + run.queue_until + ": " +
                      crowd_text(at_work(hand.connection, run.workflow), run.concurrent_max, run.workflow);
    failure.hint = "start it again when there is room, or raise queue_timeout_seconds";
    end.run.failure = std::move(failure);
    write_along(hand, end, now);
}

/// Distinct values of the index of owners, without reading a row for each run.
std::vector<std::string> owners(Connection& connection) {
    auto& row = connection.prepared(
        "WITH RECURSIVE o(w) AS (SELECT min(locked_by) FROM core_workflow_runs WHERE locked_by IS NOT NULL "
        "UNION ALL SELECT (SELECT min(locked_by) FROM core_workflow_runs WHERE locked_by IS NOT NULL AND "
        "locked_by > w) FROM o WHERE w IS NOT NULL) SELECT w FROM o WHERE w IS NOT NULL");
    std::vector<std::string> all;
    while (row.executeStep())
        all.push_back(row.getColumn(0).getString());
    row.reset();
    return all;
}

/// Workflows that have queued runs, with the room that they have.
std::vector<std::pair<std::string, std::int64_t>> queues_with_room(Connection& connection) {
    const auto queued = std::string{"FROM core_workflow_runs WHERE "} + unfinished_runs + " AND status = 'pending'";
    auto& row = connection.prepared(
        "WITH RECURSIVE q(w) AS (SELECT min(workflow) " + queued + " UNION ALL SELECT (SELECT min(workflow) " +
        queued + " AND workflow > w) FROM q WHERE w IS NOT NULL) SELECT w, (SELECT coalesce(concurrent_max, 1) " +
        queued + " AND workflow = w ORDER BY run_id LIMIT 1) FROM q WHERE w IS NOT NULL");
    std::vector<std::pair<std::string, std::int64_t>> queues;
    while (row.executeStep())
        queues.emplace_back(row.getColumn(0).getString(), row.getColumn(1).getInt64());
    row.reset();
    for (auto& [workflow, room] : queues)
        room -= at_work(connection, workflow);
    return queues;
}

constexpr const char* not_blocked = "(reason IS NULL OR substr(reason, 1, 8) <> 'blocked:')";

} // namespace

Writer& SqliteRunBook::writer_or_refuse() {
    if (place_.writer == nullptr)
        throw Error{ErrorCode::internal,
                    "store '" + place_.reading.path() + "' was opened for reading"};
    if (!place_.reading.guarded([&] { return has_turns(place_.reading); }))
        throw Error{ErrorCode::invalid,
                    "store '" + place_.reading.path() + "' has no tables for " +
                        (has_workflow_tables(place_.reading) ? "this version's workflows yet" : "workflows yet"),
                    "run: spine db init"};
    return *place_.writer;
}

/// What the run's own process reads back after a commit.
run::RunRow SqliteRunBook::row_of(const std::string& run_id) {
    auto row = look(run_id);
    if (!row)
        throw Error{ErrorCode::internal, "run " + run_id + " is gone"};
    return std::move(*row);
}

SqliteRunBook::Taken SqliteRunBook::take(const std::string& run_id, const std::string& now) {
    auto& connection = place_.writer->connection();
    const auto run = claimable(connection, run_id);
    if (!run)
        return {Taken::How::unknown, run_id, {}};
    if (run::is_final(run->status))
        return {Taken::How::over, run_id, {}};
    // A run that this process has itself it has lost to an error on the way.
    if (!run->worker.empty() && run->worker != place_.liveness.self() && place_.liveness.alive(run->worker))
        return {Taken::How::held, run_id, "run " + run_id + " (" + describe_worker(run->worker, run->since) + ")"};
    const bool queued = run->status == run::RunStatus::pending ||
                        (run->status == run::RunStatus::paused && !run->begun); // was paused in the queue
    if (queued) {
        if (!run->queue_until.empty() && run->queued_at > env::to_text(env::time_from(now) + std::chrono::seconds{1})) {
            // It was queued by a clock that was ahead: its time there is counted from now on.
            auto& anew = connection.prepared("UPDATE core_workflow_runs SET started_at = ?1, queue_until = ?2, wake_at = ?2 WHERE run_id = ?3");
            anew.bind(1, now);
            anew.bind(2, env::to_text(env::time_from(now) + (env::time_from(run->queue_until) - env::time_from(run->queued_at))));
            anew.bind(3, run_id);
            anew.exec();
        } else if (!run->queue_until.empty() && run->queue_until <= now) {
            end_queued(place_.hand(), run_id, *run, now);
            return {Taken::How::over, run_id, {}};
        }
        const auto others = at_work(connection, run->workflow);
        const auto ahead = ahead_of(place_.hand(), run->workflow, run_id);
        if (run->concurrent_max > 0 && others + ahead >= run->concurrent_max) {
            wait_for_turn(place_.hand(), run_id);
            return {Taken::How::held,
                    run_id,
                    "run " + run_id + " (queued: " + crowd_text(others, run->concurrent_max, run->workflow, ahead) + ")"};
        }
    }
    auto& update = connection.prepared(
        "UPDATE core_workflow_runs SET fence = fence + 1, locked_by = ?1, locked_at = ?2, status = "
        "CASE ?3 WHEN 1 THEN 'running' ELSE status END, reason = CASE ?3 WHEN 1 THEN NULL ELSE reason END, "
        "wake_at = CASE ?3 WHEN 1 THEN NULL ELSE wake_at END, started_at = CASE ?3 WHEN 1 THEN ?2 ELSE "
        "started_at END WHERE run_id = ?4");
    update.bind(1, place_.liveness.self());
    update.bind(2, now);
    update.bind(3, queued ? 1 : 0);
    update.bind(4, run_id);
    update.exec();
    if (queued)
        end_turn(place_.hand(), run_id);
    if (run->status == run::RunStatus::paused)
        let_go_below(connection, run_id, now);
    if (place_.owned != nullptr)
        place_.owned->add(run_id, run->fence + 1);
    return {Taken::How::owned, run_id, {}};
}

std::vector<run::Holder> SqliteRunBook::holders(const std::string& workflow) {
    constexpr std::int64_t holders_max = 100;
    auto& connection = place_.reading;
    return connection.guarded([&] {
        std::vector<run::Holder> all;
        if (!has_engine_tables(connection))
            return all;
        auto& row = connection.prepared(std::string{"SELECT run_id, status, reason, locked_by, locked_at, coalesce(wake_at <= ?2, 0) OR calls > calls_seen "
                                                    "FROM core_workflow_runs WHERE "} +
                                        unfinished_runs + " AND status IN ('running', 'waiting') AND workflow = ?1 ORDER BY run_id LIMIT ?3");
        row.bind(1, workflow);
        row.bind(2, env::to_text(place_.clock.now()));
        row.bind(3, holders_max);
        while (row.executeStep()) {
            run::Holder one;
            one.run_id = row.getColumn(0).getString();
            one.status = run::run_status_from(row.getColumn(1).getString()).value_or(run::RunStatus::running);
            one.reason = row.getColumn(2).getString();
            const auto worker = row.getColumn(3).getString();
            if (!worker.empty() && (worker == place_.liveness.self() || place_.liveness.alive(worker)))
                one.who = describe_worker(worker, row.getColumn(4).getString());
            else
                one.is_left = one.status == run::RunStatus::running || row.getColumn(5).getInt() != 0;
            all.push_back(std::move(one));
        }
        row.reset();
        return all;
    });
}

run::Opened SqliteRunBook::open(const run::NewRun& wanted) {
    auto& writer = writer_or_refuse();
    auto& connection = writer.connection();
    using Answer = std::variant<Taken, run::KeyTaken>;
    env::TimePoint begun_at{};
    bool begun_here = false;
    auto answer = writer.transact([&]() -> Answer {
        begun_at = place_.clock.now();
        begun_here = false;
        const auto now = env::to_text(begun_at);
        if (const auto known = run_with_key(connection, wanted.workflow, wanted.run_key)) {
            if (known->given != workflow::canonical_json(wanted.given)) {
                const auto then = workflow::json_from(known->given);
                return run::KeyTaken{known->run_id,
                                     "which began with other parameters: " +
                                         difference(then.is_object() ? then.get_object()
                                                                     : json::object{},
                                                    wanted.given)};
            }
            return take(known->run_id, now);
        }
        switch (begin_run(place_.hand(), wanted, now)) {
        case Begun::running: begun_here = true; return Taken{Taken::How::owned, wanted.run_id, {}};
        case Begun::skipped: return Taken{Taken::How::over, wanted.run_id, {}};
        case Begun::queued: break;
        }
        return Taken{Taken::How::held,
                     wanted.run_id,
                     "run " + wanted.run_id + " (queued: " +
                         crowd_text(at_work(connection, wanted.workflow), wanted.concurrent_max, wanted.workflow) +
                         ")"};
    });
    if (auto* taken = std::get_if<run::KeyTaken>(&answer))
        return std::move(*taken);
    auto& taken = std::get<Taken>(answer);
    switch (taken.how) {
    case Taken::How::owned: return run::Owned{begun_here ? run::begun_row(wanted, begun_at) : row_of(taken.run_id)};
    case Taken::How::over: return run::Over{row_of(taken.run_id)};
    case Taken::How::held:
    case Taken::How::unknown: break;
    }
    return run::Held{taken.run_id, taken.holder};
}

run::Claimed SqliteRunBook::claim(const std::string& run_id) {
    const auto taken =
        writer_or_refuse().transact([&] { return take(run_id, env::to_text(place_.clock.now())); });
    tell_claim(place_.log, run_id, taken.how == Taken::How::owned, taken.holder);
    // Read after the commit, so that nobody waits for a long journal; only this process writes to the run now.
    switch (taken.how) {
    case Taken::How::owned: {
        run::Owned owned;
        if (const auto why = run::why_unreadable([&] { owned.run = row_of(run_id); })) {
            set_aside(run_id, 0, run::unreadable_reason(*why));
            throw Error{ErrorCode::invalid, "its records cannot be read: " + *why, "'spine db check' says what is damaged"};
        }
        return owned;
    }
    case Taken::How::over: return run::Over{row_of(run_id)};
    case Taken::How::held: return run::Held{run_id, taken.holder};
    case Taken::How::unknown: break;
    }
    return run::NoSuchRun{};
}

std::string SqliteRunBook::with_key(const std::string& workflow, const std::string& key) {
    auto& connection = place_.reading;
    return connection.guarded([&] {
        if (!has_workflow_tables(connection))
            return std::string{};
        const auto found = run_with_key(connection, workflow, key);
        return found ? found->run_id : std::string{};
    });
}

std::optional<run::RunRow> SqliteRunBook::look(const std::string& run_id) {
    auto& connection = place_.reading;
    return connection.guarded([&]() -> std::optional<run::RunRow> {
        if (!has_workflow_tables(connection))
            return std::nullopt;
        const ReadTransaction snapshot{connection}; // the run and its steps are of one moment
        return run_row(connection, run_id);
    });
}

template <typename Keep> std::vector<std::string> SqliteRunBook::without_owner(const std::string& deaths, const std::string& order, Keep keep) {
    auto& connection = place_.reading;
    return connection.guarded([&] {
        std::vector<std::string> ids;
        if (!has_workflow_tables(connection))
            return ids;
        SQLite::Statement row{connection.db(),
                              "SELECT run_id, locked_by, status, " + deaths + " AS deaths FROM core_workflow_runs r WHERE " + unfinished_runs +
                                  // Whoever paused a run decides when it goes on; one that was interrupted waits for anybody.
                                  " AND NOT (status = 'paused' AND coalesce(reason, '') GLOB 'paused*') ORDER BY " + order};
        while (ids.size() < runs_max && row.executeStep()) {
            const bool owned = !row.getColumn(1).isNull();
            if (!(owned && place_.liveness.alive(row.getColumn(1).getString())) && keep(owned, row))
                ids.push_back(row.getColumn(0).getString());
        }
        return ids;
    });
}

std::vector<std::string> SqliteRunBook::unowned() {
    return without_owner("0", "started_at, run_id", [](bool, SQLite::Statement&) { return true; });
}

std::vector<std::string> SqliteRunBook::suspects() {
    return without_owner("(SELECT count(*) FROM core_workflow_steps s WHERE s.run_id = r.run_id AND s.error_category = 'CRASH')",
                         "deaths, started_at, run_id",
                         [](bool owned, SQLite::Statement& row) {
                             return row.getColumn(3).getInt64() > 0 || (owned && row.getColumn(2).getString() == "running");
                         });
}

bool SqliteRunBook::append(const run::Along& along) { return write(along) == run::Written::yes; }

run::Written SqliteRunBook::write(const run::Along& along) {
    const auto written = writer_or_refuse().transact(
        [&] { return write_along(place_.hand(), along, env::to_text(place_.clock.now())); }, along.steps.size());
    tell_written(place_.log, along, written == run::Written::yes);
    return written;
}

run::Outside SqliteRunBook::outside(const std::string& run_id) {
    auto& connection = place_.reading;
    return connection.guarded([&] {
        run::Outside out;
        const ReadTransaction snapshot{connection};
        auto& run = connection.prepared("SELECT calls, pause_asked FROM core_workflow_runs WHERE run_id = ?");
        run.bind(1, run_id);
        if (run.executeStep()) {
            out.calls = run.getColumn(0).getInt64();
            out.pause_asked = run.getColumn(1).getInt() != 0;
        }
        run.reset();
        auto& answer = connection.prepared("SELECT step, answer_json FROM core_workflow_steps WHERE run_id = ? AND "
                                           "status = 'waiting' AND answer_json IS NOT NULL");
        answer.bind(1, run_id);
        while (answer.executeStep())
            out.answers[answer.getColumn(0).getString()] = object_in(answer, 1);
        answer.reset();
        // Of a child that went on in successors the last one counts.
        auto& child = connection.prepared(
            "SELECT s.step, c.run_id, c.status, c.result_json, c.error_category, c.error_message, c.error_json, c.finished_at "
            "FROM core_workflow_steps s JOIN core_workflow_runs c ON c.parent_run_id = s.run_id AND "
            "c.parent_step = s.step AND c.parent_generation = s.generation AND c.parent_attempt = s.attempt AND "
            "c.forked_from IS NULL WHERE s.run_id = ?1 AND s.status = 'waiting' AND s.child_run_id IS NOT NULL AND "
            "c.chain_no = (SELECT max(l.chain_no) FROM core_workflow_runs l WHERE l.parent_run_id = s.run_id AND "
            "l.parent_step = s.step AND l.parent_generation = s.generation AND l.parent_attempt = s.attempt AND "
            "l.forked_from IS NULL) AND c.status IN ('completed', 'failed', 'cancelled')");
        child.bind(1, run_id);
        while (child.executeStep()) {
            auto& end = out.children[child.getColumn(0).getString()];
            end.run_id = child.getColumn(1).getString();
            end.status = run::run_status_from(child.getColumn(2).getString()).value_or(run::RunStatus::failed);
            end.result = object_in(child, 3);
            end.failure = failure_from(child, 4);
            end.at = child.getColumn(7).getString();
        }
        child.reset();
        return out;
    });
}

void SqliteRunBook::release(const std::string& run_id, std::int64_t fence) {
    auto& writer = writer_or_refuse();
    writer.transact([&] {
        // One that is given back in the middle of its work is due at once.
        auto& update = writer.connection().prepared(
            "UPDATE core_workflow_runs SET locked_by = NULL, locked_at = NULL, wake_at = CASE status WHEN 'running' "
            "THEN coalesce(wake_at, ?1) ELSE wake_at END WHERE run_id = ?2 AND fence = ?3 AND locked_by = ?4");
        update.bind(1, env::to_text(place_.clock.now()));
        update.bind(2, run_id);
        update.bind(3, fence);
        update.bind(4, place_.liveness.self());
        return update.exec();
    });
    if (place_.owned != nullptr)
        place_.owned->forget(run_id);
}

void SqliteRunBook::set_aside(const std::string& run_id, std::int64_t fence, const std::string& reason) {
    auto& writer = writer_or_refuse();
    writer.transact([&] {
        auto& update = writer.connection().prepared(
            "UPDATE core_workflow_runs SET status = 'waiting', reason = ?1, wake_at = NULL, fence = fence + 1, locked_by = NULL, locked_at = NULL WHERE run_id = ?2 "
            "AND (fence = ?3 OR ?3 = 0) AND locked_by = ?4");
        update.bind(1, reason);
        update.bind(2, run_id);
        update.bind(3, fence);
        update.bind(4, place_.liveness.self());
        return update.exec();
    });
    if (place_.owned != nullptr)
        place_.owned->forget(run_id);
}

std::vector<std::string> SqliteRunBook::called() {
    auto& connection = place_.reading;
    return connection.guarded([&] {
        // Known before it is looked: what begins meanwhile is for the next time.
        const auto known = place_.owned != nullptr ? place_.owned->all() : decltype(place_.owned->all()){};
        const ReadTransaction snapshot{connection};
        std::vector<std::string> ids;
        std::set<std::string> ours;
        auto& row = connection.prepared("SELECT run_id, calls > calls_seen FROM core_workflow_runs WHERE locked_by = ?");
        row.bind(1, place_.liveness.self());
        while (row.executeStep()) {
            auto id = row.getColumn(0).getString();
            if (row.getColumn(1).getInt() != 0)
                ids.push_back(id);
            ours.insert(std::move(id));
        }
        row.reset();
        for (const auto& [run_id, fence] : known) {
            if (ours.contains(run_id))
                continue;
            auto& other = connection.prepared("SELECT fence FROM core_workflow_runs WHERE run_id = ?");
            other.bind(1, run_id);
            const auto now = other.executeStep() ? other.getColumn(0).getInt64() : 0;
            other.reset();
            if (now < fence)
                continue; // its commit is still on its way
            // With our fence we have ended it, or given it back; who takes a run makes the fence grow.
            if (now > fence)
                ids.push_back(run_id);
            place_.owned->forget(run_id);
        }
        return ids;
    });
}

std::vector<std::string> SqliteRunBook::due(std::size_t most) {
    auto& connection = place_.reading;
    return connection.guarded([&] {
        std::set<std::string> ids; // UUIDv7: in the order in which they were made
        if (!has_engine_tables(connection))
            return std::vector<std::string>{};
        const ReadTransaction snapshot{connection};
        const auto limit = static_cast<std::int64_t>(most);
        const auto collect = [&](const std::string& sql, const std::string& value, std::int64_t rows) {
            auto& row = connection.prepared(sql);
            if (!value.empty())
                row.bind(1, value);
            row.bind(value.empty() ? 1 : 2, rows);
            while (row.executeStep())
                ids.insert(row.getColumn(0).getString());
            row.reset();
        };
        collect(std::string{"SELECT run_id FROM core_workflow_runs WHERE wake_at IS NOT NULL AND locked_by IS NULL AND "
                            "status IN ('pending', 'running', 'waiting') AND wake_at <= ?1 AND "} +
                    not_blocked + " ORDER BY wake_at LIMIT ?2",
                env::to_text(place_.clock.now()),
                limit);
        collect(std::string{"SELECT run_id FROM core_workflow_runs WHERE calls > calls_seen AND locked_by IS NULL AND "
                            "status IN ('running', 'waiting') AND "} +
                    not_blocked + " LIMIT ?1",
                {},
                limit);
        for (const auto& owner : owners(connection))
            if (!place_.liveness.alive(owner))
                collect(std::string{"SELECT run_id FROM core_workflow_runs WHERE locked_by = ?1 AND status <> 'paused' "
                                    "AND "} +
                            not_blocked + " LIMIT ?2",
                        owner,
                        limit);
        for (const auto& [workflow, room] : queues_with_room(connection))
            if (room > 0)
                collect(std::string{"SELECT run_id FROM core_workflow_runs WHERE "} + unfinished_runs +
                            " AND status = 'pending' AND workflow = ?1 ORDER BY run_id LIMIT ?2",
                        workflow,
                        std::min(room, limit));
        std::vector<std::string> oldest{ids.begin(), ids.end()};
        if (oldest.size() > most)
            oldest.resize(most);
        return oldest;
    });
}

std::string SqliteRunBook::next_wake() {
    auto& connection = place_.reading;
    return connection.guarded([&] {
        if (!has_engine_tables(connection))
            return std::string{};
        auto& row = connection.prepared(
            std::string{"SELECT wake_at FROM core_workflow_runs WHERE wake_at IS NOT NULL AND locked_by IS NULL AND "
                        "status IN ('pending', 'running', 'waiting') AND "} +
            not_blocked + " ORDER BY wake_at LIMIT 1");
        const auto wake = row.executeStep() ? row.getColumn(0).getString() : std::string{};
        row.reset();
        return wake;
    });
}

} // namespace spine::store
