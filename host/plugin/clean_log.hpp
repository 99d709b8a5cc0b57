/// No secret reaches a log: what is told is cleaned on its way.
#pragma once

#include "env/log.hpp"
#include "plugin/secrets.hpp"

namespace spine::plugin {

/// Threads: any. Lives: not longer than what it is made of.
class CleanLog final : public env::Log {
public:
    CleanLog(env::Log& below, const Redactor& redactor) : below_{below}, redactor_{redactor} {}
    bool wants(env::LogWeight weight) const noexcept override { return below_.wants(weight); }
    void put(env::LogWeight weight, std::string_view message, std::span<const env::LogField> fields) noexcept override;

private:
    env::Log& below_;
    const Redactor& redactor_;
};

} // namespace spine::plugin
