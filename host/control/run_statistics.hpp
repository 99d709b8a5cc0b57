/// How the runs of a workflow went: how many succeed, how long they take, what fails, which steps are slow, and how that changes from day to day.
#pragma once

#include "control/run_history.hpp"
#include "env/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::control {

/// By nearest rank: the p-th percentile of n sorted values is the value at rank ceil(p / 100 * n), counted from 1; so each is a duration that a run
/// really had. `values` is reordered. Nothing without values.
std::optional<std::chrono::milliseconds> percentile(std::vector<std::chrono::milliseconds>& values, int percent);

struct FailureCount {
    std::string category;
    std::int64_t runs = 0;

    bool operator==(const FailureCount&) const = default;
};
/// All attempts of one step; items of a map together, as "each[]/normalize".
struct StepTimes {
    std::string step;
    std::string type;
    std::int64_t attempts = 0;
    std::int64_t failed = 0;
    std::chrono::milliseconds total{0};
    std::chrono::milliseconds longest{0};
};
/// Runs that began on one UTC day.
struct DayTrend {
    std::string day; ///< 2026-01-02
    std::int64_t runs = 0;
    std::int64_t failed = 0;
    std::optional<std::chrono::milliseconds> median; ///< of those that completed

    bool operator==(const DayTrend&) const = default;
};

struct RunStatistics {
    std::int64_t runs = 0;
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    std::int64_t cancelled = 0;
    std::int64_t unfinished = 0;
    std::int64_t forks = 0; ///< among all of them: they count by what they did themselves
    /// Of runs that completed or failed; a run that somebody cancelled says nothing about the workflow.
    std::optional<double> success_rate;
    /// From start to end, waits included, of runs that completed: a run that failed early would make the workflow look fast. A fork too: it did
    /// only a part.
    std::optional<std::chrono::milliseconds> p50, p90, p99;
    std::vector<FailureCount> failures; ///< most frequent first
    std::vector<StepTimes> slowest;     ///< by their mean, at most `slowest_max`
    std::vector<DayTrend> days;         ///< with runs, oldest first
    bool runs_cut = false;              ///< only the newest `runs_max` were looked at
    bool steps_cut = false;             ///< only the newest `step_attempts_max` attempts
};
inline constexpr std::size_t runs_max = 1'000'000;
inline constexpr std::size_t step_attempts_max = 1'000'000;
inline constexpr std::size_t slowest_max = 10;

/// Of the runs that began at or after `since`. Memory: 16 bytes a completed run, and one entry for each name of a step.
RunStatistics run_statistics(RunHistory& history, const std::string& workflow, env::TimePoint since);

/// "each[17]/normalize" as "each[]/normalize".
std::string step_name_of(std::string_view path);

} // namespace spine::control
