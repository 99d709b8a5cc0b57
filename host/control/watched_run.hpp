/// An execution of its own on a thread that is watched, so that a plugin which does not come back ends the wish for it and not the program's patience.
#pragma once

#include "env/clock.hpp"
#include "run/runner.hpp"

#include <chrono>
#include <functional>

namespace spine::control {

/// What makes the runner on the thread that uses it, and does the wish; the token hangs on the process's.
using Execute = std::function<run::Result(const run::CancelToken& cancel, const std::function<void(const std::string& execution_id)>& begun)>;

/// Does it and waits. When the plugin's time is over, or it was told to stop, and it has not come back after `grace`, its thread is left where it is: the
/// execution ends as failed with TIMEOUT (as cancelled when it was told to), recorded through `journal`, which nobody else uses then.
/// Fails: throws what `execute` throws.
run::Result execute_watched(const Execute& execute, run::Journal& journal, const run::CancelToken& process, env::Clock& clock,
                            std::chrono::nanoseconds grace);

} // namespace spine::control
