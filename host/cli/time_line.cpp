#include "cli/time_line.hpp"

#include "cli/text.hpp"

#include <algorithm>
#include <cstdint>

namespace spine::cli {
namespace {

enum class Cell : char { nothing, wait, work };

/// What is drawn later goes over what is there, but a wait leaves work as it is.
std::vector<Cell> cells_of(const TimedLine& line, env::TimePoint from, env::TimePoint until, std::size_t count) {
    std::vector<Cell> cells(count, Cell::nothing);
    const auto whole = (until - from).count(), most = static_cast<std::int64_t>(count);
    for (const auto& stretch : line.stretches) {
        if (stretch.until < from || stretch.from > until)
            continue;
        const auto begin = std::max(stretch.from, from), end = std::max(begin, std::min(stretch.until, until));
        // Milliseconds of a hundred years times the columns of a terminal are far below 2^63.
        const auto first = std::min((begin - from).count() * most / whole, most - 1);
        const auto last = std::max(first, ((end - from).count() * most + whole - 1) / whole - 1);
        for (auto i = first; i <= std::min(last, most - 1); ++i) {
            auto& cell = cells[static_cast<std::size_t>(i)];
            cell = std::max(cell, stretch.waits ? Cell::wait : Cell::work);
        }
    }
    return cells;
}

const char* drawn(Cell cell, Bars bars) {
    switch (cell) {
    case Cell::nothing: return " ";
    case Cell::wait: return bars == Bars::blocks ? "\u2591" : ".";
    case Cell::work: return bars == Bars::blocks ? "\u2588" : "#";
    }
    return " ";
}

} // namespace

std::string time_lines(const std::vector<TimedLine>& lines, env::TimePoint from, env::TimePoint until, std::size_t columns, Bars bars) {
    constexpr std::size_t columns_min = 20, bar_max = 120, gap = 2;
    if (until <= from)
        return {};
    columns = std::max(columns, columns_min);
    std::size_t label_width = 0;
    for (const auto& line : lines)
        label_width = std::max(label_width, width_of(printable(line.label)));
    label_width = std::min(label_width, columns / 3);
    const auto count = std::min(bar_max, columns - label_width - gap);
    std::string text;
    for (const auto& line : lines) {
        const auto cells = cells_of(line, from, until, count);
        const auto label = cut(printable(line.label), label_width);
        text += label + std::string(label_width - width_of(label) + gap, ' ');
        const auto end = std::find_if(cells.rbegin(), cells.rend(), [](Cell cell) { return cell != Cell::nothing; }).base();
        for (auto cell = cells.begin(); cell != end; ++cell)
            text += drawn(*cell, bars);
        text.erase(text.find_last_not_of(' ') + 1);
        text += "\n";
    }
    return text;
}

} // namespace spine::cli
