/// Threads inside of plugins: what they do is known, and one that does not come back is left behind and touches nothing any more.
#include "process/guests.hpp"

#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace spine::process;
using namespace std::chrono_literals;

namespace {

/// What this process says on standard error and how it ends, when it does that in a child.
template <typename Body> std::pair<int, std::string> in_a_child(Body&& body) {
    std::array<int, 2> words{};
    BOOST_REQUIRE(::pipe(words.data()) == 0);
    const auto child = ::fork();
    if (child == 0) {
        ::dup2(words[1], STDERR_FILENO);
        body();
        ::_exit(99);
    }
    ::close(words[1]);
    std::string said;
    std::array<char, 512> some{};
    for (ssize_t got = 0; (got = ::read(words[0], some.data(), some.size())) > 0;)
        said.append(some.data(), static_cast<std::size_t>(got));
    ::close(words[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), said};
}

std::string visits() {
    std::array<char, 600> text{};
    return {text.data(), describe_visits(text.data(), text.size())};
}

} // namespace

BOOST_AUTO_TEST_SUITE(guests)

BOOST_AUTO_TEST_CASE(what_a_thread_does_in_a_plugin_is_known_while_it_does_it) {
    auto* guest = this_guest();
    BOOST_REQUIRE(guest != nullptr);
    BOOST_TEST(doing(guest) == "");
    {
        const Visit visit{"plugin 'a', pipeline a.whole", no_limit};
        BOOST_TEST(doing(guest) == "plugin 'a', pipeline a.whole");
        BOOST_TEST(!is_late(guest));
        {
            const HostCall dispatch;
            const Visit child{"plugin 'a', pipeline a.part", 1ns};
            BOOST_TEST(visits() == "plugin 'a', pipeline a.part");
            std::this_thread::sleep_for(1ms);
            BOOST_TEST(is_late(guest));
        }
        BOOST_TEST(visits() == "plugin 'a', pipeline a.whole");
    }
    BOOST_TEST(visits() == "");
}

BOOST_AUTO_TEST_CASE(a_thread_that_a_plugin_has_made_is_told_by_the_calls_that_are_being_made) {
    const Visit visit{"plugin 'a', pipeline a.whole", no_limit};
    std::string seen;
    std::thread{[&] { seen = visits(); }}.join();
    BOOST_TEST(seen == "plugin 'a', pipeline a.whole");
}

BOOST_AUTO_TEST_CASE(a_thread_in_the_host_is_not_forsaken_and_one_in_a_plugin_is) {
    // In a child, because the thread stays for ever.
    const auto [code, said] = in_a_child([] {
        std::atomic<Guest*> guest{nullptr};
        std::atomic<int> at{0};
        std::thread other{[&] {
            guest = this_guest();
            {
                const Visit visit{"plugin 'a', pipeline a.whole", no_limit};
                {
                    const HostCall inside;
                    at = 1;
                    while (at == 1)
                        std::this_thread::yield();
                }
                at = 3;
                while (at == 3)
                    std::this_thread::yield();
                const HostCall again; // stays here
                at = 5;
            }
            at = 6;
        }};
        while (at != 1)
            std::this_thread::yield();
        if (forsake(guest) || has_forsaken())
            ::_exit(1); // it is in the host
        at = 2;
        while (at != 3)
            std::this_thread::yield();
        if (!forsake(guest) || !has_forsaken())
            ::_exit(2);
        at = 4;
        std::this_thread::sleep_for(50ms);
        ::_exit(at == 4 ? 0 : 3);
    });
    BOOST_TEST(code == 0, said);
}

BOOST_AUTO_TEST_CASE(a_forsaken_thread_does_not_come_back_from_its_visit) {
    const auto [code, said] = in_a_child([] {
        std::atomic<int> at{0};
        std::atomic<Guest*> guest{nullptr};
        std::thread other{[&] {
            guest = this_guest();
            {
                const Visit visit{"plugin 'a', pipeline a.whole", no_limit};
                at = 1;
                while (at == 1)
                    std::this_thread::yield();
            }
            at = 3;
        }};
        while (at != 1)
            std::this_thread::yield();
        if (!forsake(guest))
            ::_exit(1);
        at = 2;
        std::this_thread::sleep_for(50ms);
        ::_exit(at == 2 ? 0 : 2);
    });
    BOOST_TEST(code == 0, said);
}

BOOST_AUTO_TEST_CASE(a_call_that_nobody_minds_ends_the_process_after_its_limit_and_the_grace) {
    const auto [code, said] = in_a_child([] {
        const Visit visit{"plugin 'a', its init", 10ms};
        for (;;)
            std::this_thread::yield();
    });
    BOOST_TEST(code == 7);
    BOOST_TEST(said.find("plugin 'a', its init has not returned") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(a_call_that_somebody_minds_is_left_to_him) {
    const auto [code, said] = in_a_child([] {
        const Minded minded;
        const Visit visit{"plugin 'a', its init", 10ms};
        std::this_thread::sleep_for(grace + 600ms);
        ::_exit(is_late(this_guest()) ? 0 : 1);
    });
    BOOST_TEST(code == 0);
    BOOST_TEST(said == "");
}

BOOST_AUTO_TEST_SUITE_END()
