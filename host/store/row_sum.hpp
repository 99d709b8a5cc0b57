/// What a set of rows is, in 128 bits: the sum of the digests of its rows, so that rows come and go one by one and no order matters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spine::store {

struct RowSum {
    std::int64_t rows = 0;
    std::uint64_t high = 0, low = 0;

    void add(const RowSum& other) noexcept;
    void take(const RowSum& other) noexcept;
    bool nothing() const noexcept { return rows == 0 && high == 0 && low == 0; }
    std::string hex() const; ///< 32 digits
    bool operator==(const RowSum&) const = default;
};
/// What `hex` wrote; a text that is none of it gives a sum that no rows have.
RowSum row_sum(std::int64_t rows, std::string_view hex);

/// The digest of one row, cell by cell in the order of the columns; then of the next one.
///
/// A cell is known by its column's place in the table and a null is left out, so that a column which is renamed, or added and null, changes no row.
/// Numbers are taken as SQLite keeps them: no negative zero, and what is not a number is null.
class RowDigest {
public:
    void integer(std::size_t place, std::int64_t value);
    void real(std::size_t place, double value);
    void text(std::size_t place, std::string_view value);
    /// The sum of this row alone.
    RowSum end();

private:
    static constexpr std::size_t head = 11; ///< place, kind, and a number or a length
    char* room(std::size_t bytes);
    static void cell(char* at, std::size_t place, char kind, std::uint64_t value);
    std::string bytes_;
    std::size_t size_ = 0;
};

} // namespace spine::store
