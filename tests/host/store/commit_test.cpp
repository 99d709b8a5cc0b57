#include "store_fixture.hpp"

#include "error.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;

BOOST_FIXTURE_TEST_SUITE(commit, StoreFixture)

BOOST_AUTO_TEST_CASE(nothing_is_visible_before_the_commit_and_everything_after_it) {
    auto process = this->process();
    auto start = process.started(process.planned("read", "w1"));
    const auto seen = start.unit->observe(0, {"aa", "file:///x", 3, "", ""});
    auto& sink = start.unit->replace("demo_raw", seen.rowset, {"line", "symbol", "shares"});
    sink.integer(0, 1);
    sink.text(1, "A");
    sink.integer(2, 5);
    sink.end_row();
    sink.finish();
    start.unit->reject({0, 7, "PARSE_ERROR", "d", "raw", "x:7"});
    start.unit->check({0, "c", "INTEGRITY", "PASS", "1", "1", ""});
    start.unit->reached({0, seen.rowset, 1, {}});
    BOOST_TEST(process.value("SELECT count(*) FROM demo_raw") == "0");
    BOOST_TEST(process.value("SELECT count(*) FROM core_captures") == "0");
    BOOST_TEST(committed(start.unit->commit(unit::Done{})));
    BOOST_TEST(process.value("SELECT count(*) FROM demo_raw_latest WHERE week = 'w1'") == "1");
    BOOST_TEST(process.value("SELECT count(*) FROM core_manifest") == "1");
    BOOST_TEST(process.value("SELECT line_number FROM core_rejects") == "7");
    BOOST_TEST(process.value("SELECT capture_id FROM core_quality") == "demo.weeks:w1:20260103");
    BOOST_TEST(process.value("SELECT status FROM core_executions") == "completed");
    BOOST_TEST(process.value("SELECT state FROM core_work_items") == "COMPLETE");
}

BOOST_AUTO_TEST_CASE(the_same_bytes_are_no_new_capture) {
    auto process = this->process();
    BOOST_TEST(committed(process.read_week("w1", {{"A", 1}})));
    BOOST_TEST(!process.read_week("w1", {{"A", 1}}));
    BOOST_TEST(process.value("SELECT count(*) FROM core_captures") == "1");
    BOOST_TEST(process.value("SELECT generation FROM core_partitions") == "1");
}

BOOST_AUTO_TEST_CASE(force_derives_again_into_the_same_capture) {
    auto process = this->process();
    BOOST_TEST(committed(process.read_week("w1", {{"A", 1}})));
    BOOST_TEST(committed(process.read_week("w1", {{"A", 1}}, true)));
    BOOST_TEST(process.value("SELECT count(*) FROM core_captures") == "1");
    BOOST_TEST(process.value("SELECT count(*) FROM demo_raw") == "1");
}

BOOST_AUTO_TEST_CASE(a_b_a_makes_three_captures_and_ends_with_the_rows_of_a) {
    auto process = this->process();
    const Rows a{{"A", 1}, {"B", 2}}, b{{"A", 3}};
    for (const auto* rows : {&a, &b, &a})
        BOOST_TEST(committed(process.read_week("w1", *rows)));
    BOOST_TEST(process.value("SELECT group_concat(capture_id, ' ') FROM core_captures") ==
               "demo.weeks:w1:20260103 demo.weeks:w1:20260103.2 demo.weeks:w1:20260103.3");
    BOOST_TEST(process.value("SELECT group_concat(symbol || shares) FROM demo_raw_latest") == "A1,B2");
    BOOST_TEST(process.value("SELECT group_concat(symbol || shares) FROM demo_raw WHERE capture_id = "
                             "'demo.weeks:w1:20260103.2'") == "A3");
    BOOST_TEST(process.value("SELECT supersedes FROM core_captures WHERE capture_seq = 3") ==
               "demo.weeks:w1:20260103.2");
}

BOOST_AUTO_TEST_CASE(repeated_texts_are_stored_once_and_read_as_text) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}, {"B", 2}, {"A", 3}});
    BOOST_TEST(process.value("SELECT count(*) FROM core_texts") == "2");
    BOOST_TEST(process.value("SELECT group_concat(issuer, '/') FROM demo_raw") ==
               "Issuer of A/Issuer of B/Issuer of A");
}

