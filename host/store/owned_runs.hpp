/// The runs that this process got, so that it notices when one of them is taken from it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace spine::store {

/// Run ids with the fence that this process has them by.
///
/// Threads: any.
class OwnedRuns {
public:
    void add(const std::string& run_id, std::int64_t fence) {
        const std::lock_guard guard{mutex_};
        auto& known = fences_[run_id];
        if (known < fence)
            known = fence;
    }
    void forget(const std::string& run_id) {
        const std::lock_guard guard{mutex_};
        fences_.erase(run_id);
    }
    std::vector<std::pair<std::string, std::int64_t>> all() const {
        const std::lock_guard guard{mutex_};
        return {fences_.begin(), fences_.end()};
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::int64_t> fences_;
};

} // namespace spine::store
