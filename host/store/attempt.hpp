/// What the store knows of a running attempt: its place in the queue, its pins, and everything that it wants to write.
#pragma once

#include "run/journal.hpp"
#include "store/step_logs.hpp"
#include "unit/unit.hpp"
#include "workflow/catalogue.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace spine::store {

/// Where rows go: the capture that the commit makes, a capture that exists, or a set of captures.
struct NewCapture {
    std::uint32_t output = 0;
    unit::Observation observation;
};
struct ExistingCapture {
    std::int64_t seq = 0;
    std::string id;
};
struct Derivation {
    std::uint32_t output = 0;
    std::string inputs_sha256;
    std::vector<std::string> capture_ids; ///< sorted
};
using RowsetPlace = std::variant<NewCapture, ExistingCapture, Derivation>;

/// Texts of repeated columns, each once, in the order they came.
class TextList {
public:
    std::int64_t code(std::string_view text);
    const std::vector<const std::string*>& texts() const noexcept { return order_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> codes_;
    std::vector<const std::string*> order_;
};

/// One `replace` call: rows for a dataset and rowset.
class Replacement final : public unit::RowSink {
public:
    Replacement(const workflow::Dataset& dataset,
                unit::Rowset rowset,
                std::vector<workflow::Column> columns,
                unit::Spill& spill,
                TextList& texts);

    const std::vector<workflow::Column>& columns() const override { return columns_; }
    void text(std::size_t column, std::string_view value) override;
    void integer(std::size_t column, std::int64_t value) override;
    void real(std::size_t column, double value) override;
    void null(std::size_t column) override;
    void end_row() override;
    std::uint64_t finish() override;

    const workflow::Dataset& dataset() const noexcept { return dataset_; }
    unit::Rowset rowset() const noexcept { return rowset_; }
    const unit::RowWriter& rows() const noexcept { return rows_; }
    bool finished() const noexcept { return finished_; }
    /// The text that a cell of a repeated column stands for.
    std::string_view text_of(std::int64_t code) const { return *texts_.texts().at(static_cast<std::size_t>(code)); }

private:
    void expect(std::size_t column);
    const workflow::Dataset& dataset_;
    unit::Rowset rowset_;
    std::vector<workflow::Column> columns_;
    TextList& texts_;
    unit::RowWriter rows_;
    std::size_t next_ = 0;
    bool finished_ = false;
};

/// One small write, with its texts owned.
struct SmallWrite {
    using Owned = std::variant<std::monostate, std::int64_t, double, std::string>;
    const workflow::Dataset* dataset = nullptr;
    unit::Rowset rowset = 0;
    unit::WriteKind kind = unit::WriteKind::insert;
    std::vector<std::pair<std::string, Owned>> fields;
};

struct Attempt {
    std::int64_t item_id = 0; ///< 0: none; its run's journal says that it began
    std::int64_t fence = 0;
    /// A step that began without an item: what it may end with is its run's to say, and when the run says nothing nobody waits for it any more.
    bool of_run = false;
    std::string execution_id;
    std::string batch_id;
    std::string created_at;
    const workflow::Pipeline* pipeline = nullptr;
    const workflow::Plugin* plugin = nullptr;
    boost::json::object params;
    bool force = false;
    bool historic = false;
    bool rehearsal = false;
    int number = 1;     ///< of the execution
    std::string run_id; ///< of the run whose step this is; empty: none
    std::string step;
    run::Follow follow; ///< what the workflow run writes with the end of this

    std::vector<unit::Partition> outputs;
    std::vector<std::string> digests;           ///< per output; empty: decided by the source
    std::vector<std::int64_t> generations;      ///< per output, at the start
    std::vector<unit::Input> inputs;

    std::vector<RowsetPlace> rowsets;
    /// Replacements and small writes in the order of the calls.
    std::vector<std::variant<std::size_t, SmallWrite>> writes;
    std::deque<Replacement> replacements;
    TextList texts;
    std::vector<unit::Reject> rejects;
    std::vector<unit::Check> checks;
    std::vector<unit::Anomaly> anomalies;
    std::vector<unit::Reached> reached;
    StepLog log;

    /// How many rows its commit writes.
    std::size_t weight() const;
};

/// Why an attempt that says it is done may not commit: rows that were not finished, an output that has not reached the stage that the pipeline
/// declares, or a count of rows that none of its datasets has. An attempt that wrote no rows may count what it likes.
std::optional<unit::Failure> fault_of_done(const Attempt& attempt);

/// Whether both stand for the same version of rows.
bool is_same_place(const RowsetPlace& one, const RowsetPlace& other);

} // namespace spine::store
