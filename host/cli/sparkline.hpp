/// A row of small bars, one for each value.
#pragma once

#include <string>
#include <vector>

namespace spine::cli {

enum class Bars { blocks, plain }; ///< ▁▂▃▄▅▆▇█, or the digits 1 to 8

/// The largest value gets the highest bar; a value that is not above 0 gets a dot.
std::string sparkline(const std::vector<double>& values, Bars bars);

} // namespace spine::cli
