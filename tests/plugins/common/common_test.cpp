#include "common/plugin.hpp"
#include "support/fake_host.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

using namespace spine::fake;
namespace data = boost::unit_test::data;

namespace {

struct Common : Host {
    Common() : Host(*spine_common_query(SPINE_ABI_MAJOR, SPINE_ABI_MINOR)) {}
};

const std::vector<std::tuple<std::string, spine_status>> categories{
    {"DATA_QUALITY", SPINE_INVALID_DATA},
    {"QUALITY_GATE", SPINE_INVALID_DATA},
    {"STEP_ERROR", SPINE_PANIC},
    {"CONFIGURATION", SPINE_INVALID_ARG},
    {"TRANSIENT", SPINE_UNAVAILABLE},
    {"DEPENDENCY", SPINE_INVALID_STATE},
    {"TIMEOUT", SPINE_TIMEOUT},
    {"RESOURCE", SPINE_RESOURCE},
    {"INTERNAL", SPINE_INTERNAL}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(common, Common)

BOOST_AUTO_TEST_CASE(another_major_is_refused) {
    BOOST_TEST(spine_common_query(SPINE_ABI_MAJOR + 1, 0) == nullptr);
}

BOOST_AUTO_TEST_CASE(noop_succeeds) { BOOST_TEST(run("noop", {}).status == SPINE_OK); }

BOOST_AUTO_TEST_CASE(sleep_waits_through_the_host_a_second_at_a_time) {
    const Outcome outcome = run("sleep", {{"seconds", value(2.5)}});
    BOOST_TEST(outcome.status == SPINE_OK);
    const std::vector<std::uint64_t> expected{1000, 1000, 500};
    BOOST_TEST(outcome.waits_ms == expected, boost::test_tools::per_element());
    BOOST_TEST(run("sleep", {{"seconds", value(0.0)}}).waits_ms.empty());
}

BOOST_DATA_TEST_CASE(sleep_refuses_what_is_no_time, data::make({-1.0, 86400.5, 1e300}), seconds) {
    BOOST_TEST(run("sleep", {{"seconds", value(seconds)}}).status == SPINE_INVALID_ARG);
}

BOOST_DATA_TEST_CASE(fail_fails_with_the_category, data::make(categories), category, status) {
    const Outcome outcome = run("fail", {{"category", value(category)}});
    BOOST_TEST(outcome.status == status);
    BOOST_TEST(outcome.details == "{\"category\":\"" + category + "\"}");
    BOOST_TEST(outcome.message.find("on purpose with " + category) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(fail_stops_failing_after_so_many_attempts) {
    const Values twice{{"category", value("TRANSIENT")}, {"times", value(std::int64_t{2})}};
    for (const std::uint32_t number : {1U, 2U}) {
        attempt = number;
        BOOST_TEST(run("fail", twice).status == SPINE_UNAVAILABLE);
    }
    attempt = 3;
    BOOST_TEST(run("fail", twice).status == SPINE_OK);
    BOOST_TEST(run("fail", {{"times", value(std::int64_t{-1})}}).status == SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_SUITE_END()
