/// Ends runs as cancelled, with everything below them, and calls runs that wait for others.
#pragma once

#include "store/connection.hpp"
#include "unit/outcome.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace spine::store {

/// The unfinished ones of these runs, and of all below them, end as cancelled, and who has them can write nothing more: fences grow, steps that had
/// not ended end, executions and their work items are cancelled. Returns the runs that it ended, those below after those above.
std::vector<std::string> cancel_runs(Connection& connection,
                                     const std::vector<std::string>& run_ids,
                                     const std::string& reason,
                                     const std::string& now);

/// An execution that runs ends as cancelled, with its work item and with the children that it dispatched; false when there is none that runs.
bool cancel_execution(Connection& connection, const std::string& execution_id, const std::string& reason, const std::string& now);

/// The same for one whose plugin does not come back: they end as failed with this.
bool fail_execution(Connection& connection, const std::string& execution_id, const unit::Failure& failure, const std::string& now);

/// Somebody did something that the run has to look at; a finished run has nothing to look at.
void call_run(Connection& connection, const std::string& run_id);
/// The parent of the run, if there is one.
void call_parent_of(Connection& connection, const std::string& run_id);

} // namespace spine::store
