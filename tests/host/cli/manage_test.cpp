#include "support/fake_world.hpp"
#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
namespace json = boost::json;

namespace {

struct Fixture : test::FakeWorld {
    Fixture() {
        auto& plugin = libraries.library.plugins.plugins[0];
        plugin.handlers = {test::demo_handler()};
        libraries.library.lambdas_scripted.answers["demo.numbers.check"] = [](const run::LambdaCall&) {
            run::LambdaResult fine;
            fine.ok = true;
            return fine;
        };
        variables["USER"] = "ann";
        add("run-0001", run::RunStatus::failed);
        // The desk opens a run again, as the store does.
        script.on_asked = [this](const std::string& what, const std::string& run_id) {
            if (auto* row = script.run_journal.find(run_id); row != nullptr && what == "retry") {
                row->status = run::RunStatus::running;
                row->generation = 2;
                row->steps.clear();
            }
        };
    }
    void add(const std::string& run_id, run::RunStatus status) {
        run::RunRow row;
        row.run_id = run_id;
        row.workflow = "demo.one";
        row.definition_text = "name: demo.one\nsteps:\n  - {name: a, type: lambda, handler: demo.numbers.check}\n";
        row.definition_sha256 = "d1";
        row.status = status;
        row.started_at = "2026-01-03T04:00:00.000Z";
        run::StepRecord failed;
        failed.step = "a";
        failed.type = "lambda";
        failed.status = run::StepStatus::failed;
        failed.failure.emplace();
        failed.begun_no = 1;
        failed.ended_no = 2;
        row.steps = {failed};
        script.run_journal.runs.push_back(row);
    }
    void list(std::size_t count, const std::string& status = "failed") {
        script.runs = {{"run_id", "workflow", "status", "started_at"}, {}, false};
        for (std::size_t i = 0; i < count; ++i)
            script.runs.rows.push_back({json::value("run-000" + std::to_string(i + 1)), json::value("demo.one"), json::value(status),
                                        json::value("2026-01-03T04:00:00.000Z")});
    }
    json::value document() const { return workflow::json_from(out.text); }
    bool says(const std::string& text) const { return err.text.find(text) != std::string::npos; }
    bool shows(const std::string& text) const { return out.text.find(text) != std::string::npos; }
    std::size_t asked(const std::string& what) const {
        return static_cast<std::size_t>(
            std::count_if(script.calls.begin(), script.calls.end(), [&](const auto& call) { return call.starts_with(what + " "); }));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(managing_runs, Fixture)

BOOST_AUTO_TEST_CASE(an_answer_is_given_under_a_name_and_says_who_goes_on) {
    BOOST_TEST(spine({"runs", "approve", "run-0001", "review", "--as", "ann", "--reason", "fine"}) == 0);
    BOOST_TEST(out.text == "approved 'review' of run run-0001 as ann\n");
    BOOST_TEST(says("nobody drives the run now; 'spine runs resume run-0001' goes on with it"), err.text);
    BOOST_TEST(asked("approve run-0001 review ann fine") == 0u); // the whole call, see below
    BOOST_TEST(script.calls.at(1) == "approve run-0001 review ann fine");
    script.run_journal.holders["run-0001"] = "process 7";
    BOOST_TEST(spine({"runs", "reject", "run-0001", "review", "--as", "bob", "--reason", "no", "-o", "json"}) == 0);
    BOOST_TEST(document().at("driven").as_bool());
    BOOST_TEST(says("the process that has the run goes on with it"));
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_name_and_a_no_without_a_reason_are_refused) {
    BOOST_TEST(spine({"runs", "approve", "run-0001", "review"}) == 2);
    BOOST_TEST(says("needs --as NAME"), err.text);
    BOOST_TEST(spine({"runs", "reject", "run-0001", "review", "--as", "ann"}) == 2);
    BOOST_TEST(says("needs --reason TEXT"), err.text);
    BOOST_TEST(script.calls.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_that_does_not_count_says_why) {
    script.declined = run::Declined{run::Declined::Why::not_allowed, "'eve' may not answer", "it asks: ann"};
    BOOST_TEST(spine({"runs", "approve", "run-0001", "review", "--as", "eve"}) == 8);
    BOOST_TEST(says("error: 'eve' may not answer"), err.text);
    BOOST_TEST(says("hint: it asks: ann"), err.text);
    script.declined->why = run::Declined::Why::conflict;
    BOOST_TEST(spine({"runs", "approve", "run-0001", "review", "--as", "eve"}) == 5);
    BOOST_TEST(spine({"runs", "approve", "none-0001", "review", "--as", "eve"}) == 4);
}

BOOST_AUTO_TEST_CASE(pausing_says_whether_it_is_done_or_asked_for) {
    script.status_after = "paused";
    BOOST_TEST(spine({"runs", "pause", "run-0001"}) == 0);
    BOOST_TEST(shows("run run-0001 is paused"), out.text);
    script.status_after = "running";
    BOOST_TEST(spine({"runs", "pause", "run-0001", "--as", "bob"}) == 0);
    BOOST_TEST(shows("was asked to pause: nothing new begins"), out.text);
    BOOST_TEST(asked("pause") == 2u);
}

BOOST_AUTO_TEST_CASE(cancelling_tells_who_and_why) {
    script.status_after = "cancelled";
    BOOST_TEST(spine({"runs", "cancel", "run-0001", "--reason", "wrong week"}) == 0);
    BOOST_TEST(script.calls.at(1) == "cancel run-0001 ann wrong week");
    BOOST_TEST(shows("is cancelled; nothing of it is written any more"), out.text);
    variables["SPINE_USER"] = "operator";
    BOOST_TEST(spine({"runs", "cancel", "run-0001", "-o", "json"}) == 0);
    BOOST_TEST(document().at("status").as_string() == "cancelled");
    BOOST_TEST(script.calls.at(4) == "cancel run-0001 operator ");
}

BOOST_AUTO_TEST_CASE(a_retry_goes_on_with_the_run_in_this_process) {
    BOOST_TEST(spine({"runs", "retry", "run-0001", "-o", "json"}) == 0);
    BOOST_TEST(asked("retry") == 1u);
    BOOST_TEST(document().at("status").as_string() == "completed", out.text);
    BOOST_CHECK(script.run_journal.runs[0].status == run::RunStatus::completed);
}

BOOST_AUTO_TEST_CASE(a_retry_may_leave_the_rest_to_others) {
    BOOST_TEST(spine({"runs", "retry", "run-0001", "--no-wait"}) == 0);
    BOOST_TEST(shows("run run-0001 is open again"), out.text);
    BOOST_TEST(says("'spine runs resume run-0001' goes on with it"), err.text);
    BOOST_CHECK(script.run_journal.runs[0].status == run::RunStatus::running);
}

BOOST_AUTO_TEST_CASE(a_retried_run_that_somebody_else_took_first_is_no_error) {
    script.on_asked = [this](const std::string&, const std::string& run_id) {
        script.run_journal.find(run_id)->status = run::RunStatus::running;
        script.run_journal.holders[run_id] = "process 7";
    };
    BOOST_TEST(spine({"runs", "retry", "run-0001"}) == 0);
    BOOST_TEST(says("another process"), err.text);
    BOOST_TEST(!says("error:"));
}

BOOST_AUTO_TEST_CASE(a_running_run_is_not_retried_and_a_finished_one_not_resumed) {
    script.run_journal.runs[0].status = run::RunStatus::running;
    BOOST_TEST(spine({"runs", "retry", "run-0001"}) == 5);
    BOOST_TEST(says("has not ended: running"), err.text);
    script.run_journal.runs[0].status = run::RunStatus::failed;
    BOOST_TEST(spine({"runs", "resume", "run-0001"}) == 5);
    BOOST_TEST(spine({"runs", "retry", "run-0001", "--from", "nowhere"}) == 4);
}

BOOST_AUTO_TEST_CASE(a_fork_tells_its_id) {
    add("run-0002", run::RunStatus::completed);
    BOOST_TEST(spine({"runs", "fork", "run-0002", "--at", "a", "--no-wait", "-o", "json"}) == 0);
    BOOST_TEST_REQUIRE(script.forks.size() == 1u);
    BOOST_TEST(document().at("run_id").as_string() == script.forks[0].run_id);
    BOOST_TEST(spine({"runs", "fork", "run-0002"}) == 2);
    BOOST_TEST(says("needs --at STEP"));
    BOOST_TEST(spine({"runs", "fork", "run-0002", "--at", "a", "-p", "x=1"}) == 3);
    BOOST_TEST(says("parameter 'x'"), err.text);
    BOOST_TEST(spine({"runs", "fork", "run-0002", "--at", "nowhere"}) == 4);
    BOOST_TEST(script.forks.size() == 1u);
}

BOOST_AUTO_TEST_CASE(many_runs_are_counted_listed_and_changed_one_by_one) {
    add("run-0002", run::RunStatus::failed);
    list(2);
    script.run_journal.runs[0].status = run::RunStatus::waiting; // meanwhile
    BOOST_TEST(spine({"runs", "cancel", "--state", "failed", "--since", "1d", "--dry-run"}) == 5);
    BOOST_TEST(says("note: 1 run to cancel, 1 would be refused\n"), err.text);
    BOOST_TEST(shows("run 'run-0002' has ended: failed"), out.text);
    BOOST_TEST(shows("run-0002"), out.text);
    BOOST_TEST(asked("cancel") == 0u);
    BOOST_TEST(script.filters.back().since == "2026-01-02T04:15:01.000Z");
    script.status_after = "cancelled";
    BOOST_TEST(spine({"runs", "cancel", "--state", "failed", "--reason", "all of them", "-o", "json"}) == 0);
    BOOST_TEST(asked("cancel") == 2u);
    BOOST_TEST(document().as_array().size() == 2u);
    BOOST_TEST(document().at(0).at("status").as_string() == "cancelled");
}

BOOST_AUTO_TEST_CASE(of_many_runs_the_worst_exit_code_counts) {
    list(2); // the second one is not there
    BOOST_TEST(spine({"runs", "pause", "--workflow", "demo.one"}) == 4);
    BOOST_TEST(asked("pause") == 1u);
    BOOST_TEST(shows("there is no run 'run-0002'"), out.text);
}

BOOST_AUTO_TEST_CASE(more_than_twenty_runs_are_changed_only_when_that_is_meant) {
    list(21);
    BOOST_TEST(spine({"runs", "pause", "--state", "running"}) == 2);
    BOOST_TEST(says("would change 21 runs"), err.text);
    BOOST_TEST(says("--yes"), err.text);
    BOOST_TEST(asked("pause") == 0u);
    BOOST_TEST(spine({"runs", "pause", "--state", "running", "--yes"}) == 4);
    BOOST_TEST(asked("pause") == 1u); // the one that there is
}

BOOST_AUTO_TEST_CASE(many_runs_are_retried_and_gone_on_with) {
    add("run-0002", run::RunStatus::failed);
    list(2);
    BOOST_TEST(spine({"runs", "retry", "--state", "failed", "-o", "json"}) == 0);
    BOOST_TEST(asked("retry") == 2u);
    for (const auto& row : script.run_journal.runs)
        BOOST_CHECK(row.status == run::RunStatus::completed);
    BOOST_TEST(document().as_array().size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_id_or_options_but_not_both_and_not_neither) {
    for (const auto* command : {"pause", "cancel", "retry"}) {
        BOOST_TEST(spine({"runs", command}) == 2, command);
        BOOST_TEST(says("needs ID, or options that choose runs"), err.text);
        BOOST_TEST(spine({"runs", command, "run-0001", "--state", "failed"}) == 2, command);
        BOOST_TEST(spine({"runs", command, "run-0001", "--yes"}) == 2, command);
        BOOST_TEST(spine({"runs", command, "--state", "asleep"}) == 2, command);
        BOOST_TEST(spine({"runs", command, "--since", "yesterday"}) == 2, command);
    }
    BOOST_TEST(asked("retry") + asked("pause") + asked("cancel") == 0u);
}

BOOST_AUTO_TEST_CASE(runs_are_resumed_by_what_they_are_like) {
    script.run_journal.runs[0].status = run::RunStatus::paused;
    script.run_journal.runs[0].steps.clear();
    list(1, "paused");
    BOOST_TEST(spine({"runs", "resume", "--state", "paused"}) == 0);
    BOOST_CHECK(script.run_journal.runs[0].status == run::RunStatus::completed);
    BOOST_TEST(spine({"runs", "resume", "run-0001", "--all"}) == 2);
}

BOOST_AUTO_TEST_CASE(resuming_all_says_what_still_stands_and_until_when) {
    script.run_journal.runs.clear();
    script.runs = {{"run_id", "workflow", "status", "reason", "wake_at"}, {{"run-0009", "w", "waiting", "step 'rest' waits", "2026-01-05T00:00:00.000Z"}}, false};
    BOOST_TEST(spine({"runs", "resume", "--all"}) == 0);
    BOOST_TEST(says("run 'run-0009' (w) is waiting: step 'rest' waits; goes on at 2026-01-05T00:00:00.000Z"), err.text);
}

BOOST_AUTO_TEST_SUITE_END()
