#include "store/fair_lock.hpp"

#include "env/ids.hpp"
#include "error.hpp"
#include "store/workers.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <atomic>
#include <fstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace spine;
using namespace spine::test;

BOOST_AUTO_TEST_SUITE(fair_lock)

BOOST_AUTO_TEST_CASE(one_at_a_time_and_each_in_turn) {
    TemporaryFolder folder;
    env::SystemClock clock;
    std::atomic<int> inside{0}, most{0};
    std::vector<int> turns(4, 0);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < turns.size(); ++t)
        threads.emplace_back([&, t] {
            store::FairLock lock{clock, folder.path() + "/l", true, {}};
            for (int i = 0; i < 200; ++i) {
                const store::FairLock::Guard guard{lock};
                most = std::max<int>(most, ++inside);
                ++turns[t];
                --inside;
            }
        });
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(most == 1);
    for (const auto count : turns)
        BOOST_TEST(count == 200);
}

BOOST_AUTO_TEST_CASE(the_kernel_frees_it_when_the_holder_dies) {
    TemporaryFolder folder;
    env::SystemClock clock;
    store::FairLock lock{clock, folder.path() + "/l", true, {}};
    const auto child = ::fork();
    if (child == 0) {
        store::FairLock own{clock, folder.path() + "/l", true, {}};
        const store::FairLock::Guard guard{own};
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST(WIFSIGNALED(status));
    const store::FairLock::Guard guard{lock}; // would wait for ever
}

BOOST_AUTO_TEST_CASE(a_long_wait_names_the_holder) {
    TemporaryFolder folder;
    ManualClock clock; // its sleep moves its time
    std::string heard;
    store::FairLock holder{clock, folder.path() + "/l", true, {}};
    auto guard = std::make_unique<store::FairLock::Guard>(holder);
    store::FairLock waiter{clock, folder.path() + "/l", true, [&](const std::string& text) {
                               heard = text;
                               guard.reset();
                           }};
    const store::FairLock::Guard mine{waiter};
    BOOST_TEST(heard.find("process " + std::to_string(::getpid())) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_lock_file_is_refused) {
    TemporaryFolder folder;
    env::SystemClock clock;
    std::ofstream{folder.path() + "/l"} << std::string(5000, 'x');
    BOOST_CHECK_THROW((store::FairLock{clock, folder.path() + "/l", true, {}}), Error);
}

BOOST_AUTO_TEST_CASE(a_worker_is_alive_until_its_process_lets_go) {
    TemporaryFolder folder;
    env::SystemRandom random;
    store::Workers here{random, folder.path() + "/w"};
    auto other = std::make_unique<store::Workers>(random, folder.path() + "/w");
    const auto name = other->self();
    BOOST_TEST(here.alive(name));
    BOOST_TEST(here.alive(here.self()));
    BOOST_TEST(other->alive(here.self()));
    other.reset();
    BOOST_TEST(!here.alive(name));
    store::Workers successor{random, folder.path() + "/w"}; // takes the same slot
    BOOST_TEST(!here.alive(name));
    BOOST_TEST(here.alive(successor.self()));
    BOOST_TEST(!here.alive("nonsense"));
    BOOST_TEST(!here.alive("99999999:x:p1"));
}

BOOST_AUTO_TEST_SUITE_END()
