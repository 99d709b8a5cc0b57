#include "config/yaml_file.hpp"
#include "error.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sys/stat.h>

using namespace spine::config;

namespace {
std::string told(const std::string& text) {
    const auto read = read_yaml(text, "f");
    std::string out;
    if (const auto* faults = std::get_if<Faults>(&read)) {
        for (const auto& fault : *faults)
            out += std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.message + "\n";
        return out;
    }
    for (const auto& entry : std::get<std::vector<Entry>>(read)) {
        for (const auto& name : entry.path)
            out += "/" + name;
        out += "=" + entry.value + "@" + std::to_string(entry.line) + ":" + std::to_string(entry.column) + "\n";
    }
    return out;
}
} // namespace

BOOST_AUTO_TEST_SUITE(yaml_file)

BOOST_AUTO_TEST_CASE(every_value_comes_with_its_names_and_its_place) {
    BOOST_TEST(told("# mine\ndb: sqlite:a.db\nvalues:\n  finra.otc: {policy: 'no', x: 1e3}\n  k: \"\"\n") ==
               "/db=sqlite:a.db@2:5\n/values/finra.otc/policy=no@4:23\n/values/finra.otc/x=1e3@4:32\n/values/k=@5:6\n");
    BOOST_TEST(told("") == "");
    BOOST_TEST(told("# nothing\n") == "");
}

struct Case {
    const char* text;
    const char* faults;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.text; }
const Case refused[] = {
    {"db: a\nlog_level: x\ndb: b\n", "3:1 'db' occurs twice\n"},
    {"db: a\nvalues:\n  k: 1\n  k: 2\ndb: b\n", "4:3 'k' occurs twice\n5:1 'db' occurs twice\n"},
    {"db: [a]\n", "1:5 a list; a configuration file has none\n"},
    {"a: &x b\nc: *x\n", "1:4 an anchor; a configuration file has none\n2:4 an alias; a configuration file has none\n"},
    {"a: !!binary b\n", "1:4 the tag 'tag:yaml.org,2002:binary'; a configuration file has none\n"},
    {"just text\n", "1:1 the file is no mapping\n"},
    {"- a\n", "1:1 a list; a configuration file has none\n"},
    {"{a: 1}: b\n", "1:1 a mapping as a key\n"},
    {"a: 1\n---\nb: 2\n", "2:1 a second document\n"},
    {"db:\n", "1:1 'db' has no value\n"},
};
BOOST_DATA_TEST_CASE(what_a_configuration_file_has_not_is_refused_with_its_place, boost::unit_test::data::make(refused), c) {
    BOOST_TEST(told(c.text) == c.faults);
}

BOOST_AUTO_TEST_CASE(broken_yaml_is_refused_with_its_place) {
    for (const auto* text : {"a: b: c\n", "a: 'x", "{a: 1\n", "\ta: 1\n", "a: 1\n b: 2\n", "@x: 1\n"})
        BOOST_TEST(std::holds_alternative<Faults>(read_yaml(text, "f")), text);
}

BOOST_AUTO_TEST_CASE(hostile_depth_and_size_are_refused) {
    std::string deep, flow;
    for (std::size_t i = 0; i < 20; ++i)
        deep += std::string(i, ' ') + "a:\n";
    BOOST_TEST(told(deep).find("nested deeper than 16") != std::string::npos);
    for (int i = 0; i < 100'000; ++i)
        flow += "{a: ";
    BOOST_TEST(std::holds_alternative<Faults>(read_yaml(flow, "f")));
    BOOST_TEST(std::holds_alternative<Faults>(read_yaml(std::string(200'000, '['), "f")));
    BOOST_TEST(std::holds_alternative<Faults>(read_yaml("a: " + std::string(2u << 20, 'x'), "f")));
    BOOST_TEST(std::holds_alternative<Faults>(read_yaml(std::string("a: \0b", 5), "f")));
}

BOOST_AUTO_TEST_CASE(only_a_regular_file_that_is_there_is_read) {
    const spine::test::TemporaryFolder folder;
    const auto path = folder.path() + "/spine.yaml";
    const auto code_of = [&](const std::string& file) {
        try {
            read_file(file);
        } catch (const spine::Error& error) {
            return spine::exit_code(error.code());
        }
        return 0;
    };
    BOOST_TEST(code_of(path) == 4);
    std::ofstream{path} << "db: x\n";
    BOOST_TEST(read_file(path) == "db: x\n");
    BOOST_TEST(code_of(folder.path()) == 3);
    BOOST_TEST_REQUIRE(::mkfifo((path + ".fifo").c_str(), 0600) == 0);
    BOOST_TEST(code_of(path + ".fifo") == 3);
    std::ofstream{path} << std::string(2u << 20, '#');
    BOOST_TEST(code_of(path) == 3);
}

BOOST_AUTO_TEST_SUITE_END()
