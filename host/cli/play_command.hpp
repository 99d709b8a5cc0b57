/// A workflow that is played step by step.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int play_workflow(Session& session, const Invocation& invocation);

} // namespace spine::cli
