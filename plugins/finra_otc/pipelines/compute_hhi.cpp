// How concentrated each symbol is on few venues.
#include "calc/concentration.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/report.hpp"
#include "pipelines/venue_volume.hpp"

namespace finra {

void compute_hhi(spine::Attempt& attempt) {
    std::int64_t written = 0;
    for (std::uint32_t output = 0; output < attempt.output_count(); ++output) {
        const spine_input input = input_of(attempt, output);
        const auto indices =
            calculated(calc::hhi(read_venue_volume(attempt, input, Dates::leave_out)));
        auto rows = attempt.replace<std::string_view, std::optional<double>, std::int64_t>(
            "otc_symbol_hhi", input.rowset, "symbol|hhi|venue_count");
        for (const SymbolHhi& index : indices)
            rows.add(index.symbol.view(), index.hhi, index.venue_count);
        const auto count = static_cast<std::int64_t>(rows.finish());
        attempt.reached(
            input.rowset, static_cast<std::uint64_t>(count), {{"row_count", count}}, output);
        written += count;
    }
    tell(attempt, {.row_count = written});
    attempt.output("partitions", attempt.output_count());
}

} // namespace finra
