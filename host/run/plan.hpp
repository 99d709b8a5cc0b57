/// What a pipeline would read and write if it were done now.
#pragma once

#include "run/invoker.hpp"
#include "workflow/catalogue.hpp"

namespace spine::run {

/// From the plugin's own `plan`, or from the declaration; inputs sorted, digests filled in.
Planned plan_of(const Call& call, Invoker& invoker, const workflow::Catalogue& catalogue, unit::State& state);

} // namespace spine::run
