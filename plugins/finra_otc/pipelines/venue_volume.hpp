// otc_venue_volume, the rows that keep the rules: made from the raw rows, and read by every
// calculation.
#pragma once

#include "calc/quality.hpp"
#include "schema/record.hpp"

#include <cstdint>
#include <spine/plugin.hpp>
#include <string>
#include <vector>

namespace finra {

/// Whether the rejected rows are told to the host: they belong to the stage that normalises first.
enum class Rejects { record, pass_over };

/// What most of the rejected rows were rejected for.
struct CommonestReason {
    std::string code;
    std::int64_t rows = 0;
    /// The first of them: "line 7: the symbol is …".
    std::string first;
};

struct VenueVolumeCounts {
    std::int64_t raw_rows = 0;
    std::int64_t accepted = 0;
    std::int64_t rejected = 0;
    std::int64_t rows_with_null = 0;
    calc::RejectCost cost{};
    CommonestReason commonest{};
};

/// Applies the rules to the raw rows of the input's capture and replaces the capture's rows with
/// those that keep them; records the checks of that.
VenueVolumeCounts rebuild_venue_volume(spine::Attempt& attempt,
                                       const spine_input& input,
                                       std::uint32_t output,
                                       Rejects rejects);

/// A stage of which nothing is left fails there and says why, instead of leaving an empty week
/// whose next stage fails for a symptom. Throws when no row was accepted.
void require_rows(const VenueVolumeCounts& counts);

/// Dates cost a look-up a row and only summaries want them.
enum class Dates { read, leave_out };

/// The rows of an input's capture, sorted by symbol, then MPID.
std::vector<VenueVolume>
read_venue_volume(const spine::Attempt& attempt, const spine_input& input, Dates dates);
/// The same of any capture.
std::vector<VenueVolume>
read_venue_volume(const spine::Attempt& attempt, std::int64_t capture_seq, Dates dates);

} // namespace finra
