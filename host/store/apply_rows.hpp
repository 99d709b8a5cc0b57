/// Buffered rows and small writes become rows of a dataset. Inside the caller's write transaction.
#pragma once

#include "store/attempt.hpp"
#include "store/rowsets.hpp"
#include "store/writer.hpp"

#include <cstdint>
#include <vector>

namespace spine::store {

/// The ids of the texts that the store has already, by code; 0 for the others. On any connection.
std::vector<std::int64_t> known_text_ids(Connection& connection, const TextList& texts);
/// Adds the missing texts and fills in their ids.
void add_text_ids(Connection& connection, const TextList& texts, std::vector<std::int64_t>& ids);

/// Deletes what the version had in the dataset and inserts the new rows, whose sum is recorded. `texts` are those of the ids.
void apply_replacement(Writer& writer,
                       const Replacement& rows,
                       std::int64_t version,
                       const TextList& texts,
                       const std::vector<std::int64_t>& text_ids,
                       const RowsetMaker& maker);
void apply_small_write(Connection& connection, const SmallWrite& write, std::int64_t version, const RowsetMaker& maker);

} // namespace spine::store
