#include "store_fixture.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;

BOOST_FIXTURE_TEST_SUITE(claim, StoreFixture)

BOOST_AUTO_TEST_CASE(a_key_that_is_live_elsewhere_names_its_holder) {
    auto one = process(), other = process();
    const auto start = one.started(one.planned("read", "w1"));
    auto answer = other.journal().start(other.planned("read", "w1"));
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Busy>(answer));
    BOOST_TEST(std::get<run::Busy>(answer).holder.find(start.execution_id) != std::string::npos);
    BOOST_TEST(std::get<run::Busy>(answer).holder.find("process ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_unfinished_execution_of_a_dead_process_is_adopted) {
    auto dead = mortal();
    const auto first = dead->started(dead->planned("read", "w1"));
    const auto id = first.execution_id;
    const auto batch = first.batch_id;
    dead.reset();
    auto heir = process();
    clock.advance(std::chrono::hours{1});
    auto next = heir.started(heir.planned("read", "w1"));
    BOOST_TEST(next.adopted);
    BOOST_TEST(next.execution_id == id);
    BOOST_TEST(next.batch_id == batch);
    BOOST_TEST(next.attempt == 2);
    BOOST_TEST(next.created_at == "2026-01-03T04:15:01.000Z");
    BOOST_TEST(committed(Process::read_into(*next.unit, {{"A", 1}})));
    BOOST_TEST(heir.value("SELECT count(*) FROM core_executions") == "1");
    BOOST_TEST(heir.value("SELECT fence FROM core_work_items") == "2");
}

BOOST_AUTO_TEST_CASE(an_execution_whose_process_died_is_shown_as_interrupted) {
    auto dead = mortal();
    auto reader = process();
    const auto id = dead->started(dead->planned("read", "w1")).execution_id;
    const auto states = [&](const std::string& state) {
        control::Filter filter;
        filter.status = state;
        std::string found;
        for (const auto& row : reader.store->executions(filter).rows)
            found += std::string{row[12].get_string()} + " ";
        return found;
    };
    BOOST_TEST(states("running") == "running ");
    BOOST_TEST(states("interrupted") == "");
    dead.reset();
    BOOST_TEST(states("running") == "");
    BOOST_TEST(states("Interrupted") == "interrupted ");
    BOOST_TEST(states("") == "interrupted ");
    BOOST_TEST(reader.store->execution(id).at("status") == "interrupted");
}

BOOST_AUTO_TEST_CASE(work_that_this_process_lost_to_an_error_is_taken_up_again) {
    auto process = this->process();
    const auto id = process.started(process.planned("read", "w1")).execution_id; // its unit is gone, nothing was committed
    auto again = process.started(process.planned("read", "w1"));
    BOOST_TEST(again.execution_id == id);
    BOOST_TEST(again.attempt == 2);
    BOOST_TEST(committed(Process::read_into(*again.unit, {{"A", 1}})));
}

BOOST_AUTO_TEST_CASE(work_that_killed_its_process_three_times_is_closed_and_begun_anew) {
    std::string first;
    for (int i = 0; i < 3; ++i) {
        auto dead = mortal();
        const auto id = dead->started(dead->planned("read", "w1")).execution_id;
        if (i == 0)
            first = id;
        BOOST_TEST(id == first);
    }
    auto last = process();
    const auto fresh = last.started(last.planned("read", "w1"));
    BOOST_TEST(fresh.execution_id != first);
    BOOST_TEST(fresh.attempt == 1);
    BOOST_TEST(last.value("SELECT error_category FROM core_executions WHERE execution_id = '" + first + "'") == "CRASH");
}

BOOST_AUTO_TEST_CASE(a_partition_that_is_learned_while_working_is_claimed_once) {
    auto one = process(), other = process();
    auto wish = one.request("read", "");
    wish.params = {{"file", "a"}};
    auto first = one.started(wish);
    BOOST_TEST(*first.unit->claim(Process::partition("w1")).output == 0u);
    auto second_wish = other.request("read", "");
    second_wish.params = {{"file", "b"}};
    auto second = other.started(second_wish);
    const auto refused = second.unit->claim(Process::partition("w1"));
    BOOST_TEST(!refused.output);
    BOOST_TEST(refused.holder.find(first.execution_id) != std::string::npos);
    BOOST_TEST(*second.unit->claim(Process::partition("w2")).output == 0u);
    BOOST_TEST(committed(Process::read_into(*first.unit, {{"A", 1}})));
    BOOST_TEST(committed(Process::read_into(*second.unit, {{"B", 1}})));
    BOOST_TEST(one.value("SELECT group_concat(partition_key) FROM core_executions") == R"({"week":"w1"},{"week":"w2"})");
}

BOOST_AUTO_TEST_CASE(a_failed_attempt_may_be_tried_again_with_a_new_fence) {
    auto process = this->process();
    const auto wish = process.planned("read", "w1");
    auto start = process.started(wish);
    unit::Failure failure;
    failure.message = "once";
    BOOST_TEST(committed(start.unit->commit(failure)));
    auto again = process.journal().start_again(wish, start.execution_id);
    BOOST_TEST_REQUIRE(again.has_value());
    BOOST_TEST(again->attempt == 2);
    BOOST_TEST(committed(Process::read_into(*again->unit, {{"A", 1}})));
    BOOST_TEST(process.value("SELECT status || attempt FROM core_executions") == "completed2");
    BOOST_TEST(!process.journal().start_again(wish, start.execution_id).has_value());
}

BOOST_AUTO_TEST_CASE(a_completed_child_of_an_adopted_composite_is_not_done_again) {
    auto process = this->process();
    auto parent = process.started(process.request("all", "w1"));
    auto wish = process.planned("read", "w1");
    wish.parent_execution_id = parent.execution_id;
    auto child = process.started(wish);
    BOOST_TEST(committed(Process::read_into(*child.unit, {{"A", 1}})));
    wish.execution_id = "other";
    auto again = process.journal().start(wish);
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Recorded>(again));
    BOOST_TEST(std::get<run::Recorded>(again).execution_id == child.execution_id);
    BOOST_TEST(std::get<run::Recorded>(again).outputs.at("row_count").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(a_plan_that_no_longer_holds_is_made_again) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    const auto stale = process.planned("total", "w1");
    process.read_week("w1", {{"A", 2}});
    BOOST_TEST(std::holds_alternative<run::PlanAgain>(process.journal().start(stale)));
}

BOOST_AUTO_TEST_SUITE_END()
