#include "weeks.hpp"

#include <boost/test/unit_test.hpp>

using namespace finra;

namespace {

std::string header() {
    return "tierDescription|issueSymbolIdentifier|issueName|marketParticipantName|MPID|"
           "totalWeeklyShareQuantity|totalWeeklyTradeCount|lastUpdateDate\n";
}

/// A file as FINRA publishes it, which does not state its week.
std::string published(const std::string& last_update, const std::string& shares = "10") {
    return header() + "OTC|AABB|Asia|LINK|OTCN|" + shares + "|1|" + last_update + "\n";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(ingest_week, Weeks)

BOOST_AUTO_TEST_CASE(a_file_becomes_a_capture_of_the_week_that_it_states) {
    const Outcome outcome = done("ingest_week", {{"file", value("data/week_2025-12-19.psv")}});
    BOOST_TEST(outcome.text("tier") == "NMS_TIER_1");
    BOOST_TEST(outcome.text("week_ending") == "2025-12-19");
    BOOST_TEST(outcome.text("week_source") == "column");
    BOOST_TEST(outcome.text("capture_id") == "capture-1");
    BOOST_TEST(outcome.integer("data_lines") == 50);
    BOOST_TEST(outcome.integer("null_count") == 0);
    const auto row = manifest(key("NMS_TIER_1", "2025-12-19"), "INGESTED");
    BOOST_TEST_REQUIRE(row.has_value());
    BOOST_TEST(row->row_count == 50);
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_raw WHERE capture_seq = 1") == "50");
    BOOST_TEST(ask("SELECT group_concat(line_number||tier_description||symbol||mpid||total_shares||"
                   "'/'||total_trades) FROM otc_raw WHERE line_number < 4") ==
               "2NMS Tier 1AALPX982/23,3NMS Tier 1ABIDS149689/204");
    BOOST_TEST(outcome.check("record_count_balance") == "PASS");
    BOOST_TEST(outcome.check("last_line_complete") == "PASS");
    BOOST_TEST(outcome.check("week_source") == "PASS");
    BOOST_TEST(outcome.check("tier_of_file_name") == "absent");
    BOOST_TEST(outcome.check("expected_symbols") == "NOT_ASKED");
    BOOST_TEST(outcome.check("reject_rows_share") == "PASS");
    BOOST_TEST(outcome.check("source_freshness") == "NOT_ASKED");
}

BOOST_AUTO_TEST_CASE(a_week_that_is_concluded_from_the_date_is_told_by_a_check) {
    files["finra_otc_weekly_otc_20251215.csv"] = published("2025-12-15");
    const Values params{{"file", value("finra_otc_weekly_otc_20251215.csv")}};
    const Outcome seed = done("ingest_week", params);
    BOOST_TEST(seed.text("week_ending") == "2025-12-12");
    BOOST_TEST(seed.text("week_source") == "derived");
    BOOST_TEST(seed.text("source_last_update") == "2025-12-15");
    BOOST_TEST(seed.check("week_source") == "WARN");
    BOOST_TEST(seed.check("tier_of_file_name") == "PASS");
    BOOST_TEST(ask("SELECT issue_name||venue_name||source_last_update_date FROM otc_raw") ==
               "AsiaLINK2025-12-15");

    config["publication_lag"] = "finra";
    files["finra_otc_weekly_otc_20251215.csv"] = published("2025-12-15", "20");
    BOOST_TEST(done("ingest_week", params).text("week_ending") == "2025-11-14");

    files["finra_otc_weekly_otc_20251215.csv"] = published("2025-12-15", "30");
    Values dated = params;
    dated["file_date"] = value("2025-12-22");
    config.clear();
    BOOST_TEST(done("ingest_week", dated).text("week_ending") == "2025-12-19");
}

BOOST_AUTO_TEST_CASE(a_given_week_stays_but_a_check_tells_that_the_date_stands_for_another) {
    files["finra_otc_weekly_otc_20251222.csv"] = published("2025-12-22");
    Values params = of("OTC", "2025-12-12");
    params["file"] = value("finra_otc_weekly_otc_20251222.csv");
    const Outcome outcome = done("ingest_week", params);
    BOOST_TEST(outcome.text("week_ending") == "2025-12-12");
    BOOST_TEST(outcome.text("week_source") == "given");
    BOOST_TEST(outcome.check("week_source") == "PASS");
    BOOST_TEST(manifest(key("OTC", "2025-12-12"), "INGESTED").has_value());
    BOOST_TEST(manifest_size() == 1U);
    const auto check = check_of(outcome, "week_of_file_date");
    BOOST_TEST(check.status == SPINE_CHECK_WARN);
    BOOST_TEST(check.category == SPINE_BUSINESS_RULE_CHECK);
    BOOST_TEST(check.actual == "2025-12-12");
    BOOST_TEST(check.expected == "2025-12-19");
    BOOST_TEST(check.details == R"({"file_date":"2025-12-22","publication_lag":"seed"})");
}

BOOST_AUTO_TEST_CASE(whether_a_given_week_is_that_of_the_date_depends_on_the_lag) {
    files["week_20251215.csv"] = published("2025-12-15");
    Values params = of("OTC", "2025-11-14");
    params["file"] = value("week_20251215.csv");
    config["publication_lag"] = "finra";
    BOOST_TEST(done("ingest_week", params).check("week_of_file_date") == "PASS");

    params["week_ending"] = value("2025-12-12");
    const auto check = check_of(done("ingest_week", params), "week_of_file_date");
    BOOST_TEST(check.status == SPINE_CHECK_WARN);
    BOOST_TEST(check.expected == "2025-11-14");
    BOOST_TEST(check.details == R"({"file_date":"2025-12-15","publication_lag":"finra"})");
}

BOOST_AUTO_TEST_CASE(a_given_file_date_is_compared_before_that_of_the_name_and_the_rows) {
    files["week.psv"] = published("2025-12-15");
    Values params = of("OTC", "2025-12-12");
    params["file"] = value("week.psv");
    BOOST_TEST(done("ingest_week", params).check("week_of_file_date") == "PASS");
    params["file_date"] = value("2025-12-29");
    files["week.psv"] += "OTC|AACC|Asia|LINK|OTCN|10|1|2025-12-15\n";
    const auto check = check_of(done("ingest_week", params), "week_of_file_date");
    BOOST_TEST(check.status == SPINE_CHECK_WARN);
    BOOST_TEST(check.expected == "2025-12-26");
}

BOOST_AUTO_TEST_CASE(only_a_given_week_without_a_column_is_compared_with_the_date) {
    files["week_20251222.psv"] = simple("OTC", "2025-12-12", "A|OTCN|1|1");
    Values column = of("OTC", "2025-12-12");
    column["file"] = value("week_20251222.psv");
    BOOST_TEST(done("ingest_week", column).check("week_of_file_date") == "absent");

    files["derived_20251222.csv"] = published("2025-12-22", "20");
    BOOST_TEST(
        done("ingest_week", {{"file", value("derived_20251222.csv")}}).check("week_of_file_date") ==
        "absent");

    files["undated.csv"] = published("");
    Values undated = of("OTC", "2025-12-05");
    undated["file"] = value("undated.csv");
    BOOST_TEST(done("ingest_week", undated).check("week_of_file_date") == "absent");
}

BOOST_AUTO_TEST_CASE(a_given_week_that_is_no_friday_is_the_persons_fault) {
    const Outcome outcome =
        ingest(simple("OTC", "2025-12-12", "A|OTCN|1|1"), {{"week_ending", value("2025-12-13")}});
    BOOST_TEST(outcome.status == SPINE_INVALID_ARG);
    BOOST_TEST(holds(told(outcome), "Friday 2025-12-12"), told(outcome));
}

BOOST_AUTO_TEST_CASE(a_stated_week_that_is_no_friday_refuses_the_file_or_is_snapped) {
    const std::string file = simple("OTC", "2025-12-13", "A|OTCN|1|1");
    const Outcome refused = ingest(file);
    BOOST_TEST(refused.status == SPINE_INVALID_DATA);
    BOOST_TEST(holds(told(refused), "week.psv: the week ending 2025-12-13 is a Saturday"),
               told(refused));
    BOOST_TEST(holds(told(refused), "(line 2)"), told(refused));
    config["date_policy"] = "snap";
    BOOST_TEST(ingest(file).text("week_ending") == "2025-12-12");
}

BOOST_AUTO_TEST_CASE(a_file_that_contradicts_its_parameters_is_refused_with_counts) {
    const std::string file = simple("OTC", "2025-12-12", "A|OTCN|1|1\nB|OTCN|1|1");
    const Outcome week = ingest(file, {{"week_ending", value("2025-12-19")}});
    BOOST_TEST(week.status == SPINE_INVALID_DATA);
    BOOST_TEST(holds(told(week), "2025-12-12 in 2 lines"), told(week));
    const Outcome tier = ingest(file, {{"tier", value("NMS_TIER_2")}});
    BOOST_TEST(tier.status == SPINE_INVALID_DATA);
    BOOST_TEST(holds(told(tier), "OTC in 2 lines"), told(tier));
    BOOST_TEST(tier.retry == SPINE_RETRY_AFTER_INPUT_CHANGE);
    BOOST_TEST(manifest_size() == 0U);
}

BOOST_AUTO_TEST_CASE(files_that_mix_or_cannot_be_read_are_refused_whole) {
    const std::string good = simple("OTC", "2025-12-12", "A|OTCN|1|1");
    for (const std::string& file :
         {good + "2025-12-19|OTC|B|OTCN|1|1\n",
          good + "2025-12-12|Tier 1|B|OTCN|1|1\n",
          good + "2025-12-12|Mars|B|OTCN|1|1\n",
          std::string(),
          std::string("Symbol|Venue\nA|B\n"),
          simple("OTC", "2025-12-12", "A|OTCN|x|1"),
          std::string("WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades\nnothing\n")}) {
        const Outcome outcome = ingest(file);
        BOOST_TEST(outcome.status == SPINE_INVALID_DATA, file);
        BOOST_TEST(holds(told(outcome), "week.psv: "), told(outcome));
    }
    BOOST_TEST(holds(ingest(simple("OTC", "2025-12-12", "A|OTCN|x|1")).message,
                     "none of its 1 lines could be read, the first for this: line 2: shares 'x' is "
                     "no number"));
    BOOST_TEST(manifest_size() == 0U);
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_raw") == "0");
    BOOST_TEST(run("ingest_week", {{"file", value("nowhere.csv")}}).status == SPINE_NOT_FOUND);
}

BOOST_AUTO_TEST_CASE(lines_that_cannot_be_read_are_rejects_and_the_others_go_on) {
    const Outcome outcome = ingest(
        simple("OTC", "2025-12-12", "A|OTCN|1|1\nB|OTCN|x|1\nC|OTCN\nD|OTCN||2\nE|OTCN|2|2"));
    BOOST_TEST(outcome.status == SPINE_OK);
    BOOST_TEST_REQUIRE(outcome.rejects.size() == 3U);
    BOOST_TEST(outcome.rejects[0].code == "PARSE_ERROR");
    BOOST_TEST(outcome.rejects[0].line == 3);
    BOOST_TEST(outcome.rejects[0].raw == "2025-12-12|OTC|B|OTCN|x|1");
    BOOST_TEST(outcome.rejects[0].locator == "week.psv");
    BOOST_TEST(outcome.rejects[1].line == 4);
    BOOST_TEST(outcome.integer("data_lines") == 5);
    BOOST_TEST(outcome.integer("null_count") == 1);
    BOOST_TEST(outcome.outputs.at("null_rate").real == 0.2);
    BOOST_TEST(manifest(key("OTC", "2025-12-12"), "INGESTED")->row_count == 2);
    BOOST_TEST(ask("SELECT issue_name FROM otc_raw") == "NULL");
}

BOOST_AUTO_TEST_CASE(a_line_is_kept_only_where_its_columns_do_not_spell_it) {
    ingest(simple("OTC", "2025-12-12", "A|OTCN|1|1\nB|OTCN|01|1\nC|OTCN|1.5|1"));
    BOOST_TEST(
        ask("SELECT group_concat(symbol||'<'||coalesce(line_text,'NULL')||'>') FROM otc_raw") ==
        "A<>,B<2025-12-12|OTC|B|OTCN|01|1>,C<2025-12-12|OTC|C|OTCN|1.5|1>");
    files["finra_20251215.csv"] =
        published("2025-12-15") + "otc|B|Soci\xE9t\xE9|LINK|OTCN|5|1|\r\n";
    done("ingest_week",
         {{"file", value("finra_20251215.csv")}, {"week_ending", value("2025-12-05")}});
    BOOST_TEST(ask("SELECT group_concat(symbol||'<'||coalesce(line_text,'NULL')||'>') FROM otc_raw "
                   "WHERE capture_seq = 2") ==
               R"(AABB<NULL>,B<otc|B|Soci\xE9t\xE9|LINK|OTCN|5|1|>)");
    BOOST_TEST(ask("SELECT issue_name FROM otc_raw WHERE capture_seq = 2 AND symbol = 'B'") ==
               "Soci\xC3\xA9t\xC3\xA9");
    // A week that was snapped is spelled otherwise than the partition's.
    config["date_policy"] = "snap";
    ingest(simple("OTC", "2025-11-15", "A|OTCN|1|1"));
    BOOST_TEST(ask("SELECT line_text FROM otc_raw WHERE capture_seq = 3") ==
               "2025-11-15|OTC|A|OTCN|1|1");
}

BOOST_AUTO_TEST_CASE(the_same_bytes_again_change_nothing) {
    const std::string file = simple("OTC", "2025-12-12", "A|OTCN|1|1");
    ingest(file);
    const Outcome again = ingest(file);
    BOOST_TEST(again.unchanged);
    BOOST_TEST(again.text("capture_id") == "capture-1");
    BOOST_TEST(again.integer("row_count") == 1);
    BOOST_TEST(again.checks.empty());
    BOOST_TEST(again.anomalies.empty());
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_raw") == "1");
}

BOOST_AUTO_TEST_CASE(corrected_bytes_are_another_capture_beside_the_first) {
    const std::string a = simple("OTC", "2025-12-12", "A|OTCN|1|1\nB|OTCN|1|1");
    const std::string b = simple("OTC", "2025-12-12", "A|OTCN|2|1");
    ingest(a);
    const Outcome corrected = ingest(b);
    BOOST_TEST(corrected.text("capture_id") == "capture-2");
    BOOST_TEST_REQUIRE(corrected.anomalies.size() == 1U);
    BOOST_TEST(corrected.anomalies[0].category == "FRESHNESS");
    BOOST_TEST(corrected.anomalies[0].severity == SPINE_SEVERITY_INFO);
    BOOST_TEST(corrected.anomalies[0].message == "capture capture-2 supersedes capture-1");
    BOOST_TEST(ingest(a).text("capture_id") == "capture-3");
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_raw WHERE capture_seq = 1") == "2");
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_raw WHERE capture_seq = 2") == "1");
    BOOST_TEST(ask("SELECT COUNT(*) FROM otc_raw WHERE capture_seq = 3") == "2");
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_while_it_is_read_commits_nothing) {
    after_reading = [](Host& host) { host.files["week.psv"] += "2025-12-12|OTC|Z|OTCN|1|1\n"; };
    const Outcome outcome = ingest(simple("OTC", "2025-12-12", "A|OTCN|1|1"));
    BOOST_TEST(outcome.status == SPINE_CONFLICT);
    BOOST_TEST(holds(told(outcome), "changed while it was being read"), told(outcome));
    BOOST_TEST(manifest_size() == 0U);
}

BOOST_AUTO_TEST_CASE(expected_symbols_that_are_missing_are_named) {
    const std::string file = simple("OTC", "2025-12-12", "A|OTCN|1|1\nb |OTCN|1|1");
    const Outcome list = ingest(file, {{"expected_symbols", json(R"(["B","C","A","D"])")}});
    BOOST_TEST(list.text("missing_symbols") == R"(["C","D"])");
    BOOST_TEST(list.text("symbols_in_other_case") == R"({"B":"b"})");
    BOOST_TEST(list.check("expected_symbols") == "WARN");
    BOOST_TEST(check_of(list, "expected_symbols").details == R"({"in_other_case":{"B":"b"}})");
    const Outcome both = ingest(simple("OTC", "2025-12-12", "TW|OTCN|1|1\nTw|OTCN|1|1"),
                                {{"expected_symbols", json(R"(["TW","tW"])")}});
    BOOST_TEST(both.text("missing_symbols") == "[]");
    BOOST_TEST(both.text("symbols_in_other_case") == R"({"tW":"TW"})");
    BOOST_TEST(both.check("expected_symbols") == "PASS");
    const Outcome by_tier =
        ingest(file + "2025-12-12|OTC|C|OTCN|1|1\n",
               {{"expected_symbols", json(R"({"NMS_TIER_1": ["Z"], "OTC": [ "A", "C" ]})")}});
    BOOST_TEST(by_tier.text("missing_symbols") == "[]");
    BOOST_TEST(by_tier.check("expected_symbols") == "PASS");
}

BOOST_AUTO_TEST_CASE(expected_symbols_that_are_none_are_the_persons_fault) {
    for (const char* text : {"{",
                             "7",
                             R"({"A":1})",
                             R"(["A")",
                             R"(["$"])",
                             R"({"Mars":["A"]})",
                             R"(["A"] x)",
                             R"(["\u0041"])"}) {
        const Outcome outcome =
            ingest(simple("OTC", "2025-12-12", "A|OTCN|1|1"), {{"expected_symbols", json(text)}});
        BOOST_TEST(outcome.status == SPINE_INVALID_ARG, text);
        BOOST_TEST(holds(told(outcome), "expected_symbols"), told(outcome));
    }
}

BOOST_AUTO_TEST_CASE(a_cut_file_and_a_name_of_another_tier_are_told_by_checks) {
    std::string file = simple("OTC", "2025-12-12", "A|OTCN|1|1");
    file.pop_back();
    files["tier1.psv"] = file;
    const Outcome outcome = done("ingest_week", {{"file", value("tier1.psv")}});
    BOOST_TEST(outcome.check("last_line_complete") == "PASS");
    BOOST_TEST(outcome.check("tier_of_file_name") == "WARN");
    files["tier1.psv"] = file + "\n2025-12-12|OTC|B|OTC";
    BOOST_TEST(done("ingest_week", {{"file", value("tier1.psv")}}).check("last_line_complete") ==
               "WARN");
}

BOOST_AUTO_TEST_CASE(what_rejected_lines_cost_is_told_in_lines_and_in_shares) {
    const Outcome outcome =
        ingest(simple("OTC", "2025-12-12", "A|OTCN|3|1\nB|OTCN|997\nC|OTCN|x|1"));
    BOOST_TEST(outcome.integer("kept_lines") == 1);
    BOOST_TEST(outcome.integer("rejected_lines") == 2);
    BOOST_TEST(outcome.integer("rejected_shares") == 997);
    BOOST_TEST(outcome.integer("lines_without_shares") == 1);
    BOOST_TEST(outcome.real("reject_shares_share") == 0.997);
    BOOST_TEST(outcome.check("reject_rows_share") == "WARN"); // two lines are few
    BOOST_TEST(outcome.check("reject_shares_share") == "FAIL");
    BOOST_TEST(check_of(outcome, "reject_shares_share").actual == "99.70 % (997 of 1000)");
}

BOOST_AUTO_TEST_CASE(a_source_that_was_updated_long_after_its_publication_is_told) {
    const std::string row = "OTC|A|Name|Venue|OTCN|5|1|";
    const std::string header =
        "tierDescription|issueSymbolIdentifier|issueName|marketParticipantName|"
        "MPID|totalWeeklyShareQuantity|totalWeeklyTradeCount|lastUpdateDate\n";
    const auto freshness = [&](const std::string& updated) {
        const Outcome outcome =
            ingest(header + row + updated + "\n", {{"week_ending", value("2025-12-12")}});
        BOOST_TEST(outcome.status == SPINE_OK, told(outcome));
        return outcome.check("source_freshness");
    };
    BOOST_TEST(freshness("2025-12-15") == "PASS");
    BOOST_TEST(freshness("2025-12-29") == "PASS");
    BOOST_TEST(freshness("2025-12-30") == "WARN");
    config["publication_lag"] = "finra";
    BOOST_TEST(freshness("2026-01-26") == "PASS");
    config["freshness_days"] = "0";
    BOOST_TEST(freshness("2026-01-13") == "WARN");
}

BOOST_AUTO_TEST_CASE(limits_that_make_no_sense_are_refused_by_name) {
    const std::string file = simple("OTC", "2025-12-12", "A|OTCN|3|1");
    config["reject_rows_warn"] = "-0.1";
    BOOST_TEST(holds(told(ingest(file)), "configuration 'reject_rows_warn' is -0.1"));
    config["reject_rows_warn"] = "0.5";
    BOOST_TEST(holds(told(ingest(file)), "which is above reject_rows_fail, 0.05"));
    config["reject_rows_warn"] = "0.01";
    config["reject_rows_least"] = "-1";
    BOOST_TEST(ingest(file).status == SPINE_INVALID_ARG);
}

BOOST_AUTO_TEST_CASE(a_dry_run_tells_the_week_and_takes_no_rows) {
    dry = true;
    const Outcome outcome = ingest(simple("OTC", "2025-12-12", "A|OTCN|1|1\nB|OTCN|x|1"));
    BOOST_TEST(outcome.status == SPINE_OK);
    BOOST_TEST(outcome.text("week_ending") == "2025-12-12");
    BOOST_TEST(outcome.rejects.empty());
}

BOOST_AUTO_TEST_CASE(a_holiday_friday_names_its_week_all_the_same) {
    const std::string thursday = simple("NMS Tier 1", "2026-04-02", "AAPL|ONEX|111|1");
    BOOST_TEST(holds(told(ingest(thursday)), "Friday 2026-04-03"));
    config["date_policy"] = "snap";
    done_file(simple("NMS Tier 1", "2026-03-27", "AAPL|ONEX|222|2"));
    BOOST_TEST(done_file(thursday).text("week_ending") == "2026-04-03");
    BOOST_TEST(manifest(key("NMS_TIER_1", "2026-03-27"), "INGESTED").has_value());
}

BOOST_AUTO_TEST_CASE(a_week_may_be_given_by_its_monday) {
    const std::string file = simple("OTC", "2026-04-03", "A|OTCN|1|1");
    const auto start = [&](const char* day) { return Values{{"week_start", value(day)}}; };
    const Outcome outcome = done_file(file, start("2026-03-30"));
    BOOST_TEST(outcome.text("week_ending") == "2026-04-03");
    BOOST_TEST(outcome.text("week_source") == "given");
    const Outcome tuesday = ingest(file, start("2026-03-31"));
    BOOST_TEST(tuesday.status == SPINE_INVALID_ARG);
    BOOST_TEST(holds(told(tuesday), "Monday 2026-03-30 to Friday 2026-04-03"), told(tuesday));
    Values both = start("2026-03-30");
    both["week_ending"] = value("2026-04-10");
    BOOST_TEST(holds(told(ingest(file, both)), "are two weeks"));
    BOOST_TEST(ingest(file, start("2026-04-06")).status == SPINE_INVALID_DATA);
    const Outcome column =
        done_file("weekStartDate|" + header() + "2026-03-30|OTC|A|a|b|OTCN|1|1|\n");
    BOOST_TEST(column.text("week_ending") == "2026-04-03");
}

BOOST_AUTO_TEST_CASE(a_week_that_is_only_derived_is_refused_when_the_rows_are_another_weeks) {
    const auto file = [](const std::string& update, int changed) {
        std::string text = header();
        for (int i = 0; i < 40; ++i)
            text += "OTC|S" + std::to_string(i) + "|a|b|OTCN|" +
                    std::to_string(1000 + i * 7 + (i < changed ? 1 : 0)) + "|3|" + update + "\n";
        return text;
    };
    files["otc_20251222.csv"] = file("2025-12-22", 0);
    done("ingest_week", {{"file", value("otc_20251222.csv")}});

    // A correction that came a week later keeps its week, whatever its name says.
    files["otc_20251229.csv"] = file("2025-12-29", 3);
    Values late{{"file", value("otc_20251229.csv")}};
    const Outcome refused = run("ingest_week", late);
    BOOST_TEST(refused.status == SPINE_INVALID_DATA);
    BOOST_TEST(holds(told(refused), "37 of 40 rows are those of the week ending 2025-12-19"),
               told(refused));
    BOOST_TEST(holds(told(refused), "week_ending=2025-12-19 if it corrects that one"),
               told(refused));
    BOOST_TEST(holds(told(refused), "week_ending=2025-12-26 if"), told(refused));
    BOOST_TEST(refused.retry == SPINE_RETRY_AFTER_INPUT_CHANGE);
    BOOST_TEST(!manifest(key("OTC", "2025-12-26"), "INGESTED").has_value());
    late["week_ending"] = value("2025-12-19");
    BOOST_TEST(done("ingest_week", late).text("capture_id") == "capture-2");

    // Another week's rows are another week's; so is a correction under its own date.
    files["otc_20251229.csv"] = file("2025-12-29", 25);
    late.erase("week_ending");
    BOOST_TEST(done("ingest_week", late).text("week_ending") == "2025-12-26");
    files["otc_20251229.csv"] = file("2025-12-29", 26);
    BOOST_TEST(done("ingest_week", late).text("week_ending") == "2025-12-26");
}

BOOST_AUTO_TEST_CASE(weeks_that_have_the_same_rows_for_once_are_told_apart_by_their_own_captures) {
    for (const char* week : {"2025-12-12", "2025-12-19"}) {
        Values params = of("OTC", week);
        files["same.csv"] = published("2025-12-22");
        params["file"] = value("same.csv");
        done("ingest_week", params);
    }
    files["otc_20251222.csv"] = published("2025-12-22");
    BOOST_TEST(done("ingest_week", {{"file", value("otc_20251222.csv")}}).text("week_ending") ==
               "2025-12-19");
}

BOOST_AUTO_TEST_CASE(lines_of_windows_1252_are_told_by_a_check) {
    const Outcome outcome = done_file(header() + "OTC|AAAA|Soci\xE9t\xE9|LINK|OTCN|17|1|\n" +
                                          "OTC|BBBB|B Corp|LINK|OTCN|5|1|\n",
                                      {{"week_ending", value("2025-12-12")}});
    const auto check = check_of(outcome, "windows_1252_lines");
    BOOST_TEST(check.status == SPINE_CHECK_WARN);
    BOOST_TEST(check.actual == "1");
    BOOST_TEST(ask("SELECT group_concat(issue_name) FROM otc_raw") ==
               "Soci\xC3\xA9t\xC3\xA9,B Corp");
}

BOOST_AUTO_TEST_CASE(a_file_with_a_tail_of_nul_is_refused_whole) {
    const Outcome outcome =
        ingest(simple("OTC", "2025-12-12", "A|OTCN|1|1") + std::string(4096, '\0'));
    BOOST_TEST(outcome.status == SPINE_INVALID_DATA);
    BOOST_TEST(holds(told(outcome), "ends with 4096 NUL bytes"), told(outcome));
    BOOST_TEST(manifest_size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
