/// Structs that the other side built, perhaps with fewer or more fields than ours.
#pragma once

#include "plugin/refusal.hpp"
#include "spine/abi.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace spine::plugin {

/// The size that a struct had when it first appeared, so the least that any build has. When a
/// struct grows, give it a specialisation with its old size.
template <typename T> inline constexpr std::uint32_t first_size = sizeof(T);
template <> inline constexpr std::uint32_t first_size<spine_stage> = 40; // until ABI 1.2
template <> inline constexpr std::uint32_t first_size<spine_course_1> = 56; // until ABI 1.3
template <> inline constexpr std::uint32_t first_size<spine_migration_step> = 56; // until ABI 1.2
/// More than any struct of ours will ever have: beyond it, struct_size is garbage.
inline constexpr std::uint32_t struct_size_max = 4096;
inline constexpr std::uint32_t table_count_max = 10'000;

inline bool is_plausible_size(std::uint32_t size, std::uint32_t least) noexcept {
    return size >= least && size <= struct_size_max;
}

/// A copy in which the fields that the other build does not have are zero.
template <typename T> T copy_sized(const void* from, std::uint32_t struct_size) noexcept {
    T copy{};
    std::memcpy(&copy, from, std::min<std::size_t>(struct_size, sizeof(T)));
    return copy;
}

/// The struct's own struct_size; it is the first field of all but `spine_plugin`.
inline std::uint32_t size_of(const void* item) noexcept {
    std::uint32_t size = 0;
    std::memcpy(&size, item, sizeof size);
    return size;
}

/// Writes what fits into the struct of another build and leaves its struct_size alone. False for
/// null or a size that no build has.
template <typename T> bool write_sized(T* to, T value) noexcept {
    if (to == nullptr || !is_plausible_size(size_of(to), first_size<T>))
        return false;
    value.struct_size = size_of(to);
    std::memcpy(to, &value, std::min<std::size_t>(value.struct_size, sizeof(T)));
    return true;
}

template <typename T> struct Item {
    T value;           ///< a sound copy
    const T* original; ///< what the plugin knows it by
};

/// The elements of a declared table. `what` names it in the refusal: "pipelines".
template <typename T>
std::vector<Item<T>> items_of(const spine_table& table, const std::string& what) {
    std::vector<Item<T>> items;
    if (table.count == 0)
        return items;
    const auto fails = [&](const std::string& found, const std::string& wanted) {
        refuse({"table", what + " with " + found, wanted, "build it with the current SDK"});
    };
    if (table.items == nullptr)
        fails("no items but a count of " + std::to_string(table.count), "a pointer to them");
    if (table.count > table_count_max)
        fails(std::to_string(table.count) + " items", "at most " + std::to_string(table_count_max));
    if (!is_plausible_size(table.stride, first_size<T>))
        fails("a stride of " + std::to_string(table.stride) + " bytes",
              std::to_string(first_size<T>) + " to " + std::to_string(struct_size_max));
    const auto* at = static_cast<const char*>(table.items);
    for (std::uint32_t i = 0; i < table.count; ++i, at += table.stride) {
        const auto size = size_of(at);
        if (!is_plausible_size(size, first_size<T>) || size > table.stride)
            fails("struct_size " + std::to_string(size) + " in item " + std::to_string(i),
                  std::to_string(first_size<T>) + " to the stride of " +
                      std::to_string(table.stride));
        items.push_back(
            {copy_sized<T>(at, size), static_cast<const T*>(static_cast<const void*>(at))});
    }
    return items;
}

} // namespace spine::plugin
