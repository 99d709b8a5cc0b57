#include "process/guests.hpp"

#include "process/ending.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>
#include <pthread.h>
#include <thread>
#include <unistd.h>

namespace spine::process {

namespace {

using std::chrono::nanoseconds;

constexpr std::size_t guests_max = 320, depth_max = 8, text_max = 300;

enum class Where : int { outside, in_plugin, in_host, forsaken };

std::int64_t now_ns() noexcept {
    return std::chrono::duration_cast<nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace

class Guest {
public:
    struct Call {
        std::array<char, text_max> text{};
        std::atomic<std::size_t> size{0};
        std::atomic<std::int64_t> begun{0}, limit{0};
        bool from_host = false; ///< where the thread was before
    };
    std::atomic<bool> taken{false};
    std::atomic<Where> where{Where::outside};
    std::atomic<std::size_t> depth{0};
    std::atomic<int> minded{0};
    std::array<Call, depth_max> calls;

    /// The innermost one; null: none.
    const Call* call() const noexcept {
        const auto at = depth.load(std::memory_order_acquire);
        return at == 0 ? nullptr : &calls[std::min(at, depth_max) - 1];
    }
};

namespace {

// Handlers of signals and exits find it at any time, also after the destructors of static objects.
constinit std::array<Guest, guests_max> guests{};       // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
constinit std::atomic<bool> any_forsaken{false};        // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
constinit std::atomic<bool> watching{false};            // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
constinit thread_local Stoppable::Asked stop_asked = nullptr; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
constinit thread_local const void* stop_object = nullptr;     // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
constinit thread_local Guest* own = nullptr;            // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

/// A stack of its own for handlers of signals, since the thread's may be what is used up; and the place, given back at the thread's end.
class Place {
public:
    Place() noexcept {
        for (auto& guest : guests)
            if (bool free = false; guest.taken.compare_exchange_strong(free, true)) {
                own = &guest;
                break;
            }
        stack_t before{};
        if (::sigaltstack(nullptr, &before) != 0 || (before.ss_flags & SS_DISABLE) == 0)
            return; // a sanitizer has its own
        stack_t stack{};
        stack.ss_sp = stack_.get();
        stack.ss_size = stack_bytes;
        set_ = stack_ != nullptr && ::sigaltstack(&stack, nullptr) == 0;
    }
    ~Place() {
        if (set_) {
            stack_t none{};
            none.ss_flags = SS_DISABLE;
            ::sigaltstack(&none, nullptr);
        }
        if (own != nullptr && own->depth.load() == 0)
            own->taken.store(false);
        own = nullptr;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    static constexpr std::size_t stack_bytes = std::size_t{64} << 10;
    std::unique_ptr<char[]> stack_{new (std::nothrow) char[stack_bytes]};
    bool set_ = false;
};

/// For good: nothing of this thread's stack is touched any more, nor is it taken down.
[[noreturn]] void stay() noexcept {
    for (;;)
        ::pause();
}

/// Ends the process when a visit that nobody minds is later than the grace.
void watch() {
    for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds{250});
        const auto now = now_ns();
        for (auto& guest : guests) {
            const auto* call = guest.call();
            if (call == nullptr || guest.minded.load() > 0 || guest.where.load() != Where::in_plugin)
                continue;
            const auto limit = call->limit.load(), begun = call->begun.load();
            if (limit == no_limit.count() || now - begun < limit + nanoseconds{grace}.count() || guest.call() != call)
                continue;
            give_up_process(doing(&guest), std::chrono::duration_cast<std::chrono::seconds>(nanoseconds{limit}));
        }
    }
}

void start_watching() noexcept {
    if (watching.exchange(true))
        return;
    try {
        // The program's signals are for its own threads.
        sigset_t all, before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        ::pthread_atfork(nullptr, nullptr, [] { watching.store(false); }); // a child has no threads but its first
        try {
            std::thread{watch}.detach();
        } catch (...) {
            ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
            throw;
        }
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    } catch (...) {
        watching.store(false); // no thread to be had: the next visit tries again
    }
}

} // namespace

Guest* this_guest() noexcept {
    thread_local Place place;
    return own;
}

Visit::Visit(std::string_view what, nanoseconds limit) noexcept : guest_{this_guest()} {
    if (guest_ == nullptr)
        return;
    const auto depth = guest_->depth.load(std::memory_order_relaxed);
    if (depth < depth_max) {
        auto& call = guest_->calls[depth];
        const auto size = std::min(what.size(), call.text.size());
        std::memcpy(call.text.data(), what.data(), size);
        call.size.store(size, std::memory_order_relaxed);
        call.begun.store(now_ns(), std::memory_order_relaxed);
        call.limit.store(limit.count(), std::memory_order_relaxed);
        call.from_host = guest_->where.load(std::memory_order_relaxed) == Where::in_host;
    }
    guest_->depth.store(depth + 1, std::memory_order_release);
    guest_->where.store(Where::in_plugin);
    if (limit != no_limit && guest_->minded.load(std::memory_order_relaxed) == 0)
        start_watching();
}

Visit::~Visit() {
    if (guest_ == nullptr)
        return;
    const auto depth = guest_->depth.load(std::memory_order_relaxed) - 1;
    const bool from_host = depth >= depth_max || guest_->calls[depth].from_host;
    auto inside = Where::in_plugin;
    if (!guest_->where.compare_exchange_strong(inside, from_host ? Where::in_host : Where::outside))
        stay();
    guest_->depth.store(depth, std::memory_order_release);
}

HostCall::HostCall() noexcept : guest_{own} {
    if (guest_ == nullptr)
        return; // a thread of the plugin's own
    auto inside = Where::in_plugin;
    if (!guest_->where.compare_exchange_strong(inside, Where::in_host)) {
        if (inside == Where::forsaken)
            stay();
        guest_ = nullptr; // is in the host already
    }
}

HostCall::~HostCall() {
    if (guest_ != nullptr)
        guest_->where.store(Where::in_plugin);
}

Minded::Minded() noexcept : guest_{this_guest()} {
    if (guest_ != nullptr)
        guest_->minded.fetch_add(1);
}

Minded::~Minded() {
    if (guest_ != nullptr)
        guest_->minded.fetch_sub(1);
}

Stoppable::Stoppable(Asked asked, const void* object) noexcept : asked_before_{stop_asked}, object_before_{stop_object} {
    stop_asked = asked;
    stop_object = object;
}

Stoppable::~Stoppable() {
    stop_asked = asked_before_;
    stop_object = object_before_;
}

bool should_stop() noexcept { return stop_asked != nullptr && stop_asked(stop_object); }

bool is_late(const Guest* guest) noexcept {
    if (guest == nullptr)
        return false;
    const auto now = now_ns();
    const auto depth = std::min(guest->depth.load(std::memory_order_acquire), depth_max);
    return std::any_of(guest->calls.begin(), guest->calls.begin() + static_cast<std::ptrdiff_t>(depth), [&](const auto& call) {
        const auto limit = call.limit.load();
        return limit != no_limit.count() && now - call.begun.load() > limit;
    });
}

std::string doing(const Guest* guest) {
    const auto* call = guest == nullptr ? nullptr : guest->call();
    return call == nullptr ? std::string{} : std::string{call->text.data(), std::min(call->size.load(), text_max)};
}

bool forsake(Guest* guest) noexcept {
    if (guest == nullptr)
        return false;
    auto inside = Where::in_plugin;
    if (!guest->where.compare_exchange_strong(inside, Where::forsaken))
        return inside == Where::forsaken;
    any_forsaken.store(true);
    return true;
}

bool has_forsaken() noexcept { return any_forsaken.load(); }

std::size_t describe_visits(char* text, std::size_t size) noexcept {
    std::size_t used = 0;
    const auto add = [&](const char* bytes, std::size_t count) {
        count = std::min(count, size - used);
        std::memcpy(text + used, bytes, count);
        used += count;
    };
    const auto add_call = [&](const Guest& guest) {
        if (const auto* call = guest.call()) {
            if (used > 0)
                add("; ", 2);
            add(call->text.data(), std::min(call->size.load(), text_max));
        }
    };
    if (own != nullptr && own->call() != nullptr) {
        add_call(*own);
        return used;
    }
    for (const auto& guest : guests) // a thread that some plugin has made
        if (guest.taken.load())
            add_call(guest);
    return used;
}

} // namespace spine::process
