/// What the process was started with: its environment variables and the place of its program.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace spine::config {

/// A variable by name; nothing when it is not set or empty.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// The variables of this process. Threads: not while another one changes the environment; nothing here does.
Environment process_environment();

/// The absolute path of the running program; empty when the system does not tell.
std::string program_path();

} // namespace spine::config
