#include "support/fake_world.hpp"
#include "workflow/json.hpp"

#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace spine;
namespace json = boost::json;

namespace {

struct Fixture : test::FakeWorld {
    int looks = 0;
    std::map<int, std::function<void()>> at_look; ///< what happens before that look, counted from 1

    Fixture() {
        run::RunRow row;
        row.run_id = "run-0001";
        row.workflow = "demo.two";
        row.status = run::RunStatus::running;
        script.run_journal.runs.push_back(row);
        script.run_journal.holders["run-0001"] = "process 7";
        script.run_trace.before_look = [this] {
            if (++looks > 1000)
                cancel.cancel(); // nothing ends this test otherwise
            if (const auto found = at_look.find(looks); found != at_look.end()) {
                found->second();
                ++script.run_trace.changes;
            }
        };
    }
    run::RunRow& run() { return script.run_journal.runs.at(0); }
    run::StepRecord& begin(const std::string& step, std::int64_t number, const std::string& type = "lambda") {
        run::StepRecord record;
        record.step = step;
        record.type = type;
        record.begun_no = number;
        if (type == "wait" || type == "approval")
            record.status = run::StepStatus::waiting;
        run().steps.push_back(record);
        return run().steps.back();
    }
    run::StepRecord& end(const std::string& step, std::int64_t number, run::StepStatus status = run::StepStatus::completed) {
        for (auto& record : run().steps)
            if (record.step == step && record.ended_no == 0) {
                record.ended_no = number;
                record.status = status;
                return record;
            }
        return run().steps.back();
    }
    std::vector<json::object> documents() const {
        std::vector<json::object> all;
        std::istringstream lines{out.text};
        for (std::string line; std::getline(lines, line);)
            all.push_back(workflow::json_from(line).as_object());
        return all;
    }
    std::string told() const {
        std::string words;
        for (const auto& document : documents())
            words += std::string{document.at("event").as_string()} + " " +
                     std::string{document.contains("step") ? document.at("step").as_string() : document.at("status").as_string()} + "; ";
        return words;
    }
    bool says(const std::string& text) const { return err.text.find(text) != std::string::npos; }
    bool shows(const std::string& text) const { return out.text.find(text) != std::string::npos; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(watching, Fixture)

BOOST_AUTO_TEST_CASE(each_thing_that_happens_is_a_line_once_and_the_end_gives_the_exit_code) {
    begin("a", 1);
    at_look[4] = [this] { end("a", 2); };
    at_look[6] = [this] { begin("b", 3); };
    at_look[9] = [this] {
        auto& record = end("b", 4, run::StepStatus::failed);
        record.failure.emplace();
        record.failure->category = unit::Category::data_quality;
        record.failure->message = "too few";
        run().status = run::RunStatus::failed;
        run().failure = record.failure;
        run().failure->exit_code = 6;
    };
    BOOST_TEST(spine({"runs", "watch", "run-0001", "-o", "json"}) == 6);
    BOOST_TEST(told() == "begun a; completed a; begun b; failed b; run failed; ");
    BOOST_TEST(documents()[3].at("error").as_string() == "too few");
    BOOST_TEST(clock.elapsed.count() > 0); // between looks time passes, on the clock that was handed in
    BOOST_TEST(interrupts_held == 1);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_run_that_is_over_is_told_with_its_own_time) {
    run().status = run::RunStatus::completed;
    run().finished_at = "2026-01-01T00:00:00.000Z";
    BOOST_TEST(spine({"runs", "watch", "run-0001"}) == 0);
    BOOST_TEST(out.text == "2026-01-01T00:00:00.000Z  run        completed\n");
}

BOOST_AUTO_TEST_CASE(what_was_done_to_a_run_is_told_in_words) {
    run().status = run::RunStatus::completed;
    auto& mark = begin("@retry", 1, "retry");
    mark.ended_no = 1;
    mark.status = run::StepStatus::completed;
    mark.output = {{"steps", {"a"}}, {"from", ""}, {"by", "ann"}};
    BOOST_TEST(spine({"runs", "watch", "run-0001"}) == 0);
    BOOST_TEST(out.text.find("course     retried by ann; done again: a\n") != std::string::npos, out.text);
}

BOOST_AUTO_TEST_CASE(people_see_words) {
    begin("a", 1);
    at_look[2] = [this] {
        auto& record = end("a", 2, run::StepStatus::failed);
        record.failure.emplace();
        record.failure->category = unit::Category::transient;
        record.failure->message = "busy";
        record.wake_at = "2026-01-03T05:00:00.000Z";
    };
    at_look[4] = [this] {
        begin("a", 3).attempt = 2;
        begin("ask", 4, "approval").wake_at = "2026-01-04T00:00:00.000Z";
    };
    at_look[6] = [this] { run().status = run::RunStatus::completed; };
    BOOST_TEST(spine({"runs", "watch", "run-0001"}) == 0);
    BOOST_TEST(shows("failed     a: TRANSIENT: busy; is tried again at 2026-01-03T05:00:00.000Z\n"), out.text);
    BOOST_TEST(shows("begun      a #2\n"), out.text);
    BOOST_TEST(shows("waiting    ask, until 2026-01-04T00:00:00.000Z\n"), out.text);
    BOOST_TEST(shows("run        completed\n"), out.text);
}

BOOST_AUTO_TEST_CASE(steps_side_by_side_are_told_in_the_order_of_their_events) {
    begin("a", 1);
    begin("b", 2);
    end("b", 3);
    end("a", 4);
    run().status = run::RunStatus::completed;
    BOOST_TEST(spine({"runs", "watch", "run-0001", "-o", "json"}) == 0);
    BOOST_TEST(told() == "begun a; begun b; completed b; completed a; run completed; ");
}

BOOST_AUTO_TEST_CASE(of_a_long_run_the_newest_events_come_first_unless_all_are_wanted) {
    for (int i = 0; i < 50; ++i) {
        begin("s" + std::to_string(i), 2 * i + 1);
        end("s" + std::to_string(i), 2 * i + 2);
    }
    run().status = run::RunStatus::completed;
    BOOST_TEST(spine({"runs", "watch", "run-0001", "-o", "json"}) == 0);
    BOOST_TEST(documents().size() == 21u);
    BOOST_TEST(says("80 earlier events are not shown; --all shows them"), err.text);
    BOOST_TEST(spine({"runs", "watch", "run-0001", "--all", "-o", "json"}) == 0);
    BOOST_TEST(documents().size() == 101u);
}

BOOST_AUTO_TEST_CASE(a_run_that_waits_is_watched_on_unless_that_is_enough) {
    run().status = run::RunStatus::waiting;
    run().reason = "step 'ask' waits";
    run().wake_at = "2026-01-04T00:00:00.000Z";
    script.run_journal.holders.clear();
    BOOST_TEST(spine({"runs", "watch", "run-0001", "--until-waiting"}) == 75);
    BOOST_TEST(shows("run        waiting, until 2026-01-04T00:00:00.000Z: step 'ask' waits\n"), out.text);
    run().reason = "blocked: plugin demo not loaded";
    BOOST_TEST(spine({"runs", "watch", "run-0001", "--until-waiting"}) == 7);
    run().status = run::RunStatus::paused;
    BOOST_TEST(spine({"runs", "watch", "run-0001", "--until-waiting"}) == 130);
    looks = 0;
    at_look[20] = [this] { run().status = run::RunStatus::completed; };
    BOOST_TEST(spine({"runs", "watch", "run-0001"}) == 0);
    BOOST_TEST(says("nobody drives the run now; 'spine runs resume run-0001' goes on with it"), err.text);
}

BOOST_AUTO_TEST_CASE(an_owner_that_dies_is_noticed_although_nothing_is_written) {
    at_look[4] = [this] {
        script.run_journal.holders.clear();
        --script.run_trace.changes;
    };
    BOOST_TEST(spine({"runs", "watch", "run-0001", "--until-waiting"}) == 130);
    BOOST_TEST(shows("run        interrupted\n"), out.text);
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_watching_and_leaves_the_run_alone) {
    at_look[3] = [this] { cancel.cancel(); };
    BOOST_TEST(spine({"runs", "watch", "run-0001"}) == 130);
    BOOST_CHECK(run().status == run::RunStatus::running);
    BOOST_TEST(spine({"runs", "watch", "none-0001"}) == 4);
    BOOST_TEST(spine({"runs", "watch", "run-0001", "-o", "csv"}) == 2);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(logs, Fixture)

BOOST_AUTO_TEST_CASE(lines_are_shown_with_their_step_and_narrowed) {
    script.run_trace.lines = {{"run-0001", "", "a", 1, "INFO", "begins"}, {"run-0001", "", "a", 2, "WARN", "odd\n"}, {"run-0001", "", "b", 1, "ERROR", "bad"}};
    BOOST_TEST(spine({"runs", "logs", "run-0001"}) == 0);
    BOOST_TEST(out.text == "2026-01-03T04:15:02.000Z  INFO   a  begins\n"
                           "2026-01-03T04:15:02.000Z  WARN   a #2  odd\\n\n"
                           "2026-01-03T04:15:02.000Z  ERROR  b  bad\n");
    BOOST_TEST(spine({"runs", "logs", "run-0001", "a", "--attempt", "2", "-o", "json"}) == 0);
    const auto lines = workflow::json_from(out.text);
    BOOST_TEST(lines.as_array().size() == 1u);
    BOOST_TEST(lines.at(0).at("text").as_string() == "odd\n");
    BOOST_TEST(spine({"runs", "logs", "run-0001", "--level", "Warn", "-o", "csv"}) == 0);
    BOOST_TEST(!shows("begins"));
    BOOST_TEST(shows("bad"));
    BOOST_TEST(spine({"runs", "logs", "run-0001", "nowhere"}) == 0);
    BOOST_TEST(says("no lines were kept"));
}

BOOST_AUTO_TEST_CASE(lines_of_a_step_that_there_is_not_are_not_found) {
    run().definition_text = "name: demo.two\nsteps:\n  - {name: a, type: lambda, handler: demo.numbers.check}\n";
    BOOST_TEST(spine({"runs", "logs", "run-0001", "nowhere"}) == 4);
    BOOST_TEST(err.text.find("its steps are a") != std::string::npos, err.text);
    BOOST_TEST(spine({"runs", "logs", "run-0001", "a"}) == 0);
}

BOOST_AUTO_TEST_CASE(a_single_execution_has_its_own_lines) {
    script.execution = {{"execution_id", "exec-0001"}, {"status", "completed"}};
    script.run_trace.lines = {{"", "exec-0001", "", 1, "INFO", "alone"}};
    BOOST_TEST(spine({"runs", "logs", "exec-0001"}) == 0);
    BOOST_TEST(out.text == "2026-01-03T04:15:02.000Z  INFO   alone\n");
    script.execution = {};
    BOOST_TEST(spine({"runs", "logs", "none-0001"}) == 4);
}

BOOST_AUTO_TEST_CASE(following_ends_when_the_run_stops_and_misses_no_line) {
    script.run_trace.lines = {{"run-0001", "", "a", 1, "INFO", "one"}};
    at_look[3] = [this] { script.run_trace.lines.push_back({"run-0001", "", "a", 1, "INFO", "two"}); };
    at_look[8] = [this] {
        script.run_trace.lines.push_back({"run-0001", "", "b", 1, "INFO", "three"});
        run().status = run::RunStatus::completed;
    };
    BOOST_TEST(spine({"runs", "logs", "run-0001", "-f", "-o", "json"}) == 0);
    BOOST_TEST_REQUIRE(documents().size() == 3u);
    BOOST_TEST(documents()[1].at("text").as_string() == "two");
    BOOST_TEST(documents()[2].at("step").as_string() == "b");
}

BOOST_AUTO_TEST_CASE(wrong_options_of_logs_are_usage) {
    BOOST_TEST(spine({"runs", "logs", "run-0001", "--level", "loud"}) == 2);
    BOOST_TEST(spine({"runs", "logs", "run-0001", "--attempt", "0"}) == 2);
    BOOST_TEST(spine({"runs", "logs"}) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
