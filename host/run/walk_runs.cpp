#include "run/new_run.hpp"
#include "run/walk.hpp"

#include <utility>

namespace spine::run {

namespace json = boost::json;

namespace {

constexpr double child_timeout_seconds = 600;

} // namespace

void add_flags(json::object& settings, const workflow::Workflow& workflow) {
    if (workflow.flags.empty())
        return;
    auto& flags = settings["flags"];
    if (!flags.is_object())
        flags = json::object{};
    for (const auto& [name, value] : workflow.flags)
        flags.get_object().emplace(name, value);
}

bool Walk::begin_child(Frame& frame, std::size_t at, const workflow::WorkflowStep& child) {
    const auto& step = (*frame.steps)[at];
    const auto known = s_.children.find(child.workflow);
    if (known == s_.children.end())
        return fail(frame, at, final_failure("workflow '" + child.workflow + "' is not known to this run",
                                             "name a workflow of the folder", unit::Category::configuration));
    auto own = replaced("parameter", step.params, scope_of(s_, frame));
    if (auto* failure = std::get_if<unit::Failure>(&own))
        return fail(frame, at, std::move(*failure));
    auto& given = std::get<json::object>(own);
    lay_over(given, frame.states[at].params);
    const auto path = path_of(frame, at);
    const int attempt = frame.states[at].attempt + 1;
    json::object inherited;
    if (child.inherit_context) {
        inherited = s_.params;
        if (frame.outer != nullptr)
            lay_over(inherited, frame.params);
    }
    NewRun run;
    run.run_id = derived_id(now_, s_.run_id + "|" + std::to_string(s_.generation) + "|" + path + "|" + std::to_string(attempt));
    run.parent_run_id = s_.run_id;
    run.parent_step = path;
    run.parent_attempt = child.wait ? attempt : 0;
    run = new_run(std::move(run), *known->second, inherited, given);
    const auto id = run.run_id;
    out_.along.new_runs.push_back(std::move(run));
    if (!child.wait) {
        StepEnd end;
        end.status = StepStatus::completed;
        end.reason = "run " + id + " goes on by itself";
        end.output = {{"run_id", id}};
        Telling telling;
        telling.child_run_id = id;
        return record_end(frame, at, end, telling);
    }
    auto record = fresh_record(frame, at, attempt);
    record.status = StepStatus::waiting;
    record.child_run_id = id;
    const auto lasts = from_seconds(step.timeout_seconds.value_or(child_timeout_seconds));
    record.wake_at = env::to_text(now_ + lasts);
    record.wait_ms = lasts.count();
    record.begun_no = s_.events + 1;
    write(record);
    return true;
}

NewRun Walk::new_run(NewRun run, const workflow::Definition& definition, const json::object& inherited, const json::object& given) {
    const auto& workflow = definition.workflow;
    run.workflow = workflow.name;
    run.version = workflow.version;
    run.domain = workflow.domain;
    run.definition_text = definition.text;
    run.definition_sha256 = definition.sha256;
    run.params = workflow.defaults;
    lay_over(run.params, inherited);
    lay_over(run.params, given);
    run.given = given;
    run.folder = s_.row.folder;
    run.plugins = s_.row.plugins;
    run.trigger = "workflow";
    run.children = s_.row.children;
    for (const auto& kept : s_.row.children)
        if (kept.name == workflow.name && kept.sha256 == definition.sha256)
            run.version = kept.version;
    run.settings = s_.row.settings;
    add_flags(run.settings, workflow);
    run.generation = s_.generation;
    limit(run, workflow, now_);
    begin_new(run, workflow);
    return run;
}

void Walk::begin_new(NewRun& run, const workflow::Workflow& workflow) {
    auto state = fresh(row_of(run, now_), workflow, s_.children);
    run.begin = begin_run(state, now_).along;
}

void Walk::continue_as(const json::object& params) {
    auto run = another(s_.row);
    run.run_id = derived_id(now_, s_.run_id + "|continued|" + std::to_string(s_.chain_no + 1));
    lay_over(run.params, params);
    run.given = run.params;
    run.trigger = "continued";
    run.parent_run_id = s_.row.parent_run_id;
    run.parent_step = s_.row.parent_step;
    run.parent_attempt = s_.row.parent_attempt;
    run.generation = s_.generation;
    run.chain_no = s_.chain_no + 1;
    successor_ = run.run_id;
    // Its course may have been changed: the new run begins with the definition as it was written.
    auto plain = fresh(RunRow{s_.row});
    begin_new(run, *plain.workflow);
    out_.along.new_runs.push_back(std::move(run));
}

} // namespace spine::run
