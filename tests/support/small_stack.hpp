/// A thread whose stack has a stated size, for tests of what deep input does to it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <pthread.h>

namespace spine::test {

/// Calls `work` on a stack of about `bytes`, with a guard below it, and waits; false when there is no such thread. Assertions belong
/// after it: those of Boost.Test need more stack themselves.
inline bool on_small_stack(std::size_t bytes, std::function<void()> work) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    const std::unique_ptr<pthread_attr_t, int (*)(pthread_attr_t*)> owned{&attributes, &pthread_attr_destroy};
    const auto call = [](void* given) -> void* {
        (*static_cast<std::function<void()>*>(given))();
        return nullptr;
    };
    pthread_t thread{};
    return pthread_attr_setstacksize(&attributes, bytes) == 0 && pthread_create(&thread, &attributes, call, &work) == 0 &&
           pthread_join(thread, nullptr) == 0;
}

} // namespace spine::test
