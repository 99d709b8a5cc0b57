/// What one thread works with: its own view of the store. Writes of all benches of a process share one writer, and small ones share a sync.
#pragma once

#include "run/journal.hpp"
#include "run/run_journal.hpp"

#include <memory>

namespace spine::run {

/// Threads: one at a time. Lives: not longer than who opened it.
class Bench {
public:
    virtual ~Bench() = default;
    virtual Journal& executions() = 0;
    virtual RunBook& runs() = 0;
};

/// Threads: any. Fails: throws Error{unavailable}.
class Benches {
public:
    virtual ~Benches() = default;
    virtual std::unique_ptr<Bench> open() = 0;
};

} // namespace spine::run
