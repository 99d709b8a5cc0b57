/// The command line: arguments in; text or JSON and an exit code out.
#pragma once

#include "cli/sink.hpp"
#include "config/load.hpp"
#include "control/control.hpp"
#include "env/log.hpp"

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace spine::cli {

/// What commands work with, made once the settings are known. Nothing is opened or loaded before it is used.
struct Parts {
    std::unique_ptr<control::Stores> stores;
    std::unique_ptr<control::Libraries> libraries;
};

/// Everything around the command line. References outlive the call.
struct World {
    std::string version;
    std::string abi; ///< "1.0"
    env::Clock& clock;
    env::Random& random;
    const run::CancelToken& cancel;
    config::Environment environment;
    config::Places places;
    std::function<Parts(const config::Settings& settings, env::Log& log)> assemble; ///< `log` outlives the parts
    /// From now on an interrupt sets `cancel` instead of ending the program; called by commands that look at it.
    std::function<void()> hold_interrupts;
    Sink& out; ///< data
    Sink& err; ///< words
    std::istream* in = nullptr; ///< standard input without one; read by commands that say so
};

/// Does what the arguments say; returns the exit code. Throws nothing: this is where exceptions end.
int execute(const std::vector<std::string>& arguments, const World& world) noexcept;

} // namespace spine::cli
