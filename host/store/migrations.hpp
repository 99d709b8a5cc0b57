/// Applies migrations of the core and of the plugins, each once, checksummed.
#pragma once

#include "control/store.hpp"
#include "env/clock.hpp"
#include "store/connection.hpp"
#include "workflow/catalogue.hpp"

#include <string>
#include <vector>

namespace spine::store {

/// Those that are not applied yet, in the order in which they would be. Throws Error{invalid} when the store is newer than
/// this program, when an applied migration was changed, or when a plugin is older than its tables.
std::vector<control::AppliedMigration> pending_migrations(Connection& connection,
                                                          const workflow::Catalogue& catalogue);

/// The same check for the core alone; returns the version of the store's core tables.
std::uint32_t checked_core_version(Connection& connection);

/// Applies what is pending. The caller holds the lock and an open write transaction, and commits.
std::vector<control::AppliedMigration> apply_migrations(Connection& connection,
                                                        const workflow::Catalogue& catalogue,
                                                        env::Clock& clock);

/// Makes of an empty database what the migrations make that `store` has recorded. Gives the owners that `loaded` does not bring as recorded, whose
/// tables are missing there then.
std::vector<std::string> make_as_recorded(Connection& empty, Connection& store, const workflow::Catalogue& loaded);

} // namespace spine::store
