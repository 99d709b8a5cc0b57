#include "run/conductor_hand.hpp"

#include "error.hpp"
#include "run/unreadable.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace spine::run {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

constexpr std::size_t threads_max = 256;
/// When a run's turn was somebody else's at that moment.
constexpr nanoseconds soon = milliseconds{5};
/// A commit that went through and that no thread has had time for.
constexpr nanoseconds late = milliseconds{50};

/// One source of chance for all threads.
class SharedRandom final : public env::Random {
public:
    SharedRandom(env::Random& below, std::mutex& mutex) : below_{below}, mutex_{mutex} {}
    std::uint64_t next() override {
        const std::lock_guard lock{mutex_};
        return below_.next();
    }

private:
    env::Random& below_;
    std::mutex& mutex_;
};

/// Real time.
class RealLull final : public Lull {
public:
    void pass(std::unique_lock<std::mutex>& lock, std::condition_variable& news, nanoseconds most, std::size_t) override {
        news.wait_for(lock, most);
    }
};

} // namespace

Conductor::Stage::Stage(Band band, ConductorSettings settings) : band_{std::move(band)}, settings_{settings} {
    settings_.threads = std::min(settings_.threads, threads_max);
    random_ = std::make_unique<SharedRandom>(band_.random, random_mutex_);
    progress_ = [this](const Progress& progress) {
        const std::lock_guard lock{telling_};
        if (band_.progress)
            band_.progress(progress);
    };
    calls_at_ = band_.clock.monotonic() + settings_.look_every;
    notice_clock(band_.clock.now(), band_.clock.monotonic());
}

Conductor::Stage::~Stage() {
    std::deque<Job> left; // turns are given back without the mutex
    {
        const std::lock_guard lock{mutex_};
        closing_ = true;
        left = std::exchange(jobs_, {});
        for (auto& [id, play] : plays_)
            play->token.cancel();
    }
    left.clear();
    jobs_changed_.notify_all();
    for (auto& worker : threads_)
        join_or_forsake(*worker);
}

/// Waits for a thread, unless it does not come back from a plugin: at a step that was given up, or for longer than the grace.
void Conductor::Stage::join_or_forsake(Worker& worker) {
    const auto patient_until = band_.clock.monotonic() + settings_.grace;
    for (std::unique_lock lock{mutex_}; !worker.ended; thread_ended_.wait_for(lock, milliseconds{5}))
        if ((worker.stuck || band_.clock.monotonic() >= patient_until) && process::forsake(worker.guest)) {
            worker.thread.detach();
            return;
        }
    worker.thread.join();
}

bool Conductor::Stage::interrupted() const { return band_.cancel.cancelled(); }

void Conductor::Stage::take(RunRow owned, bool asked_for) {
    auto play = std::make_shared<Play>(band_.cancel);
    play->run_id = owned.run_id;
    play->fence = owned.fence;
    play->parent_run_id = waiter_of(owned);
    {
        const std::lock_guard lock{mutex_};
        if (asked_for)
            asked_for_.push_back(owned.run_id);
        auto& place = plays_[owned.run_id];
        if (place && !place->over && !place->stands_by_until)
            return;
        if (place)
            place->over = true; // it stood by for this
        place = play;
        left_.erase(owned.run_id);
    }
    enqueue({play, nullptr, std::move(owned)});
}

void Conductor::Stage::enqueue(Job job) {
    {
        const std::lock_guard lock{mutex_};
        if (closing_ || error_)
            return; // a turn that the job has is given back with it
        jobs_.push_back(std::move(job));
        const auto wanted = jobs_.size() + threads_.size() - idle_;
        if (threads_.size() < std::min(wanted, settings_.threads + stuck_) && threads_.size() < threads_max)
            add_thread();
        told_ = true;
        if (waking_ < idle_ && waking_ < jobs_.size()) { // one that is on its way takes what is there
            ++waking_;
            jobs_changed_.notify_one();
        }
    }
    if (settings_.threads == 0)
        news_.notify_all();
}

/// The mutex is held. A machine that gives no more threads slows the stage down, and only without any can it not work.
void Conductor::Stage::add_thread() {
    auto worker = std::make_unique<Worker>();
    try {
        worker->thread = std::thread{[this, own = worker.get()] { work(*own); }};
    } catch (const std::system_error& error) {
        if (!threads_.empty())
            return;
        jobs_.clear();
        throw Error{ErrorCode::unavailable, std::string{"no thread can be had: "} + error.what(), "see the limits of the process (ulimit -u), or do less at once"};
    }
    threads_.push_back(std::move(worker));
}

