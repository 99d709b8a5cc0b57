/// Steps that work on no data: their run's journal says that they began, and its fence guards them.
#include "run_fixture.hpp"

using namespace spine;
using namespace spine::test;
using run::Ended;
using run::StepStatus;

namespace {

struct NoDataFixture : RunFixture {
    NoDataFixture() {
        auto note = *catalogue.find_pipeline("demo.weeks.read");
        note.name = "demo.weeks.note";
        note.stage.clear();
        note.partition_keys.clear();
        note.plans = false;
        catalogue.plugins.front().pipelines.push_back(note);
        here.emplace(clock, random, url, catalogue);
        run = opened(*here);
    }
    run::Started begun_step() {
        auto wish = here->request("note", "w1");
        wish.run_id = run.run_id;
        wish.step = "read";
        wish.follow = [this](const Ended& ended) -> std::optional<run::Along> {
            told.push_back(ended);
            if (silent)
                return std::nullopt;
            auto along = after_read(run);
            along.steps[0].execution_id = ended.execution_id;
            return along;
        };
        return here->started(wish);
    }
    std::string count(const std::string& table) { return here->value("SELECT count(*) FROM " + table); }
    std::string steps() { return here->value("SELECT group_concat(step || ' ' || status) FROM core_workflow_steps"); }

    std::vector<Ended> told;
    bool silent = false;
    run::RunRow run;
    std::optional<Process> here;
};

unit::Anomaly odd() {
    unit::Anomaly anomaly;
    anomaly.severity = "WARN";
    anomaly.category = "ODD";
    anomaly.message = "seen";
    return anomaly;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(step_of_no_data, NoDataFixture)

BOOST_AUTO_TEST_CASE(it_begins_without_a_write_and_its_end_is_its_record_alone) {
    auto start = begun_step();
    BOOST_TEST(!start.recorded);
    BOOST_TEST(count("core_executions") + count("core_work_items") == "00");
    BOOST_TEST(committed(start.unit->commit(unit::Done{{{"n", 7}}})));
    BOOST_TEST_REQUIRE(told.size() == 1u);
    BOOST_TEST((told[0].how == Ended::How::completed));
    BOOST_TEST(told[0].execution_id.empty());
    BOOST_TEST(told[0].outputs.at("n").as_int64() == 7);
    BOOST_TEST(steps() == "read completed,total running");
    BOOST_TEST(count("core_executions") + count("core_work_items") == "00");
    BOOST_TEST(here->store->check().empty());
}

BOOST_AUTO_TEST_CASE(when_its_run_was_lost_nothing_is_written) {
    for (const bool fails : {false, true}) {
        auto start = begun_step();
        start.unit->anomaly(odd());
        lose(run);
        unit::Failure failure;
        failure.category = unit::Category::data_quality;
        const auto commit = fails ? start.unit->commit(failure) : start.unit->commit(unit::Done{});
        BOOST_TEST(std::holds_alternative<unit::Fenced>(commit));
    }
    BOOST_TEST(steps() == "read running");
    BOOST_TEST(count("core_executions") + count("core_anomalies") == "00");
}

BOOST_AUTO_TEST_CASE(when_its_run_has_nothing_to_say_nobody_waits_for_it_any_more) {
    auto start = begun_step();
    const auto claimed = start.unit->claim(Process::partition("w1"));
    BOOST_TEST(claimed.output.has_value());
    silent = true; // it was given up meanwhile
    BOOST_TEST(std::holds_alternative<unit::Fenced>(start.unit->commit(unit::Done{})));
    BOOST_TEST(steps() == "read running");
    BOOST_TEST(here->value("SELECT status FROM core_executions") == "cancelled");
    BOOST_TEST(here->value("SELECT state FROM core_work_items") == "CANCELLED");
    BOOST_TEST(here->value("SELECT coalesce(max(generation), 0) FROM core_partitions") == "0");
    BOOST_TEST(here->store->check().empty());
}

BOOST_AUTO_TEST_CASE(a_failure_is_its_record_alone) {
    auto start = begun_step();
    unit::Failure failure;
    failure.category = unit::Category::data_quality;
    failure.message = "bad";
    BOOST_TEST(committed(start.unit->commit(failure)));
    BOOST_TEST((told.at(0).how == Ended::How::failed));
    BOOST_TEST(count("core_executions") == "0");
    BOOST_TEST(here->store->check().empty());
}

BOOST_AUTO_TEST_CASE(what_it_found_makes_it_an_execution) {
    auto start = begun_step();
    start.unit->anomaly(odd());
    BOOST_TEST(committed(start.unit->commit(unit::Done{{{"n", 7}}})));
    BOOST_TEST(told.at(0).execution_id == start.execution_id);
    BOOST_TEST(here->value("SELECT execution_id || status || run_id || step || metrics_json FROM core_executions") ==
               start.execution_id + "completed" + run.run_id + "read{\"n\":7}");
    BOOST_TEST(here->value("SELECT execution_id FROM core_anomalies") == start.execution_id);
    BOOST_TEST(here->value("SELECT execution_id FROM core_workflow_steps WHERE step = 'read'") == start.execution_id);
    BOOST_TEST(here->store->check().empty());
}

BOOST_AUTO_TEST_CASE(what_it_claims_is_held_against_everybody_and_given_back_at_its_end) {
    auto start = begun_step();
    BOOST_TEST(start.unit->claim(Process::partition("w1")).output.has_value());
    BOOST_TEST(here->value("SELECT status || partition_key FROM core_executions") == R"(running{"week":"w1"})");
    BOOST_TEST(here->value("SELECT item_key || state || fence FROM core_work_items") == R"(demo.weeks.note|{"week":"w1"}RUNNING1)");
    auto other = process();
    auto wish = other.request("note", "w2");
    auto rival = other.started(wish);
    const auto refused = rival.unit->claim(Process::partition("w1"));
    BOOST_TEST(!refused.output.has_value());
    BOOST_TEST(refused.holder.find(start.execution_id) != std::string::npos);
    BOOST_TEST(committed(start.unit->commit(unit::Done{})));
    BOOST_TEST(told.at(0).execution_id == start.execution_id);
    BOOST_TEST((told.at(0).partitions == std::vector{Process::partition("w1")}));
    BOOST_TEST(here->value("SELECT state FROM core_work_items ORDER BY id LIMIT 1") == "COMPLETE");
    BOOST_TEST(steps() == "read completed,total running");
}

BOOST_AUTO_TEST_CASE(it_claims_nothing_for_a_run_that_somebody_else_has) {
    auto start = begun_step();
    store::Connection{file, store::Connection::Mode::write}.exec("UPDATE core_workflow_runs SET locked_by = '9:somebody:p9'");
    const auto refused = start.unit->claim(Process::partition("w1"));
    BOOST_TEST(!refused.output.has_value());
    BOOST_TEST(refused.holder.find(run.run_id) != std::string::npos);
    BOOST_TEST(count("core_executions") == "0");
}

BOOST_AUTO_TEST_CASE(an_attempt_that_is_given_up_after_it_has_claimed_commits_nothing) {
    auto start = begun_step();
    BOOST_TEST(start.unit->claim(Process::partition("w1")).output.has_value());
    here->journal().give_up(start.execution_id);
    BOOST_TEST(std::holds_alternative<unit::Fenced>(start.unit->commit(unit::Done{})));
    BOOST_TEST(told.empty());
    BOOST_TEST(here->value("SELECT status FROM core_executions") == "cancelled");
    BOOST_TEST(here->store->check().empty());
}

BOOST_AUTO_TEST_SUITE_END()
