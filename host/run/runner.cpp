#include "run/runner.hpp"

#include "error.hpp"
#include "run/due.hpp"
#include "run/plan.hpp"
#include "workflow/parameters.hpp"

#include <algorithm>
#include <cctype>

namespace spine::run {

namespace json = boost::json;

namespace {

constexpr int depth_max = 4;
/// How often one wish is planned anew because others committed in between. Each round means that somebody made progress.
constexpr int rounds_max = 50;

unit::Failure conflict(const std::string& message, const std::string& hint) {
    unit::Failure failure;
    failure.category = unit::Category::transient;
    failure.message = message;
    failure.hint = hint;
    failure.retry = unit::Retry::never;
    failure.exit_code = spine::exit_code(ErrorCode::conflict);
    return failure;
}

/// Somebody else has the work: a step of a run looks again later.
unit::Failure taken(const std::string& message, const std::string& hint) {
    auto failure = conflict(message, hint);
    failure.elsewhere = true;
    return failure;
}

/// Whether a composite failed for no other reason than that others have the work of its children.
bool children_are_elsewhere(const std::vector<Result::Child>& children) {
    const auto bad = [](const auto& child) { return child.result.failure.has_value(); };
    return std::any_of(children.begin(), children.end(), bad) &&
           std::all_of(children.begin(), children.end(), [&](const auto& child) { return !bad(child) || child.result.failure->elsewhere; });
}

unit::Failure configuration(const std::string& message, const std::string& hint) {
    unit::Failure failure;
    failure.category = unit::Category::configuration;
    failure.message = message;
    failure.hint = hint;
    failure.exit_code = unit::exit_code(failure.category);
    return failure;
}

/// "backfill_NMS_TIER_1_20260103T041501_1d36ed0e": the pipeline's first word, its enumerated parameters, when, and chance.
std::string batch_name(const workflow::Pipeline& pipeline,
                       const json::object& params,
                       env::TimePoint now,
                       env::Random& random) {
    const auto dot = pipeline.name.rfind('.');
    const auto bare = dot == std::string::npos ? pipeline.name : pipeline.name.substr(dot + 1);
    auto name = bare.substr(0, bare.find('_'));
    for (const auto& parameter : pipeline.parameters)
        if (parameter.required && !parameter.allowed.empty())
            if (const auto* value = params.if_contains(parameter.name);
                value != nullptr && value->is_string())
                name += "_" + std::string{value->get_string()};
    return name + "_" + env::to_stamp(now) + "_" + env::short_id(random);
}

Result failed(unit::Failure failure) {
    Result result;
    result.status = failure.category == unit::Category::cancelled ? Result::Status::cancelled
                                                                  : Result::Status::failed;
    result.failure = std::move(failure);
    return result;
}

/// Has the turn as long as it lives.
class Taken {
public:
    explicit Taken(Turn* turn) : turn_{turn} {
        if (turn_ != nullptr)
            turn_->take();
    }
    ~Taken() {
        if (turn_ != nullptr)
            turn_->give_back(followed);
    }
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;

