/// Runs of workflows on SQLite: who has them, what they wrote.
#pragma once

#include "env/clock.hpp"
#include "queue/claim.hpp"
#include "run/run_journal.hpp"
#include "store/connection.hpp"
#include "store/writer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace spine::store {

/// What the run journal stands on; all of it outlives it.
struct RunPlace {
    env::Clock& clock;
    Writer* writer; ///< null on a store that is only read: `look` and `unowned` alone
    Connection& reading;
    queue::Liveness& liveness;
};

class SqliteRunJournal final : public run::RunJournal {
public:
    explicit SqliteRunJournal(RunPlace place) : place_{place} {}

    run::Opened open(const run::NewRun& wanted) override;
    run::Claimed claim(const std::string& run_id) override;
    std::string with_key(const std::string& workflow, const std::string& key) override;
    std::optional<run::RunRow> look(const std::string& run_id) override;
    std::vector<std::string> unowned() override;
    bool append(const run::Along& along) override;

private:
    Writer& writer_or_refuse();
    run::Claimed take(const std::string& run_id, const std::string& now);
    RunPlace place_;
};

} // namespace spine::store
