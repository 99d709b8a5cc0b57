#include "run_fixture.hpp"

#include "error.hpp"
#include "store/core_schema.hpp"
#include "store/dataset_ddl.hpp"

using namespace spine;
using namespace spine::test;

namespace {

struct OldStore : RunFixture {
    /// A store as the first version of the program made it, with the tables of the sample plugin and nothing in them.
    OldStore() {
        store::Connection connection{file, store::Connection::Mode::create};
        connection.exec("BEGIN EXCLUSIVE");
        connection.exec("PRAGMA application_id=" + std::to_string(store::application_id));
        const auto& first = store::core_migrations().front();
        connection.exec(first.sql);
        const auto record = [&](const std::string& owner, std::uint32_t version, const std::string& name, const std::string& sha) {
            connection.exec("INSERT INTO core_migrations VALUES ('" + owner + "', " + std::to_string(version) + ", '" + name +
                            "', '" + sha + "', '2026-01-01T00:00:00.000Z')");
        };
        record("core", first.version, first.name, run::sha256_hex(first.sql));
        for (const auto& migration : catalogue.plugins[0].migrations) {
            for (const auto& step : migration.steps)
                for (const auto& sql : store::create_dataset_sql(step.dataset, false))
                    connection.exec(sql);
            record("demo", migration.number, migration.name, migration.sha256);
        }
        connection.exec("INSERT INTO core_store VALUES ('old', '2026-01-01T00:00:00.000Z')");
        connection.exec("COMMIT");
    }
    Process unmigrated() { return {clock, random, url, catalogue, Process::Tables::as_they_are}; }
};

/// The digest of each table whose columns no later migration adds to.
std::map<std::string, std::string> digests(Process& process) {
    std::map<std::string, std::string> found;
    for (const auto& row : process.store->digest(process.catalogue).rows)
        if (const std::string table{row.front().get_string()}; table.starts_with("demo_") || table == "core_manifest" || table == "core_derivations")
            found[table] = row.back().get_string();
    return found;
}
const char* whole_manifest =
    "SELECT group_concat(domain || partition_key || stage || stage_rank || row_count || metrics_json || coalesce(capture_id, "
    "'-') || coalesce(derivation_seq, '-') || inputs_sha256 || execution_id || batch_id || updated_at, char(10)) FROM core_manifest";

} // namespace

BOOST_FIXTURE_TEST_SUITE(migration, OldStore)

BOOST_AUTO_TEST_CASE(the_first_migration_is_what_it_was_when_stores_were_made_with_it) {
    BOOST_TEST(run::sha256_hex(store::core_migrations().front().sql) ==
               "2ced575bdda121c9f3c2e474ccfb7c16c89890220bd8653f45e5d0f96edc9438");
}

