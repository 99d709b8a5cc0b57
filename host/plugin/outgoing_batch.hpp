/// Rows of a SELECT as columnar batches that the host owns and lends to the plugin.
#pragma once

#include "spine/abi.h"
#include "unit/unit.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace spine::plugin {

class OutgoingBatch;

/// The batches of one cursor; a released one is filled again. Memory lives until this object goes.
class OutgoingBatches {
public:
    OutgoingBatches();
    ~OutgoingBatches();
    /// Fills `out` with at most so many rows; false when the rows are at their end. `types` has a
    /// letter for each column. Throws Error{usage} when a value is of another type than its letter
    /// says.
    bool
    fill(ArrowArray& out, unit::Cursor& rows, const std::string& types, std::uint32_t rows_max);
    /// A batch without rows.
    void fill_empty(ArrowArray& out, const std::string& types);

private:
    OutgoingBatch& free_batch(const std::string& types);
    std::vector<std::unique_ptr<OutgoingBatch>> batches_;
};

} // namespace spine::plugin
