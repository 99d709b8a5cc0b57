#include "run/rehearse_workflow.hpp"

#include "conductor_fixture.hpp"
#include "workflow/read_workflow.hpp"

using namespace spine;
using namespace spine::test;
namespace json = boost::json;

namespace {

struct Rehearsal : ConductorFixture {
    json::object around{{"env", "dev"}, {"flags", json::object{{"quick", true}}}};

    /// "a run, b skip; "
    std::string plan(const std::string& steps) {
        said.clear();
        const auto bench = benches.open();
        run::Runner runner{clock, random, bench->executions(), invoker, catalogue, {}, cancel, [](const auto&) {}};
        auto read = workflow::read_workflow("name: demo.flow\ndomain: demo\n" + steps, "demo.yaml");
        BOOST_TEST_REQUIRE(std::holds_alternative<workflow::Definition>(read));
        std::string text;
        for (const auto& one : run::rehearse(runner, catalogue, std::get<workflow::Definition>(read).workflow, {{"n", 7}}, around)) {
            text += one.step + (one.what == run::PlannedStep::What::run    ? " run, "
                                : one.what == run::PlannedStep::What::skip ? " skip, "
                                                                           : " unknown, ");
            said += one.reason + "\n";
        }
        return text;
    }
    std::string said; ///< a line a step
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rehearse_workflow, Rehearsal)

BOOST_AUTO_TEST_CASE(steps_that_wait_or_begin_others_are_foretold) {
    BOOST_TEST(plan(R"(
steps:
  - {name: pause, type: wait, seconds: 60}
  - {name: ok, type: approval, approvers: [ann, bob], message: Go on}
  - {name: soon, type: approval, approvers: [ann], message: Go on, auto_approve_envs: [dev]}
  - {name: below, type: workflow, workflow: demo.child}
  - name: each
    type: map
    items: [1, 2, 3]
    steps:
      - {name: a, type: pipeline, pipeline: demo.a}
)") == "pause run, ok run, soon run, below run, each run, ");
    BOOST_TEST(said == "waits 60 seconds\nwaits for an approval by ann, bob\nis approved by itself in dev\ndoes a run of demo.child\n"
                       "1 step for each of 3 items\n");
    BOOST_TEST(invoker.calls.empty());
}

BOOST_AUTO_TEST_CASE(items_that_come_out_of_a_lambda_are_not_known) {
    plan(R"(
steps:
  - {name: b, type: lambda, handler: demo.steps.b}
  - name: each
    type: map
    items: $.outputs.b.weeks
    steps:
      - {name: a, type: pipeline, pipeline: demo.a}
)");
    BOOST_TEST(said.find("1 step for each of $.outputs.b.weeks, which is not known before it runs") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(conditions_see_flags) {
    BOOST_TEST(plan(R"(
steps:
  - {name: a, type: lambda, handler: demo.steps.a, when: flags.quick}
  - {name: b, type: lambda, handler: demo.steps.b, when: not flags.quick}
)") == "a run, b skip, ");
}

BOOST_AUTO_TEST_CASE(steps_side_by_side_are_told_in_an_order_in_which_they_could_be_done) {
    BOOST_TEST(plan(R"(
execution: parallel
steps:
  - {name: c, type: lambda, handler: demo.steps.c, depends_on: [b]}
  - {name: b, type: lambda, handler: demo.steps.b, depends_on: [route]}
  - {name: a, type: lambda, handler: demo.steps.a, depends_on: [route]}
  - {name: route, type: choice, condition: n > 5, then_step: a, else_step: b}
)") == "route run, b skip, a run, c skip, ");
}

BOOST_AUTO_TEST_CASE(a_choice_that_is_left_out_is_told_to_leave_out_both_of_its_targets) {
    BOOST_TEST(plan(R"(
execution: parallel
steps:
  - {name: first, type: choice, condition: n > 5, then_step: a, else_step: b}
  - {name: a, type: lambda, handler: demo.steps.a}
  - {name: b, type: lambda, handler: demo.steps.b}
  - {name: second, type: choice, condition: n > 5, then_step: c, else_step: d, depends_on: [b]}
  - {name: c, type: lambda, handler: demo.steps.c}
  - {name: d, type: lambda, handler: demo.steps.d}
  - {name: join, type: lambda, handler: demo.steps.a, depends_on: [a, c, d]}
)") == "first run, a run, b skip, second skip, c skip, d skip, join run, ");
}

BOOST_AUTO_TEST_SUITE_END()
