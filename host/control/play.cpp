#include "control/play.hpp"

#include "control/retention.hpp"
#include "run/new_run.hpp"
#include "run/pipeline_step.hpp"
#include "run/step_end.hpp"
#include "workflow/parameters.hpp"
#include "workflow/validate.hpp"

#include <algorithm>
#include <utility>

namespace spine::control {
namespace {

using run::StepEnd;
using run::StepRecord;
using run::StepStatus;

/// Of an approval: a person did it, not the environment and not the time.
bool was_answered(const StepRecord& record) {
    return record.type == "approval" && record.output.contains("by") && !record.output.contains("automatic");
}

/// Somebody was needed for it.
bool was_done(const StepRecord& record) {
    return (record.type == "pipeline" || record.type == "lambda" || was_answered(record) || !record.child_run_id.empty()) &&
           record.ended_no > record.begun_no;
}

/// As it was while it went on.
StepRecord start_of(StepRecord record, const std::string& wake_at) {
    record.status = record.type == "wait" || record.type == "approval" || record.type == "workflow" ? StepStatus::waiting : StepStatus::running;
    record.reason.clear();
    record.output = {};
    record.updates = {};
    record.quality = {};
    record.events = {};
    record.requests = {};
    record.failure.reset();
    record.execution_id.clear();
    record.wake_at = wake_at;
    record.ended_no = 0;
    return record;
}

/// Nobody outside may hear of it.
run::RunRow detached(run::RunRow row) {
    row.pause_asked = false;
    row.calls = row.calls_seen = 0;
    row.parent_run_id.clear();
    row.parent_attempt = 0;
    row.run_key.clear();
    return row;
}

} // namespace

Playground::Playground(env::Clock& clock, env::Random& random, Library& library, Scratch& scratch, const run::CancelToken& cancel, run::RunRow row)
    : clock_{clock}, random_{random}, library_{library}, scratch_{scratch}, cancel_{cancel}, row_{detached(std::move(row))}, now_{clock.now()} {
    begin();
}

Playground::Playground(const Playground& above, run::RunRow row)
    : clock_{above.clock_}, random_{above.random_}, library_{above.library_}, scratch_{above.scratch_}, cancel_{above.cancel_},
      row_{std::move(row)}, now_{above.now_} {
    begin();
}

void Playground::begin() {
    if (row_.steps.empty()) {
        state_ = run::fresh(row_);
        take(run::begin_run(state_, now_));
        return;
    }
    for (const auto& record : row_.steps)
        keep(record);
    status_ = row_.status;
    failure_ = row_.failure;
    result_ = row_.result;
    reason_ = row_.failure ? row_.failure->message : row_.reason;
    fold();
}

void Playground::fold() {
    row_.status = run::RunStatus::running;
    row_.failure.reset();
    row_.error_step.clear();
    row_.finished_at.clear();
    state_ = run::folded(row_);
    starts_ = over() ? std::vector<run::StepStart>{} : run::recorded_starts(state_);
}

/// A step that is opened again waits for what it waited for.
void Playground::keep(const StepRecord& record) {
    if (record.status == StepStatus::waiting)
        wakes_[record.begun_no] = record.wake_at;
    else if (const auto* until = record.output.if_contains("waited_until"); until != nullptr && until->is_string())
        wakes_.try_emplace(record.begun_no, until->get_string());
}

/// What was decided becomes part of the records.
void Playground::take(run::Decided decided) {
    for (auto& run : decided.along.new_runs)
        if (waiter_of(run) != row_.run_id)
            unplayed_.emplace_back(state_.events, run.workflow);
        else
            children_[run.run_id].reset(new Playground{*this, run::row_of(run, now_)}); // a private constructor: make_unique cannot
    for (auto& record : decided.along.steps) {
        keep(record);
        const auto same = std::ranges::find_if(row_.steps, [&](const StepRecord& one) {
            return one.step == record.step && one.generation == record.generation && one.attempt == record.attempt;
        });
        if (same == row_.steps.end())
            row_.steps.push_back(std::move(record));
        else
            *same = std::move(record);
    }
    status_ = decided.along.run.status;
    failure_ = decided.along.run.failure;
    result_ = std::move(decided.along.run.result);
    reason_ = failure_ ? failure_->message : decided.along.run.reason;
    for (auto& start : decided.starts)
        starts_.push_back(std::move(start));
    if (over())
        starts_.clear();
}

Playground* Playground::child(const std::string& run_id) const {
    const auto known = children_.find(run_id);
    if (known != children_.end())
        return known->second.get();
    auto row = scratch_.store().run_journal().look(run_id);
    if (!row || std::ranges::find(row->steps, pruned_step, &StepRecord::step) != row->steps.end())
        return nullptr;
    auto& made = children_[run_id];
    made.reset(new Playground{*this, std::move(*row)}); // a private constructor: make_unique cannot
    return made.get();
}

std::vector<Playground::Child> Playground::children() const {
    std::vector<Child> open;
    if (over())
        return open;
    for (const auto& path : state_.waiting)
        if (const auto at = run::locate(state_, path); at && !at->state().again && !at->state().child_run_id.empty())
            open.emplace_back(path, child(at->state().child_run_id));
    return open;
}

bool Playground::ready() const {
    if (over())
        return false;
    return !starts_.empty() ||
           std::ranges::any_of(children(), [](const Child& one) { return one.second == nullptr || one.second->over() || one.second->ready(); });
}

std::optional<env::TimePoint> Playground::next_time() const {
    std::optional<env::TimePoint> next;
    if (over())
        return next;
    if (!state_.wakes.empty())
        next = state_.wakes.begin()->first;
    for (const auto& [path, below] : children())
        if (const auto time = below == nullptr ? std::nullopt : below->next_time(); time && (!next || *time < *next))
            next = time;
    return next;
}

Peeked Playground::peek() const {
    if (!starts_.empty())
        return {starts_.front().path, std::string{workflow::type_of(starts_.front().step)}, {}};
    if (over())
        return {{}, {}, "the run is over: " + std::string{run::to_text(status_)}};
    std::string inner, asked; // without a time of its own
    for (const auto& [path, below] : children()) {
        if (below == nullptr || below->over())
            return {path, "workflow", below == nullptr ? "its run is not known any more" : "its run has ended: " + below->status()};
        auto next = below->peek();
        if (!next.path.empty())
            return {path + "/" + next.path, next.type, next.why};
        inner = "in '" + path + "': " + next.why;
        if (!below->next_time())
            asked = inner + "; ";
    }
    const auto time = next_time();
    if (time && !state_.wakes.empty() && state_.wakes.begin()->first == *time) {
        const auto& path = state_.wakes.begin()->second;
        const auto at = run::locate(state_, path);
        const bool asks = at && !at->state().again && std::holds_alternative<workflow::ApprovalStep>(at->definition().kind);
        return {{}, {}, asked + "'" + path + "' waits " + (asks ? "for an answer " : "") + "until " + env::to_text(*time) +
                            (asks ? "; 'approve' and 'reject' give it, step lets that time pass" : "; step lets that time pass")};
    }
    if (!inner.empty())
        return {{}, {}, inner};
    if (!state_.waiting.empty())
        return {{}, {}, "'" + *state_.waiting.begin() + "' waits for an answer; 'approve' and 'reject' give it"};
    return {{}, {}, "nothing is left to do"};
}

Played Playground::step() {
    Played played;
    if (over()) {
        played.status = run::to_text(status_);
        played.reason = "the run is over";
        return played;
    }
    if (!starts_.empty()) {
        played = do_next();
    } else {
        const auto below = children();
        const auto busy = std::ranges::find_if(below, [](const Child& one) { return one.second == nullptr || one.second->over() || one.second->ready(); });
        if (busy == below.end())
            return pass_time();
        played = busy->second == nullptr || busy->second->over() ? hand_over(*busy) : step_below(*busy);
    }
    history_.push_back(played);
    return played;
}

Played Playground::do_next() {
    Played played;
    const auto start = std::move(starts_.front());
    starts_.erase(starts_.begin());
    Move move{state_.events, {}, {}};
    if (std::holds_alternative<workflow::PipelineStep>(start.step.kind))
        move.store = scratch_.keep();
    moves_.push_back(std::move(move));
    const auto end = perform(start);
    now_ = std::max(now_, clock_.now());
    take(run::end_step(state_, start.path, end, now_));
    played.path = start.path;
    played.type = workflow::type_of(start.step);
    played.status = run::to_text(end.status);
    played.reason = end.failure ? std::string{unit::to_text(end.failure->category)} + ": " + end.failure->message : end.reason;
    played.output = end.output;
    return played;
}

Played Playground::step_below(const Child& child) {
    auto& below = *child.second;
    moves_.push_back({state_.events, below.row_.run_id, {}});
    below.now_ = std::max(below.now_, now_);
    auto played = below.step();
    now_ = std::max(now_, below.now_);
    played.path = child.first + "/" + played.path;
    return played;
}

/// The run that a step waited for has ended.
Played Playground::hand_over(const Child& child) {
    const auto& [path, below] = child;
    moves_.push_back({state_.events, {}, {}});
    run::Outside outside;
    auto& ended = outside.children[path];
    ended.run_id = run::locate(state_, path)->state().child_run_id;
    if (below != nullptr) {
        ended.status = below->status_;
        ended.result = below->result_;
        ended.failure = below->failure_;
    }
    take(run::wake(state_, now_, outside));
    auto played = played_of(path);
    if (below == nullptr && played.reason.empty())
        played.reason = "its run is not known any more: it counts as completed, without outputs";
    return played;
}

/// How the newest attempt of a step went.
Played Playground::played_of(const std::string& path) const {
    Played played;
    played.path = path;
    for (const auto& record : row_.steps)
        if (record.step == path) {
            played.type = record.type;
            played.status = run::to_text(record.status);
            played.output = record.output;
            played.reason = record.failure ? std::string{unit::to_text(record.failure->category)} + ": " + record.failure->message : record.reason;
        }
    return played;
}

std::variant<Played, run::Declined> Playground::answer(const std::string& step, const PlayAnswer& answer) {
    return this->answer(step, Question{step, asking()}, answer);
}

std::variant<Played, run::Declined> Playground::answer(const std::string& step, const Question& question, PlayAnswer answer) {
    for (const auto& [path, below] : children())
        if (below != nullptr && step.starts_with(path + "/")) {
            const Move move{state_.events, below->row_.run_id, {}};
            below->now_ = std::max(below->now_, now_);
            auto answered = below->answer(step.substr(path.size() + 1), question, std::move(answer));
            if (auto* played = std::get_if<Played>(&answered)) {
                moves_.push_back(move);
                now_ = std::max(now_, below->now_);
                played->path = step;
                history_.push_back(*played);
            }
            return answered;
        }
    if (auto refusal = declined(step, question, answer))
        return std::move(*refusal);
    moves_.push_back({state_.events, {}, {}});
    now_ = std::max(now_, clock_.now());
    run::Outside outside;
    outside.answers[step] = {{"approved", answer.approved}, {"by", answer.by}, {"reason", answer.reason}, {"at", env::to_text(now_)}};
    take(run::wake(state_, now_, outside));
    history_.push_back(played_of(step));
    return history_.back();
}

/// Why there is nothing to answer, or not by this one; who answers has a name afterwards.
std::optional<run::Declined> Playground::declined(const std::string& step, const Question& question, PlayAnswer& answer) const {
    using Why = run::Declined::Why;
    const auto name = "step '" + question.path + "'";
    const auto record = std::find_if(row_.steps.rbegin(), row_.steps.rend(), [&](const StepRecord& one) { return one.step == step; });
    if (record == row_.steps.rend())
        return run::Declined{Why::no_such_step, name + " has not been begun, or there is no such step", question.asking};
    const auto at = run::locate(state_, step);
    const auto* approval = at ? std::get_if<workflow::ApprovalStep>(&at->definition().kind) : nullptr;
    if (record->type != "approval")
        return run::Declined{Why::wrong_state, name + " is no approval but a " + record->type + " step", question.asking};
    if (over() || record->status != StepStatus::waiting || approval == nullptr)
        return run::Declined{Why::conflict, name + " waits no more: it is " + std::string{run::to_text(record->status)}, question.asking};
    const auto& asked = approval->approvers;
    if (answer.by.empty())
        answer.by = asked.empty() ? "somebody" : asked.front();
    if (asked.empty() || std::ranges::find(asked, answer.by) != asked.end())
        return std::nullopt;
    std::string names;
    for (const auto& one : asked)
        names += (names.empty() ? "" : ", ") + one;
    return run::Declined{Why::not_allowed, "'" + answer.by + "' may not answer " + name, "it asks: " + names};
}

std::string Playground::asking() const {
    std::string names;
    for (const auto& record : story())
        if (record.type == "approval" && record.status == StepStatus::waiting)
            names += (names.empty() ? "'" : ", '") + record.step + "'";
    return over() || names.empty() ? "no step waits for an answer" : "these wait for an answer: " + names;
}

/// What is due first is over at once.
Played Playground::pass_time() {
    Played played;
    const auto next = next_time();
    if (next)
        pass_to(std::max(now_, *next));
    played.status = run::to_text(status_);
    played.reason = next ? "it is " + env::to_text(now_) + " now" : peek().why;
    return played;
}

void Playground::pass_to(env::TimePoint time) {
    now_ = time;
    for (const auto& [path, below] : children())
        if (below != nullptr && !below->over())
            below->pass_to(time);
    take(run::wake(state_, now_, {}));
}

StepEnd Playground::perform(const run::StepStart& start) {
    if (std::holds_alternative<workflow::PipelineStep>(start.step.kind))
        return do_pipeline(start);
    auto end = do_lambda(start);
    run::judge(state_, start.path, library_.catalogue(), {}, end);
    return end;
}

StepEnd Playground::do_pipeline(const run::StepStart& start) {
    const auto& catalogue = library_.catalogue();
    const auto& name = std::get<workflow::PipelineStep>(start.step.kind).pipeline;
    const auto* pipeline = catalogue.find_pipeline(name);
    if (pipeline == nullptr)
        return run::failed_end(run::final_failure("there is no pipeline '" + name + "'", "", unit::Category::configuration));
    auto bound = workflow::bind(pipeline->parameters, run::given_to(*pipeline, start.base, start.params));
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&bound))
        return run::faulty_end(*faults);
    run::Wish wish;
    wish.pipeline = pipeline;
    wish.params = std::move(std::get<boost::json::object>(bound));
    wish.once = true;
    wish.folder = row_.folder;
    run::Runner runner{clock_, random_, scratch_.journal(), library_.invoker(), catalogue, run::RetryPolicy{}, cancel_, {}};
    const auto result = runner.execute(wish);
    StepEnd end;
    end.reason = result.reason;
    end.partitions = result.partitions;
    end.execution_id = result.execution_id; // a step that was skipped with one is done
    using Status = run::Result::Status;
    if (result.status != Status::completed && result.status != Status::skipped) {
        end.status = result.status == Status::cancelled ? StepStatus::cancelled : StepStatus::failed;
        end.output = result.outputs;
        end.failure = result.failure;
        return end;
    }
    const bool skipped = result.status == Status::skipped;
    end.status = skipped ? StepStatus::skipped : StepStatus::completed;
    end.output = run::step_output(result.outputs, skipped, result.reason);
    end.updates = run::exported(*pipeline, result.outputs);
    return end;
}

