#include "run_fixture.hpp"

#include "error.hpp"

using namespace spine;
using namespace spine::test;
using workflow::MigrationStep;

namespace {

MigrationStep step(MigrationStep::Kind kind, const std::string& name, const std::string& from = {}, const std::string& renamed = {}) {
    MigrationStep made;
    made.kind = kind;
    made.name = name;
    made.from = from;
    made.renamed = renamed;
    return made;
}
MigrationStep rename_dataset(const std::string& from, const std::string& to) { return step(MigrationStep::Kind::rename_dataset, from, {}, to); }
MigrationStep rename_column(const std::string& dataset, const std::string& from, const std::string& to) {
    return step(MigrationStep::Kind::rename_column, dataset, from, to);
}
MigrationStep renamed_from(const std::string& id) { return step(MigrationStep::Kind::renamed_plugin, id); }
MigrationStep drop(const std::string& view) { return step(MigrationStep::Kind::drop_view, view); }
MigrationStep view(const std::string& name, const std::string& sql) {
    auto made = step(MigrationStep::Kind::create_view, name);
    made.sql = sql;
    return made;
}

constexpr const char* core_rows = "SELECT group_concat(version || ' ' || row_count || ' ' || rows_sum || ' ' || execution_id, char(10)) FROM (SELECT * FROM "
                                  "core_rowsets ORDER BY version)";

struct Renames : RunFixture {
    /// The sample plugin with these migrations behind its own.
    workflow::Catalogue with(std::vector<std::vector<MigrationStep>> steps) {
        auto made = catalogue;
        std::uint32_t number = 1;
        for (auto& some : steps)
            made.plugins[0].migrations.push_back(migration(++number, std::move(some)));
        return made;
    }
    /// The same under another id.
    static workflow::Catalogue called(workflow::Catalogue made, const std::string& id) {
        auto& plugin = made.plugins[0];
        plugin.id = id;
        for (auto& pipeline : plugin.pipelines)
            pipeline.plugin = id;
        for (auto& domain : plugin.domains)
            domain.plugin = id;
        for (auto& one : plugin.migrations)
            one.owner = id;
        return made;
    }
    static void hold_sound(Process& process, const workflow::Catalogue& loaded) {
        for (const auto& problem : process.store->check({true, &loaded}))
            BOOST_ERROR(problem.what);
    }
    static auto refused(const std::vector<std::string>& parts) {
        return [=](const Error& error) {
            bool all = error.code() == ErrorCode::invalid;
            for (const auto& part : parts)
                if (std::string{error.what()}.find(part) == std::string::npos) {
                    BOOST_TEST_MESSAGE("'" << part << "' is not in: " << error.what());
                    all = false;
                }
            return all;
        };
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(renamed_tables, Renames)

BOOST_AUTO_TEST_CASE(a_renamed_dataset_keeps_its_rows_and_everything_that_names_it) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}, {"B", 2}});
    const auto rows = process.value("SELECT group_concat(symbol || shares || issuer) FROM demo_raw");
    const auto sums = process.value(core_rows);
    const auto newer = with({{rename_dataset("demo_raw", "demo_trades")}});
    process.store->migrate(newer);
    for (const std::string name : {"demo_trades", "demo_trades_latest", "demo_trades_head"})
        BOOST_TEST(process.value("SELECT group_concat(symbol || shares || issuer) FROM " + name) == rows, name);
    BOOST_TEST(process.value("SELECT group_concat(name) FROM sqlite_schema WHERE name GLOB 'demo_raw*' OR tbl_name GLOB 'demo_raw*'") == "null");
    BOOST_TEST(process.value(core_rows) == sums);
    BOOST_TEST(process.value("SELECT group_concat(DISTINCT dataset) FROM core_rowsets") == "demo_trades");
    BOOST_TEST(process.value("SELECT group_concat(name) FROM core_plugin_tables WHERE owner = 'demo' AND kind = 'dataset'") == "demo_compared,demo_trades");
    hold_sound(process, newer);
}

BOOST_AUTO_TEST_CASE(a_renamed_column_keeps_its_values_be_it_a_text_stored_once_or_of_the_key) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}, {"B", 2}});
    const auto rows = process.value("SELECT group_concat(line || symbol || issuer) FROM demo_raw");
    const auto sums = process.value(core_rows);
    const auto newer = with({{rename_column("demo_raw", "issuer", "company"), rename_column("demo_raw", "line", "line_no")}});
    process.store->migrate(newer);
    BOOST_TEST(process.value("SELECT group_concat(line_no || symbol || company) FROM demo_raw_latest") == rows);
    BOOST_TEST(process.value(core_rows) == sums);
    BOOST_TEST(process.value("SELECT count(*) FROM sqlite_schema WHERE name GLOB 'demo_raw*' AND (sql GLOB '*issuer*' OR sql GLOB '*\"line\"*')") == "0");
    hold_sound(process, newer);
}

