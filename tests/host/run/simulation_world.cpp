#include "simulation_world.hpp"

#include "workflow/json.hpp"

#include <algorithm>

namespace spine::test::sim {

namespace json = boost::json;
using run::RunStatus;
using run::StepRecord;
using run::StepStatus;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t disturbed_events_max = 160;
constexpr std::size_t events_max = 8000; ///< after which a run that has not ended never will

bool is_open(StepStatus status) { return status == StepStatus::running || status == StepStatus::waiting; }

std::string brief(const StepRecord& record) {
    auto text = record.step + "#" + std::to_string(record.attempt) + " " + std::string{run::to_text(record.status)};
    if (!record.wake_at.empty())
        text += " until " + record.wake_at;
    if (record.failure)
        text += " (" + std::string{unit::to_text(record.failure->category)} + ": " + record.failure->message + ")";
    if (!record.requests.empty())
        text += " asks " + workflow::json_text(record.requests);
    return text;
}

} // namespace

bool is_settling(const StepRecord& record) {
    if (record.step.starts_with('@') || is_open(record.status) || record.status == StepStatus::cancelled)
        return false;
    return record.wake_at.empty();
}
bool is_death(const StepRecord& record) { // a map or a child run only passes on what one of its steps died of
    return record.status == StepStatus::failed && record.failure && record.failure->category == unit::Category::crash &&
           (record.type == "pipeline" || record.type == "lambda");
}
bool is_handled(const StepRecord& record) {
    if (record.step.starts_with('@') || is_open(record.status) || record.status == StepStatus::cancelled)
        return false;
    if (record.status == StepStatus::skipped && record.execution_id.empty()) // not done at all
        return false;
    // An attempt that died is no result, but the last one that a step may lose is its failure.
    return !(is_death(record) && !record.wake_at.empty());
}
int handled(const Kept& kept, const std::string& path, int generation) {
    return static_cast<int>(std::ranges::count_if(kept.events, [&](const Event& event) {
        return event.record.step == path && event.record.generation == generation && is_handled(event.record);
    }));
}

World::World(std::uint64_t seed, bool telling) : seed_{seed}, telling_{telling}, script_{seed}, chance_{mixed(seed, "world")} {
    static const std::vector<std::uint64_t> troubles{0, 5, 15, 30};
    trouble_ = chance_.of(troubles);
    for (auto left = chance_.between(1, 3); left > 0; --left)
        processes_.push_back({"P" + std::to_string(process_no_++), true, false, {}});
}

void World::tell(const std::string& what) {
    fingerprint_ = mixed(fingerprint_, what);
    if (telling_)
        history_.push_back(env::to_text(now_) + "  " + what);
}

std::string World::definitions() const {
    std::string text;
    for (const auto& one : script_.texts)
        text += "--- \n" + one;
    return text;
}

// ---- the course of things

void World::go() {
    tell("seed " + std::to_string(seed_) + ", " + std::to_string(processes_.size()) + " processes, trouble " + std::to_string(trouble_) + "%");
    for (auto left = chance_.between(1, 2); left > 0; --left)
        begin(processes_.front().name);
    for (; events_ < disturbed_events_max && !all_over(); ++events_)
        disturbed();
    quiet_ = true;
    for (auto& process : processes_)
        if (process.holding)
            crash(process);
    tell("from here on nothing goes wrong");
    while (settled_down())
        hold_true(++events_ < events_max, "a run does not end");
    for (const auto& [id, kept] : store_.runs) {
        hold_true(kept.is_over(), "run " + id + " stands still: " + std::string{run::to_text(kept.row.status)} + ", " + kept.row.reason);
        check_run(script_, store_, kept);
    }
}

