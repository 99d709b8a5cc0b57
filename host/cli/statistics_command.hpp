/// How the runs of a workflow went.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int show_statistics(Session& session, const Invocation& invocation);

} // namespace spine::cli
