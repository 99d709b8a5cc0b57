/// Plugins without a library file: a catalogue and functions that a test writes down.
#pragma once

#include "control/library.hpp"
#include "support/scripted_lambdas.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

class ScriptedInvoker final : public run::Invoker {
public:
    using Work = std::function<unit::Outcome(const run::Call&, const run::Dispatch&, const run::ProgressSink&)>;
    /// What each pipeline does, by full name; done at once when there is nothing.
    std::map<std::string, Work> work;
    std::vector<std::string> calls;

    run::Planned plan(const run::Call&, unit::State&) override { return run::Plan{}; }
    unit::Outcome invoke(const run::Call& call, unit::Unit&, const run::Dispatch& dispatch, const run::CancelToken&,
                         const run::ProgressSink& progress) override {
        calls.push_back(call.pipeline->name);
        const auto found = work.find(call.pipeline->name);
        return found == work.end() ? unit::Outcome{unit::Done{}} : found->second(call, dispatch, progress);
    }
};

class FakeLibrary final : public control::Library {
public:
    workflow::Catalogue plugins;
    ScriptedInvoker scripted;
    ScriptedLambdas lambdas_scripted;

    const workflow::Catalogue& catalogue() const override { return plugins; }
    run::Invoker& invoker() override { return scripted; }
    run::Lambdas& lambdas() override { return lambdas_scripted; }
};

class FakeLibraries final : public control::Libraries {
public:
    explicit FakeLibraries(std::string folder = "/plugins") : folder_{std::move(folder)} {}
    FakeLibrary library;
    int loads = 0;

    control::Library& get() override {
        ++loads;
        return library;
    }
    std::string folder() const override { return folder_; }

private:
    std::string folder_;
};

/// One domain "demo.numbers" (alias "demo") with pipelines count (tier, week_ending, weeks_back), all (a composite) and idle.
inline workflow::Catalogue demo_catalogue() {
    workflow::Parameter tier;
    tier.name = "tier";
    tier.required = true;
    tier.allowed = {{"NMS_TIER_1", "1"}, {"OTC"}};
    tier.description = "which tier";
    workflow::Parameter week;
    week.name = "week_ending";
    week.type = workflow::Type::date;
    week.description = "a Friday";
    workflow::Parameter back;
    back.name = "weeks_back";
    back.type = workflow::Type::integer;
    back.otherwise = "6";

    workflow::Pipeline count;
    count.name = "demo.numbers.count";
    count.domain = "demo.numbers";
    count.plugin = "demo";
    count.title = "Counts what there is";
    count.parameters = {tier, week, back};
    count.exports = {"tier"};
    workflow::Pipeline all = count;
    all.name = "demo.numbers.count_all";
    all.title = "Counts every tier";
    all.parameters = {};
    all.composite = true;
    workflow::Pipeline idle = all;
    idle.name = "demo.numbers.idle";
    idle.title = "Does nothing";
    idle.composite = false;

    workflow::Domain domain;
    domain.name = "demo.numbers";
    domain.alias = "demo";
    domain.plugin = "demo";
    domain.table_prefix = "demo_";
    domain.stages = {{"COUNTED", 10, {}}};
    workflow::Plugin plugin;
    plugin.id = "demo";
    plugin.version = "1.0.0";
    plugin.title = "A demonstration";
    plugin.abi_major = 1;
    plugin.file = "/plugins/demo.so";
    plugin.sha256 = std::string(64, 'a');
    plugin.domains = {domain};
    plugin.pipelines = {count, all, idle};
    return {{plugin}, {{"/plugins/broken.so", "lacks the entry 'spine_plugin_query'; build it with spine_add_plugin()"}}};
}

/// A lambda of that domain that takes a number: "demo.numbers.check".
inline workflow::Handler demo_handler() {
    workflow::Parameter least;
    least.name = "rows_min";
    least.type = workflow::Type::integer;
    least.otherwise = "1";
    workflow::Handler handler;
    handler.name = "demo.numbers.check";
    handler.domain = "demo.numbers";
    handler.plugin = "demo";
    handler.title = "Checks what was counted";
    handler.config = {least};
    return handler;
}

} // namespace spine::test
