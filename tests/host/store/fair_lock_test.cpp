#include "store/fair_lock.hpp"

#include "env/ids.hpp"
#include "error.hpp"
#include "store/workers.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <limits>
#include <optional>
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

BOOST_AUTO_TEST_CASE(a_wait_has_an_end_and_says_who_holds_the_lock) {
    TemporaryFolder folder;
    ManualClock clock;
    store::FairLock holder{clock, folder.path() + "/l", true, {}};
    const store::FairLock::Guard guard{holder};
    store::FairLock waiter{clock, folder.path() + "/l", true, {}, {std::chrono::seconds{7}}};
    const auto begun = clock.monotonic();
    BOOST_CHECK_EXCEPTION(store::FairLock::Guard{waiter}, Error, [](const Error& error) {
        return error.code() == ErrorCode::unavailable && std::string{error.what()}.find("within 7 s: it is held by process " + std::to_string(::getpid())) != std::string::npos;
    });
    BOOST_TEST((clock.monotonic() - begun < std::chrono::seconds{8}));
}

BOOST_AUTO_TEST_CASE(a_holder_that_is_stopped_is_told_to_be_so) {
    TemporaryFolder folder;
    env::SystemClock clock;
    const auto path = folder.path() + "/l";
    store::FairLock waiter{clock, path, true, {}, {std::chrono::milliseconds{300}}};
    std::array<int, 2> ready{};
    BOOST_REQUIRE(::pipe(ready.data()) == 0);
    const auto child = ::fork();
    if (child == 0) {
        store::FairLock own{clock, path, true, {}};
        const store::FairLock::Guard guard{own};
        static_cast<void>(::write(ready[1], "x", 1));
        ::raise(SIGSTOP);
        ::_exit(0);
    }
    char byte = 0;
    BOOST_REQUIRE(::read(ready[0], &byte, 1) == 1);
    int status = 0;
    ::waitpid(child, &status, WUNTRACED);
    BOOST_CHECK_EXCEPTION(store::FairLock::Guard{waiter}, Error, [&](const Error& error) {
        return std::string{error.what()}.find("'kill -CONT " + std::to_string(child) + "'") != std::string::npos;
    });
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    const store::FairLock::Guard mine{waiter};
}

BOOST_AUTO_TEST_CASE(who_is_to_stop_waits_for_two_seconds_more_at_the_most) {
    TemporaryFolder folder;
    ManualClock clock;
    bool stop = false;
    const store::LockPatience patience{std::chrono::seconds{60}, [&] { return stop; }};
    store::FairLock holder{clock, folder.path() + "/l", true, {}};
    store::FairLock waiter{clock, folder.path() + "/l", true, {}, patience};
    stop = true;
    {
        const store::FairLock::Guard free{waiter}; // what can be had at once is had
    }
    const store::FairLock::Guard guard{holder};
    const auto begun = clock.monotonic();
    BOOST_CHECK_EXCEPTION(store::FairLock::Guard{waiter}, Error, [](const Error& error) { return error.code() == ErrorCode::interrupted; });
    BOOST_TEST((clock.monotonic() - begun >= std::chrono::seconds{2}));
    BOOST_TEST((clock.monotonic() - begun < std::chrono::seconds{3}));
}

BOOST_AUTO_TEST_CASE(two_never_hold_it_whatever_the_file_says_the_last_ticket_was) {
    TemporaryFolder folder;
    ManualClock clock;
    const auto path = folder.path() + "/l";
    const std::vector<std::int64_t> contents{0, -1, 1, 5, std::int64_t{1} << 41, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(), 0x6767676767676767};
    for (const auto before : contents)
        for (const auto meanwhile : contents) {
            const auto write = [&](std::int64_t ticket) {
                std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
                file.seekp(128);
                file.write(reinterpret_cast<const char*>(&ticket), sizeof ticket);
            };
            store::FairLock holder{clock, path, true, {}};
            write(before);
            std::optional<store::FairLock::Guard> guard{std::in_place, holder};
            write(meanwhile);
            store::FairLock waiter{clock, path, true, {}, {std::chrono::milliseconds{50}}};
            BOOST_CHECK_THROW(store::FairLock::Guard{waiter}, Error);
            guard.reset();
            const store::FairLock::Guard mine{waiter};
        }
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
