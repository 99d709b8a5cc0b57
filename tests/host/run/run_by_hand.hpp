/// A run that is driven by hand: what is decided is kept as a journal keeps it, and after every decision the state folded from that journal must be
/// the state of the living run.
#pragma once

#include "run/decide.hpp"
#include "run/frame.hpp"
#include "workflow/json.hpp"
#include "workflow/sha256.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

inline workflow::Step pipeline(const std::string& name) {
    workflow::Step step;
    step.name = name;
    step.kind = workflow::PipelineStep{"demo." + name};
    return step;
}
inline workflow::Step lambda(const std::string& name) {
    workflow::Step step;
    step.name = name;
    step.kind = workflow::LambdaStep{"demo.steps." + name};
    return step;
}
inline workflow::Step choice(const std::string& name, const std::string& condition, const std::string& then_step,
                             std::optional<std::string> else_step = {}) {
    workflow::Step step;
    step.name = name;
    step.kind = workflow::ChoiceStep{condition, then_step, std::move(else_step)};
    return step;
}
inline workflow::Step map_of(const std::string& name, boost::json::value items, std::vector<workflow::Step> steps,
                             std::int64_t at_once = 2) {
    workflow::Step step;
    step.name = name;
    workflow::MapStep kind;
    kind.items = std::move(items);
    kind.steps = std::move(steps);
    kind.max_concurrency = at_once;
    step.kind = std::move(kind);
    return step;
}
inline workflow::Step after(workflow::Step step, std::vector<std::string> others) {
    step.depends_on = std::move(others);
    return step;
}
inline workflow::Workflow of(std::vector<workflow::Step> steps) {
    workflow::Workflow workflow;
    workflow.name = "demo.flow";
    workflow.domain = "demo";
    workflow.steps = std::move(steps);
    return workflow;
}
inline workflow::Workflow side_by_side(std::vector<workflow::Step> steps, std::int64_t at_once = 4) {
    auto workflow = of(std::move(steps));
    workflow.execution = workflow::Execution::parallel;
    workflow.max_concurrency = at_once;
    return workflow;
}
inline run::StepEnd done(boost::json::object output = {}, boost::json::object updates = {}) {
    run::StepEnd end;
    end.status = run::StepStatus::completed;
    end.output = std::move(output);
    end.updates = std::move(updates);
    return end;
}
inline run::StepEnd broken(const std::string& message = "it broke", unit::Category category = unit::Category::data_quality) {
    run::StepEnd end;
    end.status = category == unit::Category::cancelled ? run::StepStatus::cancelled : run::StepStatus::failed;
    unit::Failure failure;
    failure.category = category;
    failure.message = message;
    end.failure = failure;
    return end;
}

inline void picture(std::ostream& out, const run::Frame& frame) {
    out << frame.prefix << " cursor " << (frame.parallel ? 0 : frame.cursor) << " failed " << frame.failed << " last " << frame.last_done << " {";
    for (std::size_t i = 0; i < frame.states.size(); ++i) {
        const auto& one = frame.states[i];
        out << (*frame.steps)[i].name << ":" << run::to_text(one.status) << "#" << one.attempt << " f" << one.failures << " d" << one.deaths
            << (one.done ? " done" : "") << (one.again ? " again" : "") << (one.passed ? " passed" : "") << (one.hangs ? " hangs" : "")
            << (one.settled ? " settled" : "") << (one.wake ? " " + env::to_text(*one.wake) : "") << " " << one.child_run_id << " "
            << one.branch << " " << one.begun_no << " " << workflow::canonical_json(one.params) << "; ";
    }
    out << "} detours";
    for (const auto at : frame.detours)
        out << " " << at;
    if (frame.parallel) {
        out << " settled " << frame.settled << " ready";
        for (const auto at : frame.ready)
            out << " " << at;
        out << " missing";
        for (const auto count : frame.missing)
            out << " " << count;
    }
    out << " " << workflow::canonical_json(frame.params) << " " << workflow::canonical_json(frame.outputs) << "\n";
    for (const auto& [at, map] : frame.maps) {
        out << "map " << at << " begun " << map->begun << " active " << map->active << " completed " << map->completed << " failed "
            << map->failed << " " << workflow::json_text(map->items) << " " << workflow::json_text(map->results) << "\n";
        for (const auto& [number, item] : map->frames)
            picture(out, *item);
    }
}
/// Everything that a state knows, as text.
inline std::string picture(const run::State& state) {
    std::ostringstream out;
    picture(out, *state.root);
    if (state.handler)
        picture(out, *state.handler);
    out << state.generation << " " << state.chain_no << " " << workflow::canonical_json(state.params) << " "
        << workflow::canonical_json(state.outputs) << " error " << state.error_step << " "
        << (state.failure ? state.failure->message : "none") << " requests " << state.requests << " events " << state.events << " continued "
        << state.continued << "\nrunning";
    for (const auto& path : state.running)
        out << " " << path;
    out << "\nwaiting";
    for (const auto& path : state.waiting)
        out << " " << path;
    out << "\nwakes";
    for (const auto& [time, path] : state.wakes)
        out << " " << env::to_text(time) << "=" << path;
    out << "\npassed over";
    for (const auto& path : state.passed_over)
        out << " " << path;
    for (const auto& name : state.spawned)
        out << " spawned " << name;
    return out.str();
}

