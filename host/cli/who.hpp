/// Whose doing something is.
#pragma once

#include "cli/command.hpp"
#include "cli/session.hpp"

#include <string>

namespace spine::cli {

/// The named option, else SPINE_USER, else USER, else the account that the process runs under; throws Error{usage} when nobody is known.
std::string who_asks(const Session& session, const Invocation& invocation, const std::string& option);

} // namespace spine::cli
