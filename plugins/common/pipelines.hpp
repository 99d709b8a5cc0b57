// Work that any installation can name, of no domain: to try out a set-up, a queue or a workflow.
#pragma once

#include <spine/plugin.hpp>

namespace spine_common {

/// Does nothing, successfully.
void noop(spine::Attempt& attempt);

/// Waits so many seconds, or until it is cancelled.
void sleep(spine::Attempt& attempt);

/// Fails with a category, the first so many times or always.
void fail(spine::Attempt& attempt);

} // namespace spine_common