struct ByHand {
    workflow::Workflow workflow;
    run::Children children;
    env::TimePoint now{std::chrono::milliseconds{1'700'000'000'000}};
    run::RunRow row;
    run::State state;
    run::Decided decided;
    run::Outside outside;

    explicit ByHand(workflow::Workflow of_what, boost::json::object params = {}, run::Children known = {}, boost::json::object settings = {})
        : workflow{std::move(of_what)}, children{std::move(known)} {
        row.run_id = "run-1";
        row.workflow = workflow.name;
        row.params = std::move(params);
        row.settings = std::move(settings);
        row.fence = 1;
        row.started_at = env::to_text(now);
        row.definition_text = "kept by the test";
        state = run::fresh(row, workflow, children);
        decided = run::begin_run(state, now);
        keep();
    }
    run::State folded() const {
        auto again = run::fresh(row, workflow, children);
        run::replay(again, row.steps);
        return again;
    }
    void keep() {
        for (const auto& record : decided.along.steps) {
            auto same = std::find_if(row.steps.begin(), row.steps.end(), [&](const auto& one) {
                return one.step == record.step && one.attempt == record.attempt && one.generation == record.generation;
            });
            if (same == row.steps.end())
                row.steps.push_back(record);
            else
                *same = record;
        }
        row.status = decided.along.run.status;
        row.calls_seen = decided.along.calls_seen;
        BOOST_TEST(picture(folded()) == picture(state));
    }
    ByHand& end(const std::string& path, const run::StepEnd& how) {
        decided = run::end_step(state, path, how, now);
        keep();
        return *this;
    }
    ByHand& wake(std::chrono::milliseconds after = {}) {
        now += after;
        decided = run::wake(state, now, outside);
        keep();
        return *this;
    }
    ByHand& answer(const std::string& path, bool approved, const std::string& by = "ann") {
        ++outside.calls;
        outside.answers[path] = {{"approved", approved}, {"by", by}, {"reason", "seen"}, {"at", env::to_text(now)}};
        return wake();
    }
    ByHand& child(const std::string& path, const std::string& run_id, run::RunStatus status, boost::json::object result = {}) {
        ++outside.calls;
        outside.children[path] = {run_id, status, std::move(result), std::nullopt};
        return wake();
    }
    /// The process dies; another one takes the run up.
    ByHand& crash() {
        ++row.fence;
        state = folded();
        decided = run::take_up(state, now, outside);
        keep();
        return *this;
    }
    /// The run is opened again with the next generation.
    ByHand& retry(const std::string& from = {}) {
        auto at_end = folded();
        run::StepRecord mark;
        mark.step = "@retry";
        mark.type = "control";
        mark.status = run::StepStatus::completed;
        mark.generation = ++row.generation;
        mark.attempt = row.generation;
        boost::json::array paths;
        for (const auto& path : run::forgotten(at_end, from))
            paths.emplace_back(path);
        mark.output = {{"steps", std::move(paths)}, {"from", from}, {"at", env::to_text(now)}};
        mark.begun_no = mark.ended_no = at_end.events + 1;
        row.steps.push_back(mark);
        row.status = run::RunStatus::running;
        return crash();
    }
    /// "a completed, b#2 running; run running": what the decision writes, in words.
    std::string says() const {
        std::ostringstream out;
        for (const auto& record : decided.along.steps)
            out << record.step << (record.attempt > 1 ? "#" + std::to_string(record.attempt) : "") << " " << run::to_text(record.status)
                << ", ";
        out << "run " << run::to_text(decided.along.run.status);
        return out.str();
    }
    std::string stages() const {
        std::string out;
        for (const auto& stage : decided.along.stages)
            out += (out.empty() ? "" : " ") + stage.stage + ":" + std::to_string(stage.rank);
        return out;
    }
    std::string starts() const {
        std::string out;
        for (const auto& start : decided.starts)
            out += (out.empty() ? "" : " ") + start.path;
        return out;
    }
};

} // namespace spine::test
