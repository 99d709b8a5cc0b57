/// One SELECT of a person, read-only.
#pragma once

#include "control/store.hpp"
#include "env/clock.hpp"

#include <string>

namespace spine::store {

/// Opens a reading connection of its own. Throws Error{usage} with SQLite's words for anything but one SELECT.
/// Past a limit Error{unavailable}: the time counts what SQLite does and what the visitor does with the rows.
void run_query(env::Clock& clock, const std::string& path, const std::string& sql, const control::RowVisitor& visitor, const control::QueryLimits& limits);

} // namespace spine::store
