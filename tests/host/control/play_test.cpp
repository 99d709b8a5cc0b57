#include "control/play.hpp"
#include "support/fake_library.hpp"
#include "support/fake_store.hpp"
#include "support/manual_clock.hpp"
#include "workflow/sha256.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

using namespace spine;
namespace json = boost::json;

namespace {

/// The story of a pipeline that is debugged: a threshold that the data exceeds.
struct Story {
    test::ManualClock clock;
    test::CountingRandom random;
    test::StoreScript script;
    test::FakeLibraries libraries;
    run::CancelToken cancel;
    std::string url;

    Story() {
        auto& library = libraries.library;
        library.plugins = test::demo_catalogue();
        for (const auto* name : {"fetch", "transform", "validate"}) {
            workflow::Handler handler;
            handler.name = "demo.numbers." + std::string{name};
            handler.domain = "demo.numbers";
            handler.plugin = "demo";
            library.plugins.plugins[0].handlers.push_back(handler);
        }
        auto& answers = library.lambdas_scripted.answers;
        answers["demo.numbers.fetch"] = [](const run::LambdaCall&) { return fine({{"records", {1, 2, 3, 4, 5}}, {"count", 5}}); };
        answers["demo.numbers.transform"] = [](const run::LambdaCall& call) {
            const auto* most = call.params.if_contains("max_value");
            json::array doubled;
            const auto* fetched = call.outputs.if_contains("fetch"); // a child has its own outputs only
            for (const auto& record : fetched == nullptr ? json::array{} : fetched->at("records").as_array())
                if (most == nullptr || most->is_null() || record.to_number<int>() <= most->to_number<int>())
                    doubled.emplace_back(record.to_number<int>() * 2);
            return fine({{"doubled", doubled}});
        };
        answers["demo.numbers.validate"] = [](const run::LambdaCall& call) {
            for (const auto& value : call.outputs.at("transform").at("doubled").as_array())
                if (value.to_number<int>() > 8) {
                    run::LambdaResult bad;
                    bad.failure.emplace();
                    bad.failure->category = unit::Category::data_quality;
                    bad.failure->message = "Values exceed threshold";
                    return bad;
                }
            return fine({{"valid", true}});
        };
    }
    static run::LambdaResult fine(json::object outputs) {
        run::LambdaResult result;
        result.ok = true;
        result.outputs = std::move(outputs);
        return result;
    }
    run::RunRow row(const std::string& text) {
        run::RunRow row;
        row.run_id = env::new_id(clock, random);
        row.workflow = "debug.pipeline";
        row.definition_text = text;
        row.definition_sha256 = workflow::sha256_hex(text);
        row.started_at = env::to_text(clock.now());
        return row;
    }
    static std::string three_steps() {
        return "name: debug.pipeline\ndefaults: {max_value: null}\nsteps:\n"
               "  - {name: fetch, type: lambda, handler: demo.numbers.fetch}\n"
               "  - {name: transform, type: lambda, handler: demo.numbers.transform}\n"
               "  - {name: validate, type: lambda, handler: demo.numbers.validate}\n";
    }
    /// It starts a workflow of a step and a wait of 30 s.
    run::RunRow parent_row(int timeout_seconds = 600) {
        auto parent = row("name: debug.pipeline\ndefaults: {max_value: null}\nsteps:\n  - {name: fetch, type: lambda, handler: demo.numbers.fetch}\n"
                          "  - name: below\n    workflow: debug.child\n    timeout_seconds: " + std::to_string(timeout_seconds) + "\n");
        const std::string child = "name: debug.child\nsteps:\n  - {name: transform, type: lambda, handler: demo.numbers.transform}\n"
                                  "  - {name: rest, type: wait, seconds: 30}\n";
        parent.children.push_back({"debug.child", 1, child, workflow::sha256_hex(child)});
        return parent;
    }
    std::unique_ptr<control::Scratch> scratch() {
        return std::make_unique<control::Scratch>(
            [&](const std::string& wanted) {
                url = wanted;
                return std::make_unique<test::FakeStores>(script);
            },
            libraries.library.catalogue(),
            nullptr);
    }
    control::Playground ground(control::Scratch& scratch, run::RunRow row) {
        return {clock, random, libraries.library, scratch, cancel, std::move(row)};
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(play, Story)

BOOST_AUTO_TEST_CASE(a_failing_step_is_reached_taken_back_and_passed_with_another_parameter) {
    const auto scratch = this->scratch();
    auto ground = this->ground(*scratch, row(three_steps()));
    const auto first = ground.step();
    BOOST_TEST(first.path == "fetch");
    BOOST_TEST(first.status == "completed");
    BOOST_TEST(first.output.at("count").as_int64() == 5);
    const auto second = ground.step();
    BOOST_TEST(second.path == "transform");
    BOOST_TEST(second.output.at("doubled").as_array().size() == 5u);
    const auto next = ground.peek();
    BOOST_TEST(next.path == "validate");
    BOOST_TEST(next.type == "lambda");
    BOOST_TEST(libraries.library.lambdas_scripted.calls.size() == 2u); // peeking does nothing
    const auto third = ground.step();
    BOOST_TEST(third.status == "failed");
    BOOST_TEST(third.reason == "DATA_QUALITY: Values exceed threshold");
    BOOST_TEST(ground.status() == "failed");
    BOOST_TEST(ground.over());
    BOOST_TEST(ground.step().reason == "the run is over");

    BOOST_TEST(ground.back());
    BOOST_TEST(ground.peek().path == "validate");
    BOOST_TEST(ground.status() == "running");
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.peek().path == "transform");
    BOOST_TEST(!ground.outputs().contains("transform"));
    BOOST_TEST(ground.outputs().contains("fetch"));

    ground.set("max_value", "4");
    BOOST_TEST(ground.step().output.at("doubled").as_array().size() == 4u);
    BOOST_TEST(ground.history().size() == 4u);
    BOOST_TEST(ground.remaining() == std::vector<std::string>{"validate"}, boost::test_tools::per_element());
    BOOST_TEST(ground.step().status == "completed");
    BOOST_TEST(ground.status() == "completed");
    BOOST_TEST(ground.remaining().empty());
    BOOST_TEST(ground.params().at("max_value").as_int64() == 4);
}

BOOST_AUTO_TEST_CASE(back_at_the_beginning_is_refused_and_takes_settings_with_the_step_before_them) {
    const auto scratch = this->scratch();
    auto ground = this->ground(*scratch, row(three_steps()));
    BOOST_TEST(!ground.back());
    ground.step();
    ground.set("max_value", "1");
    ground.step();
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.params().contains("max_value")); // it was set before that step
    BOOST_TEST(ground.back());
    BOOST_TEST(!ground.params().contains("max_value"));
    BOOST_TEST(!ground.back());
    BOOST_TEST(ground.peek().path == "fetch");
}

BOOST_AUTO_TEST_CASE(a_past_run_is_played_where_it_stands) {
    const auto scratch = this->scratch();
    auto past = row(three_steps());
    {
        auto lived = this->ground(*scratch, past);
        while (!lived.over())
            lived.step();
        past.steps = lived.records();
        past.status = run::RunStatus::failed;
        past.failure.emplace();
        past.failure->message = "Values exceed threshold";
    }
    auto ground = this->ground(*scratch, past);
    BOOST_TEST(ground.status() == "failed");
    BOOST_TEST(ground.reason() == "Values exceed threshold");
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.back());
    ground.set("max_value", "2");
    ground.step();
    BOOST_TEST(ground.step().status == "completed");
    BOOST_TEST(ground.status() == "completed");
}

