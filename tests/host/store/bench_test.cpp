#include "run_fixture.hpp"

#include "run/bench.hpp"
#include "store/workers.hpp"

#include <atomic>
#include <unistd.h>
#include <thread>

using namespace spine;
using namespace spine::test;

namespace {
std::string week(int number) { return "w" + std::to_string(number); }
} // namespace

BOOST_FIXTURE_TEST_SUITE(bench, RunFixture)

BOOST_AUTO_TEST_CASE(what_one_bench_works_on_is_busy_for_the_others_of_its_process) {
    auto process = this->process();
    auto& benches = process.store->benches(catalogue);
    auto one = benches.open(), other = benches.open();
    auto first = one->executions().start(process.planned("read", "w1"));
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Started>(first));
    const auto second = other->executions().start(process.planned("read", "w1"));
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Busy>(second));
    const auto& holder = std::get<run::Busy>(second).holder;
    BOOST_TEST(holder.find("process " + std::to_string(::getpid()) + ", since") != std::string::npos);
    BOOST_TEST(std::holds_alternative<run::Busy>(process.journal().start(process.planned("read", "w1"))));
    BOOST_TEST(committed(Process::read_into(*std::get<run::Started>(first).unit, {{"A", 1}})));
}

BOOST_AUTO_TEST_CASE(what_a_closed_bench_left_is_adopted_by_another_one_and_what_a_bench_lost_by_itself) {
    auto process = this->process();
    auto& benches = process.store->benches(catalogue);
    auto one = benches.open(), other = benches.open();
    const auto first = one->executions().start(process.planned("read", "w1"));
    const auto id = std::get<run::Started>(first).execution_id;
    const auto again = one->executions().start(process.planned("read", "w1"));
    BOOST_TEST(std::get<run::Started>(again).execution_id == id);
    one.reset();
    const auto adopted = other->executions().start(process.planned("read", "w1"));
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Started>(adopted));
    BOOST_TEST(std::get<run::Started>(adopted).execution_id == id);
    BOOST_TEST(std::get<run::Started>(adopted).attempt == 3);
}

BOOST_AUTO_TEST_CASE(the_bench_of_a_dead_process_is_dead_and_that_of_a_living_one_lives) {
    auto dead = mortal();
    auto& benches = dead->store->benches(catalogue);
    auto bench = benches.open();
    const auto first = bench->executions().start(dead->planned("read", "w1"));
    const auto id = std::get<run::Started>(first).execution_id;
    auto heir = process();
    BOOST_TEST(std::holds_alternative<run::Busy>(heir.journal().start(heir.planned("read", "w1"))));
    bench.reset();
    dead.reset();
    const auto adopted = heir.journal().start(heir.planned("read", "w1"));
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Started>(adopted));
    BOOST_TEST(std::get<run::Started>(adopted).execution_id == id);
}

BOOST_AUTO_TEST_CASE(a_run_is_the_process_s_and_any_bench_of_it_may_write) {
    auto process = this->process();
    auto& benches = process.store->benches(catalogue);
    auto one = benches.open(), other = benches.open();
    const auto run = std::get<run::Owned>(one->runs().open(wanted())).run;
    auto wish = process.planned("read", "w1");
    wish.run_id = run.run_id;
    wish.step = "read";
    wish.follow = [&](const run::Ended& ended) {
        auto along = after_read(run);
        along.steps[0].execution_id = ended.execution_id;
        return std::optional{along};
    };
    auto start = other->executions().start(wish);
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Started>(start));
    BOOST_TEST(committed(Process::read_into(*std::get<run::Started>(start).unit, {{"A", 1}})));
    BOOST_TEST((other->runs().look(run.run_id)->steps.back() == begun("total")));
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(threads_read_weeks_side_by_side_and_every_row_is_there) {
    constexpr int threads_many = 6, each = 20;
    auto process = this->process();
    auto& benches = process.store->benches(catalogue);
    std::atomic<int> good = 0;
    // Requests first: ids and randomness are for one thread.
    std::vector<std::vector<run::Request>> wishes(threads_many);
    for (int who = 0; who < threads_many; ++who)
        for (int i = 0; i < each; ++i)
            wishes[static_cast<std::size_t>(who)].push_back(process.planned("read", week(who * each + i)));
    std::vector<std::thread> threads;
    for (int who = 0; who < threads_many; ++who)
        threads.emplace_back([&, who] {
            const auto bench = benches.open();
            for (const auto& wish : wishes[static_cast<std::size_t>(who)]) {
                auto start = bench->executions().start(wish);
                if (auto* started = std::get_if<run::Started>(&start))
                    good += committed(Process::read_into(*started->unit, {{"S" + std::to_string(who), 1}, {"B", 2}})) ? 1 : 0;
            }
        });
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(good == threads_many * each);
    BOOST_TEST(process.value("SELECT count(*) FROM demo_raw") == std::to_string(2 * threads_many * each));
    BOOST_TEST(process.value("SELECT count(*) FROM core_executions WHERE status = 'completed'") ==
               std::to_string(threads_many * each));
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(threads_that_want_the_same_week_do_it_once) {
    auto process = this->process();
    auto& benches = process.store->benches(catalogue);
    std::vector<run::Request> wishes;
    for (int who = 0; who < 8; ++who)
        wishes.push_back(process.planned("read", "w1"));
    std::atomic<int> began = 0, busy = 0;
    std::atomic<bool> go = false;
    std::vector<std::thread> threads;
    for (int who = 0; who < 8; ++who)
        threads.emplace_back([&, who] {
            const auto bench = benches.open();
            go.wait(false);
            const auto start = bench->executions().start(wishes[static_cast<std::size_t>(who)]);
            began += std::holds_alternative<run::Started>(start) ? 1 : 0;
            busy += std::holds_alternative<run::Busy>(start) ? 1 : 0;
            go.wait(true); // the winner keeps its bench until all have asked
        });
    go = true;
    go.notify_all();
    while (began + busy < 8)
        std::this_thread::yield();
    go = false;
    go.notify_all();
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(began == 1);
    BOOST_TEST(busy == 7);
}

BOOST_AUTO_TEST_SUITE_END()