/// The next job for a thread, which waits for one; without threads nullopt means that there is none.
std::optional<Conductor::Stage::Job> Conductor::Stage::next_job() {
    std::unique_lock lock{mutex_};
    if (settings_.threads > 0) {
        while (!closing_ && !error_ && jobs_.empty()) {
            ++idle_;
            jobs_changed_.wait(lock);
            --idle_;
            waking_ -= waking_ > 0 ? 1 : 0;
        }
    }
    if (closing_ || error_ || jobs_.empty())
        return std::nullopt;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    ++working_;
    return job;
}

void Conductor::Stage::work(Worker& worker) {
    const process::Minded minded;
    {
        const std::lock_guard lock{mutex_};
        worker.guest = process::this_guest();
    }
    try {
        Hand hand{*this};
        while (auto job = next_job())
            do_job(hand, std::move(*job));
        std::unique_lock lock{mutex_}; // what is being committed may be of this hand
        committed_.wait(lock, [&] { return committing_ == 0; });
    } catch (...) {
        broke(std::current_exception());
    }
    const std::lock_guard lock{mutex_};
    worker.ended = true;
    thread_ended_.notify_all();
}

void Conductor::Stage::do_job(Hand& hand, Job job, Part part) {
    try {
        if (!job.doing)
            begin(hand, job.play, std::move(job.row));
        auto doing = std::move(job.doing);
        if (job.committed)
            doing = step_committed(hand, job.play, doing, *job.committed);
        if (doing && part == Part::what_is_committed)
            enqueue({job.play, std::exchange(doing, nullptr)});
        while (doing)
            doing = do_step(hand, job.play, doing);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::unavailable) {
            broke(std::current_exception());
        } else {
            // The store does not answer: what this run has on disk is all that is known of it, and others may go on with it.
            {
                const std::lock_guard lock{mutex_};
                unavailable_ = std::current_exception();
            }
            try {
                let_go(hand, job.play, true);
            } catch (const Error& again) {
                if (again.code() != ErrorCode::unavailable)
                    broke(std::current_exception());
            }
        }
    } catch (...) {
        broke(std::current_exception());
    }
    const std::lock_guard lock{mutex_};
    --working_;
    if (band_.lull != nullptr) { // who lets time pass does so when nothing is being done
        told_ = true;
        news_.notify_all();
    }
}

/// Nothing more is written by this conductor.
void Conductor::Stage::broke(std::exception_ptr error) {
    std::deque<Job> left;
    {
        const std::lock_guard lock{mutex_};
        if (!error_)
            error_ = std::move(error);
        told_ = true;
        left = std::exchange(jobs_, {});
        for (auto& [id, play] : plays_)
            play->token.cancel();
    }
    jobs_changed_.notify_all();
    news_.notify_all();
}

bool Conductor::Stage::all_over() {
    const std::lock_guard lock{mutex_};
    return std::all_of(plays_.begin(), plays_.end(), [](const auto& entry) { return entry.second->over; });
}

bool Conductor::Stage::asked_for_over() {
    const std::lock_guard lock{mutex_};
    return std::all_of(asked_for_.begin(), asked_for_.end(), [&](const auto& run_id) {
        const auto play = plays_.find(run_id);
        return play == plays_.end() || play->second->over;
    });
}

std::vector<RunRow> Conductor::Stage::left() {
    Hand hand{*this};
    std::vector<RunRow> rows;
    for (const auto& run_id : left_)
        if (auto row = readable(hand, run_id); row && !is_final(row->status))
            rows.push_back(std::move(*row));
    return rows;
}

