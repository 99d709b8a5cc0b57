/// A conductor over runs in memory: workflows as YAML on a plugin `demo` whose operations a test writes down.
#pragma once

#include "run/conductor.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_benches.hpp"
#include "support/passing_time.hpp"
#include "support/scripted_invoker.hpp"
#include "support/scripted_lambdas.hpp"
#include "workflow/json.hpp"
#include "workflow/sha256.hpp"

#include <boost/test/unit_test.hpp>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace spine::test {

/// The process dies here; nothing after it happens.
struct Died {};

struct ConductorFixture {
    SharedClock clock;
    PassingTime lull{clock};
    CountingRandom random;
    CountingRandom chance; ///< of the test alone
    MemoryRunJournal book;
    MemoryBenches benches{book};
    ScriptedInvoker invoker;
    ScriptedLambdas lambdas;
    workflow::Catalogue catalogue;
    run::CancelToken cancel;
    run::ConductorSettings settings;
    std::vector<std::string> told; ///< steps that ended, in the order in which they were told
    run::Spawnable spawnable;

    ConductorFixture() {
        book.clock = &clock;
        settings.threads = 2;
        workflow::Plugin plugin;
        plugin.id = "demo";
        plugin.version = "1.2.3";
        plugin.sha256 = std::string(64, 'a');
        catalogue.plugins = {plugin};
        for (const auto* name : {"a", "b", "c", "d"}) {
            workflow::Pipeline pipeline;
            pipeline.name = std::string{"demo."} + name;
            pipeline.domain = "demo";
            pipeline.plugin = "demo";
            workflow::Parameter number;
            number.name = "n";
            number.type = workflow::Type::integer;
            pipeline.parameters = {number};
            pipeline.exports = {"row_count"};
            catalogue.plugins.front().pipelines.push_back(pipeline);
            does(name, [](const auto&) -> unit::Outcome { return unit::Done{{{"row_count", 1}}}; });
            workflow::Handler handler;
            handler.name = std::string{"demo.steps."} + name;
            handler.domain = "demo";
            handler.plugin = "demo";
            catalogue.plugins.front().handlers.push_back(handler);
        }
    }

    void does(const std::string& pipeline, ScriptedInvoker::Do work) { invoker.work[pipeline] = std::move(work); }
    void answers(const std::string& lambda, ScriptedLambdas::Answer answer) { lambdas.answers["demo.steps." + lambda] = std::move(answer); }
    static ScriptedLambdas::Answer says(boost::json::object outputs, boost::json::array requests = {}) {
        return [=](const run::LambdaCall&) {
            run::LambdaResult result;
            result.ok = true;
            result.outputs = outputs;
            result.requests = requests;
            return result;
        };
    }
    static unit::Outcome fails(const std::string& message, unit::Category category) {
        unit::Failure failure;
        failure.category = category;
        failure.message = message;
        return failure;
    }

    static run::KeptDefinition kept(const std::string& steps, const std::string& name) {
        const auto text = "name: " + name + "\ndomain: demo\n" + steps;
        return {name, 1, text, workflow::sha256_hex(text)};
    }
    /// A run of these steps that this process owns.
    run::RunRow begun(const std::string& steps, const std::vector<run::KeptDefinition>& children = {}, const std::string& name = "demo.flow") {
        const auto definition = kept(steps, name);
        run::NewRun wanted;
        wanted.run_id = env::new_id(clock, chance);
        wanted.workflow = name;
        wanted.domain = "demo";
        wanted.definition_text = definition.text;
        wanted.definition_sha256 = definition.sha256;
        wanted.params = wanted.given = {{"n", 7}};
        wanted.children = children;
        for (const auto* one : {"a", "b", "c", "d"}) {
            wanted.plugins[std::string{"demo."} + one] = "demo";
            wanted.plugins[std::string{"demo.steps."} + one] = "demo";
        }
        run::RunRow row;
        row.run_id = wanted.run_id;
        row.workflow = name;
        row.definition_text = definition.text;
        row.definition_sha256 = definition.sha256;
        row.params = wanted.params;
        row.children = children;
        row.plugins = wanted.plugins;
        row.fence = 1;
        row.started_at = env::to_text(clock.now());
        auto state = run::fresh(row);
        wanted.begin = run::begin_run(state, clock.now()).along;
        run::add_builds(state, catalogue, wanted.begin);
        auto opened = book.open(wanted);
        book.written.clear();
        return std::get<run::Owned>(std::move(opened)).run;
    }
    std::unique_ptr<run::Conductor> conductor() {
        return std::make_unique<run::Conductor>(run::Band{clock, random, benches, invoker, lambdas, catalogue, cancel, {},
                                                          [this](const run::StepNews& news) {
                                                              if (news.ended)
                                                                  told.push_back(news.step);
                                                          },
                                                          spawnable, &lull},
                                                settings);
    }
    run::RunRow drive(run::RunRow row) {
        const auto driver = conductor();
        driver->take(std::move(row));
        return driver->finish().front();
    }
    run::RunRow done(const std::string& steps, const std::vector<run::KeptDefinition>& children = {}) { return drive(begun(steps, children)); }
    run::RunRow claimed(const std::string& run_id) { return std::get<run::Owned>(book.claim(run_id)).run; }
    /// "a completed, b#2 failed; failed"
    static std::string words(const run::RunRow& row) {
        std::string text;
        for (const auto& record : row.steps)
            text += record.step + (record.attempt > 1 ? "#" + std::to_string(record.attempt) : "") + " " +
                    std::string{run::to_text(record.status)} + ", ";
        return text + std::string{run::to_text(row.status)};
    }
    std::size_t count(const std::string& call) const {
        return static_cast<std::size_t>(std::count(invoker.calls.begin(), invoker.calls.end(), call) +
                                        std::count(lambdas.calls.begin(), lambdas.calls.end(), call));
    }
};

} // namespace spine::test
