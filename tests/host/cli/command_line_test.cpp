#include "cli/command_line.hpp"
#include "cli/help.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

using namespace spine::cli;

namespace {
std::string faults(const std::vector<std::string>& arguments) {
    std::string out;
    for (const auto& fault : parse(arguments).faults)
        out += fault.where + " " + fault.message + " [" + fault.hint + "]\n";
    return out;
}
} // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(global_flags_may_stand_before_and_after_the_command) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"--db", "sqlite:x", "-o", "json", "runs", "list", "--state", "failed"},
             {"runs", "list", "--state=failed", "--db=sqlite:x", "-ojson"},
             {"runs", "--db", "sqlite:x", "list", "-o", "json", "--state", "failed"}}) {
        const auto line = parse(arguments);
        BOOST_TEST(line.faults.empty());
        BOOST_TEST_REQUIRE(line.invocation.command != nullptr);
        BOOST_TEST(line.invocation.command->full_name() == "runs list");
        BOOST_TEST(line.flags.database.value() == "sqlite:x");
        BOOST_TEST(line.flags.output.value() == "json");
        BOOST_TEST(line.invocation.value("state") == "failed");
    }
}

BOOST_AUTO_TEST_CASE(the_word_behind_an_unknown_option_is_not_told_to_be_an_unknown_command) {
    BOOST_TEST(faults({"--log-lvel", "debug", "run", "x"}) == "option '--log-lvel' is unknown [did you mean '--log-level'?]\n");
    BOOST_TEST(faults({"rnu", "x"}).starts_with("command 'rnu' is unknown"));
}

BOOST_AUTO_TEST_CASE(parameters_repeat_and_keep_their_order_and_text) {
    const auto line = parse({"run", "p", "-p", "a=1", "--param", "b= x=y ", "-pc=", "--force"});
    BOOST_TEST(line.faults.empty());
    BOOST_TEST(line.invocation.has("force"));
    BOOST_TEST(!line.invocation.has("dry-run"));
    const auto pairs = key_values("-p", line.invocation.options.at("param")).pairs;
    const std::vector<std::pair<std::string, std::string>> expected{{"a", "1"}, {"b", " x=y "}, {"c", ""}};
    BOOST_TEST((pairs == expected));
}

BOOST_AUTO_TEST_CASE(two_dashes_end_the_flags) {
    const auto line = parse({"query", "--", "-- a comment"});
    BOOST_TEST(line.faults.empty());
    BOOST_TEST(line.invocation.arguments.at(0) == "-- a comment");
}

struct Case {
    std::vector<std::string> arguments;
    const char* told;
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
    for (const auto& argument : c.arguments)
        out << argument << " ";
    return out;
}
const Case cases[] = {
    {{"rnu", "x"}, "command 'rnu' is unknown [did you mean 'spine run'?]\n"},
    {{"blob"}, "command 'blob' is unknown ['spine --help' shows what there is]\n"},
    {{"db"}, "'spine db' needs to be told what to do [it has init, check, backup, restore, prune, digest]\n"},
    {{"db", "chekc"}, "'spine db' has no command 'chekc' [did you mean 'spine db check'?]\n"},
    {{"db", "backup"}, "'spine db backup' needs FILE [for example: spine db backup /backup/spine-monday.db]\n"},
    {{"version", "now"}, "argument 'now' is one too many for 'spine version' [put text with blanks into quotes]\n"},
    {{"run", "p", "tier=OTC"}, "argument 'tier=OTC' is one too many for 'spine run' [a parameter is given as -p tier=OTC]\n"},
    {{"run", "p", "--dry-rum"}, "option '--dry-rum' is unknown [did you mean '--dry-run'?]\n"},
    {{"run", "p", "--dry"}, "option '--dry' is unknown ['spine run --help' shows what there is]\n"},
    {{"version", "--force"}, "option '--force' does not belong to 'spine version' ['spine version --help' shows what there is]\n"},
    {{"runs", "list", "--state", "a", "--state", "b"}, "--state is given twice [give it once]\n"},
    {{"version", "--db", "a", "--db", "b"}, "--db is given twice [give it once]\n"},
};
BOOST_DATA_TEST_CASE(what_is_wrong_is_said_with_a_way_out, boost::unit_test::data::make(cases), c) {
    BOOST_TEST(faults(c.arguments) == c.told);
}

