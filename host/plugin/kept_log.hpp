/// What a plugin has logged in one attempt, kept for who reads the run later.
#pragma once

#include "unit/unit.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace spine::plugin {

/// The first lines, up to 10,000 and 1 MiB with the one that says how many are missing.
///
/// Threads: any.
class KeptLog {
public:
    static constexpr std::size_t lines_max = 10'000;
    static constexpr std::size_t bytes_max = std::size_t{1} << 20;

    void add(unit::LogLine line) {
        const std::lock_guard lock{mutex_};
        const auto bytes = line.time.size() + line.level.size() + line.text.size();
        // The last place is for the line that tells; it must not be one too many for who keeps
        // them.
        const bool fits =
            lines_.size() < lines_max - 1 && bytes <= bytes_max - last_bytes_max - bytes_;
        if (dropped_ > 0 || !fits) {
            ++dropped_; // a short line after a long one would hide the gap
            dropped_at_ = std::move(line.time);
            return;
        }
        bytes_ += bytes;
        lines_.push_back(std::move(line));
    }

    /// The lines, and one more that says how many are missing.
    std::vector<unit::LogLine> take() {
        const std::lock_guard lock{mutex_};
        if (dropped_ > 0)
            lines_.push_back({std::move(dropped_at_),
                              "WARN",
                              std::to_string(dropped_) +
                                  (dropped_ == 1 ? " line was" : " lines were") +
                                  " dropped: an attempt keeps 10,000 lines and 1 MiB"});
        dropped_ = 0;
        bytes_ = 0;
        return std::exchange(lines_, {});
    }

private:
    static constexpr std::size_t last_bytes_max = 200;

    std::mutex mutex_;
    std::vector<unit::LogLine> lines_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    std::string dropped_at_;
};

} // namespace spine::plugin