std::vector<RunRow> Conductor::Stage::finish() {
    Hand hand{*this};
    run_until(hand, [this] {
        if (!settings_.stays_for_spawned && asked_for_over()) {
            const std::lock_guard lock{mutex_};
            leaving_ = true;
        }
        return all_over();
    });
    if (unavailable_)
        std::rethrow_exception(std::exchange(unavailable_, nullptr));
    std::vector<RunRow> rows;
    for (const auto& run_id : std::exchange(asked_for_, {})) {
        std::optional<RunRow> row;
        if (const auto why = why_unreadable([&] { row = hand.runs().look(run_id); })) {
            row.emplace(); // what is known of it; the others are told as they ended
            row->run_id = run_id;
            row->status = RunStatus::waiting;
            row->reason = unreadable_reason(*why);
        }
        if (!row)
            throw Error{ErrorCode::internal, "run '" + run_id + "' is gone"};
        rows.push_back(std::move(*row));
    }
    return rows;
}

void Conductor::Stage::serve(const std::function<bool()>& keep_on) {
    Hand hand{*this};
    auto ask_at = band_.clock.monotonic();
    run_until(hand, [&] {
        if (!leaving_ && band_.clock.monotonic() >= ask_at) {
            ask_at = band_.clock.monotonic() + settings_.look_every;
            if (!keep_on() || interrupted()) {
                const std::lock_guard lock{mutex_};
                leaving_ = true;
            } else {
                while (take_due(hand))
                    ;
            }
        }
        return leaving_ && all_over();
    });
}

/// Takes up one run that is due, when there is somebody to work on it; false: there is none.
bool Conductor::Stage::take_due(Hand& hand) {
    {
        const std::lock_guard lock{mutex_};
        if (jobs_.size() + working_ >= std::max<std::size_t>(settings_.threads, 1))
            return false;
    }
    for (const auto& run_id : hand.runs().due(1)) {
        std::optional<Claimed> claim;
        if (why_unreadable([&] { claim = hand.runs().claim(run_id); }))
            return true; // it was set aside, and the next one comes
        auto& claimed = *claim;
        if (auto* owned = std::get_if<Owned>(&claimed)) {
            take(std::move(owned->run), false);
            return true;
        }
    }
    return false;
}

/// Keeps the time until `over` says so.
void Conductor::Stage::run_until(Hand& hand, const std::function<bool()>& over) {
    RealLull real;
    auto& lull = band_.lull != nullptr ? *band_.lull : real;
    for (;;) {
        if (settings_.threads == 0)
            while (auto job = next_job())
                do_job(hand, std::move(*job));
        {
            const std::lock_guard lock{mutex_};
            if (error_)
                std::rethrow_exception(error_);
            told_ = false;
        }
        look_around(hand);
        if (over())
            return;
        const auto most = until_next_look();
        std::unique_lock lock{mutex_};
        std::erase_if(plays_, [](const auto& entry) { return entry.second->over && entry.second->doing.empty(); });
        if (!told_ && !error_ && most > nanoseconds{0})
            lull.pass(lock, news_, most, working_ - stuck_ + jobs_.size());
    }
}

/// All threads may be at long steps: who waits for the end of a run need not wait for those.
void Conductor::Stage::do_late_jobs(Hand& hand) {
    std::deque<Job> overdue;
    {
        const std::lock_guard lock{mutex_};
        const auto tick = band_.clock.monotonic();
        for (auto job = jobs_.begin(); job != jobs_.end();) {
            if (job->committed == nullptr || tick - job->since < late) {
                ++job;
                continue;
            }
            overdue.push_back(std::move(*job));
            job = jobs_.erase(job);
        }
        working_ += overdue.size();
    }
    for (auto& job : overdue)
        do_job(hand, std::move(job), Part::what_is_committed);
}

/// One look at everything that goes by the time or comes from outside.
void Conductor::Stage::look_around(Hand& hand) {
    do_late_jobs(hand);
    if (band_.clock.monotonic() >= calls_at_) {
        calls_at_ = band_.clock.monotonic() + settings_.look_every;
        hear_calls(hand);
    }
    try {
        look_at_queue(hand);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::unavailable)
            throw;
    }
    const auto now = band_.clock.now();
    const auto tick = band_.clock.monotonic();
    std::vector<PlayPointer> to_look, to_flush, to_leave;
    std::vector<std::pair<PlayPointer, std::shared_ptr<Doing>>> to_give_up;
    {
        const std::lock_guard lock{mutex_};
        notice_clock(now, tick);
        for (auto& [id, play] : plays_) {
            if (play->over)
                continue;
            std::vector<std::shared_ptr<Doing>> overdue;
            watch(*play, tick, overdue);
            for (auto& doing : overdue)
                to_give_up.emplace_back(play, std::move(doing));
            if (play->called || (play->wake && *play->wake <= now))
                to_look.push_back(play);
            else if ((interrupted() || leaving_) && play->doing.empty())
                to_leave.push_back(play);
            if (play->flush_at && *play->flush_at <= tick)
                to_flush.push_back(play);
        }
    }
    try {
        for (const auto& [play, doing] : to_give_up)
            give_up(hand, play, doing);
        for (const auto& play : to_flush)
            flush(hand, play);
        for (const auto& play : to_look)
            look(hand, play);
        for (const auto& play : to_leave)
            if (const std::unique_lock turn{play->turn, std::try_to_lock}; turn && play->state)
                rest(hand, play);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::unavailable)
            throw;
        const std::lock_guard lock{mutex_}; // the next look may find the store again
        for (const auto& play : to_look)
            play->called = true;
    }
}