void World::begin(const std::string& owner) {
    run::NewRun run;
    const auto number = roots_.size() + 1;
    run.run_id = "root-" + std::to_string(number);
    run.workflow = script_.main->workflow.name;
    run.domain = "sim";
    run.definition_text = script_.main->text;
    run.definition_sha256 = script_.main->sha256;
    run.params = script_.main->workflow.defaults;
    run.settings = {{"env", chance_.percent(50) ? "dev" : "prod"}};
    for (const auto& [name, definition] : script_.children)
        run.children.push_back({name, 1, definition->text, definition->sha256});
    run::RunRow row;
    row.run_id = run.run_id;
    row.workflow = run.workflow;
    row.params = run.params;
    row.fence = 1;
    row.started_at = env::to_text(now_);
    row.settings = run.settings;
    row.children = run.children;
    row.definition_text = run.definition_text;
    row.definition_sha256 = run.definition_sha256;
    auto state = run::fresh(std::move(row), script_.main->workflow, script_.children);
    run.begin = run::begin_run(state, now_).along;
    roots_.push_back(run.run_id);
    tell("begin " + run.run_id);
    for (const auto& record : run.begin.steps)
        tell("  " + brief(record));
    store_.insert(run, owner, now_, number == 1 ? mixed(seed_) : mixed(seed_, number), "");
    const auto& kept = store_.at(run.run_id);
    Kept none;
    none.row = kept.row;
    none.started = kept.started;
    audit(run.begin, none, kept);
    for (auto& process : processes_)
        if (process.name == owner)
            adopt(process, run.run_id);
    for (const auto& child : run.begin.new_runs)
        for (auto& process : processes_)
            if (process.name == owner)
                adopt(process, child.run_id);
}

bool World::all_over() const {
    return std::ranges::all_of(store_.runs, [](const auto& one) { return one.second.is_over(); });
}

Process* World::alive() {
    std::vector<Process*> living;
    for (auto& process : processes_)
        if (process.alive)
            living.push_back(&process);
    if (living.empty()) {
        processes_.push_back({"P" + std::to_string(process_no_++), true, false, {}});
        return &processes_.back();
    }
    return living[chance_.below(living.size())];
}

/// One thing that happens, good or bad.
bool World::disturbed() {
    const auto draw = chance_.below(100);
    if (draw < 55) {
        auto& process = processes_[chance_.below(processes_.size())];
        if (process.runs.empty())
            return claim_one();
        auto one = process.runs.begin();
        std::advance(one, static_cast<std::ptrdiff_t>(chance_.below(process.runs.size())));
        const auto id = one->first;
        return act(process, id);
    }
    if (draw < 72)
        return pass_time(false);
    if (draw < 82)
        return claim_one();
    if (draw < 92) {
        person();
        return true;
    }
    if (draw < 96 && trouble_ > 0) {
        auto& process = processes_[chance_.below(processes_.size())];
        if (chance_.percent(60)) {
            crash(process);
        } else if (process.alive) {
            tell(process.name + " is taken for dead and goes on");
            process.alive = false;
        }
        return true;
    }
    if (draw < 98 && trouble_ > 0) {
        auto& process = processes_[chance_.below(processes_.size())];
        process.holding = !process.holding;
        tell(process.name + (process.holding ? " is asked to end" : " begins again"));
        for (auto& [id, driven] : process.runs)
            if (process.holding)
                run::hold(driven.state);
        if (!process.holding) // a process that was asked to end has ended, and another one begins
            crash(process);
        return true;
    }
    return retry_one();
}

/// Whatever there is to do, without trouble; false when there is nothing more.
bool World::settled_down() {
    for (auto& process : processes_) {
        std::vector<std::string> ids;
        for (const auto& [id, driven] : process.runs)
            ids.push_back(id);
        for (const auto& id : ids)
            if (act(process, id))
                return true;
    }
    if (claim_one() || resume_one() || pass_time(true) || answer_one(true))
        return true;
    return false;
}

/// A process does one thing for one run; false when there is nothing to do for it.
bool World::act(Process& process, const std::string& run_id) {
    auto& driven = process.runs.at(run_id);
    const auto& kept = store_.at(run_id);
    if (kept.row.fence != driven.state.fence || kept.is_over()) {
        if (!quiet_ && !process.alive && chance_.percent(70) && !driven.attempts.empty()) // it does not know yet
            return end_attempt(process, driven, chance_.below(driven.attempts.size()));
        tell(process.name + " drops " + run_id + ", which is not its own any more");
        process.runs.erase(run_id);
        return true;
    }
    if (!driven.taken_up) {
        take(process, run_id);
        return true;
    }
    const bool wants = wants_look(driven);
    if (wants && (quiet_ || driven.attempts.empty() || chance_.percent(50)))
        return look(process, driven);
    if (!driven.attempts.empty()) {
        const auto at = chance_.below(driven.attempts.size());
        return end_attempt(process, driven, at);
    }
    if (driven.stopped) {
        if (quiet_ && !process.alive) {
            let_go(process, run_id);
            return true;
        }
        if (quiet_)
            return false;
        if (chance_.percent(40)) {
            let_go(process, run_id);
            return true;
        }
        return chance_.percent(20) && look(process, driven); // for nothing
    }
    return look(process, driven);
}

