/// A workflow as one JSON document.
#pragma once

#include "workflow/definition.hpp"

#include <boost/json/object.hpp>
#include <string>

namespace spine::cli {

/// The flat spelling; `workflow::read_workflow` reads its text back as an equal workflow. Fields that have their defaults are left out.
boost::json::object document_of(const workflow::Workflow& workflow);

/// What a step does, in a few words: the operation it names, or its condition.
std::string does_text(const workflow::Step& step);
/// Where it goes afterwards, if not simply on: "then a, else b", "b", "end".
std::string next_text(const workflow::Step& step);

} // namespace spine::cli