/// When the world's clock was set back, waits may end too far away. The stage's mutex is held.
void Conductor::Stage::notice_clock(env::TimePoint now, nanoseconds tick) {
    constexpr milliseconds slack{1000};
    const auto over = now.time_since_epoch() - std::chrono::duration_cast<milliseconds>(tick);
    if (clock_over_ticks_ && over < *clock_over_ticks_ - slack)
        for (auto& [id, play] : plays_)
            play->called = play->clock_went_back = true;
    clock_over_ticks_ = over;
}

/// Tells the attempts of a run whose time is over or that are to stop, and finds those that do not listen. The stage's mutex is held.
void Conductor::Stage::watch(Play& play, nanoseconds tick, std::vector<std::shared_ptr<Doing>>& overdue) {
    for (auto& [path, doing] : play.doing) {
        if (!doing->working)
            continue;
        if (doing->deadline && *doing->deadline <= tick)
            doing->token.cancel(CancelToken::Why::timed_out);
        if (process::is_late(doing->guest)) // than its plugin, or the host for a plan and an init, has it
            doing->token.cancel(CancelToken::Why::timed_out);
        if (!doing->told && doing->token.cancelled())
            doing->told = tick;
        if (doing->told && *doing->told + settings_.grace <= tick && !doing->given_up)
            overdue.push_back(doing);
    }
}

void Conductor::Stage::hear_calls(Hand& hand) {
    {
        const std::lock_guard lock{mutex_};
        if (plays_.empty())
            return;
    }
    std::vector<std::string> called;
    try {
        called = hand.runs().called();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::unavailable)
            throw;
        return;
    }
    const std::lock_guard lock{mutex_};
    for (const auto& run_id : called)
        if (const auto found = plays_.find(run_id); found != plays_.end())
            found->second->called = found->second->suspect = true;
}

nanoseconds Conductor::Stage::until_next_look() {
    const auto now = band_.clock.now();
    const auto tick = band_.clock.monotonic();
    const std::lock_guard lock{mutex_};
    auto most = calls_at_ - tick;
    const auto at = [&](env::TimePoint time) { most = std::min<nanoseconds>(most, time - now); };
    for (const auto& [id, play] : plays_) {
        if (play->over)
            continue;
        if (play->called)
            most = std::min(most, soon);
        if (play->stands_by_until)
            most = std::min(most, std::max(queue_at_ - tick, soon));
        if (play->wake)
            at(std::max(*play->wake, now + std::chrono::duration_cast<milliseconds>(soon)));
        if (play->flush_at)
            most = std::min(most, std::max(*play->flush_at - tick, soon));
        for (const auto& [path, doing] : play->doing) {
            if (doing->given_up || !doing->working)
                continue;
            if (doing->told)
                most = std::min(most, std::max<nanoseconds>(*doing->told + settings_.grace - tick, soon));
            else if (doing->deadline)
                most = std::min(most, *doing->deadline - tick);
        }
    }
    return most;
}

Conductor::Conductor(Band band, ConductorSettings settings) : stage_{std::make_unique<Stage>(std::move(band), settings)} {}
Conductor::~Conductor() = default;
void Conductor::take(RunRow owned) { stage_->take(std::move(owned), true); }
std::vector<RunRow> Conductor::finish() { return stage_->finish(); }
std::vector<RunRow> Conductor::left() { return stage_->left(); }
void Conductor::serve(const std::function<bool()>& go_on) { stage_->serve(go_on); }

} // namespace spine::run
