#include "support/fake_world.hpp"
#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
namespace json = boost::json;

namespace {
unit::Failure failure(unit::Category category, const std::string& message, int code) {
    unit::Failure made;
    made.category = category;
    made.message = message;
    made.hint = "look at it";
    made.retry = unit::Retry::never;
    made.exit_code = code;
    return made;
}
} // namespace

BOOST_FIXTURE_TEST_SUITE(run_command, test::FakeWorld)

BOOST_AUTO_TEST_CASE(a_completed_run_is_one_document_with_everything) {
    libraries.library.scripted.work["demo.numbers.count"] = [&](const run::Call&, auto&, auto&) {
        clock.advance(std::chrono::milliseconds{1042});
        return unit::Outcome{unit::Done{{{"row_count", 50}}}};
    };
    BOOST_TEST(spine({"run", "demo.count", "-p", "tier=otc", "-o", "json"}) == 0);
    const auto document = workflow::json_from(out.text).as_object();
    BOOST_TEST(document.at("status").as_string() == "completed");
    BOOST_TEST(document.at("params").at("tier").as_string() == "OTC");
    BOOST_TEST(document.at("outputs").at("row_count").as_int64() == 50);
    BOOST_TEST(document.at("duration_seconds").as_double() == 1.042);
    BOOST_TEST(document.at("error").is_null());
    BOOST_TEST(document.at("attempts").as_int64() == 1);
    BOOST_TEST(!document.at("execution_id").as_string().empty());
    BOOST_TEST(!document.at("batch_id").as_string().empty());
    BOOST_TEST(document.at("children").as_array().empty());
    BOOST_TEST(err.text == "");
    BOOST_TEST(interrupts_held == 1);
}

BOOST_AUTO_TEST_CASE(people_see_the_status_the_ids_and_a_table_of_the_children) {
    libraries.library.scripted.work["demo.numbers.count"] = [](const run::Call& call, auto&, auto&) {
        return unit::Outcome{unit::Done{{{"row_count", call.params.at("tier") == "OTC" ? 5328 : 50}}}};
    };
    libraries.library.scripted.work["demo.numbers.count_all"] = [](const run::Call&, const run::Dispatch& dispatch, auto&) {
        dispatch("count", {{"tier", "OTC"}});
        dispatch("count", {{"tier", "NMS_TIER_1"}});
        return unit::Outcome{unit::Done{{{"weeks", 3}}}};
    };
    BOOST_TEST(spine({"run", "count_all"}) == 0);
    BOOST_TEST(out.text.starts_with("status     completed\npipeline   demo.numbers.count_all\n"), out.text);
    BOOST_TEST(out.text.find("count     tier=OTC weeks_back=6         completed  5328") != std::string::npos, out.text);
    BOOST_TEST(out.text.find("count     tier=NMS_TIER_1 weeks_back=6  completed    50") != std::string::npos, out.text);
}

BOOST_AUTO_TEST_CASE(nothing_due_is_success_that_says_why) {
    script.not_due = run::NotDue{"e9", "b9", "the inputs are those of 2026-01-02", {{"row_count", 7}}};
    BOOST_TEST(spine({"run", "idle"}) == 0);
    BOOST_TEST(out.text.find("status     skipped\n") != std::string::npos, out.text);
    BOOST_TEST(out.text.find("reason     the inputs are those of 2026-01-02\n") != std::string::npos, out.text);
    BOOST_TEST(out.text.find("execution  e9\n") != std::string::npos, out.text);
}

BOOST_AUTO_TEST_CASE(a_failed_run_prints_its_document_and_its_error_and_exits_by_category) {
    libraries.library.scripted.work["demo.numbers.idle"] = [](const run::Call&, auto&, auto&) {
        return unit::Outcome{failure(unit::Category::data_quality, "half of the rows are bad", 6)};
    };
    BOOST_TEST(spine({"run", "idle", "-o", "json"}) == 6);
    const auto error = workflow::json_from(out.text).at("error");
    BOOST_TEST(error.at("category").as_string() == "DATA_QUALITY");
    BOOST_TEST(error.at("message").as_string() == "half of the rows are bad");
    BOOST_TEST(error.at("hint").as_string() == "look at it");
    BOOST_TEST(error.at("exit_code").as_int64() == 6);
    BOOST_TEST(err.text == "error: demo.numbers.idle: half of the rows are bad\nhint: look at it\n");
}

