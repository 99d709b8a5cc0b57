// From raw rows to every derived table of a tier's week.
#include "weeks.hpp"

#include <boost/test/unit_test.hpp>

using namespace finra;

namespace {

const std::string tier_1 = "NMS_TIER_1";
const std::string week_1 = "2025-12-19";

const std::string real_week =
    SPINE_SOURCE_DIR "/../shared/data/finra/finra_otc_weekly_otc_20251215.csv";

/// What is not there is skipped and said to be, never passed.
boost::test_tools::assertion_result real_week_is_there(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result answer(std::ifstream(real_week).good());
    answer.message() << real_week << " is not there";
    return answer;
}

/// A week with every kind of row.
const std::string mixed = "A|AAAA|100|10\nA|BBBB|300|10\nBAD$YM|AAAA|1|1\nB|AAAA|0|5\n"
                          "B|BBBB|0|0\nA|AAAA|7|7\n|AAAA|1|1\nC|AAA|1|1\nC|AAAA|-1|1\nC|AAAA|1|-1";

} // namespace

BOOST_FIXTURE_TEST_SUITE(week_stages, Weeks)

BOOST_AUTO_TEST_CASE(the_sample_week_has_its_known_numbers) {
    done("ingest_week", {{"file", value("data/week_2025-12-19.psv")}});
    const Outcome normalized = done("normalize_week", of(tier_1, week_1));
    BOOST_TEST(normalized.integer("accepted") == 50);
    BOOST_TEST(normalized.integer("rejected") == 0);
    BOOST_TEST(normalized.text("capture_id") == "capture-1");
    const Outcome aggregated = done("aggregate_week", of(tier_1, week_1));
    BOOST_TEST(aggregated.integer("symbols") == 2);
    BOOST_TEST(aggregated.integer("venues") == 30);
    BOOST_TEST(aggregated.integer("total_volume") == 6'938'176);
    BOOST_TEST(aggregated.integer("total_trades") == 100'483);
    BOOST_TEST(aggregated.text("grade") == "A");
    BOOST_TEST(ask("SELECT group_concat(symbol||' '||total_volume||' '||total_trades||' '||"
                   "venue_count||' '||avg_trade_size) FROM otc_symbol_summary") ==
               "A 3827870 64427 29 59.41,AA 3110306 36056 21 86.26");
    BOOST_TEST(ask("SELECT group_concat(symbol||' '||liquidity_score) FROM otc_liquidity_score") ==
               "A 1722.89,AA 1811.46");
    BOOST_TEST(ask("SELECT mpid||' '||total_volume FROM otc_venue_share WHERE rank = 1") ==
               "INCR 1477780");
    BOOST_TEST(ask("SELECT venue_name FROM otc_venue_volume WHERE mpid = 'ALPX'") == "ALPX");

    BOOST_TEST(done("compute_venue_share", of(tier_1, week_1)).integer("row_count") == 50);
    BOOST_TEST(done("compute_hhi", of(tier_1, week_1)).integer("row_count") == 2);
    BOOST_TEST(ask("SELECT hhi = 0.08214844834610846 AND venue_count = 29 FROM otc_symbol_hhi "
                   "WHERE symbol = 'A'") == "1");
    BOOST_TEST(ask("SELECT abs(SUM(venue_share) - 2) < 1e-12 FROM otc_symbol_venue_share") == "1");
    for (const char* stage : {"INGESTED", "NORMALIZED", "AGGREGATED", "VENUE_SHARE", "HHI"})
        BOOST_TEST(manifest(key(tier_1, week_1), stage).has_value(), stage);
}

BOOST_AUTO_TEST_CASE(the_real_otc_week_has_its_known_numbers,
                     *boost::unit_test::precondition(real_week_is_there)) {
    std::ifstream in(real_week, std::ios::binary);
    files["finra_otc_weekly_otc_20251215.csv"] =
        std::string(std::istreambuf_iterator<char>(in), {});
    const Outcome ingested =
        done("ingest_week", {{"file", value("finra_otc_weekly_otc_20251215.csv")}});
    BOOST_TEST(ingested.text("week_ending") == "2025-12-12");
    const Values otc = of("OTC", "2025-12-12");
    BOOST_TEST(done("normalize_week", otc).integer("accepted") == 5328);
    done("aggregate_week", otc);
    done("compute_hhi", otc);
    BOOST_TEST(ask("SELECT COUNT(*)||' '||SUM(total_volume)||' '||SUM(total_trades) FROM "
                   "otc_symbol_summary") == "3111 1335995901 472776");
    BOOST_TEST(ask("SELECT market_share_pct = 0.8218839348070724 FROM otc_venue_share WHERE mpid "
                   "= 'OTCN'") == "1");
    BOOST_TEST(ask("SELECT hhi = 0.9299147466219626 FROM otc_symbol_hhi WHERE symbol = 'ECOX'") ==
               "1");
    BOOST_TEST(ask("SELECT MAX(source_last_update_date) FROM otc_symbol_summary") == "2025-12-15");
}

BOOST_AUTO_TEST_CASE(the_sample_of_an_otc_week_has_its_known_numbers) {
    std::ifstream in(SPINE_SOURCE_DIR "/tests/data/finra/finra_otc_weekly_otc_20251222.csv",
                     std::ios::binary);
    files["finra_otc_weekly_otc_20251222.csv"] =
        std::string(std::istreambuf_iterator<char>(in), {});
    done("ingest_week", {{"file", value("finra_otc_weekly_otc_20251222.csv")}});
    const Values otc = of("OTC", week_1);
    BOOST_TEST(done("normalize_week", otc).integer("accepted") == 300);
    done("aggregate_week", otc);
    done("compute_hhi", otc);
    BOOST_TEST(ask("SELECT COUNT(*)||' '||SUM(total_volume)||' '||SUM(total_trades) FROM "
                   "otc_symbol_summary") == "168 72242882 23862");
    BOOST_TEST(ask("SELECT market_share_pct = 0.5674958399361753 FROM otc_venue_share WHERE mpid "
                   "= 'OTCX'") == "1");
    BOOST_TEST(ask("SELECT hhi = 0.9606255697856327 FROM otc_symbol_hhi WHERE symbol = 'AITX'") ==
               "1");
    // Published lines cost nothing as evidence.
    BOOST_TEST(ask("SELECT COUNT(line_text) FROM otc_raw") == "0");
}

BOOST_AUTO_TEST_CASE(rows_that_break_a_rule_are_rejects_of_the_normalising_stage) {
    ingest(simple("OTC", week_1, mixed));
    const Outcome outcome = done("normalize_week", of("OTC", week_1));
    std::string rejects;
    for (const auto& reject : outcome.rejects)
        rejects += std::to_string(reject.line) + " " + reject.code + "\n";
    BOOST_TEST(rejects == "4 INVALID_SYMBOL\n6 ZERO_ACTIVITY\n8 EMPTY_SYMBOL\n9 INVALID_MPID\n"
                          "10 NEGATIVE_VOLUME\n11 NEGATIVE_TRADES\n7 CONFLICTING_DUPLICATE\n");
    BOOST_TEST(outcome.rejects[0].raw == "2025-12-19|OTC|BAD$YM|AAAA|1|1");
    BOOST_TEST(outcome.rejects[0].locator == "otc_raw");
    BOOST_TEST(outcome.integer("row_count") == 3);
    BOOST_TEST(outcome.integer("rejected") == 7);
    BOOST_TEST(outcome.integer("null_count") == 1);
    BOOST_TEST(outcome.check("record_count_balance") == "PASS");
    BOOST_TEST(outcome.check("trades_without_volume") == "FAIL");
    BOOST_TEST(outcome.check("conflicting_duplicates") == "FAIL");
    BOOST_TEST_REQUIRE(outcome.anomalies.size() == 2U);
    BOOST_TEST(outcome.anomalies[0].severity == SPINE_SEVERITY_ERROR);
    BOOST_TEST(outcome.anomalies[0].category == "DATA_QUALITY");
    BOOST_TEST(outcome.anomalies[1].severity == SPINE_SEVERITY_CRITICAL);
    BOOST_TEST(outcome.anomalies[1].category == "BUSINESS_RULE");
    BOOST_TEST(ask("SELECT group_concat(symbol||mpid||total_shares||coalesce(avg_trade_size,'-')) "
                   "FROM otc_venue_volume") == "AAAAA10010.0,ABBBB30030.0,BAAAA00.0");
}

BOOST_AUTO_TEST_CASE(symbols_that_differ_in_case_are_two_securities_to_the_last_table) {
    week(tier_1, week_1, "TW|ONEX|1000|10\nTW|TWOX|2000|20\nTw|ONEX|555|5\nTw|THRX|700000|7");
    done("compute_rolling", of(tier_1, week_1));
    done("compute_hhi", of(tier_1, week_1));
    BOOST_TEST(ask("SELECT group_concat(symbol||' '||total_volume||' '||venue_count) FROM "
                   "otc_symbol_summary") == "TW 3000 2,Tw 700555 2");
    BOOST_TEST(ask("SELECT group_concat(symbol||' '||avg_volume) FROM otc_symbol_rolling_6w") ==
               "TW 3000,Tw 700555");
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_symbol_hhi") == "2");
}

BOOST_AUTO_TEST_CASE(fractions_of_shares_are_exact_to_the_last_table) {
    const std::string odd = "S|AAAA|900000.5|10\nS|BBBB|900000.5|10\nT|AAAA|0.25|1";
    week(tier_1, week_1, odd);
    const Values params = of(tier_1, week_1);
    for (const char* pipeline : {"compute_rolling", "compute_venue_share", "compute_hhi"})
        done(pipeline, params);
    done("compute_tier_split", {{"week_ending", value(week_1)}});
    BOOST_TEST(
        ask("SELECT COUNT(*)||' '||SUM(total_shares)||' '||SUM(total_shares_millionths) FROM "
            "otc_raw") == "3 1800000 1250000");
    BOOST_TEST(ask("SELECT group_concat(symbol||mpid||total_shares||'+'||total_shares_millionths) "
                   "FROM otc_venue_volume") ==
               "SAAAA900000+500000,SBBBB900000+500000,TAAAA0+250000");
    BOOST_TEST(ask("SELECT group_concat(symbol||total_volume||'+'||total_volume_millionths||' '||"
                   "avg_trade_size) FROM otc_symbol_summary") ==
               "S1800001+0 90000.05,T0+250000 0.25");
    BOOST_TEST(ask("SELECT group_concat(mpid||total_volume||'+'||total_volume_millionths) FROM "
                   "otc_venue_share") == "AAAA900000+750000,BBBB900000+500000");
    BOOST_TEST(ask("SELECT group_concat(symbol||total_volume||'+'||total_volume_millionths) FROM "
                   "otc_liquidity_score") == "S1800001+0,T0+250000");
    BOOST_TEST(ask("SELECT group_concat(symbol||min_volume||'+'||min_volume_millionths||' '||"
                   "max_volume||'+'||max_volume_millionths) FROM otc_symbol_rolling_6w") ==
               "S1800001+0 1800001+0,T0+250000 0+250000");
    BOOST_TEST(ask("SELECT group_concat(symbol||mpid||venue_volume||'+'||venue_volume_millionths||"
                   "' '||venue_share) FROM otc_symbol_venue_share") ==
               "SAAAA900000+500000 0.5,SBBBB900000+500000 0.5,TAAAA0+250000 1.0");
    BOOST_TEST(ask("SELECT group_concat(symbol||hhi) FROM otc_symbol_hhi") == "S0.5,T1.0");
    BOOST_TEST(ask("SELECT group_concat(symbol||tier_volume||'+'||tier_volume_millionths) FROM "
                   "otc_tier_split") == "S1800001+0,T0+250000");
}

BOOST_AUTO_TEST_CASE(rows_from_before_the_columns_of_fractions_are_whole_numbers) {
    week(tier_1, week_1, "S|AAAA|5|1");
    forget("UPDATE otc_raw__rows SET total_shares_millionths = NULL, line_text = NULL");
    done("normalize_week", of(tier_1, week_1));
    forget("UPDATE otc_venue_volume__rows SET total_shares_millionths = NULL");
    done("aggregate_week", of(tier_1, week_1));
    forget("UPDATE otc_symbol_summary__rows SET total_volume_millionths = NULL");
    done("compute_rolling", of(tier_1, week_1));
    done("compute_tier_split", {{"week_ending", value(week_1)}});
    BOOST_TEST(ask("SELECT avg_volume||'+'||min_volume_millionths FROM otc_symbol_rolling_6w") ==
               "5+0");
    BOOST_TEST(ask("SELECT tier_volume||'+'||tier_volume_millionths FROM otc_tier_split") == "5+0");
}

BOOST_AUTO_TEST_CASE(a_reject_shows_the_line_as_it_stood_in_the_file) {
    const std::string header =
        "tierDescription|issueSymbolIdentifier|issueName|marketParticipantName|"
        "MPID|totalWeeklyShareQuantity|totalWeeklyTradeCount|lastUpdateDate\n";
    const std::string bad = "otc | BAD$YM |Soci\xE9t\xE9||otcn|007| 1|";
    const std::string repeated = "OTC| A |x|LINK|otcn|010|1|2025-12-22";
    ingest(header + "OTC|A|x|LINK|OTCN|10|1|2025-12-22\n" + bad + "\r\n" + repeated + "\n",
           {{"week_ending", value(week_1)}});
    const Outcome outcome = done("normalize_week", of("OTC", week_1));
    BOOST_TEST_REQUIRE(outcome.rejects.size() == 2U);
    BOOST_TEST(outcome.rejects[0].code == "INVALID_SYMBOL");
    BOOST_TEST(outcome.rejects[0].raw == R"(otc | BAD$YM |Soci\xE9t\xE9||otcn|007| 1|)");
    BOOST_TEST(outcome.rejects[1].code == "DUPLICATE_KEY");
    BOOST_TEST(outcome.rejects[1].raw == repeated);
}

BOOST_AUTO_TEST_CASE(
    lines_that_ingest_rejected_for_an_empty_field_count_as_null_after_normalising) {
    const Outcome ingested =
        ingest(simple("OTC", week_1, "A|AAAA|1|1\n|AAAA|1|1\nB|AAAA||1\nC|AAAA|1|x\n"));
    BOOST_TEST(ingested.integer("null_count") == 2);
    BOOST_TEST(ingested.real("null_rate") == 0.5);
    BOOST_TEST(ingested.integer("error_count") == 2);
    const Outcome outcome = done("normalize_week", of("OTC", week_1));
    BOOST_TEST(outcome.integer("row_count") == 1);
    BOOST_TEST(outcome.integer("null_count") == 2);
    BOOST_TEST(outcome.real("null_rate") == 0.5);
    BOOST_TEST(outcome.integer("error_count") == 1);
}

BOOST_AUTO_TEST_CASE(of_an_older_capture_only_the_raw_rows_tell_what_is_empty) {
    const Outcome first = ingest(simple("OTC", week_1, "A|AAAA|1|1\n|AAAA|1|1\nB|AAAA||1\n"));
    ingest(simple("OTC", week_1, "A|AAAA|2|1\n"));
    Values params = of("OTC", week_1);
    params["capture_id"] = value(first.text("capture_id"));
    const Outcome outcome = done("normalize_week", params);
    BOOST_TEST(outcome.integer("null_count") == 1);
    BOOST_TEST(outcome.real("null_rate") == 0.5);
}

BOOST_AUTO_TEST_CASE(compute_venue_volume_rebuilds_the_same_rows_and_rejects_nothing_again) {
    ingest(simple("OTC", week_1, mixed));
    done("normalize_week", of("OTC", week_1));
    const std::string sum = "SELECT COUNT(*)||' '||SUM(total_shares) FROM otc_venue_volume";
    const std::string before = ask(sum);
    const Outcome outcome = done("compute_venue_volume", of("OTC", week_1));
    BOOST_TEST(ask(sum) == before);
    BOOST_TEST(outcome.integer("row_count") == 3);
    BOOST_TEST(outcome.rejects.empty());
    BOOST_TEST(manifest(key("OTC", week_1), "VENUE_VOLUME")->row_count == 3);
}

BOOST_AUTO_TEST_CASE(a_stage_of_which_nothing_is_left_fails_and_names_the_commonest_reason) {
    ingest(simple("OTC", week_1, "A|AAAA|0|0\nBAD$YM|AAAA|1|1\nC$$|AAAA|1|1\nD|AA|1|1"));
    const Outcome outcome = run("normalize_week", of("OTC", week_1));
    BOOST_TEST(outcome.status == SPINE_INVALID_DATA);
    BOOST_TEST(holds(told(outcome),
                     "none of the 4 rows keeps the rules; the commonest reason is INVALID_SYMBOL, "
                     "in 2 of them, first in line 3: the symbol is not"),
               told(outcome));
    BOOST_TEST(outcome.retry == SPINE_RETRY_AFTER_INPUT_CHANGE);
    BOOST_TEST(!manifest(key("OTC", week_1), "NORMALIZED").has_value());
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_venue_volume") == "0");
}

BOOST_AUTO_TEST_CASE(rows_without_mpid_are_kept_under_their_firm_to_the_last_table) {
    std::string file = "tierDescription|issueSymbolIdentifier|issueName|marketParticipantName|MPID|"
                       "totalWeeklyShareQuantity|totalWeeklyTradeCount|lastUpdateDate\n";
    for (const char* symbol : {"AMZN", "MSFT"})
        file += std::string("NMS Tier 1|") + symbol + "|x|ONEX ONE ATS|ONEX|1000|10|2025-12-22\n" +
                "NMS Tier 1|" + symbol + "|x|De Minimis Firms||1000000|9000|2025-12-22\n";
    const Outcome ingested = done_file(file, {{"week_ending", value(week_1)}});
    BOOST_TEST(ingested.integer("null_count") == 0);
    const Values params = of(tier_1, week_1);
    const Outcome normalized = done("normalize_week", params);
    BOOST_TEST(normalized.integer("rejected") == 0);
    BOOST_TEST(normalized.integer("null_count") == 0);
    for (const char* pipeline : {"aggregate_week", "compute_venue_share", "compute_hhi"})
        done(pipeline, params);
    BOOST_TEST(ask("SELECT group_concat(mpid||' '||venue_name||' '||total_shares) FROM "
                   "otc_venue_volume WHERE symbol = 'AMZN'") ==
               "FIRM:De Minimis Firms De Minimis Firms 1000000,ONEX ONEX ONE ATS 1000");
    BOOST_TEST(ask("SELECT SUM(total_volume) FROM otc_symbol_summary") == "2002000");
    BOOST_TEST(
        ask("SELECT group_concat(mpid||' '||rank||' '||symbol_count) FROM otc_venue_share") ==
        "FIRM:De Minimis Firms 1 2,ONEX 2 2");
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_symbol_venue_share WHERE mpid LIKE 'FIRM:%'") == "2");
}

BOOST_AUTO_TEST_CASE(a_row_with_neither_mpid_nor_firm_is_rejected) {
    ingest(simple("OTC", week_1, "A||1|1\nB|AAAA|1|1"));
    const Outcome outcome = done("normalize_week", of("OTC", week_1));
    BOOST_TEST_REQUIRE(outcome.rejects.size() == 1U);
    BOOST_TEST(outcome.rejects[0].code == "EMPTY_MPID");
    BOOST_TEST(outcome.integer("null_count") == 1);
}

BOOST_AUTO_TEST_CASE(rows_of_one_key_that_differ_are_both_told_and_an_exact_repeat_is_none) {
    ingest(
        simple("OTC", week_1, "SAME|ARCA|5|1\nSAME|ARCA|5|1\nDIFF|ARCA|100|1\nDIFF|ARCA|999999|9"));
    const Outcome outcome = done("normalize_week", of("OTC", week_1));
    BOOST_TEST_REQUIRE(outcome.rejects.size() == 2U);
    BOOST_TEST(outcome.rejects[0].code == "CONFLICTING_DUPLICATE");
    BOOST_TEST(
        outcome.rejects[0].detail ==
        "line 4 says 100 shares in 1 trades, this line says 999999 shares in 9 trades of the "
        "same symbol and venue; line 4 is kept");
    BOOST_TEST(outcome.rejects[1].code == "DUPLICATE_KEY");
    const auto check = check_of(outcome, "conflicting_duplicates");
    BOOST_TEST(check.status == SPINE_CHECK_FAIL);
    BOOST_TEST(check.category == SPINE_INTEGRITY_CHECK);
    BOOST_TEST(check.actual == "1");
    BOOST_TEST(ask("SELECT group_concat(symbol||total_shares) FROM otc_venue_volume") ==
               "DIFF100,SAME5");
    ingest(simple("OTC", week_1, "SAME|ARCA|5|1\nSAME|ARCA|5|1"));
    BOOST_TEST(done("normalize_week", of("OTC", week_1)).check("conflicting_duplicates") == "PASS");
}

BOOST_AUTO_TEST_CASE(sums_that_do_not_fit_fail_instead_of_lying) {
    ingest(simple("OTC", week_1, "A|AAAA|9223372036854775807|9\nA|BBBB|1|1"));
    done("normalize_week", of("OTC", week_1));
    for (const char* pipeline : {"aggregate_week", "compute_hhi", "compute_venue_share"}) {
        const Outcome outcome = run(pipeline, of("OTC", week_1));
        BOOST_TEST(outcome.status == SPINE_INVALID_DATA, pipeline);
        BOOST_TEST(holds(told(outcome), "the sum of A does not fit into 64 bits"), told(outcome));
    }
    // The week cannot be published, so what reads across tiers does not see it.
    const Outcome split = run("compute_tier_split", {{"week_ending", value(week_1)}});
    BOOST_TEST(split.status == SPINE_INVALID_STATE);
}

BOOST_AUTO_TEST_CASE(a_week_is_compared_with_the_ones_before) {
    week("OTC", "2025-12-05", "A|AAAA|250|5\nA|BBBB|50|5");
    week("OTC", "2025-12-12", "A|AAAA|500|5\nA|BBBB|500|5");
    ingest(simple("OTC", "2025-12-19", "A|AAAA|300|3"));
    done("normalize_week", of("OTC", "2025-12-19"));
    const Outcome outcome = done("aggregate_week", of("OTC", "2025-12-19"));
    BOOST_TEST(outcome.check("missing_venues") == "WARN");
    BOOST_TEST(outcome.check("volume_swing") == "WARN");
    BOOST_TEST(outcome.check("market_share_shift") == "WARN");
    BOOST_TEST(outcome.check("venue_baseline") == "WARN");
    BOOST_TEST(outcome.check("week_grade") == "PASS");
    BOOST_TEST(outcome.text("grade") == "C");
    BOOST_TEST_REQUIRE(outcome.anomalies.size() == 1U);
    BOOST_TEST(outcome.anomalies[0].category == "COMPLETENESS");
    BOOST_TEST(outcome.anomalies[0].message == "only 1 venues, expected >= 2");
}

BOOST_AUTO_TEST_CASE(the_head_by_its_capture_id_is_compared_like_the_week_itself) {
    week("OTC", "2025-12-12", "A|AAAA|500|5\nA|BBBB|500|5");
    const Outcome ingested = ingest(simple("OTC", "2025-12-19", "A|AAAA|300|3"));
    Values params = of("OTC", "2025-12-19");
    params["capture_id"] = value(ingested.text("capture_id"));
    done("normalize_week", params);
    const Outcome by_capture = done("aggregate_week", params);
    const Outcome by_week = done("aggregate_week", of("OTC", "2025-12-19"));
    for (const char* name :
         {"missing_venues", "volume_swing", "market_share_shift", "venue_baseline"}) {
        BOOST_TEST(by_capture.check(name) == "WARN", name);
        BOOST_TEST(by_week.check(name) == "WARN", name);
    }
    BOOST_TEST(by_capture.text("grade") == by_week.text("grade"));
}

BOOST_AUTO_TEST_CASE(a_first_week_and_history_say_why_they_were_not_compared) {
    const Outcome ingested = ingest(simple("OTC", "2025-12-12", "A|AAAA|500|5"));
    done("normalize_week", of("OTC", "2025-12-12"));
    const Outcome first = done("aggregate_week", of("OTC", "2025-12-12"));
    BOOST_TEST(check_of(first, "volume_swing").actual ==
               "the week before, 2025-12-05, is not aggregated");
    BOOST_TEST(first.check("venue_baseline") == "NOT_ASKED");
    BOOST_TEST(check_of(first, "rows_lost").actual ==
               "no capture of this week was published before it");
    week("OTC", "2025-12-12", "A|AAAA|501|5");
    Values params = of("OTC", "2025-12-12");
    params["capture_id"] = value(ingested.text("capture_id"));
    const Outcome history = done("aggregate_week", params);
    for (const char* name : {"missing_venues", "rows_lost", "venue_baseline", "reject_rows_share"})
        BOOST_TEST(history.check(name) == "NOT_ASKED", name);
    BOOST_TEST(holds(check_of(history, "rows_lost").actual, "history is read"));
}

BOOST_AUTO_TEST_CASE(a_capture_that_lost_much_of_the_one_before_is_stopped_until_a_person_accepts) {
    week("OTC", week_1, "A|AAAA|100|5\nB|AAAA|100|5\nC|AAAA|100|5\nD|BBBB|100|5");
    ingest(simple("OTC", week_1, "A|AAAA|100|5"));
    done("normalize_week", of("OTC", week_1));
    const Outcome stopped = run("aggregate_week", of("OTC", week_1));
    BOOST_TEST(stopped.status == SPINE_INVALID_DATA);
    BOOST_TEST(holds(told(stopped), "rows_lost is 75.00 % (3 of 4) (expected < 30.00 %)"),
               told(stopped));
    BOOST_TEST(holds(told(stopped), R"("category":"QUALITY_GATE")"), told(stopped));
    BOOST_TEST(holds(told(stopped), "-p accept_loss=true"), told(stopped));
    BOOST_TEST(stopped.check("volume_lost") == "FAIL");
    BOOST_TEST(stopped.check("venues_gone") == "WARN");
    BOOST_TEST(stopped.check("symbols_gone") == "WARN");
    BOOST_TEST(stopped.check("week_grade") == "FAIL");
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_symbol_summary WHERE capture_seq = 2") == "0");

    // Its like is compared with what was there before, not with what was stopped.
    ingest(simple("OTC", week_1, "A|AAAA|99|5"));
    done("normalize_week", of("OTC", week_1));
    Values params = of("OTC", week_1);
    BOOST_TEST(run("aggregate_week", params).status == SPINE_INVALID_DATA);
    params["accept_loss"] = value(true);
    const Outcome accepted = done("aggregate_week", params);
    BOOST_TEST(accepted.check("rows_lost") == "WARN");
    BOOST_TEST(check_of(accepted, "rows_lost").details ==
               R"({"compared_with":"capture-1","failed":true,"accepted_by":"accept_loss"})");
    BOOST_TEST(accepted.text("grade") == "D");
    BOOST_TEST_REQUIRE(accepted.anomalies.size() == 3U);
    BOOST_TEST(accepted.anomalies[0].category == "QUALITY_GATE");
}

BOOST_AUTO_TEST_CASE(a_capture_is_compared_with_the_published_one_after_a_person_went_back) {
    week("OTC", week_1, "A|AAAA|100|5\nB|AAAA|100|5\nC|AAAA|100|5\nD|BBBB|100|5");
    ingest(simple("OTC", week_1, "A|AAAA|100|5"));
    done("normalize_week", of("OTC", week_1));
    done("aggregate_week", accepting(of("OTC", week_1)));
    publish(key("OTC", week_1), 1);
    ingest(simple("OTC", week_1, "A|AAAA|99|5"));
    done("normalize_week", of("OTC", week_1));
    const Outcome stopped = run("aggregate_week", of("OTC", week_1));
    BOOST_TEST(stopped.status == SPINE_INVALID_DATA);
    BOOST_TEST(check_of(stopped, "rows_lost").details == R"({"compared_with":"capture-1"})");
    publish(key("OTC", week_1), 2);
    const Outcome like = done("aggregate_week", of("OTC", week_1));
    BOOST_TEST(check_of(like, "rows_lost").details == R"({"compared_with":"capture-2"})");
}

BOOST_AUTO_TEST_CASE(a_published_capture_made_anew_is_judged_as_before) {
    week("OTC", week_1, "A|AAAA|100|5\nB|AAAA|100|5\nC|AAAA|100|5\nD|BBBB|100|5");
    const Outcome alone = done("aggregate_week", of("OTC", week_1));
    BOOST_TEST(alone.text("compared_with").empty());
    BOOST_TEST(check_of(alone, "rows_lost").actual ==
               "no capture of this week was published before it");
    ingest(simple("OTC", week_1, "A|AAAA|100|5"));
    done("normalize_week", of("OTC", week_1));
    done("aggregate_week", accepting(of("OTC", week_1)));
    publish(key("OTC", week_1), 1);
    ingest(simple("OTC", week_1, "A|AAAA|100|5\nB|AAAA|100|5\nC|AAAA|100|5\nD|BBBB|200|5"));
    done("normalize_week", of("OTC", week_1));
    for (const char* time : {"first", "anew"}) {
        const Outcome outcome = done("aggregate_week", of("OTC", week_1));
        BOOST_TEST(outcome.check("rows_gained") == "PASS", time);
        BOOST_TEST(check_of(outcome, "rows_lost").details == R"({"compared_with":"capture-1"})",
                   time);
        BOOST_TEST(outcome.text("compared_with") == "capture-1", time);
    }
}

BOOST_AUTO_TEST_CASE(small_losses_warn_and_the_limits_are_configuration) {
    week("OTC", week_1, "A|AAAA|100|5\nB|AAAA|100|5\nC|AAAA|100|5\nD|AAAA|100|5");
    ingest(simple("OTC", week_1, "A|AAAA|100|5\nB|AAAA|100|5\nC|AAAA|100|5\nE|AAAA|100|5"));
    done("normalize_week", of("OTC", week_1));
    const Outcome outcome = done("aggregate_week", of("OTC", week_1));
    BOOST_TEST(outcome.check("rows_lost") == "WARN");
    BOOST_TEST(outcome.check("rows_gained") == "WARN");
    BOOST_TEST(outcome.check("volume_lost") == "PASS");
    BOOST_TEST(outcome.text("grade") == "C");
    config["loss_fail"] = "0.25";
    BOOST_TEST(run("aggregate_week", of("OTC", week_1)).status == SPINE_INVALID_DATA);
}

BOOST_AUTO_TEST_CASE(a_week_most_of_whose_volume_was_rejected_is_never_graded_a) {
    // At ingest the trades are missing, at normalise the MPID is none.
    ingest(simple("OTC", week_1, "A|AAAA|3|1\nB|AAAA|500\nC|AAA|497|1"));
    const Outcome normalised = done("normalize_week", of("OTC", week_1));
    BOOST_TEST(normalised.integer("rejected_lines") == 2);
    BOOST_TEST(normalised.real("reject_shares_share") == 0.997);
    BOOST_TEST(normalised.check("reject_shares_share") == "FAIL");
    const Outcome stopped = run("aggregate_week", of("OTC", week_1));
    BOOST_TEST(stopped.status == SPINE_INVALID_DATA);
    BOOST_TEST(holds(told(stopped), "reject_shares_share is 99.70 % (997 of 1000)"), told(stopped));
    Values params = of("OTC", week_1);
    params["accept_loss"] = value(true);
    BOOST_TEST(done("aggregate_week", params).text("grade") == "D");
}

BOOST_AUTO_TEST_CASE(a_row_that_is_said_twice_costs_no_shares) {
    ingest(simple("OTC", week_1, "A|AAAA|100|5\nA|AAAA|100|5"));
    const Outcome outcome = done("normalize_week", of("OTC", week_1));
    BOOST_TEST(outcome.integer("rejected") == 1);
    BOOST_TEST(outcome.check("reject_shares_share") == "PASS");
    BOOST_TEST(outcome.check("reject_rows_share") == "WARN");
}

BOOST_AUTO_TEST_CASE(a_stage_needs_the_one_before) {
    const Outcome normalize = run("normalize_week", of("OTC", week_1));
    BOOST_TEST(normalize.status == SPINE_NOT_FOUND);
    BOOST_TEST(holds(told(normalize), "INGESTED of"), told(normalize));
    ingest(simple("OTC", week_1, "A|AAAA|1|1"));
    BOOST_TEST(run("aggregate_week", of("OTC", week_1)).status == SPINE_NOT_FOUND);
    BOOST_TEST(run("compute_hhi", of("OTC", week_1)).status == SPINE_NOT_FOUND);
    const Outcome any_tier = run("compute_hhi", {{"week_ending", value(week_1)}});
    BOOST_TEST(any_tier.status == SPINE_INVALID_STATE);
    BOOST_TEST(holds(told(any_tier), "NORMALIZED of the week ending 2025-12-19"), told(any_tier));
}

BOOST_AUTO_TEST_CASE(a_restatement_is_due_again_from_its_first_stage) {
    week("OTC", week_1, "A|AAAA|1|1");
    ingest(simple("OTC", week_1, "B|AAAA|2|1"));
    // What was made from the older capture is no base for the later stages.
    BOOST_TEST(run("aggregate_week", of("OTC", week_1)).status == SPINE_NOT_FOUND);
    done("normalize_week", of("OTC", week_1));
    done("aggregate_week", accepting(of("OTC", week_1)));
    BOOST_TEST(ask("SELECT group_concat(symbol) FROM otc_symbol_summary WHERE capture_seq = 2") ==
               "B");
    BOOST_TEST(ask("SELECT group_concat(symbol) FROM otc_symbol_summary WHERE capture_seq = 1") ==
               "A");
}

BOOST_AUTO_TEST_CASE(a_week_that_is_no_friday_is_refused_by_every_pipeline) {
    week("OTC", week_1, "A|AAAA|1|1");
    for (const char* pipeline : {"normalize_week",
                                 "aggregate_week",
                                 "compute_rolling",
                                 "compute_venue_volume",
                                 "compute_venue_share",
                                 "compute_hhi",
                                 "compute_tier_split"}) {
        Values params = of("OTC", "2025-12-20");
        const Outcome outcome = run(pipeline, params);
        BOOST_TEST(outcome.status == SPINE_INVALID_ARG, pipeline);
        BOOST_TEST(holds(told(outcome), "Friday 2025-12-19"), told(outcome));
    }
    config["date_policy"] = "snap";
    done("compute_hhi", of("OTC", "2025-12-20"));
    BOOST_TEST(manifest(key("OTC", week_1), "HHI").has_value());
}

BOOST_AUTO_TEST_CASE(without_a_tier_each_one_that_is_there_is_done) {
    week("OTC", week_1, "A|AAAA|1|1");
    week("NMS_TIER_2", week_1, "A|AAAA|3|1");
    for (const char* pipeline :
         {"compute_venue_volume", "compute_venue_share", "compute_hhi", "compute_rolling"})
        done(pipeline, {{"week_ending", value(week_1)}});
    for (const char* stage : {"VENUE_VOLUME", "VENUE_SHARE", "HHI", "ROLLING"}) {
        BOOST_TEST(manifest(key("OTC", week_1), stage).has_value(), stage);
        BOOST_TEST(manifest(key("NMS_TIER_2", week_1), stage).has_value(), stage);
        BOOST_TEST(!manifest(key("NMS_TIER_1", week_1), stage).has_value(), stage);
    }
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_symbol_hhi") == "2");
}

BOOST_AUTO_TEST_CASE(history_is_read_by_capture_or_time_and_moves_no_manifest) {
    week("OTC", week_1, "A|AAAA|1|1");
    const std::int64_t first_ms = now_ms;
    now_ms += 1000;
    ingest(simple("OTC", week_1, "B|AAAA|2|1\nC|AAAA|2|1"));
    done("normalize_week", of("OTC", week_1));
    done("aggregate_week", accepting(of("OTC", week_1)));
    done("compute_hhi", of("OTC", week_1));
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_symbol_hhi WHERE capture_seq = 1") == "0");

    Values by_capture = of("OTC", week_1);
    by_capture["capture_id"] = value("capture-1");
    done("compute_hhi", by_capture);
    BOOST_TEST(ask("SELECT group_concat(symbol) FROM otc_symbol_hhi WHERE capture_seq = 1") == "A");
    BOOST_TEST(manifest(key("OTC", week_1), "HHI")->capture_id == "capture-2");

    Values by_time = of("OTC", week_1);
    by_time["as_of"] = value(std::to_string(first_ms));
    BOOST_TEST(done("normalize_week", by_time).integer("accepted") == 1);
    BOOST_TEST(manifest(key("OTC", week_1), "NORMALIZED")->capture_id == "capture-2");

    by_time["capture_id"] = value("capture-1");
    BOOST_TEST(run("normalize_week", by_time).status == SPINE_INVALID_ARG);
    BOOST_TEST(
        run("compute_hhi", {{"week_ending", value(week_1)}, {"capture_id", value("capture-1")}})
            .status == SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_CASE(the_capture_that_ingest_hands_on_is_no_history) {
    const Outcome ingested = ingest(simple("OTC", week_1, "A|AAAA|1|1"));
    Values params = of("OTC", week_1);
    params["capture_id"] = value(ingested.text("capture_id"));
    done("normalize_week", params);
    done("aggregate_week", params);
    BOOST_TEST(manifest(key("OTC", week_1), "AGGREGATED").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
