/// Doing a pipeline, and looking at what was done.
#pragma once

#include "cli/command.hpp"
#include "control/control.hpp"

#include <string_view>

namespace spine::cli {

int run_pipeline(Session& session, const Invocation& invocation);
int show_run(Session& session, const Invocation& invocation);

/// How an execution ended, in the word that every command has for it.
std::string_view to_text(run::Result::Status status);

} // namespace spine::cli
