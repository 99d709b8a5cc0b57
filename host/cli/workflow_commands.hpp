/// Workflows: what there is, whether it is sound, what it would do, doing it, and going on with what was interrupted.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int list_workflows(Session& session, const Invocation& invocation);
int show_workflow(Session& session, const Invocation& invocation);
int validate_workflows(Session& session, const Invocation& invocation);
int plan_workflow(Session& session, const Invocation& invocation);
int run_workflow(Session& session, const Invocation& invocation);
int resume_runs(Session& session, const Invocation& invocation);

} // namespace spine::cli
