/// Captures by hand: taking one out of sight, having readers see another one.
#pragma once

#include "cli/command.hpp"

namespace spine::cli {

int withdraw_capture(Session& session, const Invocation& invocation);
int publish_capture(Session& session, const Invocation& invocation);

} // namespace spine::cli
