/// Written, judged, published: what readers of a partition see, and from which commit on.
#include "store_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>

using namespace spine;
using namespace spine::test;

namespace {

/// TOTALLED publishes: a week is read, judged when it is totalled, and then seen by its readers.
struct Judged : StoreFixture {
    Judged() { catalogue.plugins[0].domains[0].stages[1].publishes = true; }

    static unit::Commit total(Process& process, const std::string& week, const std::string& status = "PASS", bool force = false) {
        auto wish = process.planned("total", week);
        wish.force = force;
        auto start = process.started(wish);
        start.unit->check({0, "volume", "BUSINESS_RULE", status, "3", "at least 5", ""});
        return process.total_into(*start.unit);
    }
    static run::Start begun(Process& process, const std::string& name, const std::string& week) {
        return process.journal().start(process.planned(name, week));
    }
    static std::string shares(Process& process, const std::string& view) {
        return process.value("SELECT group_concat(shares, ' ') FROM (SELECT shares FROM " + view + " ORDER BY week, line)");
    }
    static std::string published(Process& process) {
        return process.value("SELECT coalesce(max(c.capture_id), 'none') FROM core_partitions p JOIN core_captures c ON c.capture_seq = "
                             "p.published_capture");
    }
    /// compare `week` with what is there of the weeks given.
    static run::Request comparison(Process& process, const std::string& week, const std::vector<std::string>& weeks) {
        auto wish = process.request("compare", week);
        wish.plan.outputs = {Process::partition(week)};
        for (const auto& one : weeks) {
            const bool across = one != week;
            wish.plan.inputs.push_back({0, *run::input_row(process.journal().state(), Process::partition(one), "TOTALLED", across), across});
        }
        run::add_digests(wish.plan, *wish.pipeline, wish.params);
        return wish;
    }
    static unit::Commit compare(Process& process, const run::Request& wish) {
        auto start = process.started(wish);
        const auto rowset = start.unit->derived(0);
        auto& sink = start.unit->replace("demo_compared", rowset, {"symbol", "growth"});
        sink.text(0, "A");
        sink.real(1, 0.5);
        sink.end_row();
        sink.finish();
        start.unit->reached({0, rowset, 1, {}});
        return start.unit->commit(unit::Done{});
    }
    static std::vector<control::Damage> faults(Process& process) { return process.store->check(); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(publication, Judged)

BOOST_AUTO_TEST_CASE(a_capture_is_published_by_the_commit_that_reaches_the_stage) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    BOOST_TEST(published(process) == "none");
    BOOST_TEST(shares(process, "demo_raw_latest") == "null");
    BOOST_TEST(shares(process, "demo_raw_head") == "1");
    BOOST_TEST(committed(total(process, "w1")));
    BOOST_TEST(published(process) == process.value("SELECT capture_id FROM core_captures"));
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
    BOOST_TEST(process.value("SELECT cause || ' ' || stage FROM core_publications") == "checks TOTALLED");
    BOOST_TEST(process.value("SELECT publication FROM core_executions WHERE pipeline LIKE '%total'") == "published");
    BOOST_TEST(faults(process).empty());
}

BOOST_AUTO_TEST_CASE(a_warning_publishes_and_a_failed_check_does_not) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    BOOST_TEST(committed(total(process, "w1", "WARN")));
    process.read_week("w1", {{"A", 2}});
    const auto commit = total(process, "w1", "FAIL");
    const auto* withheld = std::get_if<unit::Withheld>(&commit);
    BOOST_TEST_REQUIRE(withheld != nullptr);
    BOOST_TEST((withheld->failure.category == unit::Category::quality_gate));
    BOOST_TEST(withheld->failure.exit_code == 6);
    BOOST_TEST(withheld->failure.message.find("volume is 3 (expected at least 5)") != std::string::npos);
    BOOST_TEST(withheld->failure.hint.find("spine captures publish ") != std::string::npos);
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
    BOOST_TEST(shares(process, "demo_raw_head") == "2");
    // Its rows, stage and checks are there, and its execution says how it stands.
    BOOST_TEST(process.value("SELECT status || ' ' || publication FROM core_executions WHERE pipeline LIKE '%total' ORDER BY execution_id DESC "
                             "LIMIT 1") == "completed withheld");
    BOOST_TEST(process.value("SELECT count(*) FROM core_reached WHERE stage = 'TOTALLED'") == "2");
    BOOST_TEST(faults(process).empty());
}

BOOST_AUTO_TEST_CASE(what_was_withheld_is_judged_again_and_then_published) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    BOOST_TEST(std::holds_alternative<unit::Withheld>(total(process, "w1", "FAIL")));
    BOOST_TEST(std::holds_alternative<unit::Withheld>(total(process, "w1", "FAIL")));
    BOOST_TEST(committed(total(process, "w1")));
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
    BOOST_TEST(std::holds_alternative<run::NotDue>(begun(process, "total", "w1")));
}