BOOST_AUTO_TEST_CASE(a_finished_stage_is_not_due_until_its_input_changes) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    BOOST_TEST(committed(process.total_into(*process.started(process.planned("total", "w1")).unit)));
    auto again = process.journal().start(process.planned("total", "w1"));
    BOOST_TEST_REQUIRE(std::holds_alternative<run::NotDue>(again));
    BOOST_TEST(std::get<run::NotDue>(again).reason.find("already done") != std::string::npos);
    process.read_week("w1", {{"A", 2}});
    BOOST_TEST(std::holds_alternative<run::Started>(process.journal().start(process.planned("total", "w1"))));
}

BOOST_AUTO_TEST_CASE(an_attempt_whose_input_moved_writes_nothing_and_is_superseded) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    auto slow = process.started(process.planned("total", "w1"));
    process.read_week("w1", {{"A", 2}});
    const auto commit = process.total_into(*slow.unit);
    BOOST_TEST(std::holds_alternative<unit::Superseded>(commit));
    BOOST_TEST(process.value("SELECT count(*) FROM core_manifest WHERE stage = 'TOTALLED'") == "0");
    BOOST_TEST(process.value("SELECT status FROM core_executions WHERE execution_id = '" + slow.execution_id + "'") ==
               "superseded");
}

BOOST_AUTO_TEST_CASE(of_two_attempts_on_one_partition_one_wins) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    // Another parameter set, so that the queue's key does not keep them apart: the generation must.
    auto one = process.planned("read", "w1");
    auto other = process.planned("read", "w1");
    other.plan.historic = one.plan.historic = true;
    other.params["extra"] = 1;
    auto first = process.started(one);
    auto second = process.started(other);
    BOOST_TEST(committed(Process::read_into(*first.unit, {{"A", 2}})));
    const auto late = Process::read_into(*second.unit, {{"A", 3}});
    BOOST_TEST_REQUIRE(late.has_value());
    BOOST_TEST(std::holds_alternative<unit::Superseded>(*late));
    BOOST_TEST(process.value("SELECT shares FROM demo_raw_latest") == "2");
}

BOOST_AUTO_TEST_CASE(a_lost_fence_writes_nothing) {
    auto process = this->process();
    auto start = process.started(process.planned("read", "w1"));
    // Somebody else's claim: the fence grew.
    {
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec("UPDATE core_work_items SET fence = fence + 1");
    }
    const auto commit = Process::read_into(*start.unit, {{"A", 1}});
    BOOST_TEST_REQUIRE(commit.has_value());
    BOOST_TEST(std::holds_alternative<unit::Fenced>(*commit));
    BOOST_TEST(process.value("SELECT count(*) FROM core_captures") == "0");
}

BOOST_AUTO_TEST_CASE(a_failed_attempt_keeps_its_findings_but_no_rows_until_a_success_replaces_them) {
    auto process = this->process();
    auto start = process.started(process.planned("read", "w1"));
    start.unit->reject({0, 1, "PARSE_ERROR", "", "raw", ""});
    start.unit->anomaly({0u, "ERROR", "SOURCE_ERROR", "bad", ""});
    unit::Failure failure;
    failure.category = unit::Category::data_quality;
    failure.message = "bad file";
    BOOST_TEST(committed(start.unit->commit(failure)));
    BOOST_TEST(process.value("SELECT count(*) FROM core_rejects WHERE capture_id IS NULL") == "1");
    BOOST_TEST(process.value("SELECT error_category FROM core_executions") == "DATA_QUALITY");
    BOOST_TEST(process.value("SELECT state FROM core_work_items") == "FAILED");
    BOOST_TEST(process.value("SELECT count(*) FROM core_manifest") == "0");
    process.read_week("w1", {{"A", 1}});
    BOOST_TEST(process.value("SELECT count(*) FROM core_rejects") == "0");
    BOOST_TEST(process.value("SELECT count(*) FROM core_anomalies") == "1");
}

