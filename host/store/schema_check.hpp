/// Whether a store's tables, indexes and views are those that its migrations make, and nothing else.
#pragma once

#include "control/store.hpp"
#include "store/connection.hpp"

#include <vector>

namespace spine::store {

struct SchemaCheck {
    std::vector<control::Damage> damages;
    bool can_be_asked = true; ///< every table and view is there, and as it must be
};

/// Tables of plugins that are not in `loaded` are not compared; what nobody's migration makes (a trigger, an index) is a fault all the same.
SchemaCheck check_schema(Connection& connection, const workflow::Catalogue& loaded);

} // namespace spine::store
