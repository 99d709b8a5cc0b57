/// The steps of a workflow file. For `read_workflow*.cpp` only.
#pragma once

#include "workflow/read_workflow_fields.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace spine::workflow {

/// One step; nothing when the node is no step at all.
std::optional<Step> read_step(Reading& reading, const YamlNode& node, const std::string& path);
/// A list of steps, without the item `skipped`; `what` is the field's owner in messages.
std::vector<Step> read_steps(Reading& reading, const YamlNode& list, const std::string& path, const YamlNode* skipped = nullptr);

/// `[A-Za-z_][A-Za-z0-9_-]*`, at most 64.
bool is_step_name(std::string_view name);
/// Such names joined by dots, at most 200 bytes: workflows and domains.
bool is_dotted_name(std::string_view name);

} // namespace spine::workflow