    bool followed = false;

private:
    Turn* turn_;
};

/// Commits while nobody else decides for the run.
unit::Commit committed(const Wish& wish, unit::Unit& unit, const unit::Outcome& outcome, bool retrying) {
    Taken turn{wish.turn};
    auto commit = unit.commit(outcome);
    turn.followed = wish.follow && !retrying && (std::holds_alternative<unit::Committed>(commit) || std::holds_alternative<unit::Refused>(commit) ||
                                                     std::holds_alternative<unit::Withheld>(commit));
    return commit;
}

constexpr int writes_max = 4;
constexpr std::chrono::milliseconds first_pause{50};

} // namespace

void as_told(unit::Failure& failure, const CancelToken& cancel) {
    failure.elsewhere = failure.elsewhere && !cancel.cancelled();
    if (cancel.why() == CancelToken::Why::timed_out) {
        failure.category = unit::Category::timeout;
        failure.message = "its time was over" + (failure.message.empty() ? "" : ": " + failure.message);
        failure.retry = unit::Retry::by_category;
        failure.exit_code = unit::exit_code(failure.category);
    } else if (cancel.cancelled()) {
        failure.category = unit::Category::cancelled;
        failure.retry = unit::Retry::never;
        failure.exit_code = spine::exit_code(ErrorCode::interrupted);
    }
}

template <typename Write> auto Runner::persist(const Wish& wish, const Write& write) -> decltype(write()) {
    for (int tries = 1;; ++tries) {
        try {
            return write();
        } catch (const Error& error) {
            if (wish.turn == nullptr || error.code() != ErrorCode::unavailable || tries == writes_max)
                throw;
            clock_.sleep(first_pause * (1 << (2 * (tries - 1))));
        }
    }
}

/// The composite on whose behalf a child is done.
struct Runner::Parent {
    const Parent* above = nullptr;
    const workflow::Pipeline* pipeline = nullptr;
    std::string execution_id;
    std::string batch_id;
    int depth = 1;
};

Runner::Runner(env::Clock& clock,
               env::Random& random,
               Journal& journal,
               Invoker& invoker,
               const workflow::Catalogue& catalogue,
               RetryPolicy retry,
               const CancelToken& cancel,
               ProgressSink progress)
    : clock_{clock}, random_{random}, ids_{clock, random}, journal_{journal}, invoker_{invoker}, catalogue_{catalogue},
      retry_{retry}, process_{cancel}, cancel_{&cancel}, progress_{std::move(progress)}, rehearsed_{journal.state()} {}

Result Runner::execute(const Wish& wish) {
    const auto begun = clock_.monotonic();
    cancel_ = wish.cancel != nullptr ? wish.cancel : &process_;
    auto result = wish.dry ? rehearse(wish, nullptr) : execute(wish, nullptr);
    result.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - begun);
    return result;
}

std::variant<Result, Uncommitted> Runner::work(const Wish& wish) {
    std::optional<Uncommitted> uncommitted;
    leave_uncommitted_ = &uncommitted;
    try {
        auto result = execute(wish);
        leave_uncommitted_ = nullptr;
        if (uncommitted)
            return std::move(*uncommitted);
        return result;
    } catch (...) {
        leave_uncommitted_ = nullptr;
        throw;
    }
}

Result Runner::execute(const Wish& wish, const Parent* parent) {
    for (int round = 0; round < rounds_max; ++round) {
        if (cancel_->cancelled()) {
            auto failure = configuration("cancelled before it began", "");
            as_told(failure, *cancel_);
            return failed(failure);
        }
        Request request;
        request.execution_id = ids_.next();
        request.created_at = env::to_text(clock_.now());
        request.batch_id = parent != nullptr        ? parent->batch_id
                           : !wish.run_id.empty() ? wish.run_id
                                                  : batch_name(*wish.pipeline, wish.params, clock_.now(), random_);
        if (!wish.run_id.empty())
            request.trigger = "workflow";
        request.run_id = wish.run_id;
        request.step = wish.step;
        bool retrying = false; // the run hears of an attempt only when no other one follows
        if (wish.once)
            request.follow = wish.follow;
        else if (wish.follow)
            request.follow = [&wish, &retrying](const Ended& end) {
                return retrying ? std::nullopt : wish.follow(end);
            };
        request.parent_execution_id = parent != nullptr ? parent->execution_id : "";
        request.pipeline = wish.pipeline;
        request.plugin = catalogue_.find_plugin(wish.pipeline->plugin);
        request.params = wish.params;
        request.force = wish.force;

        const Call call{wish.pipeline,
                        wish.params,
                        request.execution_id,
                        request.batch_id,
                        request.created_at,
                        std::max(1, wish.attempt),
                        wish.force,
                        false,
                        wish.folder,
                        wish.run_id,
                        wish.step,
                        wish.generation};
        auto planned = plan_of(call, invoker_, catalogue_, journal_.state());
        std::optional<unit::Failure> hopeless;
        if (auto* failure = std::get_if<unit::Failure>(&planned))
            hopeless = std::move(*failure); // is recorded, so that history shows the try
        if (hopeless)
            request.partition = named_partition(catalogue_, *wish.pipeline, wish.params);
        else
            request.plan = std::move(std::get<Plan>(planned));

        auto start = persist(wish, [&] {
            Taken turn{wish.turn};
            auto made = journal_.start(request);
            turn.followed = wish.follow && std::holds_alternative<NotDue>(made);
            return made;
        });
        if (std::holds_alternative<PlanAgain>(start))
            continue;
        if (auto* busy = std::get_if<Busy>(&start))
            return failed(taken(wish.pipeline->name + ": this work is being done by " + busy->holder,
                                "wait until it has ended, then run the command again"));
        if (auto* not_due = std::get_if<NotDue>(&start)) {
            Result result;
            result.status = Result::Status::skipped;
            result.execution_id = not_due->execution_id;
            result.batch_id = not_due->batch_id;
            result.reason = not_due->reason;
            result.outputs = std::move(not_due->outputs);
            result.followed = static_cast<bool>(wish.follow);
            result.partitions = request.plan.outputs;
            return result;
        }
        if (std::holds_alternative<RunLost>(start)) {
            auto lost = failed(conflict(wish.pipeline->name + ": its run was taken over or cancelled", ""));
            lost.run_lost = true;
            return lost;
        }
        if (auto* recorded = std::get_if<Recorded>(&start)) {
            Result result;
            result.status = Result::Status::completed;
            result.execution_id = recorded->execution_id;
            result.batch_id = request.batch_id;
            result.reason = "done before the composite was taken up again";
            result.outputs = std::move(recorded->outputs);
            return result;
        }
        auto& started = std::get<Started>(start);
        if (hopeless) {
            const auto id = started.execution_id;
            const auto batch = started.batch_id;
            const auto commit = persist(wish, [&] { return committed(wish, *started.unit, *hopeless, false); });
            auto result = failed(std::move(*hopeless));
            result.followed = wish.follow && std::holds_alternative<unit::Committed>(commit);
            result.execution_id = started.recorded ? id : std::string{};
            result.batch_id = batch;
            result.attempts = started.attempt;
            return result;
        }
        if (wish.begun)
            wish.begun(started.execution_id);
        if (auto result = attempt(wish, request, std::move(started), parent, retrying))
            return std::move(*result);
    }
    return failed(taken(wish.pipeline->name + ": other processes kept changing its partition",
                        "run the command again when they have ended"));
}

