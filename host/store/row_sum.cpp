#include "store/row_sum.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#define XXH_INLINE_ALL // a row is short: the call would cost as much as the digest
#include <xxhash.h>

namespace spine::store {

void RowSum::add(const RowSum& other) noexcept {
    rows += other.rows;
    low += other.low;
    high += other.high + (low < other.low ? 1U : 0U);
}

void RowSum::take(const RowSum& other) noexcept {
    rows -= other.rows;
    high -= other.high + (low < other.low ? 1U : 0U);
    low -= other.low;
}

std::string RowSum::hex() const {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const auto half : {high, low})
        for (int shift = 60; shift >= 0; shift -= 4)
            text.push_back(digits[(half >> shift) & 15]);
    return text;
}

RowSum row_sum(std::int64_t rows, std::string_view hex) {
    RowSum sum;
    sum.rows = rows;
    const auto read = [&](std::string_view half, std::uint64_t& value) {
        const auto end = std::from_chars(half.data(), half.data() + half.size(), value, 16);
        return half.size() == 16 && end.ec == std::errc{} && end.ptr == half.data() + half.size();
    };
    if (hex.size() != 32 || !read(hex.substr(0, 16), sum.high) || !read(hex.substr(16), sum.low))
        return {-1, 0, 0};
    return sum;
}

namespace {
/// The same bytes on every machine.
template <typename Value> void put(char* at, Value value) {
    if constexpr (std::endian::native == std::endian::little)
        std::memcpy(at, &value, sizeof value);
    else
        for (std::size_t i = 0; i < sizeof value; ++i)
            at[i] = static_cast<char>(value >> (8 * i));
}
} // namespace

/// Grown by doubling and never shrunk: a row is some dozen cells, and this is done for each of them.
char* RowDigest::room(std::size_t bytes) {
    if (size_ + bytes > bytes_.size())
        bytes_.resize(2 * (size_ + bytes));
    auto* at = bytes_.data() + size_;
    size_ += bytes;
    return at;
}

void RowDigest::cell(char* at, std::size_t place, char kind, std::uint64_t value) {
    put(at, static_cast<std::uint16_t>(place));
    at[2] = kind;
    put(at + 3, value);
}

void RowDigest::integer(std::size_t place, std::int64_t value) { cell(room(head), place, 'i', static_cast<std::uint64_t>(value)); }

void RowDigest::real(std::size_t place, double value) {
    if (std::isnan(value))
        return;
    cell(room(head), place, 'r', std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value));
}

void RowDigest::text(std::size_t place, std::string_view value) {
    auto* at = room(head + value.size());
    cell(at, place, 't', value.size());
    if (!value.empty())
        std::memcpy(at + head, value.data(), value.size());
}

RowSum RowDigest::end() {
    const auto digest = XXH3_128bits(bytes_.data(), size_);
    size_ = 0;
    return {1, digest.high64, digest.low64};
}

} // namespace spine::store
