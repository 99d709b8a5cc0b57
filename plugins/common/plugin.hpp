// The plugin `common`, which is linked into the program; the program hands it to the loader.
#pragma once

#include <spine/abi.h>

/// As `spine_plugin_query`.
extern "C" const spine_plugin* spine_common_query(uint32_t major, uint32_t minor) noexcept;
