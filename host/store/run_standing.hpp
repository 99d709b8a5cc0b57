/// What decides whether a run may be changed, as a connection sees it.
#pragma once

#include "run/standing.hpp"
#include "store/connection.hpp"

#include <optional>
#include <string>

namespace spine::store {

std::optional<run::Standing> standing_of(Connection& connection, const std::string& run_id);

} // namespace spine::store
