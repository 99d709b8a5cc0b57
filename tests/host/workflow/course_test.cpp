#include "demo_plugins.hpp"
#include "random_workflow.hpp"
#include "workflow/course.hpp"
#include "workflow/json.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/validate.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

using namespace spine::workflow;
namespace json = boost::json;

namespace {

std::string told(const Diagnostics& faults) {
    std::string text;
    for (const auto& fault : faults)
        text += fault.where + ": " + fault.message + " [" + fault.hint + "]\n";
    return text;
}

Workflow read(const std::string& text) {
    auto answer = read_workflow(text, "w.yaml");
    if (const auto* faults = std::get_if<Diagnostics>(&answer))
        BOOST_FAIL(told(*faults));
    return std::get<Definition>(std::move(answer)).workflow;
}

const std::string in_order = R"(name: w
defaults: {file: x}
flags: {fast: false}
steps:
- {name: a, pipeline: demo.ingest}
- {name: pick, condition: fast, then_step: c, else_step: b}
- {name: b, pipeline: demo.idle, next: d}
- {name: c, pipeline: demo.idle}
- {name: d, pipeline: demo.idle, end: true, when: outputs.a.row_count > 0}
on_failure: {step: {name: alarm, handler: common.steps.tell}}
)";
const std::string side_by_side = R"(name: w
execution: parallel
steps:
- {name: a, pipeline: demo.idle}
- {name: b, pipeline: demo.idle, depends_on: [a]}
- {name: c, pipeline: demo.idle, depends_on: [b]}
)";

std::variant<std::vector<CourseRequest>, Diagnostics> course(const std::string& text) { return read_course(json_from(text).as_array()); }
CourseRequest request(const std::string& text) {
    const auto read = course("[" + text + "]");
    if (const auto* faults = std::get_if<Diagnostics>(&read))
        BOOST_FAIL(told(*faults));
    return std::get<std::vector<CourseRequest>>(read).front();
}
std::string refused(const std::string& text) {
    const auto read = course(text);
    const auto* faults = std::get_if<Diagnostics>(&read);
    return faults == nullptr ? std::string{} : told(*faults);
}
std::string judged(const std::string& text, const std::string& workflow = in_order) {
    return told(judge(request(text), read(workflow), spine::test::demo_plugins(), {"batch", "etl.part"}));
}
/// The steps after a request: names, jumps, needs.
std::string after(const std::string& text, const std::string& yaml = in_order) {
    auto workflow = read(yaml);
    spine::workflow::apply(request(text), workflow);
    std::string out;
    for (const auto& step : workflow.steps) {
        out += (out.empty() ? "" : " ") + step.name;
        if (const auto* choice = std::get_if<ChoiceStep>(&step.kind))
            out += "?" + choice->then_step + ":" + choice->else_step.value_or("-");
        for (const auto& need : step.depends_on)
            out += "<" + need;
        out += (step.next.empty() ? "" : ">" + step.next) + (step.end ? "." : "");
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(course_of_a_run)

BOOST_AUTO_TEST_CASE(a_step_in_json_is_the_step_in_yaml) {
    const std::string yaml = R"({"name": "s", "type": "map", "items": [1, 2.5, "no", null, {"a": "1e3"}], "item_name": "week", "steps":
        [{"name": "i", "pipeline": "demo.count", "params": {"tier": "$.params.week", "text": "a \"b\"\n\u00e9"}, "when": "item_index > 0"}], "retry": {"max_attempts": 2},
        "stage": "DONE", "end": true})";
    const auto wanted = read("name: w\nsteps: [" + yaml + "]\n").steps.front();
    const auto read = read_step(json_from(yaml));
    BOOST_TEST_REQUIRE(read.index() == 0u);
    BOOST_TEST((std::get<Step>(read) == wanted));
}

