#include "run/decide.hpp"

#include "error.hpp"
#include "run/frame.hpp"
#include "workflow/course.hpp"
#include "workflow/json.hpp"
#include "workflow/sha256.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spine::run {

namespace json = boost::json;
using std::chrono::milliseconds;
using workflow::MapStep;
using workflow::Step;

namespace {

constexpr double child_timeout_seconds = 600;

std::string text_of(const std::optional<env::TimePoint>& time) { return time ? env::to_text(*time) : std::string{}; }

milliseconds from_seconds(double seconds) {
    constexpr double longest = 1e10; // 300 years: a limit, so that no sum overflows
    return milliseconds{static_cast<std::int64_t>(std::llround(std::clamp(seconds, 0.0, longest) * 1000.0))};
}

unit::Failure fault_in(const std::string& what, const std::string& text, const workflow::ExpressionFault& fault) {
    return final_failure(what + " '" + text + "', column " + std::to_string(fault.column) + ": " + fault.message, fault.hint);
}

std::variant<bool, unit::Failure> decided(const std::string& condition, const workflow::Scope& scope) {
    const auto parsed = workflow::parse_expression(condition);
    if (const auto* fault = std::get_if<workflow::ExpressionFault>(&parsed))
        return fault_in("condition", condition, *fault);
    const auto answer = workflow::holds(std::get<workflow::Expression>(parsed), scope);
    if (const auto* fault = std::get_if<workflow::ExpressionFault>(&answer))
        return fault_in("condition", condition, *fault);
    return std::get<bool>(answer);
}

std::variant<json::object, unit::Failure>
replaced(const std::string& what, const json::object& values, const workflow::Scope& scope) {
    json::object result;
    for (const auto& member : values) {
        auto value = workflow::substituted(member.value(), scope);
        if (const auto* fault = std::get_if<workflow::ExpressionFault>(&value))
            return final_failure(what + " '" + std::string{member.key()} + "': " + fault->message, fault->hint);
        result[member.key()] = std::move(std::get<json::value>(value));
    }
    return result;
}

void lay_over(json::object& under, const json::object& over) {
    for (const auto& member : over)
        under[member.key()] = member.value();
}

/// What is asked of the process, or why that cannot be said.
std::variant<StepStart, unit::Failure> wanted(const State& state, const Frame& frame, std::size_t at) {
    const auto& step = (*frame.steps)[at];
    const auto& known = frame.states[at];
    const auto scope = scope_of(state, frame);
    const bool pipeline = std::holds_alternative<workflow::PipelineStep>(step.kind);
    auto own = replaced("parameter", pipeline ? workflow::own_params(step) : step.params, scope);
    if (auto* failure = std::get_if<unit::Failure>(&own))
        return std::move(*failure);
    StepStart start;
    start.path = path_of(frame, at);
    start.generation = state.generation;
    start.step = step;
    auto& params = std::get<json::object>(own);
    lay_over(params, known.params);
    auto all = state.params;
    if (frame.outer != nullptr)
        lay_over(all, frame.params);
    if (pipeline) {
        start.params = std::move(params);
        start.base = std::move(all);
        return start;
    }
    auto config = replaced("config", step.config, scope);
    if (auto* failure = std::get_if<unit::Failure>(&config))
        return std::move(*failure);
    start.config = std::move(std::get<json::object>(config));
    lay_over(all, params);
    start.params = std::move(all);
    if (frame.outer != nullptr)
        start.item_outputs = frame.outputs;
    return start;
}

/// A number that comes out of a digest: in [0, 1), the same for the same question.
double jitter_of(const std::string& question) {
    const auto digest = workflow::sha256_hex(question).substr(0, 12);
    return static_cast<double>(std::stoull(digest, nullptr, 16)) / static_cast<double>(std::uint64_t{1} << 48);
}

/// How a settled step is told, beside what is in its StepEnd.
struct Telling {
    std::string child_run_id;
    std::optional<env::TimePoint> again;
};

/// Makes one decision: records, starts, new runs. Whatever it records it applies; a frame of an item may be gone afterwards, therefore every
/// function that records says whether its frame still stands.
class Walk {
public:
    Walk(State& state, env::TimePoint now) : s_{state}, now_{now} {}

    Decided take(std::int64_t calls_seen) {
        conclude();
        auto& along = out_.along;
        along.run_id = s_.run_id;
        along.fence = s_.fence;
        along.calls_seen = calls_seen;
        along.run.error_step = s_.error_step;
        along.run.failure = s_.failure;
        along.run.partition = s_.partition;
        out_.changed = out_.changed || !along.steps.empty() || !along.new_runs.empty() || !along.stages.empty();
        return std::move(out_);
    }

    void reach(std::string stage, std::uint32_t rank, std::int64_t rows = 0, json::object metrics = {}) {
        out_.along.stages.push_back({std::move(stage), rank, rows, std::move(metrics)});
    }

    void advance_all() { advance_below(*s_.root); }

    /// An attempt that died with its process.
    void died(const std::string& path) {
        const auto at = locate(s_, path);
        if (!at)
            return;
        unit::Failure crash;
        crash.category = unit::Category::crash;
        crash.message = "its process ended without a result";
        crash.exit_code = unit::exit_code(crash.category);
        StepEnd end;
        Telling telling;
        if (at->state().deaths + 1 >= deaths_max)
            crash.message += ", for the " + std::to_string(at->state().deaths + 1) + "th time";
        else
            telling.again = now_;
        end.failure = std::move(crash);
        record_end(*at->frame, at->step, end, telling);
    }

