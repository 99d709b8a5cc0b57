#include "env/ids.hpp"

#include "error.hpp"

#include <array>
#include <cstdio>
#include <sys/random.h>

namespace spine::env {

std::uint64_t SystemRandom::next() {
    // Asked for by the dozen, since each time is a call of the system; a thread's own, so that no two give the same.
    thread_local std::array<std::uint64_t, 32> kept;
    thread_local std::size_t left = 0;
    if (left == 0) {
        if (getrandom(kept.data(), sizeof kept, 0) != static_cast<ssize_t>(sizeof kept))
            throw Error{ErrorCode::internal, "the system gives no random bytes"};
        left = kept.size();
    }
    return kept[--left];
}

std::string Ids::next() {
    auto milliseconds = static_cast<std::uint64_t>(clock_.now().time_since_epoch().count());
    if (milliseconds > last_ms_) {
        last_ms_ = milliseconds;
        count_ = 0;
    } else if (++count_ > 0xfff) { // 4,096 in one millisecond, or the clock went back: borrow the next one
        ++last_ms_;
        count_ = 0;
    }
    milliseconds = last_ms_;
    const auto high = random_.next();
    const auto low = random_.next();
    char out[40];
    std::snprintf(out,
                  sizeof out,
                  "%08llx-%04llx-7%03llx-%04llx-%012llx",
                  static_cast<unsigned long long>((milliseconds >> 16) & 0xffffffffu),
                  static_cast<unsigned long long>(milliseconds & 0xffffu),
                  static_cast<unsigned long long>(count_),
                  static_cast<unsigned long long>(0x8000u | ((high >> 12) & 0x3fffu)),
                  static_cast<unsigned long long>(low & 0xffffffffffffu));
    return out;
}

std::string new_id(Clock& clock, Random& random) { return Ids{clock, random}.next(); }

std::string short_id(Random& random) {
    char out[16];
    std::snprintf(out, sizeof out, "%08llx", static_cast<unsigned long long>(random.next() & 0xffffffffu));
    return out;
}

double jitter(Random& random) {
    return static_cast<double>(random.next() >> 11) / 9007199254740992.0; // 2^53
}

} // namespace spine::env