BOOST_AUTO_TEST_CASE(an_old_store_keeps_every_row_and_gets_the_tables_of_workflows) {
    std::string manifest;
    std::map<std::string, std::string> digest;
    {
        auto process = unmigrated();
        process.read_week("w1", {{"A", 1}});
        process.read_week("w2", {{"A", 3}});
        BOOST_TEST(committed(process.total_into(*process.started(process.planned("total", "w1")).unit)));
        auto wish = process.request("compare", "w2");
        wish.plan.outputs = {Process::partition("w2")};
        for (const auto* week : {"w1", "w2"})
            wish.plan.inputs.push_back({{}, *process.journal().state().manifest(Process::partition(week), "RAW")});
        run::add_digests(wish.plan, *wish.pipeline, wish.params);
        auto start = process.started(wish);
        const auto rowset = start.unit->derived(0);
        auto& sink = start.unit->replace("demo_compared", rowset, {"symbol", "growth"});
        sink.text(0, "A");
        sink.real(1, 3.0);
        sink.end_row();
        sink.finish();
        start.unit->reached({0, rowset, 1, {}});
        BOOST_TEST(committed(start.unit->commit(unit::Done{})));
        manifest = process.value(whole_manifest);
        digest = digests(process);
        BOOST_TEST(digest.size() == 4u);
        BOOST_TEST(process.value("SELECT count(*) FROM core_manifest") == "4");
        BOOST_TEST(process.store->info(catalogue).core_version == 1u);
    }
    auto process = unmigrated();
    const auto report = process.store->migrate(catalogue);
    BOOST_TEST_REQUIRE(report.applied.size() == store::core_migrations().size() - 1);
    BOOST_TEST(report.applied[0].owner == "core");
    BOOST_TEST(report.applied[0].version == 2u);
    BOOST_TEST(report.applied[1].version == 3u);
    BOOST_TEST(process.store->info(catalogue).core_version == store::core_migrations().back().version);
    BOOST_TEST(process.value("SELECT group_concat(name) FROM core_plugin_tables WHERE owner = 'demo'") == "demo_compared,demo_raw");
    BOOST_TEST(process.store->migrate(catalogue).applied.empty());
    BOOST_TEST(process.value(whole_manifest) == manifest);
    BOOST_TEST((digests(process) == digest));
    BOOST_TEST(process.value("SELECT growth FROM demo_compared_latest") == "3E0"); // a view over the manifest
    BOOST_TEST(process.value("SELECT shares FROM demo_raw_latest WHERE week = 'w2'") == "3");
    BOOST_TEST(process.store->check().empty());
    // What was there before is still known, and runs may begin.
    BOOST_TEST(std::holds_alternative<run::NotDue>(process.journal().start(process.planned("total", "w1"))));
    const auto run = opened(process);
    BOOST_TEST(process.store->run_journal().append(finished(run)));
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(runs_of_a_store_of_the_second_version_are_read_as_they_are_and_go_on_once_it_is_migrated) {
    const std::string run_id = "0193aaaa-0000-7000-8000-000000000001";
    {
        store::Connection connection{file, store::Connection::Mode::write};
        const auto& second = store::core_migrations()[1];
        connection.exec(second.sql);
        connection.exec("INSERT INTO core_migrations VALUES ('core', 2, '" + second.name + "', '" + run::sha256_hex(second.sql) +
                        "', '2026-01-01T00:00:00.000Z')");
        connection.exec("INSERT INTO core_workflow_definitions (name, version, definition_yaml, sha256, created_at) VALUES "
                        "('demo.refresh', 1, 'name: demo.refresh', '" + run::sha256_hex("name: demo.refresh") + "', '2026-01-01T00:00:00.000Z')");
        connection.exec("INSERT INTO core_workflow_runs (run_id, workflow, version, definition_sha256, params_json, given_json, "
                        "plugins_json, run_key, status, started_at, fence, locked_by, trigger_source) VALUES ('" + run_id +
                        "', 'demo.refresh', 1, '" + run::sha256_hex("name: demo.refresh") + "', '{}', '{}', '{}', 'k', 'running', '2026-01-01T00:00:00.000Z', 1, "
                        "'7:gone:p1', 'cli')");
        connection.exec("INSERT INTO core_workflow_steps (run_id, step, generation, attempt, type, status, started_at, finished_at) "
                        "VALUES ('" + run_id + "', 'read', 1, 1, 'pipeline', 'completed', 'x', 'y'), ('" + run_id +
                        "', 'total', 1, 1, 'pipeline', 'running', 'y', NULL)");
    }
    auto process = unmigrated();
    auto before = process.store->run_journal().look(run_id);
    BOOST_TEST_REQUIRE(before.has_value());
    BOOST_TEST_REQUIRE(before->steps.size() == 2u);
    BOOST_TEST(before->steps[0].ended_no < before->steps[1].begun_no);
    BOOST_TEST(before->steps[1].ended_no == 0);
    BOOST_CHECK_THROW(process.store->run_journal().claim(run_id), Error);
    process.store->migrate(catalogue);
    BOOST_TEST((process.store->run_journal().look(run_id)->steps == before->steps));
    const auto claimed = process.store->run_journal().claim(run_id);
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Owned>(claimed));
    BOOST_TEST(process.store->run_journal().with_key("demo.refresh", "k") == run_id);
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(an_old_store_is_read_as_one_without_runs) {
    store::SqliteStores stores{clock, random, url, {}};
    auto store = stores.open(control::Access::read);
    const auto pending = store->info(catalogue).pending;
    BOOST_TEST_REQUIRE(pending.size() == store::core_migrations().size() - 1);
    BOOST_TEST(pending[0].owner == "core");
    BOOST_TEST(store->runs({}).rows.empty());
    BOOST_TEST(store->workflow_run("0193aaaabbbb").empty());
    BOOST_TEST(store->steps("0193aaaabbbb").rows.empty());
    BOOST_TEST(store->run_anomalies("0193aaaabbbb").rows.empty());
    BOOST_TEST(store->run_journal().unowned().empty());
    BOOST_TEST(!store->run_journal().look("0193aaaabbbb").has_value());
    BOOST_TEST(store->executions({}).rows.empty());
    BOOST_TEST(store->check().empty());
}

BOOST_AUTO_TEST_CASE(a_run_in_an_old_store_names_the_command_that_migrates_it) {
    auto process = unmigrated();
    BOOST_CHECK_EXCEPTION(process.store->run_journal().open(wanted()), Error, [](const Error& error) {
        return error.code() == ErrorCode::invalid && error.hint() == "run: spine db init";
    });
}

BOOST_AUTO_TEST_SUITE_END()
