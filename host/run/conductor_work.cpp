#include "run/conductor_hand.hpp"

#include "error.hpp"
#include "run/pipeline_step.hpp"
#include "run/step_end.hpp"
#include "run/unreadable.hpp"
#include "workflow/course.hpp"
#include "workflow/json.hpp"
#include "workflow/parameters.hpp"

#include <utility>

namespace spine::run {

namespace json = boost::json;

namespace {

/// What one step may leave in the journal; more belongs into a dataset.
constexpr std::size_t result_bytes_max = std::size_t{1} << 20;

StepEnd end_of(const workflow::Pipeline& pipeline, const Ended& done) {
    StepEnd end;
    end.reason = done.reason;
    end.partitions = done.partitions;
    end.execution_id = done.execution_id;
    switch (done.how) {
    case Ended::How::completed: end.status = StepStatus::completed; break;
    case Ended::How::skipped: end.status = StepStatus::skipped; break;
    case Ended::How::failed: end.status = StepStatus::failed; break;
    case Ended::How::cancelled: end.status = StepStatus::cancelled; break;
    }
    if (end.status == StepStatus::completed || end.status == StepStatus::skipped) {
        end.output = step_output(done.outputs, end.status == StepStatus::skipped, done.reason);
        end.updates = exported(pipeline, done.outputs);
    } else {
        end.output = done.outputs;
        end.failure = done.failure;
    }
    return end;
}

Ended ended_as(const Result& result) {
    Ended end;
    end.execution_id = result.execution_id;
    end.reason = result.reason;
    end.outputs = result.outputs;
    end.failure = result.failure;
    end.partitions = result.partitions;
    switch (result.status) {
    case Result::Status::completed: end.how = Ended::How::completed; break;
    case Result::Status::skipped:
    case Result::Status::planned: end.how = Ended::How::skipped; break;
    case Result::Status::withheld: // the run stops at it as at any other failed gate
    case Result::Status::failed: end.how = Ended::How::failed; break;
    case Result::Status::cancelled: end.how = Ended::How::cancelled; break;
    }
    return end;
}

bool same(const Ended& one, const Ended& other) {
    return one.how == other.how && one.execution_id == other.execution_id && one.reason == other.reason && one.outputs == other.outputs &&
           one.failure == other.failure && one.partitions == other.partitions;
}

std::size_t bytes_of(const StepEnd& end) {
    return workflow::json_text(end.output).size() + workflow::json_text(end.updates).size() + workflow::json_text(end.quality).size() +
           workflow::json_text(end.events).size() + workflow::json_text(end.requests).size();
}

} // namespace

/// Decides for a run inside the commit of one of its pipeline steps.
class Conductor::Stage::StepTurn final : public Turn {
public:
    StepTurn(Stage& stage, Hand& hand, PlayPointer pointer, std::shared_ptr<Doing> doing, const workflow::Pipeline& pipeline)
        : by{&hand}, stage_{stage}, pointer_{std::move(pointer)}, play_{*pointer_}, doing_{std::move(doing)}, pipeline_{pipeline} {}
    ~StepTurn() override {
        if (held_)
            StepTurn::give_back(false);
    }
    StepTurn(const StepTurn&) = delete;
    StepTurn& operator=(const StepTurn&) = delete;

    void take() override {
        std::unique_lock turn{play_.turn};
        decided_.reset();
        now_ = stage_.band_.clock.now();
        // What is due by the time may rest on what others said: it is not decided inside of this commit.
        if (play_.state && !play_.state->wakes.empty() && play_.state->wakes.begin()->first <= now_)
            if (auto other = stage_.settle(*by, pointer_, stage_.looking(*by, play_), Kind::look))
                stage_.enqueue({pointer_, std::move(other), std::nullopt});
        if (!play_.state)
            lost_ = !stage_.fold_anew(*by, pointer_);
        turn.release(); // given back below
        held_ = true;
    }

