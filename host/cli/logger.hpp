/// What plugins and the other edges log becomes words on standard error.
#pragma once

#include "cli/words.hpp"
#include "config/settings.hpp"
#include "env/log.hpp"

namespace spine::cli {

/// Tells what weighs at least `level`. Threads: any. Lives: not longer than `words`.
class WordsLog final : public env::Log {
public:
    WordsLog(Words& words, env::Clock& clock, config::LogLevel level) : words_{words}, clock_{clock}, level_{level} {}
    bool wants(env::LogWeight weight) const noexcept override;
    void put(env::LogWeight weight, std::string_view message, std::span<const env::LogField> fields) noexcept override;

private:
    Words& words_;
    env::Clock& clock_;
    config::LogLevel level_;
};

} // namespace spine::cli
