#include "cli/workflow_story.hpp"

#include "cli/object_table.hpp"
#include "cli/run_story.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/yaml_text.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <cmath>
#include <utility>

namespace spine::cli {
namespace {

namespace json = boost::json;

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

/// "running" of a run whose process is gone, or that nobody has taken up yet, would send people waiting.
std::string status_of(const json::object& run) {
    const auto status = member_text(run, "status");
    const auto* alive = run.if_contains("owner_alive");
    const bool gone = status == "running" && alive != nullptr && alive->is_bool() && !alive->get_bool();
    const auto* owner = run.if_contains("locked_by");
    return !gone ? status : owner != nullptr && owner->is_null() ? "due" : "interrupted";
}

control::Table steps_table(const RunStory& story) {
    control::Table table{{"step", "type", "status", "took", "outcome"}, {}, false};
    for (const auto& line : story.lines)
        table.rows.push_back({json::value(line.step), json::value(line.type), json::value(line.status), json::value(line.took), json::value(line.outcome)});
    return table;
}

control::Table events_table(const RunStory& story) {
    control::Table table{{"step", "event"}, {}, false};
    for (const auto& [step, event] : story.events)
        table.rows.push_back({json::value(step), json::value(event)});
    return table;
}

json::array approvals_of(const RunStory& story) {
    json::array found;
    const auto text = [](const std::string& one) { return one.empty() ? json::value(nullptr) : json::value(one); };
    for (const auto& line : story.approvals)
        found.push_back(json::object{{"step", line.step},
                                     {"status", line.status},
                                     {"by", text(line.by)},
                                     {"reason", text(line.why)},
                                     {"at", text(line.at)},
                                     {"until", text(line.until)}});
    return found;
}

json::array waits_of(const RunStory& story) {
    json::array found;
    for (const auto& line : story.waits)
        found.push_back(json::object{{"step", line.step},
                                     {"for", line.what},
                                     {"until", line.until.empty() ? json::value(nullptr) : json::value(line.until)}});
    return found;
}

json::array children_of(const std::vector<control::ChildRun>& children) {
    json::array found;
    const auto text = [](const std::string& one) { return one.empty() ? json::value(nullptr) : json::value(one); };
    for (const auto& child : children)
        found.push_back(json::object{{"run_id", child.run_id},
                                     {"workflow", child.workflow},
                                     {"step", child.step},
                                     {"waited_for", child.is_waited_for},
                                     {"status", child.status},
                                     {"reason", text(child.reason)},
                                     {"started_at", text(child.started_at)},
                                     {"finished_at", text(child.finished_at)}});
    return found;
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

/// What a person can do now; empty: nothing needs to be done.
std::string next_for(const json::object& run, const RunStory& story) {
    const auto status = status_of(run), id = member_text(run, "run_id");
    const auto resume = "'spine runs resume " + id + "'";
    if (status == "failed" || status == "cancelled")
        return "once the cause is gone, 'spine runs retry " + id + "' does again what was not done and keeps what is good";
    if (status == "due")
        return "nobody has taken it up yet: " + resume + ", or 'spine runs resume --all', goes on with it";
    if (status == "interrupted" || status == "paused")
        return resume + " goes on with it";
    if (status == "pending")
        return "it is in its workflow's queue, and nobody's: " + resume + " begins it once there is room";
    if (status != "waiting")
        return {};
    if (member_text(run, "reason").starts_with("blocked"))
        return "put the plugin into its folder, then " + resume;
    const auto* alive = run.if_contains("owner_alive");
    const bool driven = alive != nullptr && alive->is_bool() && alive->get_bool();
    if (!driven && story.answered)
        return "the answer is there: " + resume + " goes on with it";
    const auto asked = std::ranges::find(story.approvals, "waiting", &ApprovalLine::status);
    if (asked != story.approvals.end())
        return "'spine runs approve " + id + " " + asked->step + " --as NAME', or reject with --reason";
    return driven ? std::string{} : "nobody has it; " + resume + ", or 'spine runs resume --all --stay', goes on with it in time";
}

/// A titled table; nothing without rows.
std::string section(const Session& session, const std::string& title, const control::Table& table) {
    return table.rows.empty() ? std::string{} : "\n" + title + ":\n" + table_text(session, table);
}

/// Blocks where a terminal is known to understand them.
std::string times_text(const Session& session, const RunStory& story) {
    constexpr std::size_t columns_otherwise = 80;
    const auto width = session.out().width();
    auto lines = time_lines(story.times, story.from, story.until, width == 0 ? columns_otherwise : width,
                            session.draws_blocks() ? Bars::blocks : Bars::plain);
    return lines.empty() ? lines : "\ntime, " + seconds_text(story.until - story.from) + ":\n" + lines;
}

std::string course_text(const RunStory& story) {
    std::string text;
    for (const auto& words : story.course)
        text += "  " + printable(words) + "\n";
    return text.empty() ? text : "\ncourse:\n" + text;
}

std::string parent_of(const json::object& run) {
    const auto parent = member_text(run, "parent_run_id"), step = member_text(run, "parent_step");
    const auto* waits = run.if_contains("parent_waits");
    const bool alone = waits != nullptr && waits->is_bool() && !waits->get_bool();
    return parent.empty() ? parent : parent + ", step '" + step + "'" + (alone ? ", which does not wait for it" : "");
}

std::string text_of(const Session& session, control::Records& records, const json::object& run, const RunStory& story,
                    const std::vector<control::ChildRun>& children) {
    const auto id = member_text(run, "run_id"), generation = member_text(run, "generation"), wake = member_text(run, "wake_at");
    const auto status = status_of(run);
    auto text = fields_text({{"run", id},
                             {"workflow", member_text(run, "workflow") + ", version " + member_text(run, "version")},
                             {"status", status + ((status == "waiting" || status == "pending") && !wake.empty() && !story.answered ? ", until " + wake : "")},
                             {"reason", member_text(run, "reason")},
                             {"partition", pairs_text(structured("partition_key", json::value(member_text(run, "partition_key"))))},
                             {"key", member_text(run, "run_key")},
                             {"parent", parent_of(run)},
                             {"forked from", member_text(run, "forked_from")},
                             {"generation", generation == "1" ? std::string{} : generation},
                             {"started", member_text(run, "started_at")},
                             {"took", took_text(run)},
                             {"parameters", pairs_text(object_in(run, "params"))}});
    text += section(session, "steps", steps_table(story));
    if (story.more > 0)
        text += "and " + std::to_string(story.more) + " more; --all shows every one\n";
    text += times_text(session, story);
    text += course_text(story);
    text += section(session, "approvals", table_of(approvals_of(story), {"step", "status", "by", "reason", "at", "until"}));
    text += section(session, "waits for", table_of(waits_of(story), {"step", "for", "until"}));
    text += section(session, "runs that it began", table_of(children_of(children), {"run_id", "workflow", "step", "waited_for", "status", "reason"}));
    text += section(session,
                    "quality of steps",
                    table_of(story.measured, {"step", "record_count", "valid_count", "null_rate", "passed"}));
    text += section(session, "events", events_table(story));
    text += section(session,
                    "checks that are not PASS",
                    table_of(unpassed(objects_of(records.run_quality(id))),
                             {"stage", "check_name", "category", "status", "actual_value", "expected_value"}));
    text += section(session, "rejects", reject_counts(objects_of(records.run_rejects(id))));
    text += section(session,
                    "anomalies",
                    table_of(objects_of(records.run_anomalies(id)), {"severity", "category", "stage", "message", "resolved_at"}));
    const auto error = member_text(run, "error_message");
    const auto own_step = member_text(run, "error_step"); // none when the run's own time was over
    const auto own_hint = member_text(object_in(run, "error"), "hint");
    const auto ending = fields_text({{"error",
                                      error.empty() ? error
                                                    : (own_step.empty() ? "" : own_step + ": ") + member_text(run, "error_category") + ": " + error},
                                     {"hint", error.empty() ? std::string{} : own_hint.empty() ? story.hint : own_hint},
                                     {"next", next_for(run, story)}});
    return ending.empty() ? text : text + "\n" + ending;
}

/// A document that is written member by member, and tables in it row by row, because a run may have 100,000 steps.
class Members {
public:
    explicit Members(const Session& session) : out_{session.out()}, output_{session.output()} {}

    void add(const std::string& name, const json::value& value) {
        switch (output_) {
        case config::Output::json: out_.write(before(name) + workflow::json_text(value)); break;
        case config::Output::yaml: out_.write(yaml_text(json::object{{name, value}})); break;
        case config::Output::table:
        case config::Output::csv: whole_[name] = value; break;
        }
    }
    void add(const std::string& name, control::Table table, bool plain_names = false) {
        const bool as_json = output_ == config::Output::json;
        if ((!as_json && output_ != config::Output::yaml) || table.rows.empty())
            return add(name, objects_of(table, plain_names));
        if (as_json)
            out_.write(before(name) + "[");
        control::Table one{table.columns, {{}}, false};
        for (std::size_t i = 0; i < table.rows.size() && out_.open(); ++i) {
            one.rows.front() = std::move(table.rows[i]);
            const auto row = objects_of(one, plain_names);
            if (as_json) {
                out_.write((i == 0 ? "" : ",") + workflow::json_text(row.front()));
            } else {
                const auto list = yaml_text(json::object{{name, row}});
                out_.write(i == 0 ? list : list.substr(list.find('\n') + 1)); // its name once
            }
        }
        if (as_json)
            out_.write("]");
    }
    void end(const Session& session) {
        if (output_ == config::Output::json)
            out_.write("}\n");
        else if (output_ == config::Output::csv)
            show(session, whole_, {});
    }

private:
    std::string before(const std::string& name) {
        return std::string{std::exchange(begun_, true) ? "," : "{"} + workflow::json_text(json::value(name)) + ":";
    }
    Sink& out_;
    config::Output output_;
    bool begun_ = false;
    json::object whole_; ///< of what is shown as a table
};

} // namespace

void show_workflow_run(const Session& session, control::Store& store, const json::object& run, StoryExtent extent) {
    constexpr std::size_t children_max = 1000;
    const auto id = member_text(run, "run_id");
    const auto people = session.for_people();
    const auto story = read_story(store, run, session.world.clock.now(), people ? extent : StoryExtent::lists);
    const auto children = store.run_trace().children(id, people ? story_lines_max : children_max);
    if (people) {
        session.out().write(text_of(session, store, run, story, children));
        return;
    }
    json::array pending;
    for (const auto& step : story.pending)
        pending.emplace_back(step.name);
    Members document{session};
    document.add("run", run);
    document.add("steps", store.steps(id), true);
    document.add("pending", pending);
    document.add("course", json::array(story.course.begin(), story.course.end()));
    document.add("approvals", approvals_of(story));
    document.add("waits", waits_of(story));
    document.add("children", children_of(children));
    document.add("executions", store.run_executions(id));
    document.add("quality", store.run_quality(id));
    document.add("rejects", store.run_rejects(id));
    document.add("anomalies", store.run_anomalies(id));
    document.end(session);
}

} // namespace spine::cli
