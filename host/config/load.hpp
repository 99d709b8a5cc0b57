/// Makes the `Settings`: a flag wins over the environment, that over the configuration file, that over the default.
#pragma once

#include "config/environment.hpp"
#include "config/fault.hpp"
#include "config/settings.hpp"

#include <optional>
#include <string>
#include <variant>

namespace spine::config {

/// The global flags as they were written; nothing: not given.
struct Flags {
    std::optional<std::string> database, plugin_folder, workflow_folder, config_file, output, color, log_level;
    bool quiet = false;
};

/// Where relative paths begin and where the program is.
struct Places {
    std::string working_folder;
    std::string program; ///< absolute; empty: unknown
};

/// The settings, or every fault. Plugins are looked for in the folder given by --plugins, SPINE_PLUGINS or the file; else in
/// `plugins/` beside the program; else in PREFIX/lib/spine/plugins; never in the working directory unasked. Workflows in the same way:
/// --workflows, SPINE_WORKFLOWS or the file; `workflows/` beside the program; PREFIX/share/spine/workflows.
/// Fails: throws Error{not_found, denied, invalid} when the configuration file cannot be read.
std::variant<Settings, Faults> load(const Flags& flags, const Environment& environment, const Places& places);

/// The working directory and the program of this process.
Places process_places();

} // namespace spine::config
