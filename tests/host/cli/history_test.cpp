#include "support/fake_world.hpp"
#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;

namespace {

struct Fixture : test::FakeWorld {
    Fixture() {
        script.executions = {{"execution_id", "pipeline", "status", "partition_key", "reason", "error_message", "parent_execution_id", "run_id",
                              "started_at", "finished_at"},
                             {{"e3", "demo.numbers.count", "completed", R"({"tier":"OTC"})", nullptr, nullptr, nullptr, nullptr,
                               "2026-01-03T00:00:03.000Z", "2026-01-03T00:00:04.500Z"},
                              {"e2", "demo.numbers.count", "failed", nullptr, nullptr, "no file", nullptr, "r1", "2026-01-03T00:00:02.000Z",
                               "2026-01-03T00:00:02.000Z"},
                              {"e1", "demo.numbers.idle", "completed", nullptr, nullptr, nullptr, "e0", nullptr, "2026-01-03T00:00:00.000Z",
                               "2026-01-03T00:00:00.000Z"}},
                             false};
        script.runs = {{"run_id", "workflow", "version", "status", "partition_key", "error_step", "error_message", "started_at", "finished_at"},
                       {{"r1", "demo.refresh", 2, "failed", nullptr, "count", "no file", "2026-01-03T00:00:01.000Z", nullptr}},
                       false};
    }
    bool shows(const std::string& text) const { return out.text.find(text) != std::string::npos; }
    boost::json::array rows() const { return workflow::json_from(out.text).as_array(); }

