#include "env/ids.hpp"

#include "error.hpp"

#include <cstdio>
#include <sys/random.h>

namespace spine::env {

std::uint64_t SystemRandom::next() {
    std::uint64_t value = 0;
    if (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value))
        throw Error{ErrorCode::internal, "the system gives no random bytes"};
    return value;
}

std::string new_id(Clock& clock, Random& random) {
    const auto milliseconds = static_cast<std::uint64_t>(clock.now().time_since_epoch().count());
    const auto high = random.next();
    const auto low = random.next();
    char out[40];
    std::snprintf(out,
                  sizeof out,
                  "%08llx-%04llx-7%03llx-%04llx-%012llx",
                  static_cast<unsigned long long>((milliseconds >> 16) & 0xffffffffu),
                  static_cast<unsigned long long>(milliseconds & 0xffffu),
                  static_cast<unsigned long long>(high & 0xfffu),
                  static_cast<unsigned long long>(0x8000u | ((high >> 12) & 0x3fffu)),
                  static_cast<unsigned long long>(low & 0xffffffffffffu));
    return out;
}

std::string short_id(Random& random) {
    char out[16];
    std::snprintf(out, sizeof out, "%08llx", static_cast<unsigned long long>(random.next() & 0xffffffffu));
    return out;
}

double jitter(Random& random) {
    return static_cast<double>(random.next() >> 11) / 9007199254740992.0; // 2^53
}

} // namespace spine::env
