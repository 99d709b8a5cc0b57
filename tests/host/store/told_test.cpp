#include "store_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;

namespace {
bool tells(const Process& process, const std::string& words) { return process.log.text().find(words) != std::string::npos; }
} // namespace

BOOST_FIXTURE_TEST_SUITE(told, StoreFixture)

BOOST_AUTO_TEST_CASE(a_migration_a_claim_and_a_commit_are_told_with_their_fields) {
    auto one = process();
    BOOST_TEST(tells(one, "debug migration applied owner=core number=1 "));
    auto wish = one.planned("read", "w1");
    wish.run_id = ""; // a direct execution
    auto start = one.started(wish);
    const auto about = "pipeline=demo.weeks.read execution=" + start.execution_id + " attempt=1";
    BOOST_TEST(tells(one, "debug claimed " + about + " outputs={\"week\":\"w1\"} reason="));
    BOOST_TEST(!tells(one, "debug committed"));
    BOOST_TEST(committed(Process::read_into(*start.unit, {{"A", 1}})));
    BOOST_TEST(tells(one, "debug committed " + about + " outputs={\"week\":\"w1\"} end=completed rows=1 rejects=0 checks=0"));
}

BOOST_AUTO_TEST_CASE(work_that_is_held_or_not_due_is_told_with_its_reason) {
    auto one = process(), other = process();
    {
        const auto start = one.started(one.planned("read", "w1"));
        other.journal().start(other.planned("read", "w1"));
        BOOST_TEST(tells(other, "debug held by another pipeline=demo.weeks.read outputs={\"week\":\"w1\"} reason="));
        BOOST_TEST(tells(other, start.execution_id));
        BOOST_TEST(committed(Process::read_into(*start.unit, {{"A", 1}})));
    }
    auto total = one.planned("total", "w1");
    one.total_into(*one.started(total).unit);
    one.journal().start(one.planned("total", "w1"));
    BOOST_TEST(tells(one, "debug not due pipeline=demo.weeks.total "));
    BOOST_TEST(tells(one, "inputs=RAW of {\"week\":\"w1\"} reason="));
}

BOOST_AUTO_TEST_CASE(an_end_that_comes_too_late_is_told_as_fenced) {
    auto slow = mortal();
    auto start = slow->started(slow->planned("read", "w1"));
    auto other = process();
    BOOST_TEST(other.journal().give_up(start.execution_id));
    BOOST_TEST(!committed(Process::read_into(*start.unit, {{"A", 1}})));
    BOOST_TEST(tells(*slow, "debug fenced pipeline=demo.weeks.read execution=" + start.execution_id));
    BOOST_TEST(!tells(*slow, "debug committed"));
}

BOOST_AUTO_TEST_SUITE_END()