BOOST_AUTO_TEST_CASE(a_flag_without_its_value_is_refused) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"version", "--db"}, {"version", "--db="}, {"run", "p", "-p"}, {"version", "--quiet=yes"}})
        BOOST_TEST(parse(arguments).faults.size() == 1u);
}

BOOST_AUTO_TEST_CASE(odd_words_are_refused_not_crashed_on) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {""}, {"-"}, {"--"}, {"run", ""}, {"run", "-"}, {"\xff\xfe"}, {"--=x"}, {"---"}, {"-p", ""}, {"db", ""},
             {std::string(100'000, 'x')}, {"run", "p", "-p", std::string(100'000, '=')}})
        BOOST_CHECK_NO_THROW(parse(arguments));
}

BOOST_AUTO_TEST_CASE(all_faults_are_reported_at_once) {
    BOOST_TEST(parse({"run", "--forse", "--limit", "3"}).faults.size() == 3u); // unknown, not of this command, no PIPELINE
}

BOOST_AUTO_TEST_CASE(pairs_need_a_name_and_an_equals_sign) {
    BOOST_TEST(key_values("-p", {"tier", "=x", "a=b"}).faults.size() == 2u);
}

BOOST_AUTO_TEST_CASE(help_is_there_on_every_level_with_examples) {
    BOOST_TEST(help_text({}).find("Examples:") != std::string::npos);
    for (const auto& [group, summary] : groups())
        BOOST_TEST(help_text({group}).find("Examples:") != std::string::npos, group);
    for (const auto& command : commands()) {
        const auto words = command.group.empty() ? std::vector<std::string>{command.name}
                                                 : std::vector<std::string>{command.group, command.name};
        const auto help = help_text(words);
        BOOST_TEST(help.find("Usage:\n  spine " + command.full_name()) != std::string::npos, command.full_name());
        BOOST_TEST(help.find("Examples:") != std::string::npos, command.full_name());
    }
}

BOOST_AUTO_TEST_CASE(the_table_uses_one_name_for_one_kind_of_option) {
    std::map<std::string, std::pair<char, bool>> kinds;
    std::map<char, std::string> letters;
    const auto check = [&](const Option& option) {
        const auto kind = std::pair{option.letter, option.value.empty()};
        BOOST_TEST((kinds.emplace(option.name, kind).first->second == kind), option.name);
        if (option.letter != '\0')
            BOOST_TEST(letters.emplace(option.letter, option.name).first->second == option.name);
    };
    for (const auto& option : global_options())
        check(option);
    for (const auto& command : commands()) {
        BOOST_TEST((command.group.empty() || groups().contains(command.group)));
        BOOST_TEST(command.perform != nullptr);
        for (const auto& option : command.options) {
            check(option);
            for (const auto& global : global_options())
                BOOST_TEST(option.name != global.name);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_example_of_the_help_parses) {
    for (const auto& command : commands()) {
        for (const auto& example : command.examples) {
            std::vector<std::string> words;
            std::string word;
            bool quoted = false;
            for (const char c : example + " ") {
                if (c == '\'')
                    quoted = !quoted;
                else if (c != ' ' || quoted)
                    word += c;
                else if (!word.empty())
                    words.push_back(std::exchange(word, {}));
            }
            if (words.size() > 2 && words[words.size() - 2] == ">")
                words.resize(words.size() - 2);
            const auto line = parse({words.begin() + 1, words.end()});
            BOOST_TEST(line.faults.empty(), example);
            BOOST_TEST(line.invocation.command == &command, example);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
