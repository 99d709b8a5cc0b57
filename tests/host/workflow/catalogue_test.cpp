#include "workflow/catalogue.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine::workflow;

namespace {

Pipeline pipeline(const std::string& domain, const std::string& name) {
    Pipeline p;
    p.domain = domain;
    p.name = domain + "." + name;
    return p;
}

Catalogue two_domains() {
    Plugin finra;
    finra.id = "finra";
    Domain otc;
    otc.name = "finra.otc_transparency";
    otc.alias = "otc";
    otc.stages = {{"INGESTED", 10, {"RAW", "LOADED"}}, {"NORMALIZED", 20, {}}};
    finra.domains = {otc};
    finra.pipelines = {pipeline(otc.name, "ingest_week"), pipeline(otc.name, "export")};
    Handler handler;
    handler.domain = otc.name;
    handler.name = otc.name + ".steps.validate_ingest";
    finra.handlers = {handler};
    Plugin other;
    other.id = "other";
    Domain prices;
    prices.name = "prices";
    other.domains = {prices};
    other.pipelines = {pipeline("prices", "export"), pipeline("prices", "load")};
    return Catalogue{{finra, other}, {}};
}

Migration migration(std::uint32_t number, std::vector<MigrationStep> steps) {
    Migration m;
    m.number = number;
    m.steps = std::move(steps);
    return m;
}

MigrationStep create(const std::string& name, std::vector<Column> columns) {
    MigrationStep step;
    step.dataset.name = name;
    step.dataset.columns = std::move(columns);
    return step;
}

MigrationStep add_column(const std::string& dataset, const std::string& column) {
    MigrationStep step;
    step.kind = MigrationStep::Kind::add_column;
    step.name = dataset;
    step.column.name = column;
    return step;
}

} // namespace

BOOST_AUTO_TEST_SUITE(catalogue)

BOOST_AUTO_TEST_CASE(a_pipeline_is_found_by_its_full_name_its_alias_and_its_bare_name) {
    const auto all = two_domains();
    for (const auto* name : {"finra.otc_transparency.ingest_week", "otc.ingest_week", "ingest_week"}) {
        const auto* found = all.find_pipeline(name);
        BOOST_TEST_REQUIRE(found != nullptr);
        BOOST_TEST(found->name == "finra.otc_transparency.ingest_week");
    }
}

BOOST_AUTO_TEST_CASE(a_bare_name_of_two_pipelines_names_neither) {
    const auto all = two_domains();
    BOOST_TEST(all.find_pipeline("export") == nullptr);
    BOOST_TEST_REQUIRE(all.find_pipeline("otc.export") != nullptr);
    BOOST_TEST(all.find_pipeline("otc.export")->domain == "finra.otc_transparency");
    BOOST_TEST_REQUIRE(all.find_pipeline("prices.export") != nullptr);
    BOOST_TEST(all.find_pipeline("prices.export")->domain == "prices");
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_not_found_but_a_near_one_is_offered_in_full) {
    const auto all = two_domains();
    BOOST_TEST(all.find_pipeline("ingest_weak") == nullptr);
    BOOST_TEST(all.find_pipeline("") == nullptr);
    BOOST_TEST(all.nearest_pipeline("ingest_weak") == "finra.otc_transparency.ingest_week");
    BOOST_TEST(all.nearest_pipeline("otc.ingest_wek") == "finra.otc_transparency.ingest_week");
    BOOST_TEST(all.nearest_pipeline("something.else_entirely") == "");
}

BOOST_AUTO_TEST_CASE(a_handler_is_found_like_a_pipeline) {
    const auto all = two_domains();
    BOOST_TEST(all.find_handler("otc.steps.validate_ingest") != nullptr);
    BOOST_TEST(all.find_handler("finra.otc_transparency.steps.validate_ingest") != nullptr);
    BOOST_TEST(all.find_handler("steps.validate") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_domain_is_found_by_name_and_alias_and_a_plugin_by_id) {
    const auto all = two_domains();
    BOOST_TEST(all.find_domain("otc") == all.find_domain("finra.otc_transparency"));
    BOOST_TEST(all.find_domain("otc") != nullptr);
    BOOST_TEST(all.find_domain("") == nullptr);
    BOOST_TEST(all.find_plugin("other") != nullptr);
    BOOST_TEST(all.find_plugin("another") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_stage_answers_to_its_aliases_in_any_case) {
    const auto all = two_domains();
    BOOST_TEST(all.stage_name("finra.otc_transparency", "raw") == "INGESTED");
    BOOST_TEST(all.stage_name("otc", "INGESTED") == "INGESTED");
    BOOST_TEST(all.stage_name("otc", "UNHEARD_OF") == "UNHEARD_OF");
    BOOST_TEST(all.stage_name("nowhere", "RAW") == "RAW");
    BOOST_TEST(all.stage_rank("otc", "NORMALIZED") == 20u);
    BOOST_TEST(all.stage_rank("otc", "UNHEARD_OF") == 0u);
}

BOOST_AUTO_TEST_CASE(datasets_are_the_fold_of_the_migrations) {
    auto all = two_domains();
    Column symbol;
    symbol.name = "symbol";
    all.plugins[0].migrations = {migration(1, {create("otc_raw", {symbol})}),
                                 migration(25, {create("otc_liquidity", {symbol}), add_column("otc_raw", "note")})};
    const auto datasets = all.datasets();
    BOOST_TEST_REQUIRE(datasets.size() == 2u);
    BOOST_TEST(datasets[0].name == "otc_raw");
    BOOST_TEST(datasets[0].find("note") != nullptr);
    BOOST_TEST(datasets[1].find("note") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_step_that_does_not_fit_is_ignored) {
    Column symbol;
    symbol.name = "symbol";
    const auto datasets = fold({migration(1, {create("raw", {symbol}), create("raw", {}), add_column("raw", "symbol"),
                                              add_column("nowhere", "x")})});
    BOOST_TEST_REQUIRE(datasets.size() == 1u);
    BOOST_TEST(datasets[0].columns.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
