#include "conductor_fixture.hpp"

#include <atomic>

using namespace spine;
using namespace spine::test;
using run::RunStatus;
using run::StepStatus;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

const std::string three_days = R"(
steps:
  - {name: a, type: pipeline, pipeline: demo.a}
  - {name: pause, type: wait, seconds: 259200}
  - {name: b, type: pipeline, pipeline: demo.b}
)";
const std::string asks = R"(
steps:
  - {name: a, type: pipeline, pipeline: demo.a}
  - {name: ok, type: approval, approvers: [ann], message: Go on}
  - {name: b, type: pipeline, pipeline: demo.b}
)";
const std::string parent = R"(
steps:
  - {name: below, type: workflow, workflow: demo.child}
  - {name: b, type: pipeline, pipeline: demo.b, params: {n: $.outputs.below.row_count}}
)";
const std::string child = R"(
steps:
  - {name: a, type: pipeline, pipeline: demo.a}
)";

} // namespace

BOOST_FIXTURE_TEST_SUITE(conductor_waiting, ConductorFixture)

BOOST_AUTO_TEST_CASE(a_short_timer_is_waited_for_without_a_thread) {
    settings.threads = 1;
    const auto began = clock.now();
    const auto driver = conductor();
    driver->take(begun("steps:\n  - {name: pause, type: wait, seconds: 60}\n  - {name: a, type: pipeline, pipeline: demo.a}\n"));
    driver->take(begun("steps:\n  - {name: b, type: pipeline, pipeline: demo.b}\n"));
    const auto rows = driver->finish();
    BOOST_TEST(words(rows[0]) == "pause completed, a completed, completed");
    BOOST_TEST((invoker.calls == std::vector<std::string>{"b", "a"}));
    BOOST_TEST((clock.now() - began >= 60s));
    BOOST_TEST((clock.now() - began < 61s));
}

BOOST_AUTO_TEST_CASE(a_timer_of_days_is_given_back_and_taken_up_when_it_is_due) {
    const auto row = done(three_days);
    BOOST_TEST(words(row) == "a completed, pause waiting, waiting");
    BOOST_TEST(row.wake_at == "2026-01-06T04:15:01.000Z");
    BOOST_TEST(book.calls["release"] == 1);

    settings.look_every = 1h;
    const auto driver = conductor();
    driver->serve([&] { return book.look(row.run_id)->status != RunStatus::completed; });
    BOOST_TEST(words(*book.find(row.run_id)) == "a completed, pause completed, b completed, completed");
    BOOST_TEST(count("a") == 1u);
    BOOST_TEST(env::to_text(clock.now()) >= row.wake_at);
}

BOOST_AUTO_TEST_CASE(who_is_told_to_wait_stays_with_a_run_until_its_end) {
    settings.stays_to_the_end = true;
    settings.look_every = 1h;
    const auto row = done("steps:\n  - {name: pause, type: wait, seconds: 259200}\n  - {name: b, type: pipeline, pipeline: demo.b}\n");
    BOOST_TEST(words(row) == "pause completed, b completed, completed");
    BOOST_TEST(book.calls["release"] == 0);
}

BOOST_AUTO_TEST_CASE(an_approval_is_given_back_and_goes_on_when_somebody_has_answered) {
    const auto row = done(asks);
    BOOST_TEST(words(row) == "a completed, ok waiting, waiting");
    const auto driver = conductor();
    bool answered = false;
    driver->serve([&] {
        if (!std::exchange(answered, true))
            book.answer(row.run_id, "ok", true, "ann");
        return book.look(row.run_id)->status != RunStatus::completed;
    });
    BOOST_TEST(words(*book.find(row.run_id)) == "a completed, ok completed, b completed, completed");
    BOOST_TEST(book.find(row.run_id)->steps[1].output.at("by").as_string() == "ann");
}

BOOST_AUTO_TEST_CASE(an_answer_is_heard_while_other_steps_work) {
    run::RunRow owned;
    does("a", [&](const auto&) -> unit::Outcome {
        book.answer(owned.run_id, "ok", true, "ann");
        clock.advance(settings.look_every);
        while (invoker.calls.size() < 2) // b does not begin before the answer was heard
            std::this_thread::yield();
        return unit::Done{};
    });
    owned = begun(R"(
execution: parallel
steps:
  - {name: a, type: pipeline, pipeline: demo.a}
  - {name: ok, type: approval, approvers: [ann], message: Go on}
  - {name: b, type: pipeline, pipeline: demo.b, depends_on: [ok]}
)");
    std::atomic<bool> second{false};
    does("b", [&](const auto&) -> unit::Outcome {
        second = true;
        return unit::Done{};
    });
    does("a", [&](const auto&) -> unit::Outcome {
        book.answer(owned.run_id, "ok", true, "ann");
        clock.advance(settings.look_every);
        while (!second)
            std::this_thread::yield();
        return unit::Done{};
    });
    BOOST_TEST(run::to_text(drive(owned).status) == "completed");
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_with_the_timeout_counts_and_the_stale_write_looks_again) {
    run::RunRow owned = begun(R"(
steps:
  - {name: ok, type: approval, approvers: [ann], message: Go on, timeout_hours: 1}
  - {name: b, type: pipeline, pipeline: demo.b}
)");
    BOOST_TEST(run::to_text(drive(owned).status) == "waiting");
    clock.advance(1h);
    bool answered = false;
    book.before = [&](const run::Along&) {
        if (!std::exchange(answered, true))
            book.answer(owned.run_id, "ok", true, "ann");
    };
    const auto row = drive(claimed(owned.run_id));
    BOOST_TEST(words(row) == "ok completed, b completed, completed");
}

