#include "run/step_values.hpp"

#include "run/frame.hpp"
#include "workflow/sha256.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spine::run {

namespace json = boost::json;
using std::chrono::milliseconds;

std::string text_of(const std::optional<env::TimePoint>& time) { return time ? env::to_text(*time) : std::string{}; }

milliseconds from_seconds(double seconds) {
    constexpr double longest = 1e10; // 300 years: a limit, so that no sum overflows
    return milliseconds{static_cast<std::int64_t>(std::llround(std::clamp(seconds, 0.0, longest) * 1000.0))};
}

namespace {
unit::Failure fault_in(const std::string& what, const std::string& text, const workflow::ExpressionFault& fault) {
    return final_failure(what + " '" + text + "', column " + std::to_string(fault.column) + ": " + fault.message, fault.hint);
}
} // namespace

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

double jitter_of(const std::string& question) {
    const auto digest = workflow::sha256_hex(question).substr(0, 12);
    return static_cast<double>(std::stoull(digest, nullptr, 16)) / static_cast<double>(std::uint64_t{1} << 48);
}

} // namespace spine::run
