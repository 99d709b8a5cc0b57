/// A clock for many threads, and the lull in which it moves: time passes when nobody works.
#pragma once

#include "env/clock.hpp"
#include "run/conductor.hpp"

#include <chrono>
#include <mutex>

namespace spine::test {

class SharedClock final : public env::Clock {
public:
    env::TimePoint now() override {
        const std::lock_guard lock{mutex_};
        return time_;
    }
    std::chrono::nanoseconds monotonic() override {
        const std::lock_guard lock{mutex_};
        return elapsed_;
    }
    void sleep(std::chrono::nanoseconds duration) override { advance(duration); }
    void advance(std::chrono::nanoseconds duration) {
        const std::lock_guard lock{mutex_};
        elapsed_ += duration;
        time_ += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    }
    /// The clock of the world is set; no time has passed.
    void set(std::chrono::milliseconds by) {
        const std::lock_guard lock{mutex_};
        time_ += by;
    }

private:
    std::mutex mutex_;
    env::TimePoint time_ = env::time_from("2026-01-03T04:15:01.000Z");
    std::chrono::nanoseconds elapsed_{0};
};

/// Of a clock that moves when somebody sleeps. While a step works, the test's own threads move it or nobody does.
class PassingTime final : public run::Lull {
public:
    explicit PassingTime(env::Clock& clock) : clock_{clock} {}
    void pass(std::unique_lock<std::mutex>& lock, std::condition_variable& news, std::chrono::nanoseconds most, std::size_t working) override {
        if (working == 0)
            clock_.sleep(most);
        else
            news.wait_for(lock, std::chrono::milliseconds{1});
    }

private:
    env::Clock& clock_;
};

} // namespace spine::test
