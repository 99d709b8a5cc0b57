#include "run/walk.hpp"

#include "error.hpp"
#include "workflow/json.hpp"
#include <algorithm>
#include <string_view>

namespace spine::run {

namespace json = boost::json;

namespace {

constexpr double wait_seconds_max = 1e9; ///< as the check of a definition has it
constexpr std::size_t shown_bytes_max = 200;

} // namespace

bool Walk::begin_work(Frame& frame, std::size_t at) {
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

bool Walk::choose(Frame& frame, std::size_t at, const workflow::ChoiceStep& choice) {
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

void Walk::skip_until(Frame& frame, std::size_t from, std::size_t until) {
    if (until <= from + 1)
        return;
    const auto& step = (*frame.steps)[from];
    const auto reason = step.end ? "the run ended at '" + step.name + "'" : "jumped over by '" + step.name + "'" + told_reason();
    for (auto i = from + 1; i < until; ++i)
        if (frame.states[i].status == StepStatus::pending && !frame.states[i].settled)
            skip(frame, i, reason, "jumped_over");
}

bool Walk::begin_wait(Frame& frame, std::size_t at, const workflow::WaitStep& wait) {
    const auto& step = (*frame.steps)[at];
    const auto value = workflow::substituted(wait.seconds ? *wait.seconds : wait.until.value_or(json::value{}), scope_of(s_, frame));
    if (const auto* fault = std::get_if<workflow::ExpressionFault>(&value))
        return fail(frame, at, final_failure("wait '" + step.name + "': " + fault->message, fault->hint));
    const auto& given = std::get<json::value>(value);
    const auto& written = wait.seconds ? *wait.seconds : wait.until.value_or(json::value{});
    const auto refuse = [&](const std::string& what, const std::string& hint) {
        const auto from = written.is_string() && workflow::is_path(std::string{written.get_string()}) ? " of " + std::string{written.get_string()} : std::string{};
        return fail(frame, at, final_failure("wait '" + step.name + "': '" + (wait.seconds ? "seconds" : "until") + "'" + from + " is " +
                                                 workflow::json_text(given).substr(0, shown_bytes_max) + ", " + what,
                                             hint, unit::Category::configuration));
    };
    env::TimePoint until = now_;
    if (wait.seconds) {
        // Said so that what is no number at all is refused too.
        if (!given.is_number() || !(given.to_number<double>() >= 0 && given.to_number<double>() <= wait_seconds_max))
            return refuse("which is no number of seconds from 0 to 1e9", "thirty years are the most; 'until' takes a time");
        until = now_ + from_seconds(given.to_number<double>());
    } else {
        try {
            until = env::time_from(given.is_string() ? std::string{given.get_string()} : workflow::json_text(given));
        } catch (const Error&) {
            return refuse("which is no time up to the year 9999", "write 2026-01-31T06:00:00Z, or a date alone for midnight UTC");
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
    if (wait.seconds) // a time that was named is a promise about the world's clock
        record.wait_ms = (until - now_).count();
    record.begun_no = s_.events + 1;
    write(record);
    return true;
}

namespace {

/// A message with what stands at the paths in it; one that leads nowhere, or to more than a few words, stays as it was written.
std::string filled(const std::string& message, const workflow::Scope& scope) {
    constexpr std::size_t value_bytes_max = 200;
    constexpr std::string_view in_paths = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.[]";
    std::string text;
    for (std::size_t at = 0; at < message.size();) {
        const auto begin = std::min(message.find("$.", at), message.size());
        text += message.substr(at, begin - at);
        auto end = std::min(message.find_first_not_of(in_paths, begin + (begin < message.size() ? 2 : 0)), message.size());
        while (end > begin && message[end - 1] == '.') // of the sentence
            --end;
        const auto path = message.substr(begin, end - begin);
        const auto found = workflow::substituted(json::value(path), scope);
        const auto* value = std::get_if<json::value>(&found);
        const auto words = value == nullptr || value->is_null() ? path : value->is_string() ? std::string{value->get_string()} : workflow::json_text(*value);
        text += words.size() > value_bytes_max ? path : words;
        at = std::max(end, begin + 1);
    }
    return text;
}

} // namespace

bool Walk::begin_approval(Frame& frame, std::size_t at, const workflow::ApprovalStep& approval) {
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
    record.output = {{"approvers", std::move(approvers)}, {"message", filled(approval.message, scope)}, {"context", std::move(context)}};
    record.reason = record.output.at("message").as_string();
    if (approval.timeout_hours) {
        const auto lasts = from_seconds(*approval.timeout_hours * 3600);
        record.wake_at = env::to_text(now_ + lasts);
        record.wait_ms = lasts.count();
    }
    record.begun_no = s_.events + 1;
    write(record);
    return true;
}

} // namespace spine::run
