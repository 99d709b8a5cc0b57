/// What happened to a run, gathered from its journal row by row: however long the run was, what is kept is bounded.
#pragma once

#include "cli/time_line.hpp"
#include "control/store.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace spine::cli {

/// One attempt of a step, or a step that has not been reached.
struct StoryLine {
    std::string step; ///< with the number of its attempt, and of its generation when the run has a newer one
    std::string type;
    std::string status;
    std::string took;
    std::string outcome;
};
struct ApprovalLine {
    std::string step;
    std::string status; ///< waiting, approved, refused, timed out, cancelled
    std::string by;
    std::string why; ///< the reason; of a waiting one the question
    std::string at;
    std::string until; ///< of a waiting one; empty: it waits without end
};
/// What the run waits for now.
struct WaitLine {
    std::string step;
    std::string what;
    std::string until; ///< empty: somebody must call, or has
};
struct UnreachedStep {
    std::string name;
    std::string type;
};
/// What is shown of each kind at the most, unless everything is asked for.
inline constexpr std::size_t story_lines_max = 200;

struct RunStory {
    std::vector<StoryLine> lines;
    std::size_t more = 0; ///< lines that are left out
    std::vector<TimedLine> times; ///< a line for each step, its attempts on it
    env::TimePoint from, until;   ///< of the run; equal when that is not known
    std::vector<std::string> course;
    std::vector<ApprovalLine> approvals;
    std::vector<WaitLine> waits;
    bool answered = false; ///< an approval among `waits` has its answer, and the run has not gone on yet
    std::vector<UnreachedStep> pending;
    boost::json::array measured; ///< {"step", …}
    std::vector<std::pair<std::string, std::string>> events; ///< step and what it was
    std::string hint; ///< of the step that failed the run
};

/// Steps inside of maps are folded into the line of their map, unless `everything` is asked for; then nothing is left out. `lists`: nothing is left out of what
/// programs are given, which are no lines, times and findings, because those stand in the steps themselves.
enum class StoryExtent { telling, everything, lists };
/// Something that was done to the run and is no step of it (its path begins with '@'), in words.
std::string mark_text(const control::StepSeen& step);
/// `run` is what `Records::workflow_run` gave.
RunStory read_story(control::Store& store, const boost::json::object& run, env::TimePoint now, StoryExtent extent);

} // namespace spine::cli
