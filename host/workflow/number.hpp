/// Numbers of conditions: 64-bit integers and reals, compared by their exact values.
#pragma once

#include <boost/json/value.hpp>
#include <compare>
#include <variant>

namespace spine::workflow {

enum class Arithmetic { add, subtract, multiply, divide, remainder };
enum class ArithmeticFault {
    overflow, ///< an integer that does not fit in 64 bits with its sign
    zero,     ///< division by zero
    range,    ///< a real that is not finite
    real,     ///< a remainder of reals
};

/// Both are numbers. Integers up to 2^64 and doubles meet without rounding; unordered only beside a NaN.
std::partial_ordering compare_numbers(const boost::json::value& left, const boost::json::value& right);

/// Both are numbers. Two integers give an integer, except that a division gives a real; the remainder has the sign of `left`.
std::variant<boost::json::value, ArithmeticFault>
calculated(Arithmetic what, const boost::json::value& left, const boost::json::value& right);

} // namespace spine::workflow
