/// What the workflow runner asks of whoever can call a lambda.
#pragma once

#include "env/clock.hpp"
#include "run/invoker.hpp"
#include "unit/outcome.hpp"
#include "unit/state.hpp"
#include "unit/unit.hpp"
#include "workflow/catalogue.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

namespace spine::run {

/// What a lambda is given and gives back.
struct LambdaCall {
    boost::json::object params;  ///< the run's parameters
    boost::json::object config;  ///< the step's, checked against the handler's table
    boost::json::object outputs; ///< of earlier steps: {"ingest": {"row_count": 50}}
    std::string run_id{};
    std::string step{}; ///< its path
    int attempt = 1;
    int generation = 1;
    env::TimePoint begun{}; ///< of this attempt: ids of runs that it spawns begin with it
    const CancelToken* cancel = nullptr; ///< outlives the call; null: never
};
struct LambdaResult {
    bool ok = false;
    boost::json::object outputs;
    boost::json::object updates;
    boost::json::object quality;
    boost::json::array events;
    boost::json::array requests; ///< of the run's course, as workflow/course.hpp has them; not judged yet
    std::optional<unit::Failure> failure;
    std::vector<unit::LogLine> log; ///< to be kept with the attempt
};

/// Threads: any. Fails: a lambda's failures are values.
class Lambdas {
public:
    virtual ~Lambdas() = default;
    virtual LambdaResult call(const workflow::Handler& handler, const LambdaCall& call, unit::State& state) = 0;
};

} // namespace spine::run
