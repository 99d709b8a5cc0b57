#include "run/walk.hpp"

#include "workflow/json.hpp"

namespace spine::run {

namespace json = boost::json;

void Walk::wind_down() {
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

void Walk::conclude() {
    wind_down();
    const auto failing = [&] { return s_.failure && (winding_down() || over()); };
    if (failing() && s_.running.empty() && s_.workflow->failure_handler && !s_.holding) {
        auto& frame = *enter(s_, s_.workflow->failure_handler->name)->frame;
        if (frame.states[0].status == StepStatus::pending)
            begin(frame, 0);
    }
    auto& change = out_.along.run;
    change.current_step = current_step(s_);
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

std::string Walk::waits_for() {
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

json::object Walk::result() const {
    json::object result;
    const auto& last = s_.root->last_done;
    if (const auto* output = last.empty() ? nullptr : s_.outputs.if_contains(last); output != nullptr && output->is_object())
        result = output->get_object();
    result["outputs"] = s_.outputs;
    return result;
}

void Walk::finish_completed(const std::string& reason) {
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
    if (!waiter_of(s_.row).empty())
        change.result = result();
    change.current_step.clear();
    out_.stops = out_.changed = true;
}

void Walk::finish_failed() {
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
    if (!waiter_of(s_.row).empty())
        along.run.result = result();
    out_.stops = out_.changed = true;
}

} // namespace spine::run
