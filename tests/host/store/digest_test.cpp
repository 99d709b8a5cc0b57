/// The oracle: every sweep says "the same data" by `db digest`, so what moves it is written down here, column by column.
#include "store_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

using namespace spine;
using namespace spine::test;

namespace {

struct Decision {
    std::set<std::string> counted;
    std::set<std::string> named_by; ///< keys that other rows name: what they name counts
    std::set<std::string> left_out; ///< times, durations, ids, counters
};

/// A new column of these tables belongs into one of the three lists, a new table here or among the ones of history.
const std::map<std::string, Decision> decisions{
    {"core_captures",
     {{"capture_id", "domain", "partition_key", "content_sha256", "source_uri", "source_bytes", "source_last_update",
       "week_source", "supersedes", "withdrawn_at" /* whether, not when */, "withdrawn_by", "withdrawn_reason"},
      {"capture_seq"},
      {"captured_at"}}},
    {"core_derivations",
     {{"domain", "partition_key", "stage", "inputs_sha256"}, {"derivation_seq"}, {"derived_at"}}},
    {"core_derivation_inputs", {{"capture_seq"}, {"derivation_seq"}, {}}},
    {"core_lineage",
     {{"input_domain", "input_partition", "input_stage", "input_capture"}, {"execution_id"}, {}}},
    {"core_manifest",
     {{"domain", "partition_key", "stage", "stage_rank", "row_count", "metrics_json", "capture_id", "inputs_sha256"},
      {"derivation_seq"},
      {"execution_id", "batch_id", "updated_at"}}},
    {"core_partitions", {{"domain", "partition_key", "head_capture", "published_capture"}, {}, {"generation"}}},
    {"core_publications",
     {{"domain", "partition_key", "capture_seq", "cause", "stage", "published_by", "reason"},
      {},
      {"publication_seq", "execution_id", "published_at"}}},
    {"core_quality",
     {{"domain", "partition_key", "stage", "capture_id", "check_name", "category", "status", "actual_value",
       "expected_value", "details_json"},
      {},
      {"quality_id", "execution_id", "created_at"}}},
    {"core_reached",
     {{"domain", "partition_key", "stage", "stage_rank", "capture_seq", "derivation_seq", "row_count", "metrics_json", "inputs_sha256"},
      {},
      {"reached_id", "execution_id", "batch_id", "updated_at"}}},
    {"core_rejects",
     {{"domain", "partition_key", "stage", "reason_code", "reason_detail", "raw_text", "source_locator", "line_number",
       "capture_id"},
      {},
      {"reject_id", "execution_id", "created_at"}}},
    {"core_texts", {{"text"}, {"text_id"}, {}}},
    {"demo_raw__rows", {{"line", "symbol", "issuer", "shares", "price"}, {"capture_seq"}, {}}},
    {"demo_raw__versions", {{"week", "capture_id"}, {"capture_seq"}, {"captured_at"}}},
    {"demo_compared__rows", {{"symbol", "growth", "made_at"}, {"derivation_seq"}, {}}},
    {"demo_compared__versions", {{"week", "inputs_sha256"}, {"derivation_seq"}, {"derived_at"}}},
};

/// What was done and tried, which a crash may change: outside of "the same data".
const std::set<std::string> history{
    "core_anomalies",     "core_artifacts",       "core_executions",           "core_migrations",
    "core_plugin_builds", "core_plugin_tables", "core_plugin_names", "core_step_logs",       "core_store",                "core_work_items",
    "core_workflow_runs", "core_workflow_steps",  "core_workflow_definitions", "core_workflow_versions", "core_workflow_turns",
    "core_rowsets",       "core_sums",            "sqlite_sequence",
};

struct FilledStore : StoreFixture {
    FilledStore() {
        // A column whose name sounds like a time of ours is the plugin's own and counts.
        auto& compared = catalogue.plugins[0].migrations[0].steps[1].dataset;
        compared.columns.push_back(column("made_at", workflow::Type::text));
        auto process = this->process();
        process.read_week("w1", {{"A", 1}, {"B", 2}});
        process.read_week("w2", {{"A", 3}});
        process.read_week("w2", {{"A", 4}}); // a correction supersedes
        process.total_into(*process.started(process.planned("total", "w1")).unit);
        auto wish = process.request("compare", "w2");
        wish.plan.outputs = {Process::partition("w2")};
        for (const auto* week : {"w1", "w2"})
            wish.plan.inputs.push_back({0, *process.journal().state().manifest(Process::partition(week), "RAW")});
        run::add_digests(wish.plan, *wish.pipeline, wish.params);
        auto start = process.started(wish);
        const auto rowset = start.unit->derived(0);
        auto& sink = start.unit->replace("demo_compared", rowset, {"symbol", "growth", "made_at"});
        sink.text(0, "A");
        sink.real(1, 0.5);
        sink.text(2, "noon");
        sink.end_row();
        sink.finish();
        start.unit->reject({0, 7, "PARSE_ERROR", "d", "raw", "x:7"});
        start.unit->check({0, "c", "INTEGRITY", "PASS", "1", "1", R"({"n":1})"});
        start.unit->reached({0, rowset, 1, {{"n", 1}, {"took_ms", 5}}});
        BOOST_TEST_REQUIRE(committed(start.unit->commit(unit::Done{})));
        process.store->close();
    }

