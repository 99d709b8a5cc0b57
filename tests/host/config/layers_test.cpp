#include "config/load.hpp"
#include "error.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>

using namespace spine::config;
namespace fs = std::filesystem;

namespace {

struct Setup {
    spine::test::TemporaryFolder folder;
    std::map<std::string, std::string> variables;
    Flags flags;

    Setup() { fs::create_directory(path("etc")); }
    std::string path(const std::string& name) const { return folder.path() + "/" + name; }
    void write(const std::string& name, const std::string& text) const { std::ofstream{path(name)} << text; }
    /// As the configuration file of this test.
    void configuration(const std::string& text) {
        write("etc/spine.yaml", text);
        flags.config_file = path("etc/spine.yaml");
    }
    std::variant<Settings, Faults> load() const {
        const Environment environment{
            [this](const std::string& name) -> std::optional<std::string> {
                const auto found = variables.find(name);
                return found == variables.end() || found->second.empty() ? std::nullopt : std::optional{found->second};
            },
            [this] {
                std::vector<std::string> names;
                for (const auto& [name, value] : variables)
                    names.push_back(name);
                return names;
            }};
        return spine::config::load(flags, environment, Places{folder.path(), path("prefix/bin/spine")});
    }
    Settings settings() const {
        const auto loaded = load();
        if (const auto* faults = std::get_if<Faults>(&loaded))
            for (const auto& fault : *faults)
                BOOST_TEST_MESSAGE(fault.where << ":" << fault.line << " " << fault.message);
        BOOST_TEST_REQUIRE(std::holds_alternative<Settings>(loaded));
        return std::get<Settings>(loaded);
    }
    std::string faults() const {
        const auto loaded = load();
        BOOST_TEST_REQUIRE(std::holds_alternative<Faults>(loaded));
        std::string out;
        for (const auto& fault : std::get<Faults>(loaded))
            out += fs::path{fault.where}.filename().string() + ":" + std::to_string(fault.line) + " " + fault.message + "\n";
        return out;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(layers)

BOOST_AUTO_TEST_CASE(each_layer_gives_what_the_stronger_ones_leave_out_and_tells_what_it_hides) {
    Setup setup;
    BOOST_TEST(setup.settings().sources.at("db") == "default");
    setup.configuration("db: sqlite:/file.db\nvalues: {a.b: file}\n");
    setup.flags.profile = "prod";
    BOOST_TEST(setup.settings().database == "sqlite:/file.db");
    setup.configuration("db: sqlite:/file.db\nvalues: {a.b: file, a.c: file}\nprofiles:\n  prod:\n    db: sqlite:/profile.db\n    values: {a.b: profile}\n");
    BOOST_TEST(setup.settings().database == "sqlite:/profile.db");
    BOOST_TEST(setup.settings().values.at("a.b") == "profile");
    BOOST_TEST(setup.settings().values.at("a.c") == "file");
    BOOST_TEST(setup.settings().sources.at("db") == setup.path("etc/spine.yaml") + ":5 (profile prod)");
    setup.write("etc/.env", "SPINE_DB=sqlite:/variables.db\n");
    BOOST_TEST(setup.settings().database == "sqlite:/variables.db");
    BOOST_TEST(setup.settings().sources.at("db") == setup.path("etc/.env") + ":1");
    setup.variables["SPINE_DB"] = "sqlite:/environment.db";
    BOOST_TEST(setup.settings().database == "sqlite:/environment.db");
    setup.flags.database = "sqlite:/flag.db";
    const auto settings = setup.settings();
    BOOST_TEST(settings.database == "sqlite:/flag.db");
    const auto& hidden = settings.shadowed.at("db");
    BOOST_TEST_REQUIRE(hidden.size() == 4u);
    BOOST_TEST(hidden[0].source == "SPINE_DB");
    BOOST_TEST(hidden[1].value == "sqlite:/variables.db");
    BOOST_TEST(hidden[2].source == setup.path("etc/spine.yaml") + ":5 (profile prod)");
    BOOST_TEST(hidden[3].value == "sqlite:/file.db");
    BOOST_TEST(settings.shadowed.at("values.a.b").front().value == "file");
}

BOOST_AUTO_TEST_CASE(a_value_of_the_file_may_be_that_of_a_variable_of_the_environment_or_the_env_file) {
    Setup setup;
    setup.configuration("db: env:STORE\nquiet: env:QUIET\nvalues: {a.b: env:POLICY, a.c: 'secret:env:KEY'}\nflags: {fast: env:FAST}\n"
                        "profiles: {prod: {color: env:NOBODY}}\n");
    setup.write("etc/.env", "STORE=sqlite:variables.db\nPOLICY=snap\nFAST=on\nQUIET=true\n");
    setup.variables["POLICY"] = "refuse";
    const auto settings = setup.settings();
    BOOST_TEST(settings.database == "sqlite:" + setup.path("etc/variables.db"));
    BOOST_TEST(settings.values.at("a.b") == "refuse");
    BOOST_TEST(settings.values.at("a.c") == "secret:env:KEY");
    BOOST_TEST(settings.flags.at("fast"));
    BOOST_TEST(settings.quiet);
    BOOST_TEST(settings.sources.at("values.a.b") == setup.path("etc/spine.yaml") + ":3 (env:POLICY)");
    setup.flags.profile = "prod";
    BOOST_TEST(setup.faults() == "spine.yaml:5 variable NOBODY is not set\n");
    setup.flags.color = "never"; // what is hidden is not asked for
    setup.settings();
    setup.flags.database = "env:STORE"; // only in the file
    BOOST_TEST(setup.settings().database == "env:STORE");
}

BOOST_AUTO_TEST_CASE(without_a_name_there_is_no_environment_and_no_profile) {
    Setup setup;
    setup.configuration("profiles: {dev: {db: sqlite:/dev.db}, prod: {db: sqlite:/prod.db}}\n");
    BOOST_TEST(setup.settings().env == "");
    BOOST_TEST(setup.settings().database == "sqlite:spine.db");
    BOOST_TEST(setup.settings().sources.at("env") == "default");
}

BOOST_AUTO_TEST_CASE(the_environment_is_named_by_flag_variable_env_file_or_file) {
    Setup setup;
    setup.configuration("env: a\nprofiles: {a: {}, b: {}, c: {}, d: {}}\n");
    BOOST_TEST(setup.settings().env == "a");
    setup.write("etc/.env", "SPINE_ENV=b\n");
    BOOST_TEST(setup.settings().env == "b");
    setup.variables["SPINE_ENV"] = "c";
    BOOST_TEST(setup.settings().env == "c");
    setup.flags.profile = "d";
    BOOST_TEST(setup.settings().env == "d");
    BOOST_TEST(setup.settings().sources.at("env") == "--profile");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_no_profile_is_refused_where_there_are_profiles) {
    Setup setup;
    setup.flags.profile = "prod";
    BOOST_TEST(setup.settings().env == "prod");
    setup.configuration("db: sqlite:/a.db\n");
    BOOST_TEST(setup.settings().env == "prod");
    setup.configuration("profiles: {staging: {quiet: true}}\n");
    BOOST_TEST(setup.faults() == "--profile:0 there is no profile 'prod' in " + setup.path("etc/spine.yaml") + "\n");
    setup.configuration("profiles: {staging: {quiet: true}, prod: {}}\n");
    BOOST_TEST(!setup.settings().quiet);
    setup.flags.profile = "a b";
    BOOST_TEST(setup.faults().starts_with("--profile:0 'a b' is no name of an environment\n"));
}

BOOST_AUTO_TEST_CASE(every_profile_is_checked_the_chosen_one_or_not) {
    Setup setup;
    setup.flags.profile = "dev";
    setup.configuration("profiles:\n"
                        "  dev: {dbase: x, env: y}\n"
                        "  prod:\n"
                        "    color: pink\n"
                        "    profiles: {a: b}\n"
                        "    flags: {fast: maybe, Bad-Name: true}\n"
                        "    values: 3\n"
                        "  stage: 7\n");
    BOOST_TEST(setup.faults() == "spine.yaml:2 'dbase' is no setting\n"
                                 "spine.yaml:2 'env' is no setting\n"
                                 "spine.yaml:5 'profiles' is a mapping, wanted is one value\n"
                                 "spine.yaml:6 'Bad-Name' is no name of a flag\n"
                                 "spine.yaml:7 'values' is no mapping\n"
                                 "spine.yaml:8 profile 'stage' is no mapping\n"
                                 "spine.yaml:4 'pink' is not a value of color\n"
                                 "spine.yaml:6 'maybe' is not a value of flag fast\n");
    setup.configuration("profiles: 3\n");
    BOOST_TEST(setup.faults() == "spine.yaml:1 'profiles' is no mapping\n");
    setup.configuration("profiles: {dev: {values: {a.b: 1, a: {b: 2}}}, prod: {values: {a.b: 1}}}\n");
    BOOST_TEST(setup.faults() == "spine.yaml:1 'a.b' is given twice\n");
    setup.configuration("env: {a: b}\nvalues: {}\nflags: {}\nquiet: {}\n");
    BOOST_TEST(setup.faults() == "spine.yaml:1 'env' is a mapping, wanted is one value\n"
                                 "spine.yaml:4 'quiet' is a mapping, wanted is one value\n");
}

BOOST_AUTO_TEST_CASE(an_env_file_is_read_beside_the_configuration_file_or_where_it_is_named_never_where_one_stands) {
    Setup setup;
    setup.write(".env", "SPINE_DB=sqlite:/working-folder.db\n");
    BOOST_TEST(setup.settings().database == "sqlite:spine.db");
    BOOST_TEST(setup.settings().env_file == "");
    setup.configuration("quiet: true\n");
    BOOST_TEST(setup.settings().env_file == "");
    setup.write("etc/.env", "SPINE_DB=sqlite:beside.db\nPASSWORD=x\n");
    BOOST_TEST(setup.settings().database == "sqlite:" + setup.path("etc/beside.db"));
    BOOST_TEST(setup.settings().variables.at("PASSWORD") == "x");
    setup.write("mine.env", "SPINE_DB=sqlite:named.db\n");
    setup.variables["SPINE_ENV_FILE"] = "mine.env";
    BOOST_TEST(setup.settings().database == "sqlite:" + setup.path("named.db"));
    BOOST_TEST(setup.settings().variables.count("PASSWORD") == 0u);
    setup.flags.env_file = ".env";
    BOOST_TEST(setup.settings().database == "sqlite:/working-folder.db");
    BOOST_TEST(setup.settings().env_file == setup.path(".env"));
    setup.flags.env_file = "";
    BOOST_TEST(setup.faults() == "--env-file:0 the .env file's name is empty\n");
    setup.flags.env_file = "nowhere.env";
    BOOST_CHECK_EXCEPTION(setup.load(), spine::Error, [](const spine::Error& error) {
        return error.code() == spine::ErrorCode::not_found && std::string{error.what()}.find(".env file") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(an_env_file_cannot_say_which_files_are_read) {
    Setup setup;
    setup.write("mine.env", "SPINE_CONFIG=x.yaml\nA=1\nSPINE_ENV_FILE=y\nB\n");
    setup.flags.env_file = "mine.env";
    BOOST_TEST(setup.faults() == "mine.env:4 '=' is wanted after the name\n");
    setup.write("mine.env", "SPINE_CONFIG=x.yaml\nA=1\nSPINE_ENV_FILE=y\n");
    BOOST_TEST(setup.faults() == "mine.env:1 'SPINE_CONFIG' has no effect in an .env file\n"
                                 "mine.env:3 'SPINE_ENV_FILE' has no effect in an .env file\n");
}

BOOST_AUTO_TEST_CASE(flags_come_from_variables_and_files) {
    Setup setup;
    setup.configuration("profiles:\n  prod:\n    flags: {c: on, d: on}\nflags:\n  b: true\n  c: 0\nenv: prod\n");
    setup.write("etc/.env", "SPINE_FLAG_A=off\nSPINE_FLAG_B=off\n");
    setup.variables["SPINE_FLAG_A"] = "1";
    setup.variables["SPINE_FLAG_NEW_PARSER"] = "true";
    setup.variables["SPINE_FLAG_"] = "rubbish";
    setup.variables["SPINE_FLAG_9"] = "rubbish";
    const std::map<std::string, bool> expected{{"a", true}, {"b", false}, {"c", true}, {"d", true}, {"new_parser", true}};
    BOOST_TEST((setup.settings().flags == expected));
    BOOST_TEST(setup.settings().sources.at("flags.new_parser") == "SPINE_FLAG_NEW_PARSER");
    BOOST_TEST(setup.settings().shadowed.at("flags.a").front().source == setup.path("etc/.env") + ":1");
    setup.variables["SPINE_FLAG_A"] = "yes";
    BOOST_TEST(setup.faults() == "SPINE_FLAG_A:0 'yes' is not a value of flag a\n");
}

BOOST_AUTO_TEST_CASE(secrets_are_looked_for_in_the_folder_that_is_named) {
    Setup setup;
    BOOST_TEST(setup.settings().secrets_folder == "/run/secrets");
    setup.configuration("secrets: mine\n");
    BOOST_TEST(setup.settings().secrets_folder == setup.path("etc/mine"));
    setup.variables["SPINE_SECRETS"] = "/var/secrets";
    BOOST_TEST(setup.settings().secrets_folder == "/var/secrets");
    setup.flags.secrets_folder = "here";
    BOOST_TEST(setup.settings().secrets_folder == setup.path("here"));
}

BOOST_AUTO_TEST_CASE(variables_of_the_file_stand_behind_those_of_the_process) {
    const Environment process = [](const std::string& name) -> std::optional<std::string> {
        return name == "A" ? std::optional<std::string>{"process"} : std::nullopt;
    };
    const auto both = with_variables(process, {{"A", "file"}, {"B", "file"}, {"C", ""}});
    BOOST_TEST(both("A").value() == "process");
    BOOST_TEST(both("B").value() == "file");
    BOOST_TEST(!both("C").has_value());
    BOOST_TEST(!both("D").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
