/// What happens inside is told to whoever looks for a reason: an event's words, and what it is about as fields.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

namespace spine::env {

enum class LogWeight { debug, info, warn, error };

/// A name in lower case, and its value; an empty value is left out. Borrowed for the call.
using LogField = std::pair<std::string_view, std::string_view>;
using LogFields = std::initializer_list<LogField>;

/// Threads: any. Fails: never; what cannot be told is lost.
class Log {
public:
    virtual ~Log() = default;
    /// Whether somebody hears it: asked before words are made that cost something.
    virtual bool wants(LogWeight weight) const noexcept = 0;
    virtual void put(LogWeight weight, std::string_view message, std::span<const LogField> fields) noexcept = 0;
    /// `message` of an event below a warning: words that never change for the same event; what changes is in the fields.
    void write(LogWeight weight, std::string_view message, LogFields fields) noexcept { put(weight, message, {fields.begin(), fields.size()}); }
};

/// Nobody hears it.
class NoLog final : public Log {
public:
    bool wants(LogWeight) const noexcept override { return false; }
    void put(LogWeight, std::string_view, std::span<const LogField>) noexcept override {}
};

/// Whether `log` is there and wants what only somebody who debugs wants.
inline bool debugs(const Log* log) noexcept { return log != nullptr && log->wants(LogWeight::debug); }

} // namespace spine::env
