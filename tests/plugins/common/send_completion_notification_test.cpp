// The notification at the end of a run: what it says, to whom, and that it claims no more than it
// did.
#include "common/plugin.hpp"
#include "support/fake_host.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

using namespace spine::fake;

namespace {

struct Notified : Host {
    Notified() : Host(*spine_common_query(SPINE_ABI_MAJOR, SPINE_ABI_MINOR)) {}

    Outcome notified(const Values& params, const Values& options = {}) {
        Outcome outcome = call("steps.send_completion_notification", params, options);
        BOOST_TEST_REQUIRE(outcome.status == SPINE_OK, outcome.message);
        return outcome;
    }
};

const Values week{
    {"week_ending", value("2025-12-19")}, {"tier", value("OTC")}, {"skip_rolling", value(true)}};
const Values weekly{{"slack_channel", value("#data-ops")},
                    {"subject", value("FINRA Weekly Refresh Complete")}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(send_completion_notification, Notified)

BOOST_AUTO_TEST_CASE(the_message_has_the_layout_of_the_weekly_refresh) {
    step_outputs["validate_ingest.record_count"] = value(std::int64_t{5328});
    BOOST_TEST(notified(week, weekly).text("message") ==
               "FINRA Weekly Refresh Complete\n"
               "=============================\n"
               "Week Ending: 2025-12-19\n"
               "Tier: OTC\n"
               "Records Ingested: 5328\n"
               "Rolling Calculated: No (insufficient history)");
}

BOOST_AUTO_TEST_CASE(rolling_that_was_calculated_is_told) {
    Values params = week;
    params["skip_rolling"] = value(false);
    const Outcome outcome = notified(params);
    BOOST_TEST(outcome.text("message").find("Rolling Calculated: Yes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_is_recorded_and_not_said_to_be_sent) {
    const Outcome outcome = notified(week, weekly);
    BOOST_TEST(outcome.flag("notification_recorded"));
    BOOST_TEST(!outcome.flag("notification_sent"));
    BOOST_TEST_REQUIRE(outcome.events.size() == 1U);
    BOOST_TEST(outcome.events.front().name == "notification");
    BOOST_TEST(outcome.events.front().details ==
               R"({"type":"notification","channel":"slack","status":"recorded","to":"#data-ops"})");
}

BOOST_AUTO_TEST_CASE(each_channel_has_its_event_and_none_is_the_log) {
    const Values both{{"slack_channel", value("#a\"b")},
                      {"email_recipients", json(R"(["ops@example.org"])")}};
    const Outcome outcome = notified({}, both);
    BOOST_TEST_REQUIRE(outcome.events.size() == 2U);
    BOOST_TEST(outcome.events[0].details ==
               R"({"type":"notification","channel":"slack","status":"recorded","to":"#a\"b"})");
    BOOST_TEST(
        outcome.events[1].details ==
        R"({"type":"notification","channel":"email","status":"recorded","to":["ops@example.org"]})");
    BOOST_TEST(notified({}).events.at(0).details ==
               R"({"type":"notification","channel":"log","status":"recorded"})");
}

BOOST_AUTO_TEST_CASE(the_log_has_it_on_one_line) {
    const Outcome outcome = notified(week, weekly);
    BOOST_TEST_REQUIRE(outcome.logs.size() == 1U);
    BOOST_TEST(outcome.logs.front() == "FINRA Weekly Refresh Complete; Week Ending: 2025-12-19; "
                                       "Tier: OTC; Rolling Calculated: No (insufficient history)");
}

BOOST_AUTO_TEST_CASE(a_workflow_that_knows_no_week_says_what_it_knows) {
    BOOST_TEST(notified({}).text("message") == "Workflow Complete\n=================");
    step_outputs["fetch.files"] = value(std::int64_t{3});
    const Outcome outcome = notified(
        {}, {{"message", value("All filings are in.")}, {"records_from", value("fetch.files")}});
    BOOST_TEST(outcome.text("message") ==
               "Workflow Complete\n=================\nAll filings are in.\nRecords Ingested: 3");
}

BOOST_AUTO_TEST_CASE(without_a_checking_step_the_rows_of_ingest_count) {
    step_outputs["ingest.row_count"] = value(std::int64_t{50});
    BOOST_TEST(notified({}).text("message").find("Records Ingested: 50") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_failure_handler_tells_the_step_and_the_error) {
    step_outputs["failure.step"] = value("quality_gate");
    step_outputs["failure.error"] =
        value("Quality gate failed: Null rate 2.00% exceeds 1% threshold");
    step_outputs["failure.category"] = value("QUALITY_GATE");
    BOOST_TEST(notified(week).text("message") ==
               "Workflow Failed\n"
               "===============\n"
               "Week Ending: 2025-12-19\n"
               "Tier: OTC\n"
               "Failed Step: quality_gate\n"
               "Error: Quality gate failed: Null rate 2.00% exceeds 1% threshold\n"
               "Category: QUALITY_GATE");
}

BOOST_AUTO_TEST_CASE(the_preview_ends_with_a_whole_character) {
    // 17 + 1 + 17 + 1 bytes come before; the 200th byte is the first half of an ä.
    std::string text(163, 'x');
    for (int i = 0; i < 40; ++i)
        text += "\xC3\xA4";
    const Outcome outcome = notified({}, {{"message", value(text)}});
    const std::string preview = outcome.text("message_preview");
    BOOST_TEST(preview.size() == 199U);
    BOOST_TEST(preview.back() == 'x');
    BOOST_TEST(outcome.text("message").rfind(preview, 0) == 0U);
}

BOOST_AUTO_TEST_CASE(the_line_under_a_subject_is_as_long_as_it_looks) {
    BOOST_TEST(notified({},
                        {{"subject",
                          value("\xC3\x9C"
                                "ber")}})
                   .text("message") == "\xC3\x9C"
                                       "ber\n====");
}

BOOST_AUTO_TEST_CASE(an_option_that_nobody_knows_is_refused_by_the_host) {
    BOOST_CHECK_THROW(call("steps.send_completion_notification", {}, {{"chanel", value("#a")}}),
                      std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
