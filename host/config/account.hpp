/// Who runs this process.
#pragma once

#include <string>

namespace spine::config {

/// The name in the system's list of users; empty when it has none for this process, as in some containers.
std::string account_name();

} // namespace spine::config
