/// The inner workings of deciding: one decision in the making. For decide.cpp and the files of the walk alone.
#pragma once

#include "run/decide.hpp"
#include "run/frame.hpp"
#include "run/step_values.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spine::run {

/// How a settled step is told, beside what is in its StepEnd.
struct Telling {
    std::string child_run_id;
    std::optional<env::TimePoint> again;
};

/// Makes one decision: records, starts, new runs. Whatever it records it applies; a frame of an item may be gone afterwards, therefore every
/// function that records says whether its frame still stands.
class Walk {
public:
    Walk(State& state, env::TimePoint now) : s_{state}, now_{now} {}

    Decided take(std::int64_t calls_seen);

    void reach(std::string stage, std::uint32_t rank, std::int64_t rows = 0, boost::json::object metrics = {});

    void advance_all() {
        advance_maps(*s_.root);
        advance(*s_.root);
    }

    /// An attempt that died with its process.
    void died(const std::string& path);

    /// An attempt has ended: it is tried again, or its step has ended.
    void end(const std::string& path, StepEnd end);

    /// Timers that are due, in the order of their times. Who has not looked outside does not know whether an answer or the end of a run came in
    /// time, and leaves those.
    void timers(bool seen_outside);

    /// Waits whose end is farther away than they were to last were set by a clock that was ahead: they are set anew, which is recorded.
    void heed_clock(bool taken_up);

    void answered(const std::string& path, const boost::json::object& answer);

    void child_ended(const std::string& path, const Outside::ChildEnd& child);

private:
    static std::string word(const boost::json::object& object, std::string_view name);

    bool answered_outside(const std::string& path) const;
    bool winding_down() const { return s_.root->failed; }
    bool is_handler(const std::string& path) const;
    bool may_begin() const { return !s_.holding && !winding_down() && !s_.continued && !is_late(); }
    /// The run's own time is over, and this decision will say so: what began now could not be told to stop any more.
    bool is_late() const;
    bool handler_over() const { return s_.handler && s_.handler->cursor > 0; }
    bool over() const;

    StepRecord fresh_record(const Frame& frame, std::size_t at, int attempt);
    void write(const StepRecord& record);

    /// Ends the step's attempt, or says all there is of one that never began. False when the frame is gone.
    bool record_end(Frame& frame, std::size_t at, const StepEnd& end, const Telling& telling = {});
    StepRecord record_at_end(StepRecord record, std::int64_t begun_no) const;
    /// Where a step of a sequence leads when it leads past others; else the step itself.
    static std::size_t jump_of(const Frame& frame, std::size_t at, const StepEnd& end);
    void reach_stage(const Frame& frame, std::size_t at, const StepEnd& end);

    bool skip(Frame& frame, std::size_t at, const std::string& reason, std::string_view mark = {});
    bool fail(Frame& frame, std::size_t at, unit::Failure failure);
    /// A lambda that wants steps skipped may say why in the parameter `skip_reason`.
    std::string told_reason() const;

    /// A waiting step ends, and what follows from it.
    void settle_at(const std::string& path, StepEnd end, const std::string& child = {});

    /// From the frame of this path outwards: maps whose items are over go on with others or end.
    void go_outwards(std::string path);

    /// The maps that are in progress go on, the innermost first. The frame may be gone afterwards.
    void advance_maps(Frame& frame);

    /// Begins whatever of the frame may begin. The frame may be gone afterwards.
    void advance(Frame& frame);

    std::int64_t concurrency_of(const Frame&) const;
    /// Steps of a parallel frame that are at work: those that run, maps, and runs that are waited for. A wait for a time or a person is no work.
    std::int64_t active_of(const Frame& frame) const;

    bool visit_ready(Frame& frame, std::size_t at);

    /// Settles the step if nobody is needed for it, else begins it. False when the frame is gone or there is no more to do in it for now.
    bool visit(Frame& frame, std::size_t at);

    bool begin(Frame& frame, std::size_t at);

    bool begin_work(Frame& frame, std::size_t at);

    bool choose(Frame& frame, std::size_t at, const workflow::ChoiceStep& choice);
    void skip_until(Frame& frame, std::size_t from, std::size_t until);

    bool begin_wait(Frame& frame, std::size_t at, const workflow::WaitStep& wait);

    bool begin_approval(Frame& frame, std::size_t at, const workflow::ApprovalStep& approval);

    bool begin_map(Frame& frame, std::size_t at);

    /// Begins items while there is room, and ends the map when there is nothing more. False when the map's own frame is gone.
    bool advance_map(Frame& frame, std::size_t at);
    bool end_map(Frame& frame, std::size_t at);

    bool begin_child(Frame& frame, std::size_t at, const workflow::WorkflowStep& child);

    /// `run` says its id, who began it and who waits for it.
    NewRun new_run(NewRun run, const workflow::Definition& definition, const boost::json::object& inherited, const boost::json::object& given);
    void begin_new(NewRun& run, const workflow::Workflow& workflow);

    std::optional<env::TimePoint> run_deadline() const;
    void fire(const std::string& path);
    void time_out();

    std::optional<unit::Failure> ungranted(const Frame& frame, std::size_t at, const StepEnd& end);

    /// Spawned runs that have no id yet get one. Returns that of the first; empty: none is spawned.
    std::string name_spawned(boost::json::array& requests) const;
    /// What follows from granted requests besides the changed steps.
    void grant(const std::string& path, const boost::json::array& granted, const Children& spawned);
    void continue_as(const boost::json::object& params);

    /// Steps that wait, and maps with nothing at work, end with a run that fails.
    void wind_down();
    bool busy_below(const Frame& frame) const;
    void cancel_maps(Frame& frame);

    void conclude();
    std::string waits_for();

    boost::json::object result() const;
    void finish_completed(const std::string& reason);
    void finish_failed();

    State& s_;
    env::TimePoint now_;
    Decided out_;
    std::string successor_;
};

} // namespace spine::run
