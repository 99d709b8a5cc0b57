/// Runs of workflows on SQLite: who has them, what they wrote.
#pragma once

#include "env/clock.hpp"
#include "env/log.hpp"
#include "queue/claim.hpp"
#include "run/run_journal.hpp"
#include "store/along.hpp"
#include "store/connection.hpp"
#include "store/writer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spine::store {

/// What the run book stands on; all of it outlives it.
struct RunPlace {
    env::Clock& clock;
    Writer* writer; ///< null on a store that is only read: `look`, `with_key` and `unowned` alone
    Connection& reading;
    queue::Liveness& liveness;  ///< of the process: runs are a process's, whichever thread of it works for them
    OwnedRuns* owned = nullptr; ///< null: nobody asks for `called`
    env::Log* log = nullptr;    ///< null: nobody looks for a reason

    RunHand hand() const { return {writer->connection(), liveness.self(), owned, &liveness}; }
};

class SqliteRunBook final : public run::RunBook {
public:
    explicit SqliteRunBook(RunPlace place) : place_{place} {}

    run::Opened open(const run::NewRun& wanted) override;
    run::Claimed claim(const std::string& run_id) override;
    std::vector<run::Holder> holders(const std::string& workflow) override;
    std::string with_key(const std::string& workflow, const std::string& key) override;
    std::optional<run::RunRow> look(const std::string& run_id) override;
    std::vector<std::string> unowned() override;
    std::vector<std::string> suspects() override;
    bool append(const run::Along& along) override;

    run::Written write(const run::Along& along) override;
    run::Outside outside(const std::string& run_id) override;
    void release(const std::string& run_id, std::int64_t fence) override;
    void set_aside(const std::string& run_id, std::int64_t fence, const std::string& reason) override;
    std::vector<std::string> called() override;
    std::vector<std::string> due(std::size_t most) override;
    std::string next_wake() override;

private:
    /// How an attempt to take a run went, inside of a transaction.
    struct Taken {
        enum class How { owned, held, over, unknown } how = How::unknown;
        std::string run_id;
        std::string holder;
    };
    /// Unfinished runs that nobody alive has and that nobody paused, in the order asked for; `deaths` is an expression over the run `r`.
    template <typename Keep> std::vector<std::string> without_owner(const std::string& deaths, const std::string& order, Keep keep);
    Writer& writer_or_refuse();
    Taken take(const std::string& run_id, const std::string& now);
    run::RunRow row_of(const std::string& run_id);
    RunPlace place_;
};

} // namespace spine::store
