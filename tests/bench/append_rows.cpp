#include "append_rows.hpp"

#include "spine/plugin.hpp"

namespace bench {

std::uint64_t append_rows(const spine_run* run, const std::vector<Row>& rows) {
    spine::Attempt attempt{run};
    auto appender = attempt.replace<std::string_view, std::string_view, std::int64_t, std::int64_t>(
        "bench_rows", 0, "symbol|mpid|shares|trades");
    for (const auto& row : rows)
        appender.add(row.symbol, row.mpid, row.shares, row.trades);
    return appender.finish();
}

} // namespace bench
