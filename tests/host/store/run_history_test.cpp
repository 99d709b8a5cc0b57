#include "run_fixture.hpp"

using namespace spine;
using namespace spine::test;

BOOST_FIXTURE_TEST_SUITE(run_history, RunFixture)

BOOST_AUTO_TEST_CASE(runs_and_steps_are_visited_newest_first_with_exact_durations) {
    auto process = this->process();
    const auto first = opened(process);
    clock.advance(std::chrono::milliseconds{1'037});
    process.store->run_journal().append(finished(first));
    clock.advance(std::chrono::hours{48});
    const auto second = opened(process);
    clock.advance(std::chrono::milliseconds{250});
    auto lost = finished(second, run::RunStatus::failed);
    lost.run.failure = unit::Failure{};
    lost.run.failure->category = unit::Category::data_quality;
    process.store->run_journal().append(lost);
    opened(process); // goes on

    std::vector<std::string> seen;
    const auto note = [&](const control::RunSample& run) {
        seen.push_back(std::string{run.status} + " " + std::string{run.error_category} + " " +
                       (run.lasted ? std::to_string(run.lasted->count()) : "-"));
        return true;
    };
    auto& history = process.store->run_history();
    history.visit_runs("demo.refresh", {}, note);
    BOOST_TEST(seen == (std::vector<std::string>{"running  -", "failed DATA_QUALITY 250", "completed  1037"}), boost::test_tools::per_element());
    seen.clear();
    history.visit_runs("demo.refresh", clock.now() - std::chrono::hours{1}, note);
    BOOST_TEST(seen.size() == 2u);
    seen.clear();
    history.visit_runs("demo.refresh", {}, [&](const control::RunSample& run) { return note(run) && false; });
    BOOST_TEST(seen.size() == 1u);

    std::vector<std::string> steps;
    history.visit_steps("demo.refresh", {}, [&](const control::StepSample& step) {
        steps.push_back(std::string{step.step} + " " + std::string{step.status} + " " + std::to_string(step.lasted.count()));
        return true;
    });
    BOOST_TEST(steps == (std::vector<std::string>{"read failed 250", "read completed 1037"}), boost::test_tools::per_element());

    const auto totals = history.totals();
    BOOST_TEST_REQUIRE(totals.size() == 1u);
    BOOST_TEST(totals[0].workflow == "demo.refresh");
    BOOST_TEST(totals[0].runs == 3);
    BOOST_TEST(totals[0].completed == 1);
    BOOST_TEST(totals[0].failed == 1);
    BOOST_TEST(totals[0].unfinished == 1);
    BOOST_TEST(totals[0].average_seconds.value_or(0) == 1.037);
    BOOST_TEST(totals[0].last_success_at == "2026-01-03T04:15:01.000Z");
    BOOST_TEST(totals[0].last_failure_at == "2026-01-05T04:15:02.037Z");
    BOOST_TEST(totals[0].last_run_at == "2026-01-05T04:15:02.287Z");
}

BOOST_AUTO_TEST_CASE(what_a_fork_has_from_another_run_is_not_its_own) {
    auto process = this->process();
    const auto first = opened(process);
    clock.advance(std::chrono::milliseconds{400});
    process.store->run_journal().append(finished(first));
    auto fork = wanted();
    fork.forked_from = first.run_id;
    fork.generation = 2;
    const auto numbered = [](run::StepRecord record, std::int64_t begun_no, std::int64_t ended_no) {
        record.begun_no = begun_no;
        record.ended_no = ended_no;
        return record;
    };
    auto note = ended("@forked", run::StepStatus::completed);
    note.type = "control";
    fork.begin.steps = {numbered(ended("read", run::StepStatus::completed), 1, 2), numbered(ended("read", run::StepStatus::failed, 2), 3, 4),
                        numbered(note, 5, 5)};
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Answered>(process.store->desk().fork(fork)));
    auto taken = process.store->run_journal().claim(fork.run_id);
    auto end = finished(std::get<run::Owned>(taken).run);
    end.steps = {numbered(ended("total", run::StepStatus::completed), 6, 7)};
    process.store->run_journal().append(end);

    auto& history = process.store->run_history();
    std::vector<std::string> steps, runs;
    history.visit_steps("demo.refresh", {}, [&](const control::StepSample& step) {
        steps.push_back(std::string{step.step} + " " + std::string{step.status});
        return true;
    });
    BOOST_TEST(steps == (std::vector<std::string>{"total completed", "read completed"}), boost::test_tools::per_element());
    history.visit_runs("demo.refresh", {}, [&](const control::RunSample& run) {
        runs.push_back(std::string{run.status} + (run.forked ? " fork" : ""));
        return true;
    });
    BOOST_TEST(runs == (std::vector<std::string>{"completed fork", "completed"}), boost::test_tools::per_element());
    BOOST_TEST(history.totals().at(0).average_seconds.value_or(0) == 0.4);
}

BOOST_AUTO_TEST_SUITE_END()