bool World::wants_look(const Driven& driven) const {
    const auto& kept = store_.at(driven.state.run_id);
    if (kept.row.calls > driven.state.row.calls_seen)
        return true;
    if (driven.state.holding)
        return driven.attempts.empty();
    if (!driven.state.wakes.empty() && driven.state.wakes.begin()->first <= now_)
        return true;
    const auto& limit = driven.state.workflow->timeout_seconds;
    return limit && !driven.state.failure && driven.state.started + milliseconds{static_cast<std::int64_t>(*limit * 1000)} <= now_;
}

bool World::look(Process& process, Driven& driven) {
    auto outside = store_.outside(driven.state.run_id);
    if (!quiet_ && trouble_ > 0 && driven.seen && chance_.percent(10)) {
        tell("what " + process.name + " sees of the outside is old");
        outside = *driven.seen;
    }
    driven.seen = outside;
    if (!quiet_ && trouble_ > 0 && chance_.percent(20))
        answer_one(false); // between the look and the write
    const auto decided = run::wake(driven.state, now_, outside);
    if (!decided.changed && !decided.stops) {
        hold_true(decided.along.steps.empty() && decided.starts.empty(), "a decision that changes nothing has records");
        return false;
    }
    if (!decided.changed && driven.stopped)
        return false;
    commit(process, driven, decided, "looks at " + driven.state.run_id);
    return true;
}

run::StepEnd World::result_of(const Driven& driven, const Attempt& attempt) {
    run::StepEnd end;
    const auto& start = attempt.start;
    const auto pipeline = std::holds_alternative<workflow::PipelineStep>(start.step.kind);
    if (driven.state.holding && chance_.percent(50)) {
        end.status = StepStatus::cancelled;
        end.reason = "interrupted";
        return end;
    }
    if (start.deadline && now_ >= *start.deadline) {
        end.failure.emplace();
        end.failure->category = unit::Category::timeout;
        end.failure->message = "it took too long";
        return end;
    }
    const auto& kept = store_.at(driven.state.run_id);
    Question question;
    question.salt = kept.salt;
    question.path = start.path;
    question.generation = start.generation;
    question.handled = handled(kept, start.path, start.generation);
    question.chain_no = kept.row.chain_no;
    question.step = &start.step;
    question.workflow = driven.state.workflow.get();
    question.handler = driven.state.workflow->failure_handler && driven.state.workflow->failure_handler->name == start.path;
    question.error_step = driven.state.error_step;
    question.ended = run::completed_steps(driven.state);
    const auto& root = *driven.state.root;
    for (std::size_t i = 0; i < root.states.size(); ++i)
        if (root.states[i].status != StepStatus::pending)
            question.gone.push_back((*root.steps)[i].name);
    auto params = start.params;
    if (pipeline)
        for (const auto& member : start.base)
            if (!params.contains(member.key()))
                params[member.key()] = member.value();
    end = script_.result(question, handed(start.step, params, start.config, start.path.find('/') != std::string::npos));
    if (pipeline) {
        end.execution_id = "x" + std::to_string(++executions_);
        if (chance_.percent(10))
            end.partitions.push_back({"sim", "{\"n\":\"" + std::to_string(chance_.below(3)) + "\"}"});
    }
    for (const auto& request : end.requests)
        if (const auto* name = request.get_object().if_contains("workflow"); name != nullptr)
            end.spawned = script_.children;
    return end;
}

bool World::end_attempt(Process& process, Driven& driven, std::size_t at) {
    const auto attempt = driven.attempts[at];
    const auto end = result_of(driven, attempt);
    tell(process.name + ": '" + attempt.start.path + "' of " + driven.state.run_id + " ends: " + std::string{run::to_text(end.status)});
    const auto decided = run::end_step(driven.state, attempt.start.path, end, now_);
    commit(process, driven, decided, "ends '" + attempt.start.path + "' of " + driven.state.run_id);
    return true;
}

// ---- commits

