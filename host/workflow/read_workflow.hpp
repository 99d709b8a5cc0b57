/// Workflow files in and out: the flat and the resource spelling of YAML (JSON is YAML), read from parser events so that duplicate keys,
/// cyclic anchors and floods of aliases are seen.
#pragma once

#include "workflow/definition.hpp"
#include "workflow/diagnostic.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace spine::workflow {

enum class Spelling { flat, resource };

/// All faults of form at once: syntax, unknown fields (with the nearest one), wrong types, missing fields, duplicate step names, names that
/// are none, conditions and paths that cannot be parsed (with their column in the file). Limits: 1 MiB of text and 1 Mi of weight (a byte weighs 1,
/// a mark of YAML or a line end 3, a bracket that opens 5: some 900 KB as people write it), depth 64, 100 aliases, 10,000 steps.
/// Plain scalars are read by the core schema of YAML 1.2: `no`, `1e3x` and `0o17x` are texts, `1e3` is a real, `true` a boolean.
std::variant<Definition, Diagnostics> read_workflow(std::string_view text, std::string file);

/// The same for who wants to know everything that is wrong: what could be read, with its faults in `Definition::faults`, for `validate` to add
/// what it finds in the rest.
Definition read_what_can_be(std::string_view text, std::string file);

/// YAML that `read_workflow` reads back as an equal `Workflow`. Fields that have their defaults are left out.
std::string write_workflow(const Workflow& workflow, Spelling spelling);

} // namespace spine::workflow
