/// What a pipeline is given when it is a step of a run, and what the run takes over from it.
#pragma once

#include "workflow/catalogue.hpp"

#include <boost/json/object.hpp>

namespace spine::run {

/// The parameters of the run that the pipeline's table names, with the step's own over them. Null stands for not given.
boost::json::object given_to(const workflow::Pipeline& pipeline, const boost::json::object& params,
                             const boost::json::object& own);
/// The declared exports among its outputs.
boost::json::object exported(const workflow::Pipeline& pipeline, const boost::json::object& outputs);

} // namespace spine::run
