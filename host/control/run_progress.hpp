/// How far the maps of a run are.
#pragma once

#include "control/store.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace spine::control {

struct MapProgress {
    std::int64_t of = 0; ///< items
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    std::int64_t active = 0; ///< have begun and are not over

    bool operator==(const MapProgress&) const = default;
};

/// Maps of the workflow itself that have begun and are not over, by the names of their steps. The run's journal is folded for it, because nothing
/// else knows how many items there are. Throws Error{invalid} when its definition cannot be read any more.
std::map<std::string, MapProgress> maps_in_progress(Store& store, const std::string& run_id);

} // namespace spine::control
