/// The commit unit on SQLite: what an attempt buffered becomes visible in one transaction, or not at all.
#pragma once

#include "store/attempt.hpp"
#include "store/sqlite_unit.hpp"
#include "unit/unit.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace spine::store {

unit::Commit commit_done(const UnitPlace& place, const Attempt& attempt, const unit::Done& done);
unit::Commit commit_unneeded(const UnitPlace& place, const Attempt& attempt, const unit::Unneeded& unneeded);
/// The unit of a failed attempt: error, checks, rejects, anomalies. Committed or Fenced.
unit::Commit commit_failure(const UnitPlace& place, const Attempt& attempt, const unit::Failure& failure);

/// What the commit of an attempt without an item does, whatever its outcome; for a transaction. Its run has decided when this returns. Place and
/// attempt outlive it.
std::function<unit::Commit()> end_of_run_step(const UnitPlace& place, const Attempt& attempt, const unit::Outcome& outcome);

/// The id that a new capture of the partition gets: domain, partition values, the day of the execution; a second different
/// content on one day gets ".2".
std::string capture_id_for(Connection& connection,
                           const unit::Partition& partition,
                           const std::string& created_at);

/// `execution_id` and `stage` may be empty, and so may the partition's key.
void insert_anomaly(Connection& connection,
                    const unit::Partition& partition,
                    const std::string& stage,
                    const unit::Anomaly& anomaly,
                    const std::string& execution_id,
                    const std::string& now);

/// Capture ids of the set that a derivation was made from.
std::vector<std::string> captures_of_derivation(Connection& connection, std::int64_t derivation_seq);

} // namespace spine::store