BOOST_AUTO_TEST_CASE(a_failed_child_is_in_the_table_with_its_error) {
    libraries.library.scripted.work["demo.numbers.count"] = [](const run::Call&, auto&, auto&) {
        return unit::Outcome{failure(unit::Category::dependency, "the file is missing", 4)};
    };
    libraries.library.scripted.work["demo.numbers.count_all"] = [](const run::Call&, const run::Dispatch& dispatch, auto&) {
        dispatch("count", {{"tier", "OTC"}});
        return unit::Outcome{unit::Done{}};
    };
    BOOST_TEST(spine({"run", "count_all", "-o", "json"}) == 4);
    const auto child = workflow::json_from(out.text).at("children").at(0);
    BOOST_TEST(child.at("status").as_string() == "failed");
    BOOST_TEST(child.at("error").at("exit_code").as_int64() == 4);
    BOOST_TEST(spine({"run", "count_all"}) == 4);
    BOOST_TEST(out.text.find("failed        the file is missing") != std::string::npos, out.text);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_held_elsewhere_is_a_conflict) {
    script.busy = "process 4711 since 10:00";
    BOOST_TEST(spine({"run", "idle"}) == 5);
    BOOST_TEST(err.text.find("process 4711") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_dry_run_says_what_would_be_done_and_does_nothing) {
    BOOST_TEST(spine({"run", "idle", "--dry-run"}) == 0);
    BOOST_TEST(out.text.starts_with("status    planned (a dry run: nothing was done)\n"), out.text);
    BOOST_TEST(script.committed.empty());
    BOOST_TEST(libraries.library.scripted.calls.empty());
}

BOOST_AUTO_TEST_CASE(wrong_requests_name_every_fault_and_print_no_data) {
    BOOST_TEST(spine({"run", "demo.count", "-p", "teir=OTC", "-p", "week_ending=2025-02-30"}) == 3);
    BOOST_TEST(out.text == "");
    BOOST_TEST(err.text == "error: parameter 'teir' is unknown\nhint: did you mean 'tier'?\n"
                           "error: parameter 'week_ending' '2025-02-30' is not in the calendar\n"
                           "hint: check the day and the month: YYYY-MM-DD\n"
                           "error: parameter 'tier' is required\nhint: which tier; valid are NMS_TIER_1, OTC\n"
                           "note: 'spine pipeline show demo.count' lists its parameters\n");
    BOOST_TEST(spine({"run", "demo.cuont"}) == 4);
    BOOST_TEST(spine({"run", "demo.count", "-p", "tier"}) == 2);
    BOOST_TEST(script.calls.empty());
}

BOOST_AUTO_TEST_CASE(an_interrupted_run_exits_130) {
    cancel.cancel();
    BOOST_TEST(spine({"run", "idle"}) == 130);
}

BOOST_AUTO_TEST_CASE(force_reaches_the_work) {
    bool forced = false;
    libraries.library.scripted.work["demo.numbers.idle"] = [&](const run::Call& call, auto&, auto&) {
        forced = call.force;
        return unit::Outcome{unit::Done{}};
    };
    BOOST_TEST(spine({"run", "idle", "--force"}) == 0);
    BOOST_TEST(forced);
}

BOOST_AUTO_TEST_CASE(progress_is_drawn_on_a_terminal_and_taken_away) {
    libraries.library.scripted.work["demo.numbers.idle"] = [](const run::Call& call, auto&, const run::ProgressSink& progress) {
        progress({call.pipeline->name, 5, 10, "rows"});
        return unit::Outcome{unit::Done{}};
    };
    err.terminal = true;
    BOOST_TEST(spine({"run", "idle", "--color", "never"}) == 0);
    BOOST_TEST(err.text == "\ridle  5 of 10 rows (50 %)\x1b[K\r\x1b[K");
    BOOST_TEST(spine({"run", "idle", "--quiet"}) == 0);
    BOOST_TEST(err.text == "");
}

BOOST_AUTO_TEST_CASE(migrations_that_were_applied_first_are_said) {
    script.info.pending = {{"demo", 25, "liquidity"}};
    BOOST_TEST(spine({"run", "idle"}) == 0);
    BOOST_TEST(err.text == "note: migrated the tables of plugin 'demo': 25 liquidity\n");
}

BOOST_AUTO_TEST_SUITE_END()
