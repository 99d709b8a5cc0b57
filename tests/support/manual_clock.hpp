/// Time that moves only when the test moves it, and chance that is none.
#pragma once

#include "env/clock.hpp"
#include "env/ids.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>

namespace spine::test {

/// Threads: any, but for the two members themselves.
class ManualClock final : public env::Clock {
public:
    env::TimePoint time = env::time_from("2026-01-03T04:15:01.000Z");
    std::chrono::nanoseconds elapsed{0};

    env::TimePoint now() override {
        const std::lock_guard lock{mutex_};
        return time;
    }
    std::chrono::nanoseconds monotonic() override {
        const std::lock_guard lock{mutex_};
        return elapsed;
    }
    void sleep(std::chrono::nanoseconds duration) override { advance(duration); }
    void advance(std::chrono::nanoseconds duration) {
        const std::lock_guard lock{mutex_};
        elapsed += duration;
        time += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    }

private:
    std::mutex mutex_;
};

/// 1, 2, 3, ...
class CountingRandom final : public env::Random {
public:
    std::uint64_t next() override { return ++last_; }

private:
    std::uint64_t last_ = 0;
};

} // namespace spine::test