    /// An attempt has ended: it is tried again, or its step has ended.
    void end(const std::string& path, StepEnd end) {
        const auto at = locate(s_, path);
        if (!at)
            return;
        auto& frame = *at->frame;
        const bool handler = &frame == s_.handler.get();
        if (!end.partitions.empty())
            s_.partition = end.partitions.back();
        if (end.status == StepStatus::completed && !end.requests.empty())
            if (auto fault = ungranted(frame, at->step, end)) {
                end.status = StepStatus::failed;
                end.failure = std::move(*fault);
                end.requests.clear();
                end.updates.clear();
            }
        Telling telling;
        if (end.status == StepStatus::cancelled && !s_.holding && (handler || !winding_down()))
            end.status = StepStatus::failed; // nobody asked for it but the step itself
        if (end.status == StepStatus::cancelled) {
            if (handler || !winding_down())
                telling.again = now_;
        } else if (end.status == StepStatus::failed) {
            if (!end.failure)
                end.failure = final_failure("it failed without a reason", "");
            if (handler || !winding_down())
                telling.again = retry_at(at->definition(),
                                         *end.failure,
                                         at->state().failures + 1,
                                         now_,
                                         jitter_of(s_.run_id + "|" + path + "|" + std::to_string(at->state().attempt)));
        }
        const auto requests = end.requests;
        const auto spawned = end.spawned;
        const bool stands = record_end(frame, at->step, end, telling);
        grant(path, requests, spawned);
        if (stands && !handler) // of the handler nothing may be left
            advance(frame);
        go_outwards(path);
    }

    /// Timers that are due, in the order of their times. Who has not looked outside does not know whether an answer or the end of a run came in
    /// time, and leaves those.
    void timers(bool seen_outside) {
        const std::vector<std::pair<env::TimePoint, std::string>> due(
            s_.wakes.begin(), s_.wakes.upper_bound({now_, std::string(1, '\x7f')}));
        for (const auto& one : due)
            if (s_.wakes.contains(one) && !s_.holding && (may_begin() || is_handler(one.second)) &&
                (seen_outside || !answered_outside(one.second)))
                fire(one.second);
        if (const auto limit = run_deadline(); limit && *limit <= now_ && !s_.failure && !over())
            time_out();
    }

    void answered(const std::string& path, const json::object& answer) {
        const auto at = locate(s_, path);
        if (!at || at->state().status != StepStatus::waiting ||
            !std::holds_alternative<workflow::ApprovalStep>(at->definition().kind))
            return;
        const auto* approved = answer.if_contains("approved");
        StepEnd end;
        end.output = answer;
        if (approved != nullptr && approved->is_bool() && approved->get_bool()) {
            end.status = StepStatus::completed;
            end.reason = "approved by " + word(answer, "by");
        } else {
            end.status = StepStatus::failed;
            const auto why = word(answer, "reason");
            end.failure = final_failure("refused by " + word(answer, "by") + (why.empty() ? "" : ": " + why), "");
        }
        settle_at(path, std::move(end));
    }

    void child_ended(const std::string& path, const Outside::ChildEnd& child) {
        const auto at = locate(s_, path);
        if (!at || at->state().status != StepStatus::waiting || at->state().child_run_id != child.run_id)
            return;
        StepEnd end;
        end.output = child.result;
        end.output["run_id"] = child.run_id;
        end.output["status"] = to_text(child.status);
        if (child.status == RunStatus::completed) {
            end.status = StepStatus::completed;
        } else {
            end.status = StepStatus::failed;
            auto failure = child.failure.value_or(
                final_failure("it was cancelled", "", unit::Category::cancelled));
            failure.message = "run " + child.run_id + " ended " + std::string{to_text(child.status)} +
                              (child.failure ? ": " + failure.message : "");
            end.failure = std::move(failure);
        }
        settle_at(path, std::move(end), child.run_id);
    }

private:
    static std::string word(const json::object& object, std::string_view name) {
        const auto* value = object.if_contains(name);
        return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
    }

    bool answered_outside(const std::string& path) const {
        const auto at = locate(s_, path);
        return at && !at->state().again && !std::holds_alternative<workflow::WaitStep>(at->definition().kind);
    }
    bool winding_down() const { return s_.root->failed; }
    bool is_handler(const std::string& path) const {
        return s_.workflow->failure_handler && s_.workflow->failure_handler->name == path;
    }
    bool may_begin() const { return !s_.holding && !winding_down() && !s_.continued; }
    bool handler_over() const { return s_.handler && s_.handler->cursor > 0; }
    bool over() const {
        const auto& root = *s_.root;
        return root.parallel ? root.settled >= root.steps->size() && root.detours.empty()
                             : root.cursor >= root.steps->size() && root.detours.empty();
    }

    // ---- records

    StepRecord fresh_record(const Frame& frame, std::size_t at, int attempt) {
        StepRecord record;
        record.step = path_of(frame, at);
        record.generation = s_.generation;
        record.attempt = attempt;
        record.type = std::string{workflow::type_of((*frame.steps)[at])};
        return record;
    }
    void write(const StepRecord& record) {
        out_.along.steps.push_back(record);
        apply(s_, record);
    }

