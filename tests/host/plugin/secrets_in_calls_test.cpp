/// Secrets as a plugin meets them: given by reference, never recorded, never told.
#include "plugin/secrets.hpp"

#include "probe.hpp"
#include "support/heard_log.hpp"
#include "workflow/json.hpp"

#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>
#include <map>

using namespace spine;
using namespace spine::plugin;

namespace {

const std::string canary = "S3CR3T-5f2b91";

class Vault final : public Secrets {
public:
    std::map<std::string, std::string> variables{{"TOKEN", canary}};
    Answer variable(const std::string& name) override {
        const auto found = variables.find(name);
        return found == variables.end() ? Answer{How::absent, "variable " + name + " is not set"} : Answer{How::found, found->second};
    }
    Answer file(const std::string& name) override { return {How::absent, "file " + name + " is not there"}; }
};

struct Setup {
    Vault vault;
    Redactor redactor;
    test::HeardLog lines;
    Probe probe;

    Setup() {
        probe.secrets = &vault;
        probe.redactor = &redactor;
        probe.log = &lines;
        probe.call.params = {{"name", "secret:env:TOKEN"}};
    }
};

bool leaks(const boost::json::value& value) { return contains(workflow::json_text(value), canary); }

} // namespace

BOOST_AUTO_TEST_SUITE(secrets_in_calls)

BOOST_AUTO_TEST_CASE(a_pipeline_gets_what_a_parameter_and_a_configuration_value_refer_to) {
    Setup setup;
    setup.probe.configuration = {{"probe.domain.colour", "secret:env:NONE|secret:env:TOKEN"}};
    setup.probe.call.params["data"] = {{"key", "secret:env:TOKEN"}};
    const auto outcome = setup.probe.attempt("work", [](spine::Attempt& attempt) {
        BOOST_TEST(attempt.text("name") == canary);
        BOOST_TEST(attempt.config_text("colour") == canary);
        BOOST_TEST(contains(std::string{attempt.text("data")}, canary));
    });
    BOOST_TEST((std::holds_alternative<unit::Done>(outcome)));
    BOOST_TEST(setup.probe.call.params.at("name").as_string() == "secret:env:TOKEN"); // what is recorded
}

BOOST_AUTO_TEST_CASE(a_secret_leaves_in_no_output_log_line_failure_or_finding) {
    Setup setup;
    setup.probe.call.pipeline = nullptr;
    std::string told;
    setup.probe.progress = [&](const run::Progress& progress) { told += progress.what; };
    const auto done = setup.probe.attempt("work", [](spine::Attempt& attempt) {
        const std::string key{attempt.text("name")};
        attempt.output("key", key);
        attempt.output("text", "with " + key + " inside");
        attempt.info("logged " + key);
        attempt.progress(1, 2, key);
    });
    BOOST_TEST_REQUIRE((std::holds_alternative<unit::Done>(done)));
    const auto& outputs = std::get<unit::Done>(done).outputs;
    BOOST_TEST(!leaks(outputs));
    BOOST_TEST(outputs.at("text").as_string() == "with *** inside");
    BOOST_TEST(told == "***");
    BOOST_TEST(contains(setup.lines.text(), "logged ***"));
    BOOST_TEST(!contains(setup.lines.text(), canary));
    BOOST_TEST_REQUIRE(!setup.probe.unit.logs.empty());
    BOOST_TEST(contains(setup.probe.unit.logs.front().text, "logged ***"));

    const auto failed = setup.probe.run("work", [](const spine_run* run) {
        const auto message = "failed with " + canary;
        const auto details = R"({"hint":"not )" + canary + R"(","key":")" + canary + R"("})";
        spine_value value{};
        BOOST_TEST(run->param(run, spine::str("name"), &value) == SPINE_OK);
        return run->fail(run, SPINE_INVALID_DATA, SPINE_RETRY_NEVER, 0, spine::str(message), spine::str(details));
    });
    const auto& failure = failure_in(failed);
    BOOST_TEST(failure.message == "failed with ***");
    BOOST_TEST(failure.hint == "not ***");
    BOOST_TEST(!leaks(failure.details));
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_not_there_is_a_failure_of_configuration_that_names_the_reference) {
    Setup setup;
    setup.probe.call.params["name"] = "secret:env:NONE|secret:file:none";
    const auto outcome = setup.probe.attempt("work", [](spine::Attempt& attempt) { attempt.text("name"); });
    const auto& failure = failure_in(outcome);
    BOOST_TEST((failure.category == unit::Category::configuration));
    BOOST_TEST(failure.exit_code == 3);
    BOOST_TEST(contains(failure.message, "'secret:env:NONE|secret:file:none'"));
    BOOST_TEST(contains(failure.message, "variable NONE is not set; file none is not there"));

    Probe without;
    without.call.params = {{"name", "secret:env:TOKEN"}};
    BOOST_TEST((failure_in(without.attempt("work", [](spine::Attempt& attempt) { attempt.text("name"); })).category ==
                unit::Category::configuration));
}

