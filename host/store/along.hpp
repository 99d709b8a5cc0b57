/// Writes what a run of a workflow says, inside the transaction of something else: a commit of the run journal, or the end of an execution
/// that is a step of the run.
#pragma once

#include "run/along.hpp"
#include "store/connection.hpp"
#include "unit/outcome.hpp"

#include <optional>
#include <string>

namespace spine::store {

/// False when the run's fence no longer holds or the run is finished: nothing was written.
bool write_along(Connection& connection, const run::Along& along, const std::string& now);

/// Asks what rides with the end of an execution, and writes it. False as above; true when nothing rides.
bool write_following(Connection& connection,
                     const run::Follow& follow,
                     const run::Ended& ended,
                     const std::string& now);

/// Whether the run, if it is known, is one that this worker has.
bool run_is_ours(Connection& connection, const std::string& run_id, const std::string& worker);

/// A failure is kept as three columns: category, message, and a JSON text of the rest.
void bind_failure(SQLite::Statement& statement, int from, const std::optional<unit::Failure>& failure);
std::optional<unit::Failure> failure_from(SQLite::Statement& row, int from);

/// Whether the store has the tables of workflows; one that an earlier version made and nobody migrated has not.
bool has_workflow_tables(Connection& connection);

} // namespace spine::store