BOOST_AUTO_TEST_CASE(every_fault_of_a_step_is_told) {
    const auto read = read_step(json_from(R"({"name": "1s", "pipeline": 5, "when": "a +", "colour": 1})"));
    BOOST_TEST(told(std::get<Diagnostics>(read)) ==
               "step: step '1s': 'name' is no name of a step [write letters, digits, _ and -, not beginning with a digit or -, at most 64]\n"
               "step: step '1s', when: a value is missing at the end (character 4 of the condition) [write it such as: outputs.ingest.row_count > 0 and not skip]\n"
               "step: step '1s': unknown field 'colour' [known are config, depends_on, end, name, next, on_error, params, pipeline, retry, retry_policy, stage, "
               "timeout_seconds, type, when]\n");
    BOOST_TEST(read_step(json_from("[1]")).index() == 1u);
    json::value deep = "x";
    for (int i = 0; i < 70; ++i)
        deep = json::array{std::move(deep)};
    BOOST_TEST(read_step(json::object{{"name", "s"}, {"pipeline", "p"}, {"params", {{"a", deep}}}}).index() == 1u);
    BOOST_TEST(read_step(json::object{{"name", "s"}, {"pipeline", json::string(300'000, 'x')}}).index() == 1u);
}

BOOST_AUTO_TEST_CASE(every_request_is_read) {
    const auto read = course(R"([{"skip": ["b", "c"], "reason": "little"}, {"insert_before": "d", "step": {"name": "x", "seconds": 60}},
        {"insert_after": "d", "step": {"name": "y", "seconds": 60}}, {"replace": "c", "step": {"name": "c", "seconds": 1}},
        {"retry": "a", "params": {"page": 2}}, {"spawn": "p1", "workflow": "batch", "params": {"n": 1}}, {"continue_as_new": {"cursor": "b17"}}])");
    BOOST_TEST_REQUIRE(read.index() == 0u);
    const auto& all = std::get<std::vector<CourseRequest>>(read);
    BOOST_TEST_REQUIRE(all.size() == 7u);
    BOOST_TEST(std::get<SkipSteps>(all[0]).steps.size() == 2u);
    BOOST_TEST(std::get<SkipSteps>(all[0]).reason == "little");
    BOOST_TEST(std::get<InsertStep>(all[1]).before);
    BOOST_TEST(!std::get<InsertStep>(all[2]).before);
    BOOST_TEST(std::get<ReplaceStep>(all[3]).step.name == "c");
    BOOST_TEST(std::get<RetryStep>(all[4]).params.at("page").as_int64() == 2);
    BOOST_TEST(std::get<SpawnRun>(all[5]).workflow == "batch");
    BOOST_TEST(std::get<ContinueAsNew>(all[6]).params.at("cursor").as_string() == "b17");
}

BOOST_AUTO_TEST_CASE(requests_of_no_form_are_refused_all_at_once) {
    BOOST_TEST(refused(R"([5, {}, {"skipp": ["a"]}, {"skip": [], "why": 1}, {"skip": ["a"], "retry": "b"}, {"insert_after": "a"}, {"retry": "", "params": []}, {"spawn": "x"}])") ==
               "requests[0]: a request is an object, found is int64 [write {\"skip\": [\"STEP\"]}]\n"
               "requests[1]: nothing says what is asked for [known are skip, insert_before, insert_after, replace, retry, spawn, continue_as_new]\n"
               "requests[2]: nothing says what is asked for [did you mean 'skip'?]\n"
               "requests[3]: 'skip': unknown field 'why' [write {\"skip\": [\"STEP\"], \"reason\": \"…\"}]\n"
               "requests[3]: 'skip' is no list of names of steps [write {\"skip\": [\"STEP\"], \"reason\": \"…\"}]\n"
               "requests[4]: 'skip' and 'retry' stand in one request [make two requests of it]\n"
               "requests[5]: 'step' is missing [write {\"insert_after\": \"STEP\", \"step\": {…}}]\n"
               "requests[6]: 'retry' is no text, or an empty one [write {\"retry\": \"STEP\", \"params\": {…}}]\n"
               "requests[6]: 'params' is no object [write {\"retry\": \"STEP\", \"params\": {…}}]\n"
               "requests[7]: 'workflow' is missing [write {\"spawn\": \"NAME\", \"workflow\": \"WORKFLOW\", \"params\": {…}}]\n");
    json::array many(101, json::value{json::object{{"skip", "a"}}});
    BOOST_TEST(std::get<Diagnostics>(read_course(many)).front().message == "101 requests in one result; at most 100 are taken");
    BOOST_TEST(read_course(json::array{json::object{{"continue_as_new", {{"a", json::string(1'100'000, 'x')}}}}}).index() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_inserted_takes_its_place_in_the_order) {
    BOOST_TEST(after(R"({"insert_before": "c", "step": {"name": "x", "seconds": 1}})") == "a pick?x:b b>d x c d.");
    BOOST_TEST(after(R"({"insert_before": "d", "step": {"name": "x", "seconds": 1}})") == "a pick?c:b b>x c x d.");
    BOOST_TEST(after(R"({"insert_after": "b", "step": {"name": "x", "seconds": 1}})") == "a pick?c:b b x>d c d.");
    BOOST_TEST(after(R"({"insert_after": "d", "step": {"name": "x", "seconds": 1}})") == "a pick?c:b b>d c d x.");
    BOOST_TEST(after(R"({"insert_after": "pick", "step": {"name": "x", "seconds": 1, "next": "d"}})") == "a pick?c:b x>d b>d c d.");
    BOOST_TEST(after(R"({"replace": "c", "step": {"name": "x", "seconds": 1}})") == "a pick?x:b b>d x d.");
    BOOST_TEST(after(R"({"replace": "d", "step": {"name": "d", "seconds": 1}})") == "a pick?c:b b>d c d.");
    for (const auto* same : {R"({"skip": ["b"]})", R"({"retry": "a"})", R"({"spawn": "n", "workflow": "batch"})", R"({"continue_as_new": {}})"})
        BOOST_TEST(after(same) == "a pick?c:b b>d c d.");
}

BOOST_AUTO_TEST_CASE(side_by_side_what_is_inserted_takes_its_place_among_the_dependencies) {
    BOOST_TEST(after(R"({"insert_before": "b", "step": {"name": "x", "seconds": 1}})", side_by_side) == "a x<a b<a<x c<b");
    BOOST_TEST(after(R"({"insert_after": "b", "step": {"name": "x", "seconds": 1}})", side_by_side) == "a b<a x<b c<b<x");
    BOOST_TEST(after(R"({"replace": "b", "step": {"name": "x", "seconds": 1}})", side_by_side) == "a x<a c<x");
}

BOOST_AUTO_TEST_CASE(what_stays_a_workflow_is_granted) {
    for (const auto* good :
         {R"({"skip": ["b", "c"]})", R"({"insert_before": "d", "step": {"name": "x", "seconds": 1}})", R"({"replace": "c", "step": {"name": "c", "handler": "common.steps.tell"}})",
          R"({"insert_after": "a", "step": {"name": "x", "items": [1], "steps": [{"name": "y", "workflow": "etl.part"}]}})", R"({"retry": "a", "params": {"tier": "OTC"}})",
          R"({"spawn": "p-1", "workflow": "batch"})", R"({"continue_as_new": {"file": "y", "tier": "OTC"}})"})
        BOOST_TEST(judged(good) == "", good);
}

BOOST_AUTO_TEST_CASE(what_would_be_no_workflow_is_refused) {
    BOOST_TEST(judged(R"({"skip": ["pikc", "alarm"]})") ==
               "skip: there is no step 'pikc' [did you mean 'pick'?]\n"
               "skip: there is no step 'alarm' [name a step of the workflow; those inside of maps and the failure handler cannot be changed]\n");
    BOOST_TEST(judged(R"({"insert_before": "d", "step": {"name": "a", "seconds": 1}})") == "insert_before: step 'a': another step has this name [give each step a name of its own]\n");
    BOOST_TEST(judged(R"({"insert_after": "c", "step": {"name": "alarm", "seconds": 1}})") != "");
    BOOST_TEST(judged(R"({"replace": "c", "step": {"name": "b", "seconds": 1}})") != "");
    BOOST_TEST(judged(R"({"insert_after": "c", "step": {"name": "x", "pipeline": "demo.numbers.idel"}})") ==
               "insert_after: step 'x': pipeline 'demo.numbers.idel' is unknown [did you mean 'demo.numbers.idle'?]\n");
    BOOST_TEST(judged(R"({"insert_after": "c", "step": {"name": "x", "pipeline": "demo.count", "params": {"tier": "OTX"}}})").find("is not allowed") != std::string::npos);
    BOOST_TEST(judged(R"({"insert_after": "c", "step": {"name": "x", "seconds": 1, "next": "a"}})").find("goes back, which makes a cycle: 'a' -> ") != std::string::npos);
    BOOST_TEST(judged(R"({"insert_after": "c", "step": {"name": "x", "seconds": 1, "next": "nowhere"}})").find("names no step") != std::string::npos);
    BOOST_TEST(judged(R"({"insert_before": "b", "step": {"name": "x", "seconds": 1, "depends_on": ["c"]}})", side_by_side) ==
               "insert_before: steps that depend on each other: 'x' -> 'c' -> 'b' -> 'x' [remove one of these from depends_on]\n");
    BOOST_TEST(judged(R"({"insert_after": "c", "step": {"name": "x", "handler": "common.steps.tell", "config": {"channel": "$.outputs.d.x"}}})").find("has not ended yet") !=
               std::string::npos);
    BOOST_TEST(judged(R"({"replace": "a", "step": {"name": "aa", "seconds": 1}})").find("'$.outputs.a.row_count' reads no step") != std::string::npos);
    BOOST_TEST(judged(R"({"insert_after": "c", "step": {"name": "x", "workflow": "bach"}})") == "insert_after: workflow 'bach' is unknown [did you mean 'batch'?]\n");
    BOOST_TEST(judged(R"({"insert_after": "c", "step": {"name": "x", "handler": "common.steps.tell", "config": {"channel": "secret:env:A"}}})").find("a secret cannot stand here") !=
               std::string::npos);
    BOOST_TEST(judged(R"({"insert_after": "c", "step": {"name": "x", "seconds": 1, "when": "flags.slow"}})").find("the flag 'slow' is not declared") != std::string::npos);
    BOOST_TEST(judged(R"({"retry": "a", "params": {"teir": "OTC"}})") == "retry: step 'a': 'demo.numbers.ingest' takes no 'teir' [did you mean 'tier'?]\n");
    BOOST_TEST(judged(R"({"spawn": "p/1", "workflow": "batch"})") != "");
    BOOST_TEST(judged(R"({"spawn": "p1", "workflow": "w"})") == "spawn: workflow 'w' is unknown [see spine workflow list]\n");
    BOOST_TEST(judged(R"({"continue_as_new": {"flie": "y"}})") == "continue_as_new: nobody reads the parameter 'flie' [did you mean 'file'?]\n");
}

/// Requests of every kind with members missing, odd or of the wrong kind: whatever reads is judged, and what is granted leaves a workflow.
BOOST_AUTO_TEST_CASE(whatever_is_asked_for_is_refused_or_leaves_a_workflow) {
    const char* given = std::getenv("SPINE_FUZZ_COUNT");
    const std::uint64_t count = given == nullptr ? 1'000 : std::strtoull(given, nullptr, 10);
    const auto plugins = spine::test::demo_plugins();
    std::size_t granted = 0, understood = 0;
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        spine::test::RandomWorkflow random{seed};
        static const std::array<const char*, 7> verbs{"skip", "insert_before", "insert_after", "replace", "retry", "spawn", "continue_as_new"};
        static const std::array<const char*, 8> names{"a", "pick", "b", "c", "d", "alarm", "x", "batch"};
        const auto name = [&] { return random.below(12) == 0 ? random.value(2) : json::value(names[random.below(names.size())]); };
        json::object step{{"name", name()}, {"seconds", 1}};
        if (random.chance())
            step = {{"name", name()}, {"pipeline", random.chance() ? json::value("demo.idle") : name()}, {"next", name()}};
        if (random.below(3) == 0)
            step[random.text()] = random.value(2);
        if (random.below(3) == 0)
            step["depends_on"] = json::array{name()};
        json::object object{{verbs[random.below(verbs.size())], random.below(4) == 0 ? random.value(2) : name()}};
        for (const auto* member : {"step", "params", "workflow", "reason"})
            if (random.below(3) == 0)
                object[member] = std::string_view{member} == "step" ? json::value(step) : random.chance() ? name() : json::value(json::object{{"file", random.value(1)}});
        if (object.contains("insert_before") || object.contains("insert_after") || object.contains("replace"))
            object["step"] = step;
        const auto course = read_course({object});
        if (const auto* faults = std::get_if<Diagnostics>(&course)) {
            for (const auto& fault : *faults)
                if (fault.message.empty() || fault.hint.empty())
                    BOOST_FAIL("seed " + std::to_string(seed) + ": a fault without words: " + json_text(object));
            continue;
        }
        ++understood;
        for (const auto& yaml : {in_order, side_by_side}) {
            auto workflow = read(yaml);
            const auto& asked = std::get<std::vector<CourseRequest>>(course).front();
            if (!judge(asked, workflow, plugins, {"batch"}).empty())
                continue;
            ++granted;
            spine::workflow::apply(asked, workflow);
            Definition changed;
            changed.workflow = workflow;
            const auto found = validate(changed, plugins);
            if (!found.ok())
                BOOST_FAIL("seed " + std::to_string(seed) + ": " + json_text(object) + "\n" + told(found.errors));
        }
    }
    BOOST_TEST(granted > count / 50);
    BOOST_TEST_MESSAGE(count << " requests, " << understood << " understood, granted " << granted);
}

BOOST_AUTO_TEST_SUITE_END()
