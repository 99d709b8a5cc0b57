/// A fault in text that somebody wrote.
#pragma once

#include <string>
#include <vector>

namespace spine::workflow {

/// `where` names the object (a file, "parameter 'tier'"); line and column are 1-based, 0 when there is none.
struct Diagnostic {
    std::string where;
    std::string message;
    std::string hint;
    long line = 0;
    long column = 0;

    bool operator==(const Diagnostic&) const = default;
};
using Diagnostics = std::vector<Diagnostic>;

} // namespace spine::workflow
