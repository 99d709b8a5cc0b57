/// Published versions of workflows: publishing, listing, comparing, going back.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int publish_workflow(Session& session, const Invocation& invocation);
int list_versions(Session& session, const Invocation& invocation);
int diff_workflow(Session& session, const Invocation& invocation);
int roll_back_workflow(Session& session, const Invocation& invocation);

} // namespace spine::cli
