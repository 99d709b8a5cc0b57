/// The plugin's side of `append_bench`: a source of its own, because a plugin's code sees the SDK and never the host.
#pragma once

#include "spine/abi.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct Row {
    std::string symbol;
    std::string mpid;
    std::int64_t shares;
    std::int64_t trades;
};

/// Appends the rows as any pipeline does; returns how many the host has taken.
std::uint64_t append_rows(const spine_run* run, const std::vector<Row>& rows);

} // namespace bench
