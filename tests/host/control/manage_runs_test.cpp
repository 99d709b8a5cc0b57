#include "control/manage_runs.hpp"

#include "error.hpp"
#include "support/fake_library.hpp"
#include "support/fake_store.hpp"
#include "support/manual_clock.hpp"

#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
using control::Managed;
using control::RunAction;

namespace {

run::StepRecord done(const std::string& step, std::int64_t begun, std::int64_t ended) {
    run::StepRecord record;
    record.step = step;
    record.type = "lambda";
    record.status = run::StepStatus::completed;
    record.output = {{"of", step}};
    record.begun_no = begun;
    record.ended_no = ended;
    return record;
}

struct Fixture {
    test::ManualClock clock;
    test::CountingRandom random;
    test::StoreScript script;
    test::FakeStore store{script};
    workflow::Catalogue catalogue = test::demo_catalogue();

    Fixture() {
        catalogue.plugins[0].handlers = {test::demo_handler()};
        run::RunRow row;
        row.run_id = "run-0001";
        row.workflow = "demo.three";
        row.domain = "demo.numbers";
        row.definition_text = "name: demo.three\ndefaults: {weeks_back: 3, label: x}\nsteps:\n"
                              "  - {name: a, type: lambda, handler: demo.numbers.check}\n"
                              "  - {name: b, type: lambda, handler: demo.numbers.check}\n"
                              "  - {name: c, type: lambda, handler: demo.numbers.check}\n";
        row.definition_sha256 = "d1";
        row.params = {{"label", "x"}, {"weeks_back", 3}};
        row.status = run::RunStatus::failed;
        row.started_at = "2026-01-03T04:00:00.000Z";
        row.settings = {{"env", "test"}};
        row.steps = {done("a", 1, 2), done("b", 3, 4)};
        row.steps[1].status = run::StepStatus::failed;
        row.steps[1].output = {};
        row.steps[1].failure.emplace();
        script.run_journal.runs.push_back(row);
    }
    run::RunRow& run() { return script.run_journal.runs.at(0); }
    Managed retry(const std::string& from = {}) { return control::retry_run(store, "run-0001", from, "ann"); }
    std::variant<Managed, control::BadRequest> fork(const std::string& step, workflow::Written params = {}) {
        return control::fork_run(store, {"run-0001", step, std::move(params), "ann"}, catalogue, clock, random);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(manage_runs, Fixture)

BOOST_AUTO_TEST_CASE(what_is_asked_for_reaches_the_desk_with_the_whole_id) {
    BOOST_TEST(!control::answer_run(store, {"run-00", "b", true, "ann", "fine"}).refusal);
    BOOST_TEST(!control::answer_run(store, {"run-00", "b", false, "bob", "no"}).refusal);
    BOOST_TEST(!control::pause_run(store, "run-00", "ann").refusal);
    BOOST_TEST(!control::cancel_run(store, "run-00", "ann", "wrong week").refusal);
    const std::vector<std::string> wanted{"approve run-0001 b ann fine", "refuse run-0001 b bob no", "pause run-0001 ann",
                                          "cancel run-0001 ann wrong week"};
    BOOST_TEST(script.calls == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(whether_somebody_drives_the_run_is_told) {
    BOOST_TEST(!control::pause_run(store, "run-0001", "ann").driven);
    script.run_journal.holders["run-0001"] = "process 7";
    BOOST_TEST(control::pause_run(store, "run-0001", "ann").driven);
}

BOOST_AUTO_TEST_CASE(each_way_of_being_declined_has_its_exit_code) {
    using Why = run::Declined::Why;
    for (const auto& [why, code] : std::vector<std::pair<Why, int>>{{Why::no_such_run, 4}, {Why::wrong_state, 5}, {Why::conflict, 5}, {Why::not_allowed, 8}}) {
        script.declined = run::Declined{why, "no", "hint"};
        const auto managed = control::answer_run(store, {"run-0001", "b", true, "ann", ""});
        BOOST_TEST_REQUIRE(managed.refusal.has_value());
        BOOST_TEST(managed.refusal->exit_code == code);
        BOOST_TEST(managed.refusal->message == "no");
        BOOST_TEST(managed.refusal->hint == "hint");
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_is_not_there_is_4_and_nothing_is_asked) {
    const auto managed = control::cancel_run(store, "none-0001", "ann", "");
    BOOST_TEST_REQUIRE(managed.refusal.has_value());
    BOOST_TEST(managed.refusal->exit_code == 4);
    BOOST_TEST(script.calls.empty());
}

BOOST_AUTO_TEST_CASE(a_retry_forgets_what_failed_and_from_a_step_on_what_comes_after_it) {
    BOOST_TEST(!retry().refusal);
    BOOST_TEST(script.calls.back() == "retry run-0001 b  ann");
    BOOST_TEST(!retry("a").refusal);
    BOOST_TEST(script.calls.back() == "retry run-0001 a b c a ann");
    BOOST_TEST(retry("x").refusal.value().exit_code == 4);
}

BOOST_AUTO_TEST_CASE(a_run_that_has_not_ended_cannot_be_retried) {
    for (const auto status : {run::RunStatus::pending, run::RunStatus::running, run::RunStatus::waiting, run::RunStatus::paused}) {
        run().status = status;
        const auto managed = retry();
        BOOST_TEST_REQUIRE(managed.refusal.has_value());
        BOOST_TEST(managed.refusal->exit_code == 5);
    }
    BOOST_TEST(script.calls.empty());
}

BOOST_AUTO_TEST_CASE(a_completed_run_is_retried_from_a_step_only) {
    run().status = run::RunStatus::completed;
    run().steps[1] = done("b", 3, 4);
    run().steps.push_back(done("c", 5, 6));
    BOOST_TEST(retry().refusal.value().exit_code == 5);
    BOOST_TEST(!retry("c").refusal);
    BOOST_TEST(script.calls.back() == "retry run-0001 c c ann");
}

BOOST_AUTO_TEST_CASE(a_fork_has_what_was_before_its_step_and_says_where_it_comes_from) {
    const auto answer = fork("b");
    BOOST_TEST_REQUIRE(std::holds_alternative<Managed>(answer));
    BOOST_TEST_REQUIRE(script.forks.size() == 1u);
    const auto& forked = script.forks[0];
    BOOST_TEST(std::get<Managed>(answer).run_id == forked.run_id);
    BOOST_TEST(forked.run_id != "run-0001");
    BOOST_TEST(forked.forked_from == "run-0001");
    BOOST_TEST(forked.definition_text == run().definition_text);
    BOOST_TEST(forked.generation == 2);
    BOOST_TEST(forked.run_key.empty());
    BOOST_TEST(forked.settings.at("env").as_string() == "test");
    BOOST_TEST_REQUIRE(forked.begin.steps.size() == 2u);
    BOOST_TEST(forked.begin.steps[0].step == "a");
    const auto& mark = forked.begin.steps[1];
    BOOST_TEST(mark.step == "@forked");
    BOOST_TEST(mark.output.at("run_id").as_string() == "run-0001");
    BOOST_TEST(mark.output.at("at").as_string() == "b");
    BOOST_TEST(mark.begun_no == 3);
}

BOOST_AUTO_TEST_CASE(parameters_of_a_fork_are_typed_and_come_after_everything_that_was_kept) {
    const auto answer = fork("b", {{"weeks_back", "5"}});
    BOOST_TEST_REQUIRE(std::holds_alternative<Managed>(answer));
    const auto& steps = script.forks.at(0).begin.steps;
    BOOST_TEST_REQUIRE(steps.size() == 3u);
    BOOST_TEST(steps[2].step == "@params");
    BOOST_TEST(steps[2].begun_no > steps[1].ended_no);
    BOOST_TEST((steps[2].updates == boost::json::object{{"weeks_back", 5}}));
    // The state that follows has them.
    run::RunRow row = run();
    row.steps = steps;
    BOOST_TEST(run::folded(row).params.at("weeks_back").as_int64() == 5);
}

BOOST_AUTO_TEST_CASE(wrong_parameters_of_a_fork_are_told_and_nothing_is_forked) {
    const auto answer = fork("b", {{"weeks_back", "many"}, {"labl", "y"}});
    BOOST_TEST_REQUIRE(std::holds_alternative<control::BadRequest>(answer));
    BOOST_TEST(std::get<control::BadRequest>(answer).exit_code == 3);
    BOOST_TEST(std::get<control::BadRequest>(answer).faults.size() == 2u);
    BOOST_TEST(script.forks.empty());
}

BOOST_AUTO_TEST_CASE(a_fork_needs_a_step_of_the_workflow_that_was_begun) {
    BOOST_CHECK_EXCEPTION(fork("c"), Error, [](const Error& error) { return error.code() == ErrorCode::not_found; });
    BOOST_TEST(std::get<Managed>(fork("each[2]/x")).refusal.value().exit_code == 4);
}

BOOST_AUTO_TEST_CASE(runs_are_chosen_by_what_can_be_asked_of_them) {
    const auto asked = [&](RunAction action, control::RunChoice choice = {}) {
        script.filters.clear();
        control::choose_runs(store, choice, action);
        std::string states;
        for (const auto& filter : script.filters)
            states += (states.empty() ? "" : " ") + filter.status;
        return states;
    };
    BOOST_TEST(asked(RunAction::pause) == "due interrupted pending running waiting");
    BOOST_TEST(asked(RunAction::cancel) == "due interrupted paused pending running waiting");
    BOOST_TEST(asked(RunAction::retry) == "failed");
    BOOST_TEST(asked(RunAction::resume) == "due interrupted paused pending waiting");
    BOOST_TEST(asked(RunAction::resume, {"blocked", "w", "d", "2026-01-01T00:00:00.000Z"}) == "blocked");
    BOOST_TEST(script.filters[0].name == "w");
    BOOST_TEST(script.filters[0].domain == "d");
    BOOST_TEST(script.filters[0].since == "2026-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(runs_that_others_began_are_cancelled_and_retried_with_those) {
    script.runs = {{"run_id", "workflow", "status", "parent_run_id", "parent_waits"},
                   {{"r3", "w", "failed", "r0", false}, {"r2", "w", "failed", nullptr, nullptr}, {"r1", "w", "failed", "r0", true}},
                   false};
    const auto chosen = [&](RunAction action) { return control::choose_runs(store, {"failed", "", "", ""}, action).runs.size(); };
    // Nobody waits for r3: it is nobody's part.
    BOOST_TEST(chosen(RunAction::retry) == 2u);
    BOOST_TEST(chosen(RunAction::cancel) == 2u);
    BOOST_TEST(chosen(RunAction::resume) == 3u);
    BOOST_TEST(control::choose_runs(store, {"failed", "", "", ""}, RunAction::resume).runs[0].run_id == "r1");
    // One is paused with its parent when that one is chosen, else on its own.
    BOOST_TEST(chosen(RunAction::pause) == 3u);
    script.runs.rows.push_back({"r0", "w", "waiting", nullptr, nullptr});
    const auto paused = control::choose_runs(store, {"waiting", "", "", ""}, RunAction::pause).runs;
    BOOST_TEST_REQUIRE(paused.size() == 3u);
    BOOST_TEST(paused[0].run_id == "r0");
    BOOST_TEST(paused[1].run_id == "r2");
}

BOOST_AUTO_TEST_CASE(who_only_wants_to_know_is_told_what_who_does_it_is_told) {
    const auto refused = [&](RunAction action, const std::string& from = {}) {
        const auto refusal = control::would_refuse(store, "run-0001", action, from);
        return refusal ? refusal->exit_code : 0;
    };
    BOOST_TEST(refused(RunAction::retry) == 0); // failed
    BOOST_TEST(refused(RunAction::retry, "nowhere") == 4);
    BOOST_TEST(refused(RunAction::cancel) == 5);
    BOOST_TEST(refused(RunAction::pause) == 5);
    BOOST_TEST(refused(RunAction::resume) == 5);
    run().status = run::RunStatus::running;
    BOOST_TEST(refused(RunAction::retry) == 5);
    for (const auto action : {RunAction::cancel, RunAction::pause, RunAction::resume})
        BOOST_TEST(refused(action) == 0);
    script.run_journal.holders["run-0001"] = "process 7";
    BOOST_TEST(refused(RunAction::resume) == 5);
    BOOST_TEST(control::would_refuse(store, "none-0001", RunAction::pause).value().exit_code == 4);
    BOOST_TEST(script.calls.empty());
}

BOOST_AUTO_TEST_CASE(a_step_that_the_run_has_or_may_come_to_is_known_and_another_one_is_told_with_those_that_are) {
    BOOST_TEST(!control::unknown_step(store, "run-0001", "c"));
    run().steps.push_back(done("put_in", 7, 8));
    BOOST_TEST(!control::unknown_step(store, "run-0001", "put_in"));
    const auto refusal = control::unknown_step(store, "run-0001", "d");
    BOOST_TEST_REQUIRE(refusal.has_value());
    BOOST_TEST(refusal->exit_code == 4);
    BOOST_TEST(refusal->hint == "its steps are a, b, c");
    script.declined = run::Declined{run::Declined::Why::no_such_step, "not begun", "these wait for an answer: 'b'"};
    BOOST_TEST(control::answer_run(store, {"run-0001", "d", true, "ann", ""}).refusal.value().exit_code == 4);
    BOOST_TEST(control::answer_run(store, {"run-0001", "c", true, "ann", ""}).refusal.value().exit_code == 5); // comes later
}

BOOST_AUTO_TEST_SUITE_END()