BOOST_AUTO_TEST_CASE(time_passes_at_once_when_a_step_waits) {
    const auto scratch = this->scratch();
    auto ground = this->ground(*scratch, row("name: debug.pipeline\nsteps:\n  - {name: rest, type: wait, seconds: 86400}\n"
                                             "  - {name: fetch, type: lambda, handler: demo.numbers.fetch}\n"));
    BOOST_TEST(ground.peek().path.empty());
    BOOST_TEST(ground.peek().why == "'rest' waits until 2026-01-04T04:15:01.000Z; step lets that time pass");
    BOOST_TEST(ground.step().reason == "it is 2026-01-04T04:15:01.000Z now");
    BOOST_TEST(ground.step().path == "fetch");
    BOOST_TEST(ground.status() == "completed");
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.peek().path == "fetch");
}

BOOST_AUTO_TEST_CASE(what_is_set_is_declared_or_there) {
    const auto scratch = this->scratch();
    auto ground = this->ground(*scratch, row(three_steps()));
    const auto faults = ground.set("max_valeu", "4");
    BOOST_TEST_REQUIRE(faults.has_value());
    BOOST_TEST(faults->front().hint == "did you mean 'max_value'?");
    BOOST_TEST(!ground.params().contains("max_valeu"));
    BOOST_TEST(!ground.set("max_value", "[1]").has_value());
    BOOST_TEST(ground.params().at("max_value").is_array());
}