BOOST_AUTO_TEST_CASE(a_lambda_is_given_no_secret) {
    Setup setup;
    run::LambdaCall call;
    call.params = {{"name", "secret:env:TOKEN"}, {"plain", "x"}};
    call.config = {{"max_rows", "secret:env:TOKEN"}};
    setup.probe.configuration = {{"probe.domain.colour", "secret:env:TOKEN"}};
    const auto ask = [&](auto function) {
        return setup.probe.lambda(
            [&](const spine_run* run) {
                spine_value value{};
                return function(run, &value);
            },
            call);
    };
    const auto param = ask([](const spine_run* run, spine_value* value) { return run->param(run, spine::str("name"), value); });
    BOOST_TEST_REQUIRE(param.failure.has_value());
    BOOST_TEST(param.failure->exit_code == 8);
    BOOST_TEST(contains(param.failure->message, "lambdas are given none"));
    BOOST_TEST(ask([](const spine_run* run, spine_value* value) { return run->param(run, spine::str("plain"), value); }).ok);
    const auto step = ask([](const spine_run* run, spine_value* value) {
        return interface_from<spine_step_1>(run, SPINE_STEP_ID)->config(run, spine::str("max_rows"), value);
    });
    BOOST_TEST((step.failure && step.failure->exit_code == 8));
    const auto config = ask([](const spine_run* run, spine_value* value) {
        return interface_from<spine_config_1>(run, SPINE_CONFIG_ID)->get(run, spine::str("colour"), value);
    });
    BOOST_TEST((config.failure && config.failure->exit_code == 8));
    BOOST_TEST(setup.redactor.empty()); // nothing was even looked up
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_not_there_fails_whoever_asks_in_whatever_way) {
    Setup setup;
    setup.probe.call.params["name"] = "secret:env:NONE";
    setup.probe.configuration = {{"probe.domain.colour", "secret:env:NONE"}};
    const auto fails = [&](const auto& body) {
        const auto outcome = setup.probe.attempt("work", [&](spine::Attempt& attempt) { body(attempt); });
        const auto& failure = failure_in(outcome);
        BOOST_TEST((failure.category == unit::Category::configuration));
        BOOST_TEST(failure.exit_code == 3);
        BOOST_TEST(contains(failure.message, "variable NONE is not set"));
    };
    fails([](spine::Attempt& attempt) { attempt.has("name"); });
    fails([](spine::Attempt& attempt) { attempt.maybe_text("name"); });
    fails([](spine::Attempt& attempt) { attempt.config("colour"); });
    fails([](spine::Attempt& attempt) { attempt.config_text("colour"); });
    // A plugin that takes any status for "not given", as one built with an older SDK does, and one that gives reasons of its own.
    fails([](spine::Attempt& attempt) {
        spine_value value{};
        attempt.raw()->param(attempt.raw(), spine::str("name"), &value);
    });
    fails([](spine::Attempt& attempt) {
        spine_value value{};
        attempt.raw()->param(attempt.raw(), spine::str("name"), &value);
        throw spine::Error{SPINE_INVALID_DATA, "no key was given"};
    });
    setup.probe.call.params.erase("name");
    const auto outcome = setup.probe.attempt("work", [](spine::Attempt& attempt) {
        BOOST_TEST(!attempt.has("name"));
        BOOST_TEST(!attempt.maybe_text("name").has_value());
    });
    BOOST_TEST((std::holds_alternative<unit::Done>(outcome)));
}

BOOST_AUTO_TEST_CASE(a_parameter_that_is_read_as_another_type_is_no_zero) {
    Setup setup;
    setup.probe.call.params = {{"name", "12"}, {"data", 7}, {"day", "2026-01-02"}};
    const auto said = [&](const auto& body) {
        const auto outcome = setup.probe.attempt("work", [&](spine::Attempt& attempt) { body(attempt); });
        return failure_in(outcome).message;
    };
    BOOST_TEST(said([](spine::Attempt& a) { a.integer("name"); }) == "parameter 'name' is a text, and was asked for as a whole number");
    BOOST_TEST(contains(said([](spine::Attempt& a) { a.real("name"); }), "asked for as a number"));
    BOOST_TEST(contains(said([](spine::Attempt& a) { a.flag("name"); }), "asked for as true or false"));
    BOOST_TEST(contains(said([](spine::Attempt& a) { a.date("name"); }), "asked for as a date"));
}

BOOST_AUTO_TEST_CASE(plans_and_composites_get_the_reference_because_their_words_are_recorded) {
    Setup setup;
    const auto text_of = [](const spine_run* run, std::string& out) {
        spine_value value{};
        const auto status = run->param(run, spine::str("name"), &value);
        out.assign(value.text.data, value.text.size);
        return status;
    };
    std::string seen;
    setup.probe.plan([&](const spine_run* run) { return text_of(run, seen); });
    BOOST_TEST(seen == "secret:env:TOKEN");
    setup.probe.run("all", [&](const spine_run* run) { return text_of(run, seen); });
    BOOST_TEST(seen == "secret:env:TOKEN");
    BOOST_TEST(setup.redactor.empty());
}

BOOST_AUTO_TEST_CASE(data_cannot_become_a_reference) {
    Setup setup;
    const auto outcome = setup.probe.attempt("work", [](spine::Attempt& attempt) { attempt.output("next", "secret:env:TOKEN"); });
    BOOST_TEST(contains(failure_in(outcome).message, "'next' is written like a reference to a secret"));
    const auto result = setup.probe.lambda([](const spine_run* run) {
        const std::string text = R"({"a":["secret:env:TOKEN"]})";
        const spine_value value{SPINE_JSON, 0, 0, 0.0, spine::str(text)};
        return interface_from<spine_step_1>(run, SPINE_STEP_ID)->update(run, spine::str("next"), &value);
    });
    BOOST_TEST_REQUIRE(result.failure.has_value());
    BOOST_TEST(contains(result.failure->message, "'next' is written like a reference to a secret"));
}

BOOST_AUTO_TEST_SUITE_END()
