/// How the process keeps the memory that it has freed.
#pragma once

namespace spine::env {

/// Freed memory is kept for the next use up to some MiB, instead of being given back to the system and asked for again around every transaction. Once,
/// at the start of the program, before other threads.
void keep_freed_memory() noexcept;

} // namespace spine::env
