/// The threads of this process that are inside of a plugin: what each of them is doing there, for how long, and how one that does not come back is left
/// behind.
///
/// A plugin cannot be stopped by force. A thread that stays in one is *forsaken*: it keeps its stack, and when the plugin returns or calls the host it
/// stops there for good, so that nothing of what the host has taken apart meanwhile is touched. A process that has forsaken a thread must end by `leave`.
///
/// Threads: any. Everything is kept in static memory, so that handlers of signals and of exits may read it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace spine::process {

/// A call of a plugin that has not returned for longer than it may, and the grace after that.
constexpr std::chrono::seconds grace{5};
/// What a call may take that has no limit of its own.
constexpr std::chrono::seconds load_max{10}, init_max{30}, plan_max{60}, shutdown_max{5};
constexpr std::chrono::nanoseconds no_limit = std::chrono::nanoseconds::max();

/// A thread's place in the table of guests. Lives: for ever; another thread has it once this one has ended.
class Guest;
/// This thread's; null when there are more threads than places.
Guest* this_guest() noexcept;

/// A call into a plugin, from construction to destruction on one thread; nested ones (a composite's children) are inside of each other.
class Visit {
public:
    /// `what` is for messages and is cut at 300 bytes: "plugin 'demo', pipeline demo.load". After `limit` and the grace, unless this thread is
    /// `Minded`, the process says so and ends with 7.
    Visit(std::string_view what, std::chrono::nanoseconds limit) noexcept;
    /// Does not return when the thread was forsaken.
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

private:
    Guest* guest_;
};

/// A call of the host by the plugin that this thread is in.
class HostCall {
public:
    /// Does not return when the thread was forsaken.
    HostCall() noexcept;
    ~HostCall();
    HostCall(const HostCall&) = delete;
    HostCall& operator=(const HostCall&) = delete;

private:
    Guest* guest_;
};

/// While it lives somebody else watches over this thread and records what it does not finish.
class Minded {
public:
    Minded() noexcept;
    ~Minded();
    Minded(const Minded&) = delete;
    Minded& operator=(const Minded&) = delete;

private:
    Guest* guest_;
};

/// While it lives, work that the host does on this thread for a plugin asks `should_stop` whether to go on.
class Stoppable {
public:
    using Asked = bool (*)(const void*) noexcept;
    /// `object` outlives this.
    Stoppable(Asked asked, const void* object) noexcept;
    ~Stoppable();
    Stoppable(const Stoppable&) = delete;
    Stoppable& operator=(const Stoppable&) = delete;

private:
    Asked asked_before_;
    const void* object_before_;
};
/// Whether the call that this thread makes of a plugin is over its time or cancelled; false outside of one.
bool should_stop() noexcept;

/// Whether a visit that the thread is on has lasted longer than its limit.
bool is_late(const Guest* guest) noexcept;
/// What the thread is doing in a plugin; empty: nothing.
std::string doing(const Guest* guest);
/// Leaves the thread where it is, unless it is in the host at the moment. True: it will never touch the host again.
bool forsake(Guest* guest) noexcept;
/// Whether some thread was forsaken.
bool has_forsaken() noexcept;
/// What is being done in plugins now, this thread's first, for a handler of signals. Returns the number of bytes; nothing else but them is used.
std::size_t describe_visits(char* text, std::size_t size) noexcept;

} // namespace spine::process
