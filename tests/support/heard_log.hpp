/// A log that keeps what it hears: "weight message name=value …", a line each.
#pragma once

#include "env/log.hpp"

#include <mutex>
#include <string>

namespace spine::test {

/// Threads: any.
class HeardLog final : public env::Log {
public:
    explicit HeardLog(env::LogWeight least = env::LogWeight::debug) : least_{least} {}
    bool wants(env::LogWeight weight) const noexcept override { return weight >= least_; }
    void put(env::LogWeight weight, std::string_view message, std::span<const env::LogField> fields) noexcept override {
        if (!wants(weight))
            return;
        const std::lock_guard guard{mutex_};
        text_ += weight == env::LogWeight::debug  ? "debug "
                 : weight == env::LogWeight::info ? "info "
                 : weight == env::LogWeight::warn ? "warn "
                                                  : "error ";
        text_ += message;
        for (const auto& [name, value] : fields)
            if (!value.empty())
                text_.append(" ").append(name).append("=").append(value);
        text_ += "\n";
    }
    std::string text() const {
        const std::lock_guard guard{mutex_};
        return text_;
    }

private:
    env::LogWeight least_;
    mutable std::mutex mutex_;
    std::string text_;
};

} // namespace spine::test
