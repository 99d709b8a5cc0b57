/// A run that is played: one step at a time, forth and back, in a scratch store.
#pragma once

#include "control/library.hpp"
#include "control/scratch.hpp"
#include "env/ids.hpp"
#include "run/decide.hpp"
#include "run/runner.hpp"
#include "workflow/diagnostic.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spine::control {

/// One step that was done, or something that was.
struct Played {
    std::string path; ///< of a child's step with that of its own before it, "load/fetch"; empty: time passed, or nothing was left to do
    std::string type;
    std::string status;
    std::string reason; ///< or error
    boost::json::object output;
};
struct Peeked {
    std::string path; ///< empty: no step
    std::string type;
    std::string why;  ///< without a step: what the run waits for, or how it ended
};

/// What somebody says to a step that asks.
struct PlayAnswer {
    bool approved = true;
    std::string by; ///< empty: the first one that is asked
    std::string reason;
};

/// Everything that is known of the run are its records; going back cuts them at the end of the step that was done last, and puts the scratch store
/// back to what it was before that step. Time passes only when nothing else can be done: at once. A run that a step waits for is played with it, step by
/// step; one that nobody waits for is not.
///
/// Threads: one at a time. Lives: not longer than what it is made of. Fails: throws Error{unavailable, invalid}.
class Playground {
public:
    static constexpr std::size_t steps_per_run = 100'000;

    /// A run that has not begun (`row.steps` empty) begins; any other one stands where its records say.
    Playground(env::Clock& clock, env::Random& random, Library& library, Scratch& scratch, const run::CancelToken& cancel, run::RunRow row);

    Played step();
    /// False: nothing was done yet.
    bool back();
    Peeked peek() const;
    /// Judged as in a real run; an answer is a step that can be taken back.
    std::variant<Played, run::Declined> answer(const std::string& step, const PlayAnswer& answer);
    /// Whether only somebody's answer can lead on.
    bool stands() const { return !over() && !ready() && !next_time(); }
    /// Typed as at the start of a run; a name that the workflow does not declare and the run does not have is a fault.
    std::optional<workflow::Diagnostics> set(const std::string& name, const std::string& text);

    const boost::json::object& params() const { return state_.params; }
    const boost::json::object& outputs() const { return state_.outputs; }
    const std::vector<run::StepRecord>& records() const { return row_.steps; }
    /// The records, those of a child under the step that waits for it.
    std::vector<run::StepRecord> story() const;
    std::string status() const;
    std::string reason() const { return reason_; }
    bool over() const { return run::is_final(status_); }
    /// Steps of the workflow whose work is done, those that are not, and how many there are.
    std::vector<std::string> completed() const { return run::completed_steps(state_); }
    std::vector<std::string> remaining() const;
    std::size_t steps() const { return state_.workflow->steps.size(); }
    const std::vector<Played>& history() const { return history_; } ///< every step that was done, those that were taken back too
    /// Workflows whose runs were begun, but are waited for by nobody.
    std::vector<std::string> unplayed() const;

private:
    /// What was done, to be taken back.
    struct Move {
        std::int64_t events = 0; ///< of this run before it
        std::string child;       ///< the run below that did it; empty: this one
        std::string store;       ///< a copy of the store before it; empty: nothing was changed in it
    };
    using Child = std::pair<std::string, Playground*>; ///< the path of the step that waits for it

    Playground(const Playground& above, run::RunRow row);
    void begin();
    void take(run::Decided decided);
    void keep(const run::StepRecord& record);
    void fold();
    void cut(std::int64_t events);
    bool back_before_the_play();
    std::vector<Child> children() const;
    Playground* child(const std::string& run_id) const;
    bool ready() const;
    /// How the one who answers sees it: the step's path in the run that is played, and the steps of that run that ask.
    struct Question {
        std::string path;
        std::string asking;
    };
    std::variant<Played, run::Declined> answer(const std::string& step, const Question& question, PlayAnswer answer);
    std::optional<run::Declined> declined(const std::string& step, const Question& question, PlayAnswer& answer) const;
    std::string asking() const;
    Played played_of(const std::string& path) const;
    std::optional<env::TimePoint> next_time() const;
    Played do_next();
    Played step_below(const Child& child);
    Played hand_over(const Child& child);
    Played pass_time();
    void pass_to(env::TimePoint time);
    run::StepEnd perform(const run::StepStart& start);
    run::StepEnd do_pipeline(const run::StepStart& start);
    run::StepEnd do_lambda(const run::StepStart& start);

    env::Clock& clock_;
    env::Random& random_;
    Library& library_;
    Scratch& scratch_;
    const run::CancelToken& cancel_;
    run::RunRow row_; ///< with the records
    run::State state_;
    std::vector<run::StepStart> starts_;
    run::RunStatus status_ = run::RunStatus::running;
    std::string reason_;
    std::optional<unit::Failure> failure_; ///< and `result_`: of a run that is over, for the one that waits for it
    boost::json::object result_;
    env::TimePoint now_;
    std::vector<Move> moves_;
    std::vector<Played> history_;
    std::map<std::int64_t, std::string> wakes_; ///< of steps that waited, by the number of their start: an end says another time, or none
    std::vector<std::pair<std::int64_t, std::string>> unplayed_; ///< events so far, and the workflow
    mutable std::map<std::string, std::unique_ptr<Playground>> children_; ///< by run; those of a past run are read when they are asked for
};

} // namespace spine::control