StepEnd Playground::do_lambda(const run::StepStart& start) {
    const auto& name = std::get<workflow::LambdaStep>(start.step.kind).handler;
    const auto* handler = library_.catalogue().find_handler(name);
    if (handler == nullptr)
        return run::failed_end(run::final_failure("there is no lambda '" + name + "'", "", unit::Category::configuration));
    auto config = workflow::bind(handler->config, start.config);
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&config))
        return run::faulty_end(*faults);
    run::LambdaCall call;
    call.params = start.params;
    call.config = std::move(std::get<boost::json::object>(config));
    call.outputs = state_.outputs;
    for (const auto& member : start.item_outputs)
        call.outputs[member.key()] = member.value();
    call.run_id = row_.run_id;
    call.step = start.path;
    call.attempt = start.attempt;
    call.generation = start.generation;
    call.begun = now_;
    call.cancel = &cancel_;
    auto answer = library_.lambdas().call(*handler, call, scratch_.journal().state());
    return run::end_of(std::move(answer));
}

/// The records as they were after so many events.
void Playground::cut(std::int64_t events) {
    std::vector<StepRecord> before;
    for (auto& record : row_.steps)
        if (record.begun_no <= events) {
            const auto& wake_at = wakes_[record.begun_no];
            before.push_back(record.ended_no > events ? start_of(std::move(record), wake_at) : std::move(record));
        }
    row_.steps = std::move(before);
    std::erase_if(unplayed_, [&](const auto& one) { return one.first > events; });
    status_ = run::RunStatus::running;
    reason_.clear();
    fold();
}

