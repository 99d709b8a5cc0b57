/// Each rule of `db check`, broken once in a copy of a sound store.
#include "book_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <algorithm>
#include <filesystem>

using namespace spine;
using namespace spine::test;
namespace fs = std::filesystem;

namespace {

struct Breakage {
    std::string sql;
    std::string words;   ///< in what is told
    std::string dataset; ///< that is named; empty: any
    bool deep = false;   ///< found by reading every row alone
};

struct CheckFixture : BookFixture {
    int copies = 0;
    std::string sound_copy = folder.path() + "/sound.db";

    CheckFixture() {
        here.read_week("w1", {{"A", 1}, {"B", 2}});
        here.read_week("w2", {{"A", 3}});
        here.read_week("w2", {{"A", 4}});
        auto wish = here.request("compare", "w2");
        wish.plan.outputs = {Process::partition("w2")};
        for (const auto* week : {"w1", "w2"})
            wish.plan.inputs.push_back({{}, *here.journal().state().manifest(Process::partition(week), "RAW")});
        run::add_digests(wish.plan, *wish.pipeline, wish.params);
        auto start = here.started(wish);
        const auto rowset = start.unit->derived(0);
        auto& sink = start.unit->replace("demo_compared", rowset, {"symbol", "growth"});
        sink.text(0, "A");
        sink.real(1, 0.5);
        sink.end_row();
        sink.finish();
        start.unit->reject({0, 7, "PARSE_ERROR", "d", "raw", "x:7"});
        start.unit->check({0, "c", "INTEGRITY", "PASS", "1", "1", R"({"n":1})"});
        start.unit->anomaly({0u, "WARN", "STALE", "old", ""});
        start.unit->reached({0, rowset, 1, {}});
        BOOST_TEST_REQUIRE(committed(start.unit->commit(unit::Done{})));
        asking();
        const auto parent = owned();
        with_child(parent);
        here.started(here.planned("read", "w9")); // still at work
        BOOST_TEST_REQUIRE(told(file, true).empty());
        here.store->backup(sound_copy);
    }

    std::vector<control::Damage> told(const std::string& store, bool deep) {
        spine::store::SqliteStores stores{clock, random, "sqlite:" + store, {}};
        return stores.open(control::Access::read)->check({deep, &catalogue});
    }
    std::string broken(const std::string& sql) {
        const auto copy = folder.path() + "/copy" + std::to_string(++copies) + ".db";
        fs::copy_file(sound_copy, copy);
        spine::store::Connection raw{copy, spine::store::Connection::Mode::write};
        raw.exec("PRAGMA foreign_keys=OFF");
        raw.exec("PRAGMA ignore_check_constraints=ON");
        raw.exec(sql);
        return copy;
    }
    static bool names(const std::vector<control::Damage>& damages, const std::string& words, const std::string& dataset) {
        return std::any_of(damages.begin(), damages.end(), [&](const auto& damage) {
            return damage.what.find(words) != std::string::npos && (dataset.empty() || damage.dataset == dataset) && !damage.repair.empty();
        });
    }
    void expect(const Breakage& breakage) {
        const auto store = broken(breakage.sql);
        const auto quick = told(store, false), deep = told(store, true);
        for (const auto& damage : deep)
            BOOST_TEST_MESSAGE(breakage.sql << " -> " << damage.dataset << " " << damage.what);
        BOOST_TEST(names(breakage.deep ? deep : quick, breakage.words, breakage.dataset), breakage.sql << " is not told as '" << breakage.words << "'");
        if (breakage.deep)
            BOOST_TEST(quick.empty(), breakage.sql);
        fs::remove(store);
    }
    void expect(const std::vector<Breakage>& breakages) {
        for (const auto& breakage : breakages)
            expect(breakage);
    }
};

const std::string runs = "UPDATE core_workflow_runs SET ", steps = "UPDATE core_workflow_steps SET ";
const std::string written = "as they were written", counted = "were written";

} // namespace

BOOST_FIXTURE_TEST_SUITE(check, CheckFixture)

BOOST_AUTO_TEST_CASE(rules_of_the_core_are_each_told_when_they_are_broken) {
    expect({
        {"UPDATE core_partitions SET head_capture = 2 WHERE head_capture = 3", "is not its newest capture", ""},
        {"UPDATE core_manifest SET domain = 'other' WHERE stage = 'RAW'", "neither capture nor derivation of its own", ""},
        {"UPDATE core_work_items SET state = 'COMPLETE' WHERE state = 'RUNNING'", "runs without a work item", ""},
        {"UPDATE core_executions SET status = 'failed', finished_at = 'x' WHERE status = 'running'", "a work item runs whose execution does not", ""},
        {"UPDATE core_executions SET finished_at = NULL WHERE status = 'completed'", "a finished execution has no end", ""},
        {"UPDATE core_lineage SET execution_id = 'none'", "reference: core_lineage", ""},
    });
}