    /// Ends the step's attempt, or says all there is of one that never began. False when the frame is gone.
    bool record_end(Frame& frame, std::size_t at, const StepEnd& end, const Telling& telling = {}) {
        auto& known = frame.states[at];
        const bool begun = (known.status == StepStatus::running || known.status == StepStatus::waiting) && !known.again;
        auto record = fresh_record(frame, at, begun ? known.attempt : known.attempt + 1);
        record.status = end.status;
        record.reason = end.reason;
        record.output = end.output;
        record.updates = end.updates;
        record.quality = end.quality;
        record.events = end.events;
        record.failure = end.failure;
        record.execution_id = end.execution_id;
        record.requests = end.requests;
        record.child_run_id = telling.child_run_id.empty() ? known.child_run_id : telling.child_run_id;
        record.wake_at = text_of(telling.again);
        const bool item = frame.outer != nullptr;
        auto* outer = frame.outer;
        const auto outer_step = frame.outer_step;
        const auto number = frame.item;
        const auto until = telling.again ? at : jump_of(frame, at, end);
        if (item) // which may be over, and gone, with the end of this step
            skip_until(frame, at, until);
        if (!item && &frame != s_.handler.get())
            reach_stage(frame, at, end);
        write(record_at_end(std::move(record), begun ? known.begun_no : 0));
        if (!item) {
            skip_until(frame, at, until);
            return true;
        }
        const auto map = outer->maps.find(outer_step);
        return map != outer->maps.end() && map->second->frames.contains(number) && !map->second->frames.at(number)->failed;
    }
    StepRecord record_at_end(StepRecord record, std::int64_t begun_no) const {
        record.ended_no = s_.events + 1;
        record.begun_no = begun_no != 0 ? begun_no : record.ended_no;
        return record;
    }
    /// Where a step of a sequence leads when it leads past others; else the step itself.
    static std::size_t jump_of(const Frame& frame, std::size_t at, const StepEnd& end) {
        const auto& step = (*frame.steps)[at];
        if (frame.parallel || frame.states[at].settled)
            return at;
        if (std::holds_alternative<workflow::ChoiceStep>(step.kind)) {
            const auto* branch = end.status == StepStatus::completed ? end.output.if_contains("branch") : nullptr;
            const auto target = branch != nullptr ? frame.index.find(std::string{branch->as_string()}) : frame.index.end();
            return target == frame.index.end() ? at : target->second;
        }
        const bool done = end.status == StepStatus::completed ||
                          (end.status == StepStatus::skipped && !end.execution_id.empty()) ||
                          (end.status == StepStatus::failed && step.on_error == workflow::OnError::go_on);
        if (!done)
            return at;
        if (step.end)
            return frame.steps->size();
        const auto target = frame.index.find(step.next);
        return step.next.empty() || target == frame.index.end() ? at : target->second;
    }
    void reach_stage(const Frame& frame, std::size_t at, const StepEnd& end) {
        const auto& step = (*frame.steps)[at];
        if (step.stage.empty() || (end.status != StepStatus::completed && end.status != StepStatus::skipped))
            return;
        std::int64_t rows = 0;
        if (const auto* count = end.output.if_contains("row_count"); count != nullptr && count->is_int64())
            rows = count->get_int64();
        reach(step.stage, static_cast<std::uint32_t>(at + 1), rows);
    }

    bool skip(Frame& frame, std::size_t at, const std::string& reason, std::string_view mark = {}) {
        StepEnd end;
        end.status = StepStatus::skipped;
        end.reason = reason;
        end.output = {{"skipped", true}, {"reason", reason}};
        if (!mark.empty())
            end.output[mark] = true;
        return record_end(frame, at, end);
    }
    bool fail(Frame& frame, std::size_t at, unit::Failure failure) {
        StepEnd end;
        end.failure = std::move(failure);
        return record_end(frame, at, end);
    }
    /// A lambda that wants steps skipped may say why in the parameter `skip_reason`.
    std::string told_reason() const {
        const auto* reason = s_.params.if_contains("skip_reason");
        return reason != nullptr && reason->is_string() ? ": " + std::string{reason->get_string()} : std::string{};
    }

    /// A waiting step ends, and what follows from it.
    void settle_at(const std::string& path, StepEnd end, const std::string& child = {}) {
        const auto at = locate(s_, path);
        auto& frame = *at->frame;
        Telling telling;
        telling.child_run_id = child;
        if (end.status == StepStatus::failed && !winding_down())
            telling.again = retry_at(at->definition(), *end.failure, at->state().failures + 1, now_,
                                     jitter_of(s_.run_id + "|" + path + "|" + std::to_string(at->state().attempt)));
        if (record_end(frame, at->step, end, telling))
            advance(frame);
        go_outwards(path);
    }

    // ---- going on

    /// From the frame of this path outwards: maps whose items are over go on with others or end.
    void go_outwards(std::string path) {
        for (;;) {
            const auto slash = path.rfind('/');
            if (slash == std::string::npos)
                break;
            path.resize(slash);
            path.resize(path.rfind('['));
            const auto at = locate(s_, path);
            if (!at)
                continue;
            if (advance_map(*at->frame, at->step))
                advance(*at->frame);
        }
        advance(*s_.root);
    }

    void advance_below(Frame& frame) {
        std::vector<std::size_t> maps;
        for (const auto& [at, map] : frame.maps)
            maps.push_back(at);
        for (const auto at : maps) {
            const auto map = frame.maps.find(at);
            if (map == frame.maps.end() || frame.states[at].status != StepStatus::running)
                continue;
            std::vector<std::size_t> items;
            for (const auto& [number, item] : map->second->frames)
                items.push_back(number);
            for (const auto number : items) {
                const auto again = frame.maps.find(at);
                if (again == frame.maps.end() || !again->second->frames.contains(number))
                    continue;
                auto& item = *again->second->frames.at(number);
                if (!item.failed)
                    advance_below(item);
            }
            if (frame.states[at].status == StepStatus::running && !advance_map(frame, at))
                return;
        }
        advance(frame);
    }

    /// Begins whatever of the frame may begin. The frame may be gone afterwards.
    void advance(Frame& frame) {
        if (&frame == s_.handler.get()) {
            if (frame.cursor == 0 && frame.states[0].status == StepStatus::pending && !s_.holding)
                begin(frame, 0);
            return;
        }
        while (may_begin() && !frame.failed) {
            if (!frame.detours.empty()) {
                const auto at = frame.detours.front();
                if (frame.states[at].status != StepStatus::pending)
                    return;
                if (!begin(frame, at))
                    return;
                continue;
            }
            if (frame.parallel) {
                if (frame.ready.empty() || active_of(frame) >= concurrency_of(frame))
                    return;
                if (!visit_ready(frame, *frame.ready.begin()))
                    return;
                continue;
            }
            if (frame.cursor >= frame.steps->size() || frame.states[frame.cursor].status != StepStatus::pending)
                return;
            if (!visit(frame, frame.cursor))
                return;
        }
    }

    std::int64_t concurrency_of(const Frame&) const {
        return s_.workflow->max_concurrency.value_or(concurrency_default);
    }
    /// Steps of a parallel frame that are at work: those that run, maps, and runs that are waited for. A wait for a time or a person is no work.
    std::int64_t active_of(const Frame& frame) const {
        std::int64_t active = 0;
        for (const auto& path : s_.running)
            active += path.find('/') == std::string::npos ? 1 : 0;
        for (const auto& [at, map] : frame.maps)
            active += frame.states[at].status == StepStatus::running ? 1 : 0;
        for (const auto& path : s_.waiting)
            if (const auto found = frame.index.find(path); found != frame.index.end())
                active += frame.states[found->second].again || // keeps its place
                                  std::holds_alternative<workflow::WorkflowStep>((*frame.steps)[found->second].kind)
                              ? 1
                              : 0;
        return active;
    }

