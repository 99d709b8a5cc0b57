/// How a step's work ended, in the words of a run: failures, a lambda's answer, and whether what it asks of the run's course can be granted.
#pragma once

#include "run/decide.hpp"
#include "run/lambda.hpp"
#include "workflow/catalogue.hpp"

#include <functional>

namespace spine::run {

/// Cancelled when the failure says so.
StepEnd failed_end(unit::Failure failure);
/// Parameters or config do not fit their table.
StepEnd faulty_end(const workflow::Diagnostics& faults);
/// A lambda that fails changes nothing and asks for nothing.
StepEnd end_of(LambdaResult answer);
/// A workflow that a run may spawn, with everything that it may start, by names; empty: there is none.
using Spawnable = std::function<Children(const std::string& workflow)>;
/// Judges the requests of a completed step as if they stood in the file; one fault fails the step. Definitions of spawned workflows are put into
/// `end.spawned`.
void judge(const State& state, const std::string& path, const workflow::Catalogue& catalogue, const Spawnable& spawnable, StepEnd& end);

} // namespace spine::run