    static std::string cell(SQLite::Database& db, const std::string& sql) { return db.execAndGet(sql).getString(); }
    std::string digest(Process& process) {
        return std::string{process.store->digest(catalogue).rows.back().back().get_string()};
    }
};

std::vector<std::string> column_of(SQLite::Database& db, const std::string& sql) {
    std::vector<std::string> texts;
    SQLite::Statement rows{db, sql};
    while (rows.executeStep())
        texts.push_back(rows.getColumn(0).getString());
    return texts;
}

/// Another value of the same type; JSON stays JSON.
std::string changed(const std::string& column) {
    return "CASE typeof(" + column + ") WHEN 'integer' THEN " + column + " + 1000 WHEN 'real' THEN " + column +
           " + 1 WHEN 'null' THEN " + (column == "price" || column == "line_number" || column == "derivation_seq" ? "1" : "'x'") +
           " ELSE CASE WHEN substr(" + column + ", 1, 1) = '{' THEN '{\"zz\":1,' || substr(" + column + ", 2) ELSE " +
           column + " || 'x' END END";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(digest, FilledStore)

BOOST_AUTO_TEST_CASE(a_new_table_or_column_asks_whether_it_counts) {
    spine::store::Connection raw{file, spine::store::Connection::Mode::read};
    std::set<std::string> decided = history;
    for (const auto& [table, decision] : decisions) {
        decided.insert(table);
        std::set<std::string> columns = decision.counted;
        columns.insert(decision.named_by.begin(), decision.named_by.end());
        columns.insert(decision.left_out.begin(), decision.left_out.end());
        const auto there = column_of(raw.db(), "SELECT name FROM pragma_table_info('" + table + "')");
        const std::set<std::string> is{there.begin(), there.end()};
        BOOST_TEST(is == columns, table << ": decide in this test, and in store/digest.cpp, whether a new column counts");
    }
    const auto tables = column_of(raw.db(), "SELECT name FROM sqlite_schema WHERE type = 'table'");
    BOOST_TEST((std::set<std::string>{tables.begin(), tables.end()} == decided),
               "decide in this test, and in store/digest.cpp, whether a new table counts");
}

BOOST_AUTO_TEST_CASE(every_value_that_counts_moves_the_digest_and_no_other_does) {
    spine::store::Connection raw{file, spine::store::Connection::Mode::write};
    raw.exec("PRAGMA foreign_keys=OFF");
    raw.exec("PRAGMA ignore_check_constraints=ON");
    auto process = this->process();
    const auto before = digest(process);
    for (const auto& [table, decision] : decisions) {
        const auto rows = cell(raw.db(), "SELECT count(*) FROM " + table);
        BOOST_TEST(rows != "0", table << " has no row to change");
        std::string key;
        for (const auto& name : column_of(raw.db(), "SELECT name FROM pragma_table_info('" + table + "') WHERE pk > 0"))
            key += (key.empty() ? "" : ", ") + name;
        const auto moves = [&](const std::string& column) {
            // Undone by hand, because the digest is read by another connection.
            process.store->close();
            raw.exec("CREATE TEMP TABLE kept AS SELECT * FROM " + table);
            raw.exec("UPDATE " + table + " SET " + column + " = " + changed(column) + " WHERE (" + key + ") = (SELECT " + key +
                     " FROM " + table + " LIMIT 1)");
            const bool moved = digest(process) != before;
            raw.exec("DELETE FROM " + table);
            raw.exec("INSERT INTO " + table + " SELECT * FROM temp.kept");
            raw.exec("DROP TABLE temp.kept");
            BOOST_TEST(digest(process) == before);
            return moved;
        };
        for (const auto& column : decision.counted)
            BOOST_TEST(moves(column), table << "." << column << " counts and does not move the digest");
        for (const auto& column : decision.named_by)
            BOOST_TEST(moves(column), table << "." << column << " is named by others and does not move the digest");
        for (const auto& column : decision.left_out)
            BOOST_TEST(!moves(column), table << "." << column << " is left out and moves the digest");
    }
}

BOOST_AUTO_TEST_CASE(every_row_that_is_gone_moves_the_digest) {
    spine::store::Connection raw{file, spine::store::Connection::Mode::write};
    raw.exec("PRAGMA foreign_keys=OFF");
    auto process = this->process();
    const auto before = digest(process);
    for (const auto& [table, decision] : decisions) {
        raw.exec("CREATE TEMP TABLE kept AS SELECT * FROM " + table);
        raw.exec("DELETE FROM " + table);
        BOOST_TEST(digest(process) != before, "without the rows of " << table << " the digest is as before");
        raw.exec("INSERT INTO " + table + " SELECT * FROM temp.kept");
        raw.exec("DROP TABLE temp.kept");
    }
    BOOST_TEST(digest(process) == before);
}

BOOST_AUTO_TEST_CASE(metrics_count_without_times_and_durations) {
    spine::store::Connection raw{file, spine::store::Connection::Mode::write};
    auto process = this->process();
    const auto before = digest(process);
    const auto with = [&](const std::string& metrics) {
        raw.exec("UPDATE core_manifest SET metrics_json = '" + metrics + "' WHERE stage = 'COMPARED'");
        return digest(process);
    };
    BOOST_TEST(with(R"({"n":1,"took_ms":99})") == before);
    BOOST_TEST(with(R"({"n":2,"took_ms":5})") != before);
    BOOST_TEST(with(R"({"n":1)") != before); // no JSON: damage is told by another command
}

BOOST_AUTO_TEST_SUITE_END()
