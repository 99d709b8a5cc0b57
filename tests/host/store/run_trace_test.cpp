#include "run_fixture.hpp"

#include "store/sqlite_store.hpp"

using namespace spine;
using namespace spine::test;

namespace {
/// "read completed 1-2; total running 3-0; "
std::string told(control::RunTrace& trace, const std::string& run_id, std::int64_t after = 0) {
    std::string words;
    trace.visit_steps(run_id, after, [&](const control::StepSeen& step) {
        words += std::string{step.step} + " " + std::string{step.status} + " " + std::to_string(step.begun_no) + "-" +
                 std::to_string(step.ended_no) + "; ";
        return true;
    });
    return words;
}
std::string lines(control::RunTrace& trace, const control::LogFilter& filter) {
    std::string words;
    trace.visit_logs(filter, [&](const control::LogSeen& line) {
        words += std::string{line.step} + "#" + std::to_string(line.attempt) + " " + std::string{line.level} + " " + std::string{line.text} + "; ";
        return true;
    });
    return words;
}
run::Along numbered(const run::RunRow& run) {
    auto along = RunFixture::after_read(run);
    along.steps[0].begun_no = 1;
    along.steps[0].ended_no = 2;
    along.steps[0].output = {{"row_count", 5}};
    along.steps[0].log = {{"2026-01-03T04:15:02.000Z", "INFO", "one"}, {"2026-01-03T04:15:03.000Z", "WARN", "two"}};
    along.steps[1].begun_no = 3;
    along.run.reason = "goes on";
    return along;
}
} // namespace

BOOST_FIXTURE_TEST_SUITE(run_trace, RunFixture)

BOOST_AUTO_TEST_CASE(another_process_sees_each_event_once_and_that_something_changed) {
    auto process = this->process();
    const auto run = opened(process);
    store::SqliteStores stores{clock, random, url, {}};
    const auto reader = stores.open(control::Access::read);
    auto& trace = reader->run_trace();
    const auto version = trace.version();
    BOOST_TEST(trace.version() == version);
    BOOST_TEST(process.store->run_journal().append(numbered(run)));
    BOOST_TEST(trace.version() != version);
    BOOST_TEST(told(trace, run.run_id) == "read completed 1-2; total running 3-0; ");
    BOOST_TEST(told(trace, run.run_id, 2) == "total running 3-0; ");
    BOOST_TEST(told(trace, run.run_id, 3).empty());
    BOOST_TEST(told(trace, "nobody").empty());
    trace.visit_steps(run.run_id, 0, [](const control::StepSeen& step) {
        BOOST_TEST(step.output == R"({"row_count":5})");
        BOOST_TEST(step.type == "pipeline");
        BOOST_TEST(step.updates.empty());
        return false;
    });
}

BOOST_AUTO_TEST_CASE(how_a_run_stands_is_told_without_its_steps) {
    auto mortal_process = mortal();
    const auto run = opened(*mortal_process);
    store::SqliteStores stores{clock, random, url, {}};
    const auto reader = stores.open(control::Access::read);
    auto now = reader->run_trace().now(run.run_id);
    BOOST_TEST_REQUIRE(now.has_value());
    BOOST_TEST(now->workflow == "demo.refresh");
    BOOST_CHECK(now->status == run::RunStatus::running);
    BOOST_TEST(now->driven);
    mortal_process.reset();
    BOOST_TEST(!reader->run_trace().now(run.run_id)->driven);
    BOOST_TEST(!reader->run_trace().now("nobody").has_value());
    BOOST_TEST(reader->run_trace().definition(run.run_id) == "name: demo.refresh");
    BOOST_TEST(reader->run_trace().definition("nobody").empty());
}

BOOST_AUTO_TEST_CASE(lines_are_narrowed_and_read_on_where_one_stopped) {
    auto process = this->process();
    const auto run = opened(process);
    BOOST_TEST(process.store->run_journal().append(numbered(run)));
    auto& trace = process.store->run_trace();
    control::LogFilter filter;
    filter.run_id = run.run_id;
    BOOST_TEST(lines(trace, filter) == "read#1 INFO one; read#1 WARN two; ");
    filter.levels = {"WARN", "ERROR"};
    BOOST_TEST(lines(trace, filter) == "read#1 WARN two; ");
    filter.levels.clear();
    filter.step = "rea";
    BOOST_TEST(lines(trace, filter).empty());
    filter.step = "read";
    filter.after = 1;
    BOOST_TEST(lines(trace, filter) == "read#1 WARN two; ");
    filter.attempt = 2;
    BOOST_TEST(lines(trace, filter).empty());
}

BOOST_AUTO_TEST_CASE(children_are_those_that_name_the_run_as_their_parent) {
    auto process = this->process();
    const auto parent = opened(process);
    auto child = wanted();
    child.parent_run_id = parent.run_id;
    child.parent_step = "read";
    child.parent_attempt = 1;
    process.store->run_journal().open(child);
    const auto children = process.store->run_trace().children(parent.run_id, 10);
    BOOST_TEST_REQUIRE(children.size() == 1u);
    BOOST_TEST(children[0].run_id == child.run_id);
    BOOST_TEST(children[0].step == "read");
    BOOST_TEST(children[0].is_waited_for);
    BOOST_TEST(children[0].status == "running");
    BOOST_TEST(process.store->run_trace().children(child.run_id, 10).empty());
}

BOOST_AUTO_TEST_CASE(runs_are_listed_from_a_time_on_and_blocked_ones_by_their_reason) {
    auto process = this->process();
    opened(process);
    clock.advance(std::chrono::hours{2});
    const auto late = opened(process);
    control::Filter filter;
    filter.since = env::to_text(clock.now());
    BOOST_TEST_REQUIRE(process.store->runs(filter).rows.size() == 1u);
    auto along = numbered(late);
    along.run.status = run::RunStatus::waiting;
    along.run.reason = "blocked: plugin demo not loaded";
    BOOST_TEST(process.store->run_journal().append(along));
    filter.status = "blocked";
    BOOST_TEST(process.store->runs(filter).rows.size() == 1u);
    filter.status = "waiting";
    BOOST_TEST(process.store->runs(filter).rows.size() == 1u);
    filter.since = env::to_text(clock.now() + std::chrono::hours{1});
    BOOST_TEST(process.store->runs(filter).rows.empty());
}

BOOST_AUTO_TEST_SUITE_END()