void World::commit(Process& process, Driven& driven, const run::Decided& decided, const std::string& why) {
    const auto id = driven.state.run_id;
    auto fate = Fate::written;
    if (!quiet_ && chance_.percent(trouble_)) {
        static const std::vector<Fate> fates{Fate::fails, Fate::unknown_written, Fate::unknown_lost, Fate::crash_before, Fate::crash_after};
        fate = chance_.of(fates);
    }
    if (!quiet_ && trouble_ > 0 && chance_.percent(3)) { // it stalls so long that others take it for dead
        tell(process.name + " stalls");
        process.alive = false;
        claim_one();
    }
    tell(process.name + " " + why + ":");
    for (const auto& record : decided.along.steps)
        tell("  " + brief(record));
    for (const auto& run : decided.along.new_runs)
        tell("  new run " + run.workflow + " " + run.run_id);
    tell("  run " + std::string{run::to_text(decided.along.run.status)} + " " + decided.along.run.wake_at);
    if (fate == Fate::fails || fate == Fate::unknown_lost) {
        tell("  ... is not written");
        return fold_anew(process, id);
    }
    if (fate == Fate::crash_before) {
        tell("  ... is not written");
        return crash(process);
    }
    const auto before = store_.at(id);
    const auto result = store_.write(decided.along, now_);
    if (result != run::Written::yes) {
        tell(result == run::Written::lost ? "  ... is lost" : "  ... is stale");
        hold_true(store_.at(id).events.size() == before.events.size() && store_.at(id).row.fence == before.row.fence, "a refused write has changed something");
        if (result == run::Written::lost) {
            process.runs.erase(id);
            return;
        }
        return fold_anew(process, id);
    }
    hold_true(before.row.fence == driven.state.fence, "a write with an old fence went through");
    audit(decided.along, before, store_.at(id));
    if (fate == Fate::unknown_written) {
        tell("  ... is written, which is not known");
        return fold_anew(process, id);
    }
    compare(driven.state, store_.at(id));
    if (fate == Fate::crash_after)
        return crash(process);
    written(process, driven, decided);
}

void World::written(Process& process, Driven& driven, const run::Decided& decided) {
    const auto id = driven.state.run_id;
    driven.taken_up = true;
    driven.stopped = decided.stops;
    std::erase_if(driven.attempts, [&](const Attempt& attempt) { return !driven.state.running.contains(attempt.start.path); });
    for (const auto& start : decided.starts) {
        std::erase_if(driven.attempts, [&](const Attempt& attempt) { return attempt.start.path == start.path; });
        driven.attempts.push_back({start, now_});
    }
    std::set<std::string> at_work;
    for (const auto& attempt : driven.attempts)
        at_work.insert(attempt.start.path);
    hold_true(at_work == driven.state.running, "what runs and what was begun are not the same");
    if (decided.stops)
        hold_true(driven.attempts.empty(), "the run stops while a step is running");
    std::vector<std::string> adopted;
    const auto inserted = [&](const auto& self, const run::Along& along) -> void {
        for (const auto& run : along.new_runs) {
            adopted.push_back(run.run_id);
            self(self, run.begin);
        }
    };
    inserted(inserted, decided.along);
    const auto& kept = store_.at(id);
    if (kept.is_over())
        process.runs.erase(id);
    else if (kept.row.status == RunStatus::paused)
        let_go(process, id);
    for (const auto& child : adopted)
        adopt(process, child);
}

/// A run that a commit of this process has inserted.
void World::adopt(Process& process, const std::string& run_id) {
    const auto& kept = store_.at(run_id);
    if (kept.is_over() || process.runs.contains(run_id))
        return;
    Driven driven;
    driven.state = run::folded(kept.row);
    if (process.holding)
        run::hold(driven.state);
    compare(driven.state, kept);
    for (auto& start : run::recorded_starts(driven.state))
        driven.attempts.push_back({std::move(start), now_});
    process.runs.emplace(run_id, std::move(driven));
}

