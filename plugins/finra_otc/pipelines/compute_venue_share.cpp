// Each venue's share of each symbol.
#include "calc/concentration.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/venue_volume.hpp"

namespace finra {

void compute_venue_share(spine::Attempt& attempt) {
    std::int64_t written = 0;
    for (std::uint32_t output = 0; output < attempt.output_count(); ++output) {
        const spine_input input = input_of(attempt, output);
        const auto shares = calculated(
            calc::symbol_venue_share(read_venue_volume(attempt, input, Dates::leave_out)));
        auto rows = attempt.replace<std::string_view,
                                    std::string_view,
                                    std::int64_t,
                                    std::int64_t,
                                    std::optional<double>>(
            "otc_symbol_venue_share",
            input.rowset,
            "symbol|mpid|venue_volume|venue_volume_millionths|venue_share");
        for (const SymbolVenueShare& share : shares)
            rows.add(share.symbol.view(),
                     share.mpid.view(),
                     share.venue_volume.shares,
                     share.venue_volume.millionths,
                     share.venue_share);
        const auto count = static_cast<std::int64_t>(rows.finish());
        attempt.reached(
            input.rowset, static_cast<std::uint64_t>(count), {{"row_count", count}}, output);
        written += count;
    }
    tell(attempt, {.row_count = written});
    attempt.output("partitions", attempt.output_count());
}

} // namespace finra
