/// Runs as rows, read back as values.
#pragma once

#include "run/run_journal.hpp"
#include "store/connection.hpp"

#include <optional>
#include <string>

namespace spine::store {

/// The run with all its steps, read in one snapshot if the caller holds one.
std::optional<run::RunRow> run_row(Connection& connection, const std::string& run_id);

} // namespace spine::store
