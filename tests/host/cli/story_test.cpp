#include "support/fake_world.hpp"
#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
namespace json = boost::json;

namespace {

struct Fixture : test::FakeWorld {
    std::int64_t events = 0;

    Fixture() {
        run::RunRow row;
        row.run_id = "run-0001";
        row.workflow = "demo.story";
        row.definition_text = "name: demo.story\nsteps:\n"
                              "  - {name: a, type: lambda, handler: demo.numbers.check}\n"
                              "  - {name: each, type: map, items: [1, 2, 3, 4], max_concurrency: 4, steps: [{name: n, type: lambda, handler: demo.numbers.check}]}\n"
                              "  - {name: ask, type: approval, approvers: [ann, bob], message: \"publish?\"}\n"
                              "  - {name: z, type: lambda, handler: demo.numbers.check}\n";
        row.status = run::RunStatus::running;
        script.run_journal.runs.push_back(row);
        tell("running");
    }
    /// The run's own row as the store gives it.
    void tell(const std::string& status, json::object more = {}) {
        script.workflow_run = {{"run_id", "run-0001"}, {"workflow", "demo.story"}, {"version", 1}, {"status", status}, {"generation", 1},
                               {"started_at", "2026-01-03T04:15:00.000Z"}, {"owner_alive", true}};
        for (const auto& member : more)
            script.workflow_run[member.key()] = member.value();
    }
    run::StepRecord& add(const std::string& step, const std::string& type, run::StepStatus status) {
        run::StepRecord record;
        record.step = step;
        record.type = type;
        record.status = status;
        record.begun_no = ++events;
        if (status != run::StepStatus::running && status != run::StepStatus::waiting)
            record.ended_no = ++events;
        auto& steps = script.run_journal.runs[0].steps;
        steps.push_back(record);
        return steps.back();
    }
    std::string show(std::vector<std::string> more = {}) {
        std::vector<std::string> words{"runs", "show", "run-0001"};
        words.insert(words.end(), more.begin(), more.end());
        BOOST_TEST(spine(words) == 0, err.text);
        return out.text;
    }
    bool shows(const std::string& text) const { return out.text.find(text) != std::string::npos; }
    std::size_t lines() const { return static_cast<std::size_t>(std::count(out.text.begin(), out.text.end(), '\n')); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(story, Fixture)

BOOST_AUTO_TEST_CASE(steps_that_were_not_reached_are_pending) {
    add("a", "lambda", run::StepStatus::completed);
    show();
    BOOST_TEST(shows("each  map       pending"), out.text);
    BOOST_TEST(shows("z     lambda    pending"), out.text);
    show({"-o", "json"});
    BOOST_TEST(workflow::json_text(workflow::json_from(out.text).at("pending")) == R"(["each","ask","z"])");
}

BOOST_AUTO_TEST_CASE(a_map_in_progress_is_one_line_with_how_far_it_is) {
    add("a", "lambda", run::StepStatus::completed);
    add("each", "map", run::StepStatus::running);
    add("each[0]/n", "lambda", run::StepStatus::completed);
    auto& failed = add("each[1]/n", "lambda", run::StepStatus::failed);
    failed.failure = unit::Failure{};
    add("each[2]/n", "lambda", run::StepStatus::running);
    show();
    BOOST_TEST(shows("1 of 4 done, 1 failed, 1 being done\n"), out.text);
    BOOST_TEST(!shows("each[0]/n"));
    show({"--all"});
    BOOST_TEST(shows("each[0]/n"), out.text);
    BOOST_TEST(shows("each[2]/n"), out.text);
}

BOOST_AUTO_TEST_CASE(an_ended_map_tells_its_counts) {
    auto& record = add("each", "map", run::StepStatus::failed);
    record.output = {{"count", 10000}, {"completed", 9998}, {"failed", 2}, {"skipped", 0}, {"results", json::array{}}};
    record.failure = unit::Failure{unit::Category::data_quality, "2 of 10000 items failed", {}, {}, {}, 6, {}};
    show();
    BOOST_TEST(shows("9,998 of 10,000 done, 2 failed; DATA_QUALITY: 2 of 10000 items failed\n"), out.text);
}

BOOST_AUTO_TEST_CASE(a_long_run_shows_its_first_200_lines_and_how_many_more_there_are) {
    script.run_journal.runs[0].definition_text.clear();
    for (int i = 0; i < 10'000; ++i)
        add("s" + std::to_string(i), "lambda", run::StepStatus::completed);
    show();
    BOOST_TEST(shows("and 9800 more; --all shows every one\n"), out.text);
    BOOST_TEST(!shows("s200 "));
    BOOST_TEST(lines() < 230u);
    show({"--all"});
    BOOST_TEST(lines() > 10'000u);
}

BOOST_AUTO_TEST_CASE(an_approval_tells_whom_it_asks_and_what_to_do_and_then_who_answered) {
    tell("waiting");
    auto& asks = add("ask", "approval", run::StepStatus::waiting);
    asks.output = {{"approvers", json::array{"ann", "bob"}}, {"message", "publish?"}};
    asks.reason = "publish?";
    asks.wake_at = "2026-01-04T00:00:00.000Z";
    show();
    BOOST_TEST(shows("ask   waiting  ann, bob  publish?  2026-01-04T00:00:00.000Z\n"), out.text);
    BOOST_TEST(shows("waits for:\nstep  for        until\n"), out.text);
    BOOST_TEST(shows("'spine runs approve run-0001 ask --as NAME', or reject with --reason\n"), out.text);
    asks.status = run::StepStatus::completed;
    asks.output = {{"approved", true}, {"by", "ann"}, {"reason", "fine"}, {"at", "2026-01-03T05:00:00.000Z"}};
    asks.wake_at.clear();
    tell("running");
    show({"-o", "json"});
    const auto approval = workflow::json_from(out.text).at("approvals").at(0);
    BOOST_TEST(approval.at("status").as_string() == "approved");
    BOOST_TEST(approval.at("by").as_string() == "ann");
    BOOST_TEST(approval.at("reason").as_string() == "fine");
    BOOST_TEST(workflow::json_from(out.text).at("waits").as_array().empty());
}

BOOST_AUTO_TEST_CASE(the_next_try_of_a_failed_attempt_is_told_until_it_has_begun) {
    auto& failed = add("a", "lambda", run::StepStatus::failed);
    failed.failure = unit::Failure{unit::Category::transient, "busy", {}, {}, {}, 7, {}};
    failed.wake_at = "2026-01-03T05:00:00.000Z";
    show();
    BOOST_TEST(shows("TRANSIENT: busy; tried again at 2026-01-03T05:00:00.000Z\n"), out.text);
    BOOST_TEST(shows("a     attempt 2  2026-01-03T05:00:00.000Z\n"), out.text);
    add("a", "lambda", run::StepStatus::running).attempt = 2;
    show();
    BOOST_TEST(!shows("waits for:"), out.text);
    BOOST_TEST(shows("a #2  lambda"), out.text);
}

BOOST_AUTO_TEST_CASE(what_was_done_to_the_run_is_said_in_words) {
    tell("running", {{"generation", 2}, {"forked_from", "run-0000"}, {"parent_run_id", "run-9999"}, {"parent_step", "call"}});
    auto& forked = add("@forked", "control", run::StepStatus::completed);
    forked.output = {{"run_id", "run-0000"}, {"at", "a"}, {"by", "ann"}};
    auto& given = add("@params", "control", run::StepStatus::completed);
    given.updates = {{"tier", "OTC"}};
    auto& asking = add("a", "lambda", run::StepStatus::completed);
    asking.requests = {json::object{{"skip", json::array{"each", "ask"}}, {"reason", "little data"}},
                       json::object{{"insert_after", "a"}, {"step", json::object{{"name", "extra"}, {"handler", "demo.numbers.check"}}}}};
    auto& retried = add("@retry", "retry", run::StepStatus::completed);
    retried.output = {{"steps", json::array{"z"}}, {"from", "z"}, {"by", "bob"}};
    show();
    BOOST_TEST(shows("course:\n"
                     "  forked by ann from run run-0000 at 'a'\n"
                     "  parameters set: tier=OTC\n"
                     "  'a' skipped each, ask: little data\n"
                     "  'a' put 'extra' after 'a'\n"
                     "  retried by bob from 'z'; done again: z\n"),
               out.text);
    BOOST_TEST(shows("parent       run-9999, step 'call'\nforked from  run-0000\ngeneration   2\n"), out.text);
    BOOST_TEST(shows("extra            lambda    pending"), out.text); // its course as it is now
    BOOST_TEST(shows("a, generation 1"), out.text);
}

BOOST_AUTO_TEST_CASE(a_run_says_who_began_it_and_whom_it_began_without_waiting) {
    tell("running", {{"parent_run_id", "run-9999"}, {"parent_step", "call"}, {"parent_waits", false}});
    auto& asking = add("a", "lambda", run::StepStatus::completed);
    asking.requests = {json::object{{"spawn", "part_1"}, {"workflow", "part.flow"}, {"run_id", "run-0042"}}};
    asking.child_run_id = "run-0042";
    show();
    BOOST_TEST(shows("parent    run-9999, step 'call', which does not wait for it\n"), out.text);
    BOOST_TEST(shows("  'a' began a run of 'part.flow' as 'part_1': run-0042\n"), out.text);
}

BOOST_AUTO_TEST_CASE(runs_that_it_began_are_listed) {
    script.run_trace.begun = {{"run-0002", "demo.child", "waiting", "call", "step 'x' waits", "2026-01-03T04:00:00.000Z", ""}};
    show();
    BOOST_TEST(shows("runs that it began:\n"), out.text);
    BOOST_TEST(shows("run-0002  demo.child  call  true        waiting  step 'x' waits\n"), out.text);
    show({"-o", "json"});
    BOOST_TEST(workflow::json_from(out.text).at("children").at(0).at("run_id").as_string() == "run-0002");
    BOOST_TEST(workflow::json_from(out.text).at("children").at(0).at("waited_for").as_bool());
}

BOOST_AUTO_TEST_CASE(programs_are_given_one_document_although_its_rows_are_written_one_by_one) {
    script.steps = {{"step", "type", "status", "output_json"}, {{"a", "lambda", "completed", R"({"n":1})"}, {"each", "map", "running", nullptr}}, false};
    show({"-o", "json"});
    const auto document = workflow::json_from(out.text);
    BOOST_TEST_REQUIRE(document.at("steps").as_array().size() == 2u);
    BOOST_TEST(document.at("steps").at(0).at("output").at("n").as_int64() == 1);
    BOOST_TEST(document.at("executions").as_array().empty());
    BOOST_TEST(document.as_object().begin()->key() == "run");
    show({"-o", "yaml"});
    BOOST_TEST(shows("\nsteps:\n"), out.text);
    BOOST_TEST(out.text.find("steps:") == out.text.rfind("steps:"), out.text);
    BOOST_TEST(shows("\n  - step: \"a\"\n"), out.text);
    BOOST_TEST(shows("\n  - step: \"each\"\n"), out.text);
}

BOOST_AUTO_TEST_CASE(bars_are_blocks_where_the_terminal_knows_them) {
    script.steps = {{"step", "type", "status", "started_at", "finished_at"},
                    {{"a", "lambda", "completed", "2026-01-03T04:15:00.000Z", "2026-01-03T04:15:00.500Z"},
                     {"ask", "approval", "waiting", "2026-01-03T04:15:00.500Z", nullptr}},
                    false};
    show();
    BOOST_TEST(shows("\ntime, 1.000 s:\na    ######"), out.text);
    BOOST_TEST(shows(".....\n"), out.text);
    variables["LANG"] = "en_US.UTF-8";
    show();
    BOOST_TEST(shows("a    \u2588\u2588"), out.text);
    BOOST_TEST(shows("\u2591\u2591\n"), out.text);
    variables["LC_ALL"] = "C";
    show();
    BOOST_TEST(shows("a    ######"), out.text);
}

BOOST_AUTO_TEST_SUITE_END()