BOOST_AUTO_TEST_CASE(rows_that_readers_see_are_not_replaced_by_rows_that_failed) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    total(process, "w1");
    auto wish = process.planned("total", "w1");
    wish.force = true;
    auto start = process.started(wish);
    start.unit->check({0, "volume", "BUSINESS_RULE", "FAIL", "3", "at least 5", ""});
    start.unit->reached({0, start.unit->rowset_of(0), 77, {}});
    const auto commit = start.unit->commit(unit::Done{});
    const auto* refused = std::get_if<unit::Refused>(&commit);
    BOOST_TEST_REQUIRE(refused != nullptr);
    BOOST_TEST((refused->failure.category == unit::Category::quality_gate));
    BOOST_TEST(process.value("SELECT row_count FROM core_manifest WHERE stage = 'TOTALLED'") == "1");
    BOOST_TEST(process.value("SELECT status || ' ' || error_category FROM core_executions ORDER BY execution_id DESC LIMIT 1") ==
               "failed QUALITY_GATE");
    BOOST_TEST(process.value("SELECT count(*) FROM core_quality WHERE status = 'FAIL'") == "1");
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
}

BOOST_AUTO_TEST_CASE(others_read_what_is_published_and_the_partition_itself_its_head) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    total(process, "w1");
    process.read_week("w1", {{"A", 2}});
    auto& state = process.journal().state();
    const auto w1 = Process::partition("w1");
    BOOST_TEST(state.manifest(w1, "RAW")->capture_seq == 2);
    BOOST_TEST(state.published(w1, "RAW")->capture_seq == 1);
    BOOST_TEST(state.published(w1, "RAW")->current);
    BOOST_TEST(state.manifest(w1, "TOTALLED")->capture_seq == 1); // the publishing stage is what readers see
    BOOST_TEST(state.manifest(w1, "TOTALLED")->current);
    BOOST_TEST(state.head(w1)->seq == 2);
    total(process, "w1", "FAIL");
    BOOST_TEST(state.manifest(w1, "TOTALLED")->capture_seq == 1);
    BOOST_TEST(state.published(w1, "RAW")->capture_seq == 1);
    total(process, "w1");
    BOOST_TEST(state.manifest(w1, "TOTALLED")->capture_seq == 2);
    BOOST_TEST(state.published(w1, "RAW")->capture_seq == 2);
}

BOOST_AUTO_TEST_CASE(a_first_capture_that_is_withheld_is_not_there_for_readers) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    total(process, "w1", "FAIL");
    auto& state = process.journal().state();
    BOOST_TEST(!state.manifest(Process::partition("w1"), "TOTALLED").has_value());
    BOOST_TEST(!state.published(Process::partition("w1"), "RAW").has_value());
    BOOST_TEST(state.manifest_rows("demo.weeks", {}, "TOTALLED").empty());
    BOOST_TEST(state.manifest_rows("demo.weeks", {}, "RAW").size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_made_from_published_weeks_is_due_when_they_are_published_and_not_before) {
    auto process = this->process();
    for (const auto* week : {"w1", "w2"}) {
        process.read_week(week, {{"A", 1}});
        total(process, week);
    }
    BOOST_TEST(committed(compare(process, comparison(process, "w2", {"w1", "w2"}))));
    process.read_week("w1", {{"A", 2}});
    BOOST_TEST(std::holds_alternative<run::NotDue>(process.journal().start(comparison(process, "w2", {"w1", "w2"}))));
    total(process, "w1", "FAIL");
    BOOST_TEST(std::holds_alternative<run::NotDue>(process.journal().start(comparison(process, "w2", {"w1", "w2"}))));
    BOOST_TEST(process.value("SELECT is_current FROM demo_compared_latest") == "1");
    total(process, "w1");
    BOOST_TEST(process.value("SELECT count(*) || ' ' || is_current FROM demo_compared_latest") == "1 0"); // lags, but is no hole
    BOOST_TEST(committed(compare(process, comparison(process, "w2", {"w1", "w2"}))));
    BOOST_TEST(process.value("SELECT count(*) || ' ' || is_current FROM demo_compared_latest") == "1 1");
}

