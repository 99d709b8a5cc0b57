/// One thing that was told, as a line of text or of JSON.
#pragma once

#include "env/clock.hpp"
#include "env/log.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spine::cli {

struct LogLine {
    env::TimePoint at;
    env::LogWeight weight = env::LogWeight::info;
    std::string message;
    std::string hint; ///< what to do about it; empty: nothing
    std::vector<std::pair<std::string, std::string>> fields;
};

/// "debug", "info", "warn", "error"
std::string_view to_text(env::LogWeight weight);
/// " pipeline=otc.ingest_week step=ingest"; a value with blanks is quoted.
std::string fields_of(const LogLine& line);
/// "2026-01-03T04:15:01.000Z warn MESSAGE FIELDS (HINT)", without an end of line and without control characters.
std::string plain_text(const LogLine& line);
/// {"time":…,"level":…,"message":…,"hint":…,FIELDS}, without an end of line. A field that has one of the four names gets a '_' behind it.
std::string json_text(const LogLine& line);

} // namespace spine::cli
