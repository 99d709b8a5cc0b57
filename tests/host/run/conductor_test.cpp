#include "run/conductor.hpp"

#include "conductor_fixture.hpp"

#include <atomic>
#include <set>

using namespace spine;
using namespace spine::test;
using run::RunStatus;
using run::StepStatus;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

const std::string in_order = R"(
steps:
  - {name: a, type: pipeline, pipeline: demo.a}
  - {name: b, type: lambda, handler: demo.steps.b}
  - {name: c, type: pipeline, pipeline: demo.c}
)";

std::string chain_of_lambdas(int count) {
    std::string text = "steps:\n";
    for (int i = 0; i < count; ++i)
        text += "  - {name: s" + std::to_string(i) + ", type: lambda, handler: demo.steps.a}\n";
    return text;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(conductor, ConductorFixture)

BOOST_AUTO_TEST_CASE(steps_in_order_cost_one_write_for_each_pipeline) {
    const auto row = done(in_order);
    BOOST_TEST(words(row) == "a completed, b completed, c completed, completed");
    BOOST_TEST(book.written.size() == 3u); // a with the start of b; b with the start of c; c
    BOOST_TEST((told == std::vector<std::string>{"a", "b", "c"}));
    BOOST_TEST(row.steps[0].updates.at("row_count").as_int64() == 1);
    BOOST_TEST(book.calls["release"] == 0);
}

BOOST_AUTO_TEST_CASE(no_threads_of_its_own_do_as_well) {
    settings.threads = 0;
    BOOST_TEST(words(done(in_order)) == "a completed, b completed, c completed, completed");
}

BOOST_AUTO_TEST_CASE(every_pipeline_and_lambda_says_which_build_did_it) {
    const auto row = done(in_order);
    for (const auto& record : row.steps) {
        BOOST_TEST(record.build.plugin == "demo");
        BOOST_TEST(record.build.version == "1.2.3");
    }
}

BOOST_AUTO_TEST_CASE(a_plugin_is_told_whose_step_it_does) {
    std::string seen;
    does("a", [&](const auto& work) -> unit::Outcome {
        seen = work.call.run_id + " " + work.call.step + " " + std::to_string(work.call.generation) + " " + std::to_string(work.call.attempt);
        return unit::Done{};
    });
    const auto row = done(in_order);
    BOOST_TEST(seen == row.run_id + " a 1 1");
}

BOOST_AUTO_TEST_CASE(branches_side_by_side_overlap) {
    std::latch both{2};
    for (const auto* name : {"a", "b"})
        does(name, [&](const auto&) -> unit::Outcome {
            both.arrive_and_wait(); // for ever, if they did not
            return unit::Done{};
        });
    const auto row = done(R"(
execution: parallel
steps:
  - {name: a, type: pipeline, pipeline: demo.a}
  - {name: b, type: pipeline, pipeline: demo.b}
  - {name: c, type: pipeline, pipeline: demo.c, depends_on: [a, b]}
)");
    BOOST_TEST(run::to_text(row.status) == "completed");
    BOOST_TEST(book.find(row.run_id)->steps.back().step == "c");
}

BOOST_AUTO_TEST_CASE(no_more_items_are_at_work_than_the_map_allows) {
    std::atomic<int> now{0}, most{0};
    does("a", [&](const auto&) -> unit::Outcome {
        const int here = ++now;
        for (int seen = most; here > seen && !most.compare_exchange_weak(seen, here);)
            ;
        std::this_thread::yield();
        --now;
        return unit::Done{};
    });
    settings.threads = 8;
    const auto row = done(R"(
steps:
  - name: each
    type: map
    items: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
    max_concurrency: 3
    steps:
      - {name: a, type: pipeline, pipeline: demo.a, params: {n: $.params.item}}
)");
    BOOST_TEST(run::to_text(row.status) == "completed");
    BOOST_TEST(most <= 3);
    BOOST_TEST(count("a") == 20u);
}

BOOST_AUTO_TEST_CASE(a_hundred_lambdas_are_one_write) {
    const auto row = done(chain_of_lambdas(100));
    BOOST_TEST(run::to_text(row.status) == "completed");
    BOOST_TEST(row.steps.size() == 100u);
    BOOST_TEST(book.written.size() == 1u);
    BOOST_TEST(book.written.front().steps.size() == 100u); // no start of its own for what began and ended in between
}

BOOST_AUTO_TEST_CASE(very_many_lambdas_are_written_in_between) {
    done(chain_of_lambdas(1000));
    BOOST_TEST(book.written.size() == 4u);
}

BOOST_AUTO_TEST_CASE(what_a_lambda_said_does_not_wait_longer_than_20_ms) {
    std::latch flushed{1};
    answers("b", [&](const run::LambdaCall&) {
        clock.advance(21ms);
        flushed.wait();
        run::LambdaResult result;
        result.ok = true;
        return result;
    });
    book.before = [&](const run::Along& along) {
        if (along.steps.back().step == "b" && along.steps.back().status == StepStatus::running)
            flushed.count_down();
    };
    const auto row = done(R"(
steps:
  - {name: a, type: lambda, handler: demo.steps.a}
  - {name: b, type: lambda, handler: demo.steps.b}
)");
    BOOST_TEST(words(row) == "a completed, b completed, completed");
    BOOST_TEST(book.written.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_lambda_sees_what_came_before_it) {
    json::object seen;
    answers("b", [&](const run::LambdaCall& call) {
        seen = call.outputs;
        run::LambdaResult result;
        result.ok = true;
        return result;
    });
    const auto row = done(in_order);
    BOOST_TEST(seen.at("a").at("row_count").as_int64() == 1);
    BOOST_TEST(run::to_text(row.status) == "completed");
}

BOOST_AUTO_TEST_CASE(an_answer_of_more_than_a_megabyte_fails_its_step) {
    answers("b", says({{"text", std::string(std::size_t{1} << 20, 'x')}}));
    const auto row = done(in_order);
    BOOST_TEST(words(row) == "a completed, b failed, failed");
    BOOST_TEST(std::string{unit::to_text(row.failure->category)} == "RESOURCE");
}

BOOST_AUTO_TEST_CASE(what_a_lambda_logs_is_written_with_its_end) {
    answers("b", [](const run::LambdaCall&) {
        run::LambdaResult result;
        result.ok = true;
        result.log = {{"2026-01-03T04:15:01.000Z", "INFO", "hello"}};
        return result;
    });
    done(in_order);
    BOOST_TEST(book.written[1].steps.front().step == "b");
    BOOST_TEST(book.written[1].steps.front().log.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_failed_step_is_tried_again_by_the_run_and_not_by_its_execution) {
    does("a", [](const auto& work) -> unit::Outcome {
        if (work.call.attempt < 3)
            return fails("not now", unit::Category::transient);
        return unit::Done{};
    });
    const auto begun_at = clock.now();
    const auto row = done(in_order);
    BOOST_TEST(words(row) == "a failed, a#2 failed, a#3 completed, b completed, c completed, completed");
    BOOST_TEST((clock.now() - begun_at >= 500ms)); // it waited, and no thread did
}

BOOST_AUTO_TEST_CASE(a_plugins_own_conflict_follows_retry_and_ends_the_run) {
    does("a", [](const auto&) -> unit::Outcome {
        auto failure = std::get<unit::Failure>(fails("two of them", unit::Category::transient));
        failure.exit_code = 5;
        return failure;
    });
    const auto row = done("steps:\n  - {name: a, type: pipeline, pipeline: demo.a, retry: {max_attempts: 2}}\n");
    BOOST_TEST(words(row) == "a failed, a#2 failed, failed");
    BOOST_TEST(row.failure->exit_code == 5);
}

BOOST_AUTO_TEST_CASE(what_is_done_already_is_skipped_in_the_commit_of_its_start) {
    benches.book.not_due = "a";
    const auto row = done(in_order);
    BOOST_TEST(words(row) == "a skipped, b completed, c completed, completed");
    BOOST_TEST(count("a") == 0u);
}

BOOST_AUTO_TEST_CASE(only_what_is_done_reaches_its_stage) {
    benches.book.not_due = "a";
    const auto row = done(R"(
steps:
  - {name: a, type: pipeline, pipeline: demo.a, stage: READ}
  - {name: b, type: pipeline, pipeline: demo.b, stage: NOT, when: n < 7}
  - {name: c, type: pipeline, pipeline: demo.c, stage: TOLD}
)");
    BOOST_TEST(words(row) == "a skipped, b skipped, c completed, completed");
    std::string stages;
    for (const auto& stage : book.stages)
        stages += stage.stage + " ";
    BOOST_TEST(stages == "STARTED READ TOLD COMPLETED ");
}

BOOST_AUTO_TEST_CASE(parameters_that_do_not_fit_fail_the_step) {
    const auto row = done("steps:\n  - {name: a, type: pipeline, pipeline: demo.a, params: {n: many}}\n");
    BOOST_TEST(words(row) == "a failed, failed");
    BOOST_TEST(row.failure->exit_code == 3);
}

BOOST_AUTO_TEST_CASE(many_runs_share_the_threads) {
    std::vector<run::RunRow> rows;
    for (int i = 0; i < 50; ++i)
        rows.push_back(begun(in_order));
    book.written.clear();
    const auto driver = conductor();
    for (auto& row : rows)
        driver->take(std::move(row));
    const auto ended = driver->finish();
    BOOST_TEST(ended.size() == 50u);
    for (const auto& row : ended)
        BOOST_TEST(words(row) == "a completed, b completed, c completed, completed");
    BOOST_TEST(book.written.size() == 150u);
}

BOOST_AUTO_TEST_SUITE_END()
