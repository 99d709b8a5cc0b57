/// A run that is played: one step at a time, forth and back, in a scratch store.
#pragma once

#include "control/library.hpp"
#include "control/scratch.hpp"
#include "env/ids.hpp"
#include "run/decide.hpp"
#include "run/runner.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spine::control {

/// One step that was done, or something that was.
struct Played {
    std::string path; ///< empty: time passed, or nothing was left to do
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

/// Everything that is known of the run are its records; going back cuts them at the end of the step that was done last, and puts the scratch store
/// back to what it was before that step. Time passes only when a step that waits is stepped over: at once.
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
    void set(const std::string& name, boost::json::value value);

    const boost::json::object& params() const { return state_.params; }
    const boost::json::object& outputs() const { return state_.outputs; }
    const std::vector<run::StepRecord>& records() const { return row_.steps; }
    std::string status() const;
    std::string reason() const { return reason_; }
    bool over() const { return run::is_final(status_); }
    /// Steps of the workflow that are not done.
    std::vector<std::string> remaining() const;
    const std::vector<Played>& history() const { return history_; } ///< every step that was done, those that were taken back too

private:
    void take(run::Decided decided);
    void fold();
    run::StepEnd perform(const run::StepStart& start);
    run::StepEnd do_pipeline(const run::StepStart& start);
    run::StepEnd do_lambda(const run::StepStart& start);
    Played pass_time();

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
    env::TimePoint now_;
    std::vector<std::pair<std::int64_t, std::string>> kept_; ///< events so far, and the store before the pipeline that came next
    std::vector<Played> history_;
};

} // namespace spine::control
