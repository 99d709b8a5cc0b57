/// Which room includes which: the table of rooms, and the direction plugins -> sdk <- host.
#include "architecture/source_tree.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <string>

using namespace spine::test;

namespace {

/// A room may include itself, host/error.hpp, and these. An include of a type that another header already shows (env and
/// unit through control) is an arrow of its own and stands here.
const std::map<std::string, std::set<std::string>> arrows{
    {"env", {}},
    {"process", {}},
    {"config", {}},
    {"workflow", {}},
    {"unit", {"workflow"}},
    {"run", {"workflow", "unit", "process", "env"}},
    {"queue", {"run", "unit", "env"}},
    {"store", {"workflow", "unit", "run", "queue", "control", "process", "env"}},
    {"plugin", {"workflow", "unit", "run", "control", "process", "env"}},
    {"control", {"workflow", "run", "queue", "unit", "process", "env"}},
    {"cli", {"control", "config", "workflow", "env"}},
    {"http", {"control", "workflow"}},
};

/// Libraries that belong to certain rooms.
const std::map<std::string, std::set<std::string>> keepers{
    {"yaml-cpp/", {"workflow", "config"}},
    {"boost/spirit", {"workflow"}},
    {"boost/program_options", {"cli", "config"}},
    {"SQLiteCpp/", {"store"}},
    {"sqlite3.h", {"store"}},
    {"pqxx/", {"store"}},
    {"libpq-fe.h", {"store"}},
    {"boost/dll", {"plugin"}},
    {"dlfcn.h", {"plugin"}},
    {"boost/beast", {"http"}},
    {"boost/asio", {"http"}},
    {"spdlog/", {"cli", "http"}},
};

std::string room_of(const std::string& include) {
    const auto slash = include.find('/');
    const auto room = include.substr(0, slash == std::string::npos ? 0 : slash);
    return arrows.contains(room) ? room : std::string{};
}

std::string at(const SourceFile& file, const Include& include) {
    return file.path + ":" + std::to_string(include.line) + " includes " + include.name;
}

/// What is wrong with a file of the host; empty: nothing.
std::vector<std::string> host_faults(const SourceFile& file) {
    std::vector<std::string> faults;
    const auto room = file.room();
    if (!room.empty() && !arrows.contains(room))
        return {file.path + ": room '" + room + "' is not in the table"};
    for (const auto& include : file.includes) {
        const auto other = room_of(include.name);
        if (include.name.starts_with("spine/") && include.name != "spine/abi.h")
            faults.push_back(at(file, include) + ", which is for plugins");
        if (include.name == "spine/abi.h" && !room.empty() && room != "plugin")
            faults.push_back(at(file, include) + ", which only room plugin and main.cpp may");
        if (include.name.starts_with("../") || include.name.starts_with("plugins/") || include.name.starts_with("tests/"))
            faults.push_back(at(file, include));
        if (!room.empty() && !other.empty() && other != room && !arrows.at(room).contains(other))
            faults.push_back(at(file, include) + ", against the arrows");
        for (const auto& [library, rooms] : keepers)
            if (include.name.starts_with(library) && !room.empty() && !rooms.contains(room))
                faults.push_back(at(file, include) + ", a library of other rooms");
    }
    return faults;
}

} // namespace

BOOST_AUTO_TEST_SUITE(arrows_between_rooms)

BOOST_AUTO_TEST_CASE(every_include_of_the_host_follows_the_table) {
    const auto files = sources("host");
    BOOST_TEST(files.size() > 20u);
    for (const auto& file : files)
        for (const auto& fault : host_faults(file))
            BOOST_ERROR(fault);
}

BOOST_AUTO_TEST_CASE(only_the_main_file_and_the_error_stand_beside_the_rooms) {
    for (const auto& file : sources("host"))
        if (file.room().empty())
            BOOST_TEST((file.path == "host/main.cpp" || file.path == "host/error.hpp"), file.path);
}

BOOST_AUTO_TEST_CASE(the_table_has_no_cycle) {
    // A room that reaches itself by any chain of arrows would be one.
    for (const auto& [room, direct] : arrows) {
        std::set<std::string> reached;
        std::vector<std::string> open{direct.begin(), direct.end()};
        while (!open.empty()) {
            const auto next = open.back();
            open.pop_back();
            if (reached.insert(next).second)
                open.insert(open.end(), arrows.at(next).begin(), arrows.at(next).end());
        }
        BOOST_TEST(!reached.contains(room), room);
    }
}

BOOST_AUTO_TEST_CASE(the_headers_of_the_host_include_each_other_without_a_cycle) {
    std::map<std::string, std::set<std::string>> graph;
    for (const auto& file : sources("host"))
        for (const auto& include : file.includes)
            if (file.path.ends_with(".hpp") && include.name.ends_with(".hpp"))
                graph[file.path.substr(5)].insert(include.name);
    for (const auto& [header, direct] : graph) {
        std::set<std::string> reached;
        std::vector<std::string> open{direct.begin(), direct.end()};
        while (!open.empty()) {
            const auto next = open.back();
            open.pop_back();
            if (reached.insert(next).second && graph.contains(next))
                open.insert(open.end(), graph.at(next).begin(), graph.at(next).end());
        }
        BOOST_TEST(!reached.contains(header), header);
    }
}

BOOST_AUTO_TEST_CASE(the_check_itself_sees_a_wrong_arrow) {
    const auto seen = [](const std::string& path, const std::string& text) { return !host_faults(parse_source(path, text)).empty(); };
    BOOST_TEST(seen("host/cli/x.cpp", "#include \"store/sqlite_store.hpp\"\n"));
    BOOST_TEST(seen("host/workflow/x.hpp", "  #  include \"unit/unit.hpp\"\n"));
    BOOST_TEST(seen("host/plugin/x.cpp", "#include <spine/plugin.hpp>\n"));
    BOOST_TEST(seen("host/run/x.cpp", "#include <spine/abi.h>\n"));
    BOOST_TEST(seen("host/control/x.cpp", "#include <SQLiteCpp/Database.h>\n"));
    BOOST_TEST(seen("host/misc/x.cpp", ""));
    BOOST_TEST(!seen("host/cli/x.cpp", "#include \"cli/cli.hpp\"\n#include \"control/control.hpp\"\n#include <string>\n"));
    BOOST_TEST(!seen("host/main.cpp", "#include \"store/sqlite_store.hpp\"\n#include \"spine/abi.h\"\n"));
}

BOOST_AUTO_TEST_SUITE_END()
