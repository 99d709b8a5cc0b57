// otc_venue_volume, the rows that keep the rules: made from the raw rows, and read by every
// calculation.
#pragma once

#include "calc/quality.hpp"
#include "schema/record.hpp"

#include <cstdint>
#include <spine/plugin.hpp>
#include <vector>

namespace finra {

/// Whether the rejected rows are told to the host: they belong to the stage that normalises first.
enum class Rejects { record, pass_over };

struct VenueVolumeCounts {
    std::int64_t raw_rows = 0;
    std::int64_t accepted = 0;
    std::int64_t rejected = 0;
    std::int64_t rows_with_null = 0;
    calc::RejectCost cost{};
};

/// Applies the rules to the raw rows of the input's capture and replaces the capture's rows with
/// those that keep them; records the checks of that.
VenueVolumeCounts rebuild_venue_volume(spine::Attempt& attempt,
                                       const spine_input& input,
                                       std::uint32_t output,
                                       Rejects rejects);

/// Dates cost a look-up a row and only summaries want them.
enum class Dates { read, leave_out };

/// The rows of an input's capture, sorted by symbol, then MPID.
std::vector<VenueVolume>
read_venue_volume(const spine::Attempt& attempt, const spine_input& input, Dates dates);
/// The same of any capture.
std::vector<VenueVolume>
read_venue_volume(const spine::Attempt& attempt, std::int64_t capture_seq, Dates dates);

} // namespace finra
