#include "demo_plugins.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/secret.hpp"
#include "workflow/validate.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

using namespace spine::workflow;

namespace {

std::string told(const Diagnostics& faults) {
    std::string text;
    for (const auto& fault : faults)
        text += std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.message + " [" + fault.hint + "]\n";
    return text;
}
Validation checked(const std::string& text, const Around& around = {}) {
    return validate(read_what_can_be(text, "w.yaml"), spine::test::demo_plugins(), around);
}
/// Each step in flow style in a line of its own; the first one is line 3 plus the lines of `more`.
std::string steps(const std::vector<std::string>& lines, const std::string& more = "") {
    std::string text = "name: w\n" + more + "steps:\n";
    for (const auto& line : lines)
        text += "- {" + line + "}\n";
    return text;
}
std::string errors(const std::vector<std::string>& lines, const std::string& more = "") { return told(checked(steps(lines, more)).errors); }
std::string warnings(const std::vector<std::string>& lines, const std::string& more = "") {
    const auto found = checked(steps(lines, more));
    BOOST_TEST(told(found.errors) == "");
    return told(found.warnings);
}

/// A folder of workflows by name.
struct Folder {
    std::map<std::string, Definition, std::less<>> all;

    void add(const std::string& name, const std::string& steps, const std::string& more = "") {
        all[name] = read_what_can_be("name: " + name + "\n" + more + "steps: [" + steps + "]\n", name + ".yaml");
    }
    Around around() const {
        Around made;
        made.lookup = [this](std::string_view name) {
            const auto found = all.find(name);
            return found == all.end() ? nullptr : &found->second;
        };
        for (const auto& [name, definition] : all)
            made.names.push_back(name);
        return made;
    }
};

const std::string idle = "name: a, pipeline: demo.idle";

} // namespace

BOOST_AUTO_TEST_SUITE(durable_rules)

BOOST_AUTO_TEST_CASE(what_stands_inside_of_a_map_is_checked_as_what_stands_outside) {
    BOOST_TEST(errors({"name: m, items: [1], steps: [{name: x, pipeline: demo.numbers.idel}, {name: y, pipeline: demo.count, params: {teir: $.item.tier}, next: a}, "
                       "{name: z, condition: outputs.y.n > outputs.q.n, then_step: a}]",
                       idle}) ==
               "3:53 step 'x': pipeline 'demo.numbers.idel' is unknown [did you mean 'demo.numbers.idle'?]\n"
               "3:120 step 'y': 'demo.numbers.count' takes no 'teir' [did you mean 'tier'?]\n"
               "3:140 step 'y': 'next' names no step: 'a' ['a' stands outside of the map; a map is left at its end]\n"
               "3:165 step 'z': '$.outputs.q.n' reads no step of this workflow [name a step that comes before this one]\n"
               "3:203 step 'z': 'then_step' names no step: 'a' ['a' stands outside of the map; a map is left at its end]\n");
    BOOST_TEST(errors({"name: m, items: [1], steps: [{name: x, seconds: 1}, {name: x, seconds: 2}]"}).find("another step has this name") != std::string::npos);
    BOOST_TEST(errors({idle, "name: m, items: $.outputs.a.weeks, item_name: week, steps: [{name: x, seconds: $.params.week.pause, when: outputs.a.n > item_index}]"}) == "");
    BOOST_TEST(errors({"name: m, items: [1], steps: [{name: x, seconds: 1}]", idle + ", when: outputs.x.waited_until > 0"}) ==
               "4:40 step 'a': '$.outputs.x.waited_until' reads a step inside of map 'm' [read what all its items gave: $.outputs.m.results]\n");
}