BOOST_AUTO_TEST_CASE(a_row_that_the_table_refuses_fails_the_attempt_as_bad_data) {
    auto process = this->process();
    auto start = process.started(process.planned("read", "w1"));
    const auto seen = start.unit->observe(0, {"aa", "file:///x", 3, "", ""});
    auto& sink = start.unit->replace("demo_raw", seen.rowset, {"line", "symbol", "shares"});
    for (int i = 0; i < 2; ++i) {
        sink.integer(0, 1);
        sink.text(1, "A");
        sink.integer(2, 5);
        sink.end_row();
    }
    sink.finish();
    start.unit->reached({0, seen.rowset, 2, {}});
    const auto commit = start.unit->commit(unit::Done{});
    BOOST_TEST_REQUIRE(std::holds_alternative<unit::Refused>(commit));
    BOOST_TEST((std::get<unit::Refused>(commit).failure.category == unit::Category::data_quality));
    BOOST_TEST(process.value("SELECT count(*) FROM demo_raw") == "0");
    BOOST_TEST(process.value("SELECT count(*) FROM core_captures") == "0");
    BOOST_TEST(process.value("SELECT status FROM core_executions") == "failed");
}

BOOST_AUTO_TEST_CASE(rows_that_were_not_finished_cannot_commit) {
    auto process = this->process();
    auto start = process.started(process.planned("read", "w1"));
    const auto seen = start.unit->observe(0, {"aa", "file:///x", 3, "", ""});
    start.unit->replace("demo_raw", seen.rowset, {"line", "symbol", "shares"});
    BOOST_TEST(std::holds_alternative<unit::Refused>(start.unit->commit(unit::Done{})));
    BOOST_TEST(process.value("SELECT count(*) FROM core_captures") == "0");
}

