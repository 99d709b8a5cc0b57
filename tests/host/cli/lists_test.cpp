#include "support/fake_world.hpp"
#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace spine;

BOOST_FIXTURE_TEST_SUITE(lists, test::FakeWorld)

BOOST_AUTO_TEST_CASE(people_see_the_telling_columns_and_programs_see_all) {
    script.manifest = {{"domain", "partition_key", "stage", "row_count", "metrics_json", "capture_id", "updated_at"},
                       {{"demo.numbers", R"({"tier":"OTC","week_ending":"2025-12-12"})", "COUNTED", 5328, R"({"a":1})", "c1",
                         "2026-01-02T00:00:00.000Z"}},
                       false};
    BOOST_TEST(spine({"manifest", "list"}) == 0);
    BOOST_TEST(out.text.find("demo.numbers  tier=OTC week_ending=2025-12-12  COUNTED       5328  c1") != std::string::npos, out.text);
    BOOST_TEST(out.text.find("metrics_json") == std::string::npos);
    BOOST_TEST(spine({"manifest", "list", "-o", "json"}) == 0);
    const auto rows = workflow::json_from(out.text);
    BOOST_TEST(rows.at(0).at("partition_key").at("tier").as_string() == "OTC");
    BOOST_TEST(rows.at(0).at("metrics_json").at("a").as_int64() == 1);
    BOOST_TEST(spine({"manifest", "list", "-o", "csv"}) == 0);
    BOOST_TEST(out.text.find("\"{\"\"tier\"\":\"\"OTC\"\"") != std::string::npos, out.text);
}

BOOST_AUTO_TEST_CASE(captures_show_how_they_stand_and_whose_doing_that_is) {
    script.captures = {{"capture_seq", "capture_id", "captured_at", "state", "who", "why"},
                       {{1, "c.1", "2026-01-02T00:00:00.000Z", "withdrawn", "ann", "cut short"}},
                       false};
    BOOST_TEST(spine({"captures", "list"}) == 0);
    BOOST_TEST(out.text.find("c.1         withdrawn  2026-01-02T00:00:00.000Z  ann  cut short") != std::string::npos, out.text);
}

BOOST_AUTO_TEST_CASE(a_capture_is_withdrawn_and_published_with_a_name_and_a_reason) {
    BOOST_TEST(spine({"captures", "withdraw", "c.1", "--reason", "cut short", "--as", "ann"}) == 0);
    BOOST_TEST(std::count(script.calls.begin(), script.calls.end(), "withdraw c.1 by ann: cut short") == 1);
    BOOST_TEST(out.text.find("readers see  nothing of it") != std::string::npos, out.text);
    BOOST_TEST(spine({"captures", "publish", "c.1", "--reason", "confirmed", "--as", "bob", "-o", "json"}) == 0);
    const auto document = workflow::json_from(out.text);
    BOOST_TEST(document.at("by").as_string() == "bob");
    BOOST_TEST(document.at("partition_key").at("week").as_string() == "w1");
    BOOST_TEST(spine({"captures", "withdraw", "c.1"}) == 2);
    BOOST_TEST(spine({"captures", "withdraw", "c.1", "--reason", "  ", "--as", "ann"}) == 2);
    BOOST_TEST(spine({"captures", "withdraw", "c.1", "--reason", "two\nlines", "--as", "ann"}) == 2);
}

BOOST_AUTO_TEST_CASE(filters_reach_the_store_with_aliases_resolved) {
    BOOST_TEST(spine({"runs", "list", "--domain", "demo", "--pipeline", "count", "--state", "failed", "--partition",
                      "tier=OTC", "--partition", "week_ending=2025-12-12", "--limit", "7"}) == 0);
    BOOST_TEST_REQUIRE(script.filters.size() == 1u);
    const auto& filter = script.filters[0];
    BOOST_TEST(filter.domain == "demo.numbers");
    BOOST_TEST(filter.name == "demo.numbers.count");
    BOOST_TEST(filter.status == "failed");
    BOOST_TEST(filter.partition.at("tier") == "OTC");
    BOOST_TEST(filter.partition.size() == 2u);
    BOOST_TEST(filter.limit == 7u);
    BOOST_TEST(err.text == "note: nothing matches\n");
}

BOOST_AUTO_TEST_CASE(the_work_of_a_plugin_that_is_gone_is_still_found_by_full_name) {
    libraries.library.plugins = {};
    BOOST_TEST(spine({"runs", "list", "--pipeline", "gone.work"}) == 0);
    BOOST_TEST(script.filters.at(0).name == "gone.work");
}

