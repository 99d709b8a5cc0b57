#include "cli/log_file.hpp"

#include "error.hpp"

#include <filesystem>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <system_error>

namespace spine::cli {

struct LogFile::Writing {
    spdlog::logger logger;
};

LogFile::LogFile(const std::string& path) {
    // The library would make the folders that are missing, and a slip would go unseen.
    const auto folder = std::filesystem::path{path}.parent_path();
    std::error_code error;
    if (!folder.empty() && !std::filesystem::is_directory(folder, error))
        throw Error{ErrorCode::usage, "log file '" + path + "': there is no folder '" + folder.string() + "'", "make the folder, or name another file"};
    try {
        writing_ = std::make_unique<Writing>(Writing{spdlog::logger{"spine", std::make_shared<spdlog::sinks::basic_file_sink_st>(path)}});
    } catch (const spdlog::spdlog_ex& failure) {
        throw Error{ErrorCode::usage, "log file '" + path + "' cannot be opened: " + failure.what(), "name a file that can be appended to"};
    }
    auto& logger = writing_->logger;
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::trace); // what is told was chosen before
    logger.flush_on(spdlog::level::trace);
    logger.set_error_handler([](const std::string&) {}); // else it would write to standard error
}

LogFile::~LogFile() = default;

void LogFile::append(std::string_view line) noexcept {
    writing_->logger.log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
}

} // namespace spine::cli
