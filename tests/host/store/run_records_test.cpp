#include "run_fixture.hpp"

#include "error.hpp"
#include "store/sqlite_store.hpp"

using namespace spine;
using namespace spine::test;
using run::RunStatus;

namespace {
std::string cell(const control::Table& table, std::size_t row, const std::string& column) {
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (table.columns[i] == column) {
            const auto& value = table.rows.at(row).at(i);
            return value.is_string() ? std::string{value.get_string()} : boost::json::serialize(value);
        }
    return "no column " + column;
}
} // namespace

BOOST_FIXTURE_TEST_SUITE(run_records, RunFixture)

BOOST_AUTO_TEST_CASE(runs_are_listed_newest_first_and_a_dead_owner_shows) {
    auto process = this->process();
    auto dead = mortal();
    const auto lost = opened(*dead);
    dead.reset();
    clock.advance(std::chrono::seconds{1});
    const auto alive = opened(process, "k");
    clock.advance(std::chrono::seconds{1});
    const auto done = opened(process);
    process.store->run_journal().append(finished(done));

    const auto all = process.store->runs({});
    BOOST_TEST_REQUIRE(all.rows.size() == 3u);
    BOOST_TEST(cell(all, 0, "run_id") == done.run_id);
    BOOST_TEST(cell(all, 0, "status") == "completed");
    BOOST_TEST(cell(all, 1, "status") == "running");
    BOOST_TEST(cell(all, 1, "run_key") == "k");
    BOOST_TEST(cell(all, 1, "current_step") == "read");
    BOOST_TEST(cell(all, 2, "run_id") == lost.run_id);
    BOOST_TEST(cell(all, 2, "status") == "interrupted");

    const auto only = [&](const char* status) {
        control::Filter filter;
        filter.status = status;
        const auto table = process.store->runs(filter);
        return table.rows.size() == 1 ? cell(table, 0, "run_id") : std::to_string(table.rows.size());
    };
    BOOST_TEST(only("running") == alive.run_id);
    BOOST_TEST(only("INTERRUPTED") == lost.run_id);
    BOOST_TEST(only("completed") == done.run_id);
    BOOST_TEST(only("failed") == "0");
    control::Filter filter;
    filter.limit = 2;
    BOOST_TEST(process.store->runs(filter).more);
    filter.name = "demo.other";
    BOOST_TEST(process.store->runs(filter).rows.empty());
    filter.name = "demo.refresh";
    filter.partition = {{"week", "w9"}};
    BOOST_TEST(process.store->runs(filter).rows.empty());

    // A process that only reads sees the same, and leaves the workers alone.
    store::SqliteStores stores{clock, random, url, {}};
    auto reader = stores.open(control::Access::read);
    const auto seen = reader->runs({});
    BOOST_TEST(cell(seen, 1, "status") == "running");
    BOOST_TEST(cell(seen, 2, "status") == "interrupted");
    BOOST_TEST(reader->run_journal().unowned() == std::vector<std::string>{lost.run_id}, boost::test_tools::per_element());
    BOOST_TEST(reader->run_journal().look(alive.run_id).has_value());
    BOOST_CHECK_EXCEPTION(reader->run_journal().claim(lost.run_id), Error,
                          [](const Error& error) { return error.code() == ErrorCode::internal; });
}

