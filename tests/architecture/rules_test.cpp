/// Rules of the house that a reader of text can hold: where time and chance come from, and what no file may do.
#include "architecture/source_tree.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <regex>
#include <set>
#include <string>

using namespace spine::test;

namespace {

/// Code that asks the world; allowed where the world is handed in from.
const std::vector<std::string> sources_of_non_determinism{
    "system_clock::now", "steady_clock::now", "high_resolution_clock::now", "random_device", "sleep_for", "sleep_until",
    "usleep",            "nanosleep",         "getenv",                     "secure_getenv", "getrandom", "clock_gettime",
    "gettimeofday"};
const std::set<std::string> allowed_rooms{"env", "config", "queue", "process"};

/// Lines at namespace level that define something which can change. A heuristic: a line that begins in the first column,
/// ends a definition, and is neither const, a type, a function nor an alias.
std::vector<int> mutable_globals(const SourceFile& file) {
    static const std::regex definition{
        R"(^(static |inline |thread_local |constinit )*[A-Za-z_][A-Za-z0-9_:<>, *&]*[ *&]+[A-Za-z_][A-Za-z0-9_]*(\[[^\]]*\])?( ?=[^=].*|\{.*\})?;\s*$)"};
    static const std::regex harmless{
        R"(^(static |inline )*(const |constexpr |__extension__ |using |namespace |typedef |struct |class |enum |union |extern |return |template|friend |public|private|else|static_assert|goto |delete |throw ).*)"};
    std::vector<int> lines;
    int number = 0;
    for (std::size_t at = 0; at < file.code.size();) {
        const auto end = std::min(file.code.find('\n', at), file.code.size());
        const auto line = file.code.substr(at, end - at);
        at = end + 1;
        ++number;
        if (line.find(" const ") == std::string::npos && !std::regex_match(line, harmless) && std::regex_match(line, definition))
            lines.push_back(number);
    }
    return lines;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rules)

BOOST_AUTO_TEST_CASE(time_chance_and_environment_come_from_their_rooms) {
    for (const auto* folder : {"host", "plugins"})
        for (const auto& file : sources(folder)) {
            if (file.area() == "host" && allowed_rooms.contains(file.room()))
                continue;
            for (const auto& word : sources_of_non_determinism)
                for (const auto line : lines_with(file, word))
                    BOOST_ERROR(file.path << ":" << line << " uses " << word);
        }
}

BOOST_AUTO_TEST_CASE(threads_are_started_by_the_conductor_and_by_those_who_watch) {
    for (const auto& file : sources("host"))
        for (const auto* word : {"std::thread", "std::jthread", "std::async", "pthread_create"})
            for (const auto line : lines_with(file, word))
                BOOST_TEST((file.path.find("host/run/conductor") == 0 || file.path == "host/control/watched_run.cpp" || file.path == "host/process/guests.cpp" || file.code.find("std::thread::id") != std::string::npos ||
                            file.code.find("this_thread") != std::string::npos),
                           file.path << ":" << line << " uses " << word);
}

BOOST_AUTO_TEST_CASE(nothing_global_can_change) {
    // main.cpp and the room process: what handlers of signals and exits can reach must be static.
    for (const auto* folder : {"host", "plugins", "sdk"})
        for (const auto& file : sources(folder))
            for (const auto line : mutable_globals(file))
                BOOST_TEST((file.path == "host/main.cpp" || file.room() == "process"), file.path << ":" << line << " defines a mutable global");
}

BOOST_AUTO_TEST_CASE(what_the_house_avoids_is_not_used) {
    for (const auto& file : sources("host"))
        for (const auto* word : {"std::any", "dynamic_pointer_cast", "std::rand", "srand", "strtok", "gets"})
            for (const auto line : lines_with(file, word))
                BOOST_ERROR(file.path << ":" << line << " uses " << word);
}

BOOST_AUTO_TEST_CASE(every_header_guards_itself_once) {
    for (const auto* folder : {"host", "plugins"})
        for (const auto& file : sources(folder)) {
            if (!file.path.ends_with(".hpp"))
                continue;
            BOOST_TEST(lines_with(file, "#pragma once").size() == 1u, file.path);
        }
}

BOOST_AUTO_TEST_CASE(no_file_is_called_after_nothing) {
    const std::set<std::string> empty_names{"utils", "util", "helpers", "helper", "common", "types", "misc", "core", "base"};
    for (const auto* folder : {"host", "plugins"})
        for (const auto& file : sources(folder)) {
            const auto name = file.path.substr(file.path.rfind('/') + 1);
            BOOST_TEST(!empty_names.contains(name.substr(0, name.find('.'))), file.path);
        }
}

BOOST_AUTO_TEST_CASE(the_checks_themselves_see_what_they_look_for) {
    const auto file = parse_source("host/run/x.cpp",
                                   "int counter = 0;\nstatic std::map<int, int> cache;\nconst int fine = 1;\n"
                                   "constexpr int also = 2;\nvoid f();\n// getenv\nauto t = \"getenv\";\nint g() { return getenv(0); }\n"
                                   "using A = int;\nstd::atomic<bool> stop{false};\n");
    const auto globals = mutable_globals(file);
    BOOST_TEST(globals == (std::vector<int>{1, 2, 7, 10}), boost::test_tools::per_element());
    BOOST_TEST(lines_with(file, "getenv") == (std::vector<int>{8}), boost::test_tools::per_element());
    BOOST_TEST(lines_with(parse_source("x", "sleeper(); sleep_for(1);"), "sleep_for").size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
