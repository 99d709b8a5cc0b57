#include "steps.hpp"

using namespace finra;

namespace {

struct Normalised : Steps {
    Outcome with(double null_rate, const Values& options = {}) {
        told("normalize", {{"row_count", count(1000)}, {"null_rate", value(null_rate)}});
        return step("validate_normalize", options);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(validate_normalize, Normalised)

BOOST_AUTO_TEST_CASE(few_empty_fields_pass) {
    const Outcome outcome = with(0.01);
    BOOST_TEST(outcome.status == SPINE_OK);
    BOOST_TEST(outcome.flag("validated"));
    BOOST_TEST(outcome.real("null_rate") == 0.01);
    BOOST_TEST_REQUIRE(outcome.quality.has_value());
    BOOST_TEST(outcome.quality->record_count == 1000);
    BOOST_TEST(outcome.quality->passed);
}

BOOST_AUTO_TEST_CASE(the_limit_itself_passes_and_anything_more_fails) {
    BOOST_TEST(with(0.05).status == SPINE_OK);
    BOOST_TEST(with(0.0501).message == "Null rate too high: 5.0%");
    const Outcome outcome = with(0.071);
    BOOST_TEST(outcome.status == SPINE_INVALID_DATA);
    BOOST_TEST(outcome.message == "Null rate too high: 7.1%");
    BOOST_TEST(category(outcome) == "DATA_QUALITY");
    BOOST_TEST(outcome.text("reasons") == R"(["Null rate too high: 7.1%"])");
    BOOST_TEST(!outcome.quality->passed);
}

BOOST_AUTO_TEST_CASE(the_limit_is_configuration) {
    BOOST_TEST(with(0.071, {{"max_null_rate", value(0.08)}}).status == SPINE_OK);
    BOOST_TEST(with(0.001, {{"max_null_rate", value(0.0)}}).status == SPINE_INVALID_DATA);
    BOOST_TEST(with(0.0, {{"max_null_rate", value(0.0)}}).status == SPINE_OK);
    for (const double impossible : {-0.1, 1.1}) {
        const Outcome outcome = with(0.01, {{"max_null_rate", value(impossible)}});
        BOOST_TEST(outcome.status == SPINE_INVALID_ARG);
        BOOST_TEST(holds(outcome.message, "config 'max_null_rate' is "), outcome.message);
        BOOST_TEST(holds(outcome.message, ", which is not from 0 to 1"), outcome.message);
    }
}

BOOST_AUTO_TEST_CASE(too_much_rejected_fails_however_full_the_fields_are) {
    told("normalize",
         {{"kept_lines", count(900)},
          {"kept_shares", count(1000)},
          {"rejected_lines", count(100)},
          {"rejected_shares", count(0)},
          {"lines_without_shares", count(0)}});
    const Outcome outcome = with(0.0);
    BOOST_TEST(outcome.message == "reject_rows_share is 10.00 % (100 of 1000), expected < 5.00 %");
    BOOST_TEST(category(outcome) == "QUALITY_GATE");
    BOOST_TEST(!outcome.quality->passed);
    params["accept_loss"] = value(true);
    BOOST_TEST(with(0.0).status == SPINE_OK);
    BOOST_TEST(with(0.5).message == "Null rate too high: 50.0%");
}

BOOST_AUTO_TEST_CASE(without_a_rate_there_is_nothing_to_check) {
    told("normalize", {{"row_count", count(10)}});
    const Outcome outcome = step("validate_normalize");
    BOOST_TEST(outcome.message == "No output from normalize: null_rate is not there");
    BOOST_TEST(category(outcome) == "STEP_ERROR");
}

BOOST_AUTO_TEST_CASE(another_step_may_be_named) {
    told("clean", {{"row_count", count(10)}, {"null_rate", value(0.5)}});
    BOOST_TEST(step("validate_normalize", {{"step", value("clean")}}).message ==
               "Null rate too high: 50.0%");
}

BOOST_AUTO_TEST_SUITE_END()
