#include "store/items.hpp"

#include "store/workers.hpp"
#include "workflow/json.hpp"

namespace spine::store {

namespace {

constexpr const char* live_states = "('PENDING', 'RUNNING', 'RETRY_WAIT')";

std::string single_partition(const std::vector<unit::Partition>& outputs) {
    return outputs.size() == 1 ? outputs.front().key : std::string{};
}

/// With which version of the calculation it is done; a store that is older than the column does not keep that.
void note_calculation(Connection& connection, const run::Request& request) {
    if (!connection.has_column("core_executions", "calc_version"))
        return;
    auto& note = connection.prepared("UPDATE core_executions SET calc_version = ? WHERE execution_id = ?");
    bind_or_null(note, 1, request.pipeline->calc_version);
    note.bind(2, request.execution_id);
    note.exec();
}

/// What its history is found under.
std::string partition_of(const run::Request& request) {
    return request.plan.outputs.empty() && request.partition ? request.partition->key : single_partition(request.plan.outputs);
}

/// What asked for an attempt that began without an execution.
run::Request request_of(const Attempt& attempt, std::vector<unit::Partition> outputs) {
    run::Request request;
    request.execution_id = attempt.execution_id;
    request.batch_id = attempt.batch_id;
    request.created_at = attempt.created_at;
    request.pipeline = attempt.pipeline;
    request.plugin = attempt.plugin;
    request.params = attempt.params;
    request.run_id = attempt.run_id;
    request.step = attempt.step;
    request.trigger = "workflow";
    request.plan.outputs = std::move(outputs);
    return request;
}

} // namespace

std::string params_of_key(const run::Request& request) {
    auto params = workflow::canonical_json(request.params);
    if (!request.run_id.empty() && request.pipeline->stage.empty() && request.plan.outputs.empty())
        params += "|" + request.run_id + "|" + request.step;
    return params;
}

std::string inputs_text(const std::vector<unit::Input>& inputs) {
    boost::json::array pins;
    for (const auto& input : inputs)
        pins.push_back(boost::json::object{{"domain", input.row.partition.domain},
                                           {"partition", input.row.partition.key},
                                           {"stage", input.row.stage},
                                           {"capture_id", input.row.capture_id},
                                           {"inputs_sha256", input.row.inputs_sha256}});
    return workflow::json_text(pins);
}

std::string item_key(const workflow::Pipeline& pipeline,
                     const std::vector<unit::Partition>& outputs,
                     bool historic,
                     const std::string& params) {
    const auto partition = historic ? std::string{} : single_partition(outputs);
    return pipeline.name + "|" + (partition.empty() ? params : partition);
}

std::optional<LiveItem> find_live(Connection& connection,
                                  const std::string& key,
                                  const std::string& params_key) {
    auto& row = connection.prepared(
        std::string{"SELECT i.id, i.state, i.fence, i.attempt_count, i.max_attempts, i.locked_by, "
                    "i.locked_at, i.current_execution_id, i.params_json, e.batch_id, e.created_at, "
                    "e.attempt FROM core_work_items i JOIN core_executions e ON e.execution_id = "
                    "i.current_execution_id WHERE i.state IN "} +
        live_states + " AND (i.item_key = ? OR i.params_key = ?) ORDER BY i.item_key = ? DESC LIMIT 1");
    row.bind(1, key);
    row.bind(2, params_key);
    row.bind(3, key);
    std::optional<LiveItem> live;
    if (row.executeStep()) {
        live.emplace();
        live->item = {row.getColumn(0).getInt64(),
                      queue::item_state_from(row.getColumn(1).getString())
                          .value_or(queue::ItemState::running),
                      row.getColumn(2).getInt64(),
                      row.getColumn(3).getInt(),
                      row.getColumn(4).getInt(),
                      row.getColumn(5).getString(),
                      row.getColumn(6).getString(),
                      row.getColumn(7).getString()};
        live->params = row.getColumn(8).getString();
        live->batch_id = row.getColumn(9).getString();
        live->created_at = row.getColumn(10).getString();
        live->attempt = row.getColumn(11).getInt();
    }
    row.reset();
    return live;
}

std::string describe_worker(const std::string& worker, const std::string& since) {
    const auto process = worker.rfind(":p");
    return (process == std::string::npos ? worker : "process " + process_of(worker.substr(process + 2))) +
           ", since " + since;
}

std::string describe_holder(const LiveItem& live) {
    return "execution " + live.item.execution_id + " (" +
           describe_worker(live.item.locked_by, live.item.locked_at) + ")";
}

void insert_execution(Connection& connection,
                      const run::Request& request,
                      const std::string& key,
                      const std::string& status,
                      const std::string& reason,
                      const boost::json::object& outputs,
                      const std::string& now) {
    auto& insert = connection.prepared(
        "INSERT INTO core_executions (execution_id, pipeline, params_json, domain, partition_key, "
        "lane, trigger_source, logical_key, batch_id, parent_execution_id, run_id, step, status, reason, "
        "attempt, created_at, started_at, finished_at, inputs_json, metrics_json, plugin, "
        "plugin_version, plugin_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, "
        "?, ?, ?, ?, ?, ?)");
    int at = 1;
    insert.bind(at++, request.execution_id);
    insert.bind(at++, request.pipeline->name);
    insert.bind(at++, workflow::canonical_json(request.params));
    insert.bind(at++, request.pipeline->domain);
    bind_or_null(insert, at++, partition_of(request));
    insert.bind(at++, request.lane);
    insert.bind(at++, request.trigger);
    insert.bind(at++, key);
    insert.bind(at++, request.batch_id);
    bind_or_null(insert, at++, request.parent_execution_id);
    bind_or_null(insert, at++, request.run_id);
    bind_or_null(insert, at++, request.step);
    insert.bind(at++, status);
    bind_or_null(insert, at++, reason);
    insert.bind(at++, request.created_at);
    insert.bind(at++, now);
    bind_or_null(insert, at++, status == "running" ? std::string{} : now);
    insert.bind(at++, inputs_text(request.plan.inputs));
    bind_or_null(insert, at++, outputs.empty() ? std::string{} : workflow::json_text(outputs));
    insert.bind(at++, request.plugin->id);
    insert.bind(at++, request.plugin->version);
    insert.bind(at++, request.plugin->sha256);
    insert.exec();
    note_calculation(connection, request);
}

std::int64_t insert_item(Connection& connection,
                         const run::Request& request,
                         const std::string& key,
                         const std::string& params_key,
                         const std::string& worker,
                         const std::string& now) {
    auto& insert = connection.prepared(
        "INSERT INTO core_work_items (domain, pipeline, partition_key, params_json, item_key, "
        "params_key, state, desired_at, attempt_count, fence, locked_by, locked_at, "
        "current_execution_id) VALUES (?, ?, ?, ?, ?, ?, 'RUNNING', ?, 1, 1, ?, ?, ?)");
    int at = 1;
    insert.bind(at++, request.pipeline->domain);
    insert.bind(at++, request.pipeline->name);
    bind_or_null(insert, at++, single_partition(request.plan.outputs));
    insert.bind(at++, workflow::canonical_json(request.params));
    insert.bind(at++, key);
    insert.bind(at++, params_key);
    insert.bind(at++, now);
    insert.bind(at++, worker);
    insert.bind(at++, now);
    insert.bind(at++, request.execution_id);
    insert.exec();
    return connection.db().getLastInsertRowid();
}

std::int64_t take_over(Connection& connection,
                       const LiveItem& live,
                       const run::Request& request,
                       const std::string& key,
                       const std::string& worker,
                       const std::string& now) {
    auto& item = connection.prepared(
        "UPDATE core_work_items SET state = 'RUNNING', item_key = ?, partition_key = ?, "
        "attempt_count = attempt_count + 1, fence = fence + 1, locked_by = ?, locked_at = ?, "
        "next_attempt_at = NULL WHERE id = ? RETURNING fence");
    item.bind(1, key);
    bind_or_null(item, 2, single_partition(request.plan.outputs));
    item.bind(3, worker);
    item.bind(4, now);
    item.bind(5, live.item.id);
    item.executeStep();
    const auto fence = item.getColumn(0).getInt64();
    item.reset();
    auto& execution = connection.prepared(
        "UPDATE core_executions SET status = 'running', attempt = attempt + 1, started_at = ?, "
        "finished_at = NULL, error_category = NULL, error_message = NULL, inputs_json = ?, "
        "partition_key = ?, run_id = ?, step = ?, plugin_version = ?, plugin_sha256 = ? WHERE execution_id = ?");
    execution.bind(1, now);
    execution.bind(2, inputs_text(request.plan.inputs));
    bind_or_null(execution, 3, partition_of(request));
    bind_or_null(execution, 4, request.run_id); // of whoever asks for it now
    bind_or_null(execution, 5, request.step);
    execution.bind(6, request.plugin->version); // a newer plugin may finish what an older one began
    execution.bind(7, request.plugin->sha256);
    execution.bind(8, live.item.execution_id);
    execution.exec();
    note_calculation(connection, request);
    return fence;
}

void bury(Connection& connection, const LiveItem& live, const std::string& now) {
    const auto message = "its process ended without a result (" + live.item.locked_by + ")";
    auto& item = connection.prepared("UPDATE core_work_items SET state = 'FAILED', last_error = ?, "
                                     "last_error_at = ?, locked_by = NULL WHERE id = ?");
    item.bind(1, message);
    item.bind(2, now);
    item.bind(3, live.item.id);
    item.exec();
    auto& execution = connection.prepared(
        "UPDATE core_executions SET status = 'failed', finished_at = ?, error_category = 'CRASH', "
        "error_message = ? WHERE execution_id = ? AND status = 'running'");
    execution.bind(1, now);
    execution.bind(2, message);
    execution.bind(3, live.item.execution_id);
    execution.exec();
}

PartitionClaim claim_partition(Connection& connection,
                            queue::Liveness& liveness,
                            env::Clock& clock,
                            const Attempt& attempt,
                            const unit::Partition& partition) {
    const auto key = attempt.pipeline->name + "|" + partition.key;
    const auto now = env::to_text(clock.now());
    if (const auto live = find_live(connection, key, ""); live && live->item.id != attempt.item_id) {
        if (liveness.alive(live->item.locked_by))
            return {describe_holder(*live), 0};
        bury(connection, *live, now);
    }
    if (attempt.item_id == 0) {
        const auto request = request_of(attempt, {partition});
        insert_execution(connection, request, key, "running", {}, {}, now);
        return {{}, insert_item(connection, request, key, attempt.pipeline->name + "|" + params_of_key(request_of(attempt, {})), liveness.self(), now)};
    }
    // A second partition of one attempt keeps the key of the first: generations guard both.
    auto& item = connection.prepared(
        "UPDATE core_work_items SET item_key = ?, partition_key = ? WHERE id = ? AND fence = ? AND "
        "state = 'RUNNING' AND partition_key IS NULL");
    item.bind(1, key);
    item.bind(2, partition.key);
    item.bind(3, attempt.item_id);
    item.bind(4, attempt.fence);
    item.exec();
    auto& execution = connection.prepared(
        "UPDATE core_executions SET partition_key = ?, logical_key = ? WHERE execution_id = ? AND "
        "partition_key IS NULL");
    execution.bind(1, partition.key);
    execution.bind(2, key);
    execution.bind(3, attempt.execution_id);
    execution.exec();
    return {{}, attempt.item_id};
}

void record_execution(Connection& connection, const Attempt& attempt, const Ending& ending, const std::string& now) {
    auto request = request_of(attempt, {});
    insert_execution(connection, request, attempt.pipeline->name + "|" + params_of_key(request), ending.status, ending.reason, ending.outputs, now);
}

bool end_execution(Connection& connection,
                   const Attempt& attempt,
                   const Ending& ending,
                   const std::string& now) {
    auto& item = connection.prepared(
        "UPDATE core_work_items SET state = ?, last_error = ?, last_error_at = ?, locked_by = "
        "CASE WHEN ? = 'FAILED' THEN locked_by END WHERE id = ? AND fence = ? AND state = 'RUNNING'");
    item.bind(1, queue::to_text(ending.item));
    bind_or_null(item, 2, ending.error_message);
    bind_or_null(item, 3, ending.error_message.empty() ? std::string{} : now);
    item.bind(4, queue::to_text(ending.item));
    item.bind(5, attempt.item_id);
    item.bind(6, attempt.fence);
    if (item.exec() != 1)
        return false;
    auto& execution = connection.prepared(
        "UPDATE core_executions SET status = ?, reason = ?, finished_at = ?, metrics_json = ?, "
        "error_category = ?, error_message = ? WHERE execution_id = ?");
    execution.bind(1, ending.status);
    bind_or_null(execution, 2, ending.reason);
    execution.bind(3, now);
    bind_or_null(execution,
                 4,
                 ending.outputs.empty() ? std::string{} : workflow::json_text(ending.outputs));
    bind_or_null(execution, 5, ending.error_category);
    bind_or_null(execution, 6, ending.error_message);
    execution.bind(7, attempt.execution_id);
    execution.exec();
    return true;
}

} // namespace spine::store
