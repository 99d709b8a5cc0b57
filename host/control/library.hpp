/// What control needs of the plugins.
#pragma once

#include "run/invoker.hpp"
#include "run/lambda.hpp"
#include "workflow/catalogue.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace spine::control {

/// The loaded plugins. Loading never fails as a whole: files that were refused are in the catalogue with their reason.
class Library {
public:
    virtual ~Library() = default;
    virtual const workflow::Catalogue& catalogue() const = 0;
    virtual run::Invoker& invoker() = 0;
    virtual run::Lambdas& lambdas() = 0;
};

/// Loads the plugins on first use, since many commands need none.
class Libraries {
public:
    virtual ~Libraries() = default;
    virtual Library& get() = 0;
    /// Before the first `get`: each file is loaded by a process of its own first, and one that kills, ends or keeps that one is refused. For those who
    /// look at plugins and do nothing with them.
    virtual void try_first() {}
    /// The folder that is looked in, for messages; may not exist.
    virtual std::string folder() const = 0;
};

} // namespace spine::control
