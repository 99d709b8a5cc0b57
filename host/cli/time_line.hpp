/// What happened when, as bars on one line of time.
#pragma once

#include "cli/sparkline.hpp"
#include "control/control.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace spine::cli {

/// From when until when; a wait is drawn lighter than work.
struct Stretch {
    env::TimePoint from;
    env::TimePoint until;
    bool waits = false;

    bool operator==(const Stretch&) const = default;
};
struct TimedLine {
    std::string label;
    std::vector<Stretch> stretches;

    bool operator==(const TimedLine&) const = default;
};

/// A line for each, `columns` wide at most with its label; the bars of all of them stand under each other from `from` until `until`. Whatever
/// happened has at least one cell. Empty when no time passed.
std::string time_lines(const std::vector<TimedLine>& lines, env::TimePoint from, env::TimePoint until, std::size_t columns, Bars bars);

} // namespace spine::cli