BOOST_AUTO_TEST_CASE(rules_of_runs_are_each_told_when_they_are_broken) {
    expect({
        {"UPDATE core_manifest SET execution_id = 'x' WHERE domain = 'demo.weeks'", "made by no known execution or run", ""},
        {runs + "status = 'failed', finished_at = 'x', locked_by = 'y'", "finished, but has an owner or no end", ""},
        {runs + "finished_at = 'x'", "not finished, but has an end", ""},
        {runs + "partition_key = '{}'", "half a partition", ""},
        {runs + "status = 'failed', finished_at = 'x', locked_by = NULL", "a step runs or waits in a run that is finished", ""},
        {steps + "finished_at = NULL WHERE step = 'read'", "a result, but no end", ""},
        {steps + "execution_id = 'none'", "names an execution that is not there", ""},
        {runs + "fence = 0", "never given to anybody", ""},
        {runs + "calls_seen = 9", "has seen more calls", ""},
        {runs + "status = 'running', locked_by = NULL, wake_at = NULL; DELETE FROM core_workflow_steps WHERE status = 'waiting'",
         "nobody's, and nothing will wake it", ""},
        {runs + "status = 'pending'", "queued, but somebody has it or it has begun", ""},
        {runs + "status = 'failed', finished_at = 'x', pause_asked = 1", "is to be woken, or to be paused", ""},
        {steps + "child_run_id = 'none' WHERE child_run_id IS NOT NULL", "waits for a run that is not there", ""},
        {"DELETE FROM core_workflow_steps WHERE step = 'part'", "child of a step that did not begin", ""},
        {runs + "parent_attempt = NULL, parent_generation = NULL, parent_step = 'never' WHERE parent_run_id IS NOT NULL", "child of a step that did not begin", ""},
        {runs + "status = 'completed', finished_at = 'x', locked_by = NULL, wake_at = NULL WHERE parent_run_id IS NOT NULL; "
              "DELETE FROM core_workflow_steps WHERE status = 'running'; " + runs + "calls = 0, calls_seen = 0",
         "a child has ended and the run that waits for it was not called", ""},
        {steps + "answer_json = '{}' WHERE step = 'read'", "an answer stands at a step that asks nobody", ""},
    });
}

BOOST_AUTO_TEST_CASE(the_schema_is_the_one_that_the_migrations_make) {
    expect({
        {"DROP TABLE core_anomalies", "table 'core_anomalies' is gone", "core_anomalies"},
        {"DROP TABLE demo_raw__rows", "table 'demo_raw__rows' is gone", ""},
        {"DROP INDEX core_rejects_by_partition", "index 'core_rejects_by_partition' is gone", ""},
        {"DROP INDEX core_work_items_live; CREATE INDEX core_work_items_live ON core_work_items (item_key)", "is not as its migration made it", ""},
        {"CREATE TRIGGER planted AFTER INSERT ON core_captures BEGIN DELETE FROM core_rejects; END", "trigger 'planted' is there", ""},
        {"CREATE VIEW planted AS SELECT 1", "view 'planted' is there", ""},
        {"CREATE TABLE planted (a)", "table 'planted' is there", ""},
        {"DROP VIEW demo_raw_latest", "view 'demo_raw_latest' is gone", ""},
        {"DROP VIEW demo_raw_latest; CREATE VIEW demo_raw_latest AS SELECT * FROM demo_raw", "is not as its migration made it", ""},
        {"ALTER TABLE core_quality ADD COLUMN more TEXT", "is not as its migration made it", ""},
        {"DROP VIEW demo_raw_latest; DROP VIEW demo_raw", "view 'demo_raw' is gone", ""},
    });
}

BOOST_AUTO_TEST_CASE(tables_of_a_plugin_that_is_not_loaded_are_no_fault_and_what_nobody_makes_is) {
    spine::store::SqliteStores stores{clock, random, "sqlite:" + sound_copy, {}};
    BOOST_TEST(stores.open(control::Access::read)->check().empty());
    spine::store::SqliteStores planted{clock, random, "sqlite:" + broken("CREATE TRIGGER planted AFTER INSERT ON core_captures BEGIN SELECT 1; END"), {}};
    BOOST_TEST(names(planted.open(control::Access::read)->check(), "trigger 'planted'", ""));
    spine::store::SqliteStores without{clock, random, "sqlite:" + broken("DROP VIEW demo_raw_latest; DROP VIEW demo_raw"), {}};
    BOOST_TEST(names(without.open(control::Access::read)->check(), "cannot be asked", ""));
}