bool Playground::back() {
    if (moves_.empty())
        return back_before_the_play();
    const auto move = std::move(moves_.back());
    moves_.pop_back();
    cut(move.events);
    if (!move.child.empty())
        children_.at(move.child)->back();
    if (!move.store.empty())
        scratch_.come_back_to(move.store);
    return true;
}

/// In what a past run had done. What it did in its store stays.
bool Playground::back_before_the_play() {
    for (const auto& [path, below] : children())
        if (below != nullptr && below->back())
            return true;
    std::int64_t last = 0;
    for (const auto& record : row_.steps)
        if (was_done(record))
            last = std::max(last, record.ended_no);
    if (last == 0)
        return false;
    cut(last - 1);
    return true;
}

std::optional<workflow::Diagnostics> Playground::set(const std::string& name, const std::string& text) {
    auto bound = workflow::bind_set(*state_.workflow, library_.catalogue(), {{name, text}}, state_.params);
    if (auto* faults = std::get_if<workflow::Diagnostics>(&bound))
        return std::move(*faults);
    StepRecord record;
    record.step = "@params";
    record.type = "control";
    record.status = StepStatus::completed;
    record.generation = state_.generation;
    for (const auto& one : row_.steps)
        record.attempt += one.step == record.step ? 1 : 0;
    record.updates = std::get<boost::json::object>(std::move(bound));
    record.begun_no = record.ended_no = state_.events + 1;
    row_.steps.push_back(std::move(record));
    if (over())
        run::apply(state_, row_.steps.back());
    else
        fold();
    return std::nullopt;
}

std::string Playground::status() const { return std::string{run::to_text(status_)}; }

std::vector<std::string> Playground::remaining() const {
    std::vector<std::string> names;
    if (!state_.root || over())
        return names;
    for (std::size_t i = 0; i < state_.root->states.size(); ++i)
        if (!state_.root->states[i].done && state_.root->states[i].status != StepStatus::skipped)
            names.push_back((*state_.root->steps)[i].name);
    return names;
}

std::vector<std::string> Playground::unplayed() const {
    std::vector<std::string> names;
    for (const auto& [events, name] : unplayed_)
        names.push_back(name);
    for (const auto& record : row_.steps)
        if (const auto below = children_.find(record.child_run_id); below != children_.end())
            for (auto& name : below->second->unplayed())
                names.push_back(std::move(name));
    return names;
}

std::vector<StepRecord> Playground::story() const {
    std::vector<StepRecord> story;
    for (const auto& record : row_.steps) {
        story.push_back(record);
        const auto below = children_.find(record.child_run_id);
        if (below == children_.end())
            continue;
        for (auto& inner : below->second->story()) {
            inner.step = record.step + "/" + inner.step;
            story.push_back(std::move(inner));
        }
    }
    return story;
}

} // namespace spine::control
