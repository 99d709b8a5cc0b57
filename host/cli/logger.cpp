#include "cli/logger.hpp"

#include <exception>
#include <utility>

namespace spine::cli {

bool WordsLog::wants(env::LogWeight weight) const noexcept {
    switch (weight) {
    case env::LogWeight::debug: return level_ <= config::LogLevel::debug;
    case env::LogWeight::info: return level_ <= config::LogLevel::info;
    case env::LogWeight::warn: return level_ <= config::LogLevel::warn;
    case env::LogWeight::error: return level_ <= config::LogLevel::error;
    }
    return false;
}

void WordsLog::put(env::LogWeight weight, std::string_view message, std::span<const env::LogField> fields) noexcept {
    if (!wants(weight))
        return;
    try {
        LogLine line{clock_.now(), weight, std::string{message}, {}, {}};
        for (const auto& [name, value] : fields)
            if (!value.empty())
                line.fields.emplace_back(name, value);
        words_.event(line);
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): what cannot be told must not stop the work
    }
}

} // namespace spine::cli