    bool visit_ready(Frame& frame, std::size_t at) {
        const auto& step = (*frame.steps)[at];
        bool all_passed = !step.depends_on.empty();
        for (const auto& name : step.depends_on) {
            const auto on = frame.index.find(name);
            if (on == frame.index.end())
                continue;
            const auto& dependency = frame.states[on->second];
            const auto& definition = (*frame.steps)[on->second];
            if ((dependency.status == StepStatus::failed && definition.on_error != workflow::OnError::go_on) || dependency.hangs)
                return skip(frame, at, "it depends on '" + name + "', which " + (dependency.hangs ? "was left out" : "failed"),
                            "hangs_on");
            all_passed = all_passed && dependency.passed;
        }
        if (all_passed)
            return skip(frame, at, "all that it depends on was jumped over", "jumped_over");
        return visit(frame, at);
    }

    /// Settles the step if nobody is needed for it, else begins it. False when the frame is gone or there is no more to do in it for now.
    bool visit(Frame& frame, std::size_t at) {
        const auto& step = (*frame.steps)[at];
        if (!step.when.empty()) {
            auto answer = decided(step.when, scope_of(s_, frame));
            if (auto* failure = std::get_if<unit::Failure>(&answer))
                return fail(frame, at, std::move(*failure));
            if (!std::get<bool>(answer))
                return skip(frame, at, "its condition does not hold: " + step.when + told_reason());
        }
        return begin(frame, at);
    }

    bool begin(Frame& frame, std::size_t at) {
        const auto& step = (*frame.steps)[at];
        if (const auto* choice = std::get_if<workflow::ChoiceStep>(&step.kind))
            return choose(frame, at, *choice);
        if (const auto* wait = std::get_if<workflow::WaitStep>(&step.kind))
            return begin_wait(frame, at, *wait);
        if (const auto* approval = std::get_if<workflow::ApprovalStep>(&step.kind))
            return begin_approval(frame, at, *approval);
        if (const auto* child = std::get_if<workflow::WorkflowStep>(&step.kind))
            return begin_child(frame, at, *child);
        if (std::holds_alternative<MapStep>(step.kind))
            return begin_map(frame, at);
        return begin_work(frame, at);
    }

    bool begin_work(Frame& frame, std::size_t at) {
        auto asked = wanted(s_, frame, at);
        if (auto* failure = std::get_if<unit::Failure>(&asked))
            return fail(frame, at, std::move(*failure));
        auto& start = std::get<StepStart>(asked);
        start.attempt = frame.states[at].attempt + 1;
        if (const auto& limit = start.step.timeout_seconds)
            start.deadline = now_ + from_seconds(*limit);
        auto record = fresh_record(frame, at, start.attempt);
        record.begun_no = s_.events + 1;
        write(record);
        // A path to what has begun leaves other steps of a sequence alone: the frame stands, and `advance` stops at its cursor.
        out_.starts.push_back(std::move(start));
        return true;
    }

    bool choose(Frame& frame, std::size_t at, const workflow::ChoiceStep& choice) {
        auto answer = decided(choice.condition, scope_of(s_, frame));
        if (auto* failure = std::get_if<unit::Failure>(&answer))
            return fail(frame, at, std::move(*failure));
        const bool holds = std::get<bool>(answer);
        const auto chosen = holds ? choice.then_step : choice.else_step.value_or("");
        const auto other = holds ? choice.else_step.value_or("") : choice.then_step;
        const auto next = at + 1 < frame.steps->size() ? (*frame.steps)[at + 1].name : std::string{};
        const auto branch = chosen.empty() && !frame.parallel ? next : chosen;
        StepEnd end;
        end.status = StepStatus::completed;
        end.output = {{"condition", holds}, {"branch", branch}};
        end.reason = choice.condition + (holds ? " holds: " : " does not hold: ") + (branch.empty() ? "the end" : branch);
        const auto& name = (*frame.steps)[at].name;
        if (frame.parallel) {
            if (!record_end(frame, at, end))
                return false;
            const auto left = frame.index.find(other);
            if (left != frame.index.end() && frame.states[left->second].status == StepStatus::pending)
                return skip(frame, left->second, "jumped over by '" + name + "'" + told_reason(), "jumped_over");
            return true;
        }
        return record_end(frame, at, end);
    }
    void skip_until(Frame& frame, std::size_t from, std::size_t until) {
        if (until <= from + 1)
            return; // of the failure handler's frame nothing may be left
        const auto& step = (*frame.steps)[from];
        const auto reason = step.end ? "the run ended at '" + step.name + "'" : "jumped over by '" + step.name + "'" + told_reason();
        for (auto i = from + 1; i < until; ++i)
            if (frame.states[i].status == StepStatus::pending && !frame.states[i].settled)
                skip(frame, i, reason, "jumped_over");
    }

    bool begin_wait(Frame& frame, std::size_t at, const workflow::WaitStep& wait) {
        const auto& step = (*frame.steps)[at];
        const auto value = workflow::substituted(wait.seconds ? *wait.seconds : wait.until.value_or(json::value{}), scope_of(s_, frame));
        if (const auto* fault = std::get_if<workflow::ExpressionFault>(&value))
            return fail(frame, at, final_failure("wait '" + step.name + "': " + fault->message, fault->hint));
        const auto& given = std::get<json::value>(value);
        env::TimePoint until = now_;
        if (wait.seconds) {
            if (!given.is_number() || given.to_number<double>() < 0)
                return fail(frame, at, final_failure("wait '" + step.name + "': seconds are " + workflow::json_text(given) +
                                                         ", which is no number of seconds",
                                                     "give a number that is not negative", unit::Category::configuration));
            until = now_ + from_seconds(given.to_number<double>());
        } else {
            try {
                until = env::time_from(given.is_string() ? std::string{given.get_string()} : workflow::json_text(given));
            } catch (const Error&) {
                return fail(frame, at, final_failure("wait '" + step.name + "': until is " + workflow::json_text(given) +
                                                         ", which is no time",
                                                     "write 2026-01-31T06:00:00Z, or a date alone for midnight UTC",
                                                     unit::Category::configuration));
            }
        }
        if (until <= now_) {
            StepEnd end;
            end.status = StepStatus::completed;
            end.reason = "the time " + env::to_text(until) + " had passed";
            end.output = {{"waited_until", env::to_text(until)}};
            return record_end(frame, at, end);
        }
        auto record = fresh_record(frame, at, frame.states[at].attempt + 1);
        record.status = StepStatus::waiting;
        record.wake_at = env::to_text(until);
        record.begun_no = s_.events + 1;
        write(record);
        return true;
    }

