/// Runs of workflows in memory: a small working journal whose owner can be changed by the test.
#pragma once

#include "run/run_journal.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

class MemoryRunJournal final : public run::RunJournal {
public:
    std::vector<run::RunRow> runs;
    std::map<std::string, boost::json::object> given; ///< run -> what its caller gave
    std::map<std::string, std::string> holders; ///< run -> a living owner that is not this process
    std::vector<run::Along> written;            ///< every commit
    std::vector<std::pair<std::string, unit::Anomaly>> anomalies;
    std::vector<run::StageRecord> stages;
    bool refuse = false; ///< every append finds another fence

    run::Opened open(const run::NewRun& wanted) override {
        for (auto& row : runs)
            if (!wanted.run_key.empty() && row.run_key == wanted.run_key && row.workflow == wanted.workflow) {
                if (given[row.run_id] != wanted.given)
                    return run::KeyTaken{row.run_id, "which began with other parameters"};
                auto claimed = claim(row.run_id);
                if (auto* owned = std::get_if<run::Owned>(&claimed))
                    return std::move(*owned);
                if (auto* held = std::get_if<run::Held>(&claimed))
                    return std::move(*held);
                return run::Over{row};
            }
        run::RunRow row;
        row.run_id = wanted.run_id;
        row.run_key = wanted.run_key;
        row.workflow = wanted.workflow;
        row.version = wanted.version;
        row.domain = wanted.domain;
        row.definition_text = wanted.definition_text;
        row.definition_sha256 = wanted.definition_sha256;
        row.params = wanted.params;
        row.folder = wanted.folder;
        given[wanted.run_id] = wanted.given;
        row.plugins = wanted.plugins;
        row.fence = 1;
        runs.push_back(row);
        auto begin = wanted.begin;
        begin.run_id = wanted.run_id;
        begin.fence = 1;
        append(begin);
        return run::Owned{*look(wanted.run_id)};
    }
    std::string with_key(const std::string& workflow, const std::string& key) override {
        for (const auto& row : runs)
            if (!key.empty() && row.workflow == workflow && row.run_key == key)
                return row.run_id;
        return {};
    }
    run::Claimed claim(const std::string& run_id) override {
        for (auto& row : runs)
            if (row.run_id == run_id) {
                if (run::is_final(row.status))
                    return run::Over{row};
                if (holders.contains(run_id))
                    return run::Held{run_id, holders[run_id]};
                ++row.fence;
                return run::Owned{row};
            }
        return run::NoSuchRun{};
    }
    std::optional<run::RunRow> look(const std::string& run_id) override {
        for (const auto& row : runs)
            if (row.run_id == run_id)
                return row;
        return std::nullopt;
    }
    std::vector<std::string> unowned() override {
        std::vector<std::string> ids;
        for (const auto& row : runs)
            if (!run::is_final(row.status) && !holders.contains(row.run_id))
                ids.push_back(row.run_id);
        return ids;
    }
    bool append(const run::Along& along) override {
        const auto row = std::find_if(runs.begin(), runs.end(), [&](const auto& one) { return one.run_id == along.run_id; });
        if (refuse || row == runs.end() || row->fence != along.fence)
            return false;
        for (const auto& record : along.steps) {
            const auto same = std::find_if(row->steps.begin(), row->steps.end(), [&](const auto& one) {
                return one.step == record.step && one.attempt == record.attempt && one.generation == record.generation;
            });
            if (same == row->steps.end())
                row->steps.push_back(record);
            else
                *same = record;
        }
        row->status = along.run.status;
        row->reason = along.run.reason;
        row->current_step = along.run.current_step;
        row->error_step = along.run.error_step;
        row->failure = along.run.failure;
        row->partition = along.run.partition;
        stages.insert(stages.end(), along.stages.begin(), along.stages.end());
        if (along.anomaly)
            anomalies.emplace_back(along.anomaly_stage, *along.anomaly);
        written.push_back(along);
        return true;
    }
};

} // namespace spine::test