std::optional<Result>
Runner::attempt(const Wish& wish, const Request& request, Started started, const Parent* parent, bool& retrying) {
    for (;;) {
        Result result;
        result.execution_id = started.recorded ? started.execution_id : std::string{};
        result.batch_id = started.batch_id;
        result.attempts = started.attempt;
        const Call call{wish.pipeline,
                        wish.params,
                        started.execution_id,
                        started.batch_id,
                        started.created_at,
                        std::max(started.attempt, wish.attempt),
                        wish.force,
                        false,
                        wish.folder,
                        wish.run_id,
                        wish.step,
                        wish.generation};
        auto outcome = invoker_.invoke(
            call, *started.unit, dispatcher(wish, call, parent, result), *cancel_, progress_);
        if (auto* failure = std::get_if<unit::Failure>(&outcome)) {
            as_told(*failure, *cancel_);
            if (failure->exit_code == spine::exit_code(ErrorCode::conflict) && children_are_elsewhere(result.children))
                failure->elsewhere = true;
        }
        // A composite ends failed if any of its children did; what it found out is kept.
        if (auto* done = std::get_if<unit::Done>(&outcome)) {
            for (const auto& figure : started.unit->figures())
                if (!done->outputs.contains(figure.key()))
                    done->outputs.emplace(figure.key(), figure.value());
            result.outputs = done->outputs;
            const auto bad = std::find_if(
                result.children.begin(), result.children.end(), [](const auto& child) {
                    return child.result.failure.has_value();
                });
            if (bad != result.children.end()) {
                auto failure = *bad->result.failure;
                const auto count = std::count_if(
                    result.children.begin(), result.children.end(), [](const auto& child) {
                        return child.result.failure.has_value();
                    });
                failure.message = std::to_string(count) + " of " +
                                  std::to_string(result.children.size()) +
                                  " children failed, the first of them " + bad->pipeline + ": " +
                                  failure.message;
                failure.retry = unit::Retry::never;
                failure.details = done->outputs;
                failure.elsewhere = children_are_elsewhere(result.children);
                outcome = std::move(failure);
            }
        }
        std::optional<std::chrono::milliseconds> delay;
        if (const auto* failure = std::get_if<unit::Failure>(&outcome))
            delay = wish.once ? std::nullopt : delay_before(retry_, *failure, started.attempt + 1, env::jitter(random_));
        retrying = delay.has_value();
        result.partitions = started.unit->outputs();
        if (leave_uncommitted_ != nullptr && !started.recorded && parent == nullptr) {
            leave_uncommitted_->emplace(Uncommitted{std::move(started.unit), std::move(outcome)});
            return result;
        }
        auto commit = persist(wish, [&] { return committed(wish, *started.unit, outcome, retrying); });
        if (std::holds_alternative<unit::Superseded>(commit))
            return std::nullopt;
        if (auto* fenced = std::get_if<unit::Fenced>(&commit)) {
            auto lost = failed(conflict(wish.pipeline->name + ": " + fenced->reason,
                                        "see spine runs show " + started.execution_id));
            lost.fenced = true;
            lost.execution_id = started.execution_id;
            lost.batch_id = started.batch_id;
            return lost;
        }
        if (auto* refused = std::get_if<unit::Refused>(&commit))
            outcome = std::move(refused->failure);
        result.followed = wish.follow && !retrying;
        if (auto* withheld = std::get_if<unit::Withheld>(&commit)) {
            result.status = Result::Status::withheld;
            result.outputs = std::move(std::get<unit::Done>(outcome).outputs);
            result.failure = std::move(withheld->failure);
            return result;
        }
        if (auto* done = std::get_if<unit::Done>(&outcome)) {
            result.status = Result::Status::completed;
            result.outputs = std::move(done->outputs);
            return result;
        }
        if (auto* unneeded = std::get_if<unit::Unneeded>(&outcome)) {
            result.status = Result::Status::skipped;
            result.reason = std::move(unneeded->reason);
            result.outputs = std::move(unneeded->outputs);
            return result;
        }
        auto& failure = std::get<unit::Failure>(outcome);
        if (delay && wait(*delay)) {
            auto again = journal_.start_again(request, started.execution_id);
            if (again) {
                started = std::move(*again);
                continue;
            }
        }
        result.status = failure.category == unit::Category::cancelled ? Result::Status::cancelled
                                                                      : Result::Status::failed;
        result.failure = std::move(failure);
        return result;
    }
}

