#include "steps.hpp"

#include <boost/test/data/test_case.hpp>
#include <limits>
#include <stdexcept>
#include <utility>

using namespace finra;
namespace data = boost::unit_test::data;

namespace {

struct Gate : Steps {
    /// Weeks before 2025-12-19, the newest first, with so many rows.
    void history(const std::vector<std::int64_t>& rows) {
        static const std::vector<std::string> fridays{"2025-12-12",
                                                      "2025-12-05",
                                                      "2025-11-28",
                                                      "2025-11-21",
                                                      "2025-11-14",
                                                      "2025-11-07",
                                                      "2025-10-31",
                                                      "2025-10-24",
                                                      "2025-10-17",
                                                      "2025-10-10",
                                                      "2025-10-03",
                                                      "2025-09-26",
                                                      "2025-09-19"};
        for (std::size_t i = 0; i < rows.size(); ++i)
            put_manifest(key("OTC", fridays.at(i)), "NORMALIZED", rows[i]);
    }
    Outcome with(std::int64_t rows, double null_rate, const Values& options = {}) {
        told("normalize", {{"row_count", count(rows)}, {"null_rate", value(null_rate)}});
        return step("strict_quality_check", options);
    }
    Outcome missing(int symbols, const Values& options = {}) {
        std::string list;
        for (int i = 0; i < symbols; ++i)
            list += (i == 0 ? "\"S" : ",\"S") + std::to_string(i) + "\"";
        told("ingest", {{"missing_symbols", json("[" + list + "]")}});
        return with(100, 0.0, options);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(strict_quality_check, Gate)

BOOST_AUTO_TEST_CASE(an_ordinary_week_passes) {
    history({100, 100, 100, 100, 100, 100, 100, 100});
    const Outcome outcome = with(110, 0.002);
    BOOST_TEST(outcome.status == SPINE_OK, outcome.message);
    BOOST_TEST(outcome.flag("quality_passed"));
    BOOST_TEST(outcome.real("null_rate") == 0.002);
    BOOST_TEST(outcome.real("variance") == 0.1);
    BOOST_TEST(outcome.integer("history_weeks") == 8);
    BOOST_TEST(outcome.text("reasons") == "[]");
    BOOST_TEST(outcome.text("warnings") == "[]");
    BOOST_TEST(outcome.events.empty());
    BOOST_TEST_REQUIRE(outcome.quality.has_value());
    BOOST_TEST(outcome.quality->record_count == 110);
    BOOST_TEST(outcome.quality->null_rate == 0.002);
    BOOST_TEST(outcome.quality->passed);
}

BOOST_AUTO_TEST_CASE(a_week_off_in_two_ways_tells_both_in_the_words_of_the_seed) {
    history({100, 100, 100, 100, 100, 100, 100, 100});
    const Outcome outcome = with(60, 0.02);
    BOOST_TEST(outcome.status == SPINE_INVALID_DATA);
    BOOST_TEST(category(outcome) == "QUALITY_GATE");
    BOOST_TEST(outcome.message == "Quality gate failed: Null rate 2.00% exceeds 1% threshold; "
                                  "Record count variance 40.00% exceeds 20%");
    BOOST_TEST(
        outcome.text("reasons") ==
        R"(["Null rate 2.00% exceeds 1% threshold","Record count variance 40.00% exceeds 20%"])");
    BOOST_TEST(!outcome.flag("quality_passed"));
    BOOST_TEST_REQUIRE(outcome.quality.has_value());
    BOOST_TEST(!outcome.quality->passed);
}

BOOST_AUTO_TEST_CASE(a_null_rate_of_exactly_one_percent_fails) {
    BOOST_TEST(with(100, 0.0099).status == SPINE_OK);
    BOOST_TEST(with(100, 1.0 / 100.0).message ==
               "Quality gate failed: Null rate 1.00% reaches 1% threshold");
}

BOOST_AUTO_TEST_CASE(limits_of_zero_are_reached_by_a_faultless_week_and_exceeded_by_any_other) {
    history({100, 100, 100});
    const Values none{{"null_rate_limit", value(0.0)}, {"variance_limit", value(0.0)}};
    BOOST_TEST(with(100, 0.0, none).message ==
               "Quality gate failed: Null rate 0.00% reaches 0% threshold; Record count variance "
               "0.00% reaches 0%");
    BOOST_TEST(with(101, 0.01, none).message ==
               "Quality gate failed: Null rate 1.00% exceeds 0% threshold; Record count variance "
               "1.00% exceeds 0%");
}

BOOST_DATA_TEST_CASE(a_count_exactly_a_fifth_off_fails,
                     data::make(std::vector<std::int64_t>{80, 120}) ^
                         data::make(std::vector<std::int64_t>{81, 119}),
                     off,
                     within) {
    history({90, 100, 110});
    BOOST_TEST(with(within, 0.0).status == SPINE_OK);
    BOOST_TEST(with(off, 0.0).message ==
               "Quality gate failed: Record count variance 20.00% reaches 20%");
}

BOOST_AUTO_TEST_CASE(fewer_rows_than_usual_may_be_accepted_and_more_may_not) {
    history({100, 100, 100});
    params["accept_loss"] = value(true);
    const Outcome outcome = with(3, 0.0);
    BOOST_TEST(outcome.status == SPINE_OK, outcome.message);
    BOOST_TEST(outcome.text("accepted") == R"(["Record count variance 97.00% exceeds 20%"])");
    BOOST_TEST(with(197, 0.0).message ==
               "Quality gate failed: Record count variance 97.00% exceeds 20%");
    BOOST_TEST(with(3, 0.5).message == "Quality gate failed: Null rate 50.00% exceeds 1% threshold");
}

BOOST_AUTO_TEST_CASE(too_much_rejected_shuts_the_gate) {
    told("normalize",
         {{"kept_lines", count(1)},
          {"kept_shares", count(3)},
          {"rejected_lines", count(1)},
          {"rejected_shares", count(997)},
          {"lines_without_shares", count(0)}});
    BOOST_TEST(with(1, 0.0).message ==
               "Quality gate failed: reject_shares_share is 99.70 % (997 of 1000), expected < 5.00 %");
    BOOST_TEST(category(with(1, 0.0)) == "QUALITY_GATE");
}

BOOST_AUTO_TEST_CASE(a_fifth_of_a_mean_that_is_no_whole_number_is_exact) {
    history({7, 8, 10}); // 25 thirds in the mean, and 10 is 30
    BOOST_TEST(with(9, 0.0).status == SPINE_OK);
    BOOST_TEST(with(10, 0.0).message ==
               "Quality gate failed: Record count variance 20.00% reaches 20%");
}

BOOST_AUTO_TEST_CASE(five_missing_symbols_fail_and_four_pass) {
    BOOST_TEST(missing(4).status == SPINE_OK);
    BOOST_TEST(missing(4).integer("missing_symbols") == 4);
    BOOST_TEST(missing(5).message == "Quality gate failed: 5 expected symbols missing, fewer than "
                                     "5 are tolerated: S0, S1, S2, S3, S4");
}

BOOST_AUTO_TEST_CASE(with_fewer_than_three_weeks_the_size_is_not_judged_and_it_says_so) {
    history({100, 100});
    const Outcome outcome = with(1, 0.0);
    BOOST_TEST(outcome.status == SPINE_OK, outcome.message);
    BOOST_TEST(outcome.text("warnings") == R"(["no_history"])");
    BOOST_TEST(outcome.outputs.at("variance").type == SPINE_NULL);
    BOOST_TEST_REQUIRE(outcome.events.size() == 1U);
    BOOST_TEST(outcome.events.front().name == "no_history");
    BOOST_TEST(outcome.events.front().details == R"({"status":"WARN","weeks":2,"needed":3})");
    put_manifest(key("OTC", "2025-10-31"), "NORMALIZED", 100); // weeks need not be neighbours
    BOOST_TEST(with(1, 0.0).status == SPINE_INVALID_DATA);
}

BOOST_AUTO_TEST_CASE(only_the_twelve_weeks_before_count) {
    history({100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 9'000'000});
    const Outcome outcome = with(100, 0.0);
    BOOST_TEST(outcome.integer("history_weeks") == 12);
    BOOST_TEST(outcome.real("variance") == 0.0);
}

BOOST_AUTO_TEST_CASE(other_tiers_this_week_and_superseded_weeks_do_not_count) {
    put_manifest(key("NMS_TIER_1", "2025-12-12"), "NORMALIZED", 100);
    put_manifest(key("OTC", "2025-12-19"), "NORMALIZED", 100);
    put_manifest(key("OTC", "2025-12-26"), "NORMALIZED", 100);
    put_manifest(key("OTC", "2025-12-12"), "NORMALIZED", 100, false);
    put_manifest(key("OTC", "2025-12-05"), "INGESTED", 100);
    BOOST_TEST(with(10, 0.0).integer("history_weeks") == 0);
}

BOOST_AUTO_TEST_CASE(weeks_without_a_row_are_no_history) {
    history({0, 0, 0});
    BOOST_TEST(with(100, 0.0).text("warnings") == R"(["no_history"])");
}

BOOST_AUTO_TEST_CASE(a_week_without_a_row_fails_even_without_history) {
    BOOST_TEST(with(0, 0.0).message == "Quality gate failed: No records normalized");
}

BOOST_AUTO_TEST_CASE(the_limits_are_configuration) {
    history({100, 100, 100});
    BOOST_TEST(
        with(60, 0.02, {{"null_rate_limit", value(0.03)}, {"variance_limit", value(0.5)}}).status ==
        SPINE_OK);
    BOOST_TEST(
        with(97, 0.005, {{"null_rate_limit", value(0.005)}, {"variance_limit", value(0.025)}})
            .message ==
        "Quality gate failed: Null rate 0.50% reaches 0.5% threshold; Record count variance "
        "3.00% exceeds 2.5%");
    BOOST_TEST(missing(1, {{"missing_symbols_limit", count(1)}}).status == SPINE_INVALID_DATA);
    BOOST_TEST(with(60, 0.0, {{"min_history_weeks", count(4)}}).status == SPINE_OK);
    BOOST_TEST(with(60, 0.0, {{"history_weeks", count(2)}}).status == SPINE_OK);
}

BOOST_AUTO_TEST_CASE(impossible_limits_are_refused) {
    const std::vector<std::pair<std::string, spine::fake::Value>> impossible{
        {"null_rate_limit", value(1.5)},
        {"null_rate_limit", value(-0.01)},
        {"null_rate_limit", value(std::numeric_limits<double>::quiet_NaN())},
        {"variance_limit", value(-0.1)},
        {"variance_limit", value(100.5)},
        {"missing_symbols_limit", count(0)},
        {"history_weeks", count(0)},
        {"history_weeks", count(53)},
        {"min_history_weeks", count(0)},
        {"min_history_weeks", count(53)}};
    for (const auto& [name, wrong] : impossible) {
        const Outcome outcome = with(100, 0.0, {{name, wrong}});
        BOOST_TEST(outcome.status == SPINE_INVALID_ARG, name);
        BOOST_TEST(holds(outcome.message, "config '" + name + "' is "), outcome.message);
        BOOST_TEST(holds(outcome.message, ", which is not from "), outcome.message);
    }
}

BOOST_AUTO_TEST_CASE(without_a_week_or_a_tier_or_figures_there_is_nothing_to_check) {
    BOOST_TEST(category(step("strict_quality_check")) == "STEP_ERROR");
    params = {{"tier", value("OTC")}};
    BOOST_TEST(with(100, 0.0).status == SPINE_INVALID_ARG);
    params = {{"week_ending", value("2025-12-19")}};
    BOOST_TEST(with(100, 0.0).status == SPINE_INVALID_ARG);
    params = of("OTC", "2025-12-18");
    BOOST_TEST(with(100, 0.0).status == SPINE_INVALID_ARG);
}

// The whole chain of figures: a file 40 % smaller than eight weeks before it, two of whose lines
// lack a field, one of which ingest could not take as a row.
BOOST_AUTO_TEST_CASE(a_generated_week_forty_percent_off_is_stopped) {
    const auto rows = [](int count) {
        std::string text;
        for (int i = 0; i < count; ++i)
            text += "S" + std::string(1, static_cast<char>('A' + i / 26)) +
                    std::string(1, static_cast<char>('A' + i % 26)) + "|UBSA|100|10\n";
        return text;
    };
    for (const char* before : {"2025-10-24",
                               "2025-10-31",
                               "2025-11-07",
                               "2025-11-14",
                               "2025-11-21",
                               "2025-11-28",
                               "2025-12-05",
                               "2025-12-12"})
        week("OTC", before, rows(100));
    const Outcome ingested =
        ingest(simple("OTC", "2025-12-19", rows(60) + "|UBSA|5|1\nZZ|UBSA||1\n"));
    BOOST_TEST(ingested.integer("null_count") == 2);
    remember("ingest", ingested);
    const Outcome normalised = done("normalize_week", params);
    BOOST_TEST(normalised.integer("row_count") == 60);
    BOOST_TEST(normalised.integer("null_count") == 2);
    BOOST_TEST(normalised.real("null_rate") == 2.0 / 62.0);
    remember("normalize", normalised);
    const Outcome outcome = step("strict_quality_check");
    BOOST_TEST(outcome.message == "Quality gate failed: Null rate 3.23% exceeds 1% threshold; "
                                  "Record count variance 40.00% exceeds 20%");
    BOOST_TEST(outcome.integer("history_weeks") == 8);
}

BOOST_AUTO_TEST_SUITE_END()
