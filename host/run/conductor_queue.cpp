#include "run/conductor_hand.hpp"
#include "run/unreadable.hpp"

#include <algorithm>

namespace spine::run {

using std::chrono::milliseconds;

namespace {

/// A claim takes the store's write lock: only what is due is claimed, and that is not asked for all the time.
constexpr milliseconds look_at_queue_every{500};
constexpr std::size_t due_max = 1000;
constexpr std::size_t looked_at_max = 16; ///< of a long queue the oldest come next
/// After its time in the queue the store ends the run, when it is claimed.
constexpr milliseconds end_within{5'000};

} // namespace

/// A run that was begun here and that its workflow's concurrency keeps waiting: it is nobody's, and is taken when there is room.
void Conductor::Stage::stand_by(Play& play, const RunRow& queued) {
    const std::lock_guard lock{mutex_};
    play.parent_run_id = waiter_of(queued);
    constexpr auto to_the_end = std::chrono::hours{24 * 366 * 100};
    const auto patience = settings_.stays_to_the_end ? milliseconds{to_the_end} : settings_.patience;
    play.stands_by_until = queued.wake_at.empty() ? band_.clock.now() + patience : env::time_from(queued.wake_at) + end_within;
    told_ = true;
    news_.notify_all();
}

std::optional<RunRow> Conductor::Stage::readable(Hand& hand, const std::string& run_id) {
    std::optional<RunRow> row;
    if (why_unreadable([&] { row = hand.runs().look(run_id); }))
        return std::nullopt;
    return row;
}

/// Children that are still in the queue when a run is taken up.
void Conductor::Stage::stand_by_below(Hand& hand, const PlayPointer& pointer) {
    for (const auto& path : pointer->state->waiting) {
        const auto at = locate(*pointer->state, path);
        if (!at || at->state().child_run_id.empty() || at->state().again)
            continue;
        const auto row = readable(hand, at->state().child_run_id);
        if (!row || row->status != RunStatus::pending)
            continue;
        auto play = std::make_shared<Play>(band_.cancel);
        play->run_id = row->run_id;
        play->parent_run_id = pointer->run_id;
        {
            const std::lock_guard lock{mutex_};
            if (!plays_.emplace(row->run_id, play).second)
                continue;
        }
        stand_by(*play, *row);
    }
}

void Conductor::Stage::look_at_queue(Hand& hand) {
    const auto now = band_.clock.now();
    std::vector<PlayPointer> waiting, left;
    {
        const std::lock_guard lock{mutex_};
        const auto tick = band_.clock.monotonic();
        if (tick < queue_at_ && !ending())
            return;
        queue_at_ = tick + look_at_queue_every;
        for (const auto& [id, play] : plays_) {
            if (play->over || !play->stands_by_until)
                continue;
            const auto parent = plays_.find(play->parent_run_id);
            const bool wanted = play->parent_run_id.empty() || (parent != plays_.end() && !parent->second->over);
            if (ending() || !wanted || *play->stands_by_until <= now)
                left.push_back(play);
            else if (waiting.size() < looked_at_max)
                waiting.push_back(play);
        }
    }
    for (const auto& play : left)
        leave(play);
    if (waiting.empty())
        return;
    const auto due = hand.runs().due(due_max);
    for (const auto& play : waiting) {
        const auto row = readable(hand, play->run_id);
        if (!row || is_final(row->status) || row->status == RunStatus::paused) {
            leave(play);
            continue;
        }
        if (std::find(due.begin(), due.end(), play->run_id) == due.end())
            continue;
        std::optional<Claimed> claim;
        if (why_unreadable([&] { claim = hand.runs().claim(play->run_id); })) { // it was set aside
            leave(play);
            continue;
        }
        auto& claimed = *claim;
        if (auto* owned = std::get_if<Owned>(&claimed))
            take(std::move(owned->run), false);
        else if (!std::holds_alternative<Held>(claimed))
            lose(play);
    }
}

/// This process goes, and the run may not have ended.
void Conductor::Stage::leave(const PlayPointer& pointer) {
    {
        const std::lock_guard lock{mutex_};
        if (!asked_for_.empty()) // a server leaves runs all the time, and nobody asks it which
            left_.insert(pointer->run_id);
    }
    lose(pointer);
}

} // namespace spine::run
