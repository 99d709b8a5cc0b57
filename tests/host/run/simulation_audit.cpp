/// What must hold at every commit, whatever has happened: seen from the journal alone.
#include "simulation_world.hpp"

#include <algorithm>

namespace spine::test::sim {

using run::RunStatus;
using run::StepRecord;
using run::StepStatus;
using std::chrono::milliseconds;

namespace {

bool is_open(StepStatus status) { return status == StepStatus::running || status == StepStatus::waiting; }
bool is_root(const std::string& path) { return path.find('/') == std::string::npos; }

/// The newest records by path, without those that a retry has forgotten.
std::map<std::string, const StepRecord*> standing(const Kept& kept) {
    std::map<std::string, const StepRecord*> newest;
    for (const auto& event : kept.events) {
        const auto& record = event.record;
        if (record.step == "@retry") {
            newest.erase("handler");
            for (const auto& path : record.output.at("steps").as_array()) {
                const std::string name{path.as_string()};
                newest.erase(name);
                const bool partly = std::ranges::any_of(record.output.at("steps").as_array(), [&](const auto& other) {
                    return std::string_view{other.as_string()}.starts_with(name + "[");
                });
                if (!partly)
                    std::erase_if(newest, [&](const auto& one) { return one.first.starts_with(name + "["); });
            }
        } else if (!record.step.starts_with('@')) {
            newest[record.step] = &record;
        }
    }
    return newest;
}

/// Whether what hangs on the step may go on.
bool is_settled(const StepRecord* record) {
    return record != nullptr && !is_open(record->status) && record->wake_at.empty() && record->status != StepStatus::cancelled;
}

/// How often this path was asked for once more; what handles failures may do so again after a retry that it has asked for.
std::int64_t asked_again(const Kept& kept, const std::string& path) {
    std::int64_t count = 0;
    for (const auto& event : kept.events)
        for (const auto& request : event.record.requests)
            if (const auto* name = request.get_object().if_contains("retry"); 
                name != nullptr && (name->as_string() == path || event.record.step == path || event.record.step == "handler"))
                ++count; // what failed beside the step that is done again is so as well
    return count;
}

/// The definition of a step, with the steps that were put in since.
const workflow::Step* step_of(const std::vector<workflow::Step>& steps, const std::string& path) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    const auto name = segment.substr(0, segment.find('['));
    const auto found = std::ranges::find(steps, name, &workflow::Step::name);
    if (found == steps.end())
        return nullptr;
    return slash == std::string::npos ? &*found : step_of(std::get<workflow::MapStep>(found->kind).steps, path.substr(slash + 1));
}

const workflow::Workflow& definition_of(const Script& script, const Kept& kept) {
    return kept.row.workflow == script.main->workflow.name ? script.main->workflow : script.children.at(kept.row.workflow)->workflow;
}

} // namespace

void World::audit(const run::Along& along, const Kept& before, const Kept& after) {
    auto standing_before = before;
    const auto owner = after.row.run_id;
    for (const auto& record : along.steps) {
        hold_true(record.begun_no > 0 || record.ended_no > 0, "record of '" + record.step + "' has no number");
        if (record.step == "@timeout") {
            const auto& limit = definition_of(script_, after).timeout_seconds;
            hold_true(limit && now_ >= after.started + milliseconds{static_cast<std::int64_t>(*limit * 1000)}, "run " + owner + " times out early");
        } else if (!record.step.starts_with('@')) {
            is_open(record.status) ? audit_start(record, standing_before) : audit_end(record, standing_before);
        }
        standing_before.events.push_back({record, now_, along.fence});
    }
    hold_true(along.calls_seen <= after.row.calls, "more calls were seen than made");
    audit_order(along, after);
    if (after.is_over() || after.row.status == RunStatus::waiting || after.row.status == RunStatus::paused)
        audit_stop(after);
    for (const auto& run : along.new_runs) { // as deep as they are begun at once
        const auto& kept = store_.at(run.run_id);
        Kept none;
        none.row = kept.row;
        none.started = kept.started;
        audit(run.begin, none, kept);
        compare(run::folded(kept.row), kept);
    }
}

/// An attempt begins: after the one before it has ended, and not before its time.
void World::audit_start(const StepRecord& record, const Kept& before) {
    const auto what = "'" + record.step + "' of " + before.row.run_id;
    const auto newest = standing(before);
    const auto known = newest.find(record.step);
    int ended = 0;
    int deaths = 0;
    for (const auto& event : before.events) {
        if (event.record.step != record.step || event.record.generation != record.generation)
            continue;
        if (!is_open(event.record.status))
            ++ended;
        if (is_death(event.record))
            ++deaths;
    }
    hold_true(record.attempt == ended + 1, "attempt " + std::to_string(record.attempt) + " of " + what + " begins after " + std::to_string(ended));
    hold_true(deaths < before.row.fence || record.generation > 1, what + " has died more often than processes did");
    if (known == newest.end())
        return;
    const auto& last = *known->second;
    hold_true(!is_open(last.status), what + " begins while it is at work");
    if (!last.wake_at.empty()) {
        hold_true(now_ >= env::time_from(last.wake_at), what + " is tried again early");
        return;
    }
    const bool again = asked_again(before, record.step) > 0;
    const bool stopped_map = last.status == StepStatus::cancelled;
    hold_true(again || stopped_map || last.generation < record.generation, what + " has ended and begins again");
    hold_true(again || last.status != StepStatus::completed, what + " is completed and begins again");
}

