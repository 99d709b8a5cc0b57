/// Beginnings of workflow files: whole, valid, and full of words about what to change.
#pragma once

#include "workflow/diagnostic.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spine::workflow {

/// "etl_pipeline", "scheduled_batch".
std::vector<std::string> template_names();

/// The text of a file with this name and domain (empty: none), which stands on its own: its steps name what every installation has, the
/// domain `common`. A fault: no such template (with the nearest one), or a name that is none.
std::variant<std::string, Diagnostic> from_template(std::string_view which, const std::string& name, const std::string& domain);

} // namespace spine::workflow
