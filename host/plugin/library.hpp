/// The loaded plugins: what they offer, and calls into them.
#pragma once

#include "control/library.hpp"
#include "env/clock.hpp"
#include "env/log.hpp"
#include "plugin/rivals.hpp"
#include "spine/abi.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spine::plugin {

class Redactor;
class Secrets;

/// A plugin that is linked into the program.
struct BuiltIn {
    std::string name; ///< for messages, "common"
    spine_plugin_query_fn query = nullptr;
};

/// Where plugins come from and what they are told.
struct Origin {
    std::string folder; ///< every *.so in it; need not exist; empty: none
    std::vector<BuiltIn> built_ins;
    std::string host_version;
    std::map<std::string, std::string>
        configuration;                   ///< "DOMAIN.KEY" -> text, see config::Settings::values
    env::Log* log = nullptr; ///< outlives the library; null: nothing is logged
    KnownPlugins known; ///< decides between files that bring the same; null: nothing is known
    // Both outlive the library; null: there are no secrets.
    Secrets* secrets = nullptr;
    Redactor* redactor = nullptr;
    /// Which files are loaded, by their names (see probe.hpp); a name that means no file is refused.
    std::optional<std::vector<std::string>> only; ///< none: all
    std::vector<std::string> without;
    bool probes = false; ///< each file is tried in a process of its own first, and one that spoils it is refused
};

/// Finds, checks, loads and describes. A plugin that fails a check is in `catalogue().refused` with
/// its sentence, and the others are loaded. Libraries stay in memory for the life of the process.
///
/// Threads: different calls at a time; a plugin that is not parallel is entered by one thread at a
/// time. Lives:   the clock must outlive the library. Fails:   throws Error{internal} only for what
/// is our own bug.
std::unique_ptr<control::Library> load(env::Clock& clock, Origin origin);

} // namespace spine::plugin