BOOST_AUTO_TEST_CASE(a_plain_list_loads_no_plugin) {
    for (const auto* list : {"runs", "manifest", "captures", "rejects", "quality", "anomalies"})
        BOOST_TEST(spine({list, "list", "-o", "json"}) == 0);
    BOOST_TEST(libraries.loads == 0);
    BOOST_TEST(out.text == "[]\n");
}

BOOST_AUTO_TEST_CASE(a_status_that_does_not_exist_is_told_with_those_that_do) {
    BOOST_TEST(spine({"runs", "list", "--state", "faild"}) == 2);
    BOOST_TEST(err.text.find("there are running, completed, skipped, superseded, failed, cancelled") != std::string::npos, err.text);
    BOOST_TEST(spine({"anomalies", "list", "--severity", "foo"}) == 2);
    BOOST_TEST(spine({"quality", "list", "--status", "warn"}) == 0); // whatever the case
}

BOOST_AUTO_TEST_CASE(wrong_filters_are_usage_errors_all_at_once) {
    BOOST_TEST(spine({"rejects", "list", "--partition", "tier", "--limit", "many"}) == 2);
    BOOST_TEST(err.text == "error: --partition 'tier' is not NAME=VALUE\nhint: such as --partition tier=OTC\n"
                           "error: --limit 'many' is no number from 1 to 1000000\n");
    for (const auto* limit : {"0", "-1", "1000001", "9223372036854775808", "1.5"})
        BOOST_TEST(spine({"rejects", "list", std::string{"--limit="} + limit}) == 2, limit);
    BOOST_TEST(spine({"rejects", "list", "--partition", "a=1", "--partition", "a=2"}) == 2);
    BOOST_TEST(script.filters.empty());
}

BOOST_AUTO_TEST_CASE(a_cut_list_says_so_in_words) {
    script.rejects = {{"reason_code", "raw_text"}, {{"BAD_NUMBER", "x|\x1b[2J|y"}}, true};
    BOOST_TEST(spine({"rejects", "list"}) == 0);
    BOOST_TEST(out.text.find("x|\\x1b[2J|y") != std::string::npos);
    BOOST_TEST(err.text == "note: there is more than these 1; --limit N shows up to N\n");
    BOOST_TEST(spine({"rejects", "list", "--quiet"}) == 0);
    BOOST_TEST(err.text == "");
}

BOOST_AUTO_TEST_CASE(an_execution_without_a_reason_shows_its_error_to_people) {
    script.executions = {{"execution_id", "status", "reason", "error_message"},
                         {{"e1", "failed", nullptr, "the file is empty"}, {"e2", "skipped", "unchanged", nullptr}},
                         false};
    BOOST_TEST(spine({"runs", "list"}) == 0);
    BOOST_TEST(out.text.find("failed                                    the file is empty") != std::string::npos, out.text);
    BOOST_TEST(out.text.find("skipped                                   unchanged") != std::string::npos, out.text);
}

BOOST_AUTO_TEST_CASE(runs_show_tells_everything_about_an_execution_on_one_screen) {
    script.execution = {{"execution_id", "e1"},
                        {"status", "failed"},
                        {"params_json", R"({"tier":"OTC"})"},
                        {"error_message", "one of two children failed"},
                        {"reason", nullptr}};
    script.children = {{"execution_id", "pipeline", "status", "reason"}, {{"e2", "demo.numbers.count", "completed", nullptr}}, false};
    BOOST_TEST(spine({"runs", "show", "e1"}) == 0);
    BOOST_TEST(out.text == "execution_id   e1\nstatus         failed\nparams_json    tier=OTC\n"
                           "error_message  one of two children failed\n\nchildren:\n"
                           "execution_id  pipeline            status\n------------  ------------------  ---------\n"
                           "e2            demo.numbers.count  completed\n");
    BOOST_TEST(spine({"runs", "show", "e1", "-o", "json"}) == 0);
    const auto shown = workflow::json_from(out.text);
    BOOST_TEST(shown.at("params_json").at("tier").as_string() == "OTC");
    BOOST_TEST(shown.at("children").as_array().size() == 1u);
    script.execution.clear();
    BOOST_TEST(spine({"runs", "show", "zz"}) == 4);
    BOOST_TEST(err.text.find("error: there is no run and no execution 'zz'\n") == 0u, err.text);
}

BOOST_AUTO_TEST_SUITE_END()
