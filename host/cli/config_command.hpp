/// The settings: shown, judged beside the plugins, and as a run keeps them.
#pragma once

#include "cli/session.hpp"
#include "config/fault.hpp"
#include "config/settings.hpp"
#include "workflow/catalogue.hpp"

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace spine::cli {

int view_configuration(Session& session, const Invocation& invocation);

/// What of `values` no loaded plugin declares.
struct UnknownValues {
    config::Faults faults;             ///< a slip in the name of a key, a domain or a plugin that is loaded
    std::vector<std::string> warnings; ///< their plugin is not there, and may come back
};
UnknownValues unknown_values(const config::Settings& settings, const workflow::Catalogue& catalogue);

/// What may differ between places, as a run keeps it from its start on: {"env": …, "flags": {…}, "config": {…}}. References to secrets stay references; values
/// that are secrets by their name are left out.
boost::json::object run_settings(const config::Settings& settings);

} // namespace spine::cli