BOOST_AUTO_TEST_CASE(work_on_other_partitions_survives_a_new_head_and_not_a_new_publication) {
    auto process = this->process();
    for (const auto* week : {"w1", "w2"}) {
        process.read_week(week, {{"A", 1}});
        total(process, week);
    }
    auto running = process.started(comparison(process, "w2", {"w1", "w2"}));
    process.read_week("w1", {{"A", 2}});
    running.unit->reached({0, running.unit->derived(0), 0, {}});
    BOOST_TEST(committed(running.unit->commit(unit::Done{})));
    auto wish = comparison(process, "w2", {"w1", "w2"});
    wish.force = true;
    auto late = process.started(wish);
    total(process, "w1");
    late.unit->reached({0, late.unit->derived(0), 0, {}});
    BOOST_TEST(std::holds_alternative<unit::Superseded>(late.unit->commit(unit::Done{})));
}

BOOST_AUTO_TEST_CASE(a_reader_finds_the_rows_of_a_dataset_that_lags_and_is_told) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    total(process, "w1");
    process.read_week("w1", {{"A", 2}, {"B", 3}});
    total(process, "w1");
    BOOST_TEST(shares(process, "demo_raw_latest") == "2 3");
    BOOST_TEST(process.value("SELECT min(is_current) FROM demo_raw_latest") == "1");
    // As if the dataset were made by a later stage, which has not been done for the published capture.
    store::Connection raw{file, store::Connection::Mode::write};
    raw.exec("DELETE FROM demo_raw__rows WHERE capture_seq = 2");
    raw.exec("DELETE FROM demo_raw__versions WHERE capture_seq = 2");
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
    BOOST_TEST(process.value("SELECT is_current FROM demo_raw_latest") == "0");
}

BOOST_AUTO_TEST_CASE(as_of_a_time_is_what_was_published_then) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    total(process, "w1");
    clock.advance(std::chrono::hours{1});
    process.read_week("w1", {{"A", 2}});
    const auto between = env::to_text(clock.now());
    clock.advance(std::chrono::hours{1});
    total(process, "w1");
    auto& state = process.journal().state();
    BOOST_TEST(state.capture_until(Process::partition("w1"), between)->seq == 1);
    BOOST_TEST(state.capture_until(Process::partition("w1"), "2099-01-01T00:00:00.000Z")->seq == 2);
    BOOST_TEST(!state.capture_until(Process::partition("w1"), "2000-01-01T00:00:00.000Z").has_value());
}

BOOST_AUTO_TEST_CASE(without_a_publishing_stage_a_capture_is_published_as_it_is_made) {
    catalogue.plugins[0].domains[0].stages[1].publishes = false;
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    process.read_week("w1", {{"A", 2}});
    BOOST_TEST(shares(process, "demo_raw_latest") == "2");
    BOOST_TEST(process.value("SELECT group_concat(cause, ' ') FROM core_publications") == "making making");
    BOOST_TEST(faults(process).empty());
}

