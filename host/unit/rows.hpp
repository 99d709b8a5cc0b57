/// Rows that wait for the commit: one compact run of bytes per dataset and rowset, read once from front to back. Past a
/// limit it goes to a scratch file, so that memory does not grow with the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spine::unit {

/// A bounded store of bytes shared by all rows of one attempt: in memory up to a limit, then in an unlinked file.
///
/// Threads: one at a time. Fails: throws Error{unavailable} when the scratch file cannot take more.
class Spill {
public:
    /// `folder` is where the scratch file is made, if it is needed.
    Spill(std::string folder, std::size_t memory_max);
    ~Spill();
    Spill(const Spill&) = delete;
    Spill& operator=(const Spill&) = delete;

    struct Place {
        std::unique_ptr<char[]> memory; ///< or, when null, `offset` in the file
        std::uint64_t offset = 0;
        std::size_t size = 0;
    };
    Place keep(const char* bytes, std::size_t size);
    /// The bytes of a place; `scratch` is used when they must be read back.
    std::string_view bytes(const Place& place, std::string& scratch) const;

private:
    std::string folder_;
    std::size_t memory_max_;
    std::size_t memory_used_ = 0;
    std::uint64_t file_size_ = 0;
    int file_ = -1;
};

enum class CellKind : std::uint8_t { null, integer, real, text };

struct Cell {
    CellKind kind = CellKind::null;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view text; ///< valid until the next row is read
};

/// Writes rows cell by cell, in the order of the columns.
class RowWriter {
public:
    explicit RowWriter(Spill& spill) : spill_{&spill} {}
    void null();
    void integer(std::int64_t value);
    void real(double value);
    void text(std::string_view value);
    void end_row();
    std::uint64_t rows() const noexcept { return rows_; }

private:
    friend class RowReader;
    void varint(std::uint64_t value);
    void flush();
    Spill* spill_;
    std::string chunk_;
    std::vector<Spill::Place> places_;
    std::uint64_t rows_ = 0;
};

/// Reads what a writer wrote, from the first row. The writer must have ended its last row and outlive the reader.
class RowReader {
public:
    RowReader(const RowWriter& rows, std::size_t columns);
    /// Moves to the next row; false at the end.
    bool next();
    const Cell& cell(std::size_t column) const { return cells_[column]; }

private:
    const RowWriter& rows_;
    std::string scratch_;
    std::string_view bytes_;
    std::size_t at_ = 0;
    std::size_t place_ = 0;
    std::vector<Cell> cells_;
};

} // namespace spine::unit
