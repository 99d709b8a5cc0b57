/// A state and a unit of work in memory: what a plugin writes can be looked at, what it reads is
/// written down by the test.
#pragma once

#include "unit/unit.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

class MemoryState final : public unit::State {
public:
    std::vector<unit::ManifestRow> rows;
    std::vector<unit::Capture> captures; ///< oldest first

    std::optional<unit::ManifestRow> manifest(const unit::Partition& partition,
                                              const std::string& stage) override {
        for (const auto& row : rows)
            if (row.partition == partition && row.stage == stage)
                return row;
        return std::nullopt;
    }
    /// Rows that a partition's readers see where they differ from `rows`; see State::published.
    std::vector<unit::ManifestRow> published_rows;
    std::optional<unit::ManifestRow> published(const unit::Partition& partition,
                                               const std::string& stage) override {
        for (const auto& row : published_rows)
            if (row.partition == partition && row.stage == stage)
                return row;
        return manifest(partition, stage);
    }
    std::optional<unit::ManifestRow> made_from(const unit::Partition& partition,
                                               const std::string& stage,
                                               const std::string& inputs_sha256) override {
        for (const auto& row : rows)
            if (row.partition == partition && row.stage == stage && row.inputs_sha256 == inputs_sha256)
                return row;
        return std::nullopt;
    }
    std::optional<unit::ManifestRow> last_made(const unit::Partition& partition, const std::string& stage) override { return manifest(partition, stage); }
    std::vector<unit::ManifestRow> manifest_rows(const std::string& domain,
                                                 const std::map<std::string, std::string>& values,
                                                 const std::string& stage) override {
        std::vector<unit::ManifestRow> found;
        for (const auto& row : rows)
            if (row.partition.domain == domain && row.stage == stage && has(row.partition, values))
                found.push_back(row);
        std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
            return a.partition < b.partition;
        });
        return found;
    }
    std::optional<unit::Capture> head(const unit::Partition& partition) override {
        return capture_until(partition, "9999");
    }
    std::optional<unit::Capture> capture_until(const unit::Partition& partition,
                                               const std::string& time) override {
        std::optional<unit::Capture> found;
        for (const auto& capture : captures)
            if (capture.partition == partition && capture.captured_at <= time)
                found = capture;
        return found;
    }
    std::optional<unit::Capture> capture(const std::string& capture_id) override {
        for (const auto& capture : captures)
            if (capture.id == capture_id)
                return capture;
        return std::nullopt;
    }
    std::vector<unit::Partition> captured(const std::string&,
                                          const std::map<std::string, std::string>&) override {
        return {};
    }

private:
    static bool has(const unit::Partition& partition,
                    const std::map<std::string, std::string>& values) {
        const auto own = unit::partition_values(partition.key);
        return std::all_of(values.begin(), values.end(), [&](const auto& pair) {
            const auto found = own.find(pair.first);
            return found != own.end() && found->second == pair.second;
        });
    }
};

/// A row of cells, as text: "7", "1.5", "abc", "null".
using MemoryRow = std::vector<std::string>;

class MemorySink final : public unit::RowSink {
public:
    explicit MemorySink(std::vector<workflow::Column> columns)
        : columns_{std::move(columns)}, row_(columns_.size()) {}
    const std::vector<workflow::Column>& columns() const override { return columns_; }
    void text(std::size_t column, std::string_view value) override { row_.at(column) = value; }
    void integer(std::size_t column, std::int64_t value) override {
        row_.at(column) = std::to_string(value);
    }
    void real(std::size_t column, double value) override {
        row_.at(column) = std::to_string(value);
    }
    void null(std::size_t column) override { row_.at(column) = "null"; }
    void end_row() override { rows.push_back(row_); }
    std::uint64_t finish() override {
        finished = true;
        return rows.size();
    }
    std::vector<MemoryRow> rows;
    bool finished = false;

private:
    std::vector<workflow::Column> columns_;
    MemoryRow row_;
};

