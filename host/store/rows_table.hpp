/// Buffered rows as a virtual table, so that one INSERT … SELECT moves them into a dataset without a statement per row.
#pragma once

#include "store/connection.hpp"
#include "store/row_sum.hpp"
#include "unit/rows.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace spine::store {

/// The table-valued name and its columns c0, c1, …; at most this many.
inline constexpr const char* rows_module = "spine_rows";
inline constexpr int rows_columns_max = 128;

/// What the virtual table reads at the moment; belongs to one connection and must outlive it.
struct RowsSource {
    unit::RowReader* reader = nullptr;
    /// For columns whose cells are codes of the attempt's own text list: the store's text id of each code.
    const std::vector<std::int64_t>* text_ids = nullptr;
    std::vector<bool> is_code;
    /// The texts of those codes.
    const std::vector<const std::string*>* texts = nullptr;
    /// Which cell stands at which place of the dataset, in the order of the places.
    std::vector<std::pair<std::size_t, std::size_t>> places;
    RowDigest digest;
    RowSum sum; ///< of the rows that were read
    std::string failure; ///< what a reader threw; SQLite knows only that the scan failed
};

void register_rows_module(Connection& connection, RowsSource& source);

} // namespace spine::store
