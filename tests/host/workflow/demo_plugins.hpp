/// A small catalogue for workflows: one domain with three pipelines and two handlers.
#pragma once

#include "workflow/catalogue.hpp"

namespace spine::test {

inline workflow::Parameter demo_parameter(const std::string& name, workflow::Type type) {
    workflow::Parameter parameter;
    parameter.name = name;
    parameter.type = type;
    return parameter;
}

/// demo.numbers.ingest (file required, tier, week_ending; exports tier, week_ending), demo.numbers.count (tier and week_ending required, weeks_back),
/// demo.numbers.idle; demo.numbers.steps.check (max_rows required, columns), common.steps.tell.
inline workflow::Catalogue demo_plugins() {
    using workflow::Type;
    auto file = demo_parameter("file", Type::text);
    file.required = true;
    file.description = "where the rows are";
    auto tier = demo_parameter("tier", Type::text);
    tier.allowed = {{"NMS_TIER_1", "tier1", "1"}, {"OTC"}};
    auto week = demo_parameter("week_ending", Type::date);
    auto back = demo_parameter("weeks_back", Type::integer);
    back.otherwise = "6";

    workflow::Pipeline ingest;
    ingest.name = "demo.numbers.ingest";
    ingest.domain = "demo.numbers";
    ingest.plugin = "demo";
    ingest.parameters = {file, tier, week};
    ingest.exports = {"tier", "week_ending"};
    auto count = ingest;
    count.name = "demo.numbers.count";
    count.exports = {};
    tier.required = true;
    week.required = true;
    count.parameters = {tier, week, back};
    auto idle = count;
    idle.name = "demo.numbers.idle";
    idle.parameters = {};

    workflow::Handler check;
    check.name = "demo.numbers.steps.check";
    check.domain = "demo.numbers";
    check.plugin = "demo";
    auto most = demo_parameter("max_rows", Type::integer);
    most.required = true;
    check.config = {most, demo_parameter("columns", Type::json), demo_parameter("note", Type::text)};
    workflow::Handler tell;
    tell.name = "common.steps.tell";
    tell.domain = "common";
    tell.plugin = "common";
    tell.config = {demo_parameter("channel", Type::text), demo_parameter("sql", Type::text)};

    workflow::Plugin demo;
    demo.id = "demo";
    demo.domains = {{"demo.numbers", "demo", "demo", "demo_", {}, {}}};
    demo.pipelines = {ingest, count, idle};
    demo.handlers = {check};
    workflow::Plugin common;
    common.id = "common";
    common.domains = {{"common", "", "common", "", {}, {}}};
    common.handlers = {tell};
    return {{common, demo}, {}};
}

} // namespace spine::test