    bool begin_approval(Frame& frame, std::size_t at, const workflow::ApprovalStep& approval) {
        const auto environment = word(s_.row.settings, "env");
        const auto& automatic = approval.auto_approve_envs;
        if (!environment.empty() && std::find(automatic.begin(), automatic.end(), environment) != automatic.end()) {
            StepEnd end;
            end.status = StepStatus::completed;
            end.reason = "approved by itself in environment '" + environment + "'";
            end.output = {{"approved", true}, {"automatic", true}, {"by", "environment " + environment}, {"at", env::to_text(now_)}};
            return record_end(frame, at, end);
        }
        auto record = fresh_record(frame, at, frame.states[at].attempt + 1);
        record.status = StepStatus::waiting;
        json::array approvers;
        for (const auto& name : approval.approvers)
            approvers.emplace_back(name);
        json::object context;
        const auto scope = scope_of(s_, frame);
        for (const auto& field : approval.context_fields) {
            const auto parsed = workflow::parse_expression(workflow::is_path(field) ? field.substr(2) : field);
            if (const auto* expression = std::get_if<workflow::Expression>(&parsed))
                if (const auto seen = workflow::evaluate(*expression, scope); std::holds_alternative<json::value>(seen))
                    context[field] = std::get<json::value>(seen);
        }
        record.output = {{"approvers", std::move(approvers)}, {"message", approval.message}, {"context", std::move(context)}};
        record.reason = approval.message;
        if (approval.timeout_hours)
            record.wake_at = env::to_text(now_ + from_seconds(*approval.timeout_hours * 3600));
        record.begun_no = s_.events + 1;
        write(record);
        return true;
    }

    bool begin_map(Frame& frame, std::size_t at) {
        auto items = items_of(s_, frame, (*frame.steps)[at]);
        if (auto* failure = std::get_if<unit::Failure>(&items))
            return fail(frame, at, std::move(*failure));
        auto record = fresh_record(frame, at, frame.states[at].attempt + 1);
        record.begun_no = s_.events + 1;
        write(record);
        // What is left of it from the generation before goes on first.
        std::vector<std::size_t> open;
        for (const auto& [number, item] : frame.maps.at(at)->frames)
            if (!item->failed)
                open.push_back(number);
        for (const auto number : open)
            if (const auto map = frame.maps.find(at); map != frame.maps.end() && map->second->frames.contains(number))
                advance_below(*map->second->frames.at(number));
        return advance_map(frame, at);
    }

    /// Begins items while there is room, and ends the map when there is nothing more. False when the map's own frame is gone.
    bool advance_map(Frame& frame, std::size_t at) {
        const auto& step = (*frame.steps)[at];
        const auto& kind = std::get<MapStep>(step.kind);
        const auto found = frame.maps.find(at);
        if (found == frame.maps.end() || frame.states[at].status != StepStatus::running)
            return true;
        auto& map = *found->second;
        const auto room = static_cast<std::size_t>(std::max<std::int64_t>(1, kind.max_concurrency.value_or(concurrency_default)));
        const bool goes_on = step.on_error == workflow::OnError::go_on;
        while (may_begin() && (map.failed == 0 || goes_on) && map.active < room && map.begun < map.items.size()) {
            auto* item = enter_item(frame, at, map.begun);
            advance(*item);
        }
        if (map.active > 0)
            return true;
        if (map.failed > 0 && !goes_on)
            return end_map(frame, at);
        if (map.begun == map.items.size())
            return end_map(frame, at);
        if (winding_down() || s_.continued) {
            StepEnd end;
            end.status = StepStatus::cancelled;
            end.reason = "the run stopped before its other items";
            return record_end(frame, at, end);
        }
        return true; // held: the items that are left begin when the run is taken up
    }
    bool end_map(Frame& frame, std::size_t at) {
        const auto& map = *frame.maps.at(at);
        StepEnd end;
        end.status = map.failed > 0 ? StepStatus::failed : StepStatus::completed;
        end.output = {{"count", map.items.size()},
                      {"completed", map.completed},
                      {"failed", map.failed},
                      {"skipped", map.items.size() - map.completed - map.failed},
                      {"results", map.results}};
        if (map.failed > 0) {
            const auto first = std::find_if(map.results.begin(), map.results.end(), [](const json::value& result) {
                return result.is_object() && result.get_object().contains("failed") && result.get_object().contains("category") &&
                       result.get_object().contains("step");
            });
            const auto number = static_cast<std::size_t>(first - map.results.begin());
            const auto& told = first->get_object();
            auto failure = final_failure(std::to_string(map.failed) + " of " + std::to_string(map.items.size()) +
                                             " items failed, the first of them " + path_of(frame, at) + "[" +
                                             std::to_string(number) + "]/" + word(told, "step") + ": " + word(told, "error"),
                                         "");
            if (const auto category = unit::category_from(word(told, "category"))) {
                failure.category = *category;
                failure.exit_code = unit::exit_code(*category);
            }
            end.failure = std::move(failure);
        }
        return record_end(frame, at, end);
    }

    bool begin_child(Frame& frame, std::size_t at, const workflow::WorkflowStep& child) {
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
        auto run = new_run(*known->second, path + "|" + std::to_string(attempt), inherited, given);
        if (child.wait) {
            run.parent_run_id = s_.run_id;
            run.parent_step = path;
            run.parent_attempt = attempt;
        }
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
        record.wake_at = env::to_text(now_ + from_seconds(step.timeout_seconds.value_or(child_timeout_seconds)));
        record.begun_no = s_.events + 1;
        write(record);
        return true;
    }

