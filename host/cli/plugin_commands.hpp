/// The plugins and what they offer.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int list_plugins(Session& session, const Invocation& invocation);
int show_plugin(Session& session, const Invocation& invocation);
int list_pipelines(Session& session, const Invocation& invocation);
int show_pipeline(Session& session, const Invocation& invocation);

} // namespace spine::cli
