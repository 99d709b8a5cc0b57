/// One SELECT of a person, read-only.
#pragma once

#include "control/store.hpp"

#include <string>

namespace spine::store {

/// Opens a reading connection of its own. Throws Error{usage} with SQLite's words for anything but one SELECT.
void run_query(const std::string& path, const std::string& sql, const control::RowVisitor& visitor);

} // namespace spine::store