BOOST_AUTO_TEST_CASE(the_names_of_items_are_known_in_their_map_only) {
    const std::string map = "name: m, items: [1], item_name: tire, steps: [{name: x, pipeline: demo.ingest, params: {file: $.params.tire}, when: tire > item_index and env == 'prod'}]";
    BOOST_TEST(warnings({map, "name: n, pipeline: demo.count"}) == ""); // 'tire' is nearly 'tier', and is no slip here
    BOOST_TEST(warnings({map, "name: n, pipeline: demo.count, when: tire > 0"}).find("did you mean 'tier'?") != std::string::npos);
    BOOST_TEST(warnings({"name: m, items: [1], item_name: week, steps: [{name: x, pipeline: demo.idle, when: item.n > 0}]", "name: n, pipeline: demo.idle, when: item_index > 0"}) ==
               "3:87 step 'x': 'item' is read where no map gives it [the items are called 'week': write $.params.week]\n"
               "4:40 step 'n': 'item_index' is read where no map gives it [read it in the steps of a map, or declare it under defaults:]\n");
    const auto definition = read_what_can_be(steps({map}), "w");
    BOOST_TEST(parameters_read(definition.workflow, spine::test::demo_plugins()) == (std::vector<std::string>{"env", "tier", "week_ending"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(items_are_a_list_or_a_path_to_one) {
    BOOST_TEST(errors({"name: m, items: $.item_list, steps: [{name: x, seconds: 1}]"}).find("'item_list' is no root") != std::string::npos);
    BOOST_TEST(errors({"name: m, items: [], item_name: item_index, max_concurrency: 257, steps: [{name: x, seconds: 1}]"}) ==
               "3:35 step 'm': 'item_index' is the number of the item [call the item something else]\n"
               "3:64 step 'm': 'max_concurrency' is 257 [write a number from 1 to 256]\n");
    Definition definition;
    definition.workflow.name = "w";
    Step step{"m", MapStep{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    std::get<MapStep>(step.kind).items = boost::json::array(100'001, boost::json::value(1));
    definition.workflow.steps = {step};
    BOOST_TEST(told(validate(definition, spine::test::demo_plugins()).errors) ==
               "0:0 step 'm' has 100001 items [write at most 100000]\n0:0 step 'm' has no steps [write under steps: what is done with each item]\n");
}

BOOST_AUTO_TEST_CASE(maps_stand_in_each_other_four_deep) {
    std::string inner = "{name: x, pipeline: demo.idle}";
    for (int depth = 1; depth <= 5; ++depth) {
        inner = "{name: m" + std::to_string(depth) + ", items: [1], steps: [" + inner + "]}";
        const auto found = told(checked("name: w\nsteps: [" + inner + "]\n").errors);
        BOOST_TEST((found.find("maps stand in each other more than 4 deep") != std::string::npos) == (depth == 5), found);
    }
}

BOOST_AUTO_TEST_CASE(a_wait_has_one_time_that_lies_ahead) {
    Around around;
    around.now = "2026-11-21T08:00:00.000Z";
    const auto found = checked(steps({"name: a, until: 2026-11-21T07:59:59Z", "name: b, until: 2026-11-22", "name: c, until: soon", "name: d, until: 2026-02-30", "name: e, seconds: 2000000000",
                                      "name: f, seconds: soon", "name: g, until: $.params.time", "name: h, seconds: $.context.x"}),
                               around);
    BOOST_TEST(told(found.errors) ==
               "3:20 step 'a': 'until' lies in the past: 2026-11-21T07:59:59.000Z [it is 2026-11-21T08:00:00.000Z; write a later time, or take the step out]\n"
               "5:20 step 'c': 'until' 'soon' is no timestamp [write UTC as YYYY-MM-DDTHH:MM:SS.mmmZ, such as 2026-01-02T22:15:01.000Z, or a date]\n"
               "6:20 step 'd': 'until' '2026-02-30' is not in the calendar [check the day and the month]\n"
               "7:22 step 'e': 'seconds' is a number from 0 to 1e9 [thirty years are the most; write until: with a time]\n"
               "8:22 step 'f': 'seconds' is no path: 'soon' [write a number without quotes, such as 60, or a path]\n"
               "10:22 step 'h': 'context' is no root: a path begins with $.params or $.outputs [write $.params.context for a parameter, $.outputs.context.FIELD for a "
               "step's output]\n");
    BOOST_TEST(errors({"name: a, until: 2020-01-01"}) == ""); // nobody said what time it is
    for (const auto* line : {"name: a, seconds: -1", "name: a, seconds: 1, until: 2030-01-01", "name: a, type: wait", "name: a, seconds: true"})
        BOOST_TEST(errors({line}) != "", line);
}

BOOST_AUTO_TEST_CASE(an_approval_names_who_may_give_it) {
    BOOST_TEST(errors({"name: a, type: approval", "name: b, approvers: [' ', me], auto_approve_envs: ['']", "name: c, approvers: [me], context_fields: [outputs.b.x, 'a +', $.outputs.q.r]"}) ==
               "3:3 step 'a': nobody is named who may approve [write approvers: [NAME]]\n"
               "4:25 step 'b': an empty text among 'approvers' [write a name, or take it out]\n"
               "4:55 step 'b': an empty text among 'auto_approve_envs' [write a name, or take it out]\n"
               "5:60 step 'c': 'a +' cannot be shown: a value is missing at the end [write a path or a parameter's name, such as outputs.ingest.row_count]\n"
               "5:67 step 'c': '$.outputs.q.r' reads no step of this workflow [name a step that comes before this one]\n");
    for (const auto* line : {"name: a, approvers: [me], timeout_hours: 0", "name: a, approvers: [me], timeout_hours: 1, on_timeout: maybe"})
        BOOST_TEST(errors({line}) != "", line);
    BOOST_TEST(warnings({"name: a, approvers: [me], on_timeout: approve", "name: b, pipeline: demo.idle"}) ==
               "3:42 step 'a': 'on_timeout' means nothing without 'timeout_hours': it waits until somebody answers [write timeout_hours: 24, or leave it out]\n");
}

BOOST_AUTO_TEST_CASE(retries_have_bounds) {
    BOOST_TEST(errors({idle + ", retry: {max_attempts: 101, backoff_multiplier: 0.5, retryable_categories: [TRANSIENT, TIMEOT, x]}"}) ==
               "3:56 step 'a': 'max_attempts' is 101 [write a number from 1 to 100; the first attempt counts]\n"
               "3:81 step 'a': 'backoff_multiplier' is below 1 [write 1 for equal delays, 2 for doubling ones]\n"
               "3:120 step 'a': 'TIMEOT' is no category of errors [did you mean 'TIMEOUT'?]\n"
               "3:128 step 'a': 'x' is no category of errors [known are DATA_QUALITY, QUALITY_GATE, STEP_ERROR, CONFIGURATION, TRANSIENT, DEPENDENCY, TIMEOUT, "
               "RESOURCE, CANCELLED, CRASH, INTERNAL]\n");
    BOOST_TEST(errors({idle + ", retry: {max_attempts: 100, initial_delay_seconds: 0, backoff_multiplier: 1, max_delay_seconds: 0}"}) == "");
    for (const auto* rule : {"{max_attempts: 0}", "{initial_delay_seconds: -1}", "{max_delay_seconds: -0.5}"})
        BOOST_TEST(errors({idle + ", retry: " + rule}) != "", rule);
    BOOST_TEST(warnings({idle, "name: m, items: [1], retry: {}, timeout_seconds: 5, steps: [{name: x, seconds: 1, on_error: retry}]", "name: c, workflow: v, wait: false, timeout: 5"}) ==
               "4:32 step 'm': a step of type 'map' is not tried again [write it at the steps of the map]\n"
               "4:53 step 'm': a step of type 'map' has no time limit of its own [leave it out]\n"
               "4:96 step 'x': a step of type 'wait' is not tried again [leave it out]\n"
               "5:48 step 'c' does not wait for its run, and has no time limit [leave it out, or write wait: true]\n");
}

BOOST_AUTO_TEST_CASE(policies_have_bounds) {
    BOOST_TEST(errors({idle}, "execution: parallel\nmax_concurrency: 257\n") == "3:18 'max_concurrency' is 257 [write a number from 1 to 256]\n");
    BOOST_TEST(errors({idle}, "timeout_seconds: 0\n") != "");
    BOOST_TEST(errors({idle}, "concurrency: {max_concurrent_runs: 0}\n") != "");
    BOOST_TEST(warnings({idle}, "max_concurrency: 2\nconcurrency: {max_concurrent_runs: 1, on_conflict: skip, queue_timeout_seconds: 5}\n") ==
               "2:18 'max_concurrency' means nothing: the steps run one after the other [write execution: parallel, or leave it out]\n"
               "3:81 'queue_timeout_seconds' means nothing: no run waits [write on_conflict: queue, or leave it out]\n");
}

BOOST_AUTO_TEST_CASE(steps_side_by_side_have_dependencies_and_no_jumps) {
    const std::string parallel = "execution: parallel\n";
    BOOST_TEST(errors({idle + ", next: b", "name: b, pipeline: demo.idle, end: true", "name: c, condition: x, then_step: c, else_step: q"}, parallel) ==
               "4:40 step 'a': 'next' has no meaning where steps run side by side [leave it out: with execution: parallel the order is what depends_on says]\n"
               "5:39 step 'b': 'end' has no meaning where steps run side by side [leave it out: with execution: parallel the order is what depends_on says]\n"
               "6:38 step 'c': 'then_step' names the step itself [name another step]\n"
               "6:52 step 'c': 'else_step' names no step: 'q' [name one of the steps]\n");
    // Backwards in the file is no cycle; what hangs on itself by way of a choice is.
    BOOST_TEST(errors({idle + ", depends_on: [b]", "name: b, condition: x, then_step: c", "name: c, pipeline: demo.idle"}, parallel) == "");
    BOOST_TEST(errors({"name: c, condition: x, then_step: b, depends_on: [d]", "name: b, pipeline: demo.idle", "name: d, pipeline: demo.idle, depends_on: [b]"}, parallel) ==
               "4:53 steps that depend on each other: 'c' -> 'd' -> 'b' -> 'c' [remove one of these from depends_on]\n");
    // Inside of a map steps stand in order.
    BOOST_TEST(errors({"name: m, items: [1], steps: [{name: x, pipeline: demo.idle, next: z}, {name: y, seconds: 1}, {name: z, seconds: 1}]"}, parallel).find("never reached") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(side_by_side_a_path_reads_what_the_step_hangs_on) {
    const std::string parallel = "execution: parallel\n";
    BOOST_TEST(errors({idle, "name: b, pipeline: demo.idle, depends_on: [a]", "name: c, pipeline: demo.idle, depends_on: [b], when: outputs.a.row_count > 0"}, parallel) == "");
    BOOST_TEST(errors({idle, "name: b, condition: x, then_step: c, depends_on: [a]", "name: c, pipeline: demo.idle, when: outputs.a.row_count > 0"}, parallel) == "");
    BOOST_TEST(errors({idle, "name: b, pipeline: demo.idle, when: outputs.a.row_count > 0",
                       "name: m, items: [1], depends_on: [b], steps: [{name: x, seconds: $.outputs.a.n}, {name: y, seconds: $.outputs.x.n}, {name: z, seconds: $.outputs.b.n}]"},
                      parallel) ==
               "5:40 step 'b': '$.outputs.a.row_count' reads a step that has not ended yet [steps run side by side: write depends_on: [a]]\n"
               "6:69 step 'x': '$.outputs.a.n' reads a step that has not ended yet [steps run side by side: write depends_on: [a]]\n");
}

BOOST_AUTO_TEST_CASE(a_child_is_known_and_given_what_it_reads) {
    Folder folder;
    folder.add("etl.part", "{name: p, pipeline: demo.count}", "defaults: {rows: 1}\n");
    folder.add("broken", "{name: p}");
    folder.add("deep", "{name: p, workflow: nowhere}");
    const auto found = checked(steps({"name: a, workflow: etl.part, params: {rows: 2, tier: OTC}", "name: m, items: [1], steps: [{name: b, workflow: etl.pat}]",
                                      "name: c, workflow: broken", "name: d, workflow: $.params.which", "name: e, workflow: deep"}),
                               folder.around());
    BOOST_TEST(told(found.errors) ==
               "4:53 step 'b': workflow 'etl.pat' is unknown [did you mean 'etl.part'?]\n"
               "5:23 step 'c': workflow 'broken' has faults, the first of them: step 'p': nothing says what it does [see spine workflow validate broken.yaml]\n"
               "6:23 step 'd': '$.params.which' is no name of a workflow [write the name itself; it cannot be looked up by a path]\n"
               "7:23 step 'e': workflow 'deep' starts 'nowhere', which is unknown [see spine workflow list]\n");
    const auto warned = checked(steps({"name: a, workflow: etl.part, params: {row: 2, week_ending: 2025-12-19}"}), folder.around());
    BOOST_TEST(told(warned.errors) == "");
    BOOST_TEST(told(warned.warnings) == "3:47 step 'a': workflow 'etl.part' reads no parameter 'row' [did you mean 'rows'?]\n");
    BOOST_TEST(told(checked(steps({"name: a, workflow: unheard_of"})).errors) == ""); // nobody can look
}

BOOST_AUTO_TEST_CASE(children_that_start_each_other_are_refused_with_the_path_of_names) {
    const std::string hint = " [take one of them out; to begin anew a run can continue as a new one]\n";
    Folder folder;
    folder.add("b", "{name: s, items: [1], steps: [{name: t, workflow: c}]}");
    folder.add("c", "{name: s, workflow: w}");
    folder.add("d", "{name: s, workflow: e}");
    folder.add("e", "{name: s, workflow: d}");
    folder.add("f", "{name: s, workflow: g}, {name: t, workflow: h}");
    folder.add("g", "{name: s, workflow: h}");
    folder.add("h", "{name: s, pipeline: demo.idle}");
    BOOST_TEST(told(checked(steps({"name: x, workflow: w"})).errors) == "3:23 step 'x': workflows that start each other: 'w' -> 'w'" + hint);
    BOOST_TEST(told(checked(steps({"name: x, workflow: h", "name: y, workflow: b"}), folder.around()).errors) ==
               "4:23 step 'y': workflows that start each other: 'w' -> 'b' -> 'c' -> 'w'" + hint);
    BOOST_TEST(told(checked(steps({"name: x, workflow: d"}), folder.around()).errors) == "3:23 step 'x': workflows that start each other: 'w' -> 'd' -> 'e' -> 'd'" + hint);
    BOOST_TEST(told(checked(steps({"name: x, workflow: f", "name: y, workflow: f", "name: z, workflow: h"}), folder.around()).errors) == ""); // twice is no circle
    BOOST_TEST(children_of(folder.all.at("b").workflow) == std::vector<std::string>{"c"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_long_chain_of_children_needs_no_stack_and_has_an_end) {
    Folder folder;
    for (int i = 0; i < 2'000; ++i)
        folder.add("n" + std::to_string(i), "{name: s, workflow: n" + std::to_string(i + 1) + "}");
    BOOST_TEST(told(checked(steps({"name: x, workflow: n0"}), folder.around()).errors).find("more than 1000 workflows hang on this one") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(flags_are_declared) {
    const std::string flags = "flags: {use_new_parser: false}\n";
    BOOST_TEST(errors({idle + ", when: flags.use_new_parser", "name: b, handler: common.steps.tell, config: {channel: $.flags.use_new_parser}"}, flags) == "");
    BOOST_TEST(errors({idle + ", when: flags.use_new_parsr or flags.other", "name: m, items: [1], steps: [{name: x, seconds: $.flags.fast}]"}, flags) ==
               "4:40 step 'a': the flag 'use_new_parsr' is not declared [did you mean 'use_new_parser'?]\n"
               "4:40 step 'a': the flag 'other' is not declared [write flags: {other: false} at the top of the workflow]\n"
               "5:52 step 'x': the flag 'fast' is not declared [write flags: {fast: false} at the top of the workflow]\n");
    BOOST_TEST(errors({idle + ", when: flags.fast"}).find("is not declared") != std::string::npos);
    const auto faults = told(read_what_can_be(steps({idle}, "flags: {a-b: true, c: 1, d: 'true', e: null, 1f: false}\n"), "w").faults);
    BOOST_TEST(faults == "2:9 flags: 'a-b' is no name of a flag [write letters, digits and _, such as use_new_parser, at most 64]\n"
                         "2:23 flags: 'c' is a boolean, found is '1' [write true or false, without quotes]\n"
                         "2:29 flags: 'd' is a boolean, found is the text 'true' [write true or false, without quotes]\n"
                         "2:40 flags: 'e' is a boolean, found is nothing [write true or false, without quotes]\n"
                         "2:46 flags: '1f' is no name of a flag [write letters, digits and _, such as use_new_parser, at most 64]\n");
}

BOOST_AUTO_TEST_CASE(a_secret_is_named_only_where_a_pipeline_gets_it) {
    const std::string chain = "'secret:env:KEY|secret:file:key.txt|default:a|b'";
    BOOST_TEST(errors({"name: a, pipeline: demo.ingest, params: {file: " + chain + "}", "name: b, workflow: v, params: {key: " + chain + "}"}) == "");
    BOOST_TEST(errors({idle}, "defaults: {key: " + chain + "}\n") == "");
    const std::string nowhere = ": a secret cannot stand here [only pipelines get secrets: write it into the params of a step of type pipeline]\n";
    BOOST_TEST(errors({"name: a, handler: common.steps.tell, config: {channel: " + chain + "}, params: {x: [secret:env:A]}", "name: m, items: [secret:env:A], steps: [{name: x, seconds: 1}]",
                       "name: c, condition: \"key == 'secret:env:A'\", then_step: d", "name: d, pipeline: demo.idle"}) ==
               "3:59 step 'a'" + nowhere + "3:123 step 'a'" + nowhere + "4:21 step 'm'" + nowhere +
                   "5:24 step 'c': a condition sees no secrets [let a pipeline look, and compare what it tells]\n");
    const std::string hint = " [write secret:env:NAME or secret:file:NAME, joined by |, and last default:TEXT]\n";
    BOOST_TEST(errors({"name: a, pipeline: demo.ingest, params: {file: 'secret:env:hunter 2'}", "name: b, pipeline: demo.ingest, params: {file: 'secret:env:A|hunter2'}",
                       "name: c, pipeline: demo.ingest, params: {file: 'secret:file:../x'}"}) ==
               "3:51 step 'a': the name of a secret's variable holds letters, digits and _" + hint + "4:51 step 'b': source 2 of a secret is none that is known" + hint +
                   "5:51 step 'c': the name of a secret's file holds letters, digits, _, - and dots, and is no path" + hint);
    BOOST_TEST(errors({"name: a, pipeline: demo.count, params: {tier: OTC, week_ending: secret:env:WEEK, weeks_back: secret:env:N}"}) ==
               "3:68 step 'a': 'week_ending' is of type date, and a secret is a text [give it its value]\n"
               "3:97 step 'a': 'weeks_back' is of type integer, and a secret is a text [give it its value]\n");
}

BOOST_AUTO_TEST_CASE(a_chain_of_secrets_has_its_sources_in_order) {
    const auto read = [](std::string_view text) {
        const auto parsed = parse_secret(text);
        std::string out;
        if (const auto* sources = std::get_if<std::vector<SecretSource>>(&parsed))
            for (const auto& source : *sources)
                out += std::to_string(static_cast<int>(source.kind)) + source.name + ";";
        return out;
    };
    BOOST_TEST(read("secret:env:A") == "0A;");
    BOOST_TEST(read("secret:env:A|secret:file:b-1.txt|default:x|y z") == "0A;1b-1.txt;2x|y z;");
    BOOST_TEST(read("secret:env:A|default:") == "0A;2;");
    BOOST_TEST(read("secret:env:A | secret:file:b |  default: x ") == "0A;1b;2 x ;");
    for (const auto* none : {"", "secret:", "secret:env:", "secret:vault:a", "secret:env:A|", "default:x", "secret:env:1A", "secret:file:", "secret:file:.x", "secret:file:a/b"})
        BOOST_TEST(read(none) == "", none);
    std::string nine = "secret:env:A";
    for (int i = 0; i < 8; ++i)
        nine += "|secret:env:A";
    BOOST_TEST(read(nine) == "");
}

BOOST_AUTO_TEST_SUITE_END()
