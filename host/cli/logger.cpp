#include "cli/logger.hpp"

#include <mutex>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <utility>

namespace spine::cli {
namespace {

class SaySink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit SaySink(Say say) : say_{std::move(say)} {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const auto weight = message.level >= spdlog::level::err    ? config::LogLevel::error
                            : message.level >= spdlog::level::warn ? config::LogLevel::warn
                            : message.level >= spdlog::level::info ? config::LogLevel::info
                                                                   : config::LogLevel::debug;
        say_(weight, {message.payload.data(), message.payload.size()});
    }
    void flush_() override {}

    Say say_;
};

spdlog::level::level_enum spdlog_level(config::LogLevel level) {
    switch (level) {
    case config::LogLevel::debug: return spdlog::level::debug;
    case config::LogLevel::info: return spdlog::level::info;
    case config::LogLevel::warn: return spdlog::level::warn;
    case config::LogLevel::error: return spdlog::level::err;
    case config::LogLevel::off: return spdlog::level::off;
    }
    return spdlog::level::warn;
}

} // namespace

std::shared_ptr<spdlog::logger> make_logger(config::LogLevel level, Say say) {
    auto logger = std::make_shared<spdlog::logger>("spine", std::make_shared<SaySink>(std::move(say)));
    logger->set_level(spdlog_level(level));
    return logger;
}

} // namespace spine::cli
