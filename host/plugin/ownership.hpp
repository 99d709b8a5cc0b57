/// What a plugin may not take because another one has it.
#pragma once

#include "workflow/catalogue.hpp"

#include <vector>

namespace spine::plugin {

/// No table may belong to two plugins. Throws Error{invalid} with a refusal's sentence that names the plugin that came first.
void check_prefixes(const workflow::Plugin& plugin, const std::vector<workflow::Plugin>& loaded);

} // namespace spine::plugin
