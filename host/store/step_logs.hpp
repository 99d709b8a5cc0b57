/// What attempts of steps said, bounded.
#pragma once

#include "store/connection.hpp"
#include "unit/unit.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace spine::store {

/// What is kept of one attempt; then one line tells how much was dropped.
inline constexpr std::size_t log_lines_max = 10'000;
inline constexpr std::size_t log_bytes_max = std::size_t{1} << 20;

/// The lines of one attempt, as far as they are kept. Threads: one at a time.
class StepLog {
public:
    StepLog() = default;
    explicit StepLog(const std::vector<unit::LogLine>& lines) {
        for (const auto& line : lines)
            add(line);
    }
    void add(unit::LogLine line);
    bool empty() const noexcept { return lines_.empty() && dropped_lines_ == 0; }
    /// With the last line, when something was dropped.
    std::vector<unit::LogLine> lines() const;

private:
    std::vector<unit::LogLine> lines_;
    std::size_t bytes_ = 0;
    std::size_t dropped_lines_ = 0;
    std::size_t dropped_bytes_ = 0;
    std::string dropped_at_;
};

/// Whose lines they are.
struct LoggedAttempt {
    std::string run_id;       ///< empty: of no run
    std::string execution_id; ///< empty: of no execution
    std::string step;         ///< its path; empty: of no run
    int generation = 1;
    int attempt = 1; ///< of the step; of the execution when there is no run
};

/// Inserts them in the transaction that is open. An attempt's lines may come in several parts; the bounds are of each.
void write_step_log(Connection& connection, const LoggedAttempt& of, const StepLog& log);

} // namespace spine::store
