/// Flags, environment and files become one value; each setting with where it came from.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace spine::config {

enum class Output { table, json, csv, yaml };
enum class Color { automatic, always, never };
enum class LogLevel { debug, info, warn, error, off };
enum class LogFormat { text, json };

/// A value that a stronger one hides.
struct Shadowed {
    std::string value; ///< as it was written; may hold a password
    std::string source;

    bool operator==(const Shadowed&) const = default;
};

struct Settings {
    std::string database = "sqlite:spine.db"; ///< a URL; "sqlite:PATH"
    std::string plugin_folder;                ///< resolved, absolute
    std::string workflow_folder;              ///< the same
    std::string secrets_folder = "/run/secrets"; ///< where secret:file:NAME is looked for
    std::string config_file;                  ///< empty: none
    std::string env_file;                     ///< the .env file that was read; empty: none
    std::string env;                          ///< what this environment is called ("dev", "prod"), which is the profile too; empty: it has no name
    Output output = Output::table;
    Color color = Color::automatic;
    LogLevel log_level = LogLevel::warn;
    LogFormat log_format = LogFormat::text; ///< of what goes to standard error, and to `log_file`
    std::string log_file;                   ///< absolute; hears what standard error hears; empty: none
    bool quiet = false;
    std::chrono::seconds lock_timeout{60}; ///< how long a command waits for the store's lock
    /// Files of plugins by their names, see plugin::Choice. Without `safe_mode` and `only_plugins` every one is loaded.
    bool safe_mode = false;                ///< only `safe_plugins` and `only_plugins`
    std::vector<std::string> safe_plugins, only_plugins, without_plugins;
    /// Values for the domains' declared keys: "finra.otc_transparency.date_policy" -> "snap".
    std::map<std::string, std::string> values;
    /// Switches that conditions of workflows ask for: "use_new_parser" -> true.
    std::map<std::string, bool> flags;
    /// The variables of the .env file, all of them; they stand behind those of the process.
    std::map<std::string, std::string> variables;
    /// Where each setting came from, by its name in the file ("db", "values.NAME", "flags.NAME"): "--db", "SPINE_DB", "prod.env:3", "spine.yaml:3",
    /// "spine.yaml:9 (profile prod)" or "default".
    std::map<std::string, std::string> sources;
    /// What else was written for a setting, the strongest first.
    std::map<std::string, std::vector<Shadowed>> shadowed;
};

} // namespace spine::config
