#include "env/memory.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace spine::env {

void keep_freed_memory() noexcept {
#ifdef __GLIBC__
    constexpr int kept_max = 16 << 20, taken_at_once = 1 << 20;
    mallopt(M_TRIM_THRESHOLD, kept_max);
    mallopt(M_TOP_PAD, taken_at_once);
#endif
}

} // namespace spine::env
