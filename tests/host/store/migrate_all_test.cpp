#include "store_fixture.hpp"

#include "control/migrate_all.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;

namespace {

workflow::MigrationStep view(const std::string& name, const std::string& sql) {
    workflow::MigrationStep step;
    step.kind = workflow::MigrationStep::Kind::create_view;
    step.name = name;
    step.sql = sql;
    return step;
}

/// A plugin of a domain of its own, with one dataset and one view.
workflow::Plugin plugin(const std::string& id, const std::string& sql) {
    auto made = sample_catalogue().plugins[0];
    made.id = id;
    made.pipelines.clear();
    made.domains[0].name = id + ".domain";
    made.domains[0].alias.clear();
    made.domains[0].table_prefix = id + "_";
    auto dataset = weeks_raw();
    dataset.name = id + "_raw";
    dataset.domain = id + ".domain";
    made.migrations = {migration(1, {create(dataset), view(id + "_view", sql)})};
    made.migrations[0].owner = id;
    return made;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(migrate_all, StoreFixture)

BOOST_AUTO_TEST_CASE(a_plugin_whose_view_is_bad_is_refused_alone) {
    Process process{clock, random, url, catalogue, Process::Tables::as_they_are};
    auto all = catalogue;
    // "apple" reads what "pear" makes, and comes before it; "bad" reads what nobody makes.
    all.plugins = {plugin("apple", "SELECT symbol FROM pear_raw_latest"), plugin("bad", "SELECT nothing FROM bad_raw"), all.plugins[0],
                   plugin("pear", "SELECT symbol FROM pear_raw")};
    const auto report = control::migrate_all(*process.store, all);
    BOOST_TEST_REQUIRE(report.refused.size() == 1u);
    BOOST_TEST(report.refused[0].plugin == "bad");
    BOOST_TEST(std::string{report.refused[0].why.what()}.find("view 'bad_view'") != std::string::npos);
    BOOST_TEST(report.sound.plugins.size() == 3u);
    BOOST_TEST(process.value("SELECT group_concat(owner) FROM (SELECT DISTINCT owner FROM core_migrations WHERE owner <> 'core' ORDER BY owner)") ==
               "apple,demo,pear");
    BOOST_TEST(process.value("SELECT count(*) FROM sqlite_schema WHERE name GLOB 'bad_*'") == "0");
    BOOST_TEST(process.store->check({true, &report.sound}).empty());
}

BOOST_AUTO_TEST_CASE(nothing_wrong_is_one_transaction) {
    Process process{clock, random, url, catalogue, Process::Tables::as_they_are};
    const auto report = control::migrate_all(*process.store, catalogue);
    BOOST_TEST(report.refused.empty());
    BOOST_TEST(report.sound.plugins.size() == 1u);
    BOOST_TEST(!report.applied.empty());
}

BOOST_AUTO_TEST_SUITE_END()