BOOST_AUTO_TEST_CASE(only_steps_are_counted) {
    const auto scratch = this->scratch();
    auto ground = this->ground(*scratch, row(three_steps()));
    ground.step();
    ground.set("max_value", "4");
    ground.step();
    ground.back();
    BOOST_TEST(ground.completed() == std::vector<std::string>{"fetch"}, boost::test_tools::per_element());
    BOOST_TEST(ground.steps() == 3u);
}

BOOST_AUTO_TEST_CASE(a_pipeline_that_was_done_already_is_done_and_its_next_is_followed) {
    run::NotDue not_due;
    not_due.execution_id = "e-1";
    not_due.reason = "it is done";
    script.not_due = not_due;
    const auto scratch = this->scratch();
    auto ground = this->ground(*scratch, row("name: debug.pipeline\nsteps:\n  - {name: count, type: pipeline, pipeline: demo.numbers.idle, next: last}\n"
                                             "  - {name: fetch, type: lambda, handler: demo.numbers.fetch}\n"
                                             "  - {name: last, type: lambda, handler: demo.numbers.fetch}\n"));
    BOOST_TEST(ground.step().status == "skipped");
    BOOST_TEST(ground.peek().path == "last");
    BOOST_TEST(ground.completed() == std::vector<std::string>{"count"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_child_is_played_step_by_step_forth_and_back) {
    const auto scratch = this->scratch();
    auto ground = this->ground(*scratch, parent_row());
    BOOST_TEST(ground.step().path == "fetch");
    BOOST_TEST(ground.peek().path == "below/transform");
    ground.set("max_value", "2"); // the child has begun: it is what it was given
    const auto inner = ground.step();
    BOOST_TEST(inner.path == "below/transform");
    BOOST_TEST(inner.status == "completed");
    BOOST_TEST(ground.peek().why == "in 'below': 'rest' waits until 2026-01-03T04:15:31.000Z; step lets that time pass", ground.peek().why);
    BOOST_TEST(ground.step().path.empty());
    BOOST_TEST(ground.peek().why == "its run has ended: completed");
    const auto told = ground.step();
    BOOST_TEST(told.path == "below");
    BOOST_TEST(told.status == "completed");
    BOOST_TEST(told.output.at("status").as_string() == "completed");
    BOOST_TEST(ground.outputs().at("below").at("outputs").at("transform").at("doubled").as_array().empty());
    BOOST_TEST(ground.over());

    BOOST_TEST(ground.back());
    BOOST_TEST(ground.peek().path == "below");
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.peek().path == "below/transform");
    BOOST_TEST(ground.params().contains("max_value")); // it was set before that step
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.peek().path == "fetch");
    BOOST_TEST(!ground.params().contains("max_value"));
    BOOST_TEST(!ground.back());
    while (!ground.over())
        ground.step();
    BOOST_TEST(ground.status() == "completed");
    BOOST_TEST(ground.story().size() == 4u); // fetch, below and the two steps of it
}

BOOST_AUTO_TEST_CASE(a_child_that_waits_longer_than_its_step_is_cancelled_as_in_a_real_run) {
    const auto scratch = this->scratch();
    auto ground = this->ground(*scratch, parent_row(5));
    ground.step();
    ground.step();
    BOOST_TEST(ground.step().path.empty());
    BOOST_TEST(ground.over());
    BOOST_TEST(ground.status() == "failed");
    BOOST_TEST(ground.reason().find("has not ended in time") != std::string::npos, ground.reason());
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.peek().path == "below/transform");
}

BOOST_AUTO_TEST_CASE(an_approval_is_answered_as_in_a_real_run_and_the_answer_taken_back) {
    const auto scratch = this->scratch();
    auto ground = this->ground(*scratch, row("name: debug.pipeline\nsteps:\n  - {name: fetch, type: lambda, handler: demo.numbers.fetch}\n"
                                             "  - {name: ask, type: approval, approvers: [ann, bob], message: fine, timeout_hours: 1}\n"
                                             "  - {name: again, type: lambda, handler: demo.numbers.fetch}\n"));
    const auto why_not = [&](const std::string& step, const std::string& by) {
        const auto answered = ground.answer(step, {true, by, ""});
        const auto* declined = std::get_if<run::Declined>(&answered);
        return declined == nullptr ? std::string{} : declined->message + "; " + declined->hint;
    };
    BOOST_TEST(why_not("ask", "ann") == "step 'ask' has not been begun, or there is no such step; no step waits for an answer");
    ground.step();
    BOOST_TEST(ground.peek().why == "'ask' waits for an answer until 2026-01-03T05:15:01.000Z; 'approve' and 'reject' give it, step lets that time pass",
               ground.peek().why);
    BOOST_TEST(why_not("fetch", "ann") == "step 'fetch' is no approval but a lambda step; these wait for an answer: 'ask'");
    BOOST_TEST(why_not("ask", "eve") == "'eve' may not answer step 'ask'; it asks: ann, bob");
    BOOST_TEST(ground.history().size() == 1u);

    const auto refused = std::get<control::Played>(ground.answer("ask", {false, "bob", "too early"}));
    BOOST_TEST(refused.status == "failed");
    BOOST_TEST(refused.reason == "STEP_ERROR: refused by bob: too early");
    BOOST_TEST(ground.status() == "failed");
    BOOST_TEST(why_not("ask", "ann") == "step 'ask' waits no more: it is failed; no step waits for an answer");
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.status() == "running");
    const auto approved = std::get<control::Played>(ground.answer("ask", {})); // as the first one who is asked
    BOOST_TEST(approved.path == "ask");
    BOOST_TEST(approved.status == "completed");
    BOOST_TEST(approved.reason == "approved by ann");
    BOOST_TEST(ground.outputs().at("ask").at("by").as_string() == "ann");
    BOOST_TEST(ground.peek().path == "again");
    BOOST_TEST(ground.history().size() == 3u);
}