BOOST_AUTO_TEST_CASE(a_child_does_its_work_and_its_result_reaches_its_parent) {
    std::int64_t given = 0;
    does("b", [&](const auto& work) -> unit::Outcome {
        given = work.call.params.at("n").as_int64();
        return unit::Done{};
    });
    does("a", [](const auto&) -> unit::Outcome { return unit::Done{{{"row_count", 42}}}; });
    const auto row = done(parent, {kept(child, "demo.child")});
    BOOST_TEST(words(row) == "below completed, b completed, completed");
    BOOST_TEST(given == 42);
    BOOST_TEST(book.runs.size() == 2u);
    BOOST_TEST(book.runs[1].parent_run_id == row.run_id);
    BOOST_TEST(run::to_text(book.runs[1].status) == "completed");
}

BOOST_AUTO_TEST_CASE(a_child_of_a_process_that_died_is_done_once) {
    does("a", [](const auto&) -> unit::Outcome { throw Died{}; });
    const auto owned = begun(parent, {kept(child, "demo.child")});
    BOOST_CHECK_THROW(drive(owned), Died);
    does("a", [](const auto&) -> unit::Outcome { return unit::Done{{{"row_count", 42}}}; });
    book.die();
    const auto driver = conductor();
    for (const auto& run_id : book.unowned())
        driver->take(claimed(run_id));
    const auto rows = driver->finish();
    BOOST_TEST(words(rows[0]) == "below completed, b completed, completed");
    BOOST_TEST(words(rows[1]) == "a failed, a#2 completed, completed");
    BOOST_TEST(book.runs.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_child_that_waits_for_a_person_is_given_back_with_its_parent) {
    const auto row = done(parent, {kept(asks, "demo.child")});
    BOOST_TEST(words(row) == "below waiting, waiting");
    BOOST_TEST(book.calls["release"] == 2);
    BOOST_TEST(book.mine.empty());
    bool answered = false;
    conductor()->serve([&] {
        if (!std::exchange(answered, true))
            book.answer(book.runs[1].run_id, "ok", true, "ann");
        return book.look(row.run_id)->status != RunStatus::completed;
    });
    BOOST_TEST(words(*book.find(row.run_id)) == "below completed, b completed, completed");
}

BOOST_AUTO_TEST_CASE(a_run_goes_on_as_a_new_one) {
    int calls = 0;
    answers("b", [&](const run::LambdaCall&) {
        run::LambdaResult result;
        result.ok = true;
        if (++calls < 3)
            result.requests = {json::object{{"continue_as_new", json::object{{"n", calls}}}}};
        return result;
    });
    const auto row = done(R"(
steps:
  - {name: a, type: pipeline, pipeline: demo.a}
  - {name: b, type: lambda, handler: demo.steps.b}
)");
    BOOST_TEST(run::to_text(row.status) == "completed", (row.failure ? row.failure->message : ""));
    BOOST_TEST_REQUIRE(book.runs.size() == 3u);
    BOOST_TEST(book.runs[2].chain_no == 3);
    BOOST_TEST(run::to_text(book.runs[2].status) == "completed");
}

BOOST_AUTO_TEST_CASE(a_pause_lets_what_runs_end_and_begins_nothing) {
    const auto owned = begun(three_days);
    does("a", [&](const auto&) -> unit::Outcome {
        book.pause(owned.run_id);
        clock.advance(settings.look_every);
        while (book.look(owned.run_id)->calls_seen == 0)
            std::this_thread::yield();
        return unit::Done{};
    });
    settings.threads = 1;
    const auto row = drive(owned);
    BOOST_TEST(words(row) == "a completed, paused");
    BOOST_TEST(run::to_text(row.status) == "paused");
}

BOOST_AUTO_TEST_CASE(a_server_that_ends_leaves_its_runs_to_anybody) {
    const auto owned = begun(three_days);
    book.release(owned.run_id, 1);
    bool more = true;
    does("a", [&](const auto&) -> unit::Outcome {
        more = false;
        clock.advance(settings.look_every);
        return unit::Done{};
    });
    settings.threads = 1;
    conductor()->serve([&] { return more; });
    const auto row = *book.find(owned.run_id);
    BOOST_TEST(book.mine.empty());
    BOOST_TEST(row.steps.front().attempt == 1);
    BOOST_TEST(!run::is_final(row.status));
    BOOST_TEST((row.status != RunStatus::paused));
}

BOOST_AUTO_TEST_SUITE_END()
