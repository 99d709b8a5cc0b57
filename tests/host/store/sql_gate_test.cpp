/// What a plugin can reach by SQL, and what it cannot, however it spells it.
#include "store_fixture.hpp"

#include "error.hpp"
#include "store/plugin_reader.hpp"
#include "store/sql_gate.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

using namespace spine;
using namespace spine::test;

namespace {

struct ReadFixture : StoreFixture {
    ReadFixture() {
        auto process = this->process();
        process.read_week("w1", {{"A", 1}, {"B", 2}});
    }
    store::PluginReader reader() { return {clock, file, catalogue}; }
    /// The first cell, as text; "-" without a row.
    std::string cell(store::PluginReader& reader, std::string_view sql, std::size_t columns = 1) {
        const auto cursor = reader.query(sql, {}, columns);
        if (!cursor->next())
            return "-";
        const auto cell = cursor->cell(0);
        return cell.kind == unit::CellKind::integer ? std::to_string(cell.integer) : std::string{cell.text};
    }
};

struct Ask {
    std::string_view sql;
    std::string_view answer;
};
std::ostream& operator<<(std::ostream& out, const Ask& ask) { return out << ask.sql; }

const Ask allowed[] = {
    {"SELECT symbol FROM demo_raw ORDER BY line", "A"},
    {"SELECT count(*) FROM demo_raw", "2"},
    {"SELECT issuer FROM main.demo_raw WHERE symbol = 'B'", "Issuer of B"},
    {"SELECT sum(shares) FROM \"DEMO_RAW_latest\"", "3"},
    {"WITH d AS (SELECT shares FROM demo_raw) SELECT sum(shares) FROM d", "3"},
    {"WITH d AS (SELECT shares FROM demo_raw) SELECT count(*) FROM d", "2"},
    {"WITH d AS (SELECT 1) SELECT count(*) FROM d, d AS e", "1"},
    {"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT max(i) FROM n", "5"},
    {"SELECT count(*) FROM (SELECT DISTINCT symbol FROM demo_raw)", "2"},
    {"SELECT (SELECT max(shares) FROM demo_raw b WHERE b.line <= a.line) FROM demo_raw a ORDER BY line DESC", "2"},
    {"SELECT sum(shares) OVER (ORDER BY line) FROM demo_raw ORDER BY line DESC", "3"},
    {"SELECT value FROM json_each('[7]')", "7"},
    {"SELECT count(*) FROM demo_raw, json_each('[7, 8]')", "4"},
    {"SELECT json_extract('{\"a\":5}', '$.a') + ('[2]' ->> 0)", "7"},
    {"SELECT date('2026-01-02', '+7 days')", "2026-01-09"},
    {"SELECT p.domain FROM core_partitions p JOIN core_captures c ON c.capture_seq = p.head_capture", "demo.weeks"},
    {"SELECT count(*) FROM demo_raw WHERE EXISTS (SELECT 1 FROM core_manifest)", "2"},
    // A common table expression hides what has its name, and gives nothing but what it is made of.
    {"WITH core_executions AS (SELECT symbol FROM demo_raw) SELECT max(symbol) FROM core_executions", "B"},
    {"WITH demo_raw AS (SELECT 9 AS shares) SELECT sum(shares) FROM demo_raw", "9"},
    {"WITH demo_raw AS (SELECT shares + 1 AS shares FROM main.demo_raw) SELECT sum(shares) FROM demo_raw", "5"},
    // The names that a view is made of are not the asker's: this one gets no text of its own making.
    {"WITH core_texts AS (SELECT 1 AS text_id, 'forged' AS text) SELECT issuer FROM main.demo_raw WHERE symbol = 'A'", "Issuer of A"},
    {"WITH demo_raw__rows AS (SELECT 'X' AS symbol, 1 AS capture_seq) SELECT symbol FROM demo_raw WHERE line = 1", "A"},
    {"SELECT 1; -- done", "1"},
    {"VALUES (3)", "3"},
};

const std::string_view refused[] = {
    "SELECT execution_id FROM core_executions",
    "SELECT count(*) FROM core_executions",
    "SELECT 1 FROM demo_raw WHERE EXISTS (SELECT 1 FROM core_executions)",
    "SELECT (SELECT count(*) FROM core_workflow_runs)",
    // as some readable view's name
    "WITH demo_raw AS (SELECT * FROM core_executions) SELECT execution_id FROM demo_raw",
    "WITH demo_raw AS (SELECT execution_id FROM core_executions) SELECT count(*) FROM demo_raw",
    "WITH demo_raw(a) AS MATERIALIZED (SELECT sql FROM sqlite_master) SELECT a FROM demo_raw",
    "WITH a AS (WITH demo_raw AS (SELECT execution_id FROM core_executions) SELECT * FROM demo_raw) SELECT * FROM a",
    "SELECT * FROM (WITH core_captures AS (SELECT text FROM core_texts) SELECT text FROM core_captures)",
    "SELECT text FROM (SELECT text FROM core_texts) AS demo_raw",
    "SELECT demo_raw.text FROM core_texts AS demo_raw",
    "SELECT 1 WHERE 'x' IN core_texts",
    "SELECT 1 WHERE 1 IN (WITH demo_raw AS (SELECT text_id FROM core_texts) SELECT text_id FROM demo_raw)",
    "SELECT shares FROM demo_raw UNION ALL SELECT text_id FROM core_texts",
    "SELECT shares FROM demo_raw ORDER BY (SELECT max(text) FROM core_texts)",
    "WITH RECURSIVE demo_raw(x) AS (SELECT 1 UNION SELECT t.text_id FROM core_texts t, demo_raw) SELECT x FROM demo_raw",
    "SELECT sum(shares) OVER (ORDER BY (SELECT max(text_id) FROM core_texts)) FROM demo_raw",
    // what datasets are made of
    "SELECT symbol FROM demo_raw__rows",
    "SELECT count(*) FROM demo_raw__rows",
    "SELECT count(*) FROM demo_raw__versions",
    "SELECT 1 FROM main.\"demo_raw__rows\"",
    "WITH demo_raw AS (SELECT symbol FROM demo_raw__rows) SELECT symbol FROM demo_raw",
    "SELECT spine_text(1)",
    // SQLite's own
    "SELECT sql FROM sqlite_master",
    "SELECT count(*) FROM sqlite_schema",
    "SELECT count(*) FROM 'SQLITE_Master'",
    "SELECT count(*) FROM main.sqlite_master",
    "SELECT count(*) FROM temp.sqlite_master",
    "SELECT count(*) FROM sqlite_temp_schema",
    "WITH demo_raw AS (SELECT sql FROM sqlite_schema) SELECT sql FROM demo_raw",
    "SELECT name FROM pragma_table_info('core_executions')",
    "SELECT count(*) FROM pragma_table_list",
    "SELECT count(*) FROM PRAGMA_database_list",
    "WITH demo_raw AS (SELECT file FROM pragma_database_list) SELECT file FROM demo_raw",
    "SELECT count(*) FROM dbstat",
    "SELECT count(*) FROM sqlite_stmt",
    "SELECT count(*) FROM fts3tokenize",
    "SELECT * FROM demo_raw INDEXED BY core_captures_by_partition",
    "SELECT symbol FROM temp.demo_raw",
    // functions
    "SELECT load_extension('x')",
    "SELECT random()",
    "SELECT hex(randomblob(4))",
    "SELECT last_insert_rowid()",
    "SELECT sqlite_version()",
    "SELECT sqlite_log(1, 'x')",
    "SELECT zeroblob(1000000000)",
    "SELECT fts3_tokenizer('simple')",
    "SELECT date('now')",
    "SELECT CURRENT_TIMESTAMP",
    // other statements
    "SELECT 1; SELECT 2",
    "SELECT 1; DELETE FROM core_rejects",
    "WITH a AS (SELECT 1) DELETE FROM core_rejects",
    "WITH a AS (SELECT 1) INSERT INTO core_rejects SELECT * FROM a",
    "EXPLAIN SELECT 1",
    "ATTACH 'x.db' AS x",
    "PRAGMA table_list",
    "SELECT 1 FROM pragma_journal_mode('DELETE')",
    "",
    "-- nothing",
    "SELECT FROM",
    "SELECT no_such_column FROM demo_raw",
    "SELECT 1 FROM no_such_table",
};

workflow::MigrationStep view(std::string name, std::string sql) {
    workflow::MigrationStep step;
    step.kind = workflow::MigrationStep::Kind::create_view;
    step.name = std::move(name);
    step.sql = std::move(sql);
    return step;
}

struct ViewFixture : StoreFixture {
    Process made = process();
    /// The same plugin with a second migration.
    workflow::Catalogue with(std::vector<workflow::MigrationStep> steps) {
        auto newer = catalogue;
        newer.plugins[0].migrations.push_back(migration(2, std::move(steps)));
        return newer;
    }
    std::string refusal(const workflow::Catalogue& newer) {
        try {
            made.store->migrate(newer);
        } catch (const Error& error) {
            BOOST_TEST((error.code() == ErrorCode::invalid));
            return error.what();
        }
        return "nothing was refused";
    }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(sql_gate, ReadFixture)

BOOST_DATA_TEST_CASE(what_is_made_of_readable_names_is_read, boost::unit_test::data::make(allowed)) {
    auto reading = reader();
    BOOST_TEST(cell(reading, sample.sql) == sample.answer);
}

BOOST_DATA_TEST_CASE(nothing_else_is_read_however_it_is_spelled, boost::unit_test::data::make(refused)) {
    auto reading = reader();
    for (std::size_t columns = 1; columns <= 2; ++columns)
        BOOST_CHECK_EXCEPTION(cell(reading, sample, columns), Error, [](const Error& error) {
            BOOST_TEST_MESSAGE(error.what());
            return error.code() == ErrorCode::invalid && has(error.what(), "SELECT refused");
        });
    BOOST_TEST(cell(reading, "SELECT count(*) FROM demo_raw") == "2"); // and the next one is as before
}

BOOST_AUTO_TEST_CASE(a_text_has_bounds) {
    auto reading = reader();
    std::string deep = "SELECT 1";
    for (int i = 0; i < 300; ++i)
        deep += " + (1";
    deep += std::string(300, ')');
    std::string wide = "SELECT 1";
    for (int i = 0; i < 600; ++i)
        wide += ", " + std::to_string(i);
    std::string many = "SELECT 1";
    for (int i = 0; i < 150; ++i)
        many += " UNION ALL SELECT 1";
    for (const auto& sql : {deep, wide, many, "SELECT '" + std::string(70'000, 'x') + "'", "SELECT max(" + std::string(200, '1') + ", ?2000)"})
        BOOST_CHECK_THROW(cell(reading, sql), Error);
    BOOST_CHECK_THROW(cell(reading, std::string_view{"SELECT 1\0; SELECT 2", 19}), Error);
    BOOST_CHECK_THROW(cell(reading, "SELECT length(replace(hex(printf('%.30000000c', 'x')), '7', 'xxxxxxxx'))"), Error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(views_of_plugins, ViewFixture)

BOOST_AUTO_TEST_CASE(a_second_statement_of_a_view_is_never_run) {
    made.read_week("w1", {{"A", 1}});
    for (const char* sql : {"SELECT 1 AS x; DELETE FROM core_captures", "SELECT 1 AS x; DROP VIEW demo_raw", "SELECT 1 AS x;;"}) {
        const auto said = refusal(with({view("demo_x", sql)}));
        BOOST_TEST(has(said, "migration of plugin 'demo' 2 (step 2): view 'demo_x': something stands behind"));
    }
    BOOST_TEST(made.value("SELECT count(*) FROM core_captures") == "1");
    BOOST_TEST(made.value("SELECT count(*) FROM core_migrations WHERE owner = 'demo'") == "1");
}

BOOST_AUTO_TEST_CASE(a_wrong_name_refuses_the_migration_and_leaves_nothing_behind) {
    const auto after = [&](const std::string& sql) {
        const auto said = refusal(with({create([] { auto dataset = weeks_raw(); dataset.name = "demo_more"; return dataset; }()), view("demo_x", sql)}));
        BOOST_TEST(made.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'demo_more%' OR name = 'demo_x'") == "0");
        return said;
    };
    BOOST_TEST(has(after("SELECT symbl FROM demo_raw"), "view 'demo_x': no such column: symbl"));
    BOOST_TEST(has(after("SELECT 1 FROM demo_rw"), "view 'demo_x': no such table: demo_rw"));
    BOOST_TEST(has(after("SELECT 1 FROM demo_x"), "view 'demo_x'")); // of itself
    BOOST_TEST(has(after("SELECT symbol FROM demo_raw WHERE line = ?"), "it has parameters"));
    BOOST_TEST(has(after("SELECT symbol FROM demo_raw__rows"), "no such table: demo_raw__rows"));
    BOOST_TEST(has(after("SELECT execution_id FROM core_executions"), "no such table: core_executions"));
    BOOST_TEST(has(after("WITH demo_raw AS (SELECT execution_id FROM core_executions) SELECT * FROM demo_raw"), "no such table: core_executions"));
    BOOST_TEST(has(after("SELECT sql FROM sqlite_master"), "prohibited"));
    BOOST_TEST(has(after("SELECT random() AS r"), "not authorized to use function: random"));
    BOOST_TEST(has(after("SELECT json_extract(issuer, '$.a') AS a FROM demo_raw"), "unsafe use of")); // readers could not use it
    BOOST_TEST(has(after("SELECT symbol FROM demo_raw UNION SELECT 1, 2"), "UNION do not have the same number"));
}

BOOST_AUTO_TEST_CASE(a_view_stands_on_datasets_views_and_common_table_expressions) {
    made.read_week("w1", {{"A", 1}, {"B", 5}});
    made.store->migrate(with({view("demo_first", "WITH d AS (SELECT symbol, shares FROM demo_raw_latest) SELECT symbol, shares FROM d WHERE shares > 1; -- big"),
                              view("demo_second", "SELECT count(*) AS n FROM demo_first, core_partitions")}));
    BOOST_TEST(made.value("SELECT n FROM demo_second") == "1");
    BOOST_TEST(made.store->check().empty());
}

BOOST_AUTO_TEST_CASE(a_view_that_loses_what_it_reads_refuses_the_migration) {
    const auto first = with({view("demo_first", "SELECT symbol FROM demo_raw"), view("demo_second", "SELECT symbol FROM demo_first")});
    made.store->migrate(first);
    auto newer = first;
    workflow::MigrationStep drop;
    drop.kind = workflow::MigrationStep::Kind::drop_view;
    drop.name = "demo_first";
    newer.plugins[0].migrations.push_back(migration(3, {drop}));
    BOOST_TEST(has(refusal(newer), "migration of plugin 'demo' 3 (step 3): view 'demo_second': no such table: main.demo_first"));
    newer = first;
    newer.plugins[0].migrations.push_back(migration(3, {drop, view("demo_first", "SELECT symbol, line FROM demo_raw")}));
    made.store->migrate(newer);
    BOOST_TEST(made.value("SELECT count(*) FROM demo_second") == "0");
}

BOOST_AUTO_TEST_CASE(views_of_views_may_not_grow_past_all_bounds) {
    std::vector<workflow::MigrationStep> steps{view("demo_v0", "SELECT symbol FROM demo_raw")};
    for (int i = 1; i <= 40; ++i) {
        const auto before = "demo_v" + std::to_string(i - 1);
        steps.push_back(view("demo_v" + std::to_string(i), "SELECT symbol FROM " + before + " UNION SELECT symbol FROM " + before));
    }
    const auto said = refusal(with(steps));
    BOOST_TEST(has(said, "its names stand for each other more than"), said);
}

BOOST_AUTO_TEST_CASE(of_another_plugin_a_view_reads_what_is_declared_or_published_whatever_the_order) {
    workflow::Plugin other;
    other.id = "aaa"; // before the one that it reads
    other.version = "1.0.0";
    workflow::Domain domain;
    domain.name = "aaa";
    domain.table_prefix = "aaa_";
    other.domains = {domain};
    const auto both = [&](const std::string& sql) {
        auto newer = with({view("demo_first", "SELECT symbol FROM demo_raw")});
        other.migrations = {migration(1, {view("aaa_x", sql)})};
        newer.plugins.insert(newer.plugins.begin(), other);
        return newer;
    };
    BOOST_TEST(has(refusal(both("SELECT symbol FROM demo_raw")), "no such table: demo_raw"));
    BOOST_TEST(has(refusal(both("SELECT symbol FROM demo_raw__rows")), "no such table"));
    made.store->migrate(both("SELECT a.symbol FROM demo_raw_latest a, demo_first b"));
    BOOST_TEST(made.value("SELECT count(*) FROM aaa_x") == "0");
}

BOOST_AUTO_TEST_SUITE_END()
