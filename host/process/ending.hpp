/// How this process ends, whoever ends it: the exit code and standard output are the host's.
#pragma once

#include <chrono>
#include <string>

namespace spine::process {

/// At the start of the program, before any plugin is loaded. From now on:
/// - descriptor 1 leads to standard error, and what this returns leads to where it led: only the host prints there;
/// - a plugin that calls exit, quick_exit or what leads there ends the process with 1 and a sentence (`_exit` cannot be caught);
/// - a signal of a fault (SEGV, BUS, FPE, ILL, ABRT) says first which plugin was doing what; the exit status stays the signal's;
/// - a file that may not grow is an error of the write and no signal; a core, which holds secrets, is not written unless SPINE_CORE_DUMPS is set;
/// - the working folder, umask, locale, signals and rounding that plugins are lent are remembered, see lent.hpp.
/// Returns the descriptor for standard output.
int take_over();

/// The host itself ends: flushed and done, with this exit code. Runs what libraries have to do at exit, unless a thread was forsaken in a plugin.
[[noreturn]] void leave(int exit_code) noexcept;

/// What a signal of a fault is, for people; null for another one.
const char* fault_name(int signal) noexcept;

/// A plugin does not come back and nobody can record it: says so and ends the process with 7.
[[noreturn]] void give_up_process(const std::string& doing, std::chrono::seconds limit) noexcept;

} // namespace spine::process
