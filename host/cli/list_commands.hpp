/// Lists of what happened and of what is known about the data.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int list_runs(Session& session, const Invocation& invocation);
int list_manifest(Session& session, const Invocation& invocation);
int list_captures(Session& session, const Invocation& invocation);
int list_rejects(Session& session, const Invocation& invocation);
int list_quality(Session& session, const Invocation& invocation);
int list_anomalies(Session& session, const Invocation& invocation);

} // namespace spine::cli