    NewRun new_run(const workflow::Definition& definition, const std::string& question, const json::object& inherited,
                   const json::object& given) {
        const auto& workflow = definition.workflow;
        NewRun run;
        run.run_id = derived_id(now_, s_.run_id + "|" + std::to_string(s_.generation) + "|" + question);
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
        run.generation = s_.generation;
        limit_of(run, workflow);
        begin_new(run, workflow);
        return run;
    }
    void limit_of(NewRun& run, const workflow::Workflow& workflow) {
        if (!workflow.concurrency)
            return;
        const auto& rule = *workflow.concurrency;
        run.concurrent_max = rule.max_concurrent_runs.value_or(1);
        switch (rule.on_conflict.value_or(workflow::OnConflict::queue)) {
        case workflow::OnConflict::queue: run.on_conflict = NewRun::OnConflict::queue; break;
        case workflow::OnConflict::skip: run.on_conflict = NewRun::OnConflict::skip; break;
        case workflow::OnConflict::cancel_existing: run.on_conflict = NewRun::OnConflict::cancel_existing; break;
        }
        if (rule.queue_timeout_seconds)
            run.queue_until = env::to_text(now_ + from_seconds(*rule.queue_timeout_seconds));
    }
    void begin_new(NewRun& run, const workflow::Workflow& workflow) {
        RunRow row;
        row.run_id = run.run_id;
        row.workflow = run.workflow;
        row.params = run.params;
        row.fence = 1;
        row.generation = run.generation;
        row.chain_no = run.chain_no;
        row.settings = run.settings;
        row.children = run.children;
        row.plugins = run.plugins;
        row.folder = run.folder;
        row.definition_text = run.definition_text;
        row.definition_sha256 = run.definition_sha256;
        row.started_at = env::to_text(now_);
        auto state = fresh(std::move(row), workflow, s_.children);
        run.begin = begin_run(state, now_).along;
    }

    // ---- timers

    std::optional<env::TimePoint> run_deadline() const {
        if (!s_.workflow->timeout_seconds)
            return std::nullopt;
        return s_.started + from_seconds(*s_.workflow->timeout_seconds);
    }
    void fire(const std::string& path) {
        const auto at = locate(s_, path);
        if (!at) {
            s_.wakes.erase(s_.wakes.begin());
            return;
        }
        auto& frame = *at->frame;
        const auto& step = at->definition();
        if (at->state().again) {
            if (begin(frame, at->step))
                advance(frame);
            return go_outwards(path);
        }
        StepEnd end;
        if (std::holds_alternative<workflow::WaitStep>(step.kind)) {
            end.status = StepStatus::completed;
            end.output = {{"waited_until", text_of(at->state().wake)}};
        } else if (const auto* approval = std::get_if<workflow::ApprovalStep>(&step.kind)) {
            const bool approve = approval->on_timeout == "approve";
            end.status = approve ? StepStatus::completed : StepStatus::failed;
            end.reason = "nobody answered in time";
            end.output = {{"approved", approve}, {"timed_out", true}, {"at", env::to_text(now_)}};
            if (!approve)
                end.failure = final_failure("nobody answered in time, which means no",
                                            "run it again, or let on_timeout be approve", unit::Category::timeout);
        } else {
            const auto child = at->state().child_run_id;
            out_.along.cancelled.push_back(child);
            end.failure = final_failure("run " + child + " has not ended in time and was cancelled",
                                        "give the step a longer timeout_seconds", unit::Category::timeout);
            end.failure->retry = unit::Retry::by_category;
        }
        settle_at(path, std::move(end));
    }
    void time_out() {
        StepRecord mark;
        mark.step = "@timeout";
        mark.generation = s_.generation;
        mark.attempt = static_cast<int>(s_.events + 1);
        mark.type = "control";
        mark.status = StepStatus::failed;
        mark.failure = final_failure("the run has not ended within its timeout_seconds", "give it more time, or retry it",
                                     unit::Category::timeout);
        mark.begun_no = mark.ended_no = s_.events + 1;
        write(mark);
        out_.stop_running = true;
    }

    // ---- the course

    std::optional<unit::Failure> ungranted(const Frame& frame, std::size_t at, const StepEnd& end) {
        const auto refuse = [&](const std::string& why, const std::string& hint) {
            return final_failure("what it asked of the run's course cannot be done: " + why, hint);
        };
        if (frame.outer != nullptr)
            return refuse("a step inside of a map may not change the course", "ask from a step of the workflow itself");
        auto read = workflow::read_course(end.requests);
        if (const auto* faults = std::get_if<workflow::Diagnostics>(&read))
            return refuse(faults->front().message, faults->front().hint);
        const auto& requests = std::get<std::vector<workflow::CourseRequest>>(read);
        if (s_.requests + requests.size() > workflow::requests_per_run_max)
            return refuse("a run may be asked for at most " + std::to_string(workflow::requests_per_run_max) + " changes",
                          "continue as a new run instead");
        const auto& root = *s_.root;
        const auto state_of = [&](const std::string& name) -> const StepState* {
            const auto found = root.index.find(name);
            return found == root.index.end() ? nullptr : &root.states[found->second];
        };
        const bool handler = &frame == s_.handler.get();
        std::set<std::string> added;
        for (const auto& request : requests) {
            if (const auto* skips = std::get_if<workflow::SkipSteps>(&request)) {
                for (const auto& name : skips->steps)
                    if (const auto* known = state_of(name); known == nullptr ? !added.contains(name) : known->status != StepStatus::pending)
                        return refuse("step '" + name + (known == nullptr ? "' is not there" : "' has begun already"), "skip steps that are still to come");
            } else if (const auto* insert = std::get_if<workflow::InsertStep>(&request)) {
                const auto* known = state_of(insert->beside);
                if (known == nullptr && !added.contains(insert->beside))
                    return refuse("there is no step '" + insert->beside + "'", "");
                const bool failed_one = handler && insert->before && insert->beside == s_.error_step;
                const bool own = !handler && !insert->before && insert->beside == (*frame.steps)[at].name;
                if (known != nullptr && !failed_one && !own && known->status != StepStatus::pending)
                    return refuse("step '" + insert->beside + "' has begun already", "put steps in beside one that is still to come");
                if (state_of(insert->step.name) != nullptr || !added.insert(insert->step.name).second)
                    return refuse("there is a step '" + insert->step.name + "' already", "give the new step a name of its own");
            } else if (const auto* replace = std::get_if<workflow::ReplaceStep>(&request)) {
                const auto* known = state_of(replace->name);
                if (known == nullptr || known->status != StepStatus::pending)
                    return refuse("step '" + replace->name + (known == nullptr ? "' is not there" : "' has begun already"), "");
                if (replace->step.name != replace->name && state_of(replace->step.name) != nullptr)
                    return refuse("there is a step '" + replace->step.name + "' already", "");
                added.insert(replace->step.name);
            } else if (const auto* again = std::get_if<workflow::RetryStep>(&request)) {
                const auto* known = state_of(again->name);
                const bool ended = known != nullptr && (known->settled || known->status == StepStatus::failed);
                if (ended && known->done && std::holds_alternative<MapStep>((*root.steps)[root.index.at(again->name)].kind))
                    return refuse("map '" + again->name + "' is done, and is not done again as a whole", "ask for one of its steps in a new run");
                if (!ended)
                    return refuse("step '" + again->name + (known == nullptr ? "' is not there" : "' has not ended"), "");
            } else if (std::holds_alternative<workflow::ContinueAsNew>(request)) {
                if (s_.running.size() > 1 || !s_.waiting.empty())
                    return refuse("other steps are still at work", "continue as a new run from a step that stands alone");
            } else if (const auto* spawn = std::get_if<workflow::SpawnRun>(&request)) {
                if (s_.spawned.contains(spawn->name))
                    return refuse("a run '" + spawn->name + "' was begun already", "give each its own name");
                if (!end.spawned.contains(spawn->workflow) && !s_.children.contains(spawn->workflow))
                    return refuse("there is no workflow '" + spawn->workflow + "'", "");
            }
        }
        return std::nullopt;
    }

