/// A plugin as a script: what each pipeline does is a function that the test hands in.
#pragma once

#include "run/invoker.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace spine::test {

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
        calls.push_back(last(call.pipeline->name));
        return work.at(calls.back())({call, unit, dispatch, cancel});
    }

private:
    static std::string last(const std::string& name) { return name.substr(name.rfind('.') + 1); }
};

} // namespace spine::test