/// What was decided is not in the journal, or nobody knows whether it is.
void World::fold_anew(Process& process, const std::string& run_id) {
    auto& driven = process.runs.at(run_id);
    const auto& kept = store_.at(run_id);
    if (kept.is_over() || kept.row.fence != driven.state.fence) {
        process.runs.erase(run_id);
        return;
    }
    const bool holding = driven.state.holding;
    driven.state = run::folded(kept.row);
    if (holding || process.holding)
        run::hold(driven.state);
    compare(driven.state, kept);
    if (!driven.taken_up && kept.row.status != RunStatus::paused && !kept.events.empty() && kept.events.back().fence == kept.row.fence)
        driven.taken_up = true; // it was written after all
    driven.stopped = false;
    if (!driven.taken_up)
        return;
    std::vector<Attempt> attempts;
    for (auto& start : run::recorded_starts(driven.state)) {
        const auto known = std::ranges::find_if(driven.attempts, [&](const Attempt& attempt) {
            return attempt.start.path == start.path && attempt.start.attempt == start.attempt && attempt.start.generation == start.generation;
        });
        attempts.push_back(known != driven.attempts.end() ? *known : Attempt{std::move(start), now_});
    }
    driven.attempts = std::move(attempts);
    for (const auto& [id, other] : store_.runs)
        if (other.owner == process.name && other.row.fence == 1 && !other.is_over() && !process.runs.contains(id) &&
            other.row.status == RunStatus::running && other.spawned_by == run_id)
            adopt(process, id);
}

void World::compare(const run::State& state, const Kept& kept) {
    auto row = kept.row;
    row.steps.clear();
    const auto name = row.workflow;
    const auto& definition = name == script_.main->workflow.name ? *script_.main : *script_.children.at(name);
    auto journal = run::fresh(std::move(row), definition.workflow, script_.children);
    for (const auto& event : kept.events)
        run::apply(journal, event.record);
    const auto difference = differs(state, journal);
    hold_true(difference.empty(), "run " + kept.row.run_id + ": " + difference);
    if (chance_.percent(5)) {
        const auto folded = differs(state, run::folded(kept.row));
        hold_true(folded.empty(), "run " + kept.row.run_id + ", folded from its rows: " + folded);
    }
}

// ---- whose a run is

bool World::claimable(const Kept& kept) const {
    if (kept.is_over() || kept.row.status == RunStatus::paused)
        return false;
    if (store_.due(kept, now_))
        return true;
    if (kept.owner.empty())
        return false;
    const auto owner = std::ranges::find(processes_, kept.owner, &Process::name);
    return owner == processes_.end() || !owner->alive || !owner->runs.contains(kept.row.run_id);
}

bool World::claim_one() {
    std::vector<std::string> ids;
    for (const auto& [id, kept] : store_.runs)
        if (claimable(kept))
            ids.push_back(id);
    if (ids.empty())
        return false;
    auto* process = alive();
    if (process->holding)
        return false;
    take(*process, chance_.of(ids));
    return true;
}

void World::take(Process& process, const std::string& run_id) {
    auto known = process.runs.find(run_id);
    if (known == process.runs.end() || known->second.taken_up) {
        const auto fence = store_.at(run_id).row.fence;
        hold_true(store_.claim(run_id, process.name), "a run that is over was claimed");
        hold_true(store_.at(run_id).row.fence == fence + 1, "the fence does not grow");
        tell(process.name + " takes up " + run_id + ", fence " + std::to_string(fence + 1));
        Driven driven;
        driven.taken_up = false;
        driven.state = run::folded(store_.at(run_id).row);
        compare(driven.state, store_.at(run_id));
        process.runs[run_id] = std::move(driven);
    }
    auto& driven = process.runs.at(run_id);
    driven.attempts.clear();
    const auto decided = run::take_up(driven.state, now_, store_.outside(run_id));
    commit(process, driven, decided, "goes on with " + run_id);
}

void World::let_go(Process& process, const std::string& run_id) {
    auto& kept = store_.at(run_id);
    if (kept.owner == process.name)
        kept.owner.clear();
    tell(process.name + " lets go of " + run_id);
    process.runs.erase(run_id);
}

void World::crash(Process& process) {
    tell(process.name + " crashes");
    process.runs.clear();
    process.alive = true; // begun again, under another name
    process.holding = false;
    process.name = "P" + std::to_string(process_no_++);
}

// ---- people and time

