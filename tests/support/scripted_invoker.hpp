/// A plugin as a script: what each pipeline does is a function that the test hands in.
#pragma once

#include "run/invoker.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace spine::test {

/// Threads: any.
class ScriptedInvoker final : public run::Invoker {
public:
    struct Work {
        const run::Call& call;
        unit::Unit& unit;
        const run::Dispatch& dispatch;
        const run::CancelToken& cancel;
    };
    using Do = std::function<unit::Outcome(const Work&)>;
    using Think = std::function<run::Planned(const run::Call&, unit::State&)>;

    std::map<std::string, Do> work;   ///< by the pipeline's last name
    std::map<std::string, Think> plans;
    std::vector<std::string> calls;   ///< names in the order they were called

    run::Planned plan(const run::Call& call, unit::State& state) override {
        return plans.at(last(call.pipeline->name))(call, state);
    }
    unit::Outcome invoke(const run::Call& call,
                         unit::Unit& unit,
                         const run::Dispatch& dispatch,
                         const run::CancelToken& cancel,
                         const run::ProgressSink&) override {
        const auto name = last(call.pipeline->name);
        {
            const std::lock_guard lock{mutex_};
            calls.push_back(name);
        }
        return work.at(name)({call, unit, dispatch, cancel});
    }

private:
    std::mutex mutex_;
    static std::string last(const std::string& name) { return name.substr(name.rfind('.') + 1); }
};

} // namespace spine::test
