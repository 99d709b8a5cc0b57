/// Our one exception type: the work cannot go on (database gone, disk full, library unloadable). Whatever a caller
/// branches on is a value instead; text that somebody wrote wrongly is a list of `workflow::Diagnostic`.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace spine {

/// Each code has one exit code, see `exit_code`.
enum class ErrorCode {
    internal,      ///< our bug or an impossible answer of a library
    usage,         ///< the command line
    invalid,       ///< a definition, parameter, configuration or plugin
    not_found,     ///< a file, store, pipeline or execution that is not there
    conflict,      ///< somebody else holds it
    bad_data,      ///< the data cannot be used
    unavailable,   ///< store or disk cannot be used now
    commit_failed, ///< a COMMIT met an I/O error: nothing more may be acknowledged by this process
    denied,        ///< not allowed
    interrupted    ///< cancelled by a signal
};

/// The documented exit codes; never renumbered.
constexpr int exit_code(ErrorCode code) noexcept {
    switch (code) {
    case ErrorCode::internal: return 1;
    case ErrorCode::usage: return 2;
    case ErrorCode::invalid: return 3;
    case ErrorCode::not_found: return 4;
    case ErrorCode::conflict: return 5;
    case ErrorCode::bad_data: return 6;
    case ErrorCode::unavailable:
    case ErrorCode::commit_failed: return 7;
    case ErrorCode::denied: return 8;
    case ErrorCode::interrupted: return 130;
    }
    return 1;
}

/// The message names the object and the reason; the hint says what to do (may be empty).
class Error : public std::runtime_error {
public:
    Error(ErrorCode code, const std::string& message, std::string hint = {})
        : std::runtime_error{message}, code_{code}, hint_{std::move(hint)} {}
    ErrorCode code() const noexcept { return code_; }
    const std::string& hint() const noexcept { return hint_; }

private:
    ErrorCode code_;
    std::string hint_;
};

} // namespace spine