    /// What follows from granted requests besides the changed steps.
    void grant(const std::string& path, const json::array& granted, const Children& spawned) {
        if (granted.empty())
            return;
        auto read = workflow::read_course(granted);
        const auto* requests = std::get_if<std::vector<workflow::CourseRequest>>(&read);
        if (requests == nullptr)
            return;
        for (const auto& request : *requests) {
            if (const auto* skips = std::get_if<workflow::SkipSteps>(&request)) {
                auto& root = *s_.root;
                for (const auto& name : skips->steps)
                    if (const auto found = root.index.find(name);
                        found != root.index.end() && root.states[found->second].status == StepStatus::pending)
                        skip(root, found->second, "asked for by '" + path + "'" + (skips->reason.empty() ? "" : ": " + skips->reason));
            } else if (const auto* spawn = std::get_if<workflow::SpawnRun>(&request)) {
                const auto found = spawned.find(spawn->workflow);
                const auto& definition = found != spawned.end() ? *found->second : *s_.children.at(spawn->workflow);
                out_.along.new_runs.push_back(new_run(definition, "spawn|" + spawn->name, {}, spawn->params));
            } else if (const auto* next = std::get_if<workflow::ContinueAsNew>(&request)) {
                continue_as(next->params);
            }
        }
    }
    void continue_as(const json::object& params) {
        NewRun run;
        run.run_id = derived_id(now_, s_.run_id + "|continued|" + std::to_string(s_.chain_no + 1));
        run.run_key = s_.row.run_key;
        run.workflow = s_.row.workflow;
        run.version = s_.row.version;
        run.domain = s_.row.domain;
        run.definition_text = s_.row.definition_text;
        run.definition_sha256 = s_.row.definition_sha256;
        run.params = s_.row.params;
        lay_over(run.params, params);
        run.given = run.params;
        run.folder = s_.row.folder;
        run.plugins = s_.row.plugins;
        run.trigger = "continued";
        run.children = s_.row.children;
        run.settings = s_.row.settings;
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

    // ---- the end of a decision

    /// Steps that wait, and maps with nothing at work, end with a run that fails.
    void wind_down() {
        if (!winding_down() && !s_.continued)
            return;
        const auto waiting = s_.waiting;
        for (const auto& path : waiting) {
            const auto at = locate(s_, path);
            if (!at || at->frame == s_.handler.get())
                continue;
            if (!at->state().child_run_id.empty() && !at->state().again)
                out_.along.cancelled.push_back(at->state().child_run_id);
            StepEnd end;
            end.status = StepStatus::cancelled;
            end.reason = "the run stopped";
            record_end(*at->frame, at->step, end);
        }
        cancel_maps(*s_.root);
    }
    bool busy_below(const Frame& frame) const {
        const auto first = s_.running.lower_bound(frame.prefix);
        return first != s_.running.end() && first->starts_with(frame.prefix) && !frame.prefix.empty();
    }
    void cancel_maps(Frame& frame) {
        std::vector<std::size_t> maps;
        for (const auto& [at, map] : frame.maps)
            maps.push_back(at);
        for (const auto at : maps) {
            if (frame.states[at].status != StepStatus::running)
                continue;
            bool busy = false;
            for (auto& [number, item] : frame.maps.at(at)->frames) {
                cancel_maps(*item);
                busy = busy || busy_below(*item);
            }
            if (busy)
                continue;
            StepEnd end;
            end.status = StepStatus::cancelled;
            end.reason = "the run stopped before its other items";
            record_end(frame, at, end);
        }
    }

    void conclude() {
        wind_down();
        const auto failing = [&] { return s_.failure && (winding_down() || over()); };
        if (failing() && s_.running.empty() && s_.workflow->failure_handler && !s_.holding) {
            auto& frame = *enter(s_, s_.workflow->failure_handler->name)->frame;
            if (frame.states[0].status == StepStatus::pending)
                begin(frame, 0);
        }
        auto& change = out_.along.run;
        change.current_step = current_path();
        if (!s_.running.empty()) {
            change.status = RunStatus::running;
            return;
        }
        if (s_.continued && s_.waiting.empty())
            return finish_completed(successor_.empty() ? "continued as a new run" : "continued as run " + successor_);
        if (failing() && (!s_.workflow->failure_handler || handler_over()))
            return finish_failed();
        if (!s_.failure && over())
            return finish_completed({});
        out_.stops = true;
        if (s_.holding) {
            change.status = RunStatus::paused;
            change.reason = s_.row.pause_asked ? "paused" : "interrupted";
            return;
        }
        change.status = RunStatus::waiting;
        constexpr auto never = env::TimePoint::max();
        auto wake = s_.wakes.empty() ? never : s_.wakes.begin()->first;
        if (const auto limit = run_deadline(); limit && !s_.failure)
            wake = std::min(wake, *limit);
        change.wake_at = wake == never ? std::string{} : env::to_text(wake);
        change.reason = waits_for();
    }
    std::string current_path() const {
        if (!s_.running.empty())
            return *s_.running.begin();
        return s_.waiting.empty() ? std::string{} : *s_.waiting.begin();
    }
    std::string waits_for() {
        if (s_.waiting.empty())
            return {};
        const auto& path = *s_.waiting.begin();
        const auto at = locate(s_, path);
        std::string text = "'" + path + "' waits";
        if (at && at->state().again)
            text = "'" + path + "' is tried again at " + text_of(at->state().wake);
        else if (at && std::holds_alternative<workflow::ApprovalStep>(at->definition().kind))
            text += " for an approval";
        else if (at && !at->state().child_run_id.empty())
            text += " for run " + at->state().child_run_id;
        else if (at)
            text += " until " + text_of(at->state().wake);
        if (s_.waiting.size() > 1)
            text += ", and " + std::to_string(s_.waiting.size() - 1) + " more";
        return text;
    }

    json::object result() const {
        json::object result;
        const auto& last = s_.root->last_done;
        if (const auto* output = last.empty() ? nullptr : s_.outputs.if_contains(last); output != nullptr && output->is_object())
            result = output->get_object();
        result["outputs"] = s_.outputs;
        return result;
    }
    void finish_completed(const std::string& reason) {
        auto& change = out_.along.run;
        change.status = RunStatus::completed;
        change.reason = reason;
        json::array failed;
        for (const auto& path : s_.passed_over) {
            // Going on after an error must not look like success to who reads the manifest.
            change.reason += (failed.empty() ? (change.reason.empty() ? "" : "; ") + std::string{"failed and passed over: "} : ", ") + path;
            failed.emplace_back(path);
        }
        json::object metrics{{"step_count", completed_steps(s_).size()}};
        if (!failed.empty())
            metrics["failed_steps"] = std::move(failed);
        reach("COMPLETED", static_cast<std::uint32_t>(s_.root->steps->size() + 1), 0, std::move(metrics));
        if (!s_.row.parent_run_id.empty())
            change.result = result();
        change.current_step.clear();
        out_.stops = out_.changed = true;
    }
    void finish_failed() {
        auto& along = out_.along;
        const auto step = s_.error_step.empty() ? std::string{"the run"} : s_.error_step;
        unit::Anomaly anomaly;
        anomaly.severity = "ERROR";
        anomaly.category = "WORKFLOW_FAILURE";
        anomaly.message = step + ": " + s_.failure->message;
        anomaly.metadata = workflow::json_text(json::object{{"workflow", s_.row.workflow}, {"run_id", s_.run_id}});
        along.anomaly = std::move(anomaly);
        along.anomaly_stage = "workflow." + s_.error_step;
        along.run.status = RunStatus::failed;
        along.run.current_step = s_.error_step;
        if (!s_.row.parent_run_id.empty())
            along.run.result = result();
        out_.stops = out_.changed = true;
    }

    State& s_;
    env::TimePoint now_;
    Decided out_;
    std::string successor_;
};

void look_outside(State& state, Walk& walk, const Outside& outside) {
    if (outside.pause_asked) {
        state.row.pause_asked = true;
        state.holding = true;
    }
    for (const auto& [path, answer] : outside.answers)
        walk.answered(path, answer);
    for (const auto& [path, child] : outside.children)
        walk.child_ended(path, child);
}

} // namespace

Decided begin_run(State& state, env::TimePoint now) {
    state.started = now;
    Walk walk{state, now};
    walk.reach("STARTED", 0);
    walk.advance_all();
    return walk.take(0);
}

Decided take_up(State& state, env::TimePoint now, const Outside& outside) {
    Walk walk{state, now};
    state.row.pause_asked = false;
    state.row.calls_seen = outside.calls;
    if (state.events == 0)
        walk.reach("STARTED", 0); // it was queued
    const auto running = state.running;
    for (const auto& path : running)
        walk.died(path);
    look_outside(state, walk, outside);
    walk.timers(true);
    walk.advance_all();
    auto decided = walk.take(outside.calls);
    decided.changed = true; // who has the run now is told by its status
    return decided;
}

Decided end_step(State& state, const std::string& path, const StepEnd& end, env::TimePoint now) {
    Walk walk{state, now};
    walk.end(path, end);
    walk.timers(false);
    return walk.take(state.row.calls_seen);
}

Decided wake(State& state, env::TimePoint now, const Outside& outside) {
    Walk walk{state, now};
    const bool called = outside.calls > state.row.calls_seen;
    look_outside(state, walk, outside);
    walk.timers(true);
    walk.advance_all();
    auto decided = walk.take(outside.calls);
    decided.changed = decided.changed || called;
    state.row.calls_seen = outside.calls;
    return decided;
}

void hold(State& state) { state.holding = true; }

std::vector<StepStart> recorded_starts(const State& state) {
    std::vector<StepStart> starts;
    for (const auto& path : state.running) {
        const auto at = locate(state, path);
        if (!at)
            continue;
        auto asked = wanted(state, *at->frame, at->step);
        if (auto* failure = std::get_if<unit::Failure>(&asked))
            throw Error{ErrorCode::internal, "step '" + path + "' was started, but: " + failure->message};
        auto& start = std::get<StepStart>(asked);
        start.attempt = at->state().attempt;
        starts.push_back(std::move(start));
    }
    return starts;
}

} // namespace spine::run