void World::audit_end(const StepRecord& record, const Kept& before) {
    const auto what = "'" + record.step + "' of " + before.row.run_id;
    const auto newest = standing(before);
    const auto known = newest.find(record.step);
    const auto* last = known == newest.end() ? nullptr : known->second;
    if (last == nullptr || !is_open(last->status)) { // all there is of it
        const bool again = last != nullptr && (!last->wake_at.empty() || last->status == StepStatus::cancelled || asked_again(before, record.step) > 0);
        hold_true(last == nullptr || again || last->generation < record.generation, what + " has ended and ends again");
        return;
    }
    hold_true(last->attempt == record.attempt && last->generation == record.generation, what + " ends another attempt than it began");
    hold_true(record.begun_no == last->begun_no && record.ended_no > record.begun_no, what + " ends with another number than it began");
    if (last->status == StepStatus::running && is_death(record)) {
        const auto died = std::ranges::count_if(before.events, [&](const Event& event) {
            return event.record.step == record.step && event.record.generation == record.generation && is_death(event.record);
        });
        hold_true(!record.wake_at.empty() || died + 1 >= run::deaths_max, what + " is not tried again after a crash");
        hold_true(record.wake_at.empty() || died + 1 < run::deaths_max || asked_again(before, record.step) > 0, what + " is tried again after too many crashes");
    }
    if (last->status != StepStatus::waiting || record.status == StepStatus::cancelled)
        return;
    const bool by_time = record.type == "wait" || (record.type == "approval" && record.output.contains("timed_out")) ||
                         (record.type == "workflow" && record.failure && record.failure->message.starts_with("run " + last->child_run_id + " has not ended in time"));
    if (by_time) {
        hold_true(!last->wake_at.empty() && now_ >= env::time_from(last->wake_at), what + " goes on early");
    } else if (record.type == "approval") {
        const auto& answered = before.answered;
        hold_true(std::ranges::any_of(answered, [&](const auto& one) { return one.first == record.step && one.second == record.output; }),
                  what + " has an answer that nobody gave");
    } else if (record.type == "workflow") {
        hold_true(store_.chain_end(last->child_run_id).is_over(), what + " ends before its child");
    }
}

/// Dependencies and limits.
void World::audit_order(const run::Along& along, const Kept& after) {
    const auto& workflow = definition_of(script_, after);
    const auto newest = standing(after);
    const auto parallel = workflow.execution == workflow::Execution::parallel;
    for (const auto& record : along.steps) {
        const auto* step = record.step.starts_with('@') || !is_root(record.step) ? nullptr : step_of(workflow.steps, record.step);
        if (!parallel || step == nullptr || !is_open(record.status) || asked_again(after, record.step) > 0)
            continue;
        for (const auto& name : step->depends_on) {
            const auto on = newest.find(name);
            const auto* dependency = on == newest.end() ? nullptr : on->second;
            hold_true(is_settled(dependency), "'" + record.step + "' of " + after.row.run_id + " begins before '" + name + "' has ended");
        }
    }
    std::map<std::string, std::set<std::string>> items; // of each map: its items that are at work
    std::int64_t at_work = 0;
    for (const auto& [path, record] : newest) {
        const bool works = record->status == StepStatus::running || (record->status == StepStatus::waiting && record->type == "workflow");
        if (works && is_root(path) && path != "handler")
            ++at_work;
        if (!is_open(record->status))
            continue;
        for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
            const auto open = path.rfind('[', slash);
            items[path.substr(0, open)].insert(path.substr(open, slash - open));
        }
    }
    if (!after.is_over())
        hold_true(at_work <= (parallel ? workflow.max_concurrency.value_or(run::concurrency_default) : 1),
                  std::to_string(at_work) + " steps of " + after.row.run_id + " are at work at once");
    for (const auto& [path, busy] : items) {
        const auto* step = step_of(workflow.steps, path);
        if (step == nullptr || !std::holds_alternative<workflow::MapStep>(step->kind))
            continue;
        const auto room = std::get<workflow::MapStep>(step->kind).max_concurrency.value_or(run::concurrency_default);
        hold_true(static_cast<std::int64_t>(busy.size()) <= room, std::to_string(busy.size()) + " items of '" + path + "' are at work at once");
    }
}

/// A run that stops: nothing is left open, or it is known what it waits for and until when.
void World::audit_stop(const Kept& after) {
    const auto what = "run " + after.row.run_id;
    const auto newest = standing(after);
    std::optional<env::TimePoint> wake;
    const auto sooner = [&](const std::string& time) {
        if (!time.empty() && (!wake || env::time_from(time) < *wake))
            wake = env::time_from(time);
    };
    bool waits = false;
    for (const auto& [path, record] : newest) {
        const bool map = record->type == "map";
        hold_true(record->status != StepStatus::running || (map && !after.is_over()), what + " stops while '" + path + "' is running");
        if (after.is_over())
            hold_true(record->status != StepStatus::waiting, what + " is over while '" + path + "' waits");
        const bool waiting = record->status == StepStatus::waiting || !record->wake_at.empty();
        waits = waits || waiting;
        if (waiting)
            sooner(record->wake_at);
    }
    if (after.row.status == RunStatus::waiting) {
        const auto& limit = definition_of(script_, after).timeout_seconds;
        if (limit && !after.row.failure)
            sooner(env::to_text(after.started + milliseconds{static_cast<std::int64_t>(*limit * 1000)}));
        hold_true(waits, what + " waits for nothing");
        hold_true(after.row.wake_at == (wake ? env::to_text(*wake) : ""),
                  what + " wakes at '" + after.row.wake_at + "' and should at '" + (wake ? env::to_text(*wake) : "") + "'");
    }
    if (!after.is_over())
        return;
    for (const auto& event : after.events)
        if (event.record.type == "workflow" && event.record.status == StepStatus::waiting)
            hold_true(store_.chain_end(event.record.child_run_id).is_over(), what + " is over before its child " + event.record.child_run_id);
}

} // namespace spine::test::sim
