/// The gate between what a plugin writes about its work and the store: secrets do not pass.
#pragma once

#include "plugin/redact.hpp"
#include "unit/unit.hpp"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace spine::plugin {

/// An attempt's unit whose rejects, checks, anomalies, stages, sources and log lines have no secrets in them any more. A partition that holds one is
/// refused. Rows are the domain's own and pass as they are.
///
/// Threads: one at a time. Lives: not longer than the unit and the redactor. Fails: as the unit does; Error{usage} for a partition.
class RedactedUnit final : public unit::Unit {
public:
    RedactedUnit(unit::Unit& unit, const Redactor& redactor) : unit_{unit}, redactor_{redactor} {}

    unit::State& state() override { return unit_.state(); }
    const std::vector<unit::Partition>& outputs() const override { return unit_.outputs(); }
    const std::vector<unit::Input>& inputs() const override { return unit_.inputs(); }
    unit::Claimed claim(const unit::Partition& partition) override;
    unit::Observed observe(std::uint32_t output, const unit::Observation& source) override;
    unit::Rowset rowset_of(std::size_t input) override { return unit_.rowset_of(input); }
    unit::Rowset derived(std::uint32_t output) override { return unit_.derived(output); }
    std::unique_ptr<unit::Cursor> query(std::string_view sql, std::span<const unit::Value> values, std::size_t columns) override {
        return unit_.query(sql, values, columns);
    }
    unit::RowSink& replace(std::string_view dataset, unit::Rowset rowset, const std::vector<std::string>& columns) override {
        return unit_.replace(dataset, rowset, columns);
    }
    void write(std::string_view dataset, unit::Rowset rowset, unit::WriteKind kind,
               const std::vector<std::pair<std::string, unit::Value>>& fields) override {
        unit_.write(dataset, rowset, kind, fields);
    }
    void reject(unit::Reject reject) override;
    void check(unit::Check check) override;
    void anomaly(unit::Anomaly anomaly) override;
    void reached(unit::Reached reached) override;
    void log(unit::LogLine line) override;
    boost::json::object figures() const override { return unit_.figures(); }
    unit::Commit commit(const unit::Outcome& outcome) override { return unit_.commit(outcome); }

private:
    unit::Unit& unit_;
    const Redactor& redactor_;
};

/// Message, hint and details.
void clean(unit::Failure& failure, const Redactor& redactor);

} // namespace spine::plugin
