#include "control/control.hpp"
#include "support/fake_library.hpp"
#include "support/fake_store.hpp"
#include "support/manual_clock.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;

namespace {
struct Setup {
    test::ManualClock clock;
    test::CountingRandom random;
    test::StoreScript script;
    test::FakeStores stores{script};
    test::FakeLibraries libraries;
    run::CancelToken cancel;

    Setup() { libraries.library.plugins = test::demo_catalogue(); }

    control::RunAnswer run(const control::RunRequest& request) {
        return control::run_pipeline(request, clock, random, stores, libraries, cancel, {});
    }
    control::RunReport report(const control::RunRequest& request) {
        auto answer = run(request);
        BOOST_TEST_REQUIRE(std::holds_alternative<control::RunReport>(answer));
        return std::get<control::RunReport>(std::move(answer));
    }
    control::BadRequest bad(const control::RunRequest& request) {
        auto answer = run(request);
        BOOST_TEST_REQUIRE(std::holds_alternative<control::BadRequest>(answer));
        BOOST_TEST(script.calls.empty()); // the store was not even opened
        return std::get<control::BadRequest>(std::move(answer));
    }
};

run::Result result(run::Result::Status status, int failure_code) {
    run::Result made;
    made.status = status;
    if (failure_code >= 0) {
        made.failure.emplace();
        made.failure->exit_code = failure_code;
    }
    return made;
}
} // namespace

BOOST_FIXTURE_TEST_SUITE(run_pipeline, Setup)

BOOST_AUTO_TEST_CASE(a_good_request_is_done_with_canonical_parameters) {
    libraries.library.scripted.work["demo.numbers.count"] = [](const run::Call& call, auto&, auto&) {
        return unit::Outcome{unit::Done{{{"tier", call.params.at("tier")}}}};
    };
    const auto done = report({"demo.count", {{"tier", "1"}}, false, false});
    BOOST_TEST((done.result.status == run::Result::Status::completed));
    BOOST_TEST(done.params.at("tier").get_string() == "NMS_TIER_1");
    BOOST_TEST(done.params.at("weeks_back").get_int64() == 6);
    BOOST_TEST(done.result.outputs.at("tier").get_string() == "NMS_TIER_1");
    BOOST_TEST(script.committed.size() == 1u);
    BOOST_TEST(script.calls == (std::vector<std::string>{"open write", "close"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_unknown_pipeline_is_not_found_and_names_the_nearest) {
    const auto refused = bad({"demo.cuont", {}, false, false});
    BOOST_TEST(refused.exit_code == 4);
    BOOST_TEST_REQUIRE(refused.faults.size() == 1u);
    BOOST_TEST(refused.faults[0].where == "pipeline 'demo.cuont'");
    BOOST_TEST(refused.faults[0].hint == "did you mean 'demo.numbers.count'?");
    BOOST_TEST(bad({"far.away.from.all", {}, false, false}).faults[0].hint ==
               "a plugin file was refused: lacks the entry 'spine_plugin_query'; build it with spine_add_plugin()");
}

BOOST_AUTO_TEST_CASE(a_bare_name_of_several_pipelines_names_them) {
    auto second = libraries.library.plugins.plugins[0];
    second.id = "other";
    second.pipelines[0].name = "other.count";
    second.pipelines[0].domain = "other";
    libraries.library.plugins.plugins.push_back(second);
    const auto refused = bad({"count", {}, false, false});
    BOOST_TEST(refused.exit_code == 4);
    BOOST_TEST(refused.faults[0].hint == "say which: demo.numbers.count, other.count");
}

BOOST_AUTO_TEST_CASE(wrong_parameters_are_all_reported_before_anything_is_opened) {
    const auto refused = bad({"count", {{"teir", "OTC"}, {"week_ending", "x"}}, false, false});
    BOOST_TEST(refused.exit_code == 3);
    BOOST_TEST(refused.faults.size() == 3u);
}

BOOST_AUTO_TEST_CASE(migrations_that_wait_are_applied_first_for_this_plugin_alone) {
    auto second = libraries.library.plugins.plugins[0];
    second.id = "other";
    second.pipelines.clear();
    libraries.library.plugins.plugins.push_back(second);
    script.info.pending = {{"demo", 25, "liquidity"}};
    const auto done = report({"idle", {}, false, false});
    BOOST_TEST_REQUIRE(done.migrated.size() == 1u);
    BOOST_TEST(done.migrated[0].version == 25u);
    BOOST_TEST(script.calls == (std::vector<std::string>{"open write", "migrate demo", "close"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_dry_run_opens_for_reading_migrates_nothing_and_commits_nothing) {
    script.info.pending = {{"demo", 25, "liquidity"}};
    const auto planned = report({"idle", {}, false, true});
    BOOST_TEST((planned.result.status == run::Result::Status::planned));
    BOOST_TEST(planned.migrated.size() == 1u);
    BOOST_TEST(script.committed.empty());
    BOOST_TEST(script.calls == (std::vector<std::string>{"open read", "close"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_a_store_the_error_says_how_to_make_one) {
    script.exists = false;
    BOOST_CHECK_EXCEPTION(run({"idle", {}, false, false}), Error, [](const Error& error) {
        return error.code() == ErrorCode::not_found && error.hint() == "run 'spine db init' first";
    });
}

struct Case {
    run::Result::Status status;
    int failure_code; ///< -1: no failure
    int expected;
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << static_cast<int>(c.status) << "/" << c.failure_code;
}
const Case cases[] = {
    {run::Result::Status::completed, -1, 0}, {run::Result::Status::skipped, -1, 0},
    {run::Result::Status::planned, -1, 0},   {run::Result::Status::failed, 6, 6},
    {run::Result::Status::failed, 5, 5},     {run::Result::Status::failed, 0, 1},
    {run::Result::Status::failed, -1, 1},    {run::Result::Status::cancelled, 130, 130},
    {run::Result::Status::cancelled, 1, 1},  {run::Result::Status::cancelled, -1, 1},
};
BOOST_DATA_TEST_CASE(every_result_has_its_exit_code, boost::unit_test::data::make(cases), c) {
    BOOST_TEST(control::exit_code(result(c.status, c.failure_code)) == c.expected);
}

BOOST_AUTO_TEST_SUITE_END()
