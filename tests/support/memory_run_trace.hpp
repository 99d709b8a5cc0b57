/// How runs go, told from a journal in memory and from what a test writes down.
#pragma once

#include "control/run_trace.hpp"
#include "control/store.hpp"
#include "support/memory_run_journal.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <functional>
#include <string>
#include <vector>

namespace spine::test {

/// A line that an attempt said.
struct KeptLine {
    std::string run_id, execution_id, step;
    int attempt = 1;
    std::string level, text;
    std::string at = "2026-01-03T04:15:02.000Z";
};

/// Lives: not longer than the journal and the table of steps, which goes before the journal where it has rows.
class MemoryRunTrace final : public control::RunTrace {
public:
    MemoryRunTrace(MemoryRunJournal& journal, const control::Table& steps) : journal_{journal}, steps_{steps} {}

    std::vector<control::ChildRun> begun; ///< children of every run
    std::vector<KeptLine> lines;
    std::function<void()> before_look; ///< what happens before each look at the version
    std::int64_t changes = 0;

    std::int64_t version() override {
        if (before_look)
            before_look();
        return changes;
    }
    std::optional<control::RunNow> now(const std::string& run_id) override {
        const auto* row = journal_.find(run_id);
        if (row == nullptr)
            return std::nullopt;
        control::RunNow now;
        now.run_id = run_id;
        now.workflow = row->workflow;
        now.status = row->status;
        now.reason = row->reason;
        now.error_step = row->error_step;
        now.failure = row->failure;
        now.wake_at = row->wake_at;
        now.finished_at = row->finished_at;
        now.pause_asked = row->pause_asked;
        now.driven = journal_.holders.contains(run_id) || journal_.mine.contains(run_id);
        return now;
    }
    std::optional<run::Standing> standing(const std::string& run_id) override {
        const auto* row = journal_.find(run_id);
        if (row == nullptr)
            return std::nullopt;
        const bool pruned = std::ranges::find(row->steps, control::pruned_step, &run::StepRecord::step) != row->steps.end();
        return run::Standing{run_id, row->status, pruned, {}};
    }
    void visit_steps(const std::string& run_id, std::int64_t after_no, const control::StepSeenVisitor& visitor) override {
        if (!steps_.rows.empty())
            return visit_table(visitor);
        const auto* row = journal_.find(run_id);
        for (const auto& record : row == nullptr ? std::vector<run::StepRecord>{} : row->steps)
            if ((record.begun_no > after_no || record.ended_no > after_no || after_no == 0) && !visit(record, visitor))
                return;
    }
    std::string definition(const std::string& run_id) override {
        const auto* row = journal_.find(run_id);
        return row == nullptr ? std::string{} : row->definition_text;
    }
    std::vector<control::ChildRun> children(const std::string&, std::size_t) override { return begun; }
    void visit_logs(const control::LogFilter& filter, const control::LogVisitor& visitor) override {
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const auto& line = lines[i];
            const auto seq = static_cast<std::int64_t>(i + 1);
            const bool wanted = (filter.run_id.empty() ? line.execution_id == filter.execution_id : line.run_id == filter.run_id) &&
                                (filter.step.empty() || line.step == filter.step || line.step.starts_with(filter.step + "[")) &&
                                (filter.attempt == 0 || filter.attempt == line.attempt) && seq > filter.after &&
                                (filter.levels.empty() || std::ranges::find(filter.levels, line.level) != filter.levels.end());
            if (!wanted)
                continue;
            control::LogSeen shown;
            shown.seq = seq;
            shown.step = line.step;
            shown.at = line.at;
            shown.level = line.level;
            shown.text = line.text;
            shown.execution_id = line.execution_id;
            shown.attempt = line.attempt;
            shown.line_no = seq;
            if (!visitor(shown))
                return;
        }
    }

private:
    static bool visit(const run::StepRecord& record, const control::StepSeenVisitor& visitor) {
        const auto output = record.output.empty() ? std::string{} : workflow::json_text(record.output);
        const auto updates = record.updates.empty() ? std::string{} : workflow::json_text(record.updates);
        const auto requests = record.requests.empty() ? std::string{} : workflow::json_text(record.requests);
        const auto category = record.failure ? std::string{unit::to_text(record.failure->category)} : std::string{};
        const auto message = record.failure ? record.failure->message : std::string{};
        control::StepSeen seen;
        seen.step = record.step;
        seen.generation = record.generation;
        seen.attempt = record.attempt;
        seen.type = record.type;
        seen.status = run::to_text(record.status);
        seen.reason = record.reason;
        seen.error_category = category;
        seen.error_message = message;
        seen.wake_at = record.wake_at;
        seen.child_run_id = record.child_run_id;
        seen.begun_no = record.begun_no;
        seen.ended_no = record.ended_no;
        seen.output = output;
        seen.updates = updates;
        seen.requests = requests;
        return visitor(seen);
    }
    void visit_table(const control::StepSeenVisitor& visitor) const {
        for (const auto& row : steps_.rows) {
            const auto cell = [&](const char* column) {
                const auto found = std::ranges::find(steps_.columns, column);
                const auto* value = found == steps_.columns.end() ? nullptr : &row[static_cast<std::size_t>(found - steps_.columns.begin())];
                return value == nullptr || !value->is_string() ? std::string_view{} : std::string_view{value->get_string()};
            };
            const auto number = [&](const char* column, std::int64_t otherwise) {
                const auto found = std::ranges::find(steps_.columns, column);
                const auto* value = found == steps_.columns.end() ? nullptr : &row[static_cast<std::size_t>(found - steps_.columns.begin())];
                return value == nullptr || !value->is_int64() ? otherwise : value->get_int64();
            };
            control::StepSeen seen;
            seen.step = cell("step");
            seen.generation = static_cast<int>(number("generation", 1));
            seen.attempt = static_cast<int>(number("attempt", 1));
            seen.type = cell("type");
            seen.status = cell("status");
            seen.reason = cell("reason");
            seen.error_category = cell("error_category");
            seen.error_message = cell("error_message");
            seen.started_at = cell("started_at");
            seen.finished_at = cell("finished_at");
            seen.wake_at = cell("wake_at");
            seen.child_run_id = cell("child_run_id");
            seen.output = cell("output_json");
            seen.updates = cell("updates_json");
            seen.quality = cell("quality_json");
            seen.events = cell("events_json");
            seen.error = cell("error_json");
            seen.requests = cell("requests_json");
            seen.answer = cell("answer_json");
            if (!visitor(seen))
                return;
        }
    }

    MemoryRunJournal& journal_;
    const control::Table& steps_;
};

} // namespace spine::test
