// How concentrated each symbol is on few venues.
#include "calc/concentration.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/venue_volume.hpp"

namespace finra {

void compute_hhi(spine::Attempt& attempt) {
    std::int64_t written = 0;
    for (std::uint32_t output = 0; output < attempt.output_count(); ++output) {
        const spine_input input = input_of(attempt, output);
        const auto indices =
            calculated(calc::hhi(read_venue_volume(attempt, input.capture_seq, Dates::leave_out)));
        auto rows = attempt.replace<std::string_view, std::optional<double>, std::int64_t>(
            "otc_symbol_hhi", input.rowset, "symbol|hhi|venue_count");
        for (const SymbolHhi& index : indices)
            rows.add(index.symbol.view(), index.hhi, index.venue_count);
        attempt.reached(input.rowset, rows.finish(), {}, output);
        written += static_cast<std::int64_t>(indices.size());
    }
    attempt.output("symbols", written).output("partitions", attempt.output_count());
}

} // namespace finra
