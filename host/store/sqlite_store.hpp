/// A store in one SQLite file, with its lock file and workers file beside it.
#pragma once

#include "control/store.hpp"
#include "env/clock.hpp"
#include "env/ids.hpp"
#include "env/log.hpp"
#include "store/fair_lock.hpp"

#include <functional>
#include <memory>
#include <string>

namespace spine::store {

/// Opens and creates the store that a URL names: "sqlite:PATH".
///
/// Threads: one at a time. Lives: longer than the stores it opens; the clock and the randomness longer than both.
class SqliteStores final : public control::Stores {
public:
    /// `notice` hears what a person at a terminal should know while waiting; `log` what whoever debugs asks for, and outlives the stores.
    SqliteStores(env::Clock& clock, env::Random& random, std::string url, FairLock::Notice notice, LockPatience patience = {}, env::Log* log = nullptr);
    std::unique_ptr<control::Store> open(control::Access access) override;
    std::unique_ptr<control::Store> create(bool& created, control::Parents parents = control::Parents::must_be_there) override;
    control::Restored restore(const std::string& copy) override;

private:
    std::string path() const;
    env::Clock& clock_;
    env::Random& random_;
    std::string url_;
    std::string folder_; ///< in which the program was started: relative paths keep their meaning
    FairLock::Notice notice_;
    LockPatience patience_;
    env::Log* log_;
};

} // namespace spine::store