BOOST_AUTO_TEST_CASE(rows_that_came_went_or_changed_are_told_with_their_table) {
    expect({
        {"DELETE FROM demo_raw__rows WHERE capture_seq = 1 AND line = 2", counted, "demo_raw"},
        {"INSERT INTO demo_raw__rows SELECT capture_seq, 77, symbol, issuer, shares, price FROM demo_raw__rows WHERE capture_seq = 1 AND line = 1", counted, "demo_raw"},
        {"DELETE FROM demo_raw__rows", counted, "demo_raw"},
        {"DELETE FROM demo_raw__versions WHERE capture_seq = 1", "belong to no known version", "demo_raw"},
        {"DELETE FROM core_rowsets WHERE dataset = 'demo_raw'", "not recorded how many", "demo_raw"},
        {"UPDATE core_rowsets SET row_count = 9 WHERE dataset = 'demo_raw' AND version = 1", counted, "demo_raw"},
        {"UPDATE core_rowsets SET dataset = 'gone' WHERE version = 1 AND dataset = 'demo_raw'", "dataset that is gone", "gone"},
        {"UPDATE demo_raw__versions SET week = 'w8' WHERE capture_seq = 1", "shows another partition", "demo_raw"},
        {"UPDATE demo_raw__versions SET capture_id = 'x' WHERE capture_seq = 1", "shows another partition", "demo_raw"},
        {"UPDATE demo_compared__versions SET inputs_sha256 = 'x'", "shows another partition", "demo_compared"},
        {"UPDATE core_manifest SET row_count = 9 WHERE stage = 'COMPARED'", "manifest says 9 rows", "core_manifest"},
        {"UPDATE core_manifest SET row_count = 9 WHERE stage = 'RAW'", "manifest says 9 rows", "core_manifest"},
        {"UPDATE demo_raw__rows SET shares = 5 WHERE capture_seq = 1 AND line = 1", written, "demo_raw", true},
        {"UPDATE demo_raw__rows SET price = 0.5 WHERE capture_seq = 1 AND line = 1", written, "demo_raw", true},
        {"UPDATE demo_raw__rows SET symbol = 'a' WHERE capture_seq = 1 AND line = 1", written, "demo_raw", true},
        {"UPDATE demo_raw__rows SET issuer = NULL WHERE capture_seq = 1 AND line = 1", written, "demo_raw", true},
        {"UPDATE demo_compared__rows SET growth = 0.25", written, "demo_compared", true},
        {"UPDATE core_texts SET text = 'Issuer of b' WHERE text = 'Issuer of B'", written, "demo_raw", true},
        {"DELETE FROM core_texts WHERE text = 'Issuer of B'", written, "demo_raw", true},
        {"UPDATE core_rowsets SET rows_sum = 'x' WHERE dataset = 'demo_raw' AND version = 1", counted, "demo_raw"},
    });
    for (const std::string table : {"core_anomalies", "core_captures", "core_derivations", "core_derivation_inputs", "core_lineage", "core_manifest",
                                    "core_partitions", "core_quality", "core_rejects"})
        expect({"DELETE FROM " + table, counted, table});
    const auto change = [&](const std::string& table, const std::string& column) {
        expect({"UPDATE " + table + " SET " + column + " = " + column + " || 'x'", written, table});
    };
    change("core_anomalies", "message");
    change("core_captures", "content_sha256");
    change("core_manifest", "inputs_sha256");
    change("core_quality", "actual_value");
    change("core_rejects", "raw_text");
    expect({"UPDATE core_sums SET rows_sum = '" + std::string(32, '0') + "' WHERE table_name = 'core_rejects'", written, "core_rejects"});
    expect({"DELETE FROM core_sums WHERE table_name = 'core_rejects'", counted, "core_rejects"});
}

BOOST_AUTO_TEST_CASE(texts_that_must_be_read_again_are_what_they_say) {
    expect({
        {"UPDATE core_workflow_definitions SET definition_yaml = definition_yaml || ' '", "is not the one of its digest", "core_workflow_definitions"},
        {"UPDATE core_executions SET params_json = '{'", "params_json is no JSON", "core_executions"},
        {"UPDATE core_workflow_runs SET given_json = 'x'", "given_json is no JSON", "core_workflow_runs"},
        {"UPDATE core_quality SET details_json = 'x'", "details_json is no JSON", "core_quality"},
        {"UPDATE core_partitions SET partition_key = 'x' WHERE head_capture = 1", "partition_key is no JSON", "core_partitions"},
    });
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_named_with_the_command_that_makes_it_anew) {
    const auto damages = told(broken("UPDATE demo_raw__rows SET shares = 5 WHERE capture_seq = 3"), true);
    BOOST_TEST_REQUIRE(damages.size() == 1u);
    BOOST_TEST(damages[0].dataset == "demo_raw");
    BOOST_TEST(damages[0].partition_key == R"({"week":"w2"})");
    BOOST_TEST(damages[0].capture_id == "demo.weeks:w2:20260103.2");
    BOOST_TEST(damages[0].stage == "RAW");
    BOOST_TEST(damages[0].repair == "spine run demo.weeks.read -p week=w2 --force");
    // What has been superseded is made by nobody any more.
    const auto of_history = told(broken("UPDATE demo_raw__rows SET shares = 5 WHERE capture_seq = 2"), true);
    BOOST_TEST_REQUIRE(of_history.size() == 1u);
    BOOST_TEST(of_history[0].repair == "spine db restore FILE");
}

