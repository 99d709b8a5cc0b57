/// Forgets the details of old runs in a SQLite store.
#pragma once

#include "control/retention.hpp"
#include "env/clock.hpp"
#include "store/connection.hpp"
#include "store/writer.hpp"

#include <string>
#include <vector>

namespace spine::store {

/// Each transaction marks the runs that it touches before it deletes, and looks again whether they are still old; so a call that was killed leaves
/// runs that say that they were pruned, and the next call takes the rest away.
///
/// Lives: not longer than what it is made of; without a writer it only counts.
class SqliteRetention final : public control::Retention {
public:
    SqliteRetention(env::Clock& clock, Writer* writer, Connection& reading) : clock_{clock}, writer_{writer}, reading_{reading} {}
    control::PruneReport prune(const control::PruneRequest& request) override;

private:
    /// Runs in the order of their ids, those after `cursor`, which becomes the last one that was looked at; empty: no more.
    std::vector<std::string> old_runs(std::string& cursor, const std::string& before, bool keyed, control::PruneReport& report);
    control::PruneReport counted(const std::vector<std::string>& runs);
    /// Prunes from `at` on as much as fits into one transaction, and moves it.
    control::PruneReport prune_some(const std::vector<std::string>& runs, std::size_t& at, const std::string& before, bool keyed);
    std::int64_t drop_definitions();

    env::Clock& clock_;
    Writer* writer_;
    Connection& reading_;
};

} // namespace spine::store
