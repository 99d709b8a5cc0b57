#include "cli/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace spine::cli {

std::string sparkline(const std::vector<double>& values, Bars bars) {
    constexpr std::array<std::string_view, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    constexpr std::array<std::string_view, 8> digits{"1", "2", "3", "4", "5", "6", "7", "8"};
    const auto& marks = bars == Bars::blocks ? blocks : digits;
    double highest = 0;
    for (const auto value : values)
        highest = std::max(highest, value);
    std::string line;
    for (const auto value : values) {
        if (!(value > 0)) {
            line += bars == Bars::blocks ? "·" : ".";
            continue;
        }
        const auto height = static_cast<std::size_t>(std::ceil(value / highest * static_cast<double>(marks.size())));
        line += marks[std::clamp<std::size_t>(height, 1, marks.size()) - 1];
    }
    return line;
}

} // namespace spine::cli
