#include "support/fake_world.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
namespace json = boost::json;

BOOST_FIXTURE_TEST_SUITE(commands, test::FakeWorld)

BOOST_AUTO_TEST_CASE(version_opens_and_loads_nothing) {
    BOOST_TEST(spine({"version"}) == 0);
    BOOST_TEST(out.text == "spine 1.2.3\n");
    BOOST_TEST(err.text == "");
    BOOST_TEST(libraries.loads == 0);
    BOOST_TEST(script.calls.empty());
    BOOST_TEST(spine({"version", "-o", "json"}) == 0);
    BOOST_TEST(out.text == "{\"version\":\"1.2.3\",\"abi\":\"1.0\"}\n");
}

BOOST_AUTO_TEST_CASE(help_is_data_and_needs_no_settings) {
    BOOST_TEST(spine({"--help", "--config", "/not/there.yaml"}) == 0);
    BOOST_TEST(out.text.starts_with("spine runs market-data work"));
    BOOST_TEST(spine({"run", "--help"}) == 0);
    BOOST_TEST(out.text.find("--dry-run") != std::string::npos);
    BOOST_TEST(spine({"help", "db"}) == 0);
    BOOST_TEST(out.text.find("db backup FILE") != std::string::npos);
    BOOST_TEST(assembled == 0);
}

