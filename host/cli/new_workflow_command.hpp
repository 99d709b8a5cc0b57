/// The beginning of a workflow, in a file of its own.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int new_workflow(Session& session, const Invocation& invocation);

} // namespace spine::cli
