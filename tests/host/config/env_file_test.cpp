#include "config/env_file.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

using namespace spine::config;

namespace {

std::string told(const std::string& text) {
    const auto read = read_env(text, "f");
    std::string out;
    if (const auto* faults = std::get_if<Faults>(&read)) {
        for (const auto& fault : *faults)
            out += std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.message + "\n";
        return out;
    }
    for (const auto& variable : std::get<std::vector<Variable>>(read))
        out += variable.name + "=" + variable.value + "@" + std::to_string(variable.line) + "\n";
    return out;
}

struct Case {
    std::string text;
    std::string expected;
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.text.substr(0, 60); }

const Case sound[] = {
    {"", ""},
    {"# only a comment\n\n   \t\n", ""},
    {"A=1\nB=two words\n", "A=1@1\nB=two words@2\n"},
    {"export A=1\nexporter=2\nexport=3", "A=1@1\nexporter=2@2\nexport=3@3\n"},
    {"  A = 1  \r\nB=\r\n", "A=1@1\nB=@2\n"},
    {"A=x # comment\nB=x#y\nC=#z\nD= # nothing", "A=x@1\nB=x#y@2\nC=@3\nD=@4\n"},
    {"A='a # b \\n $X' # c\n", "A=a # b \\n $X@1\n"},
    {R"(A="a \"b\" \\ \$X $Y")", "A=a \"b\" \\ $X $Y@1\n"},
    {R"(A="a\nb\tc\rd")", "A=a\nb\tc\rd@1\n"},
    {"A=''\nB=\"\"", "A=@1\nB=@2\n"},
    {"A=a=b=c\n_x9=$HOME/${A}", "A=a=b=c@1\n_x9=$HOME/${A}@2\n"},
    {"A=it's\n", "A=it's@1\n"},
    {"\xef\xbb\xbf" "A=1", "A=1@1\n"},
};
const Case broken[] = {
    {"A\n", "1:2 '=' is wanted after the name\n"},
    {"\nexport A\n=3\n", "2:9 '=' is wanted after the name\n3:1 a variable's name is wanted here\n"},
    {"9A=1", "1:1 a variable's name is wanted here\n"},
    {"A-B=1", "1:2 '=' is wanted after the name\n"},
    {"A='hidden\nB=1", "1:3 a quote that is not closed on its line\n"},
    {"A=\"x\" y", "1:7 something stands behind the closing quote\n"},
    {R"(A="\q")", "1:5 a \\ that means nothing\n"},
    {"A=\"\\", "1:5 a \\ that means nothing\n"},
    {"A=1\nB=2\nA=3", "3:1 'A' occurs twice, first in line 1\n"},
    {std::string{"A=1\0", 4}, "0:0 contains a NUL byte\n"},
    {std::string(129, 'A') + "=1", "1:130 a name is longer than 128 bytes\n"},
    {std::string(1001, '\n'), "0:0 has more than 1000 lines\n"},
    {std::string(65537, '#'), "0:0 is larger than 65536 bytes\n"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(env_file)

BOOST_DATA_TEST_CASE(a_line_is_a_variable_a_comment_or_nothing, sound, one) { BOOST_TEST(told(one.text) == one.expected); }

BOOST_DATA_TEST_CASE(a_fault_has_its_line_and_column, broken, one) { BOOST_TEST(told(one.text) == one.expected); }

BOOST_AUTO_TEST_CASE(a_thousand_lines_and_64_kib_are_taken) {
    BOOST_TEST(told(std::string(1000, '\n')).empty());
    BOOST_TEST(told("A=" + std::string(65534, 'x')).size() == 65539u);
}

BOOST_AUTO_TEST_CASE(a_fault_repeats_no_value) {
    for (const auto* text : {"A='hunter2", "A=\"hunter2\\q\"", "A=\"hunter2\" hunter2", "A hunter2", "A=hunter2\nA=hunter2"}) {
        const auto read = read_env(text, "f");
        for (const auto& fault : std::get<Faults>(read))
            BOOST_TEST((fault.message + fault.hint).find("hunter2") == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
