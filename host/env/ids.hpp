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

/// A UUIDv7: sorts by the time it was made at.
std::string new_id(Clock& clock, Random& random);
/// Eight hexadecimal digits.
std::string short_id(Random& random);
/// In [0, 1).
double jitter(Random& random);

} // namespace spine::env