    std::optional<Along> follow(const Ended& ended) {
        {
            const std::lock_guard lock{stage_.mutex_};
            if (doing_->given_up)
                return std::nullopt; // its end is recorded already, and its own fence is gone
        }
        if (decided_ && same(ended, ended_))
            return along_;
        if (decided_) { // what was asked for first could not be committed
            play_.state.reset();
            // Inside of the commit nothing else is written: without a fence that holds, nothing is, and the next one to fold the run sets it aside.
            unreadable_ = why_unreadable([&] { lost_ = !stage_.fold_as_recorded(*by, play_); }).has_value();
        }
        ended_ = ended;
        end = end_of(pipeline_, ended);
        if (lost_ || unreadable_) { // the store will see that it is
            along_ = {};
            along_.run_id = play_.run_id;
            along_.fence = unreadable_ ? no_fence : play_.fence;
            return along_;
        }
        if (stage_.ending())
            hold(*play_.state);
        stage_.heed_time(play_);
        play_.decided_at = now_;
        decided_ = end_step(*play_.state, doing_->start.path, end, now_);
        stage_.complete(play_, decided_->along);
        if (decided_->stop_running)
            stage_.stop_running(play_);
        along_ = stage_.merged(play_, std::move(decided_->along));
        return along_;
    }

    void give_back(bool followed) noexcept override {
        try {
            if (followed && decided_) {
                stage_.forget(play_, *doing_);
                stage_.acknowledged(pointer_, along_);
                next = stage_.go_on(*by, pointer_, std::move(decided_->starts), decided_->stops);
                written = true;
            } else if (decided_) {
                play_.state.reset();
            }
        } catch (...) {
            error = std::current_exception();
        }
        decided_.reset();
        held_ = false;
        play_.turn.unlock();
    }

    Hand* by; ///< the hand of the thread that has it
    StepEnd end;
    std::shared_ptr<Doing> next;
    bool written = false;
    std::exception_ptr error; ///< of what was to follow the commit

private:
    Stage& stage_;
    PlayPointer pointer_;
    Play& play_;
    std::shared_ptr<Doing> doing_;
    const workflow::Pipeline& pipeline_;
    env::TimePoint now_{};
    bool held_ = false;
    static constexpr std::int64_t no_fence = -1;
    bool lost_ = false;
    bool unreadable_ = false;
    std::optional<Decided> decided_;
    Ended ended_;
    Along along_;
};

std::shared_ptr<Doing> Conductor::Stage::do_step(Hand& hand, const PlayPointer& play, const std::shared_ptr<Doing>& doing) {
    {
        const std::lock_guard lock{mutex_};
        if (play->over || error_) {
            play->doing.erase(doing->start.path);
            return nullptr;
        }
        doing->working = true;
        doing->guest = process::this_guest();
        if (doing->start.deadline) {
            told_ = true;
            news_.notify_all();
        }
    }
    if (ending()) {
        auto failure = final_failure("interrupted before it began", "", unit::Category::cancelled);
        failure.exit_code = spine::exit_code(ErrorCode::interrupted);
        const std::lock_guard turn{play->turn};
        return ended(hand, play, *doing, failed_end(std::move(failure)), Kind::end);
    }
    tell(*play, *doing, nullptr);
    return std::holds_alternative<workflow::PipelineStep>(doing->start.step.kind) ? do_pipeline(hand, play, doing) : do_lambda(hand, play, doing);
}

/// Whether nobody wants to know how it ended.
bool Conductor::Stage::dropped(Doing& doing, Play& play) {
    const std::lock_guard lock{mutex_};
    if (doing.given_up) {
        --stuck_;
        for (auto& worker : threads_)
            worker->stuck = worker->stuck && worker->guest != doing.guest;
    } else if (play.over)
        play.doing.erase(doing.start.path);
    return doing.given_up || play.over;
}

std::shared_ptr<Doing> Conductor::Stage::do_pipeline(Hand& hand, const PlayPointer& play, const std::shared_ptr<Doing>& doing) {
    const auto& start = doing->start;
    const auto record = [&](const StepEnd& end) {
        const std::lock_guard turn{play->turn};
        return ended(hand, play, *doing, end, Kind::end);
    };
    const auto& name = std::get<workflow::PipelineStep>(start.step.kind).pipeline;
    const auto* pipeline = band_.catalogue.find_pipeline(name);
    if (pipeline == nullptr)
        return record(failed_end(final_failure("there is no pipeline '" + name + "'", "", unit::Category::configuration)));
    auto bound = workflow::bind(pipeline->parameters, given_to(*pipeline, start.base, start.params));
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&bound))
        return record(faulty_end(*faults));

    const auto turn = std::make_shared<StepTurn>(*this, hand, play, doing, *pipeline);
    Wish wish;
    wish.pipeline = pipeline;
    wish.params = std::move(std::get<json::object>(bound));
    wish.run_id = play->run_id;
    wish.step = start.path;
    wish.generation = start.generation;
    wish.attempt = start.attempt;
    wish.once = true;
    wish.folder = play->folder;
    wish.cancel = &doing->token;
    wish.turn = turn.get();
    wish.follow = [turn = turn.get()](const Ended& end) { return turn->follow(end); };
    wish.begun = [&](const std::string& execution_id) {
        const std::lock_guard lock{mutex_};
        doing->execution_id = execution_id;
    };
    auto work = hand.runner.work(wish);
    if (auto* uncommitted = std::get_if<Uncommitted>(&work))
        return commit_step(hand, play, doing, std::make_shared<Committing>(Committing{turn, std::move(*uncommitted), {}}));
    const auto& done = std::get<Result>(work);
    if (turn->error)
        std::rethrow_exception(turn->error);
    if (turn->written) {
        tell(*play, *doing, &turn->end);
        return std::move(turn->next);
    }
    if (dropped(*doing, *play))
        return nullptr;
    if (done.run_lost) {
        forget(*play, *doing);
        lose(play);
        return nullptr;
    }
    return record(end_of(*pipeline, ended_as(done)));
}