BOOST_AUTO_TEST_CASE(a_store_of_before_gets_its_heads_published_and_its_views_made_anew) {
    catalogue.plugins[0].domains[0].stages[1].publishes = false;
    {
        auto process = this->process();
        process.read_week("w1", {{"A", 1}});
        process.read_week("w1", {{"A", 2}});
        process.total_into(*process.started(process.planned("total", "w1")).unit);
        process.store->close();
    }
    {
        store::Connection raw{file, store::Connection::Mode::write};
        for (const auto* sql : {"DROP VIEW demo_raw_latest", "DROP VIEW demo_raw_head", "DROP VIEW demo_compared_latest",
                                "DROP VIEW demo_compared_head", "DROP TABLE core_reached", "DROP TABLE core_plugin_tables", "DROP TABLE core_plugin_names", "DROP TABLE core_publications", "DROP TABLE core_sums", "DROP TABLE core_rowsets",
                                "DROP INDEX core_partitions_by_published", "ALTER TABLE core_partitions DROP COLUMN published_capture",
                                "ALTER TABLE core_captures DROP COLUMN withdrawn_at", "ALTER TABLE core_captures DROP COLUMN withdrawn_by",
                                "ALTER TABLE core_captures DROP COLUMN withdrawn_reason", "ALTER TABLE core_executions DROP COLUMN publication",
                                "ALTER TABLE core_executions DROP COLUMN calc_version", "ALTER TABLE core_workflow_steps DROP COLUMN wait_ms",
                                "DROP TABLE core_workflow_turns",
                                "CREATE VIEW demo_raw_latest AS SELECT * FROM demo_raw WHERE capture_seq IN (SELECT head_capture FROM "
                                "core_partitions)",
                                "DELETE FROM core_migrations WHERE owner = 'core' AND version >= 5"})
            raw.exec(sql);
    }
    {
        Process old{clock, random, url, catalogue, Process::Tables::as_they_are};
        BOOST_TEST(shares(old, "demo_raw_latest") == "2"); // an older store is readable
        BOOST_TEST(old.store->captures({}).rows.size() == 2u);
        BOOST_TEST(old.journal().state().manifest(Process::partition("w1"), "TOTALLED")->current);
        BOOST_TEST(old.store->check().empty());
    }
    auto process = this->process();
    BOOST_TEST(shares(process, "demo_raw_latest") == "2");
    BOOST_TEST(process.value("SELECT is_current FROM demo_raw_latest") == "1");
    BOOST_TEST(process.value("SELECT group_concat(cause, ' ') FROM core_publications") == "upgrade upgrade");
    BOOST_TEST(process.value("SELECT count(*) FROM core_reached") == "2"); // as far as the manifest knew
    BOOST_TEST(std::holds_alternative<run::NotDue>(begun(process, "total", "w1")));
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct Withdrawn : Judged {
    control::CaptureAnswer withdraw(Process& process, const std::string& id, const std::string& reason = "cut short") {
        return process.store->captures_desk(catalogue).withdraw({id, "ann", reason});
    }
    control::CaptureAnswer publish(Process& process, const std::string& id) {
        return process.store->captures_desk(catalogue).publish({id, "ann", "confirmed"});
    }
    static std::string id(Process& process, int seq) {
        return process.value("SELECT capture_id FROM core_captures WHERE capture_seq = " + std::to_string(seq));
    }
    /// Two captures of w1, each totalled and published.
    static void two_captures(Process& process) {
        process.read_week("w1", {{"A", 1}});
        total(process, "w1");
        process.read_week("w1", {{"A", 2}});
        total(process, "w1");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(capture_desk, Withdrawn)

BOOST_AUTO_TEST_CASE(a_partition_goes_back_to_the_newest_capture_that_is_left) {
    auto process = this->process();
    two_captures(process);
    const auto answer = withdraw(process, id(process, 2));
    BOOST_TEST(answer.changed);
    BOOST_TEST(answer.head_capture_id == id(process, 1));
    BOOST_TEST(answer.published_capture_id == id(process, 1));
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
    BOOST_TEST(shares(process, "demo_raw_head") == "1");
    BOOST_TEST(process.value("SELECT count(*) FROM demo_raw WHERE capture_seq = 2") == "1"); // nothing is deleted
    BOOST_TEST(process.value("SELECT severity || ' ' || category || ' ' || message FROM core_anomalies") ==
               "WARN CAPTURE_WITHDRAWN capture " + id(process, 2) + " was withdrawn by ann: cut short");
    // What was made from the older one is current again: there is nothing to do.
    BOOST_TEST(std::holds_alternative<run::NotDue>(begun(process, "total", "w1")));
    BOOST_TEST(process.value("SELECT group_concat(DISTINCT capture_id) FROM core_manifest") == id(process, 1));
    BOOST_TEST(faults(process).empty());
}

BOOST_AUTO_TEST_CASE(what_is_withdrawn_stays_so) {
    auto process = this->process();
    two_captures(process);
    withdraw(process, id(process, 2));
    const auto again = withdraw(process, id(process, 2), "another reason");
    BOOST_TEST(!again.changed);
    BOOST_TEST(again.reason == "cut short");
    BOOST_TEST(process.value("SELECT count(*) FROM core_anomalies") == "1");
    BOOST_CHECK_EXCEPTION(publish(process, id(process, 2)), Error, [](const Error& error) { return error.code() == ErrorCode::conflict; });
    BOOST_CHECK_EXCEPTION(withdraw(process, id(process, 2) + "x"), Error, [&](const Error& error) {
        return error.code() == ErrorCode::not_found && error.hint().find(id(process, 2)) != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(the_manifest_goes_back_from_the_publishing_stage_on_and_stays_with_the_head_before_it) {
    auto process = this->process();
    two_captures(process);
    publish(process, id(process, 1));
    const auto of_stage = [&](const std::string& stage) { return process.value("SELECT capture_id FROM core_manifest WHERE stage = '" + stage + "'"); };
    BOOST_TEST(of_stage("RAW") == id(process, 2));
    BOOST_TEST(of_stage("TOTALLED") == id(process, 1));
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
    BOOST_TEST(shares(process, "demo_raw_head") == "2");
    BOOST_TEST(faults(process).empty());
}

BOOST_AUTO_TEST_CASE(the_last_capture_leaves_nothing_to_be_seen) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    total(process, "w1");
    const auto answer = withdraw(process, id(process, 1));
    BOOST_TEST(answer.head_capture_id.empty());
    BOOST_TEST(answer.published_capture_id.empty());
    BOOST_TEST(shares(process, "demo_raw_latest") == "null");
    BOOST_TEST(!process.journal().state().head(Process::partition("w1")).has_value());
    BOOST_TEST(!process.journal().state().manifest(Process::partition("w1"), "RAW").has_value());
    BOOST_TEST(process.value("SELECT count(*) FROM core_manifest") == "0");
    BOOST_TEST(faults(process).empty());
}

BOOST_AUTO_TEST_CASE(withdrawn_content_that_is_given_again_is_a_new_capture_and_is_told) {
    auto process = this->process();
    two_captures(process);
    withdraw(process, id(process, 2));
    BOOST_TEST(committed(process.read_week("w1", {{"A", 2}})));
    BOOST_TEST(process.value("SELECT count(*) FROM core_captures") == "3");
    BOOST_TEST(process.value("SELECT severity || ' ' || message FROM core_anomalies WHERE category = 'WITHDRAWN_CONTENT'") ==
               "WARN capture " + id(process, 3) + " has the content of capture " + id(process, 2) + ", which ann withdrew: cut short");
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
    total(process, "w1");
    BOOST_TEST(shares(process, "demo_raw_latest") == "2");
}

BOOST_AUTO_TEST_CASE(work_on_what_is_withdrawn_is_superseded) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    total(process, "w1");
    process.read_week("w1", {{"A", 2}});
    auto running = process.started(process.planned("total", "w1"));
    withdraw(process, id(process, 2));
    running.unit->reached({0, running.unit->rowset_of(0), 1, {}});
    BOOST_TEST(std::holds_alternative<unit::Superseded>(running.unit->commit(unit::Done{})));
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
}

BOOST_AUTO_TEST_CASE(a_person_publishes_what_was_withheld_and_what_is_older_and_that_stands) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    total(process, "w1");
    process.read_week("w1", {{"A", 2}});
    total(process, "w1", "FAIL");
    BOOST_TEST(publish(process, id(process, 2)).published_capture_id == id(process, 2));
    BOOST_TEST(shares(process, "demo_raw_latest") == "2");
    BOOST_TEST(!publish(process, id(process, 2)).changed);
    BOOST_TEST(std::holds_alternative<run::NotDue>(begun(process, "total", "w1"))); // nothing is judged that a person has judged
    publish(process, id(process, 1));
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
    BOOST_TEST(shares(process, "demo_raw_head") == "2");
    BOOST_TEST(committed(total(process, "w1", "PASS", true))); // the head is done again, and does not come back by itself
    BOOST_TEST(shares(process, "demo_raw_latest") == "1");
    process.read_week("w1", {{"A", 3}});
    total(process, "w1");
    BOOST_TEST(shares(process, "demo_raw_latest") == "3");
    BOOST_TEST(process.value("SELECT group_concat(cause, ' ') FROM core_publications") == "checks person person checks");
    BOOST_TEST(faults(process).empty());
}

BOOST_AUTO_TEST_CASE(sets_of_captures_go_back_with_the_capture) {
    auto process = this->process();
    for (const auto* week : {"w1", "w2"}) {
        process.read_week(week, {{"A", 1}});
        total(process, week);
    }
    compare(process, comparison(process, "w2", {"w1", "w2"}));
    process.read_week("w1", {{"A", 2}});
    total(process, "w1");
    compare(process, comparison(process, "w2", {"w1", "w2"}));
    const auto newer = process.value("SELECT derivation_seq FROM demo_compared_latest");
    withdraw(process, id(process, 3));
    BOOST_TEST(process.value("SELECT derivation_seq FROM demo_compared_latest") != newer);
    BOOST_TEST(process.value("SELECT is_current FROM demo_compared_latest") == "1");
    BOOST_TEST(std::holds_alternative<run::NotDue>(process.journal().start(comparison(process, "w2", {"w1", "w2"}))));
    // The last capture of w1: nothing that was made from it is left for readers.
    withdraw(process, id(process, 1));
    BOOST_TEST(process.value("SELECT count(*) FROM demo_compared_latest") == "0");
    BOOST_TEST(process.value("SELECT count(*) FROM core_manifest WHERE stage = 'COMPARED'") == "0");
    BOOST_TEST(faults(process).empty());
}

BOOST_AUTO_TEST_SUITE_END()
