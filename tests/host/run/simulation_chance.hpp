/// Chance that is the same on every machine: all that happens in a simulated world comes out of its seed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace spine::test::sim {

constexpr std::uint64_t mixed(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15ULL;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}
constexpr std::uint64_t mixed(std::uint64_t left, std::uint64_t right) { return mixed(left ^ mixed(right)); }
constexpr std::uint64_t mixed(std::uint64_t left, std::string_view text) {
    auto value = mixed(left, text.size());
    for (const char c : text)
        value = mixed(value, static_cast<unsigned char>(c));
    return value;
}

/// Numbers that follow from a seed.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_{mixed(seed)} {}
    std::uint64_t next() { return state_ = mixed(state_); }
    /// 0 to `count` - 1.
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
    std::int64_t between(std::int64_t least, std::int64_t most) {
        return least + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(most - least + 1));
    }
    bool percent(std::uint64_t chance) { return next() % 100 < chance; }
    template <class T> const T& of(const std::vector<T>& values) { return values[below(values.size())]; }

private:
    std::uint64_t state_;
};

} // namespace spine::test::sim
