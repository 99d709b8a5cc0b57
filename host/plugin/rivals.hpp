/// Files that bring the same plugin or the same domain: which of them counts, if any.
#pragma once

#include "control/known_plugin.hpp"
#include "workflow/catalogue.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace spine::plugin {

/// What the store knows of plugins; asked at most once, and only when there are rivals.
using KnownPlugins = std::function<std::vector<control::KnownPlugin>()>;

struct Setback {
    std::string reason; ///< one sentence, with both files
    bool spare = false; ///< the very bytes that are loaded under another name
    bool chosen = false; ///< the other one is loaded
};

/// For each plugin, in the order of the list, why it is not to be loaded; empty: it is. Neither of two rivals is chosen in
/// silence: what is built in goes first; of equal files the first by name; else the one whose tables are in the store, and of two
/// that fit them the one that was used last. Where that decides nothing, and where two different files have one version, both are
/// set back.
std::vector<std::optional<Setback>> settle(const std::vector<const workflow::Plugin*>& plugins, const KnownPlugins& known);

} // namespace spine::plugin
