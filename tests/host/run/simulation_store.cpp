#include "simulation_store.hpp"

#include "simulation_chance.hpp"
#include "workflow/json.hpp"

#include <algorithm>

namespace spine::test::sim {

using run::RunStatus;
using run::StepRecord;
using run::StepStatus;

namespace {
bool is_open(StepStatus status) { return status == StepStatus::running || status == StepStatus::waiting; }
} // namespace

const StepRecord* Kept::newest(const std::string& path) const {
    const auto found = std::find_if(row.steps.rbegin(), row.steps.rend(), [&](const StepRecord& record) { return record.step == path; });
    return found == row.steps.rend() ? nullptr : &*found;
}

std::set<std::string> Kept::open_children() const {
    std::set<std::string> children;
    for (const auto& record : row.steps)
        if (record.status == StepStatus::waiting && !record.child_run_id.empty())
            children.insert(record.child_run_id);
    return children;
}

Kept& Store::at(const std::string& run_id) {
    const auto found = runs.find(run_id);
    hold_true(found != runs.end(), "there is no run " + run_id);
    return found->second;
}
const Kept& Store::at(const std::string& run_id) const {
    const auto found = runs.find(run_id);
    hold_true(found != runs.end(), "there is no run " + run_id);
    return found->second;
}
const Kept& Store::chain_end(const std::string& run_id) const {
    const auto* kept = &at(run_id);
    while (!kept->successor.empty())
        kept = &at(kept->successor);
    return *kept;
}

void Store::insert(const run::NewRun& run, const std::string& owner, env::TimePoint now, std::uint64_t salt, const std::string& by) {
    hold_true(!runs.contains(run.run_id), "run " + run.run_id + " is inserted twice");
    if (!waiter_of(run).empty())
        hold_true(child_keys.emplace(run.parent_run_id, run.parent_step, run.generation, run.parent_attempt, run.chain_no).second,
                  "two children for '" + run.parent_step + "' of run " + run.parent_run_id);
    Kept kept;
    auto& row = kept.row;
    row.run_id = run.run_id;
    row.workflow = run.workflow;
    row.version = run.version;
    row.domain = run.domain;
    row.definition_text = run.definition_text;
    row.definition_sha256 = run.definition_sha256;
    row.params = run.params;
    row.fence = 1;
    row.started_at = env::to_text(now);
    row.settings = run.settings;
    row.children = run.children;
    row.parent_run_id = run.parent_run_id;
    row.parent_step = run.parent_step;
    row.parent_attempt = run.parent_attempt;
    row.generation = run.generation;
    row.chain_no = run.chain_no;
    row.forked_from = run.forked_from;
    row.trigger = run.trigger;
    kept.owner = owner;
    kept.started = now;
    kept.salt = salt;
    kept.spawned_by = by;
    runs.emplace(run.run_id, std::move(kept));
    auto begin = run.begin;
    begin.run_id = run.run_id;
    begin.fence = 1;
    hold_true(write(begin, now) == run::Written::yes, "the first records of run " + run.run_id + " are refused");
}

void Store::record(Kept& kept, const StepRecord& record, env::TimePoint now, std::int64_t fence) {
    kept.events.push_back({record, now, fence});
    auto& steps = kept.row.steps;
    const auto same = std::find_if(steps.rbegin(), steps.rend(), [&](const StepRecord& known) {
        return known.step == record.step && known.generation == record.generation && known.attempt == record.attempt;
    });
    if (record.step.starts_with('@') || same == steps.rend()) {
        steps.push_back(record);
        return;
    }
    hold_true(is_open(same->status), "attempt " + std::to_string(record.attempt) + " of '" + record.step + "' ends twice");
    const auto begun_no = same->begun_no;
    const auto child = same->child_run_id;
    *same = record;
    same->begun_no = begun_no;
    if (same->child_run_id.empty())
        same->child_run_id = child;
}

run::Written Store::write(const run::Along& along, env::TimePoint now) {
    auto& kept = at(along.run_id);
    if (kept.row.fence != along.fence || kept.is_over())
        return run::Written::lost;
    for (const auto& record : along.steps) {
        const auto answer = kept.answers.find(record.step);
        const auto* known = kept.newest(record.step);
        if (answer != kept.answers.end() && !is_open(record.status) && known != nullptr && known->status == StepStatus::waiting &&
            !record.output.contains("by"))
            return run::Written::stale;
    }
    ++commits;
    for (const auto& one : along.steps) {
        record(kept, one, now, along.fence);
        if (!is_open(one.status))
            kept.answers.erase(one.step);
    }
    auto& row = kept.row;
    row.status = along.run.status;
    row.reason = along.run.reason;
    row.current_step = along.run.current_step;
    row.error_step = along.run.error_step;
    row.failure = along.run.failure;
    row.partition = along.run.partition;
    row.wake_at = along.run.wake_at;
    row.result = along.run.result;
    row.calls_seen = std::max(row.calls_seen, along.calls_seen);
    const auto owner = kept.owner;
    const auto salt = kept.salt;
    const auto id = along.run_id;
    for (const auto& run : along.new_runs) {
        const bool next = run.trigger == "continued";
        if (next)
            at(id).successor = run.run_id;
        auto seed = mixed(mixed(salt, next ? "next" : waiter_of(run).empty() ? run.workflow : run.parent_step),
                          static_cast<std::uint64_t>(run.generation * 1000 + run.parent_attempt * 10 + run.chain_no));
        insert(run, owner, now, seed, id);
    }
    for (const auto& below : along.cancelled)
        end_below(below, now);
    auto& after = at(id);
    if (after.is_over()) {
        after.row.finished_at = env::to_text(now);
        if (after.successor.empty())
            call_parent(after);
    }
    return run::Written::yes;
}

void Store::call_parent(const Kept& kept) {
    if (const auto waiter = waiter_of(kept.row); !waiter.empty())
        ++at(waiter).row.calls;
}

/// A run that its parent, or a person, ends with everything below it.
void Store::end_below(const std::string& run_id, env::TimePoint now) {
    for (auto id = run_id; !id.empty(); id = at(id).successor) {
        auto& kept = at(id);
        if (kept.is_over())
            continue;
        const auto children = kept.open_children();
        ++kept.row.fence;
        kept.answers.clear(); // they were given to attempts that are no more
        kept.row.status = RunStatus::cancelled;
        kept.row.finished_at = env::to_text(now);
        std::int64_t last = 0;
        for (const auto& record : kept.row.steps)
            last = std::max({last, record.begun_no, record.ended_no});
        for (auto& record : kept.row.steps)
            if (is_open(record.status)) {
                record.status = StepStatus::cancelled;
                record.ended_no = ++last;
                record.wake_at.clear(); // it is not tried again then
                kept.events.push_back({record, now, kept.row.fence});
            }
        for (const auto& child : children)
            end_below(child, now);
    }
}

bool Store::claim(const std::string& run_id, const std::string& owner) {
    auto& kept = at(run_id);
    if (kept.is_over())
        return false;
    ++kept.row.fence;
    kept.owner = owner;
    return true;
}

run::Outside Store::outside(const std::string& run_id) const {
    const auto& kept = at(run_id);
    run::Outside seen;
    seen.calls = kept.row.calls;
    seen.pause_asked = kept.row.pause_asked;
    seen.answers = kept.answers;
    for (const auto& record : kept.row.steps) {
        if (record.status != StepStatus::waiting || record.child_run_id.empty())
            continue;
        const auto& child = chain_end(record.child_run_id);
        if (child.is_over())
            seen.children[record.step] = {record.child_run_id, child.row.status, child.row.result, child.row.failure, child.row.finished_at};
    }
    return seen;
}

bool Store::due(const Kept& kept, env::TimePoint now) const {
    const auto& row = kept.row;
    if (kept.is_over() || !kept.owner.empty() || row.status == RunStatus::paused)
        return false;
    if (row.status != RunStatus::waiting || row.calls > row.calls_seen)
        return true;
    return !row.wake_at.empty() && env::time_from(row.wake_at) <= now;
}

bool Store::answer(const std::string& run_id, const std::string& path, bool approved, const std::string& by, env::TimePoint now) {
    auto& kept = at(run_id);
    const auto* record = kept.newest(path);
    if (kept.is_over() || record == nullptr || record->status != StepStatus::waiting || record->type != "approval" || kept.answers.contains(path))
        return false;
    if (!record->wake_at.empty() && env::time_from(record->wake_at) <= now)
        return false; // its time was over, whoever has looked
    if (by != "ann" && by != "bob")
        return false;
    boost::json::object answer{{"approved", approved}, {"by", by}, {"reason", "said so"}, {"at", env::to_text(now)}};
    kept.answers[path] = answer;
    kept.answered.emplace_back(path, std::move(answer));
    ++kept.row.calls;
    return true;
}

void Store::cancel(const std::string& run_id, env::TimePoint now) {
    at(run_id).cancelled_by_person = true;
    end_below(run_id, now);
    call_parent(at(run_id));
}

void Store::pause(const std::string& run_id) {
    auto& kept = at(run_id);
    kept.row.pause_asked = true;
    ++kept.row.calls;
    if (kept.owner.empty() && kept.row.status != RunStatus::running)
        kept.row.status = RunStatus::paused;
}

void Store::retry(const std::string& run_id, const std::vector<std::string>& forget, const std::string& from, env::TimePoint now) {
    auto& kept = at(run_id);
    auto& row = kept.row;
    ++row.generation;
    ++row.fence;
    row.status = RunStatus::pending;
    row.failure.reset();
    row.error_step.clear();
    row.finished_at.clear();
    row.pause_asked = false;
    kept.started = now;
    kept.owner.clear();
    StepRecord mark;
    mark.step = "@retry";
    mark.generation = row.generation;
    mark.type = "control";
    mark.status = StepStatus::completed;
    boost::json::array steps;
    for (const auto& path : forget)
        steps.emplace_back(path);
    mark.output = {{"steps", std::move(steps)}, {"by", "ann"}, {"from", from}, {"at", env::to_text(now)}};
    std::int64_t last = 0;
    for (const auto& record : row.steps)
        last = std::max({last, record.begun_no, record.ended_no});
    mark.begun_no = mark.ended_no = last + 1;
    record(kept, mark, now, row.fence);
}

// ---- two states of one run

namespace {

std::string said(const std::string& what, const std::string& left, const std::string& right) {
    return what + ": " + left + " in the living run, " + right + " from its journal";
}
std::string text(const boost::json::value& value) { return workflow::json_text(value); }
std::string text(const std::optional<env::TimePoint>& time) { return time ? env::to_text(*time) : "never"; }
template <class List> std::string joined(const List& list) {
    std::string all;
    for (const auto& one : list)
        all += (all.empty() ? "" : ",") + std::string{one};
    return "[" + all + "]";
}
std::string timers(const run::State& state) {
    std::string all;
    for (const auto& [time, path] : state.wakes)
        all += " " + path + " at " + env::to_text(time);
    return all;
}
std::string numbers(const auto& list) {
    std::string all;
    for (const auto one : list)
        all += " " + std::to_string(one);
    return all;
}

std::string differs(const std::string& path, const run::StepState& a, const run::StepState& b) {
    const auto number = [](const auto& value) { return std::to_string(value); };
    if (a.status != b.status)
        return said("status of " + path, std::string{run::to_text(a.status)}, std::string{run::to_text(b.status)});
    if (a.attempt != b.attempt)
        return said("attempt of " + path, number(a.attempt), number(b.attempt));
    if (a.failures != b.failures)
        return said("failures of " + path, number(a.failures), number(b.failures));
    if (a.deaths != b.deaths)
        return said("deaths of " + path, number(a.deaths), number(b.deaths));
    if (a.done != b.done || a.again != b.again || a.passed != b.passed || a.hangs != b.hangs || a.settled != b.settled)
        return said("flags of " + path, number(a.done) + number(a.again) + number(a.passed) + number(a.hangs) + number(a.settled),
                    number(b.done) + number(b.again) + number(b.passed) + number(b.hangs) + number(b.settled));
    if (a.wake != b.wake)
        return said("wake of " + path, text(a.wake), text(b.wake));
    if (a.child_run_id != b.child_run_id)
        return said("child of " + path, a.child_run_id, b.child_run_id);
    if (a.begun_no != b.begun_no)
        return said("number of " + path, number(a.begun_no), number(b.begun_no));
    if (a.branch != b.branch)
        return said("branch of " + path, a.branch, b.branch);
    if (a.params != b.params)
        return said("parameters of " + path, text(a.params), text(b.params));
    return {};
}

std::string differs(const std::string& name, const run::Frame& a, const run::Frame& b);

std::string differs(const std::string& name, const run::MapState& a, const run::MapState& b) {
    if (a.items != b.items || a.results != b.results)
        return said("items or results of " + name, text(a.items) + text(a.results), text(b.items) + text(b.results));
    const auto counts = [](const run::MapState& map) {
        return std::to_string(map.begun) + "/" + std::to_string(map.active) + "/" + std::to_string(map.completed) + "/" + std::to_string(map.failed) + "/" +
               std::to_string(map.frames.size());
    };
    if (counts(a) != counts(b))
        return said("begun/active/completed/failed/frames of " + name, counts(a), counts(b));
    for (const auto& [number, item] : a.frames) {
        const auto other = b.frames.find(number);
        if (other == b.frames.end())
            return name + ": item " + std::to_string(number) + " is only in the living run";
        if (auto found = differs(item->prefix, *item, *other->second); !found.empty())
            return found;
    }
    return {};
}

std::string differs(const std::string& name, const run::Frame& a, const run::Frame& b) {
    if (a.steps->size() != b.steps->size() || !(*a.steps == *b.steps))
        return name + ": other steps";
    if (a.parallel != b.parallel || a.cursor != b.cursor || a.failed != b.failed || (a.failed && a.failed_step != b.failed_step))
        return said("parallel/cursor/failed of frame " + name, std::to_string(a.cursor) + std::to_string(a.failed),
                    std::to_string(b.cursor) + std::to_string(b.failed));
    if (a.detours != b.detours)
        return said("detours of " + name, numbers(a.detours), numbers(b.detours));
    if (a.params != b.params || a.outputs != b.outputs)
        return said("values of frame " + name, text(a.params) + text(a.outputs), text(b.params) + text(b.outputs));
    if (a.last_done != b.last_done)
        return said("last done of " + name, a.last_done, b.last_done);
    for (std::size_t i = 0; i < a.states.size(); ++i)
        if (auto found = differs("'" + a.prefix + (*a.steps)[i].name + "'", a.states[i], b.states[i]); !found.empty())
            return found;
    if (a.parallel && (a.missing != b.missing || a.ready != b.ready || a.settled != b.settled))
        return said("missing, ready, settled of " + name, numbers(a.missing) + ";" + numbers(a.ready) + ";" + std::to_string(a.settled),
                    numbers(b.missing) + ";" + numbers(b.ready) + ";" + std::to_string(b.settled));
    if (a.maps.size() != b.maps.size())
        return said("maps of " + name, std::to_string(a.maps.size()), std::to_string(b.maps.size()));
    for (const auto& [at, map] : a.maps) {
        const auto other = b.maps.find(at);
        if (other == b.maps.end())
            return name + ": a map is only in the living run";
        if (auto found = differs(a.prefix + (*a.steps)[at].name, *map, *other->second); !found.empty())
            return found;
    }
    return {};
}

} // namespace

std::string differs(const run::State& a, const run::State& b) {
    if (a.generation != b.generation || a.chain_no != b.chain_no)
        return said("generation", std::to_string(a.generation), std::to_string(b.generation));
    if (!(*a.workflow == *b.workflow))
        return "the workflows differ";
    if (a.params != b.params)
        return said("parameters", text(a.params), text(b.params));
    if (a.outputs != b.outputs)
        return said("outputs", text(a.outputs), text(b.outputs));
    if (a.failure != b.failure || a.error_step != b.error_step)
        return said("failure", a.error_step, b.error_step);
    if (a.running != b.running)
        return said("running", joined(a.running), joined(b.running));
    if (a.waiting != b.waiting)
        return said("waiting", joined(a.waiting), joined(b.waiting));
    if (a.wakes != b.wakes)
        return said("wakes", timers(a), timers(b));
    if (a.requests != b.requests || a.spawned != b.spawned || a.continued != b.continued)
        return said("requests", std::to_string(a.requests), std::to_string(b.requests));
    if (a.passed_over != b.passed_over)
        return said("passed over", joined(a.passed_over), joined(b.passed_over));
    if (a.events != b.events)
        return said("events", std::to_string(a.events), std::to_string(b.events));
    if (a.started != b.started)
        return said("start", env::to_text(a.started), env::to_text(b.started));
    if (auto found = differs("root", *a.root, *b.root); !found.empty())
        return found;
    if ((a.handler == nullptr) != (b.handler == nullptr))
        return said("handler", a.handler ? "there" : "none", b.handler ? "there" : "none");
    return a.handler ? differs("handler", *a.handler, *b.handler) : std::string{};
}

} // namespace spine::test::sim
