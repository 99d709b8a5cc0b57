#include "conductor_fixture.hpp"

#include "error.hpp"
#include "workflow/json.hpp"

#include <thread>

using namespace spine;
using namespace spine::test;
using run::RunStatus;
using run::StepStatus;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

const std::string five = R"(
steps:
  - {name: a, type: pipeline, pipeline: demo.a}
  - {name: b, type: lambda, handler: demo.steps.b}
  - {name: c, type: pipeline, pipeline: demo.c}
  - {name: d, type: lambda, handler: demo.steps.d}
)";

/// Until it is told to stop.
unit::Outcome until_told(const ScriptedInvoker::Work& work) {
    while (!work.cancel.cancelled())
        std::this_thread::yield();
    return ConductorFixture::fails("stopped", unit::Category::transient);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(conductor_trouble, ConductorFixture)

BOOST_AUTO_TEST_CASE(after_a_death_in_any_step_no_recorded_result_is_asked_for_again) {
    for (const std::string dies_in : {"a", "b", "c", "d"}) {
        invoker.calls.clear();
        lambdas.calls.clear();
        const auto works = invoker.work;
        lambdas.answers.clear();
        const bool lambda = dies_in == "b" || dies_in == "d";
        if (lambda)
            answers(dies_in, [](const run::LambdaCall&) -> run::LambdaResult { throw Died{}; });
        else
            does(dies_in, [](const auto&) -> unit::Outcome { throw Died{}; });
        const auto owned = begun(five);
        BOOST_CHECK_THROW(drive(owned), Died);
        invoker.work = works;
        lambdas.answers.clear();
        book.die();
        const auto row = drive(claimed(owned.run_id));
        BOOST_TEST(run::to_text(row.status) == "completed");
        for (const std::string name : {"a", "c"})
            BOOST_TEST(count(name) == (dies_in == name ? 2u : 1u), name << " when it died in " << dies_in);
        for (const std::string name : {"b", "d"})
            BOOST_TEST(count("demo.steps." + name) == (dies_in == name ? 2u : 1u), name << " when it died in " << dies_in);
    }
}

BOOST_AUTO_TEST_CASE(a_lambda_that_kills_its_process_is_counted) {
    const std::string lambdas_only = R"(
steps:
  - {name: a, type: lambda, handler: demo.steps.a}
  - {name: b, type: lambda, handler: demo.steps.b}
)";
    answers("b", [](const run::LambdaCall&) -> run::LambdaResult { throw Died{}; });
    const auto owned = begun(lambdas_only);
    BOOST_CHECK_THROW(drive(owned), Died);
    for (int i = 0; i < 3; ++i) {
        book.die();
        BOOST_CHECK_THROW(drive(claimed(owned.run_id)), Died);
    }
    BOOST_TEST(words(*book.find(owned.run_id)) ==
               "a failed, a#2 completed, b failed, b#2 failed, b#3 running, running"); // the first death fell on what was on disk
}

BOOST_AUTO_TEST_CASE(a_run_that_was_taken_over_writes_nothing_more) {
    const auto owned = begun(five);
    answers("b", [&](const run::LambdaCall&) {
        book.steal(owned.run_id);
        run::LambdaResult fine;
        fine.ok = true;
        return fine;
    });
    const auto row = drive(owned);
    BOOST_TEST(words(row) == "a completed, b running, running");
    BOOST_TEST(count("c") == 0u);
}

