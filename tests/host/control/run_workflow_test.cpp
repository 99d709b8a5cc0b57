#include "control/workflows.hpp"
#include "support/fake_library.hpp"
#include "support/fake_store.hpp"
#include "support/manual_clock.hpp"
#include "workflow/json.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;

namespace {

/// Something happens elsewhere whenever somebody waits.
class HookedClock final : public env::Clock {
public:
    test::ManualClock clock;
    std::function<void(int)> on_sleep = [](int) {};
    int sleeps = 0;

    env::TimePoint now() override { return clock.now(); }
    std::chrono::nanoseconds monotonic() override { return clock.monotonic(); }
    void sleep(std::chrono::nanoseconds duration) override {
        clock.sleep(duration);
        on_sleep(++sleeps);
    }
};

const std::string three_steps = R"(name: demo.refresh
domain: demo.numbers
version: 2
defaults: {weeks_back: 3}
steps:
  - {name: count, type: pipeline, pipeline: demo.numbers.count}
  - {name: check, type: lambda, handler: demo.numbers.check, config: {rows_min: 10}}
  - {name: rest, type: pipeline, pipeline: demo.numbers.idle}
)";

struct Setup {
    HookedClock clock;
    test::CountingRandom random;
    test::StoreScript script;
    test::FakeStores stores{script};
    test::FakeLibraries libraries;
    run::CancelToken cancel, next_cancel;
    const run::CancelToken* token = &cancel;

    Setup() {
        libraries.library.plugins = test::demo_catalogue();
        libraries.library.plugins.plugins[0].handlers = {test::demo_handler()};
        libraries.library.scripted.work["demo.numbers.count"] = [](const run::Call&, auto&, auto&) {
            return unit::Outcome{unit::Done{{{"row_count", 50}, {"tier", "OTC"}}}};
        };
    }
    control::Means means() { return {clock, random, stores, libraries, *token, {}, {}}; }
    static workflow::Definition definition(const std::string& text) {
        auto read = workflow::read_workflow(text, "refresh.yaml");
        if (const auto* faults = std::get_if<workflow::Diagnostics>(&read))
            for (const auto& fault : *faults)
                BOOST_TEST_MESSAGE(fault.line << ": " << fault.message);
        BOOST_TEST_REQUIRE(std::holds_alternative<workflow::Definition>(read));
        return std::get<workflow::Definition>(std::move(read));
    }
    control::WorkflowAnswer run(const std::string& text = three_steps, const std::string& key = {},
                                const workflow::Written& params = {{"tier", "OTC"}}) {
        return control::run_workflow({definition(text), params, key}, means());
    }
    static control::WorkflowReport report(control::WorkflowAnswer answer) {
        if (const auto* bad = std::get_if<control::BadRequest>(&answer))
            for (const auto& fault : bad->faults)
                BOOST_TEST_MESSAGE(fault.where << ": " << fault.message);
        if (const auto* refusal = std::get_if<control::Refusal>(&answer))
            BOOST_TEST_MESSAGE(refusal->message);
        BOOST_TEST_REQUIRE(std::holds_alternative<control::WorkflowReport>(answer));
        return std::get<control::WorkflowReport>(std::move(answer));
    }
    static control::Refusal refusal(const control::WorkflowAnswer& answer) {
        BOOST_TEST_REQUIRE(std::holds_alternative<control::Refusal>(answer));
        return std::get<control::Refusal>(answer);
    }
    static control::BadRequest bad(const control::WorkflowAnswer& answer) {
        BOOST_TEST_REQUIRE(std::holds_alternative<control::BadRequest>(answer));
        return std::get<control::BadRequest>(answer);
    }
    /// A run that its process left before its second step was done.
    run::RunRow& interrupted(const std::string& key = {}) {
        libraries.library.lambdas_scripted.answers["demo.numbers.check"] = [this](const run::LambdaCall&) {
            cancel.cancel();
            run::LambdaResult fine;
            fine.ok = true;
            return fine;
        };
        const auto left = report(run(three_steps, key));
        BOOST_TEST((left.run.status == run::RunStatus::paused));
        libraries.library.lambdas_scripted.answers.clear();
        token = &next_cancel;
        return script.run_journal.runs.back();
    }
    std::vector<std::string>& calls() { return libraries.library.scripted.calls; }
    std::vector<std::string>& lambda_calls() { return libraries.library.lambdas_scripted.calls; }
};

using Names = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(run_workflow, Setup)