bool World::answer_one(bool all) {
    std::vector<std::pair<std::string, std::string>> open;
    for (const auto& [id, kept] : store_.runs)
        if (!kept.is_over())
            for (const auto& record : kept.row.steps)
                if (record.status == StepStatus::waiting && record.type == "approval" && !kept.answers.contains(record.step))
                    open.emplace_back(id, record.step);
    if (open.empty() || (!all && chance_.percent(30)))
        return false;
    const auto [id, path] = chance_.of(open);
    static const std::vector<std::string> names{"ann", "bob", "eve"};
    const auto name = all ? "ann" : chance_.of(names);
    const bool approved = chance_.percent(75);
    const bool taken = store_.answer(id, path, approved, name, now_);
    tell(name + (approved ? " approves '" : " refuses '") + path + "' of " + id + (taken ? "" : ", in vain"));
    return taken;
}

bool World::resume_one() {
    std::vector<std::string> ids;
    for (const auto& [id, kept] : store_.runs)
        if (!kept.is_over() && kept.row.status == RunStatus::paused)
            ids.push_back(id);
    if (ids.empty())
        return false;
    const auto id = chance_.of(ids);
    auto* process = alive();
    if (process->holding)
        return false;
    tell("resume " + id);
    store_.at(id).row.pause_asked = false;
    process->runs.erase(id);
    take(*process, id);
    return true;
}

void World::person() {
    const auto draw = chance_.below(100);
    if (draw < 60) {
        answer_one(false);
        return;
    }
    if (draw < 72) {
        resume_one();
        return;
    }
    std::vector<std::string> open;
    for (const auto& [id, kept] : store_.runs)
        if (!kept.is_over())
            open.push_back(id);
    if (open.empty())
        return;
    const auto id = chance_.of(open);
    if (draw < 84) {
        if (store_.at(id).row.status == RunStatus::paused)
            return;
        tell("pause " + id);
        store_.pause(id);
    } else if (draw < 88) {
        tell("cancel " + id);
        store_.cancel(id, now_);
    } else if (draw < 92 && store_.runs.size() < 20) {
        auto* process = alive();
        if (!process->holding)
            begin(process->name);
    }
}

bool World::retry_one() {
    std::vector<std::string> ids;
    for (const auto& id : roots_)
        if (const auto& kept = store_.at(id); kept.is_over() && kept.row.status != RunStatus::completed && retried_[id] < 2)
            ids.push_back(id);
    if (ids.empty())
        return false;
    const auto id = chance_.of(ids);
    const auto& kept = store_.at(id);
    check_run(script_, store_, kept); // what it gave so far is what this generation saw
    ++retried_[id];
    auto state = run::folded(kept.row);
    std::string from;
    const bool asked = std::ranges::any_of(kept.row.steps, [](const StepRecord& record) { return !record.requests.empty(); });
    if (!asked && chance_.percent(40))
        from = state.workflow->steps[chance_.below(state.workflow->steps.size())].name;
    const auto forget = run::forgotten(state, from);
    std::string told;
    for (const auto& path : forget)
        told += " " + path;
    tell("retry " + id + (from.empty() ? "" : " from " + from) + ", forgets" + told);
    store_.retry(id, forget, from, now_);
    return true;
}

std::optional<env::TimePoint> World::next_time() const {
    std::optional<env::TimePoint> next;
    const auto sooner = [&](env::TimePoint time) {
        if (time > now_ && (!next || time < *next))
            next = time;
    };
    for (const auto& [id, kept] : store_.runs) {
        if (kept.is_over())
            continue;
        for (const auto& record : kept.row.steps)
            if (!record.wake_at.empty())
                sooner(env::time_from(record.wake_at));
        if (!kept.row.wake_at.empty())
            sooner(env::time_from(kept.row.wake_at));
    }
    for (const auto& process : processes_)
        for (const auto& [id, driven] : process.runs)
            for (const auto& attempt : driven.attempts)
                if (attempt.start.deadline)
                    sooner(*attempt.start.deadline);
    return next;
}

bool World::pass_time(bool far) {
    const auto next = next_time();
    if (far && !next)
        return false;
    const auto draw = chance_.below(10);
    auto to = now_ + milliseconds{chance_.between(1, 900)};
    if (far || (next && draw < 5))
        to = *next + milliseconds{chance_.percent(50) ? 0 : chance_.between(0, 3000)};
    else if (next && draw < 7 && *next > now_ + milliseconds{1})
        to = *next - milliseconds{1};
    now_ = to;
    tell("time passes");
    return true;
}

} // namespace spine::test::sim