BOOST_AUTO_TEST_CASE(a_run_is_shown_by_an_unambiguous_beginning_of_its_id) {
    auto process = this->process();
    const auto run = opened(process);
    auto shown = process.store->workflow_run(run.run_id.substr(0, 35));
    BOOST_TEST(shown.at("run_id").as_string() == run.run_id);
    BOOST_TEST(shown.at("params").at("week").as_string() == "w1");
    BOOST_TEST(shown.at("plugins").at("demo.weeks.read").as_string() == "demo");
    BOOST_TEST(shown.at("owner_alive").as_bool());
    BOOST_TEST(shown.at("duration_seconds").is_null());
    BOOST_TEST(shown.at("error").is_null());
    BOOST_TEST(process.store->workflow_run("ffffffff").empty());
    BOOST_TEST(process.store->workflow_run(run.run_id.substr(0, 3)).empty());
    opened(process); // made in the same millisecond
    BOOST_CHECK_EXCEPTION(process.store->workflow_run(run.run_id.substr(0, 10)), Error, [&](const Error& error) {
        return error.code() == ErrorCode::usage && std::string{error.what()}.find(run.run_id) != std::string::npos;
    });
    clock.advance(std::chrono::milliseconds{1250});
    auto along = finished(run, RunStatus::failed);
    along.run.failure = unit::Failure{};
    along.run.failure->hint = "look";
    process.store->run_journal().append(along);
    shown = process.store->workflow_run(run.run_id);
    BOOST_TEST(shown.at("duration_seconds").as_double() == 1.25);
    BOOST_TEST(!shown.at("owner_alive").as_bool());
    BOOST_TEST(shown.at("error").at("hint").as_string() == "look");
}

