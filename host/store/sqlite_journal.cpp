#include "store/sqlite_journal.hpp"

#include "run/due.hpp"
#include "store/along.hpp"
#include "store/cancel_runs.hpp"
#include "store/items.hpp"
#include "store/told.hpp"
#include "workflow/json.hpp"

#include <algorithm>

namespace spine::store {

namespace {

/// The recorded result of a child that this parent has already had done.
std::optional<run::Recorded> recorded_child(Connection& connection, const run::Request& request) {
    if (request.parent_execution_id.empty())
        return std::nullopt;
    auto& row = connection.prepared(
        "SELECT execution_id, metrics_json FROM core_executions WHERE parent_execution_id = ? AND "
        "pipeline = ? AND params_json = ? AND status = 'completed' AND publication IS NOT 'withheld' ORDER BY execution_id LIMIT 1");
    row.bind(1, request.parent_execution_id);
    row.bind(2, request.pipeline->name);
    row.bind(3, workflow::canonical_json(request.params));
    std::optional<run::Recorded> recorded;
    if (row.executeStep()) {
        recorded = run::Recorded{row.getColumn(0).getString(), {}};
        if (!row.getColumn(1).isNull())
            if (const auto outputs = workflow::json_from(row.getColumn(1).getString());
                outputs.is_object())
                recorded->outputs = outputs.get_object();
    }
    row.reset();
    return recorded;
}

/// A composite whose run was cancelled begins no more children.
bool parent_is_cancelled(Connection& connection, const std::string& execution_id) {
    if (execution_id.empty())
        return false;
    auto& row = connection.prepared(
        "SELECT 1 FROM core_executions WHERE execution_id = ? AND status = 'cancelled'");
    row.bind(1, execution_id);
    const bool cancelled = row.executeStep();
    row.reset();
    return cancelled;
}

bool plan_still_holds(SqliteState& state, const run::Plan& plan) {
    if (plan.historic)
        return true;
    return std::all_of(plan.inputs.begin(), plan.inputs.end(), [&](const auto& input) { return run::still_pinned(state, input); });
}

/// What the runner is told, before a unit is made of it.
struct Claimed {
    Attempt attempt;
    int number = 1;
    bool adopted = false;
    std::string why; ///< it is due
};
using Decision =
    std::variant<Claimed, run::NotDue, run::Recorded, run::Busy, run::PlanAgain, run::RunLost>;

/// Work on no data that a run's step asks for: nobody else can want the same, so there is nothing to claim before it claims something itself.
bool is_of_run(const run::Request& request) {
    return !request.run_id.empty() && request.follow && request.parent_execution_id.empty() && request.pipeline->stage.empty() &&
           !request.pipeline->composite && request.plan.outputs.empty() && request.plan.inputs.empty() && !request.plan.unneeded;
}

} // namespace

Attempt SqliteJournal::attempt_of(const run::Request& request) const {
    Attempt attempt;
    attempt.execution_id = request.execution_id;
    attempt.batch_id = request.batch_id;
    attempt.created_at = request.created_at;
    attempt.pipeline = request.pipeline;
    attempt.plugin = request.plugin;
    attempt.params = request.params;
    attempt.force = request.force;
    attempt.historic = request.plan.historic;
    attempt.run_id = request.run_id;
    attempt.step = request.step;
    attempt.follow = request.follow;
    attempt.of_run = is_of_run(request);
    attempt.outputs = request.plan.outputs;
    attempt.digests = request.plan.digests;
    attempt.inputs = request.plan.inputs;
    return attempt;
}

run::Start SqliteJournal::start(const run::Request& asked) {
    std::string why;
    auto start = started(asked, why);
    tell_start(place_.log, asked, start, why);
    return start;
}

run::Start SqliteJournal::started(const run::Request& asked, std::string& why) {
    if (is_of_run(asked))
        return run::Started{asked.execution_id,
                            asked.batch_id,
                            asked.created_at,
                            1,
                            false,
                            std::make_unique<SqliteUnit>(place_, attempt_of(asked)),
                            false};
    auto& connection = place_.writer->connection();
    const auto decide = [&]() -> Decision {
        const auto now = env::to_text(place_.clock.now());
        auto request = asked;
        SqliteState state{connection, &place_.catalogue};
        if (!run_is_ours(connection, request.run_id, place_.liveness.self()))
            return run::RunLost{};
        if (parent_is_cancelled(connection, request.parent_execution_id))
            return run::RunLost{};
        if (auto recorded = recorded_child(connection, request))
            return std::move(*recorded);

        const auto params = workflow::canonical_json(request.params);
        const auto own_params = params_of_key(request);
        const auto params_key = request.pipeline->name + "|" + own_params;
        // The key is that of the whole plan; what is not due is left out of it only afterwards.
        const auto key =
            item_key(*request.pipeline, request.plan.outputs, request.plan.historic, own_params);
        auto live = find_live(connection, key, params_key);
        // A bench does one thing at a time: what it has itself under this key, it has lost to an error on the way. What another bench of this
        // process has is as live as another process's.
        auto verdict = queue::claim_verdict(
            live ? std::optional{live->item} : std::nullopt,
            live && live->item.locked_by != place_.liveness.self() &&
                place_.liveness.alive(live->item.locked_by));
        if (verdict == queue::Verdict::leave)
            return run::Busy{describe_holder(*live)};
        // A dead process wanted something else with this key: its work is not ours to finish.
        if (verdict == queue::Verdict::adopt && live->params != params)
            verdict = queue::Verdict::bury;
        if (verdict == queue::Verdict::bury) {
            bury(connection, *live, now);
            live.reset();
        }
        if (!plan_still_holds(state, request.plan))
            return run::PlanAgain{};

        std::vector<std::optional<unit::ManifestRow>> recorded;
        for (const auto& output : request.plan.outputs)
            recorded.push_back(
                run::recorded_row(state, output, request.pipeline->stage, request.plan.digests.at(recorded.size())));
        const auto due =
            run::decide_due(*request.pipeline, request.plan, recorded, request.force);
        if (!due.any || request.plan.unneeded) {
            run::NotDue not_due{request.execution_id,
                                request.batch_id,
                                request.plan.unneeded.value_or(due.reason),
                                {}};
            if (!due.any && recorded.front())
                not_due.outputs = recorded.front()->metrics;
            // Before anything else is written: when the run is lost, nothing is.
            const auto written = write_following(place_.hand(),
                                                 request.follow,
                                                 {run::Ended::How::skipped,
                                                  not_due.execution_id,
                                                  not_due.reason,
                                                  not_due.outputs,
                                                  {},
                                                  request.plan.outputs},
                                                 now);
            if (written == run::Written::lost)
                return run::RunLost{};
            if (written == run::Written::stale)
                return run::PlanAgain{};
            if (live)
                bury(connection, *live, now); // others finished the work of a process that died
            insert_execution(
                connection, request, key, "skipped", not_due.reason, not_due.outputs, now);
            return not_due;
        }
        request.plan = run::only_due(request.plan, due);

        Claimed claimed;
        claimed.why = due.reason;
        if (live) {
            request.execution_id = live->item.execution_id;
            request.batch_id = live->batch_id;
            request.created_at = live->created_at;
            claimed.number = live->attempt + 1;
            claimed.adopted = true;
        }
        claimed.attempt = attempt_of(request);
        claimed.attempt.number = claimed.number;
        if (live) {
            claimed.attempt.item_id = live->item.id;
            claimed.attempt.fence =
                take_over(connection, *live, request, key, place_.liveness.self(), now);
        } else {
            insert_execution(connection, request, key, "running", {}, {}, now);
            claimed.attempt.item_id = insert_item(
                connection, request, key, params_key, place_.liveness.self(), now);
            claimed.attempt.fence = 1;
        }
        for (const auto& output : claimed.attempt.outputs)
            claimed.attempt.generations.push_back(state.generation(output));
        return claimed;
    };
    auto decision = place_.writer->transact(decide);
    if (auto* claimed = std::get_if<Claimed>(&decision)) {
        why = std::move(claimed->why);
        run::Started started{claimed->attempt.execution_id,
                             claimed->attempt.batch_id,
                             claimed->attempt.created_at,
                             claimed->number,
                             claimed->adopted,
                             nullptr};
        started.unit = std::make_unique<SqliteUnit>(place_, std::move(claimed->attempt));
        return started;
    }
    if (auto* not_due = std::get_if<run::NotDue>(&decision))
        return std::move(*not_due);
    if (auto* recorded = std::get_if<run::Recorded>(&decision))
        return std::move(*recorded);
    if (auto* busy = std::get_if<run::Busy>(&decision))
        return std::move(*busy);
    if (std::holds_alternative<run::RunLost>(decision))
        return run::RunLost{};
    return run::PlanAgain{};
}

std::optional<run::Started> SqliteJournal::start_again(const run::Request& asked,
                                                       const std::string& execution_id) {
    auto& connection = place_.writer->connection();
    auto claimed = place_.writer->transact([&]() -> std::optional<Claimed> {
        const auto now = env::to_text(place_.clock.now());
        SqliteState state{connection, &place_.catalogue};
        if (!run_is_ours(connection, asked.run_id, place_.liveness.self()) ||
            !plan_still_holds(state, asked.plan))
            return std::nullopt;
        auto& row = connection.prepared(
            "SELECT i.id, i.item_key, i.params_key, e.batch_id, e.created_at, e.attempt FROM "
            "core_work_items i JOIN core_executions e ON e.execution_id = i.current_execution_id "
            "WHERE i.current_execution_id = ? AND i.state = 'FAILED' AND i.locked_by = ?");
        row.bind(1, execution_id);
        row.bind(2, place_.liveness.self());
        if (!row.executeStep()) {
            row.reset();
            return std::nullopt;
        }
        LiveItem live;
        live.item.id = row.getColumn(0).getInt64();
        live.item.execution_id = execution_id;
        const auto key = row.getColumn(1).getString();
        const auto params_key = row.getColumn(2).getString();
        live.batch_id = row.getColumn(3).getString();
        live.created_at = row.getColumn(4).getString();
        live.attempt = row.getColumn(5).getInt();
        row.reset();
        if (find_live(connection, key, params_key))
            return std::nullopt; // somebody began the same work while this one waited
        auto request = asked;
        request.execution_id = execution_id;
        request.batch_id = live.batch_id;
        request.created_at = live.created_at;
        Claimed again;
        again.number = live.attempt + 1;
        again.attempt = attempt_of(request);
        again.attempt.number = again.number;
        again.attempt.item_id = live.item.id;
        again.attempt.fence =
            take_over(connection,
                      live,
                      request,
                      item_key(*request.pipeline,
                               request.plan.outputs,
                               request.plan.historic,
                               params_of_key(request)),
                      place_.liveness.self(),
                      now);
        for (const auto& output : again.attempt.outputs)
            again.attempt.generations.push_back(state.generation(output));
        return again;
    });
    if (!claimed)
        return std::nullopt;
    run::Started started{claimed->attempt.execution_id,
                         claimed->attempt.batch_id,
                         claimed->attempt.created_at,
                         claimed->number,
                         false,
                         nullptr};
    started.unit = std::make_unique<SqliteUnit>(place_, std::move(claimed->attempt));
    return started;
}

bool SqliteJournal::give_up(const std::string& execution_id) {
    auto& writer = *place_.writer;
    return writer.transact([&] {
        return cancel_execution(
            writer.connection(), execution_id, "given up: it did not end when it was told to", env::to_text(place_.clock.now()));
    });
}

void SqliteJournal::fail(const std::string& execution_id, const unit::Failure& failure) {
    auto& writer = *place_.writer;
    writer.transact([&] { return fail_execution(writer.connection(), execution_id, failure, env::to_text(place_.clock.now())); });
}

std::unique_ptr<unit::Unit> SqliteJournal::rehearse(const run::Request& request) {
    auto attempt = attempt_of(request);
    attempt.rehearsal = true;
    attempt.of_run = false;
    for (const auto& output : attempt.outputs)
        attempt.generations.push_back(place_.state.generation(output));
    return std::make_unique<SqliteUnit>(place_, std::move(attempt));
}

} // namespace spine::store
