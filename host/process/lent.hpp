/// What belongs to the whole process and a plugin can change: the working folder, umask, locale, handlers of signals, rounding. It is lent for a call
/// and put back after it. Another thread that works meanwhile sees the change for that long; the host itself never depends on it (see `home`).
#pragma once

#include <string>

namespace spine::process {

/// As it is now is how it belongs. Called once, before threads.
void remember_what_is_lent();
/// Puts back what is not as it belongs; what that was, for people ("the working folder, the umask"); empty: nothing, or nothing is remembered.
/// Threads: any.
std::string put_back();
/// A handler that the host has set since belongs there.
void keep_handler(int signal);

/// The folder in which the program was started, for `openat` and its like; AT_FDCWD when nothing is remembered.
int home() noexcept;
/// Its path; what the system says when nothing is remembered.
std::string home_path();

} // namespace spine::process
