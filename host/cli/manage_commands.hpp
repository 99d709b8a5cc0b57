/// What people ask of runs that exist: answer, pause, cancel, retry, fork.
#pragma once

#include "cli/command.hpp"
#include "cli/command_line.hpp"

namespace spine::cli {

int approve_step(Session& session, const Invocation& invocation);
int reject_step(Session& session, const Invocation& invocation);
int pause_runs(Session& session, const Invocation& invocation);
int cancel_runs(Session& session, const Invocation& invocation);
int retry_runs(Session& session, const Invocation& invocation);
int fork_run(Session& session, const Invocation& invocation);

/// Whether runs are asked for by what they are like.
bool chooses_runs(const Invocation& invocation);
/// Goes on with every run that the options choose.
int resume_chosen(Session& session, const Invocation& invocation);

} // namespace spine::cli
