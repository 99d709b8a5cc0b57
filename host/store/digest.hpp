/// The digest that tells whether two stores hold the same data: every table that counts, in key order, without times,
/// durations, ids (capture_id stays), batch, attempt, fence, generation and capture_seq. History (executions, anomalies, work
/// items) is outside.
#pragma once

#include "control/store.hpp"
#include "store/connection.hpp"

namespace spine::store {

control::Table digest_of(Connection& connection);

} // namespace spine::store
