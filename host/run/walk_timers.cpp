#include "run/walk.hpp"

namespace spine::run {

namespace json = boost::json;

void Walk::timers(bool seen_outside) {
    const std::vector<std::pair<env::TimePoint, std::string>> due(
        s_.wakes.begin(), s_.wakes.upper_bound({now_, std::string(1, '\x7f')}));
    for (const auto& one : due)
        if (s_.wakes.contains(one) && !s_.holding && (may_begin() || is_handler(one.second)) &&
            (seen_outside || !answered_outside(one.second)))
            fire(one.second);
    if (is_late() && !over())
        time_out();
}

bool Walk::is_late() const {
    const auto limit = run_deadline();
    return limit && *limit <= now_ && !s_.failure;
}

bool Walk::answered_outside(const std::string& path) const {
    const auto at = locate(s_, path);
    return at && !at->state().again && !std::holds_alternative<workflow::WaitStep>(at->definition().kind);
}

std::optional<env::TimePoint> Walk::run_deadline() const {
    if (!s_.workflow->timeout_seconds)
        return std::nullopt;
    return s_.started + from_seconds(*s_.workflow->timeout_seconds) + s_.clock_ahead;
}

void Walk::heed_clock(bool taken_up) {
    // What the clock may be set back by in the course of being kept right is not worth a record.
    constexpr std::chrono::seconds slack{1};
    json::object waits;
    for (auto at = s_.wakes.rbegin(); at != s_.wakes.rend(); ++at) {
        const auto step = locate(s_, at->second);
        if (step && step->state().wait.count() > 0 && at->first - now_ > step->state().wait + slack)
            waits[at->second] = env::to_text(now_ + step->state().wait);
    }
    const bool begins_anew = taken_up && s_.workflow->timeout_seconds && s_.started > now_ + slack;
    s_.clock_went_back = false;
    if (waits.empty() && !begins_anew)
        return;
    StepRecord mark;
    mark.step = "@clock";
    mark.generation = s_.generation;
    mark.attempt = static_cast<int>(s_.events + 1);
    mark.type = "control";
    mark.status = StepStatus::completed;
    mark.reason = "the clock had been ahead";
    mark.output = {{"at", env::to_text(now_)}};
    if (!waits.empty())
        mark.output["waits"] = std::move(waits);
    if (begins_anew)
        mark.output["started"] = env::to_text(now_);
    mark.begun_no = mark.ended_no = s_.events + 1;
    write(mark);
}

void Walk::fire(const std::string& path) {
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
        end.failure = final_failure("run " + child + " has not ended in time",
                                    "give the step a longer timeout_seconds", unit::Category::timeout);
        end.failure->retry = unit::Retry::by_category;
    }
    settle_at(path, std::move(end));
}

void Walk::time_out() {
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

} // namespace spine::run
