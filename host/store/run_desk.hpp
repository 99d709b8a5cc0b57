/// What people ask of runs, on SQLite: cancel, pause, answer, retry, fork.
#pragma once

#include "store/run_book.hpp"

namespace spine::store {

/// Lives: not longer than what `place` refers to.
class SqliteRunDesk final : public run::RunDesk {
public:
    explicit SqliteRunDesk(RunPlace place) : place_{place} {}

    run::Asked cancel(const std::string& run_id, const std::string& by, const std::string& reason) override;
    run::Asked pause(const std::string& run_id, const std::string& by) override;
    run::Asked answer(const std::string& run_id, const std::string& step, bool approved, const std::string& by,
                      const std::string& reason) override;
    run::Asked retry(const std::string& run_id, const std::vector<std::string>& forget, const std::string& from,
                     const std::string& by) override;
    run::Asked fork(const run::NewRun& run) override;

private:
    Writer& writer_or_refuse();
    RunPlace place_;
};

} // namespace spine::store
