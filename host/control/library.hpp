/// What control needs of the plugins.
#pragma once

#include "run/invoker.hpp"
#include "workflow/catalogue.hpp"

#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace spine::control {

/// What a lambda is given and gives back.
struct LambdaCall {
    boost::json::object params;  ///< the run's parameters
    boost::json::object config;  ///< the step's, checked against the handler's table
    boost::json::object outputs; ///< of earlier steps: {"ingest": {"row_count": 50}}
};
struct LambdaResult {
    bool ok = false;
    boost::json::object outputs;
    boost::json::object updates;
    boost::json::object quality;
    boost::json::array events;
    std::optional<unit::Failure> failure;
};

/// The loaded plugins. Loading never fails as a whole: files that were refused are in the catalogue with their reason.
class Library {
public:
    virtual ~Library() = default;
    virtual const workflow::Catalogue& catalogue() const = 0;
    virtual run::Invoker& invoker() = 0;
    virtual LambdaResult call(const workflow::Handler& handler, const LambdaCall& call, unit::State& state) = 0;
};

/// Loads the plugins on first use, since many commands need none.
class Libraries {
public:
    virtual ~Libraries() = default;
    virtual Library& get() = 0;
    /// The folder that is looked in, for messages; may not exist.
    virtual std::string folder() const = 0;
};

} // namespace spine::control
