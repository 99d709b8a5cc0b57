#include "config/load.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

using namespace spine::config;
namespace fs = std::filesystem;

namespace {

struct Setup {
    spine::test::TemporaryFolder folder;
    std::map<std::string, std::string> variables;
    Flags flags;

    std::string path(const std::string& name) const { return folder.path() + "/" + name; }
    std::variant<Settings, Faults> load() const {
        const Environment environment = [this](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end())
                return std::nullopt;
            return found->second;
        };
        return spine::config::load(flags, environment, Places{folder.path(), path("prefix/bin/spine")});
    }
    Settings settings() const {
        const auto loaded = load();
        if (const auto* faults = std::get_if<Faults>(&loaded))
            for (const auto& fault : *faults)
                BOOST_TEST_MESSAGE(fault.where << " " << fault.message);
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
    void write(const std::string& name, const std::string& text) const { std::ofstream{path(name)} << text; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(load_settings)

BOOST_AUTO_TEST_CASE(without_anything_the_defaults_hold) {
    const Setup setup;
    const auto settings = setup.settings();
    BOOST_TEST(settings.database == "sqlite:spine.db");
    BOOST_TEST((settings.output == Output::table));
    BOOST_TEST((settings.color == Color::automatic));
    BOOST_TEST((settings.log_level == LogLevel::warn));
    BOOST_TEST(settings.config_file == "");
    BOOST_TEST(settings.sources.at("db") == "default");
}

BOOST_AUTO_TEST_CASE(a_flag_wins_over_the_environment_over_the_file_over_the_default) {
    Setup setup;
    setup.write("spine.yaml", "db: sqlite:/file.db\nlog_level: info\n");
    setup.flags.config_file = "spine.yaml";
    BOOST_TEST(setup.settings().database == "sqlite:/file.db");
    BOOST_TEST(setup.settings().sources.at("db") == setup.path("spine.yaml") + ":1");
    BOOST_TEST((setup.settings().log_level == LogLevel::info));
    setup.variables["SPINE_DB"] = "sqlite:/environment.db";
    BOOST_TEST(setup.settings().database == "sqlite:/environment.db");
    BOOST_TEST(setup.settings().sources.at("db") == "SPINE_DB");
    setup.flags.database = "sqlite:/flag.db";
    setup.flags.log_level = "debug";
    BOOST_TEST(setup.settings().database == "sqlite:/flag.db");
    BOOST_TEST(setup.settings().sources.at("db") == "--db");
    BOOST_TEST((setup.settings().log_level == LogLevel::debug));
}

BOOST_AUTO_TEST_CASE(the_environment_names_the_file_and_paths_in_it_begin_beside_it) {
    Setup setup;
    fs::create_directory(setup.path("etc"));
    setup.write("etc/spine.yaml", "db: sqlite:data/spine.db\nplugins: ../plugged\n");
    setup.variables["SPINE_CONFIG"] = "etc/spine.yaml";
    BOOST_TEST(setup.settings().database == "sqlite:" + setup.path("etc/data/spine.db"));
    BOOST_TEST(setup.settings().plugin_folder == setup.path("plugged"));
}

BOOST_AUTO_TEST_CASE(plugins_are_looked_for_beside_the_program_then_below_its_prefix_never_where_one_stands) {
    Setup setup;
    fs::create_directories(setup.path("prefix/bin"));
    fs::create_directories(setup.path("plugins")); // in the working directory: not looked at
    BOOST_TEST(setup.settings().plugin_folder == setup.path("prefix/bin/plugins"));
    fs::create_directories(setup.path("prefix/lib/spine/plugins"));
    BOOST_TEST(setup.settings().plugin_folder == setup.path("prefix/lib/spine/plugins"));
    fs::create_directories(setup.path("prefix/bin/plugins"));
    BOOST_TEST(setup.settings().plugin_folder == setup.path("prefix/bin/plugins"));
    setup.variables["SPINE_PLUGINS"] = "/elsewhere";
    BOOST_TEST(setup.settings().plugin_folder == "/elsewhere");
    setup.flags.plugin_folder = "plugins";
    BOOST_TEST(setup.settings().plugin_folder == setup.path("plugins"));
}

BOOST_AUTO_TEST_CASE(workflows_are_looked_for_as_plugins_are_but_below_share) {
    Setup setup;
    fs::create_directories(setup.path("prefix/bin"));
    fs::create_directories(setup.path("workflows")); // in the working directory: not looked at
    BOOST_TEST(setup.settings().workflow_folder == setup.path("prefix/bin/workflows"));
    BOOST_TEST(setup.settings().sources.at("workflows") == "default");
    fs::create_directories(setup.path("prefix/share/spine/workflows"));
    BOOST_TEST(setup.settings().workflow_folder == setup.path("prefix/share/spine/workflows"));
    fs::create_directories(setup.path("prefix/bin/workflows"));
    BOOST_TEST(setup.settings().workflow_folder == setup.path("prefix/bin/workflows"));
    setup.write("spine.yaml", "workflows: mine\n");
    setup.flags.config_file = "spine.yaml";
    BOOST_TEST(setup.settings().workflow_folder == setup.path("mine"));
    setup.variables["SPINE_WORKFLOWS"] = "/elsewhere";
    BOOST_TEST(setup.settings().workflow_folder == "/elsewhere");
    setup.flags.workflow_folder = "workflows";
    BOOST_TEST(setup.settings().workflow_folder == setup.path("workflows"));
    setup.flags.workflow_folder = "";
    BOOST_TEST(setup.faults() == "--workflows:0 the workflow folder is empty\n");
}

BOOST_AUTO_TEST_CASE(values_of_domains_are_read_flat_or_nested) {
    Setup setup;
    setup.flags.config_file = setup.path("spine.yaml");
    setup.write("spine.yaml", "values:\n  finra.otc.date_policy: snap\n  finra:\n    otc:\n      rows: 7\n");
    const auto settings = setup.settings();
    BOOST_TEST(settings.values.size() == 2u);
    BOOST_TEST(settings.values.at("finra.otc.date_policy") == "snap");
    BOOST_TEST(settings.values.at("finra.otc.rows") == "7");
}

BOOST_AUTO_TEST_CASE(every_fault_of_the_file_and_the_flags_is_reported_at_once) {
    Setup setup;
    setup.write("spine.yaml", "dbase: x\ncolor: pink\nquiet: maybe\nvalues: 3\noutput: {a: b}\n");
    setup.flags.config_file = "spine.yaml";
    setup.flags.output = "xml";
    BOOST_TEST(setup.faults() == "spine.yaml:1 'dbase' is no setting\n"
                                 "spine.yaml:4 'values' is no mapping\n"
                                 "spine.yaml:5 'output' is a mapping, wanted is one value\n"
                                 "--output:0 'xml' is not a value of output\n"
                                 "spine.yaml:2 'pink' is not a value of color\n"
                                 "spine.yaml:3 'maybe' is not a value of quiet\n");
}

BOOST_AUTO_TEST_CASE(the_same_value_in_two_spellings_is_refused) {
    Setup setup;
    setup.write("spine.yaml", "values:\n  a.b: 1\n  a: {b: 2}\n");
    setup.flags.config_file = "spine.yaml";
    BOOST_TEST(setup.faults() == "spine.yaml:3 'a.b' is given twice\n");
}

BOOST_AUTO_TEST_CASE(no_color_and_a_dumb_terminal_mean_never_unless_a_flag_says_always) {
    Setup setup;
    setup.variables["NO_COLOR"] = "1";
    BOOST_TEST((setup.settings().color == Color::never));
    setup.flags.color = "always";
    BOOST_TEST((setup.settings().color == Color::always));
    setup.variables = {{"TERM", "dumb"}};
    setup.flags.color = "auto";
    BOOST_TEST((setup.settings().color == Color::never));
}

BOOST_AUTO_TEST_SUITE_END()
