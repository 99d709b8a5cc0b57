/// A run of a workflow, told on one screen.
#pragma once

#include "cli/run_story.hpp"
#include "control/store.hpp"

#include <boost/json/object.hpp>

namespace spine::cli {

struct Session;

/// `run` is what `Records::workflow_run` gave.
void show_workflow_run(const Session& session, control::Store& store, const boost::json::object& run, StoryExtent extent);

} // namespace spine::cli
