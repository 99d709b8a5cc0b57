#include "control/run_statistics.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace spine::control {
namespace {

using std::chrono::milliseconds;

/// Distinct steps of one statistic: a course that is changed again and again can make up names.
constexpr std::size_t names_max = 20'000;

std::string day_text(std::chrono::sys_days day) {
    return env::to_text(env::TimePoint{std::chrono::duration_cast<milliseconds>(day.time_since_epoch())}).substr(0, 10);
}

class Days {
public:
    void add(const RunSample& run) {
        const auto day = std::chrono::floor<std::chrono::days>(run.started);
        auto& entry = days_[day];
        ++entry.runs;
        if (run.status == "failed")
            ++entry.failed;
        if (run.status == "completed" && run.lasted && !run.forked)
            durations_.emplace_back(day, *run.lasted);
    }
    std::vector<milliseconds> durations() const {
        std::vector<milliseconds> all;
        all.reserve(durations_.size());
        for (const auto& [day, lasted] : durations_)
            all.push_back(lasted);
        return all;
    }
    std::vector<DayTrend> trend() {
        std::ranges::sort(durations_);
        auto at = durations_.begin();
        std::vector<DayTrend> trend;
        std::vector<milliseconds> of_day;
        for (auto& [day, entry] : days_) {
            of_day.clear();
            for (; at != durations_.end() && at->first == day; ++at)
                of_day.push_back(at->second);
            entry.day = day_text(day);
            entry.median = percentile(of_day, 50);
            trend.push_back(std::move(entry));
        }
        return trend;
    }

private:
    std::map<std::chrono::sys_days, DayTrend> days_;
    std::vector<std::pair<std::chrono::sys_days, milliseconds>> durations_;
};

void count_runs(RunHistory& history, const std::string& workflow, env::TimePoint since, RunStatistics& statistics) {
    Days days;
    std::map<std::string, std::int64_t, std::less<>> failures;
    history.visit_runs(workflow, since, [&](const RunSample& run) {
        if (static_cast<std::size_t>(statistics.runs) == runs_max) {
            statistics.runs_cut = true;
            return false;
        }
        ++statistics.runs;
        statistics.forks += run.forked ? 1 : 0;
        if (run.status == "completed")
            ++statistics.completed;
        else if (run.status == "cancelled")
            ++statistics.cancelled;
        else if (run.status == "failed")
            ++statistics.failed, ++failures[std::string{run.error_category.empty() ? "INTERNAL" : run.error_category}];
        else
            ++statistics.unfinished;
        days.add(run);
        return true;
    });
    if (const auto decided = statistics.completed + statistics.failed; decided > 0)
        statistics.success_rate = static_cast<double>(statistics.completed) / static_cast<double>(decided);
    auto durations = days.durations();
    statistics.p50 = percentile(durations, 50);
    statistics.p90 = percentile(durations, 90);
    statistics.p99 = percentile(durations, 99);
    for (const auto& [category, runs] : failures)
        statistics.failures.push_back({category, runs});
    std::ranges::stable_sort(statistics.failures, std::ranges::greater{}, &FailureCount::runs);
    statistics.days = days.trend();
}

void count_steps(RunHistory& history, const std::string& workflow, env::TimePoint since, RunStatistics& statistics) {
    std::map<std::string, StepTimes> steps;
    std::size_t attempts = 0;
    history.visit_steps(workflow, since, [&](const StepSample& sample) {
        if (attempts++ == step_attempts_max) {
            statistics.steps_cut = true;
            return false;
        }
        if (sample.status == "skipped")
            return true; // nothing was done
        auto name = step_name_of(sample.step);
        if (steps.size() >= names_max && !steps.contains(name))
            return true;
        auto& step = steps[name];
        step.step = std::move(name);
        step.type = sample.type;
        ++step.attempts;
        step.failed += sample.status == "failed" ? 1 : 0;
        step.total += sample.lasted;
        step.longest = std::max(step.longest, sample.lasted);
        return true;
    });
    for (auto& [name, step] : steps)
        statistics.slowest.push_back(std::move(step));
    std::ranges::stable_sort(statistics.slowest, std::ranges::greater{}, [](const StepTimes& step) {
        return static_cast<double>(step.total.count()) / static_cast<double>(step.attempts);
    });
    if (statistics.slowest.size() > slowest_max)
        statistics.slowest.resize(slowest_max);
}

} // namespace

std::optional<milliseconds> percentile(std::vector<milliseconds>& values, int percent) {
    if (values.empty())
        return std::nullopt;
    const auto count = static_cast<std::int64_t>(values.size());
    const auto rank = std::max<std::int64_t>(1, (count * percent + 99) / 100);
    const auto at = values.begin() + (rank - 1);
    std::ranges::nth_element(values, at);
    return *at;
}

std::string step_name_of(std::string_view path) {
    std::string name;
    bool inside = false;
    for (const char c : path) {
        if (c == ']')
            inside = false;
        if (!inside)
            name.push_back(c);
        if (c == '[')
            inside = true;
    }
    return name;
}

RunStatistics run_statistics(RunHistory& history, const std::string& workflow, env::TimePoint since) {
    RunStatistics statistics;
    count_runs(history, workflow, since, statistics);
    count_steps(history, workflow, since, statistics);
    return statistics;
}

} // namespace spine::control
