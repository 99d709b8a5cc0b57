/// A plugin that is linked into the test: what its functions do, a test says at once.
#pragma once

#include "plugin/library.hpp"
#include "spine/plugin.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_unit.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spine::plugin {

using Work = std::function<spine_status(const spine_run*)>;

/// Domain "probe.domain" (alias probe, tables probe_, stages RAW = SOURCE, DONE), keys limit
/// (integer, 5) and colour. Pipelines work, rows (day; needs RAW, reaches DONE), limited (2 s),
/// planned (has a plan), all (composite) and broken (of a serial plugin "serial"); lambda
/// steps.check.
class Probe {
public:
    Probe();
    ~Probe();
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    /// The library; loaded on first use, so that a test may set `configuration` before.
    control::Library& library();
    const workflow::Pipeline& pipeline(const std::string& name);

    unit::Outcome run(const std::string& pipeline, Work work);
    /// The same with the C++ layer and its barrier.
    unit::Outcome attempt(const std::string& pipeline,
                          const std::function<void(spine::Attempt&)>& work);
    run::Planned plan(Work work);
    run::LambdaResult lambda(Work work, const run::LambdaCall& call = {});

    test::ManualClock clock;
    test::MemoryState state;
    test::MemoryUnit unit{state};
    run::CancelToken cancel;
    run::Call call;
    run::Dispatch dispatch;
    run::ProgressSink progress;
    std::map<std::string, std::string> configuration;
    env::Log* log = nullptr; ///< outlives the probe
    Secrets* secrets = nullptr; ///< the test's; the redactor too
    Redactor* redactor = nullptr;

private:
    std::unique_ptr<control::Library> library_;
};

/// The failure of an outcome that must be one.
const unit::Failure& failure_in(const unit::Outcome& outcome);
bool contains(const std::string& text, const std::string& part);

template <typename T> const T* interface_from(const spine_run* run, const char* id) {
    return static_cast<const T*>(run->get_interface(run, spine::str(id)));
}

} // namespace spine::plugin