/// The work of a step that its run alone guards is done. While it is being committed this thread does something else, unless other steps of the run
/// might want the turn meanwhile: then all threads could wait for it, and none be left to give it back.
std::shared_ptr<Doing> Conductor::Stage::commit_step(Hand& hand,
                                                     const PlayPointer& play,
                                                     const std::shared_ptr<Doing>& doing,
                                                     const std::shared_ptr<Committing>& committing) {
    committing->turn->take();
    bool goes_on = false;
    {
        const std::lock_guard lock{mutex_};
        goes_on = settings_.threads > 0 && play->doing.size() == 1 && !closing_ && !error_;
        committing_ += goes_on ? 1 : 0;
    }
    const auto then = [this, play, doing, committing](std::variant<unit::Commit, std::exception_ptr> how) {
        committing->how = std::move(how);
        enqueue({play, doing, std::nullopt, committing, band_.clock.monotonic()});
        const std::lock_guard lock{mutex_};
        if (--committing_ == 0)
            committed_.notify_all();
    };
    auto& work = committing->work;
    try {
        auto handed = goes_on ? work.unit->commit_later(work.outcome, then) : unit::Unit::InPlace{};
        if (std::holds_alternative<unit::Unit::Later>(handed))
            return nullptr;
        if (auto* commit = std::get_if<unit::Commit>(&handed))
            committing->how = std::move(*commit);
        else
            committing->how = work.unit->commit(work.outcome);
    } catch (...) {
        committing->how = std::current_exception();
    }
    if (goes_on) {
        const std::lock_guard lock{mutex_};
        if (--committing_ == 0)
            committed_.notify_all();
    }
    return step_committed(hand, play, doing, *committing);
}

/// It is known how the commit of a step went that its run alone guards.
std::shared_ptr<Doing>
Conductor::Stage::step_committed(Hand& hand, const PlayPointer& play, const std::shared_ptr<Doing>& doing, Committing& committed) {
    auto& turn = *committed.turn;
    turn.by = &hand;
    const auto* commit = std::get_if<unit::Commit>(&committed.how);
    turn.give_back(commit != nullptr && std::holds_alternative<unit::Committed>(*commit));
    if (turn.error)
        std::rethrow_exception(turn.error);
    if (turn.written) {
        tell(*play, *doing, &turn.end);
        return std::move(turn.next);
    }
    if (const auto* error = std::get_if<std::exception_ptr>(&committed.how)) {
        try {
            std::rethrow_exception(*error);
        } catch (const Error& known) {
            if (known.code() != ErrorCode::unavailable)
                throw;
        }
    }
    if (dropped(*doing, *play))
        return nullptr;
    if (commit != nullptr && std::holds_alternative<unit::Fenced>(*commit)) {
        forget(*play, *doing);
        lose(play);
        return nullptr;
    }
    // Somebody answered meanwhile, or the store did not: the work is done, and its end is decided anew.
    const std::lock_guard held{play->turn};
    return ended(hand, play, *doing, turn.end, Kind::end);
}