BOOST_AUTO_TEST_CASE(a_cancel_from_outside_is_seen_and_nothing_is_written_after_it) {
    const auto owned = begun(five);
    std::size_t writes = 0;
    does("c", [&](const auto& work) {
        book.cancel(owned.run_id);
        writes = book.written.size();
        clock.advance(settings.look_every);
        return until_told(work); // for ever, if nobody looked
    });
    const auto row = drive(owned);
    BOOST_TEST(words(row) == "a completed, b completed, c cancelled, cancelled");
    BOOST_TEST(book.written.size() == writes);
    BOOST_TEST(benches.book.committed.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_step_whose_time_is_over_is_told_and_fails_with_timeout) {
    does("a", [&](const auto& work) {
        clock.advance(61s);
        return until_told(work);
    });
    const auto row = done(R"(
steps:
  - {name: a, type: pipeline, pipeline: demo.a, timeout_seconds: 60, retry: {max_attempts: 1}}
)");
    BOOST_TEST(words(row) == "a failed, failed");
    BOOST_TEST(std::string{unit::to_text(row.failure->category)} == "TIMEOUT");
}

BOOST_AUTO_TEST_CASE(an_attempt_that_does_not_listen_is_given_up_and_its_late_result_refused) {
    std::atomic<bool> let_it_end{false};
    does("a", [&](const auto& work) -> unit::Outcome {
        if (work.call.attempt > 1)
            return unit::Done{};
        clock.advance(61s);
        while (!work.cancel.cancelled())
            std::this_thread::yield();
        clock.advance(settings.grace + 1ms);
        while (!let_it_end)
            std::this_thread::yield();
        return unit::Done{{{"row_count", 99}}};
    });
    settings.threads = 1; // the one that hangs does not hold the others up
    auto driver = conductor();
    driver->take(begun(R"(
steps:
  - {name: a, type: pipeline, pipeline: demo.a, timeout_seconds: 60, retry: {max_attempts: 2, retryable_categories: [TIMEOUT]}}
)"));
    const auto row = driver->finish().front();
    BOOST_TEST(words(row) == "a failed, a#2 completed, completed");
    let_it_end = true;
    driver.reset();
    BOOST_TEST(benches.book.given_up.size() == 1u);
    BOOST_TEST(benches.book.committed.size() == 1u);
    BOOST_TEST(book.find(row.run_id)->steps.back().output.at("row_count").as_int64() == 0);
}

BOOST_AUTO_TEST_CASE(a_runs_own_time_ends_it_and_stops_what_runs) {
    does("a", [&](const auto& work) {
        clock.advance(11s);
        return until_told(work);
    });
    const auto row = done("timeout_seconds: 10\n" + five);
    BOOST_TEST(run::to_text(row.status) == "failed");
    BOOST_TEST(std::string{unit::to_text(row.failure->category)} == "TIMEOUT");
    BOOST_TEST(count("c") == 0u);
}

BOOST_AUTO_TEST_CASE(limits_go_by_the_time_that_has_passed_and_not_by_the_clock_of_the_world) {
    for (const auto by : {std::chrono::hours{24}, std::chrono::hours{-24}}) {
        does("a", [&](const auto& work) -> unit::Outcome {
            clock.set(by);
            for (int i = 0; i < 20; ++i) { // the conductor looks
                clock.advance(100ms);
                std::this_thread::sleep_for(1ms);
            }
            return work.cancel.cancelled() ? fails("told", unit::Category::cancelled) : unit::Outcome{unit::Done{}};
        });
        const auto row = done("timeout_seconds: 100\nsteps:\n  - {name: a, type: pipeline, pipeline: demo.a, timeout_seconds: 60, retry: {max_attempts: 1}}\n"
                              "  - {name: b, type: pipeline, pipeline: demo.b}\n");
        BOOST_TEST(words(row) == "a completed, b completed, completed");
    }
    does("a", [&](const auto& work) {
        clock.set(std::chrono::hours{-24}); // and is no way to get more of it
        clock.advance(11s);
        return until_told(work);
    });
    const auto row = done("timeout_seconds: 10\n" + five);
    BOOST_TEST(std::string{unit::to_text(row.failure->category)} == "TIMEOUT");
}

BOOST_AUTO_TEST_CASE(a_wait_goes_on_for_its_length_when_the_clock_of_the_world_is_set_back) {
    does("a", [&](const auto& work) -> unit::Outcome {
        if (work.call.attempt == 1)
            return fails("not now", unit::Category::transient);
        return unit::Done{};
    });
    auto driver = conductor();
    driver->take(begun("steps:\n  - {name: a, type: pipeline, pipeline: demo.a, retry: {max_attempts: 2, initial_delay_seconds: 60}}\n"
                       "  - {name: b, type: pipeline, pipeline: demo.b, depends_on: [a]}\n"));
    driver->take(begun("steps:\n  - {name: c, type: pipeline, pipeline: demo.c}\n"));
    does("c", [&](const auto&) -> unit::Outcome {
        clock.advance(1s);
        std::this_thread::sleep_for(5ms);
        clock.set(std::chrono::hours{-1});
        return unit::Done{};
    });
    const auto row = driver->finish().front();
    BOOST_TEST(run::to_text(row.status) == "completed");
    BOOST_TEST((clock.monotonic() < std::chrono::minutes{5}));
}

BOOST_AUTO_TEST_CASE(an_interrupted_run_pauses_and_goes_on_when_it_is_resumed) {
    const auto works = invoker.work;
    does("c", [&](const auto& work) {
        cancel.cancel();
        return until_told(work);
    });
    const auto row = done(five);
    BOOST_TEST(words(row) == "a completed, b completed, c cancelled, paused");
    BOOST_TEST(book.calls["release"] == 1);
    invoker.work = works;
    const run::CancelToken again;
    run::Conductor other{run::Band{clock, random, benches, invoker, lambdas, catalogue, again, {}, {}, {}, &lull}, settings};
    other.take(claimed(row.run_id));
    BOOST_TEST(words(other.finish().front()) == "a completed, b completed, c cancelled, c#2 completed, d completed, completed");
}

BOOST_AUTO_TEST_CASE(a_write_that_fails_once_is_tried_again_without_asking_the_lambda_again) {
    answers("d", [&](const run::LambdaCall&) {
        book.unavailable = 1;
        run::LambdaResult fine;
        fine.ok = true;
        return fine;
    });
    const auto row = done(five);
    BOOST_TEST(words(row) == "a completed, b completed, c completed, d completed, completed");
    BOOST_TEST(count("demo.steps.d") == 1u);
}

BOOST_AUTO_TEST_CASE(a_commit_of_rows_that_fails_once_is_tried_again_without_doing_the_work_again) {
    does("c", [&](const auto&) -> unit::Outcome {
        book.unavailable = 2;
        return unit::Done{};
    });
    const auto row = done(five);
    BOOST_TEST(words(row) == "a completed, b completed, c completed, d completed, completed");
    BOOST_TEST(count("c") == 1u);
}

BOOST_AUTO_TEST_CASE(a_write_whose_answer_was_lost_is_found_in_the_journal) {
    answers("b", [&](const run::LambdaCall&) {
        book.in_doubt = 1;
        run::LambdaResult fine;
        fine.ok = true;
        return fine;
    });
    const auto row = done(five);
    BOOST_TEST(words(row) == "a completed, b completed, c completed, d completed, completed");
    BOOST_TEST(count("c") == 1u);
}

BOOST_AUTO_TEST_CASE(a_store_that_does_not_answer_gets_its_run_back) {
    answers("d", [&](const run::LambdaCall&) {
        book.unavailable = 1000;
        run::LambdaResult fine;
        fine.ok = true;
        return fine;
    });
    const auto owned = begun(five);
    BOOST_CHECK_EXCEPTION(drive(owned), Error, [](const Error& error) { return error.code() == ErrorCode::unavailable; });
    BOOST_TEST(book.calls["release"] == 1);
    book.unavailable = 0;
    lambdas.answers.clear();
    BOOST_TEST(run::to_text(drive(claimed(owned.run_id)).status) == "completed");
}

BOOST_AUTO_TEST_CASE(a_failing_disk_stops_everything) {
    does("c", [&](const auto&) -> unit::Outcome {
        book.broken = true;
        return unit::Done{};
    });
    const auto owned = begun(five);
    BOOST_CHECK_EXCEPTION(drive(owned), Error, [](const Error& error) { return error.code() == ErrorCode::commit_failed; });
    BOOST_TEST(words(*book.find(owned.run_id)) == "a completed, b completed, c running, running");
}

BOOST_AUTO_TEST_CASE(a_run_whose_plugin_is_gone_is_blocked_also_inside_of_a_map) {
    const auto owned = begun(R"(
steps:
  - name: each
    type: map
    items: [1]
    steps:
      - {name: a, type: pipeline, pipeline: demo.a}
)");
    const auto loaded = std::exchange(catalogue, {});
    const auto row = drive(owned);
    BOOST_TEST(run::to_text(row.status) == "waiting");
    BOOST_TEST(row.reason == "blocked: plugin demo not loaded");
    BOOST_TEST(book.calls["release"] == 1);
    catalogue = loaded;
    BOOST_TEST(run::to_text(drive(claimed(owned.run_id)).status) == "completed");
}

BOOST_AUTO_TEST_CASE(a_request_that_cannot_be_fails_its_step_with_the_fault) {
    answers("b", says({}, json::array{json::object{{"retry", "nowhere"}}}));
    const auto row = done(five);
    BOOST_TEST(words(row) == "a completed, b failed, failed");
    BOOST_TEST(std::string{unit::to_text(row.failure->category)} == "STEP_ERROR");
    BOOST_TEST(row.failure->message.find("nowhere") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_step_that_was_asked_for_is_done) {
    answers("b", says({}, workflow::json_from(R"([{"insert_after": "b", "step": {"name": "more", "type": "pipeline", "pipeline": "demo.d"}}])").as_array()));
    const auto row = done(five);
    BOOST_TEST(words(row) == "a completed, b completed, more completed, c completed, d completed, completed");
}

BOOST_AUTO_TEST_CASE(a_run_whose_records_cannot_be_folded_waits_and_the_others_go_on) {
    const auto broken = begun(five);
    auto* kept = book.find(broken.run_id);
    kept->steps.front().status = StepStatus::completed;
    kept->steps.front().requests = {json::object{{"no", "request"}}};
    const auto damaged = *kept;
    const auto sound = begun(five);
    const auto driver = conductor();
    driver->take(damaged);
    driver->take(sound);
    const auto rows = driver->finish();
    BOOST_TEST_REQUIRE(rows.size() == 2u);
    BOOST_TEST(run::to_text(rows[0].status) == "waiting");
    BOOST_TEST(rows[0].reason.starts_with("blocked: its records cannot be read: "), rows[0].reason);
    BOOST_TEST(run::to_text(rows[1].status) == "completed");
}

BOOST_AUTO_TEST_CASE(a_run_whose_row_cannot_be_read_is_set_aside_once_by_who_serves) {
    const auto broken = begun(five), sound = begun(five);
    book.mine.clear(); // both were left by their process
    book.unreadable = {broken.run_id};
    for (auto& row : book.runs)
        row.status = RunStatus::running;
    int looks = 0;
    conductor()->serve([&] { return ++looks < 50 && book.find(sound.run_id)->status != RunStatus::completed; });
    BOOST_TEST(run::to_text(book.find(sound.run_id)->status) == "completed");
    BOOST_TEST(run::to_text(book.find(broken.run_id)->status) == "waiting");
    BOOST_TEST(book.calls["set_aside"] == 1);
}

BOOST_AUTO_TEST_SUITE_END()
