/// Looking at a run while it goes: what happens to it, and what its steps say.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int watch_run(Session& session, const Invocation& invocation);
int show_logs(Session& session, const Invocation& invocation);

} // namespace spine::cli
