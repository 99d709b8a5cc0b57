#include "store/run_rows.hpp"

#include "env/clock.hpp"
#include "store/along.hpp"
#include "store/step_rows.hpp"

namespace spine::store {

namespace {

/// The definitions that a run keeps of those it may start, by name and digest.
std::vector<run::KeptDefinition> children_of(Connection& connection, const boost::json::object& kept) {
    std::vector<run::KeptDefinition> children;
    for (const auto& child : kept) {
        if (!child.value().is_string())
            continue;
        auto& row = connection.prepared(
            "SELECT version, definition_yaml FROM core_workflow_definitions WHERE name = ? AND sha256 = ?");
        row.bind(1, std::string{child.key()});
        row.bind(2, std::string{child.value().get_string()});
        if (row.executeStep())
            children.push_back({child.key(),
                                row.getColumn(0).getInt64(),
                                row.getColumn(1).getString(),
                                std::string{child.value().get_string()}});
        row.reset();
    }
    return children;
}

constexpr const char* always_columns =
    "r.run_key, r.workflow, r.version, r.domain, d.definition_yaml, r.definition_sha256, r.params_json, "
    "r.plugins_json, r.status, r.reason, r.current_step, r.error_step, r.error_category, "
    "r.error_message, r.error_json, r.partition_domain, r.partition_key, r.fence, r.started_at, "
    "r.finished_at, r.working_folder, r.parent_run_id, r.parent_step, r.generation, r.chain_no, "
    "r.trigger_source, r.wake_at";
/// Those of core migration 3, and what stands for them in a store that has not got it yet.
constexpr const char* engine_columns = "r.settings_json, r.children_json, r.parent_attempt, r.forked_from, r.calls, "
                                       "r.calls_seen, r.pause_asked, r.result_json";
constexpr const char* without_engine = "NULL, NULL, NULL, NULL, 0, 0, 0, NULL";

} // namespace

std::optional<run::RunRow> run_row(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared(
        std::string{"SELECT "} + always_columns + ", " +
        (has_engine_tables(connection) ? engine_columns : without_engine) +
        " FROM core_workflow_runs r JOIN core_workflow_definitions d ON d.name = r.workflow AND d.sha256 "
        "= r.definition_sha256 WHERE r.run_id = ?");
    row.bind(1, run_id);
    if (!row.executeStep()) {
        row.reset();
        return std::nullopt;
    }
    run::RunRow out;
    out.run_id = run_id;
    int at = 0;
    const auto text = [&] { return row.getColumn(at++).getString(); };
    const auto number = [&] { return row.getColumn(at++).getInt64(); };
    out.run_key = text();
    out.workflow = text();
    out.version = number();
    out.domain = text();
    out.definition_text = text();
    out.definition_sha256 = text();
    out.params = object_in(row, at++);
    for (const auto& member : object_in(row, at++))
        if (member.value().is_string())
            out.plugins[member.key()] = member.value().get_string();
    out.status = run::run_status_from(text()).value_or(run::RunStatus::running);
    out.reason = text();
    out.current_step = text();
    out.error_step = text();
    out.failure = failure_from(row, at);
    at += 3;
    const auto partition_domain = text();
    if (!row.getColumn(at).isNull())
        out.partition = unit::Partition{partition_domain, row.getColumn(at).getString()};
    ++at;
    out.fence = number();
    out.started_at = text();
    out.finished_at = text();
    out.folder = text();
    out.parent_run_id = text();
    out.parent_step = text();
    out.generation = static_cast<int>(number());
    out.chain_no = static_cast<int>(number());
    out.trigger = text();
    out.wake_at = text();
    out.settings = object_in(row, at++);
    const auto children = object_in(row, at++);
    out.parent_attempt = static_cast<int>(number());
    out.forked_from = text();
    out.calls = number();
    out.calls_seen = number();
    out.pause_asked = number() != 0;
    out.result = object_in(row, at++);
    row.reset();
    out.children = children_of(connection, children);
    if (!out.finished_at.empty())
        out.duration_ms =
            (env::time_from(out.finished_at) - env::time_from(out.started_at)).count();
    out.steps = steps_of(connection, run_id);
    return out;
}

} // namespace spine::store
