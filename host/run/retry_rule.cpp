#include "run/decide.hpp"

#include "error.hpp"
#include "run/frame.hpp"
#include "workflow/sha256.hpp"

#include <algorithm>
#include <cmath>

namespace spine::run {

namespace json = boost::json;
using std::chrono::milliseconds;

namespace {

constexpr double delay_seconds_max = 366.0 * 24 * 3600; ///< a limit, so that no sum overflows

struct Rule {
    std::int64_t attempts_max = 1;
    double delay_first_seconds = 1;
    double multiplier = 2;
    std::optional<double> delay_max_seconds; ///< none: what the author wrote is not cut
    std::vector<std::string> categories; ///< empty: those that retry by default
};

Rule rule_of(const workflow::Step& step) {
    Rule rule;
    if (!step.retry && step.on_error != workflow::OnError::retry) {
        // Work on data is worth a second try at once, as it is outside of a workflow; what a lambda says does not change.
        if (std::holds_alternative<workflow::PipelineStep>(step.kind))
            return {3, 0.2, 4, {}, {"TRANSIENT", "TIMEOUT"}};
        return rule;
    }
    const auto written = step.retry.value_or(workflow::RetryRule{});
    rule.attempts_max = written.max_attempts.value_or(3);
    rule.delay_first_seconds = written.initial_delay_seconds.value_or(rule.delay_first_seconds);
    rule.multiplier = written.backoff_multiplier.value_or(rule.multiplier);
    rule.delay_max_seconds = written.max_delay_seconds;
    rule.categories = written.retryable_categories;
    return rule;
}

} // namespace

std::optional<env::TimePoint>
retry_at(const workflow::Step& step, const unit::Failure& failure, int failures, env::TimePoint now, double jitter) {
    // A map is not done again as a whole: its steps have rules of their own.
    if (std::holds_alternative<workflow::MapStep>(step.kind) || std::holds_alternative<workflow::ApprovalStep>(step.kind))
        return std::nullopt;
    const auto rule = rule_of(step);
    if (failures >= rule.attempts_max || failure.category == unit::Category::cancelled)
        return std::nullopt;
    switch (failure.retry) {
    case unit::Retry::never:
    case unit::Retry::after_input_change: return std::nullopt;
    case unit::Retry::now: return now;
    case unit::Retry::backoff:
        if (failure.backoff.count() > 0)
            return now + std::min(failure.backoff, milliseconds{static_cast<std::int64_t>(delay_seconds_max) * 1000});
        break;
    case unit::Retry::by_category: {
        const auto name = std::string{unit::to_text(failure.category)};
        const bool named = std::find(rule.categories.begin(), rule.categories.end(), name) != rule.categories.end();
        if (rule.categories.empty() ? !unit::retries_by_default(failure.category) : !named)
            return std::nullopt;
    }
    }
    // What was asked for is the least; chance adds up to a fifth, so that many do not come back at once, but goes over no limit that was written.
    const auto asked = std::max(0.0, rule.delay_first_seconds * std::pow(std::max(1.0, rule.multiplier), failures - 1));
    const auto most = std::clamp(rule.delay_max_seconds.value_or(delay_seconds_max), 0.0, delay_seconds_max);
    const auto seconds = std::min(asked * (1.0 + jitter / 5.0), most);
    return now + milliseconds{static_cast<std::int64_t>(std::llround(seconds * 1000.0))};
}

milliseconds busy_delay(int attempt) {
    constexpr int doublings_max = 6;
    constexpr milliseconds longest{60'000};
    return std::min(longest, milliseconds{1000} * (1 << std::clamp(attempt - 1, 0, doublings_max)));
}

unit::Failure final_failure(const std::string& message, const std::string& hint, unit::Category category) {
    unit::Failure failure;
    failure.category = category;
    failure.message = message;
    failure.hint = hint;
    failure.retry = unit::Retry::never;
    failure.exit_code = unit::exit_code(failure.category);
    return failure;
}

json::object step_output(json::object own, bool skipped, const std::string& reason) {
    const auto otherwise = [&](std::string_view name, json::value value) {
        if (!own.contains(name))
            own[name] = std::move(value);
    };
    otherwise("row_count", 0);
    own["record_count"] = own["row_count"];
    otherwise("reject_count", 0);
    otherwise("error_count", 0);
    otherwise("null_count", 0);
    otherwise("null_rate", 0.0);
    otherwise("capture_id", nullptr);
    own["skipped"] = skipped;
    own["reason"] = reason.empty() ? json::value(nullptr) : json::value(reason);
    return own;
}

std::string derived_id(env::TimePoint time, const std::string& of) {
    // RFC 9562, version 7: 48 bits of time, then bits that are random to everybody else.
    const auto digest = workflow::sha256_hex(of);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id;
    const auto ms = static_cast<std::uint64_t>(time.time_since_epoch().count());
    for (int shift = 44; shift >= 0; shift -= 4)
        id += digits[(ms >> static_cast<unsigned>(shift)) & 0xf];
    id += '7' + digest.substr(0, 3);
    id += digits[8 | (digits.find(digest[3]) & 3)];
    id += digest.substr(4, 15);
    for (const auto at : {8, 13, 18, 23})
        id.insert(static_cast<std::size_t>(at), 1, '-');
    return id;
}

std::string spawned_id(env::TimePoint asked, const std::string& run_id, int generation, const std::string& name) {
    return derived_id(asked, run_id + "|" + std::to_string(generation) + "|spawn|" + name);
}

namespace {

/// What of the step did not end well: itself, and of a map what failed inside.
void failed_at(const Frame& frame, std::size_t at, std::vector<std::string>& paths) {
    const auto status = frame.states[at].status;
    if (frame.states[at].settled && status == StepStatus::failed && (*frame.steps)[at].on_error == workflow::OnError::go_on)
        return; // what was done after it was done knowing that
    if (frame.states[at].hangs || (status != StepStatus::pending && status != StepStatus::completed && status != StepStatus::skipped))
        paths.push_back(path_of(frame, at));
    if (const auto map = frame.maps.find(at); map != frame.maps.end())
        for (const auto& [number, item] : map->second->frames)
            for (std::size_t i = 0; i < item->states.size(); ++i)
                failed_at(*item, i, paths);
}

} // namespace

std::vector<std::string> forgotten(State& state, const std::string& from) {
    std::vector<std::string> paths;
    const auto& root = *state.root;
    if (from.empty()) {
        for (std::size_t i = 0; i < root.states.size(); ++i)
            failed_at(root, i, paths);
        return paths;
    }
    const auto found = root.index.find(from);
    if (found == root.index.end())
        throw Error{ErrorCode::not_found,
                    "run '" + state.run_id + "' has no step '" + from + "'",
                    "name a step of the workflow itself; 'spine runs show " + state.run_id + "' tells them"};
    // What failed elsewhere keeps the run from ending well.
    if (!root.parallel) {
        for (std::size_t i = 0; i < found->second; ++i)
            failed_at(root, i, paths);
        for (auto i = found->second; i < root.steps->size(); ++i)
            paths.push_back((*root.steps)[i].name);
        return paths;
    }
    std::set<std::size_t> reached{found->second};
    std::vector<std::size_t> open{found->second};
    while (!open.empty()) {
        const auto at = open.back();
        open.pop_back();
        paths.push_back((*root.steps)[at].name);
        for (const auto next : root.dependents[at])
            if (reached.insert(next).second)
                open.push_back(next);
    }
    for (std::size_t i = 0; i < root.states.size(); ++i)
        if (!reached.contains(i))
            failed_at(root, i, paths);
    return paths;
}

std::vector<StepRecord> kept_until(const RunRow& row, const std::string& step) {
    std::int64_t until = 0;
    bool known = false;
    for (const auto& record : row.steps)
        if (record.step == step) {
            until = known ? std::min(until, record.begun_no) : record.begun_no;
            known = true;
        }
    if (!known)
        throw Error{ErrorCode::not_found,
                    "run '" + row.run_id + "' never came to a step '" + step + "'",
                    "fork at a step that it has begun; 'spine runs show " + row.run_id + "' tells them"};
    std::vector<StepRecord> kept;
    std::map<std::string, int> attempts;
    for (const auto& record : row.steps) {
        const bool final = record.status == StepStatus::completed || record.status == StepStatus::skipped ||
                           record.status == StepStatus::failed;
        if (!final || record.ended_no >= until || record.step.starts_with('@'))
            continue;
        kept.push_back(record);
        kept.back().generation = row.generation + 1;
        kept.back().attempt = ++attempts[record.step];
    }
    return kept;
}

} // namespace spine::run
