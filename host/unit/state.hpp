/// What is known about the data: the read side of manifest and captures that plans, due decisions and plugins use.
#pragma once

#include "unit/partition.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spine::unit {

struct Capture {
    std::int64_t seq = 0;
    std::string id;
    Partition partition;
    std::string content_sha256;
    std::string source_uri;
    std::int64_t source_bytes = 0;
    std::string captured_at;
    bool withdrawn = false; ///< by a person; never head or published again

    bool operator==(const Capture&) const = default;
};

struct ManifestRow {
    Partition partition;
    std::string stage;
    std::uint32_t stage_rank = 0;
    std::int64_t row_count = 0;
    std::int64_t capture_seq = 0;    ///< 0: made from several captures
    std::int64_t derivation_seq = 0; ///< 0: made from one capture
    std::string capture_id;
    std::string captured_at;
    std::string inputs_sha256;
    std::string execution_id;
    boost::json::object metrics; ///< the outputs stored with the row
    bool current = false;        ///< made from what whoever asked sees now; see State
    bool withheld = false;       ///< of the stage that publishes: reached, but a check failed, so that its readers do not see it

    bool operator==(const ManifestRow&) const = default;
};

/// One manifest row that an attempt reads, pinned to its capture. As-of inputs have the capture of that time and no row.
struct Input {
    std::optional<std::uint32_t> output; ///< the output that it feeds; none: all
    ManifestRow row;
    bool across = false; ///< of a partition that the attempt does not write, so that it was asked for as published

    bool operator==(const Input&) const = default;
};

/// A partition has a head, its newest capture that is not withdrawn, and a published capture, which is what its readers see. They are the same
/// until somebody works on a newer capture that has not reached the domain's publishing stage.
///
/// Threads: one at a time. Fails: throws Error{unavailable}.
class State {
public:
    virtual ~State() = default;
    /// A stage as work on the partition itself sees it: one before the publishing stage of the head, that one and later ones of the published
    /// capture. What that capture has not reached is answered by the newest before it that has, not `current`.
    virtual std::optional<ManifestRow> manifest(const Partition& partition, const std::string& stage) = 0;
    /// A stage as work on other partitions sees it: of the published capture, whatever the stage.
    virtual std::optional<ManifestRow> published(const Partition& partition, const std::string& stage) = 0;
    /// The row of the stage that was made from exactly this, of whichever capture that is not withdrawn.
    virtual std::optional<ManifestRow> made_from(const Partition& partition, const std::string& stage,
                                                 const std::string& inputs_sha256) = 0;
    /// What the stage was last made as, also from something that was withdrawn since; nullopt: it was never made, or the store does not remember.
    virtual std::optional<ManifestRow> last_made(const Partition& partition, const std::string& stage) = 0;
    /// `manifest` of each partition that has all these values, by partition. Throws Error{unavailable} when there are more than 10,000: whoever got
    /// a part of them would take it for all.
    virtual std::vector<ManifestRow> manifest_rows(const std::string& domain,
                                                   const std::map<std::string, std::string>& values,
                                                   const std::string& stage) = 0;
    virtual std::optional<Capture> head(const Partition& partition) = 0;
    /// What was the partition's published capture at this time.
    virtual std::optional<Capture> capture_until(const Partition& partition, const std::string& time) = 0;
    virtual std::optional<Capture> capture(const std::string& capture_id) = 0;
    /// Partitions of a domain that have all these values and a head; as many as of `manifest_rows`.
    virtual std::vector<Partition> captured(const std::string& domain,
                                            const std::map<std::string, std::string>& values) = 0;
};

} // namespace spine::unit