std::shared_ptr<Doing> Conductor::Stage::do_lambda(Hand& hand, const PlayPointer& play, const std::shared_ptr<Doing>& doing) {
    auto end = call_lambda(hand, play, *doing);
    const std::lock_guard turn{play->turn};
    if (dropped(*doing, *play))
        return nullptr;
    if (!play->state && !fold_anew(hand, play)) {
        forget(*play, *doing);
        lose(play);
        return nullptr;
    }
    judge(*play->state, doing->start.path, band_.catalogue, band_.spawnable, end);
    return ended(hand, play, *doing, end, Kind::result);
}

StepEnd Conductor::Stage::call_lambda(Hand& hand, const PlayPointer& pointer, Doing& doing) {
    auto& play = *pointer;
    auto& start = doing.start;
    const auto& name = std::get<workflow::LambdaStep>(start.step.kind).handler;
    const auto* handler = band_.catalogue.find_handler(name);
    if (handler == nullptr)
        return failed_end(final_failure("there is no lambda '" + name + "'", "", unit::Category::configuration));
    auto config = workflow::bind(handler->config, start.config);
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&config))
        return faulty_end(*faults);
    LambdaCall call{std::move(start.params), std::move(std::get<json::object>(config)), {}};
    call.run_id = play.run_id;
    call.step = start.path;
    call.attempt = start.attempt;
    call.generation = start.generation;
    call.begun = band_.clock.now();
    call.cancel = &doing.token;
    bool lent = false;
    {
        const std::lock_guard turn{play.turn};
        if (play.state) {
            {
                const std::lock_guard lock{mutex_};
                lent = play.doing.size() == 1 && start.item_outputs.empty();
            }
            // Lent for the call when nobody else looks at them: the outputs of a long run are too many to be copied for each step.
            if (lent) {
                call.outputs = std::move(play.state->outputs);
                play.state->outputs = json::object{};
                play.borrower = &doing;
            } else {
                call.outputs = play.state->outputs;
            }
        }
    }
    for (const auto& member : start.item_outputs)
        call.outputs[member.key()] = member.value();
    auto answer = band_.lambdas.call(*handler, call, hand.bench->executions().state());
    if (lent) {
        const std::lock_guard turn{play.turn};
        if (play.borrower == &doing) {
            play.state->outputs = std::move(call.outputs);
            play.borrower = nullptr;
        }
    }
    doing.log = std::move(answer.log);
    auto end = end_of(std::move(answer));
    if (end.failure) {
        as_told(*end.failure, doing.token);
        if (end.failure->category == unit::Category::cancelled && doing.token.cancelled())
            end.status = StepStatus::cancelled;
    }
    if (const auto bytes = bytes_of(end); bytes > result_bytes_max)
        return failed_end(final_failure("lambda '" + handler->name + "' answered with " + std::to_string(bytes) + " bytes; at most " +
                                        std::to_string(result_bytes_max) + " are kept",
                                    "a lambda checks and decides; data belongs into a pipeline's tables",
                                    unit::Category::resource));
    return end;
}

/// A step has ended, and nothing of it is written yet. The turn is held.
std::shared_ptr<Doing>
Conductor::Stage::ended(Hand& hand, const PlayPointer& play, const Doing& doing, const StepEnd& end, Kind kind) {
    const auto& start = doing.start;
    forget(*play, doing);
    auto next = settle(
        hand,
        play,
        [&](State& state) {
            const auto at = locate(state, start.path);
            const bool runs = at && at->state().status == StepStatus::running && at->state().attempt == start.attempt;
            if (!runs) // was written by a commit that was in doubt
                return wake(state, band_.clock.now(), hand.runs().outside(play->run_id));
            auto decided = end_step(state, start.path, end, band_.clock.now());
            for (auto& record : decided.along.steps)
                if (record.step == start.path && record.attempt == start.attempt && record.status != StepStatus::running)
                    record.log = doing.log;
            return decided;
        },
        kind);
    tell(*play, doing, &end);
    return next;
}

void Conductor::Stage::tell(const Play& play, const Doing& doing, const StepEnd* end) {
    if (!band_.news)
        return;
    StepNews news;
    news.run_id = play.run_id;
    news.step = doing.start.path;
    news.type = workflow::type_of(doing.start.step);
    if (end != nullptr) {
        news.ended = true;
        news.status = end->status;
        news.reason = end->reason;
    }
    const std::lock_guard lock{telling_};
    band_.news(news);
}

} // namespace spine::run
