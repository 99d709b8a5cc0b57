#include "run/due.hpp"
#include "run/retry.hpp"
#include "support/sample_plugin.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;
using std::chrono::milliseconds;

namespace {
unit::Input input(const std::string& week, const std::string& capture, std::optional<std::uint32_t> output = {}) {
    unit::Input made;
    made.output = output;
    made.row.partition = {"demo.weeks", unit::partition_key({{"week", week}})};
    made.row.stage = "RAW";
    made.row.capture_id = capture;
    made.row.inputs_sha256 = "made of " + capture;
    return made;
}
const auto total = pipeline("total", "TOTALLED", {"RAW"});
} // namespace

BOOST_AUTO_TEST_SUITE(due)

BOOST_AUTO_TEST_CASE(the_digest_changes_with_capture_version_upstream_and_shaping_parameters_only) {
    const auto digest = [](const workflow::Pipeline& p, const boost::json::object& params, const unit::Input& in) {
        return run::inputs_digest(p, params, {in}, 0);
    };
    const auto base = digest(total, {}, input("w1", "c1"));
    BOOST_TEST(base == digest(total, {{"week", "w1"}}, input("w1", "c1")));
    BOOST_TEST(base != digest(total, {}, input("w1", "c2")));
    auto upstream = input("w1", "c1");
    upstream.row.inputs_sha256 = "made otherwise";
    BOOST_TEST(base != digest(total, {}, upstream));
    auto newer = total;
    newer.calc_version = "2";
    BOOST_TEST(base != digest(newer, {}, input("w1", "c1")));
    auto shaped = total;
    shaped.parameters[0].in_digest = true;
    BOOST_TEST(digest(shaped, {{"week", "w1"}}, input("w1", "c1")) != digest(shaped, {{"week", "w2"}}, input("w1", "c1")));
}

BOOST_AUTO_TEST_CASE(only_the_outputs_that_changed_are_due_with_their_own_inputs) {
    run::Plan plan;
    plan.outputs = {{"demo.weeks", "a"}, {"demo.weeks", "b"}};
    plan.inputs = {input("a", "c1", 0), input("b", "c2", 1), input("x", "c3")};
    run::add_digests(plan, total, {});
    unit::ManifestRow done;
    done.inputs_sha256 = plan.digests[0];
    const auto due = run::decide_due(total, plan, {done, std::nullopt}, false);
    BOOST_TEST(due.any);
    const auto left = run::only_due(plan, due);
    BOOST_TEST_REQUIRE(left.outputs.size() == 1u);
    BOOST_TEST(left.outputs[0].key == "b");
    BOOST_TEST_REQUIRE(left.inputs.size() == 2u);
    BOOST_TEST(*left.inputs[0].output == 0u);
    BOOST_TEST(!left.inputs[1].output);
    BOOST_TEST(run::decide_due(total, plan, {done, std::nullopt}, true).outputs.size() == 2u);
}

BOOST_AUTO_TEST_CASE(history_and_what_has_no_stage_are_always_due) {
    run::Plan plan;
    plan.outputs = {{"demo.weeks", "a"}};
    run::add_digests(plan, total, {});
    unit::ManifestRow done;
    done.inputs_sha256 = plan.digests[0];
    BOOST_TEST(!run::decide_due(total, plan, {done}, false).any);
    BOOST_TEST(run::decide_due(pipeline("sleep", ""), plan, {done}, false).any);
    plan.historic = true;
    BOOST_TEST(run::decide_due(total, plan, {done}, false).any);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(retry)

BOOST_AUTO_TEST_CASE(delays_grow_to_a_ceiling_and_stay_within_their_jitter) {
    const run::RetryPolicy policy{5, milliseconds{100}, 4.0, milliseconds{1000}};
    unit::Failure failure;
    failure.category = unit::Category::transient;
    BOOST_TEST(run::delay_before(policy, failure, 2, 0.0)->count() == 50);
    BOOST_TEST(run::delay_before(policy, failure, 2, 0.999)->count() == 99);
    BOOST_TEST(run::delay_before(policy, failure, 3, 0.0)->count() == 200);
    BOOST_TEST(run::delay_before(policy, failure, 5, 0.0)->count() == 500);
    BOOST_TEST(!run::delay_before(policy, failure, 6, 0.0));
}

BOOST_AUTO_TEST_CASE(the_failures_own_word_comes_before_its_category) {
    const run::RetryPolicy policy;
    unit::Failure failure;
    failure.category = unit::Category::transient;
    failure.retry = unit::Retry::never;
    BOOST_TEST(!run::delay_before(policy, failure, 2, 0.0));
    failure.category = unit::Category::data_quality;
    BOOST_TEST(!run::delay_before(policy, failure, 2, 0.0));
    failure.retry = unit::Retry::now;
    BOOST_TEST(run::delay_before(policy, failure, 2, 0.0)->count() == 0);
    failure.retry = unit::Retry::backoff;
    failure.backoff = std::chrono::hours{1};
    BOOST_TEST(run::delay_before(policy, failure, 2, 0.0)->count() == policy.delay_max.count());
}

BOOST_AUTO_TEST_SUITE_END()
