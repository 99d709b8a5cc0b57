/// The program about itself.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int examine_installation(Session& session, const Invocation& invocation);
int show_version(Session& session, const Invocation& invocation);

} // namespace spine::cli