bool Runner::wait(std::chrono::milliseconds duration) {
    const auto until = clock_.monotonic() + duration;
    while (clock_.monotonic() < until) {
        if (cancel_->cancelled())
            return false;
        clock_.sleep(std::min<std::chrono::nanoseconds>(until - clock_.monotonic(),
                                                        std::chrono::milliseconds{50}));
    }
    return !cancel_->cancelled();
}

Dispatch
Runner::dispatcher(const Wish& wish, const Call& call, const Parent* parent, Result& result) {
    return [this, &wish, call, parent, &result](const std::string& pipeline,
                                                const json::object& params) {
        const Parent here{parent,
                          wish.pipeline,
                          call.execution_id,
                          call.batch_id,
                          parent == nullptr ? 1 : parent->depth + 1};
        return child(wish, here, pipeline, params, result);
    };
}

ChildResult Runner::child(const Wish& wish,
                          const Parent& parent,
                          const std::string& name,
                          const json::object& params,
                          Result& result) {
    const auto refuse = [&](const std::string& message, const std::string& hint) {
        ChildResult refused;
        refused.failure = configuration(message, hint);
        result.children.push_back({name, params, refused});
        return refused;
    };
    const auto* pipeline = catalogue_.find_pipeline(name);
    if (pipeline == nullptr || pipeline->plugin != wish.pipeline->plugin)
        pipeline = catalogue_.find_pipeline(wish.pipeline->domain + "." + name);
    if (pipeline == nullptr || pipeline->plugin != wish.pipeline->plugin)
        return refuse("'" + name + "' is no pipeline of plugin '" + wish.pipeline->plugin + "'",
                      "a composite may start pipelines of its own plugin only");
    if (parent.depth >= depth_max)
        return refuse("'" + name + "' would be the fifth composite deep",
                      "composites may be nested " + std::to_string(depth_max) + " deep");
    for (const auto* above = &parent; above != nullptr; above = above->above)
        if (above->pipeline == pipeline)
            return refuse("'" + name + "' would start itself", "break the circle");
    auto bound = workflow::bind(pipeline->parameters, params);
    if (auto* faults = std::get_if<workflow::Diagnostics>(&bound)) {
        std::string message;
        for (const auto& fault : *faults)
            message += (message.empty() ? "" : "; ") + fault.where + ": " + fault.message;
        return refuse(message, faults->front().hint);
    }
    Wish below{pipeline, std::get<json::object>(std::move(bound)), wish.force, wish.dry};
    below.folder = wish.folder;
    below.once = wish.once;
    auto done = wish.dry ? rehearse(below, &parent) : execute(below, &parent);

    ChildResult answer;
    switch (done.status) {
    case Result::Status::completed: answer.state = ChildResult::State::completed; break;
    case Result::Status::skipped: answer.state = ChildResult::State::skipped; break;
    case Result::Status::withheld: // a composite goes on as after any other failure
    case Result::Status::failed: answer.state = ChildResult::State::failed; break;
    case Result::Status::cancelled: answer.state = ChildResult::State::cancelled; break;
    case Result::Status::planned: answer.state = ChildResult::State::planned; break;
    }
    answer.execution_id = done.execution_id;
    answer.reason = done.reason;
    answer.outputs = std::move(done.outputs);
    answer.failure = std::move(done.failure);
    result.children.push_back({pipeline->name, below.params, answer});
    return answer;
}

