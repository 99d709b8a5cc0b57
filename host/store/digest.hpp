/// The digest that tells whether two stores hold the same data: every table that counts, in key order, without times,
/// durations, ids (capture_id stays), batch, attempt, fence, generation and capture_seq. History (executions, anomalies, work
/// items, runs of workflows with their definitions and steps) is outside, and so are manifest rows of runs that never had a partition: they are
/// named by an id.
#pragma once

#include "control/store.hpp"
#include "store/connection.hpp"

namespace spine::store {

control::Table digest_of(Connection& connection);

} // namespace spine::store
