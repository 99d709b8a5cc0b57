/// Workflows: what there is, whether it is sound, what it would do, doing it, and going on with what was interrupted.
#pragma once

#include "cli/command.hpp"
#include "control/workflows.hpp"

#include <string>
#include <vector>

namespace spine::cli {

int list_workflows(Session& session, const Invocation& invocation);
int show_workflow(Session& session, const Invocation& invocation);
int validate_workflows(Session& session, const Invocation& invocation);
int plan_workflow(Session& session, const Invocation& invocation);
int run_workflow(Session& session, const Invocation& invocation);
int resume_runs(Session& session, const Invocation& invocation);

/// What runs need of this session; progress is told by its words.
control::Means means_of(Session& session);

/// This process goes on with a run that was just made due, and tells how it ended; whoever was quicker than this one is told about instead.
int go_on_with(Session& session, const std::string& run_id);
/// With one after the other, a line for each; the exit code is the worst one.
int go_on_with_each(Session& session, const std::vector<std::string>& run_ids);

} // namespace spine::cli
