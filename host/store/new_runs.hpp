/// Runs as they begin: their definitions, their row, what their workflow's concurrency says about them.
#pragma once

#include "run/along.hpp"
#include "store/along.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace spine::store {

/// In the words of the index of unfinished runs, so that it is used.
inline constexpr const char* unfinished_runs = "status IN ('pending', 'running', 'waiting', 'paused')";

/// How a new run stands after its insert.
enum class Begun { running, queued, skipped };

/// Inserts the run with its definitions and, when its workflow has room, its first records. A queued run has no records: who gets it begins it. One that
/// is skipped ends as cancelled at once.
Begun begin_run(const RunHand& hand, const run::NewRun& wanted, const std::string& now);
/// Inserts the run and its records as one that nobody has and that is due.
void begin_unowned(const RunHand& hand, const run::NewRun& wanted, const std::string& now);

/// Runs of the workflow that run or wait.
std::int64_t at_work(Connection& connection, const std::string& workflow);
/// Queued runs of the workflow that came before this one and that a living process waits for. Those that nobody waits for let others pass.
std::int64_t ahead_of(const RunHand& hand, const std::string& workflow, const std::string& run_id);
/// This process waits for the turn of a queued run, unless another living one does.
void wait_for_turn(const RunHand& hand, const std::string& run_id);
/// Its turn has come, or it has ended.
void end_turn(const RunHand& hand, const std::string& run_id);
/// "2 of at most 2 runs of NAME are at work, and 1 waits before it"
std::string crowd_text(std::int64_t at_work, std::int64_t most, const std::string& workflow, std::int64_t ahead = 0);

} // namespace spine::store
