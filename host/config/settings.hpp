/// Flags, environment and file become one value; each with where it came from.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace spine::config {

enum class Output { table, json, csv, yaml };
enum class Color { automatic, always, never };
enum class LogLevel { debug, info, warn, error, off };

struct Settings {
    std::string database = "sqlite:spine.db"; ///< a URL; "sqlite:PATH"
    std::string plugin_folder;                ///< resolved, absolute
    std::string workflow_folder;              ///< the same
    std::string config_file;                  ///< empty: none
    Output output = Output::table;
    Color color = Color::automatic;
    LogLevel log_level = LogLevel::warn;
    bool quiet = false;
    /// Values for the domains' declared keys: "finra.otc_transparency.date_policy" -> "snap".
    std::map<std::string, std::string> values;
    /// Where each setting came from, by its name in the file: "db" -> "--db", "SPINE_DB", "spine.yaml:3" or "default".
    std::map<std::string, std::string> sources;
};

} // namespace spine::config