BOOST_AUTO_TEST_CASE(a_run_is_done_to_its_end_and_its_context_told) {
    const auto done = report(run());
    BOOST_TEST((done.run.status == run::RunStatus::completed));
    BOOST_TEST(done.completed_steps == (Names{"count", "check", "rest"}), boost::test_tools::per_element());
    BOOST_TEST(done.total_steps == 3u);
    BOOST_TEST(done.params.at("tier").get_string() == "OTC");
    BOOST_TEST(done.params.at("weeks_back").get_int64() == 3);
    BOOST_TEST(done.outputs.at("count").at("row_count").get_int64() == 50);
    BOOST_TEST(!done.attached);
    BOOST_TEST(!done.other_definition);
    BOOST_TEST(control::exit_code(done.run) == 0);
    BOOST_TEST(script.calls == (Names{"open write", "close"}), boost::test_tools::per_element());
    const auto& row = script.run_journal.runs.at(0);
    BOOST_TEST(row.definition_text == three_steps);
    BOOST_TEST(row.version == 2);
    BOOST_TEST(row.plugins.at("demo.numbers.count") == "demo");
    BOOST_TEST(row.plugins.at("demo.numbers.check") == "demo");
}

BOOST_AUTO_TEST_CASE(every_fault_of_a_definition_is_told_before_anything_is_opened) {
    const auto refused = bad(run("name: demo.refresh\nsteps:\n"
                                 "  - {name: a, type: pipeline, pipeline: demo.numbers.cuont}\n"
                                 "  - {name: b, type: lambda, handler: demo.numbers.chekc}\n"));
    BOOST_TEST(refused.exit_code == 3);
    BOOST_TEST(refused.faults.size() == 2u);
    BOOST_TEST(script.calls.empty());
}

BOOST_AUTO_TEST_CASE(wrong_parameters_are_told_before_anything_is_opened) {
    const auto refused = bad(run(three_steps, {}, {{"teir", "OTC"}, {"weeks_back", "many"}}));
    BOOST_TEST(refused.exit_code == 3);
    BOOST_TEST(refused.faults.size() == 3u); // unknown, no number, tier is missing
    BOOST_TEST(script.calls.empty());
}