BOOST_AUTO_TEST_CASE(the_story_of_a_run_is_its_steps_executions_findings_and_anomalies) {
    auto process = this->process();
    process.read_week("w0", {{"A", 1}}); // of no run
    const auto run = opened(process);
    auto wish = process.planned("read", "w1");
    wish.run_id = run.run_id;
    wish.step = "read";
    clock.advance(std::chrono::seconds{2});
    wish.follow = [&](const run::Ended& end) {
        auto along = after_read(run);
        along.steps[0].execution_id = end.execution_id;
        along.steps[0].output = end.outputs;
        return std::optional{along};
    };
    auto start = process.started(wish);
    start.unit->reject({0, 7, "PARSE_ERROR", "d", "raw", "x:7"});
    start.unit->check({0, "c", "INTEGRITY", "PASS", "1", "1", ""});
    start.unit->anomaly({0u, "WARN", "ODD", "odd", ""});
    BOOST_TEST(committed(Process::read_into(*start.unit, {{"A", 1}})));
    auto child = process.planned("read", "w2"); // what a composite step has done
    child.parent_execution_id = start.execution_id;
    auto started = process.started(child);
    started.unit->reject({0, 8, "PARSE_ERROR", "d", "raw", "x:8"});
    BOOST_TEST(committed(Process::read_into(*started.unit, {{"A", 1}})));
    auto along = finished(run, RunStatus::failed);
    along.steps = {ended("total", run::StepStatus::failed)};
    along.anomaly = unit::Anomaly{{}, "ERROR", "WORKFLOW_FAILURE", "m", ""};
    along.anomaly_stage = "workflow.total";
    BOOST_TEST(process.store->run_journal().append(along));

    const auto steps = process.store->steps(run.run_id);
    BOOST_TEST_REQUIRE(steps.rows.size() == 2u);
    BOOST_TEST(cell(steps, 0, "step") == "read");
    BOOST_TEST(cell(steps, 0, "output_json") == R"({"row_count":1})");
    BOOST_TEST(cell(steps, 0, "duration_seconds") == "2E0");
    BOOST_TEST(cell(steps, 1, "status") == "failed");
    const auto executions = process.store->run_executions(run.run_id);
    BOOST_TEST_REQUIRE(executions.rows.size() == 1u);
    BOOST_TEST(cell(executions, 0, "step") == "read");
    const auto rejects = process.store->run_rejects(run.run_id);
    BOOST_TEST_REQUIRE(rejects.rows.size() == 2u);
    BOOST_TEST(cell(rejects, 1, "line_number") == "8");
    BOOST_TEST(rejects.columns == process.store->rejects({}).columns, boost::test_tools::per_element());
    BOOST_TEST(process.store->run_quality(run.run_id).rows.size() == 1u);
    const auto anomalies = process.store->run_anomalies(run.run_id);
    BOOST_TEST_REQUIRE(anomalies.rows.size() == 2u);
    BOOST_TEST(cell(anomalies, 0, "category") == "ODD");
    BOOST_TEST(cell(anomalies, 1, "stage") == "workflow.total");
    BOOST_TEST(process.store->steps("nobody").rows.empty());
    BOOST_TEST(cell(process.store->executions({}), 1, "run_id") == run.run_id);
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(a_check_finds_what_a_run_must_never_be) {
    auto process = this->process();
    const auto run = opened(process);
    const auto change = [&](const std::string& sql) {
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec("PRAGMA foreign_keys=OFF");
        connection.exec(sql);
    };
    /// Whether a sound store becomes one with this fault alone, and sound again.
    const auto found = [&](const std::string& words, const std::string& breaks, const std::string& mends) {
        const auto before = process.store->check();
        change(breaks);
        auto faults = process.store->check();
        std::erase_if(faults, [](const auto& fault) { return fault.what.find("as they were written") != std::string::npos; });
        for (const auto& fault : faults)
            BOOST_TEST_MESSAGE(fault.what);
        change(mends);
        return before.empty() && faults.size() == 1 && faults[0].what.find(words) != std::string::npos;
    };
    const std::string runs = "UPDATE core_workflow_runs SET ", steps = "UPDATE core_workflow_steps SET ",
                      manifest = "UPDATE core_manifest SET ";
    BOOST_TEST(found("never given to anybody", runs + "fence = 0", runs + "fence = 1"));
    BOOST_TEST(found("not finished, but has an end", runs + "finished_at = 'x'", runs + "finished_at = NULL"));
    BOOST_TEST(found("half a partition", runs + "partition_key = '{}'", runs + "partition_key = NULL"));
    BOOST_TEST(found("an execution that is not there", steps + "execution_id = 'none'", steps + "execution_id = NULL"));
    BOOST_TEST(found("a result, but no end", steps + "status = 'failed'", steps + "status = 'running'"));
    BOOST_TEST(found("no known execution or run", manifest + "execution_id = 'x'",
                     manifest + "execution_id = '" + run.run_id + "'"));
    BOOST_TEST(found("reference: core_workflow_steps", steps + "run_id = 'none'", steps + "run_id = '" + run.run_id + "'"));
    BOOST_TEST(found("a step runs or waits in a run that is finished",
                     runs + "status = 'failed', finished_at = 'x', locked_by = NULL",
                     runs + "status = 'waiting', reason = 'blocked: x', finished_at = NULL"));
    BOOST_TEST(found("has an owner or no end", runs + "status = 'failed', locked_by = 'x', finished_at = NULL; " + steps +
                         "status = 'failed', finished_at = 'x'", ""));
}

BOOST_AUTO_TEST_CASE(digests_are_those_of_the_data_whatever_runs_made_it) {
    const auto total = [](Process& process) {
        return std::string{process.store->digest(process.catalogue).rows.back().back().get_string()};
    };
    const auto complete = [&](Process& process, const run::RunRow& run) {
        auto along = finished(run);
        along.stages = {{"COMPLETED", 2, 0, {{"step_count", 1}}}};
        along.run.partition = Process::partition("w1");
        BOOST_TEST(process.store->run_journal().append(along));
    };
    auto one = process();
    const auto empty = total(one);
    opened(one);
    BOOST_TEST(total(one) == empty); // it has no partition: named by nothing but its id
    complete(one, opened(one));
    BOOST_TEST(total(one) != empty);

    TemporaryFolder folder_of_other;
    Process other{clock, random, "sqlite:" + folder_of_other.path() + "/o.db", catalogue};
    const auto run = opened(other);
    clock.advance(std::chrono::minutes{7});
    complete(other, run);
    BOOST_TEST(total(one) == total(other));
}

BOOST_AUTO_TEST_SUITE_END()
