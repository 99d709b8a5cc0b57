#include "steps.hpp"

#include <boost/test/data/test_case.hpp>
#include <stdexcept>

using namespace finra;
namespace data = boost::unit_test::data;

namespace {

struct Ingested : Steps {
    Ingested() { ingested(5328); }
    void ingested(std::int64_t rows, std::int64_t errors = 0) {
        told("ingest",
             {{"row_count", count(rows)},
              {"error_count", count(errors)},
              {"reject_count", count(errors)},
              {"null_rate", value(0.001)},
              {"missing_symbols", json("[]")},
              {"expected_count", count(0)}});
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(validate_ingest, Ingested)

BOOST_AUTO_TEST_CASE(a_plausible_file_passes_and_is_measured) {
    const Outcome outcome = passed("validate_ingest");
    BOOST_TEST(outcome.integer("record_count") == 5328);
    BOOST_TEST(outcome.integer("row_count") == 5328);
    BOOST_TEST(outcome.flag("validated"));
    BOOST_TEST(outcome.text("tier") == "OTC");
    BOOST_TEST(outcome.text("week_ending") == "2025-12-19");
    BOOST_TEST(outcome.text("reasons") == "[]");
    BOOST_TEST(outcome.updates.at("ingest_record_count").integer == 5328);
    BOOST_TEST(outcome.updates.at("ingest_validated").integer == 1);
    BOOST_TEST_REQUIRE(outcome.quality.has_value());
    BOOST_TEST(outcome.quality->record_count == 5328);
    BOOST_TEST(outcome.quality->valid_count == 5328);
    BOOST_TEST(outcome.quality->null_rate == 0.001);
    BOOST_TEST(outcome.quality->passed);
    BOOST_TEST(outcome.events.empty());
}

BOOST_AUTO_TEST_CASE(no_rows_fail_and_name_the_week) {
    ingested(0);
    const Outcome outcome = step("validate_ingest");
    BOOST_TEST(outcome.status == SPINE_INVALID_DATA);
    BOOST_TEST(outcome.message == "No records ingested for OTC 2025-12-19");
    BOOST_TEST(category(outcome) == "DATA_QUALITY");
    BOOST_TEST(outcome.text("reasons") == R"(["No records ingested for OTC 2025-12-19"])");
    BOOST_TEST(!outcome.flag("validated"));
    BOOST_TEST(outcome.updates.at("ingest_validated").integer == 0);
    BOOST_TEST_REQUIRE(outcome.quality.has_value());
    BOOST_TEST(!outcome.quality->passed);
}

BOOST_AUTO_TEST_CASE(no_rows_of_an_unknown_week_fail_too) {
    ingested(0);
    params.clear();
    BOOST_TEST(step("validate_ingest").message == "No records ingested");
}

BOOST_AUTO_TEST_CASE(the_least_number_of_rows_is_enough) {
    ingested(1000);
    passed("validate_ingest", {{"min_rows", count(1000)}});
    ingested(999);
    const Outcome outcome = step("validate_ingest", {{"min_rows", count(1000)}});
    BOOST_TEST(outcome.message ==
               "Too few records ingested for OTC 2025-12-19: 999, at least 1000 are expected");
    BOOST_TEST(category(outcome) == "QUALITY_GATE");
}

BOOST_AUTO_TEST_CASE(a_minimum_that_was_set_is_a_gate_for_an_empty_file_too) {
    ingested(0);
    BOOST_TEST(category(step("validate_ingest", {{"min_rows", count(1000)}})) == "QUALITY_GATE");
    params["accept_loss"] = value(true);
    BOOST_TEST(step("validate_ingest", {{"min_rows", count(1000)}}).status == SPINE_INVALID_DATA);
}

BOOST_AUTO_TEST_CASE(a_small_file_passes_when_a_person_accepts_it_and_that_is_told) {
    ingested(999);
    params["accept_loss"] = value(true);
    const Outcome outcome = passed("validate_ingest", {{"min_rows", count(1000)}});
    BOOST_TEST(
        outcome.text("accepted") ==
        R"(["Too few records ingested for OTC 2025-12-19: 999, at least 1000 are expected"])");
    BOOST_TEST_REQUIRE(outcome.events.size() == 1U);
    BOOST_TEST(outcome.events.front().name == "loss_accepted");
    // Nothing else is accepted with it.
    told("ingest", {{"missing_symbols", json(R"(["AAPL"])")}});
    BOOST_TEST(step("validate_ingest", {{"min_rows", count(1000)}}).message ==
               "Missing expected symbols: AAPL");
}

BOOST_AUTO_TEST_CASE(what_was_rejected_is_judged_by_the_limits_of_the_domain) {
    told("ingest",
         {{"kept_lines", count(1)},
          {"kept_shares", count(3)},
          {"rejected_lines", count(1)},
          {"rejected_shares", count(997)},
          {"lines_without_shares", count(0)}});
    const Outcome outcome = step("validate_ingest");
    BOOST_TEST(outcome.message ==
               "reject_shares_share is 99.70 % (997 of 1000), expected < 5.00 %");
    BOOST_TEST(category(outcome) == "QUALITY_GATE");
    config["reject_shares_fail"] = "1.1";
    passed("validate_ingest");
}

BOOST_AUTO_TEST_CASE(the_largest_number_of_rows_is_not_too_many) {
    ingested(1'000'000);
    passed("validate_ingest");
    ingested(1'000'001);
    const Outcome outcome = step("validate_ingest");
    BOOST_TEST(outcome.message ==
               "Suspiciously high record count: 1000001, at most 1000000 are expected");
    BOOST_TEST(category(outcome) == "DATA_QUALITY");
}

BOOST_AUTO_TEST_CASE(the_allowed_number_of_errors_passes) {
    ingested(5000, 10);
    passed("validate_ingest", {{"max_errors", count(10)}});
    ingested(5000, 11);
    BOOST_TEST(step("validate_ingest", {{"max_errors", count(10)}}).message ==
               "Too many ingest errors: 11, at most 10 are allowed");
    passed("validate_ingest");
    told("ingest", {{"error_count", count(0)}});
    BOOST_TEST(step("validate_ingest", {{"max_errors", count(10)}}).status == SPINE_INVALID_DATA);
}

BOOST_AUTO_TEST_CASE(missing_symbols_fail_and_are_listed) {
    told("ingest", {{"missing_symbols", json(R"(["AAPL","MSFT"])")}, {"expected_count", count(3)}});
    const Outcome outcome = step("validate_ingest");
    BOOST_TEST(outcome.message == "Missing expected symbols: AAPL, MSFT");
    BOOST_TEST(category(outcome) == "DATA_QUALITY");
}

BOOST_AUTO_TEST_CASE(of_many_missing_symbols_ten_are_listed) {
    std::string list = "[\"S0\"";
    for (int i = 1; i < 13; ++i)
        list += ",\"S" + std::to_string(i) + "\"";
    told("ingest", {{"missing_symbols", json(list + "]")}});
    BOOST_TEST(step("validate_ingest").message ==
               "Missing expected symbols: S0, S1, S2, S3, S4, S5, S6, S7, S8, S9 and 3 more");
}

BOOST_AUTO_TEST_CASE(every_fault_is_told) {
    ingested(5, 20);
    told("ingest", {{"missing_symbols", json(R"(["A"])")}});
    const Outcome outcome =
        step("validate_ingest", {{"min_rows", count(10)}, {"max_errors", count(1)}});
    BOOST_TEST(outcome.message ==
               "Too few records ingested for OTC 2025-12-19: 5, at least 10 are expected; Too many "
               "ingest errors: 20, at most 1 are allowed; Missing expected symbols: A");
    BOOST_TEST(outcome.text("reasons").find("\",\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(symbols_that_ingest_was_not_asked_for_are_looked_for_by_doing_it_again) {
    const Values list{{"expected_symbols", json(R"(["AABB"])")}};
    const Outcome outcome = passed("validate_ingest", list);
    BOOST_TEST_REQUIRE(outcome.retried.size() == 1U);
    BOOST_TEST(outcome.retried.front() == R"(ingest {"expected_symbols":["AABB"]})");
    // And what it finds then is asked once more.
    BOOST_TEST_REQUIRE(outcome.inserted.size() == 1U);
    BOOST_TEST(holds(outcome.inserted.front(), R"("config":{"step":"ingest"})"));
    told("ingest", {{"expected_count", count(1)}});
    BOOST_TEST(passed("validate_ingest", list).retried.empty());
    told("ingest", {{"missing_symbols", json(R"(["AABB"])")}});
    BOOST_TEST(step("validate_ingest", list).message == "Missing expected symbols: AABB");
}

BOOST_AUTO_TEST_CASE(a_file_that_fails_anyway_is_not_read_again) {
    ingested(0);
    BOOST_TEST(
        step("validate_ingest", {{"expected_symbols", json(R"(["AABB"])")}}).retried.empty());
}

BOOST_AUTO_TEST_CASE(symbols_are_waited_for_in_every_spelling_of_the_tier) {
    for (const char* tier : {"NMS_TIER_1", "NMS Tier 1", "Tier 1", "tier1", "T1"}) {
        params = of("NMS_TIER_1", "2025-12-19");
        const std::string lists = std::string(R"({")") + tier + R"(":["A"],"OTC":[]})";
        BOOST_TEST(passed("validate_ingest", {{"expected_symbols", json(lists)}}).retried.size() ==
                       1U,
                   tier);
    }
}

BOOST_AUTO_TEST_CASE(symbols_of_another_tier_are_waited_for_by_nobody) {
    const Values by_tier{{"expected_symbols", json(R"({"NMS_TIER_1":["AAPL"],"OTC":[]})")}};
    BOOST_TEST(passed("validate_ingest", by_tier).retried.empty());
    BOOST_TEST(passed("validate_ingest", {{"expected_symbols", json("[]")}}).retried.empty());
}

BOOST_AUTO_TEST_CASE(expected_symbols_that_are_no_symbols_are_refused) {
    BOOST_TEST(step("validate_ingest", {{"expected_symbols", json("7")}}).status ==
               SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_CASE(another_step_may_be_named) {
    told("load", {{"record_count", count(7)}});
    BOOST_TEST(passed("validate_ingest", {{"step", value("load")}}).integer("record_count") == 7);
}

BOOST_AUTO_TEST_CASE(a_step_without_output_is_a_fault_of_the_workflow) {
    step_outputs.clear();
    const Outcome outcome = step("validate_ingest");
    BOOST_TEST(outcome.status == SPINE_INVALID_STATE);
    BOOST_TEST(outcome.message == "No output from ingest: row_count is not there");
    BOOST_TEST(category(outcome) == "STEP_ERROR");
}

BOOST_AUTO_TEST_CASE(figures_of_a_wrong_kind_are_a_fault_of_the_workflow) {
    for (const auto& wrong : {value("many"), value(2.5), value(std::int64_t{-1}), json("[1]")}) {
        told("ingest", {{"row_count", wrong}});
        const Outcome outcome = step("validate_ingest");
        BOOST_TEST(outcome.message == "Output ingest.row_count is no number of things");
        BOOST_TEST(category(outcome) == "STEP_ERROR");
    }
    ingested(50);
    told("ingest", {{"missing_symbols", value("A")}});
    BOOST_TEST(category(step("validate_ingest")) == "STEP_ERROR");
    ingested(50);
    told("ingest", {{"null_rate", value(1.5)}});
    BOOST_TEST(category(step("validate_ingest")) == "STEP_ERROR");
}

BOOST_DATA_TEST_CASE(impossible_limits_are_refused,
                     data::make({std::string("min_rows"), std::string("max_errors")}),
                     option) {
    BOOST_TEST(step("validate_ingest", {{option, count(-1)}}).status == SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_CASE(limits_that_cross_are_refused) {
    const Outcome outcome =
        step("validate_ingest", {{"min_rows", count(10)}, {"max_rows", count(9)}});
    BOOST_TEST(outcome.status == SPINE_INVALID_ARG);
    BOOST_TEST(holds(outcome.message, "config 'max_rows' is 9"), outcome.message);
}

BOOST_AUTO_TEST_CASE(an_unknown_option_is_refused_by_the_host) {
    BOOST_CHECK_THROW(step("validate_ingest", {{"min_row", count(1)}}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(it_reads_what_ingest_really_tells_and_the_same_when_nothing_was_new) {
    params = of("NMS_TIER_1", "2025-12-19");
    for (const bool unchanged : {false, true}) {
        const Outcome ingest =
            done("ingest_week",
                 {{"file", value("data/week_2025-12-19.psv")},
                  {"expected_symbols", json(R"({"NMS_TIER_1":["A","ZZZZ"],"OTC":["Q"]})")}});
        BOOST_TEST(ingest.unchanged == unchanged);
        step_outputs.clear();
        remember("ingest", ingest);
        BOOST_TEST(ingest.integer("expected_count") == 2);
        const Outcome outcome = step("validate_ingest");
        BOOST_TEST(outcome.message == "Missing expected symbols: ZZZZ");
        BOOST_TEST(outcome.integer("record_count") == 50);
    }
}

BOOST_AUTO_TEST_SUITE_END()
