/// The objects behind the opaque pointers that a plugin holds during one call. A closed one stays
/// as an empty shell, so that using it again is an error and not a crash.
#pragma once

#include "plugin/incoming_batch.hpp"
#include "plugin/outgoing_batch.hpp"
#include "plugin/source.hpp"
#include "spine/abi.h"
#include "unit/unit.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spine::plugin {
class Session;
}

// The types that abi.h leaves open.

struct spine_source {
    spine::plugin::Session* session;
    std::unique_ptr<spine::plugin::Source> source; ///< null: closed
};

struct spine_cursor {
    spine::plugin::Session* session;
    std::unique_ptr<spine::unit::Cursor> rows; ///< null: at the end, or closed
    bool closed;
    std::string types;
    spine::plugin::OutgoingBatches batches;
};

struct spine_appender {
    spine::plugin::Session* session;
    std::string dataset;
    spine::unit::RowSink* rows; ///< the unit's
    std::vector<spine::workflow::Column> columns;
    std::uint64_t row_count;
    bool finished;
};

namespace spine::plugin {

/// Threads: one at a time.
class Handles {
public:
    Handles();
    ~Handles();
    spine_source* add(std::unique_ptr<spine_source> source);
    spine_cursor* add(std::unique_ptr<spine_cursor> cursor);
    spine_appender* add(std::unique_ptr<spine_appender> appender);
    /// Whether the pointer is one of the sources of this call.
    bool holds(const spine_source* source) const noexcept;
    /// The dataset of an appender that is not finished; null: there is none.
    const std::string* unfinished() const noexcept;
    bool appended() const noexcept { return !appenders_.empty(); }

private:
    std::vector<std::unique_ptr<spine_source>> sources_;
    std::vector<std::unique_ptr<spine_cursor>> cursors_;
    std::vector<std::unique_ptr<spine_appender>> appenders_;
};

} // namespace spine::plugin