BOOST_AUTO_TEST_CASE(rows_past_the_memory_limit_go_through_a_scratch_file_and_arrive) {
    auto process = this->process();
    auto start = process.started(process.planned("read", "w1"));
    const auto seen = start.unit->observe(0, {"aa", "file:///x", 3, "", ""});
    auto& sink = start.unit->replace("demo_raw", seen.rowset, {"line", "symbol", "shares"});
    const std::string wide(1000, 'x');
    for (int i = 0; i < 40'000; ++i) { // 40 MB
        sink.integer(0, i);
        sink.text(1, wide);
        sink.integer(2, i * std::int64_t{1'000'000'007});
        sink.end_row();
    }
    sink.finish();
    start.unit->reached({0, seen.rowset, 40'000, {}});
    BOOST_TEST(committed(start.unit->commit(unit::Done{})));
    BOOST_TEST(process.value("SELECT count(*) FROM demo_raw WHERE symbol = '" + wide + "' AND shares = line * 1000000007") ==
               "40000");
}

BOOST_AUTO_TEST_CASE(rows_made_from_a_set_of_captures_stay_readable_and_say_that_they_lag) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    process.read_week("w2", {{"A", 2}});
    const auto compare = [&] {
        auto wish = process.request("compare", "w2");
        wish.plan.outputs = {Process::partition("w2")};
        for (const auto* week : {"w1", "w2"})
            wish.plan.inputs.push_back({{}, *process.journal().state().manifest(Process::partition(week), "RAW")});
        run::add_digests(wish.plan, *wish.pipeline, wish.params);
        return wish;
    };
    const auto commit = [&](double growth) {
        auto start = process.started(compare());
        const auto rowset = start.unit->derived(0);
        auto& sink = start.unit->replace("demo_compared", rowset, {"symbol", "growth"});
        sink.text(0, "A");
        sink.real(1, growth);
        sink.end_row();
        sink.finish();
        start.unit->reached({0, rowset, 1, {}});
        BOOST_TEST(committed(start.unit->commit(unit::Done{})));
    };
    commit(2.0);
    BOOST_TEST(process.value("SELECT count(*) FROM demo_compared_latest") == "1");
    BOOST_TEST(std::holds_alternative<run::NotDue>(process.journal().start(compare())));
    process.read_week("w1", {{"A", 4}});
    BOOST_TEST(process.value("SELECT count(*) || ' ' || is_current FROM demo_compared_latest") == "1 0");
    commit(0.5);
    BOOST_TEST(process.value("SELECT growth = 0.5 FROM demo_compared_latest") == "1");
    BOOST_TEST(process.value("SELECT count(DISTINCT inputs_sha256) FROM demo_compared") == "2");
}

BOOST_AUTO_TEST_CASE(a_check_that_was_not_asked_is_kept_with_its_reason) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    auto start = process.started(process.planned("total", "w1"));
    const auto rowset = start.unit->rowset_of(0);
    start.unit->check({0, "swing", "BUSINESS_RULE", "NOT_ASKED", "no week before", "", ""});
    start.unit->reached({0, rowset, 1, {}});
    BOOST_TEST(committed(start.unit->commit(unit::Done{})));
    BOOST_TEST(process.value("SELECT status || ': ' || actual_value FROM core_quality WHERE check_name = 'swing'") ==
               "NOT_ASKED: no week before");
}

BOOST_AUTO_TEST_CASE(history_that_is_derived_again_leaves_manifest_and_findings_as_they_were) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    const auto total = [&](bool historic, const char* finding) {
        auto wish = process.planned("total", "w1");
        wish.plan.historic = historic;
        auto start = process.started(wish);
        const auto rowset = start.unit->rowset_of(0);
        start.unit->check({0, "grade", "BUSINESS_RULE", "PASS", finding, "", ""});
        start.unit->reached({0, rowset, 1, {}});
        BOOST_TEST(committed(start.unit->commit(unit::Done{})));
    };
    total(false, "A");
    const auto manifest = process.value("SELECT execution_id FROM core_manifest WHERE stage = 'TOTALLED'");
    total(true, "C");
    BOOST_TEST(process.value("SELECT group_concat(actual_value) FROM core_quality") == "A");
    BOOST_TEST(process.value("SELECT execution_id FROM core_manifest WHERE stage = 'TOTALLED'") == manifest);
}

BOOST_AUTO_TEST_CASE(small_writes_insert_update_and_delete_by_full_key) {
    auto process = this->process();
    auto start = process.started(process.planned("read", "w1"));
    const auto seen = start.unit->observe(0, {"aa", "file:///x", 3, "", ""});
    using unit::Value;
    const auto put = [&](unit::WriteKind kind, std::int64_t line, std::string_view symbol) {
        start.unit->write("demo_raw", seen.rowset, kind,
                          {{"line", Value{line}}, {"symbol", Value{symbol}}, {"issuer", Value{symbol}}, {"shares", Value{std::int64_t{1}}}});
    };
    put(unit::WriteKind::insert, 1, "A");
    put(unit::WriteKind::insert, 2, "B");
    put(unit::WriteKind::update, 1, "C");
    start.unit->write("demo_raw", seen.rowset, unit::WriteKind::erase, {{"line", Value{std::int64_t{2}}}});
    BOOST_CHECK_THROW(start.unit->write("demo_raw", seen.rowset, unit::WriteKind::erase, {{"symbol", Value{std::string_view{"A"}}}}), Error);
    start.unit->reached({0, seen.rowset, 1, {}});
    BOOST_TEST(committed(start.unit->commit(unit::Done{})));
    BOOST_TEST(process.value("SELECT group_concat(line || symbol || issuer) FROM demo_raw") == "1CC");
}

BOOST_AUTO_TEST_CASE(a_dry_run_leaves_no_trace) {
    auto process = this->process();
    const auto before = process.value("SELECT count(*) FROM core_executions");
    auto unit = process.journal().rehearse(process.planned("read", "w1"));
    BOOST_TEST(committed(Process::read_into(*unit, {{"A", 1}})));
    BOOST_TEST(process.value("SELECT count(*) FROM core_executions") == before);
    BOOST_TEST(process.value("SELECT count(*) FROM demo_raw") == "0");
}

BOOST_AUTO_TEST_CASE(a_plugin_reads_its_own_data_and_no_table_of_the_host) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    auto start = process.started(process.planned("total", "w1"));
    const std::vector<unit::Value> seq{unit::Value{std::int64_t{1}}};
    auto rows = start.unit->query("SELECT symbol, shares FROM demo_raw WHERE capture_seq = ?", seq, 2);
    BOOST_TEST_REQUIRE(rows->next());
    BOOST_TEST(rows->cell(0).text == "A");
    BOOST_TEST(rows->cell(1).integer == 1);
    BOOST_TEST(!rows->next());
    for (const char* sql : {"SELECT text FROM core_texts", "SELECT execution_id FROM core_executions",
                            "SELECT symbol FROM demo_raw__rows", "DELETE FROM demo_raw__rows", "ATTACH 'x' AS y",
                            "PRAGMA journal_mode", "SELECT sql FROM sqlite_schema"})
        BOOST_CHECK_THROW(start.unit->query(sql, {}, 1), Error);
}

BOOST_AUTO_TEST_SUITE_END()
