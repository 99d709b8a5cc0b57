/// What a run of a workflow would do now, without doing it.
#pragma once

#include "run/runner.hpp"
#include "workflow/catalogue.hpp"
#include "workflow/definition.hpp"

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace spine::run {

/// One step of a rehearsal.
struct PlannedStep {
    std::string step;
    std::string type;
    enum class What { run, skip, unknown } what = What::unknown;
    std::string reason;
};

/// Touches nothing: pipelines are rehearsed, lambdas not called, and what depends on an answer that is not there yet is unknown. Steps side by side are
/// told in an order in which they could be done. `settings` as NewRun has them.
std::vector<PlannedStep> rehearse(Runner& runner, const workflow::Catalogue& catalogue, const workflow::Workflow& workflow,
                                  const boost::json::object& params, const boost::json::object& settings);

} // namespace spine::run
