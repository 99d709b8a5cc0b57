/// Steps of runs as rows: written at their start and at their end, read back as records.
#pragma once

#include "run/along.hpp"
#include "run/run_journal.hpp"
#include "store/connection.hpp"
#include "unit/outcome.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

namespace spine::store {

/// completed, skipped, failed, cancelled.
bool has_ended(run::StepStatus status);

/// Inserts a start, or ends what runs or waits, or inserts what never began. Throws Error{internal} when that attempt has ended already.
void write_step(Connection& connection,
                const std::string& run_id,
                const run::StepRecord& record,
                const std::string& now);
/// Whether the end of an approval takes no notice of an answer that is there.
bool ignores_answer(Connection& connection, const std::string& run_id, const run::StepRecord& record);
/// Every record of the run in the order of their starts.
std::vector<run::StepRecord> steps_of(Connection& connection, const std::string& run_id);
/// The place that the next event of the run has.
std::int64_t next_event_no(Connection& connection, const std::string& run_id);

/// A failure is kept as three columns: category, message, and a JSON text of the rest.
struct FailureColumns {
    std::string category, message, rest;

    bool operator==(const FailureColumns&) const = default;
};
FailureColumns failure_columns(const std::optional<unit::Failure>& failure);
void bind_failure(SQLite::Statement& statement, int from, const std::optional<unit::Failure>& failure);
std::optional<unit::Failure> failure_from(SQLite::Statement& row, int from);

/// The JSON text in a column; empty for null and for anything else than an object or an array.
boost::json::object object_in(SQLite::Statement& row, int column);
boost::json::array array_in(SQLite::Statement& row, int column);
/// Empty text for nothing.
std::string text_unless_empty(const boost::json::object& value);
std::string text_unless_empty(const boost::json::array& value);

} // namespace spine::store
