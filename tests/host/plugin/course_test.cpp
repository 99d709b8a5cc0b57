#include "probe.hpp"
#include "run/decide.hpp"
#include "workflow/course.hpp"
#include "workflow/json.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

namespace spine::plugin {
namespace {

run::LambdaResult ask(Probe& probe,
                      const std::function<void(spine::Course)>& asking,
                      const run::LambdaCall& call = {}) {
    return probe.lambda(
        [&](const spine_run* run) {
            return spine::guard(run, [&] { asking(spine::Check{run}.course()); });
        },
        call);
}

/// What a lambda gets that calls the interface like this, and goes on as if nothing had happened.
std::string
refusal(const std::function<spine_status(const spine_course_1&, const spine_run*)>& call) {
    Probe probe;
    const auto result = probe.lambda([&](const spine_run* run) {
        const auto* course = interface_from<spine_course_1>(run, SPINE_COURSE_ID);
        BOOST_TEST_REQUIRE(course != nullptr);
        BOOST_TEST(call(*course, run) == SPINE_INVALID_ARG);
        return SPINE_OK;
    });
    BOOST_TEST(!result.ok);
    BOOST_TEST(result.requests.empty());
    BOOST_TEST_REQUIRE(result.failure.has_value());
    BOOST_TEST((result.failure->category == unit::Category::configuration));
    return result.failure->message;
}

} // namespace

BOOST_AUTO_TEST_SUITE(course)

BOOST_AUTO_TEST_CASE(requests_come_in_the_form_and_order_that_they_are_judged_in) {
    Probe probe;
    const auto result = ask(probe, [](spine::Course course) {
        course.skip({"heavy", "gpu"}, "little data")
            .insert_before("load",
                           spine::Json{R"({"name":"cool_down","type":"wait","seconds":60})"})
            .insert_after("load", spine::Json{R"({"name":"then"})"})
            .replace("load", spine::Json{R"({"name":"load_2"})"})
            .retry("load", spine::Json{R"({"page":2})"})
            .retry("load")
            .spawn("part_1", "process_batch", spine::Json{R"({"part":0.1})"})
            .continue_as_new(spine::Json{R"({"cursor":"b17"})"});
    });
    BOOST_TEST_REQUIRE(result.ok);
    BOOST_TEST(workflow::json_text(result.requests) ==
               R"([{"skip":["heavy","gpu"],"reason":"little data"},)"
               R"({"insert_before":"load","step":{"name":"cool_down","type":"wait","seconds":60}},)"
               R"({"insert_after":"load","step":{"name":"then"}},)"
               R"({"replace":"load","step":{"name":"load_2"}},)"
               R"({"retry":"load","params":{"page":2}},)"
               R"({"retry":"load","params":{}},)"
               R"({"spawn":"part_1","workflow":"process_batch","params":{"part":0.1},"run_id":")" + run::spawned_id({}, "", 1, "part_1") + R"("},)"
               R"({"continue_as_new":{"cursor":"b17"}}])");
}

BOOST_AUTO_TEST_CASE(a_lambda_learns_the_id_of_the_run_that_it_spawns) {
    Probe probe;
    run::LambdaCall call;
    call.run_id = "run-1";
    call.generation = 2;
    call.begun = env::time_from("2026-01-03T04:15:00.000Z");
    std::string first, second;
    const auto result = ask(
        probe,
        [&](spine::Course course) {
            first = course.spawn_run("part_1", "process_batch");
            second = course.spawn_run("part_2", "process_batch");
        },
        call);
    BOOST_TEST_REQUIRE(result.ok);
    BOOST_TEST(first == run::spawned_id(call.begun, "run-1", 2, "part_1"));
    BOOST_TEST(first != second);
    BOOST_TEST(result.requests.at(0).at("run_id").as_string() == first);
    BOOST_TEST(result.requests.at(1).at("run_id").as_string() == second);
    BOOST_TEST(contains(refusal([](const auto& c, const auto* run) {
                            return c.spawn_run(run, str("a"), str("w"), {}, nullptr);
                        }),
                        "no place for the run's id"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_request_is_refused_by_name_and_cannot_be_shrugged_off) {
    const auto refused = [](const std::string& message, const char* words) {
        BOOST_TEST(contains(message, words), message);
    };
    const auto ok = str(R"({"name":"x"})");
    refused(refusal([](const auto& c, const auto* run) { return c.skip(run, nullptr, 1, {}); }),
            "course.skip: no step is named");
    const auto name = str("a");
    refused(refusal([&](const auto& c, const auto* run) { return c.skip(run, &name, 0, {}); }),
            "no step is named");
    refused(refusal([](const auto& c, const auto* run) {
                const spine_str names[] = {str("a"), {}};
                return c.skip(run, names, 2, {});
            }),
            "the name of a step is empty");
    refused(refusal([&](const auto& c, const auto* run) { return c.insert(run, 2, name, ok); }),
            "course.insert: side 2");
    refused(refusal([&](const auto& c, const auto* run) { return c.insert(run, 0, {}, ok); }),
            "beside it is empty");
    refused(refusal([&](const auto& c, const auto* run) { return c.insert(run, 0, name, {}); }),
            "the step is no JSON");
    refused(
        refusal([&](const auto& c, const auto* run) { return c.replace(run, name, str("[1]")); }),
        "course.replace: the step is no JSON object");
    refused(refusal([&](const auto& c, const auto* run) { return c.retry(run, name, str("{")); }),
            "course.retry: the parameters is no JSON");
    refused(refusal([&](const auto& c, const auto* run) { return c.spawn(run, name, {}, {}); }),
            "course.spawn: the name of the workflow is empty");
    refused(refusal([](const auto& c, const auto* run) {
                return c.continue_as_new(run, spine_str{"caf\xe9", 4});
            }),
            "course.continue_as_new: the parameters is not UTF-8");
}

BOOST_AUTO_TEST_CASE(a_request_has_64_KiB_however_it_is_spelled) {
    const auto step_of = [](std::size_t bytes) {
        return R"({"name":")" + std::string(bytes, 'x') + R"("})";
    };
    Probe probe;
    const auto fits = step_of(65'000);
    BOOST_TEST(
        ask(probe, [&](spine::Course course) { course.replace("a", spine::Json{fits}); }).ok);
    const auto large = step_of(65'536);
    BOOST_TEST(contains(refusal([&](const auto& c, const auto* run) {
                            return c.replace(run, str("a"), str(large));
                        }),
                        "too long"));
    // Each text is short enough and together they are not.
    BOOST_TEST(contains(refusal([&](const auto& c, const auto* run) {
                            return c.spawn(run, str("a"), str(fits), str(fits));
                        }),
                        "more than 65536"));
    // Few bytes that become many: a control character takes six.
    const std::string bells(20'000, '\x07');
    BOOST_TEST(contains(refusal([&](const auto& c, const auto* run) {
                            return c.spawn(run, str(bells), str("w"), {});
                        }),
                        "more than 65536"));
    const std::vector<spine_str> many(3'000, str("0123456789012345678901234567890123456789"));
    BOOST_TEST(contains(refusal([&](const auto& c, const auto* run) {
                            return c.skip(run, many.data(), 3'000, {});
                        }),
                        "exceed 64 KiB"));
}

BOOST_AUTO_TEST_CASE(a_lambda_may_ask_a_hundred_times) {
    Probe probe;
    const auto times = [&](std::size_t count) {
        return ask(probe, [&](spine::Course course) {
            for (std::size_t i = 0; i < count; ++i)
                course.retry("load");
        });
    };
    BOOST_TEST(times(workflow::requests_per_result_max).requests.size() == 100u);
    const auto more = times(workflow::requests_per_result_max + 1);
    BOOST_TEST(!more.ok);
    BOOST_TEST(contains(more.failure->message, "more than 100 requests"));
}

BOOST_AUTO_TEST_CASE(a_lambda_that_fails_asks_for_nothing) {
    Probe probe;
    const auto result = ask(probe, [](spine::Course course) {
        course.retry("load");
        throw spine::Error{SPINE_UNAVAILABLE, "no"};
    });
    BOOST_TEST(!result.ok);
    BOOST_TEST(result.requests.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spine::plugin
