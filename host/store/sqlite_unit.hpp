/// The unit of an attempt on SQLite: buffers everything, applies it in one late transaction.
#pragma once

#include "env/clock.hpp"
#include "env/log.hpp"
#include "queue/claim.hpp"
#include "store/along.hpp"
#include "store/attempt.hpp"
#include "store/plugin_reader.hpp"
#include "store/sqlite_state.hpp"
#include "store/workers.hpp"
#include "store/writer.hpp"
#include "unit/unit.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spine::store {

/// What units of one store share; all of it outlives them.
struct UnitPlace {
    env::Clock& clock;
    Writer* writer;                          ///< null on a store that is only read: rehearsals alone
    Connection& reading;
    SqliteState& state;                      ///< on the reading connection
    queue::Liveness& liveness;               ///< of the bench that works
    std::function<PluginReader&()> reader;   ///< opened on first use
    const std::vector<workflow::Dataset>& datasets;
    const workflow::Catalogue& catalogue;
    std::string scratch_folder;
    OwnedRuns* owned = nullptr;              ///< hears of runs that begin with a commit; null: nobody asks
    env::Log* log = nullptr;                 ///< null: nobody looks for a reason

    RunHand hand() const { return {writer->connection(), process_of(liveness.self()), owned, &liveness}; }
};

class SqliteUnit final : public unit::Unit {
public:
    SqliteUnit(UnitPlace place, Attempt attempt);

    unit::State& state() override { return place_.state; }
    const std::vector<unit::Partition>& outputs() const override { return attempt_.outputs; }
    const std::vector<unit::Input>& inputs() const override { return attempt_.inputs; }

    unit::Claimed claim(const unit::Partition& partition) override;
    unit::Observed observe(std::uint32_t output, const unit::Observation& source) override;
    unit::Rowset rowset_of(std::size_t input) override;
    unit::Rowset derived(std::uint32_t output) override;

    std::unique_ptr<unit::Cursor>
    query(std::string_view sql, std::span<const unit::Value> values, std::size_t columns) override;
    unit::RowSink& replace(std::string_view dataset,
                           unit::Rowset rowset,
                           const std::vector<std::string>& columns) override;
    void write(std::string_view dataset,
               unit::Rowset rowset,
               unit::WriteKind kind,
               const std::vector<std::pair<std::string, unit::Value>>& fields) override;
    void reject(unit::Reject reject) override;
    void check(unit::Check check) override;
    void anomaly(unit::Anomaly anomaly) override;
    void reached(unit::Reached reached) override;
    void log(unit::LogLine line) override;
    boost::json::object figures() const override;
    unit::Commit commit(const unit::Outcome& outcome) override;
    std::variant<InPlace, Later, unit::Commit> commit_later(const unit::Outcome& outcome, Then then) override;

private:
    const workflow::Dataset& own_dataset(std::string_view name) const;
    unit::Rowset add(RowsetPlace place);
    void check_rowset(const workflow::Dataset& dataset, unit::Rowset rowset) const;
    void check_output(std::uint32_t output) const;
    unit::Commit commit_as(const unit::Outcome& outcome);

    UnitPlace place_;
    unit::Spill spill_;
    Attempt attempt_;
    std::vector<std::optional<unit::Rowset>> input_rowsets_;
    std::vector<std::optional<unit::Rowset>> derived_rowsets_;
};

} // namespace spine::store
