#include "env/clock.hpp"
#include "env/ids.hpp"
#include "error.hpp"
#include "support/manual_clock.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace spine;

BOOST_AUTO_TEST_SUITE(time_and_chance)

BOOST_AUTO_TEST_CASE(times_are_written_and_read_as_utc_text) {
    const auto time = env::time_from("2026-01-02T22:15:01.042Z");
    BOOST_TEST(env::to_text(time) == "2026-01-02T22:15:01.042Z");
    BOOST_TEST(env::to_stamp(time) == "20260102T221501");
    BOOST_TEST(env::to_day(time) == "20260102");
    BOOST_TEST(env::to_text(env::time_from("2026-01-02")) == "2026-01-02T00:00:00.000Z");
    BOOST_TEST(env::to_text(env::time_from("1969-12-31T23:59:59.999Z")) == "1969-12-31T23:59:59.999Z");
    for (const char* bad : {"", "yesterday", "2026-13-01", "2026-01-02T22:15", "2026-01-02T22:15:01.042Z now"})
        BOOST_CHECK_THROW(env::time_from(bad), Error);
}

BOOST_AUTO_TEST_CASE(ids_are_uuids_of_version_7_that_sort_by_time) {
    test::ManualClock clock;
    env::SystemRandom random;
    std::set<std::string> ids;
    std::string last;
    for (int i = 0; i < 1000; ++i) {
        const auto id = env::new_id(clock, random);
        BOOST_TEST(id.size() == 36u);
        BOOST_TEST(id[14] == '7');
        BOOST_TEST(std::string{"89ab"}.find(id[19]) != std::string::npos);
        BOOST_TEST(last.substr(0, 13) < id.substr(0, 13));
        ids.insert(id);
        last = id;
        clock.advance(std::chrono::milliseconds{1});
    }
    BOOST_TEST(ids.size() == 1000u);
}

BOOST_AUTO_TEST_CASE(ids_of_one_maker_sort_in_their_order_even_when_the_clock_stands_or_goes_back) {
    test::ManualClock clock;
    env::SystemRandom random;
    env::Ids ids{clock, random};
    std::string last;
    for (int i = 0; i < 10'000; ++i) {
        const auto id = ids.next();
        BOOST_TEST(last < id);
        last = id;
        if (i == 5000)
            clock.time -= std::chrono::hours{1};
    }
}

BOOST_AUTO_TEST_CASE(jitter_stays_in_its_bounds) {
    env::SystemRandom random;
    for (int i = 0; i < 1000; ++i) {
        const auto jitter = env::jitter(random);
        BOOST_TEST(jitter >= 0.0);
        BOOST_TEST(jitter < 1.0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