Result Runner::rehearse(const Wish& wish, const Parent* parent) {
    Request request;
    request.execution_id = ids_.next();
    request.created_at = env::to_text(clock_.now());
    request.batch_id = "dry-run";
    request.pipeline = wish.pipeline;
    request.plugin = catalogue_.find_plugin(wish.pipeline->plugin);
    request.params = wish.params;
    request.force = wish.force;
    const Call call{wish.pipeline,
                    wish.params,
                    request.execution_id,
                    request.batch_id,
                    request.created_at,
                    1,
                    wish.force,
                    true,
                    wish.folder};
    auto planned = plan_of(call, invoker_, catalogue_, rehearsed_);
    if (auto* failure = std::get_if<unit::Failure>(&planned))
        return failed(std::move(*failure));
    request.plan = std::move(std::get<Plan>(planned));

    Result result;
    result.batch_id = request.batch_id;
    const auto skip = [&](std::string reason) {
        result.status = Result::Status::skipped;
        result.reason = std::move(reason);
        return std::move(result);
    };
    if (request.plan.unneeded)
        return skip(*request.plan.unneeded);
    std::vector<std::optional<unit::ManifestRow>> recorded;
    for (const auto& output : request.plan.outputs)
        recorded.push_back(recorded_row(rehearsed_, output, wish.pipeline->stage, request.plan.digests.at(recorded.size())));
    const auto due = decide_due(*wish.pipeline, request.plan, recorded, wish.force);
    result.partitions = request.plan.outputs;
    if (!due.any) {
        if (!recorded.empty() && recorded.front())
            result.outputs = recorded.front()->metrics;
        return skip(due.reason);
    }
    result.status = Result::Status::planned;
    result.reason = due.reason;
    request.plan = only_due(request.plan, due);

    // Only a source or a composite must be asked; what is derived is decided by its inputs.
    const bool source_decides =
        !wish.pipeline->stage.empty() &&
        (request.plan.outputs.empty() ||
         std::find(request.plan.digests.begin(), request.plan.digests.end(), "") !=
             request.plan.digests.end());
    auto outputs = request.plan.outputs;
    if (wish.pipeline->composite || source_decides) {
        const auto rehearsal = journal_.rehearse(request);
        auto outcome = invoker_.invoke(
            call, *rehearsal, dispatcher(wish, call, parent, result), *cancel_, progress_);
        if (auto* failure = std::get_if<unit::Failure>(&outcome)) {
            result.status = Result::Status::failed;
            result.failure = std::move(*failure);
            return result;
        }
        outputs = rehearsal->outputs();
        result.partitions = outputs;
        if (auto* unneeded = std::get_if<unit::Unneeded>(&outcome)) {
            if (!outputs.empty())
                if (const auto row = rehearsed_.manifest(outputs.front(), wish.pipeline->stage))
                    result.outputs = row->metrics;
            for (const auto& output : unneeded->outputs)
                result.outputs[output.key()] = output.value();
            return skip(std::move(unneeded->reason));
        }
        result.outputs = std::move(std::get<unit::Done>(outcome).outputs);
        if (wish.pipeline->composite) {
            const bool any_due = std::any_of(
                result.children.begin(), result.children.end(), [](const auto& child) {
                    return child.result.state == ChildResult::State::planned;
                });
            result.reason = any_due ? "some of its children would be done"
                                    : "none of its children is due";
            for (const auto& child : result.children)
                if (child.result.failure && !result.failure) {
                    result.status = Result::Status::failed;
                    result.failure = child.result.failure;
                }
        } else {
            result.reason = wish.force ? "forced" : "its source has new content";
        }
    }
    if (!wish.pipeline->stage.empty() && !request.plan.historic)
        for (const auto& output : outputs)
            rehearsed_.add(output, wish.pipeline->stage);
    return result;
}

} // namespace spine::run