BOOST_AUTO_TEST_CASE(the_tables_of_the_plugins_that_it_names_are_migrated_first) {
    auto second = libraries.library.plugins.plugins[0];
    second.id = "other";
    second.pipelines.clear();
    second.handlers.clear();
    libraries.library.plugins.plugins.push_back(second);
    script.info.pending = {{"demo", 25, "liquidity"}};
    const auto done = report(run());
    BOOST_TEST(done.migrated.size() == 1u);
    BOOST_TEST(script.calls == (Names{"open write", "migrate demo", "close"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_failing_check_ends_the_run_with_its_exit_code) {
    libraries.library.lambdas_scripted.answers["demo.numbers.check"] = [](const run::LambdaCall& call) {
        BOOST_TEST(call.config.at("rows_min").get_int64() == 10);
        run::LambdaResult bad;
        bad.failure.emplace();
        bad.failure->category = unit::Category::quality_gate;
        bad.failure->message = "too few";
        bad.failure->exit_code = 6;
        return bad;
    };
    const auto failed = report(run());
    BOOST_TEST((failed.run.status == run::RunStatus::failed));
    BOOST_TEST(failed.run.error_step == "check");
    BOOST_TEST(control::exit_code(failed.run) == 6);
    BOOST_TEST(failed.completed_steps == (Names{"count"}), boost::test_tools::per_element());
    BOOST_TEST(calls() == (Names{"demo.numbers.count"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_key_makes_a_run_start_once_and_its_result_is_told_again) {
    const auto first = report(run(three_steps, "monday"));
    const auto again = report(run(three_steps, "monday"));
    BOOST_TEST(!first.attached);
    BOOST_TEST(again.attached);
    BOOST_TEST(!again.other_definition);
    BOOST_TEST(again.run.run_id == first.run.run_id);
    BOOST_TEST(again.outputs == first.outputs);
    BOOST_TEST(again.completed_steps == first.completed_steps, boost::test_tools::per_element());
    BOOST_TEST(calls().size() == 2u);
    BOOST_TEST(lambda_calls().size() == 1u);
    BOOST_TEST(script.run_journal.runs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_key_with_other_parameters_is_a_conflict_that_names_the_run) {
    const auto first = report(run(three_steps, "monday"));
    const auto refused = refusal(run(three_steps, "monday", {{"tier", "1"}}));
    BOOST_TEST(refused.exit_code == 5);
    BOOST_TEST(refused.message == "the key 'monday' is that of run '" + first.run.run_id + "', which began with other parameters");
    BOOST_TEST(script.calls.back() == "close");
}

BOOST_AUTO_TEST_CASE(a_run_ends_by_the_definition_that_it_began_with) {
    interrupted("monday");
    const auto changed = three_steps.substr(0, three_steps.find("  - {name: rest"));
    const auto done = report(run(changed, "monday"));
    BOOST_TEST(done.attached);
    BOOST_TEST(done.other_definition);
    BOOST_TEST(done.total_steps == 3u);
    BOOST_TEST((done.run.status == run::RunStatus::completed));
    BOOST_TEST(done.completed_steps == (Names{"count", "check", "rest"}), boost::test_tools::per_element());
    BOOST_TEST(lambda_calls().size() == 1u); // recorded before the interruption
}

BOOST_AUTO_TEST_CASE(a_run_that_another_process_has_is_waited_for) {
    const auto id = interrupted("monday").run_id;
    auto& row = script.run_journal.runs.back();
    row.status = run::RunStatus::running;
    script.run_journal.holders[id] = "process 4711";
    clock.on_sleep = [&](int sleeps) {
        if (sleeps == 25)
            row.status = run::RunStatus::completed;
    };
    const auto done = report(run(three_steps, "monday"));
    BOOST_TEST(done.attached);
    BOOST_TEST((done.run.status == run::RunStatus::completed));
    BOOST_TEST(clock.sleeps == 25);
    BOOST_TEST(calls().size() == 1u); // the rest was the other one's
}

BOOST_AUTO_TEST_CASE(a_run_whose_owner_dies_while_one_waits_is_taken_over) {
    const auto id = interrupted("monday").run_id;
    script.run_journal.runs.back().status = run::RunStatus::running;
    script.run_journal.holders[id] = "process 4711";
    clock.on_sleep = [&](int sleeps) {
        if (sleeps == 12)
            script.run_journal.holders.clear();
    };
    const auto done = report(run(three_steps, "monday"));
    BOOST_TEST((done.run.status == run::RunStatus::completed));
    BOOST_TEST(clock.sleeps == 20); // asked for every half second
    BOOST_TEST(calls() == (Names{"demo.numbers.count", "demo.numbers.idle"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(waiting_for_another_process_can_be_interrupted) {
    const auto id = interrupted("monday").run_id;
    script.run_journal.runs.back().status = run::RunStatus::running;
    script.run_journal.holders[id] = "process 4711";
    clock.on_sleep = [&](int sleeps) {
        if (sleeps == 3)
            next_cancel.cancel();
    };
    const auto refused = refusal(run(three_steps, "monday"));
    BOOST_TEST(refused.exit_code == 130);
    BOOST_TEST(refused.message.find("process 4711") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_interrupted_run_exits_130_and_is_resumed_by_the_beginning_of_its_id) {
    const auto& left = interrupted();
    BOOST_TEST(control::exit_code(left) == 130);
    const auto done = report(control::resume_run(left.run_id.substr(0, 8), means()));
    BOOST_TEST((done.run.status == run::RunStatus::completed));
    BOOST_TEST(done.completed_steps.size() == 3u);
    BOOST_TEST(lambda_calls().size() == 1u);
    BOOST_TEST(calls() == (Names{"demo.numbers.count", "demo.numbers.idle"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_run_whose_plugin_is_gone_is_blocked_and_goes_on_when_it_is_back) {
    const auto id = interrupted().run_id;
    const auto plugins = std::exchange(libraries.library.plugins.plugins, {});
    const auto blocked = report(control::resume_run(id, means()));
    BOOST_TEST((blocked.run.status == run::RunStatus::waiting));
    BOOST_TEST(blocked.run.reason == "blocked: plugin demo not loaded");
    BOOST_TEST(control::exit_code(blocked.run) == 7);
    libraries.library.plugins.plugins = plugins;
    BOOST_TEST((report(control::resume_run(id, means())).run.status == run::RunStatus::completed));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_resumed_says_why) {
    const auto ended = report(run()).run.run_id;
    const auto over = refusal(control::resume_run(ended, means()));
    BOOST_TEST(over.exit_code == 5);
    BOOST_TEST(over.message == "run '" + ended + "' has ended (completed) and cannot be resumed");
    BOOST_TEST(over.hint.find("run the workflow again") != std::string::npos, over.hint);
    BOOST_TEST(refusal(control::resume_run("nothing-like-it", means())).exit_code == 4);
    const auto id = interrupted().run_id;
    script.run_journal.holders[id] = "process 4711";
    const auto held = refusal(control::resume_run(id, means()));
    BOOST_TEST(held.exit_code == 5);
    BOOST_TEST(held.message.find("process 4711") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(all_runs_that_were_left_are_resumed_the_oldest_first) {
    const auto first = interrupted().run_id;
    script.run_journal.runs.push_back(script.run_journal.runs.back());
    script.run_journal.runs.back().run_id = "second";
    const auto answers = control::resume_all(means());
    BOOST_TEST_REQUIRE(answers.size() == 2u);
    BOOST_TEST(report(answers[0]).run.run_id == first);
    BOOST_TEST(report(answers[1]).run.run_id == "second");
    BOOST_TEST(control::resume_all(means()).empty());
}

BOOST_AUTO_TEST_CASE(what_may_have_killed_a_process_goes_on_after_the_others) {
    const auto first = interrupted().run_id;
    script.run_journal.runs.push_back(script.run_journal.runs.back());
    script.run_journal.runs.back().run_id = "second";
    script.run_journal.lost_their_process = {first};
    const auto answers = control::resume_all(means());
    BOOST_TEST_REQUIRE(answers.size() == 2u);
    BOOST_TEST(report(answers[0]).run.run_id == "second");
    BOOST_TEST(report(answers[1]).run.run_id == first);
}

BOOST_AUTO_TEST_CASE(a_definition_that_cannot_be_read_any_more_is_refused) {
    auto& left = interrupted();
    left.definition_text = "name: [";
    BOOST_TEST(bad(control::resume_run(left.run_id, means())).exit_code == 3);
}

BOOST_AUTO_TEST_CASE(a_run_that_somebody_else_took_over_is_left_to_them) {
    const auto id = interrupted().run_id;
    script.run_journal.refuse = true;
    const auto refused = refusal(control::resume_run(id, means()));
    BOOST_TEST(refused.exit_code == 5);
    BOOST_TEST(refused.message.find("taken over") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_plan_touches_nothing) {
    const auto planned = control::plan_workflow({definition(three_steps), {{"tier", "OTC"}}, {}}, means());
    BOOST_TEST_REQUIRE(std::holds_alternative<control::WorkflowPlan>(planned));
    const auto& steps = std::get<control::WorkflowPlan>(planned).steps;
    BOOST_TEST_REQUIRE(steps.size() == 3u);
    BOOST_TEST(steps[0].step == "count");
    BOOST_TEST((steps[0].what == run::PlannedStep::What::run));
    BOOST_TEST(!steps[0].reason.empty());
    BOOST_TEST(script.calls == (Names{"open read", "close"}), boost::test_tools::per_element());
    BOOST_TEST(script.run_journal.written.empty());
    BOOST_TEST(script.committed.empty());
    BOOST_TEST(lambda_calls().empty());
    const auto refused = control::plan_workflow({definition(three_steps), {}, {}}, means());
    BOOST_TEST(std::get<control::BadRequest>(refused).exit_code == 3);
}

BOOST_AUTO_TEST_CASE(without_a_store_the_error_says_how_to_make_one) {
    script.exists = false;
    BOOST_CHECK_EXCEPTION(run(), Error, [](const Error& error) { return error.code() == ErrorCode::not_found; });
}

struct Case {
    run::RunStatus status;
    int failure_code; ///< -1: no failure
    int expected;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << run::to_text(c.status) << "/" << c.failure_code; }
const Case cases[] = {
    {run::RunStatus::completed, -1, 0}, {run::RunStatus::failed, 6, 6},  {run::RunStatus::failed, 0, 1}, {run::RunStatus::failed, -1, 1},
    {run::RunStatus::waiting, -1, 75},  {run::RunStatus::paused, -1, 130}, {run::RunStatus::cancelled, -1, 1},
};
BOOST_DATA_TEST_CASE(every_end_of_a_run_has_its_exit_code, boost::unit_test::data::make(cases), c) {
    run::RunRow row;
    row.status = c.status;
    if (c.failure_code >= 0) {
        row.failure.emplace();
        row.failure->exit_code = c.failure_code;
    }
    BOOST_TEST(control::exit_code(row) == c.expected);
}

BOOST_AUTO_TEST_CASE(of_many_exit_codes_a_failure_counts_before_a_run_that_has_not_ended) {
    BOOST_TEST(control::worse(0, 75) == 75);
    BOOST_TEST(control::worse(75, 0) == 75);
    BOOST_TEST(control::worse(75, 1) == 1);
    BOOST_TEST(control::worse(6, 75) == 6);
    BOOST_TEST(control::worse(1, 7) == 7);
    BOOST_TEST(control::worse(0, 0) == 0);
    run::RunRow waits;
    waits.status = run::RunStatus::waiting;
    BOOST_TEST(control::exit_code(waits) == 75);
    waits.reason = "blocked: plugin demo not loaded";
    BOOST_TEST(control::exit_code(waits) == 7);
}

BOOST_AUTO_TEST_SUITE_END()
