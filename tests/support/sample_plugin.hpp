/// A small domain as plain values, for tests of rooms below the plugins: weeks that are read, then totalled, then compared.
#pragma once

#include "run/due.hpp"
#include "workflow/catalogue.hpp"

namespace spine::test {

inline workflow::Column column(std::string name, workflow::Type type, bool repeated = false, bool nullable = false) {
    workflow::Column made;
    made.name = std::move(name);
    made.type = type;
    made.repeated = repeated;
    made.nullable = nullable;
    return made;
}

inline workflow::Dataset weeks_raw() {
    workflow::Dataset dataset;
    dataset.name = "demo_raw";
    dataset.domain = "demo.weeks";
    dataset.partition_keys = {"week"};
    dataset.columns = {column("line", workflow::Type::integer), column("symbol", workflow::Type::text),
                       column("issuer", workflow::Type::text, true, true), column("shares", workflow::Type::integer),
                       column("price", workflow::Type::real, false, true)};
    dataset.key = {"line"};
    return dataset;
}

inline workflow::Dataset weeks_compared() {
    workflow::Dataset dataset;
    dataset.name = "demo_compared";
    dataset.domain = "demo.weeks";
    dataset.keyed_by = workflow::KeyedBy::inputs;
    dataset.partition_keys = {"week"};
    dataset.columns = {column("symbol", workflow::Type::text), column("growth", workflow::Type::real)};
    dataset.key = {"symbol"};
    return dataset;
}

inline workflow::Migration migration(std::uint32_t number, std::vector<workflow::MigrationStep> steps) {
    workflow::Migration made;
    made.owner = "demo";
    made.number = number;
    made.name = "step " + std::to_string(number);
    made.sha256 = run::sha256_hex("demo" + std::to_string(number));
    made.steps = std::move(steps);
    return made;
}

inline workflow::MigrationStep create(workflow::Dataset dataset) {
    workflow::MigrationStep step;
    step.name = dataset.name;
    step.dataset = std::move(dataset);
    return step;
}

inline workflow::Pipeline pipeline(std::string name, std::string stage, std::vector<std::string> needs = {}) {
    workflow::Pipeline made;
    made.name = "demo.weeks." + name;
    made.domain = "demo.weeks";
    made.plugin = "demo";
    made.stage = std::move(stage);
    made.needs = std::move(needs);
    made.calc_version = "1";
    workflow::Parameter week;
    week.name = "week";
    made.parameters = {week};
    return made;
}

/// read (RAW, its source decides), total (TOTALLED, needs RAW), compare (COMPARED, plans), sleep (no stage).
inline workflow::Catalogue sample_catalogue() {
    workflow::Plugin plugin;
    plugin.id = "demo";
    plugin.version = "1.0.0";
    plugin.sha256 = "0";
    workflow::Domain domain;
    domain.name = "demo.weeks";
    domain.alias = "demo";
    domain.plugin = "demo";
    domain.table_prefix = "demo_";
    domain.stages = {{"RAW", 1, {}}, {"TOTALLED", 2, {}}, {"COMPARED", 3, {}}};
    plugin.domains = {domain};
    auto read = pipeline("read", "RAW");
    read.plans = true;
    auto total = pipeline("total", "TOTALLED", {"RAW"});
    total.partition_keys = {"week"};
    auto compare = pipeline("compare", "COMPARED");
    compare.plans = true;
    auto sleep = pipeline("sleep", "");
    auto all = pipeline("all", "");
    all.composite = true;
    plugin.pipelines = {read, total, compare, sleep, all};
    plugin.migrations = {migration(1, {create(weeks_raw()), create(weeks_compared())})};
    workflow::Catalogue catalogue;
    catalogue.plugins = {plugin};
    return catalogue;
}

} // namespace spine::test
