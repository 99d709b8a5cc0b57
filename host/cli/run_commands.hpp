/// Doing a pipeline, and looking at what was done.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int run_pipeline(Session& session, const Invocation& invocation);
int show_run(Session& session, const Invocation& invocation);

} // namespace spine::cli
