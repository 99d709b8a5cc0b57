/// Manifest rows as a plugin sees them.
#pragma once

#include "plugin/arena.hpp"
#include "spine/abi.h"
#include "unit/state.hpp"

namespace spine::plugin {

spine_manifest_row to_abi(const unit::ManifestRow& row, Arena& arena);

} // namespace spine::plugin
