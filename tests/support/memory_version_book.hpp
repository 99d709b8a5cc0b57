/// Published definitions, samples of runs and retention in memory.
#pragma once

#include "control/retention.hpp"
#include "control/run_history.hpp"
#include "control/version_book.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace spine::test {

class MemoryVersionBook final : public control::VersionBook {
public:
    std::vector<control::PublishedText> all; ///< in the order of their publishing

    std::vector<control::PublishedVersion> versions(const std::string& workflow) override {
        std::vector<control::PublishedVersion> found;
        for (auto one = all.rbegin(); one != all.rend(); ++one)
            if (one->version.workflow == workflow)
                found.push_back(one->version);
        return found;
    }
    std::optional<control::PublishedText> find(const std::string& workflow, std::optional<std::int64_t> version) override {
        for (auto one = all.rbegin(); one != all.rend(); ++one)
            if (one->version.workflow == workflow && (!version || one->version.version == *version))
                return *one;
        return std::nullopt;
    }
    std::vector<control::PublishedText> current() override {
        std::vector<std::string> names;
        for (const auto& one : all)
            names.push_back(one.version.workflow);
        std::ranges::sort(names);
        names.erase(std::unique(names.begin(), names.end()), names.end());
        std::vector<control::PublishedText> found;
        for (const auto& name : names)
            found.push_back(*find(name, std::nullopt));
        return found;
    }
    control::Publication publish(const control::NewVersion& wanted) override {
        const auto before = find(wanted.workflow, std::nullopt);
        if (before && before->version.sha256 == wanted.sha256)
            return {before->version, false};
        control::PublishedVersion version{wanted.workflow, before ? before->version.version + 1 : 1, wanted.sha256, "2026-01-03T04:15:01.000Z",
                                          wanted.by, wanted.changelog, {}};
        if (wanted.rolls_back && before)
            version.rolled_back_from = before->version.version;
        all.push_back({version, wanted.text});
        return {version, true};
    }
};

/// Runs and steps that a test writes down, newest first.
class ListedHistory final : public control::RunHistory {
public:
    struct Run {
        std::string status;
        std::string error_category;
        std::string started;
        std::optional<std::chrono::milliseconds> lasted;
        bool forked = false;
    };
    struct Step {
        std::string step, type, status;
        std::chrono::milliseconds lasted{0};
    };
    std::vector<Run> runs;
    std::vector<Step> steps;
    std::vector<control::RunTotals> all_totals;

    void visit_runs(const std::string&, env::TimePoint since, const control::RunVisitor& visitor) override {
        for (const auto& run : runs)
            if (env::time_from(run.started) >= since && !visitor({run.status, run.error_category, env::time_from(run.started), run.lasted, run.forked}))
                return;
    }
    void visit_steps(const std::string&, env::TimePoint, const control::StepVisitor& visitor) override {
        for (const auto& step : steps)
            if (!visitor({step.step, step.type, step.status, step.lasted}))
                return;
    }
    std::vector<control::RunTotals> totals() override { return all_totals; }
};

class CountingRetention final : public control::Retention {
public:
    std::vector<control::PruneRequest> asked;
    control::PruneReport answer;

    control::PruneReport prune(const control::PruneRequest& request) override {
        asked.push_back(request);
        return answer;
    }
};

} // namespace spine::test