BOOST_AUTO_TEST_CASE(an_approval_of_a_child_is_answered_by_its_path) {
    const auto scratch = this->scratch();
    auto parent = parent_row();
    parent.children[0].text = "name: debug.child\nsteps: [{name: ask, type: approval, approvers: [ann], message: fine}]\n";
    parent.children[0].sha256 = workflow::sha256_hex(parent.children[0].text);
    auto ground = this->ground(*scratch, parent);
    ground.step();
    BOOST_TEST(!ground.stands()); // the time of the step that waits may pass
    BOOST_TEST(ground.peek().why == "in 'below': 'ask' waits for an answer; 'approve' and 'reject' give it; "
                                    "'below' waits until 2026-01-03T04:25:01.000Z; step lets that time pass",
               ground.peek().why);
    const auto refused = ground.answer("below/ask", {true, "eve", ""});
    BOOST_TEST(std::get<run::Declined>(refused).message == "'eve' may not answer step 'below/ask'");
    BOOST_TEST(std::get<run::Declined>(ground.answer("ask", {})).hint == "these wait for an answer: 'below/ask'");
    BOOST_TEST(std::get<control::Played>(ground.answer("below/ask", {})).path == "below/ask");
    BOOST_TEST(ground.step().path == "below");
    BOOST_TEST(ground.status() == "completed");
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.peek().why.starts_with("in 'below': 'ask' waits for an answer"), ground.peek().why);
}

BOOST_AUTO_TEST_CASE(of_a_past_run_an_answer_is_taken_back_and_what_the_time_or_the_environment_said_is_not) {
    const auto scratch = this->scratch();
    auto past = row("name: debug.pipeline\nsteps:\n  - {name: ask, type: approval, approvers: [ann], message: fine}\n"
                    "  - {name: late, type: approval, approvers: [ann], message: fine, timeout_hours: 1, on_timeout: approve}\n");
    {
        auto lived = this->ground(*scratch, past);
        lived.answer("ask", {});
        BOOST_TEST(lived.step().path.empty()); // the hour passes
        past.steps = lived.records();
        past.status = run::RunStatus::completed;
    }
    auto ground = this->ground(*scratch, past);
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.stands());
    BOOST_TEST(std::get<control::Played>(ground.answer("ask", {false, "ann", ""})).status == "failed");
    BOOST_TEST(ground.status() == "failed");
}

BOOST_AUTO_TEST_CASE(runs_that_nobody_waits_for_are_named_and_not_played) {
    const auto scratch = this->scratch();
    auto parent = parent_row();
    parent.definition_text += "    wait: false\n";
    auto ground = this->ground(*scratch, parent);
    ground.step();
    BOOST_TEST(ground.status() == "completed");
    BOOST_TEST(ground.unplayed() == std::vector<std::string>{"debug.child"}, boost::test_tools::per_element());
    BOOST_TEST(ground.back());
    BOOST_TEST(ground.unplayed().empty());
}

BOOST_AUTO_TEST_CASE(the_scratch_folder_is_its_owners_alone_and_goes_away) {
    auto scratch = this->scratch();
    const auto folder = scratch->folder();
    BOOST_TEST(url == "sqlite:" + folder + "/0.db");
    BOOST_TEST((std::filesystem::status(folder).permissions() == std::filesystem::perms::owner_all));
    scratch.reset();
    BOOST_TEST(!std::filesystem::exists(folder));
}

BOOST_AUTO_TEST_SUITE_END()
