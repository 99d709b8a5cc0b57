/// The sample plugin on a real store: `read` takes a source, `total` follows it, `all` is a composite of both.
#pragma once

#include "../store/store_fixture.hpp"
#include "run/runner.hpp"
#include "support/scripted_invoker.hpp"

#include <string>

namespace spine::test {

struct RunnerFixture : StoreFixture {
    Process here = process();
    ScriptedInvoker invoker;
    run::CancelToken cancel;
    Rows source{{"A", 1}};

    RunnerFixture() {
        invoker.plans["read"] = [](const run::Call& call, unit::State&) -> run::Planned {
            run::Plan plan;
            plan.outputs = {Process::partition(week_of(call))};
            return plan;
        };
        invoker.work["read"] = [this](const auto& work) -> unit::Outcome {
            const auto seen = work.unit.observe(0, {content(), "file:///x", 1, "", ""});
            if (seen.unchanged)
                return unit::Unneeded{"already read", {}};
            auto& sink = work.unit.replace("demo_raw", seen.rowset, {"line", "symbol", "shares"});
            for (std::size_t i = 0; i < source.size(); ++i) {
                sink.integer(0, static_cast<std::int64_t>(i) + 1);
                sink.text(1, source[i].symbol);
                sink.integer(2, source[i].shares);
                sink.end_row();
            }
            const auto rows = static_cast<std::int64_t>(sink.finish());
            work.unit.reached({0, seen.rowset, rows, {}});
            return unit::Done{{{"row_count", rows}}};
        };
        invoker.work["total"] = [](const auto& work) -> unit::Outcome {
            work.unit.reached({0, work.unit.rowset_of(0), 1, {}});
            return unit::Done{{{"row_count", 1}}};
        };
        invoker.work["sleep"] = [](const auto&) -> unit::Outcome { return unit::Done{}; };
        invoker.work["all"] = [](const auto& work) -> unit::Outcome {
            work.dispatch("read", {{"week", "w1"}});
            work.dispatch("total", {{"week", "w1"}});
            return unit::Done{{{"weeks", 1}}};
        };
    }
    std::string content() const {
        std::string text;
        for (const auto& row : source)
            text += row.symbol + std::to_string(row.shares);
        return run::sha256_hex(text);
    }
    static std::string week_of(const run::Call& call) { return std::string{call.params.at("week").as_string()}; }
    run::Result run(const std::string& name, bool dry = false, bool force = false) {
        run::Runner runner{clock, random, here.journal(), invoker, catalogue, {}, cancel, [](const auto&) {}};
        boost::json::object params;
        if (name != "all")
            params["week"] = "w1";
        return runner.execute({catalogue.find_pipeline("demo.weeks." + name), params, force, dry});
    }
    static ScriptedInvoker::Do fails(int times, unit::Category category, unit::Retry retry = unit::Retry::by_category) {
        return [=](const auto& work) -> unit::Outcome {
            if (work.call.attempt > times)
                return unit::Done{};
            unit::Failure failure;
            failure.category = category;
            failure.retry = retry;
            failure.message = "no";
            return failure;
        };
    }
};

} // namespace spine::test
