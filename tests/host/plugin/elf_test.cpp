#include "error.hpp"
#include "plugin/elf.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace spine::plugin {
namespace {
std::string bytes_of(const std::string& name) {
    std::ifstream file{std::string{SPINE_BAD_PLUGIN_DIR} + "/" + name + ".so", std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}
} // namespace

BOOST_AUTO_TEST_SUITE(elf)

BOOST_AUTO_TEST_CASE(exports_and_imports_are_what_the_linker_sees) {
    const auto two = read_dynamic_symbols(bytes_of("two_symbols"));
    auto exported = two.exported;
    std::sort(exported.begin(), exported.end());
    const std::vector<std::string> wanted{"helper", "spine_plugin_query"};
    BOOST_TEST(exported == wanted, boost::test_tools::per_element());
    const auto sqlite = read_dynamic_symbols(bytes_of("imports_sqlite"));
    BOOST_TEST((std::find(sqlite.imported.begin(), sqlite.imported.end(), "sqlite3_open") !=
                sqlite.imported.end()));
    BOOST_TEST(read_dynamic_symbols(bytes_of("lacks_entry")).exported.empty());
}

BOOST_AUTO_TEST_CASE(a_library_of_many_symbols_is_read_whole) {
    BOOST_TEST(read_dynamic_symbols(bytes_of("many_symbols")).exported.size() == 91u);
}

BOOST_AUTO_TEST_CASE(no_change_of_bytes_and_no_cut_makes_the_reader_go_astray) {
    const auto sound = bytes_of("sound");
    constexpr unsigned seed = 20260103;
    std::mt19937 random{seed};
    int refused = 0;
    constexpr int rounds = 3'000;
    for (int round = 0; round < rounds; ++round) {
        auto bytes = sound;
        if (round % 4 == 0)
            bytes.resize(random() % bytes.size());
        // Mostly where the tables are: the headers, and the dynamic section's words.
        for (unsigned change = 0; change < 1 + random() % 8 && !bytes.empty(); ++change) {
            const auto at = round % 2 == 0 ? random() % std::min<std::size_t>(bytes.size(), 1024)
                                           : random() % bytes.size();
            bytes[at] = static_cast<char>(random());
        }
        try {
            static_cast<void>(read_dynamic_symbols(bytes));
        } catch (const Error& error) {
            BOOST_TEST((error.code() == ErrorCode::invalid), "seed " << seed << " round " << round);
            ++refused;
        }
    }
    BOOST_TEST(refused > rounds / 10);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spine::plugin
