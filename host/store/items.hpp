/// Work items and executions: enqueue, claim, adopt, close. All inside the caller's write transaction.
#pragma once

#include "env/clock.hpp"
#include "queue/claim.hpp"
#include "run/journal.hpp"
#include "store/attempt.hpp"
#include "store/connection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace spine::store {

/// "PIPELINE|PARTITION" when one partition is known before the work and it is not history; else "PIPELINE|PARAMETERS".
std::string item_key(const workflow::Pipeline& pipeline,
                     const std::vector<unit::Partition>& outputs,
                     bool historic,
                     const std::string& params);

/// The parameters as they stand in keys. Work on no data is the step's own: two steps with the same parameters are two pieces of work.
std::string params_of_key(const run::Request& request);

/// The live item of a key or of the same parameters, with the parameters it was made for.
struct LiveItem {
    queue::Item item;
    std::string params;
    std::string batch_id;
    std::string created_at;
    int attempt = 1;
};
std::optional<LiveItem> find_live(Connection& connection,
                                  const std::string& key,
                                  const std::string& params_key);

/// "process …, since …"
std::string describe_worker(const std::string& worker, const std::string& since);
/// "execution … (process …, since …)"
std::string describe_holder(const LiveItem& live);

/// Inserts an execution. `status` running or skipped.
void insert_execution(Connection& connection,
                      const run::Request& request,
                      const std::string& key,
                      const std::string& status,
                      const std::string& reason,
                      const boost::json::object& outputs,
                      const std::string& now);
/// Inserts a RUNNING item for the execution, with fence 1; returns its id.
std::int64_t insert_item(Connection& connection,
                         const run::Request& request,
                         const std::string& key,
                         const std::string& params_key,
                         const std::string& worker,
                         const std::string& now);
/// The item goes to this worker: attempt and fence grow. Returns the new fence.
std::int64_t take_over(Connection& connection,
                       const LiveItem& live,
                       const run::Request& request,
                       const std::string& key,
                       const std::string& worker,
                       const std::string& now);
/// The owner died for good: its item and execution end as failed, category CRASH.
void bury(Connection& connection, const LiveItem& live, const std::string& now);

/// Moves the attempt's item to the key of a partition that was learned while working; one that began without an item gets its execution and its item,
/// with fence 1.
struct PartitionClaim {
    std::string holder;       ///< who has the partition; empty: this attempt
    std::int64_t item_id = 0; ///< of this attempt
};
PartitionClaim claim_partition(Connection& connection,
                            queue::Liveness& liveness,
                            env::Clock& clock,
                            const Attempt& attempt,
                            const unit::Partition& partition);

/// Ends item and execution if the fence still holds; false when it does not and nothing was changed.
struct Ending {
    queue::ItemState item = queue::ItemState::complete;
    std::string status;
    std::string reason;
    boost::json::object outputs;
    std::string error_category;
    std::string error_message;
};
bool end_execution(Connection& connection,
                   const Attempt& attempt,
                   const Ending& ending,
                   const std::string& now);

/// The execution of an attempt that began without one and has something to tell beside its step's record.
void record_execution(Connection& connection, const Attempt& attempt, const Ending& ending, const std::string& now);

/// The pins of an attempt as they are kept with its execution.
std::string inputs_text(const std::vector<unit::Input>& inputs);

} // namespace spine::store
