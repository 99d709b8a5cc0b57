/// The tables of all plugins, where one that cannot be migrated keeps no other from being so.
#pragma once

#include "control/store.hpp"
#include "error.hpp"
#include "workflow/catalogue.hpp"

#include <string>
#include <vector>

namespace spine::control {

/// A plugin whose migrations were refused; of those that were pending none was applied.
struct RefusedTables {
    std::string plugin;
    Error why;
};
struct Migrated {
    std::vector<AppliedMigration> applied;
    std::vector<RefusedTables> refused;
    workflow::Catalogue sound; ///< the plugins but the refused ones
};

/// In one transaction if nothing is wrong, else each plugin in one of its own, those whose views read others' behind them. Fails: as `Maintenance::migrate`,
/// but for Error{invalid} of a single plugin.
Migrated migrate_all(Store& store, const workflow::Catalogue& catalogue);

} // namespace spine::control
