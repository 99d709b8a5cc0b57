/// Does one execution from wish to end: plan, start, work, commit; again when superseded, again when a failure may be
/// retried; and the children of composites, one after the other.
#pragma once

#include "env/ids.hpp"
#include "run/invoker.hpp"
#include "run/journal.hpp"

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace spine::run {

struct RetryPolicy {
    int attempts_max = 3;
    std::chrono::milliseconds delay_first{200};
    double multiplier = 4.0;
    std::chrono::milliseconds delay_max{10'000};
};
/// The wait before `attempt` (2 is the first retry), or nullopt if none is left; jitter in [0, 1).
std::optional<std::chrono::milliseconds> delay_before(const RetryPolicy& policy, const unit::Failure& failure,
                                                      int attempt, double jitter);

/// The digest of what a stage is made from: captures, how those rows were made, the calculation's version and the
/// parameters that shape the rows.
std::string inputs_digest(const workflow::Pipeline& pipeline, const boost::json::object& params,
                          const std::vector<unit::Input>& inputs, std::uint32_t output);

struct Result {
    enum class Status { completed, skipped, failed, cancelled, planned } status = Status::failed;
    std::string execution_id;
    std::string batch_id;
    std::string reason; ///< why it was skipped or would be done
    boost::json::object outputs;
    std::optional<unit::Failure> failure;
    int attempts = 0;
    std::chrono::milliseconds duration{0};
    /// Children of a composite in the order of their dispatch.
    struct Child {
        std::string pipeline;
        boost::json::object params;
        ChildResult result;
    };
    std::vector<Child> children;
};

struct Wish {
    const workflow::Pipeline* pipeline = nullptr;
    boost::json::object params; ///< canonical
    bool force = false;
    bool dry = false;
};

/// Threads: one at a time. Lives: not longer than what it is made of. Fails: throws Error{unavailable, commit_failed}.
class Runner {
public:
    Runner(env::Clock& clock, env::Random& random, Journal& journal, Invoker& invoker,
           const workflow::Catalogue& catalogue, RetryPolicy retry, const CancelToken& cancel, ProgressSink progress);
    Result execute(const Wish& wish);

private:
    struct Parent;
    Result execute(const Wish& wish, const Parent* parent);
    Result attempt_until_done(const Wish& wish, const Request& request, Started started, const Parent* parent,
                              bool& again);
    Result rehearse(const Wish& wish, const Parent* parent);
    Planned plan(const Wish& wish, const Call& call);
    Dispatch dispatcher(const Wish& wish, const Call& call, const Parent* parent, std::vector<Result::Child>& children);

    env::Clock& clock_;
    env::Random& random_;
    Journal& journal_;
    Invoker& invoker_;
    const workflow::Catalogue& catalogue_;
    RetryPolicy retry_;
    const CancelToken& cancel_;
    ProgressSink progress_;
    /// Stages that a dry run has found to be done: "domain|partition|stage".
    std::set<std::string> rehearsed_;
};

} // namespace spine::run