BOOST_AUTO_TEST_CASE(that_command_makes_a_sound_store_of_it) {
    for (const auto* sql : {"UPDATE demo_raw__rows SET shares = 5 WHERE capture_seq = 1 AND line = 1", "DELETE FROM demo_raw__rows WHERE capture_seq = 1",
                            "UPDATE core_manifest SET metrics_json = '{}' WHERE stage = 'RAW' AND partition_key = '{\"week\":\"w1\"}'"}) {
        const auto store = broken(sql);
        Process process{clock, random, "sqlite:" + store, catalogue};
        BOOST_TEST(!process.store->check().empty());
        BOOST_TEST(committed(process.read_week("w1", {{"A", 1}, {"B", 2}}, true)));
        for (const auto& damage : process.store->check())
            BOOST_ERROR(sql << ": " << damage.dataset << " " << damage.what);
    }
}

BOOST_AUTO_TEST_CASE(small_writes_keep_the_sums_true) {
    const auto write = [&](unit::WriteKind kind, const std::vector<std::pair<std::string, unit::Value>>& fields, bool fails = false) {
        auto wish = here.planned("total", "w1");
        wish.force = true;
        auto start = here.started(wish);
        const auto rowset = start.unit->rowset_of(0);
        start.unit->write("demo_raw", rowset, kind, fields);
        start.unit->reached({0, rowset, 2, {}});
        BOOST_TEST(committed(start.unit->commit(unit::Done{})) == !fails);
        sound();
    };
    using K = unit::WriteKind;
    write(K::insert, {{"line", std::int64_t{5}}, {"symbol", std::string_view{"C"}}, {"issuer", std::string_view{"New one"}}, {"shares", std::int64_t{9}}, {"price", -0.0}});
    write(K::update, {{"line", std::int64_t{5}}, {"issuer", std::string_view{"Another"}}, {"price", 2.5}});
    write(K::update, {{"line", std::int64_t{5}}, {"issuer", std::monostate{}}});
    write(K::insert, {{"line", std::int64_t{5}}, {"symbol", std::string_view{"D"}}, {"shares", std::int64_t{1}}}, true);
    write(K::erase, {{"line", std::int64_t{5}}});
    BOOST_TEST(here.value("SELECT row_count FROM core_rowsets WHERE dataset = 'demo_raw' AND version = 1") == "2");
}

BOOST_AUTO_TEST_CASE(findings_of_a_pipeline_without_a_stage_are_summed_as_well) {
    auto start = here.started(here.planned("sleep", "w1"));
    BOOST_TEST_REQUIRE(start.unit->claim(Process::partition("w1")).output.has_value());
    start.unit->reject({0, 7, "PARSE_ERROR", "d", "raw", "x:7"});
    start.unit->check({0, "c", "INTEGRITY", "FAIL", "1", "1", ""});
    unit::Failure failure;
    failure.category = unit::Category::data_quality;
    BOOST_TEST(committed(start.unit->commit(failure)));
    BOOST_TEST(here.value("SELECT count(*) FROM core_rejects WHERE stage = ''") == "1");
    sound();
}

BOOST_AUTO_TEST_CASE(a_store_that_was_written_without_sums_gets_them_for_what_is_there) {
    const auto store = broken("DROP TABLE core_sums; DROP TABLE core_rowsets; DROP TABLE core_plugin_tables; DELETE FROM core_migrations WHERE name IN ('what is "
                              "written can be proved', 'tables of plugins')");
    BOOST_TEST(told(store, true).empty());
    {
        Process process{clock, random, "sqlite:" + store, catalogue};
        for (const auto& damage : process.store->check())
            BOOST_ERROR(damage.dataset << " " << damage.what);
        BOOST_TEST(process.value("SELECT count(*) FROM core_rowsets") == "4");
        process.store->close();
    }
    spine::store::Connection raw{store, spine::store::Connection::Mode::write};
    raw.exec("UPDATE demo_raw__rows SET shares = 5 WHERE capture_seq = 1");
    BOOST_TEST(names(told(store, true), written, "demo_raw"));
}

BOOST_AUTO_TEST_SUITE_END()
