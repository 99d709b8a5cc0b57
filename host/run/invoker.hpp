/// What the runner asks of whoever can call a plugin.
#pragma once

#include "run/journal.hpp"
#include "unit/outcome.hpp"

#include <atomic>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>

namespace spine::run {

/// Set from any thread or signal handler; seen by the plugin at its next host call. One step's token hangs on its process's: when that one is
/// set, so is this. Lives: not longer than the one that it hangs on.
class CancelToken {
public:
    enum class Why { not_cancelled, cancelled, timed_out };
    CancelToken() = default;
    explicit CancelToken(const CancelToken* above) noexcept : above_{above} {}

    /// The first reason stays.
    void cancel(Why why = Why::cancelled) noexcept {
        auto none = Why::not_cancelled;
        why_.compare_exchange_strong(none, why, std::memory_order_relaxed);
    }
    bool cancelled() const noexcept { return why() != Why::not_cancelled; }
    Why why() const noexcept {
        const auto own = why_.load(std::memory_order_relaxed);
        return own != Why::not_cancelled || above_ == nullptr ? own : above_->why();
    }

private:
    std::atomic<Why> why_{Why::not_cancelled};
    const CancelToken* above_ = nullptr;
};

/// How far an attempt is, for a terminal. `total` 0: unknown.
struct Progress {
    std::string pipeline;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::string what;
};
using ProgressSink = std::function<void(const Progress&)>;

/// How a child of a composite ended.
struct ChildResult {
    enum class State { completed, skipped, failed, cancelled, planned } state = State::failed;
    std::string execution_id;
    std::string reason;
    boost::json::object outputs;
    std::optional<unit::Failure> failure;
};
/// Does another pipeline of the same plugin (full or bare name) as a child of the attempt.
using Dispatch = std::function<ChildResult(const std::string& pipeline, const boost::json::object& params)>;

struct Call {
    const workflow::Pipeline* pipeline = nullptr;
    boost::json::object params;
    std::string execution_id;
    std::string batch_id;
    std::string created_at;
    int attempt = 1;
    bool force = false;
    bool dry = false;
    std::string folder; ///< from which relative paths are meant; empty: the working directory
    /// Of a workflow's step: with the generation what external systems know this work by, whichever attempt does it.
    std::string run_id{}; ///< empty: no workflow
    std::string step{};   ///< its path
    int generation = 1;
};

/// What a plan callback said; inputs are unresolved wishes of the plugin already resolved against the state.
using Planned = std::variant<Plan, unit::Failure>;

/// Threads: one call at a time. Fails: throws Error{internal} only for host bugs; a plugin's failures are values.
class Invoker {
public:
    virtual ~Invoker() = default;
    /// Asks the plugin's `plan`; only for pipelines that have one. Digests are left to the caller.
    virtual Planned plan(const Call& call, unit::State& state) = 0;
    /// Does the work through the unit; commits nothing. A composite's effects are its children's.
    virtual unit::Outcome invoke(const Call& call, unit::Unit& unit, const Dispatch& dispatch,
                                 const CancelToken& cancel, const ProgressSink& progress) = 0;
};

} // namespace spine::run