    /// A failed run as the store tells it.
    void tell_run() {
        script.workflow_run = {{"run_id", "r1"},
                               {"workflow", "demo.refresh"},
                               {"version", 2},
                               {"params", {{"tier", "OTC"}, {"weeks_back", 3}}},
                               {"partition_key", R"({"tier":"OTC"})"},
                               {"run_key", "monday"},
                               {"status", "failed"},
                               {"error_step", "check"},
                               {"error_category", "QUALITY_GATE"},
                               {"error_message", "too few"},
                               {"error", {{"hint", "look at it"}, {"exit_code", 6}}},
                               {"started_at", "2026-01-03T00:00:01.000Z"},
                               {"finished_at", "2026-01-03T00:00:02.250Z"},
                               {"duration_seconds", 1.25},
                               {"owner_alive", false}};
        script.steps = {{"step", "attempt", "type", "status", "reason", "output_json", "quality_json", "events_json", "error_category",
                         "error_message", "started_at", "finished_at"},
                        {{"count", 1, "pipeline", "failed", nullptr, nullptr, nullptr, nullptr, "CRASH", "its process ended",
                          "2026-01-03T00:00:01.000Z", "2026-01-03T00:00:01.500Z"},
                         {"count", 2, "pipeline", "completed", nullptr, R"({"row_count":50,"reject_count":2})", nullptr, nullptr, nullptr, nullptr,
                          "2026-01-03T00:00:01.500Z", "2026-01-03T00:00:02.200Z"},
                         {"old", 1, "pipeline", "skipped", "nothing is due", R"({"row_count":7})", nullptr, nullptr, nullptr, nullptr,
                          "2026-01-03T00:00:02.200Z", "2026-01-03T00:00:02.200Z"},
                         {"check", 1, "lambda", "failed", nullptr, "{}", R"({"record_count":50,"valid_count":48,"null_rate":0.0,"passed":false})",
                          R"([{"name":"notification"}])", "QUALITY_GATE", "too few", "2026-01-03T00:00:02.250Z", "2026-01-03T00:00:02.250Z"}},
                        false};
        script.run_quality = {{"stage", "check_name", "status", "actual_value", "expected_value"},
                              {{"COUNTED", "rows", "PASS", "50", "1"}, {"COUNTED", "venues", "WARN", "2", "9"}},
                              false};
        script.run_rejects = {{"stage", "reason_code"}, {{"COUNTED", "BAD_NUMBER"}, {"COUNTED", "BAD_NUMBER"}}, false};
        script.run_anomalies = {{"severity", "category", "stage", "message"},
                                {{"ERROR", "WORKFLOW_FAILURE", "workflow.check", "check: too few"}},
                                false};
        script.run_executions = {{"execution_id"}, {{"e2"}}, false};
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(history, Fixture)

BOOST_AUTO_TEST_CASE(runs_and_executions_stand_in_one_list_the_newest_first) {
    BOOST_TEST(spine({"runs", "list"}) == 0);
    BOOST_TEST(out.text ==
               "id  kind      name                status     partition_key  started_at                took     reason\n"
               "--  --------  ------------------  ---------  -------------  ------------------------  -------  --------------\n"
               "e3  pipeline  demo.numbers.count  completed  tier=OTC       2026-01-03T00:00:03.000Z  1.500 s\n"
               "r1  workflow  demo.refresh        failed                    2026-01-03T00:00:01.000Z           count: no file\n");
    BOOST_TEST_REQUIRE(script.filters.size() == 2u);
    BOOST_TEST(script.filters[0].asked_for);
}

BOOST_AUTO_TEST_CASE(steps_and_children_are_listed_when_all_or_their_pipeline_is_asked_for) {
    BOOST_TEST(spine({"runs", "list", "--all", "-o", "json"}) == 0);
    BOOST_TEST(rows().size() == 4u);
    BOOST_TEST(rows().at(1).at("id").as_string() == "e2");
    BOOST_TEST(spine({"runs", "list", "--pipeline", "demo.count", "-o", "json"}) == 0);
    BOOST_TEST(rows().size() == 3u); // the fake does not look at the name
    BOOST_TEST(!script.filters.back().asked_for);
    BOOST_TEST(spine({"runs", "list", "--workflow", "demo.refresh", "-o", "json"}) == 0);
    BOOST_TEST(rows().size() == 1u);
    BOOST_TEST(script.filters.back().name == "demo.refresh");
    BOOST_TEST(spine({"runs", "list", "--workflow", "w", "--pipeline", "p"}) == 2);
}

BOOST_AUTO_TEST_CASE(programs_see_every_column_that_there_is_and_what_kind_it_is) {
    BOOST_TEST(spine({"runs", "list", "-o", "json"}) == 0);
    BOOST_TEST(rows().at(0).at("kind").as_string() == "pipeline");
    BOOST_TEST(rows().at(0).at("execution_id").as_string() == "e3");
    BOOST_TEST(rows().at(0).at("partition_key").at("tier").as_string() == "OTC");
    BOOST_TEST(rows().at(1).at("kind").as_string() == "workflow");
    BOOST_TEST(rows().at(1).at("run_id").as_string() == "r1");
    BOOST_TEST(rows().at(1).at("version").as_int64() == 2);
    BOOST_TEST(spine({"runs", "list", "-o", "csv"}) == 0);
    BOOST_TEST(shows("e3,pipeline,demo.numbers.count,completed,\"{\"\"tier\"\":\"\"OTC\"\"}\""), out.text);
}

BOOST_AUTO_TEST_CASE(the_limit_is_that_of_both_together) {
    BOOST_TEST(spine({"runs", "list", "--limit", "1"}) == 0);
    BOOST_TEST(shows("e3"));
    BOOST_TEST(!shows("r1"));
    BOOST_TEST(err.text == "note: there is more than these 1; --limit N shows up to N\n");
}

BOOST_AUTO_TEST_CASE(every_status_of_either_may_be_asked_for) {
    for (const auto* status : {"completed", "superseded", "waiting", "paused", "interrupted"})
        BOOST_TEST(spine({"runs", "list", "--state", status}) == 0, status);
    BOOST_TEST(spine({"runs", "list", "--state", "asleep"}) == 2);
}

BOOST_AUTO_TEST_CASE(a_run_that_waits_says_why_and_is_found_as_blocked) {
    script.runs = {{"run_id", "workflow", "status", "current_step", "started_at"},
                   {{"r1", "w", "waiting", "count", "2026-01-03T00:00:01.000Z"}, {"r2", "w", "paused", "check", "2026-01-03T00:00:00.000Z"}},
                   false};
    BOOST_TEST(spine({"runs", "list", "--state", "blocked", "--workflow", "w"}) == 0);
    BOOST_TEST(script.filters.back().status == "blocked");
    BOOST_TEST(shows("blocked at step 'count'"), out.text);
    BOOST_TEST(shows("interrupted at step 'check'"), out.text);
}

BOOST_AUTO_TEST_CASE(runs_that_wait_tell_for_what_and_until_when) {
    script.runs = {{"run_id", "workflow", "status", "started_at", "reason", "wake_at"},
                   {{"r1", "w", "waiting", "2026-01-03T00:00:02.000Z", "step 'rest' waits", "2026-01-05T00:00:00.000Z"},
                    {"r2", "w", "pending", "2026-01-03T00:00:01.000Z", "queued: 1 of at most 1", nullptr},
                    {"r3", "w", "paused", "2026-01-03T00:00:00.000Z", "paused by ann", "2026-01-05T00:00:00.000Z"}},
                   false};
    BOOST_TEST(spine({"runs", "list", "--workflow", "w", "--state", "waiting", "--since", "2d"}) == 0);
    BOOST_TEST(script.filters.back().since == "2026-01-01T04:15:01.000Z");
    BOOST_TEST(shows("step 'rest' waits, until 2026-01-05T00:00:00.000Z\n"), out.text);
    BOOST_TEST(shows("queued: 1 of at most 1\n"), out.text);
    BOOST_TEST(shows("paused by ann\n"), out.text);
    for (const auto* status : {"pending", "paused"})
        BOOST_TEST(spine({"runs", "list", "--state", status}) == 0, status);
    BOOST_TEST(spine({"runs", "list", "--since", "monday"}) == 2);
}

BOOST_AUTO_TEST_CASE(a_run_is_told_as_one_story) {
    tell_run();
    BOOST_TEST(spine({"runs", "show", "r1"}) == 0);
    BOOST_TEST(out.text == "run         r1\n"
                           "workflow    demo.refresh, version 2\n"
                           "status      failed\n"
                           "partition   tier=OTC\n"
                           "key         monday\n"
                           "started     2026-01-03T00:00:01.000Z\n"
                           "took        1.250 s\n"
                           "parameters  tier=OTC weeks_back=3\n"
                           "\n"
                           "steps:\n"
                           "step      type      status     took     outcome\n"
                           "--------  --------  ---------  -------  ------------------------\n"
                           "count     pipeline  failed     0.500 s  CRASH: its process ended\n"
                           "count #2  pipeline  completed  0.700 s  50 rows, 2 rejected\n"
                           "old       pipeline  skipped    0.000 s  nothing is due\n"
                           "check     lambda    failed     0.000 s  QUALITY_GATE: too few\n"
                           "\n"
                           "time, 1.250 s:\n"
                           "count  " + std::string(71, '#') + "\n"
                           "check  " + std::string(72, ' ') + "#\n"
                           "\n"
                           "quality of steps:\n"
                           "step   record_count  valid_count  null_rate  passed\n"
                           "-----  ------------  -----------  ---------  ------\n"
                           "check            50           48        0.0  false\n"
                           "\n"
                           "events:\n"
                           "step   event\n"
                           "-----  -----------------\n"
                           "check  name=notification\n"
                           "\n"
                           "checks that are not PASS:\n"
                           "stage    check_name  status  actual_value  expected_value\n"
                           "-------  ----------  ------  ------------  --------------\n"
                           "COUNTED  venues      WARN    2             9\n"
                           "\n"
                           "rejects:\n"
                           "stage    reason      rows\n"
                           "-------  ----------  ----\n"
                           "COUNTED  BAD_NUMBER     2\n"
                           "\n"
                           "anomalies:\n"
                           "severity  category          stage           message\n"
                           "--------  ----------------  --------------  --------------\n"
                           "ERROR     WORKFLOW_FAILURE  workflow.check  check: too few\n"
                           "\n"
                           "error  check: QUALITY_GATE: too few\n"
                           "hint   look at it\n"
                           "next   once the cause is gone, 'spine runs retry r1' does again what was not done and keeps what is good\n");
}

BOOST_AUTO_TEST_CASE(for_programs_the_story_is_one_document) {
    tell_run();
    BOOST_TEST(spine({"runs", "show", "r1", "-o", "json"}) == 0);
    const auto told = workflow::json_from(out.text);
    BOOST_TEST(told.at("run").at("params").at("weeks_back").as_int64() == 3);
    BOOST_TEST(told.at("steps").as_array().size() == 4u);
    BOOST_TEST(told.at("steps").at(1).at("output").at("row_count").as_int64() == 50);
    for (const auto* list : {"executions", "quality", "rejects", "anomalies"})
        BOOST_TEST(!told.at(list).as_array().empty(), list);
    for (const auto* list : {"pending", "course", "approvals", "waits", "children"})
        BOOST_TEST(told.at(list).as_array().empty(), list);
}

BOOST_AUTO_TEST_CASE(a_run_whose_process_is_gone_is_not_running) {
    tell_run();
    script.workflow_run["status"] = "running";
    script.workflow_run["error_message"] = nullptr;
    BOOST_TEST(spine({"runs", "show", "r1"}) == 0);
    BOOST_TEST(shows("status      interrupted\n"), out.text);
    BOOST_TEST(shows("next  'spine runs resume r1' goes on with it\n"), out.text);
    script.workflow_run["owner_alive"] = true;
    BOOST_TEST(spine({"runs", "show", "r1"}) == 0);
    BOOST_TEST(shows("status      running\n"), out.text);
    BOOST_TEST(!shows("next"), out.text);
}

BOOST_AUTO_TEST_CASE(a_run_whose_row_cannot_be_read_does_not_keep_the_others_from_being_listed) {
    script.runs.rows.push_back({"r9", "demo.refresh", 2, "completed", nullptr, nullptr, nullptr, "2026-01-03T00:00:05.000Z", "tomorrow"});
    BOOST_TEST(spine({"runs", "list"}) == 0);
    for (const auto* id : {"e3", "r1", "r9"})
        BOOST_TEST(shows(id), id);
    BOOST_TEST(err.text.find("run 'r9' cannot be read whole: 'tomorrow' is no time") != std::string::npos, err.text);
    BOOST_TEST(err.text.find("spine db check") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
