/// A state and a unit that hold nothing and accept everything; what was committed can be asked for.
#pragma once

#include "unit/unit.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

class EmptyState final : public unit::State {
public:
    std::optional<unit::ManifestRow> manifest(const unit::Partition&, const std::string&) override { return {}; }
    std::vector<unit::ManifestRow> manifest_rows(const std::string&, const std::map<std::string, std::string>&,
                                                 const std::string&) override {
        return {};
    }
    std::optional<unit::ManifestRow> published(const unit::Partition&, const std::string&) override { return {}; }
    std::optional<unit::ManifestRow> made_from(const unit::Partition&, const std::string&, const std::string&) override { return {}; }
    std::optional<unit::ManifestRow> last_made(const unit::Partition&, const std::string&) override { return {}; }
    std::optional<unit::Capture> head(const unit::Partition&) override { return {}; }
    std::optional<unit::Capture> capture_until(const unit::Partition&, const std::string&) override { return {}; }
    std::optional<unit::Capture> capture(const std::string&) override { return {}; }
    std::vector<unit::Partition> captured(const std::string&, const std::map<std::string, std::string>&) override {
        return {};
    }
};

/// Appends its outcome to `committed`, which outlives it.
class AcceptingUnit final : public unit::Unit {
public:
    AcceptingUnit(unit::State& state, std::vector<unit::Outcome>& committed) : state_{state}, committed_{committed} {}

    unit::State& state() override { return state_; }
    const std::vector<unit::Partition>& outputs() const override { return outputs_; }
    const std::vector<unit::Input>& inputs() const override { return inputs_; }
    unit::Claimed claim(const unit::Partition& partition) override {
        outputs_.push_back(partition);
        return {static_cast<std::uint32_t>(outputs_.size() - 1), {}};
    }
    unit::Observed observe(std::uint32_t, const unit::Observation&) override { return {}; }
    unit::Rowset rowset_of(std::size_t) override { return 0; }
    unit::Rowset derived(std::uint32_t) override { return 0; }
    std::unique_ptr<unit::Cursor> query(std::string_view, std::span<const unit::Value>, std::size_t) override {
        return std::make_unique<NoRows>();
    }
    unit::RowSink& replace(std::string_view, unit::Rowset, const std::vector<std::string>&) override { return sink_; }
    void write(std::string_view, unit::Rowset, unit::WriteKind,
               const std::vector<std::pair<std::string, unit::Value>>&) override {}
    void reject(unit::Reject) override {}
    void check(unit::Check) override {}
    void anomaly(unit::Anomaly) override {}
    void reached(unit::Reached) override {}
    unit::Commit commit(const unit::Outcome& outcome) override {
        committed_.push_back(outcome);
        return unit::Committed{};
    }

private:
    class NoRows final : public unit::Cursor {
    public:
        bool next() override { return false; }
        unit::Cell cell(std::size_t) override { return {}; }
    };
    class Nowhere final : public unit::RowSink {
    public:
        const std::vector<workflow::Column>& columns() const override { return columns_; }
        void text(std::size_t, std::string_view) override {}
        void integer(std::size_t, std::int64_t) override {}
        void real(std::size_t, double) override {}
        void null(std::size_t) override {}
        void end_row() override { ++rows_; }
        std::uint64_t finish() override { return rows_; }

    private:
        std::vector<workflow::Column> columns_;
        std::uint64_t rows_ = 0;
    };

    unit::State& state_;
    std::vector<unit::Outcome>& committed_;
    std::vector<unit::Partition> outputs_;
    std::vector<unit::Input> inputs_;
    Nowhere sink_;
};

} // namespace spine::test
