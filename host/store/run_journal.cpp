#include "store/run_journal.hpp"

#include "error.hpp"
#include "store/along.hpp"
#include "store/items.hpp"
#include "workflow/json.hpp"

#include <set>

namespace spine::store {

namespace json = boost::json;

namespace {

/// In the words of the index, so that it is used.
constexpr const char* unfinished = "status IN ('pending', 'running', 'waiting', 'paused')";

json::object object_in(SQLite::Statement& row, int column) {
    if (row.getColumn(column).isNull())
        return {};
    auto value = workflow::json_from(row.getColumn(column).getString());
    return value.is_object() ? std::move(value.get_object()) : json::object{};
}

json::array array_in(SQLite::Statement& row, int column) {
    if (row.getColumn(column).isNull())
        return {};
    auto value = workflow::json_from(row.getColumn(column).getString());
    return value.is_array() ? std::move(value.get_array()) : json::array{};
}

std::vector<run::StepRecord> steps_of(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared(
        "SELECT step, generation, attempt, type, status, reason, output_json, updates_json, "
        "quality_json, events_json, error_category, error_message, error_json, execution_id FROM "
        "core_workflow_steps WHERE run_id = ? ORDER BY step_seq");
    row.bind(1, run_id);
    std::vector<run::StepRecord> steps;
    while (row.executeStep()) {
        auto& step = steps.emplace_back();
        step.step = row.getColumn(0).getString();
        step.generation = row.getColumn(1).getInt();
        step.attempt = row.getColumn(2).getInt();
        step.type = row.getColumn(3).getString();
        step.status = run::step_status_from(row.getColumn(4).getString())
                          .value_or(run::StepStatus::running);
        step.reason = row.getColumn(5).getString();
        step.output = object_in(row, 6);
        step.updates = object_in(row, 7);
        step.quality = object_in(row, 8);
        step.events = array_in(row, 9);
        step.failure = failure_from(row, 10);
        step.execution_id = row.getColumn(13).getString();
    }
    row.reset();
    return steps;
}

std::optional<run::RunRow> run_row(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared(
        "SELECT r.run_key, r.workflow, r.version, r.domain, d.definition_yaml, r.definition_sha256, "
        "r.params_json, r.plugins_json, r.status, r.reason, r.current_step, r.error_step, "
        "r.error_category, r.error_message, r.error_json, r.partition_domain, r.partition_key, "
        "r.fence, r.started_at, r.finished_at, r.working_folder FROM core_workflow_runs r JOIN "
        "core_workflow_definitions d ON d.name = r.workflow AND d.sha256 = r.definition_sha256 "
        "WHERE r.run_id = ?");
    row.bind(1, run_id);
    if (!row.executeStep()) {
        row.reset();
        return std::nullopt;
    }
    run::RunRow out;
    out.run_id = run_id;
    out.run_key = row.getColumn(0).getString();
    out.workflow = row.getColumn(1).getString();
    out.version = row.getColumn(2).getInt64();
    out.domain = row.getColumn(3).getString();
    out.definition_text = row.getColumn(4).getString();
    out.definition_sha256 = row.getColumn(5).getString();
    out.params = object_in(row, 6);
    for (const auto& member : object_in(row, 7))
        if (member.value().is_string())
            out.plugins[member.key()] = member.value().get_string();
    out.status =
        run::run_status_from(row.getColumn(8).getString()).value_or(run::RunStatus::running);
    out.reason = row.getColumn(9).getString();
    out.current_step = row.getColumn(10).getString();
    out.error_step = row.getColumn(11).getString();
    out.failure = failure_from(row, 12);
    if (!row.getColumn(16).isNull())
        out.partition = unit::Partition{row.getColumn(15).getString(), row.getColumn(16).getString()};
    out.fence = row.getColumn(17).getInt64();
    out.started_at = row.getColumn(18).getString();
    out.finished_at = row.getColumn(19).getString();
    out.folder = row.getColumn(20).getString();
    row.reset();
    if (!out.finished_at.empty())
        out.duration_ms =
            (env::time_from(out.finished_at) - env::time_from(out.started_at)).count();
    out.steps = steps_of(connection, run_id);
    return out;
}

void insert_definition(Connection& connection, const run::NewRun& wanted, const std::string& now) {
    auto& insert = connection.prepared(
        "INSERT INTO core_workflow_definitions (name, version, definition_yaml, sha256, created_at, "
        "created_by) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name, sha256) DO NOTHING");
    insert.bind(1, wanted.workflow);
    insert.bind(2, wanted.version);
    insert.bind(3, wanted.definition_text);
    insert.bind(4, wanted.definition_sha256);
    insert.bind(5, now);
    insert.bind(6, wanted.trigger);
    insert.exec();
}

void insert_run(Connection& connection,
                const run::NewRun& wanted,
                const std::string& worker,
                const std::string& now) {
    json::object plugins;
    for (const auto& [operation, plugin] : wanted.plugins)
        plugins[operation] = plugin;
    auto& insert = connection.prepared(
        "INSERT INTO core_workflow_runs (run_id, workflow, version, definition_sha256, params_json, "
        "plugins_json, domain, run_key, status, started_at, fence, locked_by, locked_at, "
        "trigger_source, given_json, working_folder) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, 1, ?, ?, ?, ?, ?)");
    insert.bind(1, wanted.run_id);
    insert.bind(2, wanted.workflow);
    insert.bind(3, wanted.version);
    insert.bind(4, wanted.definition_sha256);
    insert.bind(5, workflow::canonical_json(wanted.params));
    insert.bind(6, workflow::json_text(plugins));
    bind_or_null(insert, 7, wanted.domain);
    bind_or_null(insert, 8, wanted.run_key);
    insert.bind(9, now);
    insert.bind(10, worker);
    insert.bind(11, now);
    insert.bind(12, wanted.trigger);
    insert.bind(13, workflow::canonical_json(wanted.given));
    bind_or_null(insert, 14, wanted.folder);
    insert.exec();
}

struct Keyed {
    std::string run_id;
    std::string given;
};
std::optional<Keyed>
run_with_key(Connection& connection, const std::string& workflow, const std::string& key) {
    if (key.empty())
        return std::nullopt;
    auto& row = connection.prepared("SELECT run_id, given_json FROM core_workflow_runs WHERE "
                                    "workflow = ? AND run_key = ? AND chain_no = 1");
    row.bind(1, workflow);
    row.bind(2, key);
    std::optional<Keyed> found;
    if (row.executeStep())
        found = Keyed{row.getColumn(0).getString(), row.getColumn(1).getString()};
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

} // namespace

Writer& SqliteRunJournal::writer_or_refuse() {
    if (place_.writer == nullptr)
        throw Error{ErrorCode::internal,
                    "store '" + place_.reading.path() + "' was opened for reading"};
    if (!place_.reading.guarded([&] { return has_workflow_tables(place_.reading); }))
        throw Error{ErrorCode::invalid,
                    "store '" + place_.reading.path() + "' has no tables for workflows yet",
                    "run: spine db init"};
    return *place_.writer;
}

run::Claimed SqliteRunJournal::take(const std::string& run_id, const std::string& now) {
    auto& connection = place_.writer->connection();
    auto run = run_row(connection, run_id);
    if (!run)
        return run::NoSuchRun{};
    if (run::is_final(run->status))
        return run::Over{std::move(*run)};
    auto& owner =
        connection.prepared("SELECT locked_by, locked_at FROM core_workflow_runs WHERE run_id = ?");
    owner.bind(1, run_id);
    owner.executeStep();
    const auto worker = owner.getColumn(0).getString();
    const auto since = owner.getColumn(1).getString();
    owner.reset();
    // This process does one thing at a time: a run that it has itself it has lost to an error on the way.
    if (!worker.empty() && worker != place_.liveness.self() && place_.liveness.alive(worker))
        return run::Held{run_id, "run " + run_id + " (" + describe_worker(worker, since) + ")"};
    auto& update = connection.prepared(
        "UPDATE core_workflow_runs SET fence = fence + 1, locked_by = ?, locked_at = ? WHERE run_id "
        "= ?");
    update.bind(1, place_.liveness.self());
    update.bind(2, now);
    update.bind(3, run_id);
    update.exec();
    ++run->fence;
    return run::Owned{std::move(*run)};
}

run::Opened SqliteRunJournal::open(const run::NewRun& wanted) {
    auto& writer = writer_or_refuse();
    auto& connection = writer.connection();
    return writer.transact([&]() -> run::Opened {
        const auto now = env::to_text(place_.clock.now());
        if (const auto known = run_with_key(connection, wanted.workflow, wanted.run_key)) {
            if (known->given != workflow::canonical_json(wanted.given)) {
                const auto then = workflow::json_from(known->given);
                return run::KeyTaken{known->run_id,
                                     "which began with other parameters: " +
                                         difference(then.is_object() ? then.get_object()
                                                                     : json::object{},
                                                    wanted.given)};
            }
            auto claimed = take(known->run_id, now);
            if (auto* owned = std::get_if<run::Owned>(&claimed))
                return std::move(*owned);
            if (auto* held = std::get_if<run::Held>(&claimed))
                return std::move(*held);
            return std::move(std::get<run::Over>(claimed));
        }
        insert_definition(connection, wanted, now);
        insert_run(connection, wanted, place_.liveness.self(), now);
        auto begin = wanted.begin;
        begin.run_id = wanted.run_id;
        begin.fence = 1;
        write_along(connection, begin, now);
        return run::Owned{run_row(connection, wanted.run_id).value()};
    });
}

run::Claimed SqliteRunJournal::claim(const std::string& run_id) {
    return writer_or_refuse().transact(
        [&] { return take(run_id, env::to_text(place_.clock.now())); });
}

std::string SqliteRunJournal::with_key(const std::string& workflow, const std::string& key) {
    auto& connection = place_.reading;
    return connection.guarded([&] {
        if (!has_workflow_tables(connection))
            return std::string{};
        const auto found = run_with_key(connection, workflow, key);
        return found ? found->run_id : std::string{};
    });
}

std::optional<run::RunRow> SqliteRunJournal::look(const std::string& run_id) {
    auto& connection = place_.reading;
    return connection.guarded([&]() -> std::optional<run::RunRow> {
        if (!has_workflow_tables(connection))
            return std::nullopt;
        const ReadTransaction snapshot{connection}; // the run and its steps are of one moment
        return run_row(connection, run_id);
    });
}

std::vector<std::string> SqliteRunJournal::unowned() {
    constexpr std::size_t runs_max = 10'000;
    auto& connection = place_.reading;
    return connection.guarded([&] {
        std::vector<std::string> ids;
        if (!has_workflow_tables(connection))
            return ids;
        SQLite::Statement row{connection.db(),
                              std::string{"SELECT run_id, locked_by FROM core_workflow_runs WHERE "} +
                                  unfinished + " ORDER BY started_at, run_id"};
        while (ids.size() < runs_max && row.executeStep())
            if (row.getColumn(1).isNull() || !place_.liveness.alive(row.getColumn(1).getString()))
                ids.push_back(row.getColumn(0).getString());
        return ids;
    });
}

bool SqliteRunJournal::append(const run::Along& along) {
    auto& writer = writer_or_refuse();
    return writer.transact([&] {
        return write_along(writer.connection(), along, env::to_text(place_.clock.now()));
    });
}

} // namespace spine::store
