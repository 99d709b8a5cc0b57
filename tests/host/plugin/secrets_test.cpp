#include "plugin/secrets.hpp"
#include "support/temporary_folder.hpp"
#include "workflow/json.hpp"
#include "workflow/secret.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <sys/stat.h>
#include <unistd.h>

using namespace spine::plugin;
using spine::unit::Failure;

namespace {

struct Setup {
    spine::test::TemporaryFolder folder;
    std::map<std::string, std::string> variables{{"A", "value of a"}, {"EMPTY", ""}, {"BROKEN", "\xff"}, {"PIPED", "x|y"}};
    Redactor redactor;
    KeptSecrets secrets{[this](const std::string& name) -> std::optional<std::string> {
                            const auto found = variables.find(name);
                            return found == variables.end() ? std::nullopt : std::optional{found->second};
                        },
                        folder.path()};

    void write(const std::string& name, const std::string& text) const { std::ofstream{folder.path() + "/" + name} << text; }
    /// The secret, or "! " and why there is none.
    std::string told(const std::string& reference) {
        const auto found = resolve(reference, secrets, redactor);
        if (const auto* failure = std::get_if<Failure>(&found)) {
            BOOST_TEST((failure->category == spine::unit::Category::configuration));
            BOOST_TEST(failure->exit_code == 3);
            BOOST_TEST(!failure->hint.empty());
            auto text = failure->message;
            for (auto at = text.find(folder.path()); at != std::string::npos; at = text.find(folder.path()))
                text.replace(at, folder.path().size(), "F");
            return "! " + text;
        }
        return std::get<std::string>(found);
    }
};

struct Case {
    const char* reference;
    const char* expected;
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.reference; }

const Case cases[] = {
    {"secret:env:A", "value of a"},
    {"secret:env:PIPED", "x|y"},
    {"secret:file:key", "from a file"},
    {"secret:file:two_lines", "one\ntwo"},
    {"secret:file:windows", "text"},
    {"secret:file:blank_lines", "x\n"},
    {"secret:env:NONE|secret:file:key", "from a file"},
    {"secret:env:EMPTY|secret:file:empty|secret:env:A", "value of a"},
    {"secret:env:NONE | secret:file:key", "from a file"},
    {"secret:env:NONE|default:", ""},
    {"secret:env:NONE|default:a|b secret:env:A ", "a|b secret:env:A "},
    {"secret:env:A|default:x", "value of a"},
    {"secret:env:NONE", "! the secret 'secret:env:NONE' cannot be resolved: variable NONE is not set"},
    {"secret:env:NONE | secret:file:folder | default:x",
     "! the secret 'secret:env:NONE|secret:file:folder|default:x' cannot be resolved: variable NONE is not set; file 'F/folder' is no regular file"},
    {"secret:env:NONE|secret:file:none",
     "! the secret 'secret:env:NONE|secret:file:none' cannot be resolved: variable NONE is not set; file 'F/none' is not there"},
    {"secret:file:empty", "! the secret 'secret:file:empty' cannot be resolved: file 'F/empty' is empty"},
    {"secret:file:folder|default:x", "! the secret 'secret:file:folder|default:x' cannot be resolved: file 'F/folder' is no regular file"},
    {"secret:file:fifo|default:x", "! the secret 'secret:file:fifo|default:x' cannot be resolved: file 'F/fifo' is no regular file"},
    {"secret:file:large|default:x", "! the secret 'secret:file:large|default:x' cannot be resolved: file 'F/large' is larger than 65536 bytes"},
    {"secret:file:binary|default:x", "! the secret 'secret:file:binary|default:x' cannot be resolved: file 'F/binary' is not UTF-8"},
    {"secret:env:BROKEN|default:x", "! the secret 'secret:env:BROKEN|default:x' cannot be resolved: variable BROKEN is not UTF-8"},
    // What is wrong is told, and never what was written: it may be the secret itself.
    {"secret:vault:x", "! a secret cannot be resolved: source 1 of a secret is none that is known"},
    {"secret:", "! a secret cannot be resolved: source 1 of a secret is none that is known"},
    {"secret:env:", "! a secret cannot be resolved: the name of a secret's variable holds letters, digits and _"},
    {"secret:env:9", "! a secret cannot be resolved: the name of a secret's variable holds letters, digits and _"},
    {"secret:env:hunter 2", "! a secret cannot be resolved: the name of a secret's variable holds letters, digits and _"},
    {"secret:file:../key", "! a secret cannot be resolved: the name of a secret's file holds letters, digits, _, - and dots, and is no path"},
    {"secret:file:a/b", "! a secret cannot be resolved: the name of a secret's file holds letters, digits, _, - and dots, and is no path"},
    {"secret:file:.hidden", "! a secret cannot be resolved: the name of a secret's file holds letters, digits, _, - and dots, and is no path"},
    {"secret:env:NONE||default:x", "! a secret cannot be resolved: source 2 of a secret is none that is known"},
    {"secret:env:NONE|plain", "! a secret cannot be resolved: source 2 of a secret is none that is known"},
    {"secret:env:A|plain", "! a secret cannot be resolved: source 2 of a secret is none that is known"},
    {"secret:env:A|", "! a secret cannot be resolved: source 2 of a secret is none that is known"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(secrets)

BOOST_DATA_TEST_CASE(a_reference_is_the_first_of_its_sources_that_is_there, cases, one) {
    Setup setup;
    setup.write("key", "from a file\n");
    setup.write("two_lines", "one\ntwo\n");
    setup.write("windows", "text\r\n");
    setup.write("blank_lines", "x\n\n");
    setup.write("empty", "\n");
    setup.write("large", std::string(65537, 'x'));
    setup.write("binary", "\xff\xfe");
    std::filesystem::create_directory(setup.folder.path() + "/folder");
    BOOST_TEST_REQUIRE(::mkfifo((setup.folder.path() + "/fifo").c_str(), 0600) == 0);
    BOOST_TEST(setup.told(one.reference) == one.expected);
}

BOOST_AUTO_TEST_CASE(what_was_resolved_is_blanked_from_then_on_a_default_is_not) {
    Setup setup;
    BOOST_TEST(setup.redactor.clean("value of a") == "value of a");
    setup.told("secret:env:A");
    setup.told("secret:env:NONE|default:ordinary");
    BOOST_TEST(setup.redactor.clean("value of a, ordinary") == "***, ordinary");
}

BOOST_AUTO_TEST_CASE(a_variable_may_hold_a_reference_but_not_lead_in_circles) {
    Setup setup;
    setup.variables["PGPASSWORD"] = "secret:env:POSTGRES_PASSWORD|secret:env:A";
    BOOST_TEST(setup.told("secret:env:PGPASSWORD") == "value of a");
    setup.variables["X"] = "secret:env:Y";
    setup.variables["Y"] = "secret:env:X";
    BOOST_TEST(setup.told("secret:env:X").find("more than 4 times") != std::string::npos);
    setup.variables["LONG"] = "secret:env:X|default:hunter2";
    setup.variables["Y"] = "secret:env:LONG";
    BOOST_TEST(setup.told("secret:env:LONG").find("the secret 'secret:env:X|default:***' cannot be resolved") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_variable_that_holds_no_sound_reference_holds_the_secret) {
    Setup setup;
    for (const std::string odd : {"secret:agent", "secret:env:A|hunter2", "secret:env:A|", "secret:file:../key", " secret:env:A"}) {
        setup.variables["ODD"] = odd;
        BOOST_TEST(setup.told("secret:env:ODD") == odd);
        BOOST_TEST(setup.redactor.clean("it is " + odd) == "it is ***");
    }
}

BOOST_AUTO_TEST_CASE(a_changed_secret_counts_at_the_next_call_and_the_old_one_stays_blanked) {
    Setup setup;
    setup.write("key", "the old one");
    BOOST_TEST(setup.told("secret:file:key") == "the old one");
    setup.write("key", "the new one");
    BOOST_TEST(setup.told("secret:file:key") == "the new one");
    BOOST_TEST(setup.redactor.clean("the old one, the new one") == "***, ***");
}

BOOST_AUTO_TEST_CASE(a_file_may_be_a_link_as_containers_mount_them) {
    Setup setup;
    setup.write("real", "text");
    std::filesystem::create_symlink("real", setup.folder.path() + "/link");
    BOOST_TEST(setup.told("secret:file:link") == "text");
    std::filesystem::create_symlink("nowhere", setup.folder.path() + "/dangling");
    BOOST_TEST(setup.told("secret:file:dangling|default:x") == "x");
}

BOOST_AUTO_TEST_CASE(references_in_lists_and_objects_are_resolved_too) {
    Setup setup;
    auto value = spine::workflow::json_from(R"({"a":["secret:env:A",1],"b":{"c":"plain"}})");
    BOOST_TEST(spine::workflow::holds_secret(value));
    const auto found = resolve(value, setup.secrets, setup.redactor);
    BOOST_TEST_REQUIRE(std::holds_alternative<boost::json::value>(found));
    BOOST_TEST(spine::workflow::json_text(std::get<boost::json::value>(found)) == R"({"a":["value of a",1],"b":{"c":"plain"}})");
    BOOST_TEST(!spine::workflow::holds_secret(std::get<boost::json::value>(found)));
    BOOST_TEST(std::holds_alternative<Failure>(resolve(spine::workflow::json_from(R"(["secret:env:NONE"])"), setup.secrets, setup.redactor)));
}

BOOST_AUTO_TEST_SUITE_END()
