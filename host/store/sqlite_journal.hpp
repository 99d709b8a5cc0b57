/// The start of executions on SQLite: enqueue, claim and start in one synced transaction.
#pragma once

#include "env/clock.hpp"
#include "queue/claim.hpp"
#include "run/journal.hpp"
#include "store/sqlite_unit.hpp"

namespace spine::store {

/// Lives: longer than the units it makes; not longer than what `place` refers to.
class SqliteJournal final : public run::Journal {
public:
    explicit SqliteJournal(UnitPlace place) : place_{std::move(place)} {}

    unit::State& state() override { return place_.state; }
    run::Start start(const run::Request& request) override;
    std::optional<run::Started> start_again(const run::Request& request,
                                            const std::string& execution_id) override;
    bool give_up(const std::string& execution_id) override;
    void fail(const std::string& execution_id, const unit::Failure& failure) override;
    std::unique_ptr<unit::Unit> rehearse(const run::Request& request) override;

private:
    Attempt attempt_of(const run::Request& request) const;
    /// `why`: what was due, for whoever debugs.
    run::Start started(const run::Request& asked, std::string& why);
    UnitPlace place_;
};

} // namespace spine::store
