/// Writes what a run of a workflow says, inside the transaction of something else: a commit of the run book, or the end of an execution
/// that is a step of the run.
#pragma once

#include "queue/claim.hpp"
#include "run/along.hpp"
#include "run/run_journal.hpp"
#include "store/connection.hpp"
#include "store/owned_runs.hpp"

#include <optional>
#include <string>

namespace spine::store {

/// Who writes runs in a transaction; all of it outlives the write.
struct RunHand {
    Connection& connection;
    std::string process;        ///< who has the runs that begin: the process, whichever thread of it writes
    OwnedRuns* owned = nullptr; ///< hears of runs that the process gets; null: nobody asks
    queue::Liveness* liveness = nullptr; ///< who waits for a turn and lives; null: nobody
};

/// Lost when the run's fence no longer holds or it has ended, stale when an approval that it ends was answered otherwise: then nothing was written.
run::Written write_along(const RunHand& hand, const run::Along& along, const std::string& now);

/// Asks what rides with the end of an execution, and writes it. As above; `silent` when the run has nothing to say, yes when there is no run.
run::Written write_following(const RunHand& hand,
                             const run::Follow& follow,
                             const run::Ended& ended,
                             const std::string& now,
                             run::Written silent = run::Written::yes);

/// Whether the run, if it is known, is one that the process of this worker has.
bool run_is_ours(Connection& connection, const std::string& run_id, const std::string& worker);

/// Whether the store has the tables of workflows; one that an earlier version made and nobody migrated has not.
bool has_workflow_tables(Connection& connection);
/// Whether it has those of the durable engine as well.
bool has_engine_tables(Connection& connection);
/// Whether it has those of waits and queues too, without which no run can be written.
bool has_turns(Connection& connection);

} // namespace spine::store
