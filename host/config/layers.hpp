/// Everything that was written for the settings, wherever: the layers that `load` chooses from.
#pragma once

#include "config/env_file.hpp"
#include "config/environment.hpp"
#include "config/fault.hpp"
#include "config/load.hpp"

#include <map>
#include <string>
#include <vector>

namespace spine::config {

/// A text on its way to becoming a setting.
struct Candidate {
    std::string text;
    std::string source; ///< "--db", "SPINE_DB", "spine.yaml:3"
    std::string folder; ///< where a relative path in it begins
    Fault at;           ///< for faults: where it stands
    enum class Layer { flag, environment, env_file, profile, project } layer = Layer::flag; ///< the strongest first
    bool looked_up = false; ///< it was env:NAME and is what the variable holds
};

/// By the setting's name, the strongest first.
using Candidates = std::map<std::string, std::vector<Candidate>>;

struct Layers {
    Candidates settings; ///< "db", "env", …
    Candidates values;   ///< "finra.otc_transparency.date_policy"
    Candidates flags;    ///< "use_new_parser"
    Candidates unchosen; ///< settings of the profiles that are not chosen: they must be sound all the same
    Candidates unchosen_flags;
    std::string config_file;
    std::string env_file;
    std::vector<Variable> variables;
    Faults faults;
};

/// Fails: as `load`.
Layers gather(const Flags& flags, const Environment& environment, const Places& places);

/// `path` as it is meant from `folder`.
std::string absolute(const std::string& path, const std::string& folder);

} // namespace spine::config
