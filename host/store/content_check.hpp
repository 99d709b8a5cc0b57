/// Whether what a store holds is what was written into it.
#pragma once

#include "control/store.hpp"
#include "store/connection.hpp"

#include <vector>

namespace spine::store {

/// Counts and sums of what is there beside those that were recorded, texts beside their digests, JSON that must be read again.
/// `deep`: also the sums of every row of every dataset.
std::vector<control::Damage> content_damages(Connection& connection, bool deep);

} // namespace spine::store
