/// Ids and jitter: every source of randomness.
#pragma once

#include "env/clock.hpp"

#include <cstdint>
#include <string>

namespace spine::env {

/// Threads: one at a time. Fails: throws Error{internal} when the machine has no randomness to give.
class Random {
public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;
};

/// The machine's randomness.
class SystemRandom final : public Random {
public:
    std::uint64_t next() override;
};

/// Makes UUIDv7s: they sort by the time they were made at, and those of one maker in the order they were made.
///
/// Threads: one at a time. Lives: not longer than the clock and the randomness.
class Ids {
public:
    Ids(Clock& clock, Random& random) : clock_{clock}, random_{random} {}
    std::string next();

private:
    Clock& clock_;
    Random& random_;
    std::uint64_t last_ms_ = 0;
    std::uint64_t count_ = 0; ///< within the millisecond
};
/// One id on its own.
std::string new_id(Clock& clock, Random& random);
/// Eight hexadecimal digits.
std::string short_id(Random& random);
/// In [0, 1).
double jitter(Random& random);

} // namespace spine::env
