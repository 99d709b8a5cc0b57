#include "control/control.hpp"

#include "control/watched_run.hpp"
#include "error.hpp"
#include "process/guests.hpp"

#include <utility>

namespace spine::control {
namespace {

/// Only the plugin whose work it is: the state of another one's tables must not keep it from running.
workflow::Catalogue only_plugin_of(const workflow::Catalogue& catalogue, const workflow::Pipeline& pipeline) {
    workflow::Catalogue own;
    if (const auto* plugin = catalogue.find_plugin(pipeline.plugin))
        own.plugins.push_back(*plugin);
    return own;
}

} // namespace

workflow::Diagnostic unknown_pipeline(const workflow::Catalogue& catalogue, const std::string& name) {
    std::string candidates;
    for (const auto& plugin : catalogue.plugins)
        for (const auto& pipeline : plugin.pipelines)
            if (pipeline.name.ends_with("." + name))
                candidates += (candidates.empty() ? "" : ", ") + pipeline.name;
    workflow::Diagnostic fault;
    fault.where = "pipeline '" + name + "'";
    if (!candidates.empty()) {
        fault.message = "is the last part of several names";
        fault.hint = "say which: " + candidates;
    } else {
        const auto meant = catalogue.nearest_pipeline(name);
        fault.message = "is unknown";
        if (!meant.empty())
            fault.hint = "did you mean '" + meant + "'?";
        else if (catalogue.refused.size() == 1)
            fault.hint = "a plugin file was refused: " + catalogue.refused.front().reason;
        else if (!catalogue.refused.empty())
            fault.hint = std::to_string(catalogue.refused.size()) + " plugin files were refused, one of them " +
                         catalogue.refused.front().reason + "; 'spine plugin list' says why the others";
        else
            fault.hint = "'spine pipeline list' shows what there is";
    }
    return fault;
}

RunAnswer run_pipeline(const RunRequest& request, env::Clock& clock, env::Random& random, Stores& stores,
                       Libraries& libraries, const run::CancelToken& cancel, const run::ProgressSink& progress) {
    auto& library = libraries.get();
    const auto& catalogue = library.catalogue();
    const auto* pipeline = catalogue.find_pipeline(request.pipeline);
    if (pipeline == nullptr)
        return BadRequest{spine::exit_code(ErrorCode::not_found), {unknown_pipeline(catalogue, request.pipeline)}};
    auto bound = workflow::bind(pipeline->parameters, request.params);
    if (auto* faults = std::get_if<workflow::Diagnostics>(&bound))
        return BadRequest{spine::exit_code(ErrorCode::invalid), std::move(*faults)};

    RunReport report;
    report.pipeline = pipeline;
    report.params = std::get<boost::json::object>(std::move(bound));
    const auto store = stores.open(request.dry ? Access::read : Access::write);
    const auto own = only_plugin_of(catalogue, *pipeline);
    report.migrated = store->info(own).pending;
    if (!request.dry && !report.migrated.empty())
        report.migrated = store->migrate(own).applied;
    auto& journal = store->journal(catalogue);
    report.result = execute_watched(
        [&](const run::CancelToken& token, const std::function<void(const std::string&)>& begun) {
            run::Runner runner{clock, random, journal, library.invoker(), catalogue, run::RetryPolicy{}, token, progress};
            run::Wish wish{pipeline, report.params, request.force, request.dry};
            wish.begun = begun;
            return runner.execute(wish);
        },
        journal, cancel, clock, process::grace);
    store->close();
    return report;
}

int exit_code(const run::Result& result) {
    using Status = run::Result::Status;
    constexpr int failed = spine::exit_code(ErrorCode::internal);
    constexpr int interrupted = spine::exit_code(ErrorCode::interrupted);
    switch (result.status) {
    case Status::completed:
    case Status::skipped:
    case Status::planned: return 0;
    case Status::withheld:
    case Status::failed:
        return result.failure && result.failure->exit_code != 0 ? result.failure->exit_code : failed;
    case Status::cancelled:
        return result.failure && result.failure->exit_code == interrupted ? interrupted : failed;
    }
    return failed;
}

} // namespace spine::control
