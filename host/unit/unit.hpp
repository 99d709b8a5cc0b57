/// What one attempt reads and writes: pinned inputs, buffered effects, the commit.
#pragma once

#include "unit/outcome.hpp"
#include "unit/rows.hpp"
#include "unit/state.hpp"
#include "workflow/catalogue.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace spine::unit {

/// A version of a partition's rows within one attempt: an index into the attempt's own list.
using Rowset = std::int64_t;

struct Reject {
    std::uint32_t output = 0;
    std::int64_t line_number = 0; ///< 0: none
    std::string reason_code;
    std::string reason_detail;
    std::string raw_text;
    std::string source_locator;
};

struct Check {
    std::uint32_t output = 0;
    std::string name;
    std::string category; ///< INTEGRITY, COMPLETENESS, BUSINESS_RULE
    std::string status;   ///< PASS, WARN, FAIL; NOT_ASKED: `actual` says why
    std::string actual;
    std::string expected;
    std::string details; ///< JSON or empty
};

struct Anomaly {
    std::optional<std::uint32_t> output;
    std::string severity; ///< DEBUG, INFO, WARN, ERROR, CRITICAL
    std::string category;
    std::string message;
    std::string metadata; ///< JSON or empty
};

/// What an attempt said while it worked, for people.
struct LogLine {
    std::string time;  ///< as env::to_text writes it
    std::string level; ///< DEBUG, INFO, WARN, ERROR
    std::string text;

    bool operator==(const LogLine&) const = default;
};

/// A source that was read to its end.
struct Observation {
    std::string content_sha256;
    std::string source_uri;
    std::int64_t source_bytes = 0;
    std::string source_last_update;
    std::string week_source;
};

struct Observed {
    bool unchanged = false; ///< the head has the same bytes
    Rowset rowset = 0;
    std::string capture_id; ///< of the head, or as it will be
};

struct Reached {
    std::uint32_t output = 0;
    Rowset rowset = 0;
    std::int64_t row_count = 0;
    boost::json::object metrics;
};

enum class WriteKind { insert, update, erase };

/// A value bound to a statement or written to a column; text is borrowed for the call.
using Value = std::variant<std::monostate, std::int64_t, double, std::string_view>;

/// A running SELECT. Holds a read snapshot until it is destroyed.
class Cursor {
public:
    virtual ~Cursor() = default;
    /// Moves to the next row; false at the end.
    virtual bool next() = 0;
    virtual Cell cell(std::size_t column) = 0; ///< text valid until `next`
};

/// Rows on their way into a dataset.
class RowSink {
public:
    virtual ~RowSink() = default;
    /// The columns of the rows that follow, in the order in which cells are written.
    virtual const std::vector<workflow::Column>& columns() const = 0;
    /// One row after the other, a cell for each column; texts of repeated columns too.
    virtual void text(std::size_t column, std::string_view value) = 0;
    virtual void integer(std::size_t column, std::int64_t value) = 0;
    virtual void real(std::size_t column, double value) = 0;
    virtual void null(std::size_t column) = 0;
    virtual void end_row() = 0;
    virtual std::uint64_t finish() = 0;
};

struct Claimed {
    std::optional<std::uint32_t> output; ///< none: held by `holder`
    std::string holder;
};

/// Committed, or nothing was written and this is why.
struct Committed {};
struct Superseded {
    std::string reason; ///< which input or partition moved
};
struct Fenced {
    std::string reason; ///< another attempt took the item over, or it was cancelled
};
/// The store could not take the rows (a key twice, a value that its column does not allow): recorded as a failed attempt.
struct Refused {
    Failure failure;
};
/// Committed with its rows, but a check of the stage that publishes failed, so that readers go on with what was published before.
struct Withheld {
    Failure failure; ///< QUALITY_GATE: which checks, and the ways on
};
using Commit = std::variant<Committed, Superseded, Fenced, Refused, Withheld>;

/// Nothing that is written is visible, to anyone or to the attempt itself, before `commit` returns.
///
/// Threads: one at a time; each attempt has its own.
/// Lives:   must not outlive the store that made it.
/// Fails:   throws Error: {invalid} for a call that the declarations do not allow, {unavailable} for the store, {commit_failed}
///          when the commit met an I/O error and nothing more may be acknowledged.
class Unit {
public:
    virtual ~Unit() = default;

    virtual State& state() = 0;
    /// Partitions that are written, in the order they were planned or claimed.
    virtual const std::vector<Partition>& outputs() const = 0;
    /// Pinned inputs, sorted by partition and stage.
    virtual const std::vector<Input>& inputs() const = 0;

    /// The attempt learned its partition.
    virtual Claimed claim(const Partition& partition) = 0;
    virtual Observed observe(std::uint32_t output, const Observation& source) = 0;
    /// The rowset of one pinned input's capture.
    virtual Rowset rowset_of(std::size_t input) = 0;
    /// The rowset of everything derived from all inputs of the output.
    virtual Rowset derived(std::uint32_t output) = 0;

    /// A SELECT with bound values over what the plugin's domain may read.
    virtual std::unique_ptr<Cursor> query(std::string_view sql, std::span<const Value> values, std::size_t columns) = 0;
    /// Rows that replace what the rowset had in the dataset, applied at commit in the order of the calls. The sink lives as
    /// long as the unit. Columns left out are null and must be nullable.
    virtual RowSink& replace(std::string_view dataset, Rowset rowset, const std::vector<std::string>& columns) = 0;
    virtual void write(std::string_view dataset, Rowset rowset, WriteKind kind,
                       const std::vector<std::pair<std::string, Value>>& fields) = 0;
    virtual void reject(Reject reject) = 0;
    virtual void check(Check check) = 0;
    virtual void anomaly(Anomaly anomaly) = 0;
    virtual void reached(Reached reached) = 0;

    /// Kept with the attempt, however it ends, unless it was taken over; bounded. A unit that commits nothing keeps nothing.
    virtual void log(LogLine /*line*/) {}

    /// What every result tells beside its own outputs: row_count of the stages reached, reject_count, error_count (checks
    /// that failed).
    virtual boost::json::object figures() const { return {}; }

    /// Rows, rejects, checks, manifest, lineage, result and acknowledgement in one synced transaction, if the fence, every
    /// pinned input and every output's generation still hold. A Failure has a unit too: the error, checks, rejects and
    /// anomalies, no rows and no manifest.
    virtual Commit commit(const Outcome& outcome) = 0;

    /// The same without waiting for others: `then` hears how it went, on any thread, and must be quick; until then the unit is left alone. It is not
    /// called when the answer is a Commit, which has happened, or InPlace: this one must be committed by `commit`, and nothing was done.
    struct InPlace {};
    struct Later {};
    using Then = std::function<void(std::variant<Commit, std::exception_ptr>)>;
    virtual std::variant<InPlace, Later, Commit> commit_later(const Outcome& /*outcome*/, Then /*then*/) { return InPlace{}; }
};

} // namespace spine::unit
