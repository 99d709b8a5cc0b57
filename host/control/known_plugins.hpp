/// The plugins that have worked on a store, read from its tables as people read them.
#pragma once

#include "control/known_plugin.hpp"
#include "control/store.hpp"

#include <vector>

namespace spine::control {

/// Those that have tables in the store, sorted by id. Fails: as `Maintenance::query`.
std::vector<KnownPlugin> known_plugins(Store& store);
/// Those of them that are not loaded; none when there is no store. Throws Error{unavailable, …} when it cannot be read.
std::vector<KnownPlugin> missing_plugins(Stores& stores, const workflow::Catalogue& catalogue);

} // namespace spine::control