BOOST_AUTO_TEST_CASE(no_command_is_a_usage_error_that_shows_the_help_as_words) {
    BOOST_TEST(spine({}) == 2);
    BOOST_TEST(out.text == "");
    BOOST_TEST(err.text.find("Commands:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(wrong_flags_are_usage_and_a_missing_configuration_is_not_found) {
    BOOST_TEST(spine({"version", "-o", "xml"}) == 2);
    BOOST_TEST(err.text == "error: --output: 'xml' is not a value of output\nhint: valid are table, json, csv, yaml\n");
    BOOST_TEST(spine({"version", "--config", "/not/there.yaml"}) == 4);
    BOOST_TEST(out.text == "");
}

BOOST_AUTO_TEST_CASE(db_init_creates_migrates_everything_and_closes) {
    script.exists = false;
    script.info.pending = {{"demo", 1, "numbers"}};
    BOOST_TEST(spine({"db", "init", "-o", "json"}) == 0);
    BOOST_TEST(out.text == "{\"path\":\"/data/spine.db\",\"store_id\":\"store-1\",\"created\":true,"
                           "\"applied\":[{\"owner\":\"demo\",\"version\":1,\"name\":\"numbers\"}]}\n");
    BOOST_TEST(script.calls == (std::vector<std::string>{"create", "migrate demo", "close"}), boost::test_tools::per_element());
    BOOST_TEST(err.text.starts_with("warning: refused plugin"));
    BOOST_TEST(spine({"db", "init"}) == 0);
    BOOST_TEST(out.text == "store   /data/spine.db\nid      store-1\nengine  SQLite 3.40.1\nnothing to migrate\n");
}

BOOST_AUTO_TEST_CASE(db_check_of_an_unsound_store_lists_the_problems_and_fails) {
    BOOST_TEST(spine({"db", "check"}) == 0);
    BOOST_TEST(out.text == "the store is sound\n");
    script.problems = {{"row 5 is gone", "otc_raw", R"({"tier":"OTC"})", "c1", "RAW", "spine run x --force"}, {"no JSON", {}, {}, {}, {}, {}}};
    BOOST_TEST(spine({"db", "check", "-o", "json"}) == 6);
    BOOST_TEST(out.text == "{\"sound\":false,\"problems\":[{\"problem\":\"row 5 is gone\",\"dataset\":\"otc_raw\",\"partition\":{\"tier\":\"OTC\"},"
                           "\"capture_id\":\"c1\",\"stage\":\"RAW\",\"repair\":\"spine run x --force\"},{\"problem\":\"no JSON\"}]}\n");
    BOOST_TEST(std::count(script.calls.begin(), script.calls.end(), "check deep") == 0);
    BOOST_TEST(spine({"db", "check", "--deep"}) == 6);
    BOOST_TEST(std::count(script.calls.begin(), script.calls.end(), "check deep") == 1);
    BOOST_TEST(out.text == "problem    row 5 is gone\ndataset    otc_raw\npartition  tier=OTC\ncapture    c1\nstage      RAW\nanew by    spine run x --force\n\n"
                           "problem  no JSON\n");
    BOOST_TEST(err.text.starts_with("error: the store has 2 problem(s)\nhint: "));
}

BOOST_AUTO_TEST_CASE(db_restore_tells_what_it_set_aside) {
    BOOST_TEST(spine({"db", "restore", "/b/copy.db", "-o", "json"}) == 0);
    BOOST_TEST(out.text == "{\"path\":\"/data/spine.db\",\"store_id\":\"store-1\",\"set_aside\":[\"/data/spine.db.damaged-1\"]}\n");
    BOOST_TEST(script.calls.back() == "restore /b/copy.db");
    BOOST_TEST(spine({"db", "restore", "/b/copy.db"}) == 0);
    BOOST_TEST(out.text == "restored  /data/spine.db\nid        store-1\nset aside  /data/spine.db.damaged-1\n");
}

BOOST_AUTO_TEST_CASE(db_digest_and_backup_print_what_the_store_says) {
    script.digest = {{"table", "rows", "sha256"}, {{"otc_raw", 150, "abc"}, {"total", 150, "def"}}, false};
    BOOST_TEST(spine({"db", "digest", "-o", "csv"}) == 0);
    BOOST_TEST(out.text == "table,rows,sha256\notc_raw,150,abc\ntotal,150,def\n");
    BOOST_TEST(spine({"db", "backup", "/b/copy.db", "-o", "json"}) == 0);
    BOOST_TEST(out.text == "{\"file\":\"/b/copy.db\"}\n");
    BOOST_TEST(script.calls.back() == "backup /b/copy.db");
}

BOOST_AUTO_TEST_CASE(plugin_list_shows_a_plugin_that_has_tables_in_the_store_and_no_file) {
    script.answer = {{"owner", "number", "sha256"}, {{"gone", 1, "abc"}}, false};
    BOOST_TEST(spine({"plugin", "list"}) == 0);
    BOOST_TEST(out.text.find("gone                missing  1 dataset in the store, no file that is loaded") != std::string::npos, out.text);
}

BOOST_AUTO_TEST_CASE(plugin_list_shows_refused_files_with_their_reason_and_still_succeeds) {
    script.exists = false;
    BOOST_TEST(spine({"plugin", "list"}) == 0);
    BOOST_TEST(out.text.find("demo       1.0.0    loaded   demo.numbers: 3 pipelines, 0 lambdas") != std::string::npos, out.text);
    BOOST_TEST(out.text.find("broken.so           refused  lacks the entry") != std::string::npos, out.text);
    BOOST_TEST(script.calls.empty()); // no store is needed
    BOOST_TEST(spine({"plugin", "list", "-o", "json"}) == 0);
    const auto plugins = workflow::json_from(out.text);
    BOOST_TEST(plugins.at(0).at("pipelines").as_array().size() == 3u);
    BOOST_TEST(plugins.at(1).at("status").as_string() == "refused");
}

BOOST_AUTO_TEST_CASE(plugin_show_of_a_refused_file_says_why) {
    for (const auto* name : {"broken.so", "broken", "/plugins/broken.so"}) {
        BOOST_TEST(spine({"plugin", "show", name}) == 3);
        BOOST_TEST(err.text.find("was refused: lacks the entry") != std::string::npos);
        BOOST_TEST(out.text == "");
    }
    BOOST_TEST(spine({"plugin", "show", "demmo"}) == 4);
    BOOST_TEST(err.text.find("hint: did you mean 'demo'?") != std::string::npos);
    BOOST_TEST(spine({"plugin", "show", "demo"}) == 0);
    BOOST_TEST(out.text.find("demo.numbers.count_all  composite  Counts every tier") != std::string::npos, out.text);
}

BOOST_AUTO_TEST_CASE(pipelines_are_listed_by_domain_or_alias) {
    BOOST_TEST(spine({"pipeline", "list", "--domain", "demo", "-o", "json"}) == 0);
    BOOST_TEST(workflow::json_from(out.text).as_array().size() == 3u);
    BOOST_TEST(spine({"pipeline", "list", "--domain", "dmeo"}) == 4);
    BOOST_TEST(err.text.find("did you mean 'demo'?") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(pipeline_show_prints_the_parameters_and_their_schema) {
    BOOST_TEST(spine({"pipeline", "show", "demo.count"}) == 0);
    BOOST_TEST(out.text.find("tier         NMS_TIER_1 | OTC  yes                which tier") != std::string::npos, out.text);
    BOOST_TEST(out.text.find("weeks_back   integer           no        6") != std::string::npos, out.text);
    BOOST_TEST(spine({"pipeline", "show", "demo.count", "-o", "json"}) == 0);
    const auto shown = workflow::json_from(out.text);
    BOOST_TEST(shown.at("parameters").at("properties").at("tier").at("enum").as_array().size() == 2u);
    BOOST_TEST(spine({"pipeline", "show", "demo.cuont"}) == 4);
    BOOST_TEST(err.text == "error: pipeline 'demo.cuont' is unknown\nhint: did you mean 'demo.numbers.count'?\n");
}

BOOST_AUTO_TEST_CASE(query_streams_in_every_format) {
    script.answer = {{"symbol", "share"}, {{"ECOX", 0.9299147466219626}, {nullptr, 1}}, false};
    BOOST_TEST(spine({"query", "SELECT 1"}) == 0);
    BOOST_TEST(out.text == "symbol               share\n------  ------------------\nECOX    0.9299147466219626\n"
                           "NULL                     1\n");
    BOOST_TEST(spine({"query", "SELECT 1", "-o", "csv"}) == 0);
    BOOST_TEST(out.text == "symbol,share\nECOX,0.9299147466219626\n,1\n");
    BOOST_TEST(spine({"query", "SELECT 1", "-o", "json"}) == 0);
    BOOST_TEST(out.text == "[\n{\"symbol\":\"ECOX\",\"share\":0.9299147466219626},\n{\"symbol\":null,\"share\":1}\n]\n");
    BOOST_TEST(libraries.loads == 0);
}

BOOST_AUTO_TEST_CASE(a_query_that_is_refused_prints_no_data) {
    script.query_error = Error{ErrorCode::usage, "only one SELECT is allowed", "see spine query --help"};
    BOOST_TEST(spine({"query", "DELETE FROM x", "-o", "json"}) == 2);
    BOOST_TEST(out.text == "");
    BOOST_TEST(err.text == "error: only one SELECT is allowed\nhint: see spine query --help\n");
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_ends_a_query_in_silence) {
    script.answer = {{"n"}, {{1}, {2}}, false};
    out.reader_gone = true;
    BOOST_TEST(spine({"query", "SELECT n", "-o", "csv"}) == 0);
    BOOST_TEST(err.text == "");
}

BOOST_AUTO_TEST_CASE(a_full_standard_output_is_an_error) {
    out.full = true;
    BOOST_TEST(spine({"version"}) == 7);
    BOOST_TEST(err.text.find("No space left on device") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_store_every_reader_says_how_to_make_one) {
    script.exists = false;
    BOOST_TEST(spine({"runs", "list"}) == 4);
    BOOST_TEST(out.text == "");
    BOOST_TEST(err.text == "error: there is no store at 'spine.db'\nhint: run 'spine db init' first\n");
}

BOOST_AUTO_TEST_CASE(doctor_reports_everything_and_fails_by_the_first_error) {
    BOOST_TEST(spine({"doctor", "-o", "json"}) == 3); // the refused plugin
    const auto findings = workflow::json_from(out.text).as_array();
    BOOST_TEST(findings.at(0).at("subject").as_string() == "program");
    BOOST_TEST(findings.size() >= 5u);
}

BOOST_AUTO_TEST_SUITE_END()
