#include "probe.hpp"
#include "support/heard_log.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <ostream>
#include <set>
#include <thread>

namespace spine::plugin {
namespace {

struct Mapping {
    spine_status status;
    unit::Category category;
    int exit_code;
};
std::ostream& operator<<(std::ostream& out, const Mapping& one) {
    return out << "status " << one.status;
}

const Mapping mappings[] = {
    {SPINE_INVALID_ARG, unit::Category::configuration, 3},
    {SPINE_INVALID_STATE, unit::Category::dependency, 7},
    {SPINE_INVALID_DATA, unit::Category::data_quality, 6},
    {SPINE_NOT_FOUND, unit::Category::dependency, 7},
    {SPINE_CONFLICT, unit::Category::transient, 5},
    {SPINE_INTEGRITY, unit::Category::data_quality, 6},
    {SPINE_IO, unit::Category::transient, 7},
    {SPINE_UNAVAILABLE, unit::Category::transient, 7},
    {SPINE_TIMEOUT, unit::Category::timeout, 7},
    {SPINE_CANCELLED, unit::Category::cancelled, 1},
    {SPINE_UNSUPPORTED, unit::Category::configuration, 3},
    {SPINE_DENIED, unit::Category::configuration, 8},
    {SPINE_RESOURCE, unit::Category::resource, 7},
    {SPINE_INTERNAL, unit::Category::internal, 1},
    {SPINE_PANIC, unit::Category::step_error, 1},
};

spine_status fail(const spine_run* run,
                  spine_status status,
                  std::string_view message,
                  std::string_view details = {}) {
    return run->fail(run, status, SPINE_RETRY_NEVER, 0, str(message), str(details));
}

spine_str invalid() { return str("caf\xe9"); }

} // namespace

BOOST_AUTO_TEST_SUITE(attempt)

BOOST_AUTO_TEST_CASE(a_run_says_what_it_is) {
    Probe probe;
    probe.call.attempt = 3;
    probe.call.force = true;
    BOOST_TEST(std::holds_alternative<unit::Done>(probe.run("work", [](const spine_run* run) {
        BOOST_TEST(run->struct_size == sizeof(spine_run));
        BOOST_TEST(run->attempt == 3u);
        BOOST_TEST(run->flags == SPINE_RUN_FORCE);
        BOOST_TEST(spine::view(run->execution_id) == "execution-1");
        BOOST_TEST(spine::view(run->batch_id) == "batch-1");
        BOOST_TEST(spine::view(run->pipeline) == "probe.domain.work");
        BOOST_TEST(spine::view(run->idempotency_key).empty() == false);
        return SPINE_OK;
    })));
}

BOOST_AUTO_TEST_CASE(
    a_workflows_step_has_one_key_for_every_attempt_and_another_for_every_generation) {
    Probe probe;
    struct Seen {
        std::string step, key;
        std::uint32_t attempt = 0;
    };
    const auto seen_by_pipeline = [&](const char* pipeline = "work") {
        Seen seen;
        probe.run(pipeline, [&](const spine_run* run) {
            seen = {std::string{spine::view(run->step)},
                    std::string{spine::view(run->idempotency_key)},
                    run->attempt};
            return SPINE_OK;
        });
        return seen;
    };
    BOOST_TEST(seen_by_pipeline().key == "execution-1"); // of no workflow
    BOOST_TEST(seen_by_pipeline().step.empty());
    probe.call.run_id = "run-1";
    probe.call.step = "each[17]/normalize";
    const auto first = seen_by_pipeline();
    BOOST_TEST(first.step == "each[17]/normalize");
    BOOST_TEST(first.key.size() == 64u);
    probe.call.attempt = 4;
    probe.call.execution_id = "execution-2";
    const auto fourth = seen_by_pipeline();
    BOOST_TEST(fourth.key == first.key);
    BOOST_TEST(fourth.attempt == 4u);
    probe.call.generation = 2;
    BOOST_TEST(seen_by_pipeline().key != first.key);
    probe.call.generation = 1;
    BOOST_TEST(seen_by_pipeline("limited").key != first.key); // a child, say
    probe.call.step = "each[1]";
    probe.call.run_id = "run-17";
    const auto other = seen_by_pipeline().key;
    probe.call.step = "7each[1]";
    probe.call.run_id = "run-1";
    BOOST_TEST(seen_by_pipeline().key != other);

    run::LambdaCall step;
    step.run_id = "run-1";
    step.step = "check";
    step.attempt = 2;
    const auto seen_by_lambda = [&] {
        Seen seen;
        probe.lambda(
            [&](const spine_run* run) {
                seen = {std::string{spine::view(run->step)},
                        std::string{spine::view(run->idempotency_key)},
                        run->attempt};
                return SPINE_OK;
            },
            step);
        return seen;
    };
    const auto second = seen_by_lambda();
    BOOST_TEST(second.step == "check");
    BOOST_TEST(second.attempt == 2u);
    step.attempt = 3;
    BOOST_TEST(seen_by_lambda().key == second.key);
    step.generation = 2;
    BOOST_TEST(seen_by_lambda().key != second.key);
}

BOOST_DATA_TEST_CASE(a_status_decides_category_and_exit_code,
                     boost::unit_test::data::make(mappings),
                     one) {
    Probe probe;
    const auto said =
        probe.run("work", [&](const spine_run* run) { return fail(run, one.status, "as it is"); });
    BOOST_TEST((failure_in(said).category == one.category));
    BOOST_TEST(failure_in(said).exit_code == one.exit_code);
    BOOST_TEST(failure_in(said).message == "as it is");
    BOOST_TEST((failure_in(said).retry == unit::Retry::never));
    const auto unsaid = probe.run("work", [&](const spine_run*) { return one.status; });
    BOOST_TEST((failure_in(unsaid).category == one.category));
    BOOST_TEST(contains(failure_in(unsaid).message, "without saying why"));
}

BOOST_AUTO_TEST_CASE(a_category_in_the_details_overrides_the_status) {
    Probe probe;
    const auto outcome = probe.run("work", [](const spine_run* run) {
        return fail(run,
                    SPINE_INTERNAL,
                    "too few",
                    R"({"category":"QUALITY_GATE","hint":"look","rows":3})");
    });
    BOOST_TEST((failure_in(outcome).category == unit::Category::quality_gate));
    BOOST_TEST(failure_in(outcome).exit_code == 6);
    BOOST_TEST(failure_in(outcome).hint == "look");
    BOOST_TEST(failure_in(outcome).details.at("rows").as_int64() == 3);
    const auto missing = probe.run("work", [](const spine_run* run) {
        return fail(run, SPINE_NOT_FOUND, "no week", R"({"missing_file":"week.psv"})");
    });
    BOOST_TEST((failure_in(missing).category == unit::Category::dependency));
    BOOST_TEST(failure_in(missing).exit_code == 4);
    const auto odd = probe.run(
        "work", [](const spine_run* run) { return fail(run, SPINE_IO, "odd", "{no json"); });
    BOOST_TEST(failure_in(odd).message == "odd");
    BOOST_TEST(failure_in(odd).details.at("text").as_string() == "{no json");
}

BOOST_AUTO_TEST_CASE(an_unknown_status_is_internal_and_named) {
    Probe probe;
    for (const spine_status status : {99, -1, 16}) {
        const auto outcome = probe.run("work", [&](const spine_run*) { return status; });
        BOOST_TEST((failure_in(outcome).category == unit::Category::internal));
        BOOST_TEST(contains(failure_in(outcome).message, "status " + std::to_string(status)));
    }
}

BOOST_AUTO_TEST_CASE(an_exception_that_crosses_ends_the_attempt_only) {
    Probe probe;
    const auto thrown = probe.run(
        "work", [](const spine_run*) -> spine_status { throw std::runtime_error{"out of hand"}; });
    BOOST_TEST((failure_in(thrown).category == unit::Category::step_error));
    BOOST_TEST(contains(failure_in(thrown).message, "out of hand"));
    const auto sdk = probe.run("work", [](const spine_run*) -> spine_status {
        throw spine::Error{SPINE_IO, "without the barrier"};
    });
    BOOST_TEST(contains(failure_in(sdk).message, "without the barrier"));
    const auto number = probe.run("work", [](const spine_run*) -> spine_status { throw 42; });
    BOOST_TEST(contains(failure_in(number).message, "no std::exception"));
    BOOST_TEST(std::holds_alternative<unit::Done>(
        probe.run("work", [](const spine_run*) { return SPINE_OK; })));
}

BOOST_AUTO_TEST_CASE(what_a_plugin_says_is_no_failure_when_it_succeeds) {
    Probe probe;
    const auto outcome = probe.run("work", [](const spine_run* run) {
        fail(run, SPINE_IO, "changed my mind");
        return SPINE_OK;
    });
    BOOST_TEST(std::holds_alternative<unit::Done>(outcome));
}

BOOST_AUTO_TEST_CASE(a_failure_in_bytes_that_are_no_text_is_still_shown) {
    Probe probe;
    const auto outcome = probe.run("work", [](const spine_run* run) {
        return run->fail(run, SPINE_IO, SPINE_RETRY_NOW, 0, invalid(), {});
    });
    BOOST_TEST((failure_in(outcome).category == unit::Category::configuration));
    BOOST_TEST(contains(failure_in(outcome).message, "run.fail"));
    BOOST_TEST(contains(failure_in(outcome).message, "caf\\xe9"));
    const auto null = probe.run("work", [](const spine_run* run) {
        return run->fail(run, SPINE_IO, SPINE_RETRY_NOW, 0, {nullptr, 10}, {});
    });
    BOOST_TEST(contains(failure_in(null).message, "run.fail"));
    const auto ok =
        probe.run("work", [](const spine_run* run) { return fail(run, SPINE_OK, "no failure"); });
    BOOST_TEST(contains(failure_in(ok).message, "none of a failure"));
}

BOOST_AUTO_TEST_CASE(parameters_come_in_their_types) {
    Probe probe;
    probe.call.params = {{"count", 7},
                         {"name", "AAPL"},
                         {"day", "2026-01-02"},
                         {"price", 1.5},
                         {"flag", true},
                         {"data", boost::json::array{1, 2}},
                         {"at", "2026-01-02T00:00:00.000Z"}};
    const auto outcome = probe.attempt("work", [](spine::Attempt& attempt) {
        BOOST_TEST(attempt.integer("count") == 7);
        BOOST_TEST(attempt.text("name") == "AAPL");
        BOOST_TEST(attempt.date("day") == "2026-01-02");
        BOOST_TEST(attempt.real("price") == 1.5);
        BOOST_TEST(attempt.flag("flag"));
        BOOST_TEST(attempt.text("data") == "[1,2]");
        BOOST_TEST(!attempt.has("nothing"));
        spine_value value{};
        const auto* run = attempt.raw();
        BOOST_TEST(run->param(run, str("day"), &value) == SPINE_OK);
        BOOST_TEST(value.type == SPINE_DATE);
        BOOST_TEST(run->param(run, str("at"), &value) == SPINE_OK);
        BOOST_TEST(value.type == SPINE_TIMESTAMP);
        BOOST_TEST(run->param(run, str("absent"), &value) == SPINE_NOT_FOUND);
        BOOST_TEST(run->param(run, str("day"), nullptr) == SPINE_INVALID_ARG);
        BOOST_TEST(run->param(run, invalid(), &value) == SPINE_INVALID_ARG);
        BOOST_TEST(run->param(nullptr, str("day"), &value) == SPINE_INVALID_ARG);
    });
    BOOST_TEST(std::holds_alternative<unit::Done>(outcome));
}

BOOST_AUTO_TEST_CASE(outputs_keep_their_types_and_the_last_value_counts) {
    Probe probe;
    const auto outcome = probe.attempt("work", [](spine::Attempt& attempt) {
        attempt.output("rows", 1)
            .output("rows", 50)
            .output("share", 0.25)
            .output("text", "a")
            .output("ok", true);
        attempt.output("list", spine::Json{"[1,{\"a\":2.50}]"});
        attempt.output("none", nullptr);
    });
    const auto* done = std::get_if<unit::Done>(&outcome);
    BOOST_TEST_REQUIRE(done != nullptr);
    BOOST_TEST(done->outputs.at("rows").as_int64() == 50);
    BOOST_TEST(done->outputs.at("share").as_double() == 0.25);
    BOOST_TEST(done->outputs.at("text").as_string() == "a");
    BOOST_TEST(done->outputs.at("ok").as_bool());
    BOOST_TEST(done->outputs.at("list").as_array()[1].at("a").as_double() == 2.5);
    BOOST_TEST(done->outputs.at("none").is_null());
}

BOOST_AUTO_TEST_CASE(a_wrong_output_is_refused_by_name_and_cannot_be_shrugged_off) {
    Probe probe;
    const auto emits = [&](spine_str name, std::optional<spine_value> value) {
        return probe.run("work", [&](const spine_run* run) {
            BOOST_TEST(run->emit(run, name, value ? &*value : nullptr) == SPINE_INVALID_ARG);
            return SPINE_OK;
        });
    };
    const auto refused = [&](const unit::Outcome& outcome, const char* words) {
        BOOST_TEST((failure_in(outcome).category == unit::Category::configuration));
        BOOST_TEST(contains(failure_in(outcome).message, "run.emit: "));
        BOOST_TEST(contains(failure_in(outcome).message, words), failure_in(outcome).message);
    };
    refused(emits(str("x"), value_of(std::numeric_limits<double>::quiet_NaN())), "not finite");
    refused(emits(str("x"), value_of(std::numeric_limits<double>::infinity())), "not finite");
    refused(emits(str("x"), spine_value{SPINE_TEXT, 0, 0, 0, invalid()}), "not UTF-8");
    refused(emits(str("x"), spine_value{SPINE_TEXT, 0, 0, 0, {nullptr, 5}}), "null");
    refused(emits(str("x"), spine_value{SPINE_TEXT, 0, 0, 0, {"x", std::uint64_t{1} << 60}}),
            "too long");
    refused(emits(str("x"), spine_value{SPINE_JSON, 0, 0, 0, str("{")}), "no JSON");
    refused(emits(str("x"), spine_value{SPINE_BOOL, 0, 2, 0, {}}), "neither 0 nor 1");
    refused(emits(str("x"), spine_value{77, 0, 0, 0, {}}), "type 77");
    refused(emits(invalid(), value_of(1)), "not UTF-8");
    refused(emits({}, value_of(1)), "empty");
    refused(emits(str("x"), std::nullopt), "null");
}

BOOST_AUTO_TEST_CASE(outputs_together_have_a_mebibyte) {
    Probe probe;
    const std::string most(600'000, 'x');
    BOOST_TEST(
        std::holds_alternative<unit::Done>(probe.attempt("work", [&](spine::Attempt& attempt) {
            for (int i = 0; i < 10; ++i)
                attempt.output("same", most); // the last one counts, for the limit too
        })));
    const auto outcome = probe.attempt(
        "work", [&](spine::Attempt& attempt) { attempt.output("a", most).output("b", most); });
    BOOST_TEST(contains(failure_in(outcome).message, "exceed 1 MiB"));
}

BOOST_AUTO_TEST_CASE(after_cancellation_every_call_says_so) {
    Probe probe;
    const auto outcome = probe.run("work", [&](const spine_run* run) {
        spine_value value{};
        BOOST_TEST(run->is_cancelled(run) == 0);
        probe.cancel.cancel();
        BOOST_TEST(run->is_cancelled(run) == 1);
        BOOST_TEST(run->param(run, str("count"), &value) == SPINE_CANCELLED);
        BOOST_TEST(run->wait(run, 1000) == SPINE_CANCELLED);
        return run->emit(run, str("x"), &value);
    });
    BOOST_TEST((failure_in(outcome).category == unit::Category::cancelled));
    BOOST_TEST(failure_in(outcome).message == "cancelled");
}

BOOST_AUTO_TEST_CASE(a_plugin_may_still_say_why_it_stops_when_cancelled) {
    Probe probe;
    const auto outcome = probe.run("work", [&](const spine_run* run) {
        probe.cancel.cancel();
        return fail(run, SPINE_CANCELLED, "stopped in week 7");
    });
    BOOST_TEST(failure_in(outcome).message == "stopped in week 7");
}

BOOST_AUTO_TEST_CASE(past_its_time_every_call_says_so) {
    Probe probe;
    const auto outcome = probe.run("limited", [&](const spine_run* run) {
        BOOST_TEST(run->wait(run, 1999) == SPINE_OK);
        BOOST_TEST(run->is_cancelled(run) == 0);
        BOOST_TEST(run->wait(run, 1000) == SPINE_TIMEOUT);
        BOOST_TEST(run->is_cancelled(run) == 1);
        return SPINE_CANCELLED; // what a plugin that only looks at is_cancelled would say
    });
    BOOST_TEST((failure_in(outcome).category == unit::Category::timeout));
    BOOST_TEST(contains(failure_in(outcome).message, "longer than the 2 s"));
    BOOST_TEST((probe.clock.elapsed < std::chrono::milliseconds{2100}));
}

BOOST_AUTO_TEST_CASE(a_step_past_its_time_is_told_so_and_ends_as_timeout_whatever_it_calls_that) {
    const auto stop = run::CancelToken::Why::timed_out;
    const auto check = [](const unit::Failure& failure, const char* also) {
        BOOST_TEST((failure.category == unit::Category::timeout));
        BOOST_TEST(failure.exit_code == 7);
        BOOST_TEST(contains(failure.message, "timeout_seconds of its step or its run"),
                   failure.message);
        BOOST_TEST(contains(failure.message, also), failure.message);
    };
    Probe called, silent, speaking, before;
    check(failure_in(called.run("work",
                                [&](const spine_run* run) {
                                    called.cancel.cancel(stop);
                                    return run->wait(run, 1'000) == SPINE_TIMEOUT ? SPINE_TIMEOUT
                                                                                  : SPINE_INTERNAL;
                                })),
          "");
    BOOST_TEST((called.clock.elapsed == std::chrono::seconds{0})); // it waited for nothing
    check(failure_in(silent.run("work",
                                [&](const spine_run* run) {
                                    silent.cancel.cancel(stop);
                                    return run->is_cancelled(run) != 0 ? SPINE_CANCELLED
                                                                       : SPINE_INTERNAL;
                                })),
          "");
    check(failure_in(speaking.run("work",
                                  [&](const spine_run* run) {
                                      speaking.cancel.cancel(stop);
                                      return fail(run, SPINE_CANCELLED, "stopped in week 7");
                                  })),
          ": stopped in week 7");
    before.cancel.cancel(stop);
    check(failure_in(before.run("work",
                                [](const spine_run*) -> spine_status {
                                    BOOST_ERROR("it was entered");
                                    return SPINE_OK;
                                })),
          "");
}

BOOST_AUTO_TEST_CASE(a_failure_of_its_own_stays_one_although_the_time_is_over) {
    Probe probe;
    const auto outcome = probe.run("work", [&](const spine_run* run) {
        probe.cancel.cancel(run::CancelToken::Why::timed_out);
        return fail(run, SPINE_INVALID_DATA, "no rows");
    });
    BOOST_TEST((failure_in(outcome).category == unit::Category::data_quality));
}

BOOST_AUTO_TEST_CASE(a_lambda_is_cancelled_too) {
    Probe probe;
    run::CancelToken above, step{&above};
    run::LambdaCall call;
    call.cancel = &step;
    const auto result = probe.lambda(
        [&](const spine_run* run) {
            BOOST_TEST(run->is_cancelled(run) == 0);
            above.cancel();
            BOOST_TEST(run->is_cancelled(run) == 1);
            return run->wait(run, 3'600'000);
        },
        call);
    BOOST_TEST(!result.ok);
    BOOST_TEST((result.failure->category == unit::Category::cancelled));
}

BOOST_AUTO_TEST_CASE(waiting_ends_soon_after_cancellation) {
    Probe probe;
    probe.progress = [&](const run::Progress&) { probe.cancel.cancel(); };
    const auto outcome = probe.run("work", [&](const spine_run* run) {
        run->progress(run, 1, 2, str("x"));
        return run->wait(run, 3'600'000);
    });
    BOOST_TEST((failure_in(outcome).category == unit::Category::cancelled));
    BOOST_TEST((probe.clock.elapsed < std::chrono::seconds{1}));
}

BOOST_AUTO_TEST_CASE(progress_is_handed_on_without_control_characters) {
    Probe probe;
    std::vector<run::Progress> seen;
    probe.progress = [&](const run::Progress& one) { seen.push_back(one); };
    probe.run("work", [](const spine_run* run) {
        run->progress(run, 5, 10, str("we\x1b[2Jek\n"));
        return SPINE_OK;
    });
    BOOST_TEST_REQUIRE(seen.size() == 1u);
    BOOST_TEST(seen[0].pipeline == "probe.domain.work");
    BOOST_TEST(seen[0].done == 5u);
    BOOST_TEST(seen[0].total == 10u);
    BOOST_TEST(seen[0].what == "we\\x1b[2Jek\\n");
}

BOOST_AUTO_TEST_CASE(calls_from_another_thread_are_refused_and_end_the_attempt) {
    Probe probe;
    const auto outcome = probe.run("work", [&](const spine_run* run) {
        std::thread{[&] {
            spine_value value{};
            BOOST_TEST(run->param(run, str("count"), &value) == SPINE_INVALID_STATE);
            BOOST_TEST(run->is_cancelled(run) == 0); // may be called from anywhere
            run->progress(run, 1, 1, str("x"));
        }}.join();
        return SPINE_OK;
    });
    BOOST_TEST(contains(failure_in(outcome).message, "run.param: called from another thread"));
    BOOST_TEST((failure_in(outcome).retry == unit::Retry::never));
}

BOOST_AUTO_TEST_CASE(each_kind_of_work_is_offered_its_own_interfaces_and_nothing_else) {
    Probe probe;
    const std::vector<const char*> all{SPINE_LOG_ID,
                                       SPINE_CONFIG_ID,
                                       SPINE_CLOCK_ID,
                                       SPINE_MANIFEST_ID,
                                       SPINE_PLAN_ID,
                                       SPINE_PARTITION_ID,
                                       SPINE_SOURCE_ID,
                                       SPINE_CAPTURE_ID,
                                       SPINE_DB_ID,
                                       SPINE_APPEND_ID,
                                       SPINE_REJECTS_ID,
                                       SPINE_QUALITY_ID,
                                       SPINE_ANOMALIES_ID,
                                       SPINE_DISPATCH_ID,
                                       SPINE_STEP_ID,
                                       SPINE_COURSE_ID,
                                       "spine.log/2",
                                       "spine.log",
                                       "",
                                       "spine.secrets/1"};
    std::set<std::string> offered;
    const Work look = [&](const spine_run* run) {
        offered.clear();
        for (const auto* id : all)
            if (run->get_interface(run, str(id)) != nullptr)
                offered.insert(id);
        BOOST_TEST(run->get_interface(run, {nullptr, 12}) == nullptr);
        return SPINE_OK;
    };
    probe.run("work", look);
    BOOST_TEST((offered == std::set<std::string>{SPINE_LOG_ID,
                                                 SPINE_CONFIG_ID,
                                                 SPINE_CLOCK_ID,
                                                 SPINE_MANIFEST_ID,
                                                 SPINE_PARTITION_ID,
                                                 SPINE_SOURCE_ID,
                                                 SPINE_CAPTURE_ID,
                                                 SPINE_DB_ID,
                                                 SPINE_APPEND_ID,
                                                 SPINE_REJECTS_ID,
                                                 SPINE_QUALITY_ID,
                                                 SPINE_ANOMALIES_ID}));
    probe.plan(look);
    BOOST_TEST(
        (offered ==
         std::set<std::string>{
             SPINE_LOG_ID, SPINE_CONFIG_ID, SPINE_CLOCK_ID, SPINE_MANIFEST_ID, SPINE_PLAN_ID}));
    probe.run("all", look);
    BOOST_TEST((offered == std::set<std::string>{SPINE_LOG_ID,
                                                 SPINE_CONFIG_ID,
                                                 SPINE_CLOCK_ID,
                                                 SPINE_MANIFEST_ID,
                                                 SPINE_SOURCE_ID,
                                                 SPINE_ANOMALIES_ID,
                                                 SPINE_DISPATCH_ID}));
    probe.lambda(look);
    BOOST_TEST(
        (offered ==
         std::set<std::string>{
             SPINE_LOG_ID, SPINE_CONFIG_ID, SPINE_MANIFEST_ID, SPINE_STEP_ID, SPINE_COURSE_ID}));
}

BOOST_AUTO_TEST_CASE(configuration_is_typed_and_found_under_domain_alias_or_plugin) {
    for (const auto* key : {"probe.domain.colour", "probe.colour"}) {
        Probe probe;
        probe.configuration = {{key, "red"}};
        BOOST_TEST(
            std::holds_alternative<unit::Done>(probe.attempt("work", [](spine::Attempt& attempt) {
                BOOST_TEST(attempt.config_text("colour") == "red");
                BOOST_TEST(attempt.config("limit")->integer == 5);
            })));
    }
    Probe unset;
    BOOST_TEST(
        std::holds_alternative<unit::Done>(unset.attempt("work", [](spine::Attempt& attempt) {
            BOOST_TEST(!attempt.config("colour").has_value());
        })));
    Probe wrong;
    wrong.configuration = {{"probe.domain.limit", "many"}};
    const auto outcome =
        wrong.attempt("work", [](spine::Attempt& attempt) { attempt.config("limit"); });
    BOOST_TEST((failure_in(outcome).category == unit::Category::configuration));
    BOOST_TEST(contains(failure_in(outcome).message, "probe.domain"));
    const auto undeclared =
        unset.attempt("work", [](spine::Attempt& attempt) { attempt.config("size"); });
    BOOST_TEST(contains(failure_in(undeclared).message, "declares no key 'size'"));
}

BOOST_AUTO_TEST_CASE(the_clock_is_the_executions_creation) {
    Probe probe;
    std::int64_t seen = 0;
    probe.attempt("work", [&](spine::Attempt& attempt) { seen = attempt.created_at_ms(); });
    BOOST_TEST(seen == 1'767'413'701'042);
}

BOOST_AUTO_TEST_CASE(log_lines_have_fields_and_no_control_characters_and_an_end) {
    test::HeardLog log{env::LogWeight::info};
    Probe probe;
    probe.log = &log;
    probe.attempt("work", [](spine::Attempt& attempt) {
        attempt.warn("two\nlines \x1b[31m {} %v");
        attempt.info(std::string(10'000, 'x'));
        attempt.log(SPINE_LOG_DEBUG, "below the level");
        std::thread{[&] { attempt.info("from another thread"); }}.join();
    });
    BOOST_TEST(contains(log.text(),
                        "warn two\\nlines \\x1b[31m {} %v pipeline=probe.domain.work "
                        "execution=execution-1 attempt=1\n"));
    BOOST_TEST(contains(log.text(), "info from another thread pipeline="));
    BOOST_TEST(!contains(log.text(), "below the level"));
    BOOST_TEST(log.text().size() < 5'000u);
}

BOOST_AUTO_TEST_CASE(what_is_logged_is_kept_with_the_attempt_however_it_ends) {
    Probe probe; // without a log of the program
    const auto outcome = probe.run("work", [&](const spine_run* run) {
        const auto* log = interface_from<spine_log_1>(run, SPINE_LOG_ID);
        log->write(run, SPINE_LOG_WARN, str("two\nlines \x1b[31m"));
        log->write(run, SPINE_LOG_DEBUG, str("below the level"));
        probe.clock.advance(std::chrono::seconds{1});
        std::thread{[&] { log->write(run, SPINE_LOG_INFO, str("from another thread")); }}.join();
        log->write(run, SPINE_LOG_ERROR, {nullptr, 5});
        log->write(run, 77, str("of an unknown level"));
        return fail(run, SPINE_IO, "no");
    });
    BOOST_TEST(failure_in(outcome).message == "no");
    const std::vector<unit::LogLine> expected{
        {"2026-01-03T04:15:01.000Z", "WARN", "two\\nlines \\x1b[31m"},
        {"2026-01-03T04:15:02.000Z", "INFO", "from another thread"},
        {"2026-01-03T04:15:02.000Z", "ERROR", "(a text that cannot be read)"},
        {"2026-01-03T04:15:02.000Z", "INFO", "of an unknown level"}};
    BOOST_TEST((probe.unit.logs == expected));
    const auto result = probe.lambda([](const spine_run* run) {
        interface_from<spine_log_1>(run, SPINE_LOG_ID)->write(run, SPINE_LOG_INFO, str("light"));
        return SPINE_OK;
    });
    BOOST_TEST_REQUIRE(result.log.size() == 1u);
    BOOST_TEST(result.log[0].text == "light");
}

BOOST_AUTO_TEST_CASE(debug_lines_are_kept_when_the_log_shows_them) {
    test::HeardLog log;
    Probe probe;
    probe.log = &log;
    probe.call.run_id = "run-1";
    probe.call.step = "load";
    probe.attempt("work", [](spine::Attempt& attempt) { attempt.log(SPINE_LOG_DEBUG, "detail"); });
    BOOST_TEST_REQUIRE(probe.unit.logs.size() == 1u);
    BOOST_TEST(probe.unit.logs[0].level == "DEBUG");
    BOOST_TEST(contains(log.text(), "execution=execution-1 run=run-1 step=load attempt=1"));
}

BOOST_AUTO_TEST_CASE(an_attempt_keeps_ten_thousand_lines_and_says_how_many_are_missing) {
    Probe probe;
    probe.attempt("work", [](spine::Attempt& attempt) {
        for (int i = 0; i < 10'003; ++i)
            attempt.info(std::to_string(i));
    });
    BOOST_TEST_REQUIRE(probe.unit.logs.size() == 10'000u);
    BOOST_TEST(probe.unit.logs[9'998].text == "9998");
    BOOST_TEST(contains(probe.unit.logs.back().text, "4 lines were dropped"));
}

BOOST_AUTO_TEST_CASE(an_attempt_keeps_a_mebibyte_of_lines_and_no_line_after_a_gap) {
    Probe probe;
    const std::string long_line(5'000, 'x');
    probe.attempt("work", [&](spine::Attempt& attempt) {
        for (int i = 0; i < 300; ++i)
            attempt.info(long_line);
        attempt.info("short");
    });
    std::size_t bytes = 0;
    for (const auto& line : probe.unit.logs)
        bytes += line.time.size() + line.level.size() + line.text.size();
    BOOST_TEST(bytes <= std::size_t{1} << 20);
    BOOST_TEST(bytes > (std::size_t{1} << 20) - 5'000);
    BOOST_TEST(contains(probe.unit.logs.back().text, " lines were dropped"));
    BOOST_TEST(contains(probe.unit.logs[probe.unit.logs.size() - 2].text, "xxx"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spine::plugin
