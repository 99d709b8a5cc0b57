/// Puts a copy in the place of a store that is damaged or gone. Nothing is deleted.
#pragma once

#include "control/store.hpp"
#include "env/clock.hpp"
#include "store/fair_lock.hpp"

#include <string>

namespace spine::store {

/// Every step can be the last one of this process: until the copy has its name the store is missing beside a lock file that knows it, which every command
/// tells as damage, and the same command again ends it.
///
/// Fails: throws Error: {not_found, invalid, bad_data} when the copy is none of a store; {conflict} while processes work on the store; {unavailable}.
control::Restored restore_copy(env::Clock& clock, const std::string& path, const std::string& copy, const FairLock::Notice& notice);

} // namespace spine::store
