/// Whether a store is sound, and a copy of it.
#pragma once

#include "control/store.hpp"
#include "store/connection.hpp"

#include <string>
#include <vector>

namespace spine::store {

/// Damage of the file, its schema, its content, references between tables, and of what must always hold; empty: sound. Of one state of the store.
std::vector<control::Damage> damages(Connection& connection, const control::Examination& how);

/// A consistent copy while others work; on disk under its name when it returns, or not there. Refuses to overwrite.
void back_up(Connection& connection, const std::string& file);

} // namespace spine::store
