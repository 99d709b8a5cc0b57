#include "run/walk.hpp"

#include "workflow/json.hpp"
#include <algorithm>
#include <utility>

namespace spine::run {

namespace json = boost::json;

Decided Walk::take(std::int64_t calls_seen) {
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

void Walk::reach(std::string stage, std::uint32_t rank, std::int64_t rows, json::object metrics) {
    out_.along.stages.push_back({std::move(stage), rank, rows, std::move(metrics)});
}

void Walk::died(const std::string& path) {
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
        crash.message += ", " + std::to_string(at->state().deaths + 1) + " times";
    else
        telling.again = now_;
    end.failure = std::move(crash);
    record_end(*at->frame, at->step, end, telling);
}

void Walk::end(const std::string& path, StepEnd end) {
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
    telling.child_run_id = name_spawned(end.requests);
    if (end.status == StepStatus::cancelled && !s_.holding && (handler || !winding_down()))
        end.status = StepStatus::failed; // nobody asked for it but the step itself
    if (end.status == StepStatus::cancelled) {
        if (handler || !winding_down())
            telling.again = now_;
    } else if (end.status == StepStatus::failed) {
        if (!end.failure)
            end.failure = final_failure("it failed without a reason", "");
        if ((handler || !winding_down()) && end.failure->elsewhere)
            telling.again = now_ + busy_delay(at->state().attempt);
        else if (handler || !winding_down())
            // A CRASH that somebody tells (a child run, an item, a plugin) was counted with the deaths, and must not be tried again for ever.
            telling.again = retry_at(at->definition(),
                                     *end.failure,
                                     at->state().failures + (end.failure->category == unit::Category::crash ? at->state().deaths : 0) + 1,
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

void Walk::answered(const std::string& path, const json::object& answer) {
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

void Walk::child_ended(const std::string& path, const Outside::ChildEnd& child) {
    const auto at = locate(s_, path);
    if (!at || at->state().status != StepStatus::waiting || at->state().child_run_id != child.run_id)
        return;
    if (at->state().wake && !child.at.empty() && *at->state().wake < env::time_from(child.at))
        return; // the step's time was over before: its timer says so
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

std::string Walk::word(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

bool Walk::is_handler(const std::string& path) const {
    return s_.workflow->failure_handler && s_.workflow->failure_handler->name == path;
}

bool Walk::over() const {
    const auto& root = *s_.root;
    return root.parallel ? root.settled >= root.steps->size() && root.detours.empty()
                         : root.cursor >= root.steps->size() && root.detours.empty();
}

void Walk::settle_at(const std::string& path, StepEnd end, const std::string& child) {
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

StepRecord Walk::fresh_record(const Frame& frame, std::size_t at, int attempt) {
    StepRecord record;
    record.step = path_of(frame, at);
    record.generation = s_.generation;
    record.attempt = attempt;
    record.type = std::string{workflow::type_of((*frame.steps)[at])};
    return record;
}

void Walk::write(const StepRecord& record) {
    out_.along.steps.push_back(record);
    apply(s_, record);
}

bool Walk::record_end(Frame& frame, std::size_t at, const StepEnd& end, const Telling& telling) {
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
    if (telling.again)
        record.wait_ms = (*telling.again - now_).count();
    const bool item = frame.outer != nullptr;
    auto* outer = frame.outer;
    const auto outer_step = frame.outer_step;
    const auto number = frame.item;
    const bool settles = !telling.again && !known.settled;
    if (item && settles) // which may be over, and gone, with the end of this step
        skip_until(frame, at, jump_of(frame, at, end));
    const bool handler = &frame == s_.handler.get();
    if (!item && &frame != s_.handler.get())
        reach_stage(frame, at, end);
    write(record_at_end(std::move(record), begun ? known.begun_no : 0));
    if (!item) {
        if (settles && !handler) // by the order as the step may have changed it
            skip_until(frame, at, jump_of(frame, at, end));
        return true;
    }
    const auto map = outer->maps.find(outer_step);
    return map != outer->maps.end() && map->second->frames.contains(number) && !map->second->frames.at(number)->failed;
}

StepRecord Walk::record_at_end(StepRecord record, std::int64_t begun_no) const {
    record.ended_no = s_.events + 1;
    record.begun_no = begun_no != 0 ? begun_no : record.ended_no;
    return record;
}

std::size_t Walk::jump_of(const Frame& frame, std::size_t at, const StepEnd& end) {
    const auto& step = (*frame.steps)[at];
    if (frame.parallel)
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

void Walk::reach_stage(const Frame& frame, std::size_t at, const StepEnd& end) {
    const auto& step = (*frame.steps)[at];
    // One that was left out has reached nothing; one whose work had been done before has.
    const bool done = end.status == StepStatus::completed || (end.status == StepStatus::skipped && !end.execution_id.empty());
    if (step.stage.empty() || !done)
        return;
    std::int64_t rows = 0;
    if (const auto* count = end.output.if_contains("row_count"); count != nullptr && count->is_int64())
        rows = count->get_int64();
    reach(step.stage, static_cast<std::uint32_t>(at + 1), rows);
}

bool Walk::skip(Frame& frame, std::size_t at, const std::string& reason, std::string_view mark) {
    StepEnd end;
    end.status = StepStatus::skipped;
    end.reason = reason;
    end.output = {{"skipped", true}, {"reason", reason}};
    if (!mark.empty())
        end.output[mark] = true;
    return record_end(frame, at, end);
}

bool Walk::fail(Frame& frame, std::size_t at, unit::Failure failure) {
    StepEnd end;
    end.failure = std::move(failure);
    return record_end(frame, at, end);
}

std::string Walk::told_reason() const {
    const auto* reason = s_.params.if_contains("skip_reason");
    return reason != nullptr && reason->is_string() ? ": " + std::string{reason->get_string()} : std::string{};
}

} // namespace spine::run
