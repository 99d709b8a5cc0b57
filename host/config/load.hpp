/// Makes the `Settings`: a flag wins over the environment, that over the .env file, that over the profile in the configuration
/// file, that over the file's own keys, that over the default.
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
    std::optional<std::string> database, plugin_folder, workflow_folder, config_file, output, color, log_level, log_format, log_file;
    bool quiet = false;
    std::optional<std::string> profile, env_file, secrets_folder, lock_timeout, only_plugins, without_plugins;
    bool safe_mode = false;
};

/// Where relative paths begin and where the program is.
struct Places {
    std::string working_folder;
    std::string program; ///< absolute; empty: unknown
};

/// The settings, or every fault. Plugins are looked for in the folder given by --plugins, SPINE_PLUGINS or the file; else in
/// `plugins/` beside the program; else in PREFIX/lib/spine/plugins; never in the working directory unasked. Workflows in the same way:
/// --workflows, SPINE_WORKFLOWS or the file; `workflows/` beside the program; PREFIX/share/spine/workflows.
/// An .env file is read when --env-file or SPINE_ENV_FILE name it, else when it lies beside the configuration file.
/// --profile, SPINE_ENV or `env` name the environment and with it the profile; without them there is neither.
/// A value in the configuration file that is written env:NAME is what that variable of the environment or of the .env file holds.
/// Fails: throws Error{not_found, denied, invalid} when a file cannot be read.
std::variant<Settings, Faults> load(const Flags& flags, const Environment& environment, const Places& places);

/// The process's variables with those of the .env file behind them. Lives: on its own.
Environment with_variables(Environment environment, std::map<std::string, std::string> variables);

/// The working directory and the program of this process.
Places process_places();

} // namespace spine::config
