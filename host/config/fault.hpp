/// A fault in a setting that somebody wrote.
#pragma once

#include <string>
#include <vector>

namespace spine::config {

/// `where` is a flag, a variable or a file; line and column are 1-based, 0 when there is none.
struct Fault {
    std::string where;
    std::string message;
    std::string hint;
    long line = 0;
    long column = 0;

    bool operator==(const Fault&) const = default;
};
using Faults = std::vector<Fault>;

} // namespace spine::config
