/// What a step's definition says about values, once the run is known: conditions, parameters, lengths of time.
#pragma once

#include "run/decide.hpp"
#include "run/state.hpp"
#include "workflow/expression.hpp"

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace spine::run {

/// Empty for none.
std::string text_of(const std::optional<env::TimePoint>& time);
/// At most some 300 years, so that no sum overflows.
std::chrono::milliseconds from_seconds(double seconds);
/// Whether a condition holds, or why that cannot be said.
std::variant<bool, unit::Failure> decided(const std::string& condition, const workflow::Scope& scope);
/// The values with paths replaced; `what` is for the failure.
std::variant<boost::json::object, unit::Failure> replaced(const std::string& what, const boost::json::object& values,
                                                          const workflow::Scope& scope);
void lay_over(boost::json::object& under, const boost::json::object& over);
/// What is asked of the process for a pipeline or lambda step, or why that cannot be said.
std::variant<StepStart, unit::Failure> wanted(const State& state, const Frame& frame, std::size_t at);
/// A number that comes out of a digest: in [0, 1), the same for the same question.
double jitter_of(const std::string& question);

} // namespace spine::run
