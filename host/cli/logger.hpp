/// What plugins and other edges log becomes words on standard error.
#pragma once

#include "cli/cli.hpp"

#include <memory>

namespace spdlog {
class logger;
}

namespace spine::cli {

/// A logger that says every line of at least this weight. Threads: any. Lives: not longer than what `say` refers to; shared
/// because spdlog hands loggers on so.
std::shared_ptr<spdlog::logger> make_logger(config::LogLevel level, Say say);

} // namespace spine::cli
