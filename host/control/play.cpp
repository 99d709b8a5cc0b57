#include "control/play.hpp"

#include "error.hpp"
#include "run/step_end.hpp"
#include "run/pipeline_step.hpp"
#include "workflow/parameters.hpp"

#include <algorithm>

namespace spine::control {
namespace {

using run::StepEnd;
using run::StepRecord;
using run::StepStatus;

bool was_done(const StepRecord& record) {
    return (record.type == "pipeline" || record.type == "lambda") && record.ended_no > record.begun_no;
}

/// As it was while it went on.
StepRecord start_of(StepRecord record) {
    record.status = record.type == "wait" || record.type == "approval" || record.type == "workflow" ? StepStatus::waiting : StepStatus::running;
    record.reason.clear();
    record.output = {};
    record.updates = {};
    record.quality = {};
    record.events = {};
    record.requests = {};
    record.failure.reset();
    record.execution_id.clear();
    if (record.status == StepStatus::running)
        record.wake_at.clear();
    record.ended_no = 0;
    return record;
}

/// Nobody outside may hear of it.
run::RunRow detached(run::RunRow row) {
    row.pause_asked = false;
    row.calls = row.calls_seen = 0;
    row.parent_run_id.clear();
    row.run_key.clear();
    return row;
}

} // namespace

Playground::Playground(env::Clock& clock, env::Random& random, Library& library, Scratch& scratch, const run::CancelToken& cancel, run::RunRow row)
    : clock_{clock}, random_{random}, library_{library}, scratch_{scratch}, cancel_{cancel}, row_{detached(std::move(row))}, now_{clock.now()} {
    if (row_.steps.empty()) {
        state_ = run::fresh(row_);
        take(run::begin_run(state_, now_));
        return;
    }
    status_ = row_.status;
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

/// What was decided becomes part of the records.
void Playground::take(run::Decided decided) {
    for (auto& record : decided.along.steps) {
        const auto same = std::ranges::find_if(row_.steps, [&](const StepRecord& one) {
            return one.step == record.step && one.generation == record.generation && one.attempt == record.attempt;
        });
        if (same == row_.steps.end())
            row_.steps.push_back(std::move(record));
        else
            *same = std::move(record);
    }
    status_ = decided.along.run.status;
    reason_ = decided.along.run.failure ? decided.along.run.failure->message : decided.along.run.reason;
    for (auto& start : decided.starts)
        starts_.push_back(std::move(start));
    if (over())
        starts_.clear();
}

Peeked Playground::peek() const {
    if (!starts_.empty())
        return {starts_.front().path, std::string{workflow::type_of(starts_.front().step)}, {}};
    if (over())
        return {{}, {}, "the run is over: " + std::string{run::to_text(status_)}};
    if (!state_.wakes.empty())
        return {{}, {}, "'" + state_.wakes.begin()->second + "' waits until " + env::to_text(state_.wakes.begin()->first) + "; step lets that time pass"};
    if (!state_.waiting.empty())
        return {{}, {}, "'" + *state_.waiting.begin() + "' waits for somebody"};
    return {{}, {}, "nothing is left to do"};
}

Played Playground::step() {
    Played played;
    if (over()) {
        played.status = run::to_text(status_);
        played.reason = "the run is over";
        return played;
    }
    if (starts_.empty())
        return pass_time();
    const auto start = std::move(starts_.front());
    starts_.erase(starts_.begin());
    const auto end = perform(start);
    now_ = std::max(now_, clock_.now());
    take(run::end_step(state_, start.path, end, now_));
    played.path = start.path;
    played.type = workflow::type_of(start.step);
    played.status = run::to_text(end.status);
    played.reason = end.failure ? std::string{unit::to_text(end.failure->category)} + ": " + end.failure->message : end.reason;
    played.output = end.output;
    history_.push_back(played);
    return played;
}

/// A timer is over at once; of a run that is waited for nothing is done, and it counts as completed.
Played Playground::pass_time() {
    Played played;
    run::Outside outside;
    for (const auto& path : state_.waiting)
        if (const auto at = run::locate(state_, path); at && !at->state().child_run_id.empty())
            outside.children[path] = {at->state().child_run_id, run::RunStatus::completed, {}, std::nullopt};
    if (outside.children.empty() && state_.wakes.empty()) {
        played.status = run::to_text(status_);
        played.reason = peek().why;
        return played;
    }
    if (outside.children.empty())
        now_ = std::max(now_, state_.wakes.begin()->first);
    else
        played.path = outside.children.begin()->first, played.type = "workflow";
    take(run::wake(state_, now_, outside));
    played.status = run::to_text(status_);
    played.reason = played.path.empty() ? "it is " + env::to_text(now_) + " now" : "the child was not run: it counts as completed, without outputs";
    return played;
}

StepEnd Playground::perform(const run::StepStart& start) {
    if (std::holds_alternative<workflow::PipelineStep>(start.step.kind)) {
        kept_.emplace_back(state_.events, scratch_.keep());
        return do_pipeline(start);
    }
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
    call.cancel = &cancel_;
    auto answer = library_.lambdas().call(*handler, call, scratch_.journal().state());
    return run::end_of(std::move(answer));
}

bool Playground::back() {
    std::int64_t cut = 0;
    for (const auto& record : row_.steps)
        if (was_done(record))
            cut = std::max(cut, record.ended_no);
    if (cut == 0)
        return false;
    std::vector<StepRecord> before;
    for (auto& record : row_.steps) {
        if (record.begun_no >= cut)
            continue;
        before.push_back(record.ended_no >= cut ? start_of(std::move(record)) : std::move(record));
    }
    row_.steps = std::move(before);
    status_ = run::RunStatus::running;
    reason_.clear();
    fold();
    // The store as it was when the first of the pipelines that are taken back began.
    const auto first = std::ranges::find_if(kept_, [&](const auto& one) { return one.first >= state_.events; });
    if (first != kept_.end()) {
        scratch_.come_back_to(first->second);
        for (auto later = first + 1; later != kept_.end(); ++later)
            scratch_.forget(later->second);
        kept_.erase(first, kept_.end());
    }
    return true;
}

void Playground::set(const std::string& name, boost::json::value value) {
    StepRecord record;
    record.step = "@params";
    record.type = "control";
    record.status = StepStatus::completed;
    record.generation = state_.generation;
    for (const auto& one : row_.steps)
        record.attempt += one.step == record.step ? 1 : 0;
    record.updates[name] = std::move(value);
    record.begun_no = record.ended_no = state_.events + 1;
    row_.steps.push_back(std::move(record));
    if (over())
        run::apply(state_, row_.steps.back());
    else
        fold();
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

} // namespace spine::control
