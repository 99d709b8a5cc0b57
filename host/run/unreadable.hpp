/// Why one run's records cannot be read, apart from the store that cannot.
#pragma once

#include "error.hpp"

#include <exception>
#include <new>
#include <optional>
#include <string>

namespace spine::run {

/// Does `read`, which reads what is recorded of one run or decides by it, and says why it could not be. What is about the store, the disk or the memory is
/// thrown on: it concerns every run.
template <typename Read> std::optional<std::string> why_unreadable(Read&& read) {
    try {
        read();
        return std::nullopt;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::commit_failed || error.code() == ErrorCode::denied ||
            error.code() == ErrorCode::interrupted)
            throw;
        return error.what();
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) { // a JSON library's, when a member is missing or of another kind
        return error.what();
    }
}

/// What such a run waits with; it is taken up again when somebody names it.
inline std::string unreadable_reason(const std::string& why) {
    return "blocked: its records cannot be read: " + why + "; 'spine db check' says what is damaged";
}

} // namespace spine::run