BOOST_AUTO_TEST_CASE(a_new_store_gets_the_new_names_by_all_migrations_in_order) {
    const auto newer = with({{view("demo_big", "SELECT symbol FROM demo_raw_latest WHERE shares > 1")},
                             {drop("demo_big"), rename_dataset("demo_raw", "demo_trades"), rename_column("demo_trades", "shares", "quantity"),
                              view("demo_big", "SELECT symbol FROM demo_trades_latest WHERE quantity > 1")}});
    Process process{clock, random, url, newer};
    BOOST_TEST(process.value("SELECT count(*) FROM demo_big") == "0");
    hold_sound(process, newer);
}

BOOST_AUTO_TEST_CASE(a_view_that_reads_the_old_name_refuses_the_migration_and_nothing_of_it_stays) {
    const auto first = with({{view("demo_big", "SELECT symbol FROM demo_raw_latest WHERE shares > 1")}});
    Process process{clock, random, url, first};
    process.read_week("w1", {{"A", 2}});
    auto newer = first;
    newer.plugins[0].migrations.push_back(migration(3, {rename_dataset("demo_raw", "demo_trades")}));
    BOOST_CHECK_EXCEPTION(process.store->migrate(newer), Error, refused({"migration of plugin 'demo' 3", "demo_big"}));
    newer.plugins[0].migrations.back() = migration(3, {rename_column("demo_raw", "shares", "quantity")});
    BOOST_CHECK_EXCEPTION(process.store->migrate(newer), Error, refused({"migration of plugin 'demo' 3", "demo_big"}));
    BOOST_TEST(process.value("SELECT symbol FROM demo_big") == "A");
    hold_sound(process, first);
    // Nor does a view of a plugin that is not loaded keep reading what is not there any more.
    newer.plugins[0].migrations.erase(newer.plugins[0].migrations.begin() + 1);
    newer.plugins[0].migrations.back() = migration(2, {rename_dataset("demo_raw", "demo_trades")});
    {
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec("UPDATE core_plugin_tables SET owner = 'other' WHERE name = 'demo_big'");
        connection.exec("DELETE FROM core_migrations WHERE owner = 'demo' AND version = 2");
    }
    BOOST_CHECK_EXCEPTION(process.store->migrate(newer), Error, refused({"migration of plugin 'demo' 2", "demo_big"}));
}

BOOST_AUTO_TEST_CASE(a_rename_onto_what_the_store_has_or_of_what_another_plugin_has_made_is_refused) {
    auto process = this->process();
    const auto newer = with({{rename_dataset("demo_raw", "demo_trades")}});
    {
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec("CREATE TABLE demo_trades_head (n INTEGER)");
    }
    BOOST_CHECK_EXCEPTION(process.store->migrate(newer), Error, refused({"migration of plugin 'demo' 2", "step 1", "demo_trades_head"}));
    {
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec("DROP TABLE demo_trades_head");
        connection.exec("UPDATE core_plugin_tables SET owner = 'other' WHERE name = 'demo_raw'");
    }
    BOOST_CHECK_EXCEPTION(process.store->migrate(newer), Error, refused({"migration of plugin 'demo' 2", "step 1", "plugin 'other' has made"}));
}

BOOST_AUTO_TEST_CASE(what_the_store_has_of_a_plugin_is_there_under_its_new_id) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    const auto run = opened(process);
    const auto newer = called(with({{renamed_from("demo")}}), "trades");
    BOOST_TEST(process.store->info(newer).pending.size() == 1u);
    hold_sound(process, newer); // before it is migrated, too
    process.store->migrate(newer);
    BOOST_TEST(process.value("SELECT group_concat(owner || version) FROM core_migrations WHERE owner <> 'core'") == "trades1,trades2");
    BOOST_TEST(process.value("SELECT group_concat(DISTINCT owner) FROM core_plugin_tables") == "trades");
    BOOST_TEST(process.value("SELECT plugins_json FROM core_workflow_runs WHERE run_id = '" + run.run_id + "'") == R"({"demo.weeks.read":"trades"})");
    BOOST_TEST(process.value("SELECT group_concat(DISTINCT plugin) FROM core_executions") == "demo"); // who did it stays told
    BOOST_TEST(process.store->migrate(newer).applied.empty());
    hold_sound(process, newer);
    // A build from before would make its tables a second time.
    BOOST_CHECK_EXCEPTION(process.store->migrate(catalogue), Error, refused({"plugin 'demo'", "is called 'trades' in this store since"}));
}

BOOST_AUTO_TEST_CASE(nobody_takes_over_tables_that_are_not_its_own) {
    auto process = this->process();
    auto stranger = called(with({{renamed_from("demo")}}), "trades");
    stranger.plugins[0].migrations.erase(stranger.plugins[0].migrations.begin());
    BOOST_CHECK_EXCEPTION(process.store->migrate(stranger), Error, refused({"migration of plugin 'trades' 2", "step 1", "not its own"}));
    const auto newer = called(with({{renamed_from("demo")}}), "trades");
    {
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec("INSERT INTO core_migrations SELECT 'trades', version, name, sha256, applied_at FROM core_migrations WHERE owner = 'demo'");
    }
    BOOST_CHECK_EXCEPTION(process.store->migrate(newer), Error, refused({"step 1", "of 'demo' and of 'trades'"}));
}

BOOST_AUTO_TEST_SUITE_END()