/// The cells of a query's answer, row by row.
class MemoryCursor final : public unit::Cursor {
public:
    MemoryCursor(std::vector<std::vector<unit::Cell>> rows, int& open)
        : rows_{std::move(rows)}, open_{open} {
        ++open_;
    }
    ~MemoryCursor() override { --open_; }
    MemoryCursor(const MemoryCursor&) = delete;
    MemoryCursor& operator=(const MemoryCursor&) = delete;
    bool next() override { return ++at_ <= rows_.size(); }
    unit::Cell cell(std::size_t column) override { return rows_.at(at_ - 1).at(column); }

private:
    std::vector<std::vector<unit::Cell>> rows_;
    int& open_;
    std::size_t at_ = 0;
};

class MemoryUnit final : public unit::Unit {
public:
    explicit MemoryUnit(MemoryState& state) : state_{state} {}

    std::map<std::string, workflow::Dataset> datasets;
    std::vector<unit::Partition> claimed;
    std::vector<unit::Input> pinned;
    std::string held_by; ///< who holds every partition, if anybody
    std::string head_sha256;
    std::vector<std::vector<unit::Cell>> answer; ///< of every query
    int open_cursors = 0;
    std::function<void()> on_query = [] {};

    struct Replaced {
        std::string dataset;
        unit::Rowset rowset;
        std::unique_ptr<MemorySink> sink;
    };
    std::vector<Replaced> replaced;
    std::vector<std::string> queries, written;
    std::vector<unit::Observation> observed;
    std::vector<unit::Reject> rejects;
    std::vector<unit::Check> checks;
    std::vector<unit::Anomaly> anomalies;
    std::vector<unit::Reached> stages;
    std::vector<unit::LogLine> logs;

    unit::State& state() override { return state_; }
    const std::vector<unit::Partition>& outputs() const override { return claimed; }
    const std::vector<unit::Input>& inputs() const override { return pinned; }
    unit::Claimed claim(const unit::Partition& partition) override {
        if (!held_by.empty())
            return {std::nullopt, held_by};
        claimed.push_back(partition);
        return {static_cast<std::uint32_t>(claimed.size() - 1), {}};
    }
    unit::Observed observe(std::uint32_t, const unit::Observation& source) override {
        observed.push_back(source);
        return {source.content_sha256 == head_sha256, 100, "capture_1"};
    }
    unit::Rowset rowset_of(std::size_t input) override { return static_cast<unit::Rowset>(input); }
    unit::Rowset derived(std::uint32_t output) override { return 50 + output; }
    std::unique_ptr<unit::Cursor>
    query(std::string_view sql, std::span<const unit::Value> values, std::size_t) override {
        on_query();
        queries.push_back(std::string{sql} + " with " + std::to_string(values.size()));
        return std::make_unique<MemoryCursor>(answer, open_cursors);
    }
    /// Throws Error{invalid} for a dataset or column that `datasets` does not have.
    unit::RowSink& replace(std::string_view dataset,
                           unit::Rowset rowset,
                           const std::vector<std::string>& columns) override;
    void write(std::string_view dataset,
               unit::Rowset,
               unit::WriteKind,
               const std::vector<std::pair<std::string, unit::Value>>& fields) override {
        written.push_back(std::string{dataset} + ":" + std::to_string(fields.size()));
    }
    void reject(unit::Reject reject) override { rejects.push_back(std::move(reject)); }
    void check(unit::Check check) override { checks.push_back(std::move(check)); }
    void anomaly(unit::Anomaly anomaly) override { anomalies.push_back(std::move(anomaly)); }
    void reached(unit::Reached reached) override { stages.push_back(std::move(reached)); }
    void log(unit::LogLine line) override { logs.push_back(std::move(line)); }
    unit::Commit commit(const unit::Outcome&) override { return unit::Committed{}; }

private:
    MemoryState& state_;
};

} // namespace spine::test
