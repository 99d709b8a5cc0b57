/// What the host hands to a plugin lives here until the plugin's function has returned.
#pragma once

#include "spine/abi.h"

#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <new>
#include <string_view>
#include <type_traits>

namespace spine::plugin {

/// Threads: one at a time.
class Arena {
public:
    /// A copy that lives as long as the arena.
    spine_str keep(std::string_view text) {
        if (text.empty())
            return {nullptr, 0};
        auto* copy = static_cast<char*>(memory_.allocate(text.size(), 1));
        std::memcpy(copy, text.data(), text.size());
        return {copy, text.size()};
    }
    /// Zeroed items that live as long as the arena; null when there are none.
    template <typename T> T* array(std::size_t count) {
        static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
        if (count == 0)
            return nullptr;
        auto* items = static_cast<T*>(memory_.allocate(count * sizeof(T), alignof(T)));
        for (std::size_t i = 0; i < count; ++i)
            new (items + i) T{}; // the arena owns the memory, and a T needs no destructor
        return items;
    }

private:
    std::pmr::monotonic_buffer_resource memory_{1024};
};

} // namespace spine::plugin
