// Exact arithmetic: sums that notice an overflow, and quotients rounded as people round.
#pragma once

#include "schema/quantity.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace finra::calc {

using finra::add;
using finra::int128;

/// False, and `sum` untouched, if the sum does not fit into 64 bits.
[[nodiscard]] bool add(std::int64_t& sum, std::int64_t value);

/// `value` if it fits into 64 bits.
std::optional<std::int64_t> narrow(int128 value);

/// The nearest integer to the quotient, halves away from zero (as SQL's ROUND and commercial
/// rounding do). The divisor is positive.
int128 divide_half_up(int128 dividend, int128 divisor);

/// The largest integer not above the quotient. The divisor is positive.
int128 divide_floor(int128 dividend, int128 divisor);

/// Shares per trade in hundredths, half up. There are trades.
int128 average_hundredths(Quantity shares, std::int64_t trades);

/// Shares per trade with two decimals, half up; nullopt without trades.
std::optional<double> average_trade_size(Quantity shares, std::int64_t trades);

/// `part / total` as a double; `total` is not zero. Of whole numbers it is the quotient of the two
/// as doubles; where either has a fraction, that of their millionths.
double ratio(Quantity part, Quantity total);

/// 5941 as `59.41`.
std::string hundredths_text(std::int64_t hundredths);

/// The shortest text that reads back as the same double.
std::string double_text(double value);

} // namespace finra::calc
