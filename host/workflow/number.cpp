#include "workflow/number.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

namespace spine::workflow {
namespace {

namespace json = boost::json;
__extension__ typedef __int128 int128;

int128 integer(const json::value& value) {
    return value.is_uint64() ? static_cast<int128>(value.get_uint64()) : static_cast<int128>(value.get_int64());
}

double real(const json::value& value) {
    if (value.is_double())
        return value.get_double();
    return value.is_uint64() ? static_cast<double>(value.get_uint64()) : static_cast<double>(value.get_int64());
}

std::partial_ordering compare(int128 left, double right) {
    constexpr double beyond = 36893488147419103232.0; // 2^65: past every integer here, well inside 128 bits
    if (std::isnan(right))
        return std::partial_ordering::unordered;
    if (right >= beyond)
        return std::partial_ordering::less;
    if (right <= -beyond)
        return std::partial_ordering::greater;
    const double whole = std::trunc(right);
    const auto order = left <=> static_cast<int128>(whole);
    return order != 0 ? std::partial_ordering{order} : whole <=> right;
}

std::variant<json::value, ArithmeticFault> of_integers(Arithmetic what, int128 left, int128 right) {
    int128 result = 0;
    bool overflows = false;
    switch (what) {
    case Arithmetic::add: result = left + right; break;
    case Arithmetic::subtract: result = left - right; break;
    case Arithmetic::multiply: overflows = __builtin_mul_overflow(left, right, &result); break;
    case Arithmetic::remainder:
        if (right == 0)
            return ArithmeticFault::zero;
        result = left % right;
        break;
    case Arithmetic::divide: break; // gives a real
    }
    if (overflows || result < std::numeric_limits<std::int64_t>::min() || result > std::numeric_limits<std::int64_t>::max())
        return ArithmeticFault::overflow;
    return json::value(static_cast<std::int64_t>(result));
}

} // namespace

std::partial_ordering compare_numbers(const json::value& left, const json::value& right) {
    if (left.is_double() && right.is_double())
        return left.get_double() <=> right.get_double();
    if (right.is_double())
        return compare(integer(left), right.get_double());
    if (left.is_double())
        return 0 <=> compare(integer(right), left.get_double());
    return integer(left) <=> integer(right);
}

std::variant<json::value, ArithmeticFault> calculated(Arithmetic what, const json::value& left, const json::value& right) {
    const bool reals = left.is_double() || right.is_double();
    if (what == Arithmetic::remainder && reals)
        return ArithmeticFault::real;
    if (!reals && what != Arithmetic::divide)
        return of_integers(what, integer(left), integer(right));
    const double a = real(left);
    const double b = real(right);
    if (what == Arithmetic::divide && b == 0)
        return ArithmeticFault::zero;
    const double result = what == Arithmetic::add        ? a + b
                          : what == Arithmetic::subtract ? a - b
                          : what == Arithmetic::multiply ? a * b
                                                         : a / b;
    if (!std::isfinite(result))
        return ArithmeticFault::range;
    return json::value(result);
}

} // namespace spine::workflow
