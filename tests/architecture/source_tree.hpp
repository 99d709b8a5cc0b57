/// The sources of the project as text: which files there are, and what each includes.
#pragma once

#include <string>
#include <vector>

namespace spine::test {

struct Include {
    std::string name; ///< as written: "unit/unit.hpp", "boost/json/value.hpp"
    int line = 0;
};

struct SourceFile {
    std::string path; ///< from the root of the project: "host/run/runner.cpp"
    std::string code; ///< without comments and without the insides of texts; the lines are kept
    std::vector<Include> includes;

    /// "host", "sdk", "plugins", "tests"
    std::string area() const;
    /// The folder below the area: "run", "finra_otc"; empty for host/main.cpp.
    std::string room() const;
};

/// All .h, .hpp, .cpp and .c files below a folder of the project, sorted.
std::vector<SourceFile> sources(const std::string& folder);

/// The same for text that a test makes up.
SourceFile parse_source(const std::string& path, const std::string& text);

/// The lines on which `word` stands as a whole word.
std::vector<int> lines_with(const SourceFile& file, const std::string& word);

} // namespace spine::test
