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
/// "2 of at most 2 runs of NAME are at work"
std::string crowd_text(std::int64_t at_work, std::int64_t most, const std::string& workflow);

} // namespace spine::store
