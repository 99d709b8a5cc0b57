#include "random_workflow.hpp"
#include "workflow/difference.hpp"
#include "workflow/json.hpp"
#include "workflow/read_workflow.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace spine::workflow;

namespace {

Workflow read(const std::string& text) {
    auto answer = read_workflow(text, "w.yaml");
    BOOST_TEST_REQUIRE(answer.index() == 0u);
    return std::get<Definition>(std::move(answer)).workflow;
}

const std::string before = R"(name: w
defaults: {tier: OTC, weeks: 6}
steps:
- {name: a, pipeline: p.ingest}
- {name: b, pipeline: p.count, params: {weeks: 6}}
- {name: each, items: [1], steps: [{name: x, seconds: 1}, {name: y, seconds: 2}]}
- {name: c, handler: h.tell}
)";

} // namespace

BOOST_AUTO_TEST_SUITE(differences)

BOOST_AUTO_TEST_CASE(what_changed_is_told_field_by_field_and_step_by_step) {
    const auto after = read(R"(name: w
version: 2
defaults: {weeks: 12, tier: OTC}
flags: {fast: true}
policy: {on_failure: continue}
steps:
- {name: c, handler: h.tell}
- {name: a, pipeline: p.ingest, on_error: continue}
- {name: each, items: [1, 2], steps: [{name: y, seconds: 2}, {name: z, seconds: 5}]}
- {name: d, condition: fast, then_step: e}
- {name: e, pipeline: p.end, end: true}
on_failure: {step: {name: alarm, handler: h.tell}}
)");
    BOOST_TEST(as_text(difference(read(before), after)) == R"(version: 1 -> 2
defaults.weeks: 6 -> 12
flags.fast: true
policy.on_failure: "continue"
- b
> c
    follows: "each" -> null
~ a
    on_error: "continue"
~ each
    items: [1] -> [1,2]
- each/x
+ each/z
    follows: "y"
    type: "wait"
    seconds: 5
+ d
    follows: "each"
    type: "choice"
    condition: "fast"
    then_step: "e"
+ e
    follows: "d"
    type: "pipeline"
    pipeline: "p.end"
    end: true
+ on_failure/alarm
    follows: null
    type: "lambda"
    handler: "h.tell"
)");
}

BOOST_AUTO_TEST_CASE(as_json_values_are_values) {
    const auto after = read("name: w\ndefaults: {tier: OTC}\nsteps:\n- {name: a, pipeline: p.other}\n");
    const auto small = read("name: w\ndefaults: {weeks: [1]}\nsteps:\n- {name: a, pipeline: p.ingest}\n");
    BOOST_TEST(json_text(as_json(difference(small, after))) ==
               R"({"fields":[{"field":"defaults.weeks","before":[1],"after":null},{"field":"defaults.tier","before":null,"after":"OTC"}],)"
               R"("steps":[{"step":"a","kind":"changed","fields":[{"field":"pipeline","before":"p.ingest","after":"p.other"}]}]})");
}

BOOST_AUTO_TEST_CASE(equal_definitions_differ_in_nothing_and_others_in_something) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        const auto one = spine::test::RandomWorkflow{seed}.make();
        const auto again = read(write_workflow(one, seed % 2 == 0 ? Spelling::flat : Spelling::resource));
        BOOST_TEST(difference(one, again).empty(), "seed " << seed << "\n" << as_text(difference(one, again)));
        const auto other = spine::test::RandomWorkflow{seed + 1000}.make();
        BOOST_TEST(difference(one, other).empty() == (one == other), "seed " << seed);
        BOOST_TEST((difference(one, other) == difference(one, other)));
    }
}

BOOST_AUTO_TEST_CASE(the_fewest_steps_move) {
    auto one = read(before);
    auto other = one;
    std::ranges::rotate(other.steps, other.steps.begin() + 1);
    const auto found = difference(one, other);
    BOOST_TEST_REQUIRE(found.steps.size() == 1u);
    BOOST_TEST(found.steps.front().step == "a");
    BOOST_TEST((found.steps.front().kind == StepChange::Kind::moved));
}

BOOST_AUTO_TEST_SUITE_END()
