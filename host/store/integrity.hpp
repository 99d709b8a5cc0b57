/// Whether a store is sound, and a copy of it.
#pragma once

#include "store/connection.hpp"

#include <string>
#include <vector>

namespace spine::store {

/// Faults of the file, of references between tables, and of what must always hold; empty: sound.
std::vector<std::string> integrity_faults(Connection& connection);

/// A consistent copy while others work; on disk under its name when it returns, or not there. Refuses to overwrite.
void back_up(Connection& connection, const std::string& file);

} // namespace spine::store
