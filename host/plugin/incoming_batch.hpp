/// A columnar batch that a plugin hands over: checked whole, then written row by row.
#pragma once

#include "spine/abi.h"
#include "unit/unit.hpp"
#include "workflow/catalogue.hpp"

#include <cstdint>
#include <vector>

namespace spine::plugin {

/// Calls the batch's release once, when it goes out of scope, whatever happened; a batch that
/// throws there is told of.
class BatchOwner {
public:
    explicit BatchOwner(ArrowArray* batch) noexcept : batch_{batch} {}
    ~BatchOwner() { release(); }
    BatchOwner(const BatchOwner&) = delete;
    BatchOwner& operator=(const BatchOwner&) = delete;
    /// False when the release has thrown.
    bool release() noexcept;

private:
    ArrowArray* batch_;
};

/// Borrows the batch's memory and the columns.
class IncomingBatch {
public:
    /// Throws Error{usage} that names the first thing that is wrong; nothing has been written then.
    IncomingBatch(const ArrowArray& batch, const std::vector<workflow::Column>& columns);
    std::int64_t rows() const noexcept { return rows_; }
    void write_to(unit::RowSink& sink) const;

    enum class Kind : std::uint8_t { integer, real, text };
    struct View {
        Kind kind;
        const std::uint8_t* valid;   ///< null: every cell is
        const unsigned char* values; ///< numbers, or the text's offsets
        const char* text;
    };

private:
    std::int64_t rows_;
    std::vector<View> views_;
};

} // namespace spine::plugin
