/// Plugins see the SDK and themselves; their schema, parse and calc do not know that spine exists; the SDK knows no host.
#include "architecture/source_tree.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>

using namespace spine::test;

namespace {

std::string at(const SourceFile& file, const Include& include) {
    return file.path + ":" + std::to_string(include.line) + " includes " + include.name;
}

bool is_spine(const std::string& include) { return include.starts_with("spine/"); }

/// "schema" for plugins/finra_otc/schema/tier.hpp.
std::string part_of(const SourceFile& file) {
    const auto below = file.path.substr(std::string{"plugins/"}.size() + file.room().size() + 1);
    const auto slash = below.find('/');
    return slash == std::string::npos ? std::string{} : below.substr(0, slash);
}

/// What the parts of a domain may include of each other; the others may include everything of their plugin.
bool may_include(const std::string& part, const std::string& other) {
    if (part == "schema")
        return other == "schema";
    if (part == "parse" || part == "calc")
        return other == part || other == "schema";
    return true;
}

const std::set<std::string> parts{"schema", "parse", "calc", "pipelines", "lambdas"};

std::set<std::string> folders_in(const std::string& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{std::string{SPINE_SOURCE_DIR} + "/" + folder})
        if (entry.is_directory())
            names.insert(entry.path().filename().string());
    return names;
}

std::vector<std::string> plugin_faults(const SourceFile& file, const std::set<std::string>& rooms,
                                       const std::set<std::string>& plugins) {
    std::vector<std::string> faults;
    const auto part = part_of(file);
    const bool pure = part == "schema" || part == "parse" || part == "calc";
    for (const auto& include : file.includes) {
        const auto& name = include.name;
        const auto first = name.substr(0, name.find('/'));
        if (is_spine(name) && name != "spine/plugin.hpp" && name != "spine/abi.h" && !name.starts_with("spine/draft/"))
            faults.push_back(at(file, include) + ", which is no part of the SDK");
        if (is_spine(name) && pure)
            faults.push_back(at(file, include) + ", but " + part + " does not know spine");
        if (name.find('/') != std::string::npos && rooms.contains(first))
            faults.push_back(at(file, include) + ", a room of the host");
        if (name == "error.hpp" || name.starts_with("host/") || name.find("../") != std::string::npos)
            faults.push_back(at(file, include) + ", outside of the plugin");
        if (name.find('/') != std::string::npos && plugins.contains(first) && first != file.room())
            faults.push_back(at(file, include) + ", another plugin");
        if (name.starts_with("boost/") || name.starts_with("spdlog/") || name.starts_with("sqlite"))
            faults.push_back(at(file, include) + ", a library of the host");
        // Either "calc/hhi.hpp" or "finra_otc/calc/hhi.hpp".
        const auto below = first == file.room() ? name.substr(first.size() + 1) : name;
        const auto other = below.substr(0, below.find('/'));
        if (parts.contains(other) && below != other && !may_include(part, other))
            faults.push_back(at(file, include) + ", which " + part + " may not");
    }
    return faults;
}

/// The names of the defined dynamic symbols, one a line, as nm tells them.
std::string exported_by(const std::string& library) {
    const auto command = "nm -D --defined-only --format=posix '" + library + "' | cut -d' ' -f1";
    std::string out;
    FILE* pipe = ::popen(command.c_str(), "r");
    BOOST_TEST_REQUIRE(pipe != nullptr);
    char buffer[4096];
    while (const auto count = std::fread(buffer, 1, sizeof buffer, pipe))
        out.append(buffer, count);
    BOOST_TEST(::pclose(pipe) == 0);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(plugins_and_sdk)

BOOST_AUTO_TEST_CASE(a_plugin_includes_the_sdk_and_itself_only) {
    const auto rooms = folders_in("host");
    const auto plugins = folders_in("plugins");
    for (const auto& file : sources("plugins"))
        for (const auto& fault : plugin_faults(file, rooms, plugins))
            BOOST_ERROR(fault);
}

BOOST_AUTO_TEST_CASE(schema_parse_and_calc_have_no_clock_no_log_and_no_streams_of_their_own) {
    for (const auto& file : sources("plugins")) {
        const auto part = part_of(file);
        if (part != "schema" && part != "parse" && part != "calc")
            continue;
        for (const auto* word : {"std::cout", "std::cerr", "printf", "fopen", "std::ifstream", "system_clock", "steady_clock",
                                 "getenv", "time"}) {
            const auto needle = std::string{word} == "time" ? std::string{"std::time("} : std::string{word};
            for (const auto line : lines_with(file, needle))
                BOOST_ERROR(file.path << ":" << line << " uses " << needle);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_sdk_knows_nothing_of_the_host) {
    for (const auto& file : sources("sdk"))
        for (const auto& include : file.includes)
            BOOST_TEST((include.name.find('/') == std::string::npos || is_spine(include.name)), at(file, include));
}

BOOST_AUTO_TEST_CASE(a_built_plugin_exports_exactly_one_symbol) {
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator{SPINE_BINARY_DIR "/plugins"}) {
        if (entry.path().extension() != ".so")
            continue;
        ++seen;
        BOOST_TEST(exported_by(entry.path().string()) == "spine_plugin_query\n", entry.path().string());
    }
    BOOST_TEST(seen > 0);
}

BOOST_AUTO_TEST_CASE(the_check_itself_sees_a_wrong_include) {
    const auto seen = [](const std::string& path, const std::string& include) {
        return !plugin_faults(parse_source(path, "#include \"" + include + "\"\n"), {"unit", "run"}, {"a", "b"}).empty();
    };
    BOOST_TEST(seen("plugins/a/calc/x.cpp", "spine/plugin.hpp"));
    BOOST_TEST(seen("plugins/a/schema/x.hpp", "parse/lines.hpp"));
    BOOST_TEST(seen("plugins/a/parse/x.hpp", "a/calc/hhi.hpp"));
    BOOST_TEST(seen("plugins/a/pipelines/x.cpp", "b/plugin.hpp"));
    BOOST_TEST(seen("plugins/a/pipelines/x.cpp", "unit/unit.hpp"));
    BOOST_TEST(seen("plugins/a/plugin.cpp", "error.hpp"));
    BOOST_TEST(seen("plugins/a/plugin.cpp", "boost/json.hpp"));
    BOOST_TEST(!seen("plugins/a/pipelines/x.cpp", "spine/plugin.hpp"));
    BOOST_TEST(!seen("plugins/a/calc/x.cpp", "schema/tier.hpp"));
}

BOOST_AUTO_TEST_SUITE_END()
