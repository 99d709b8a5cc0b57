// Exact arithmetic: sums that notice an overflow, and quotients rounded as people round.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace finra::calc {

__extension__ typedef __int128 int128;

/// False, and `sum` untouched, if the sum does not fit into 64 bits.
[[nodiscard]] bool add(std::int64_t& sum, std::int64_t value);

/// `value` if it fits into 64 bits.
std::optional<std::int64_t> narrow(int128 value);

/// The nearest integer to the quotient, halves away from zero (as SQL's ROUND and commercial
/// rounding do). The divisor is positive.
int128 divide_half_up(int128 dividend, int128 divisor);

/// The largest integer not above the quotient. The divisor is positive.
int128 divide_floor(int128 dividend, int128 divisor);

/// `dividend / divisor` with two decimals, half up; nullopt when the divisor is zero.
std::optional<double> quotient_to_hundredths(std::int64_t dividend, std::int64_t divisor);

/// 5941 as `59.41`.
std::string hundredths_text(std::int64_t hundredths);

/// The shortest text that reads back as the same double.
std::string double_text(double value);

} // namespace finra::calc
