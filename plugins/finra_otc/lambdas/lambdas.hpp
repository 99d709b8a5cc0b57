// Light checks that a workflow may put between the pipelines of the domain, one function for each,
// in a file of its name.
#pragma once

#include <spine/plugin.hpp>

namespace finra {

/// Whether a tier's week has already reached a stage from its newest capture; lets a workflow skip
/// it.
void check_week_exists(spine::Check& check);

} // namespace finra
