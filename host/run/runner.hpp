/// Does one execution from wish to end: plan, start, work, commit; again when superseded, again when a failure may be
/// retried; and the children of composites, one after the other.
#pragma once

#include "env/ids.hpp"
#include "run/invoker.hpp"
#include "run/journal.hpp"
#include "run/rehearsed_state.hpp"
#include "run/retry.hpp"

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace spine::run {

struct Result {
    /// withheld: its rows are there, but a check failed and nothing was published; `failure` says which.
    enum class Status { completed, skipped, withheld, failed, cancelled, planned } status = Status::failed;
    std::string execution_id;
    std::string batch_id;
    std::string reason; ///< why it was skipped or would be done
    boost::json::object outputs;
    std::optional<unit::Failure> failure;
    int attempts = 0;
    std::chrono::milliseconds duration{0};
    bool followed = false; ///< what `Wish::follow` wanted written is on disk
    bool fenced = false;   ///< its execution was taken away from it: nothing was written
    bool run_lost = false; ///< the run was taken over or cancelled meanwhile: this process has nothing more to say about it
    std::vector<unit::Partition> partitions; ///< planned or claimed
    /// Children of a composite in the order of their dispatch.
    struct Child {
        std::string pipeline;
        boost::json::object params;
        ChildResult result;
    };
    std::vector<Child> children;
};

/// A step whose work is done and whose commit nobody need wait for: see unit::Unit::commit_later.
struct Uncommitted {
    std::unique_ptr<unit::Unit> unit;
    unit::Outcome outcome;
};

/// The right to decide for a run: taken before a write that may ask `Wish::follow`, and given back once it is known how that went.
class Turn {
public:
    virtual ~Turn() = default;
    virtual void take() = 0;
    /// `followed`: what `follow` gave last is on disk; otherwise it is not.
    virtual void give_back(bool followed) noexcept = 0;
};

struct Wish {
    const workflow::Pipeline* pipeline = nullptr;
    boost::json::object params; ///< canonical
    bool force = false;
    bool dry = false;
    std::string run_id{}; ///< of the workflow run whose step this is; empty: none
    std::string step{};   ///< its path
    int generation = 1;   ///< of the run
    bool once = false;    ///< one attempt: the run decides about another one
    std::string folder{}; ///< from which relative paths are meant; empty: the working directory
    Follow follow{};      ///< what the run writes with the end of this
    int attempt = 0;      ///< of the run's step, told to the plugin; 0: the execution's own counts
    const CancelToken* cancel = nullptr; ///< of this alone, outlives it; null: the runner's
    Turn* turn = nullptr; ///< outlives it; null: nobody else decides for the run
    std::function<void(const std::string& execution_id)> begun{}; ///< called once its start is on disk
};

/// The failure of an attempt that was told to stop is what it was told: that its time was over, or that it was cancelled.
void as_told(unit::Failure& failure, const CancelToken& cancel);

/// Threads: one at a time. Lives: not longer than what it is made of. Fails: throws Error{unavailable, commit_failed}.
class Runner {
public:
    Runner(env::Clock& clock, env::Random& random, Journal& journal, Invoker& invoker,
           const workflow::Catalogue& catalogue, RetryPolicy retry, const CancelToken& cancel, ProgressSink progress);
    Result execute(const Wish& wish);
    /// The same for a step of a run, which comes back uncommitted when its run alone guards it: whoever asked then takes the turn, commits and gives
    /// the turn back. `wish.follow` must outlive the commit; `wish.once` must be set.
    std::variant<Result, Uncommitted> work(const Wish& wish);

private:
    struct Parent;
    Result execute(const Wish& wish, const Parent* parent);
    Result rehearse(const Wish& wish, const Parent* parent);
    /// Attempts until one ends the execution; nullopt when it was superseded and the work is due again.
    std::optional<Result> attempt(const Wish& wish, const Request& request, Started started, const Parent* parent,
                                  bool& retrying);
    Dispatch dispatcher(const Wish& wish, const Call& call, const Parent* parent, Result& result);
    ChildResult child(const Wish& wish, const Parent& parent, const std::string& pipeline,
                      const boost::json::object& params, Result& result);
    bool wait(std::chrono::milliseconds duration);
    /// A write of a run's step; an unavailable store is asked a few times more.
    template <typename Write> auto persist(const Wish& wish, const Write& write) -> decltype(write());

    env::Clock& clock_;
    env::Random& random_;
    env::Ids ids_;
    Journal& journal_;
    Invoker& invoker_;
    const workflow::Catalogue& catalogue_;
    RetryPolicy retry_;
    const CancelToken& process_;
    const CancelToken* cancel_; ///< of what is being done
    std::optional<Uncommitted>* leave_uncommitted_ = nullptr; ///< where what is done is put, for who commits it himself
    ProgressSink progress_;
    RehearsedState rehearsed_; ///< what a dry run has found would be done
};

} // namespace spine::run
