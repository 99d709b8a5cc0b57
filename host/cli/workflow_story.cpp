#include "cli/workflow_story.hpp"

#include "cli/object_table.hpp"
#include "cli/outcome_text.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <cmath>

namespace spine::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t event_columns_max = 160;

const json::object& object_in(const json::object& object, std::string_view name) {
    static const json::object none;
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_object() ? value->get_object() : none;
}

std::string took_text(const json::object& object) {
    const auto* seconds = object.if_contains("duration_seconds");
    if (seconds == nullptr || !seconds->is_number())
        return {};
    return seconds_text(std::chrono::milliseconds{std::llround(seconds->to_number<double>() * 1000)});
}

/// "running" of a run whose process is gone would send people waiting.
std::string status_of(const json::object& run) {
    const auto status = member_text(run, "status");
    const auto* alive = run.if_contains("owner_alive");
    const bool gone = status == "running" && alive != nullptr && alive->is_bool() && !alive->get_bool();
    return gone ? "interrupted" : status;
}

std::string outcome_of(const json::object& step) {
    const auto error = member_text(step, "error_message");
    return outcome_text(member_text(step, "type"),
                        error.empty() ? member_text(step, "reason") : member_text(step, "error_category") + ": " + error,
                        object_in(step, "output"));
}

control::Table steps_table(const json::array& steps) {
    control::Table table{{"step", "type", "status", "took", "outcome"}, {}, false};
    for (const auto& one : steps) {
        const auto& step = one.get_object();
        const auto attempt = member_text(step, "attempt");
        table.rows.push_back({json::value(member_text(step, "step") + (attempt.empty() || attempt == "1" ? "" : " #" + attempt)),
                              json::value(member_text(step, "type")),
                              json::value(member_text(step, "status")),
                              json::value(took_text(step)),
                              json::value(outcome_of(step))});
    }
    return table;
}

/// Of the steps that measured something.
json::array measured(const json::array& steps) {
    json::array found;
    for (const auto& one : steps) {
        const auto& quality = object_in(one.get_object(), "quality");
        if (quality.empty())
            continue;
        json::object row{{"step", member_text(one.get_object(), "step")}};
        for (const auto& member : quality)
            row[member.key()] = member.value();
        found.push_back(std::move(row));
    }
    return found;
}

control::Table events_table(const json::array& steps) {
    control::Table table{{"step", "event"}, {}, false};
    for (const auto& one : steps) {
        const auto* events = one.get_object().if_contains("events");
        if (events == nullptr || !events->is_array())
            continue;
        for (const auto& event : events->get_array())
            table.rows.push_back({json::value(member_text(one.get_object(), "step")),
                                  json::value(cut(pairs_text(event), event_columns_max))});
    }
    return table;
}

json::array unpassed(const json::array& checks) {
    json::array found;
    std::ranges::copy_if(checks, std::back_inserter(found), [](const json::value& check) {
        return member_text(check.get_object(), "status") != "PASS";
    });
    return found;
}

control::Table reject_counts(const json::array& rejects) {
    std::map<std::pair<std::string, std::string>, std::int64_t> counts;
    for (const auto& one : rejects)
        ++counts[{member_text(one.get_object(), "stage"), member_text(one.get_object(), "reason_code")}];
    control::Table table{{"stage", "reason", "rows"}, {}, false};
    for (const auto& [what, count] : counts)
        table.rows.push_back({json::value(what.first), json::value(what.second), json::value(count)});
    return table;
}

/// What the error says to do; a failed step's own hint may stand with the step only.
std::string hint_of(const json::object& run, const json::array& steps) {
    auto hint = member_text(object_in(run, "error"), "hint");
    for (const auto& one : steps)
        if (hint.empty() && member_text(one.get_object(), "step") == member_text(run, "error_step"))
            hint = member_text(object_in(one.get_object(), "error"), "hint");
    return hint;
}

/// What a person can do now; empty: nothing needs to be done.
std::string next_for(const json::object& run) {
    const auto status = status_of(run), id = member_text(run, "run_id");
    if (status == "failed" || status == "cancelled")
        return "once the cause is gone, run the workflow again with the same parameters; what is done already is skipped";
    if (status == "interrupted" || status == "paused")
        return "'spine runs resume " + id + "' goes on with it";
    if (status == "waiting")
        return "put the plugin into its folder, then 'spine runs resume " + id + "'";
    return {};
}

/// A titled table; nothing without rows.
std::string section(const Session& session, const std::string& title, const control::Table& table) {
    return table.rows.empty() ? std::string{} : "\n" + title + ":\n" + table_text(session, table);
}

std::string text_of(const Session& session, const json::object& document) {
    const auto& run = document.at("run").get_object();
    const auto& steps = document.at("steps").get_array();
    auto text = fields_text({{"run", member_text(run, "run_id")},
                             {"workflow", member_text(run, "workflow") + ", version " + member_text(run, "version")},
                             {"status", status_of(run)},
                             {"reason", member_text(run, "reason")},
                             {"partition", pairs_text(structured("partition_key", json::value(member_text(run, "partition_key"))))},
                             {"key", member_text(run, "run_key")},
                             {"started", member_text(run, "started_at")},
                             {"took", took_text(run)},
                             {"parameters", pairs_text(object_in(run, "params"))}});
    text += section(session, "steps", steps_table(steps));
    const auto quality = measured(steps);
    text += section(session, "quality of steps", table_of(quality, {"step", "record_count", "valid_count", "null_rate", "passed"}));
    text += section(session, "events", events_table(steps));
    text += section(session,
                    "checks that are not PASS",
                    table_of(unpassed(document.at("quality").get_array()),
                             {"stage", "check_name", "category", "status", "actual_value", "expected_value"}));
    text += section(session, "rejects", reject_counts(document.at("rejects").get_array()));
    text += section(session,
                    "anomalies",
                    table_of(document.at("anomalies").get_array(), {"severity", "category", "stage", "message", "resolved_at"}));
    const auto error = member_text(run, "error_message");
    const auto ending = fields_text({{"error",
                                      error.empty() ? error
                                                    : member_text(run, "error_step") + ": " + member_text(run, "error_category") + ": " + error},
                                     {"hint", error.empty() ? std::string{} : hint_of(run, steps)},
                                     {"next", next_for(run)}});
    return ending.empty() ? text : text + "\n" + ending;
}

} // namespace

void show_workflow_run(const Session& session, control::Records& records, const json::object& run) {
    const auto id = member_text(run, "run_id");
    json::object document;
    document["run"] = run;
    document["steps"] = objects_of(records.steps(id), true);
    document["executions"] = objects_of(records.run_executions(id));
    document["quality"] = objects_of(records.run_quality(id));
    document["rejects"] = objects_of(records.run_rejects(id));
    document["anomalies"] = objects_of(records.run_anomalies(id));
    show(session, document, session.for_people() ? text_of(session, document) : std::string{});
}

} // namespace spine::cli
