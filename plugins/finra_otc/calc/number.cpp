#include "calc/number.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace finra::calc {

bool add(std::int64_t& sum, std::int64_t value) {
    std::int64_t result = 0;
    if (__builtin_add_overflow(sum, value, &result))
        return false;
    sum = result;
    return true;
}

std::optional<std::int64_t> narrow(int128 value) {
    if (value > std::numeric_limits<std::int64_t>::max() ||
        value < std::numeric_limits<std::int64_t>::min())
        return std::nullopt;
    return static_cast<std::int64_t>(value);
}

int128 divide_half_up(int128 dividend, int128 divisor) {
    const int128 quotient = dividend / divisor;
    const int128 rest = dividend % divisor;
    const int128 magnitude = rest < 0 ? -rest : rest;
    if (magnitude < divisor - magnitude)
        return quotient;
    return dividend < 0 ? quotient - 1 : quotient + 1;
}

int128 divide_floor(int128 dividend, int128 divisor) {
    const int128 quotient = dividend / divisor;
    return dividend % divisor < 0 ? quotient - 1 : quotient;
}

std::optional<double> quotient_to_hundredths(std::int64_t dividend, std::int64_t divisor) {
    if (divisor == 0)
        return std::nullopt;
    return static_cast<double>(divide_half_up(int128{dividend} * 100, divisor)) / 100.0;
}

std::string hundredths_text(std::int64_t hundredths) {
    const bool negative = hundredths < 0;
    const auto magnitude = negative ? 0U - static_cast<std::uint64_t>(hundredths)
                                    : static_cast<std::uint64_t>(hundredths);
    std::string text = negative ? "-" : "";
    text += std::to_string(magnitude / 100);
    text += '.';
    text += static_cast<char>('0' + magnitude / 10 % 10);
    text += static_cast<char>('0' + magnitude % 10);
    return text;
}

std::string double_text(double value) {
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} ? std::string(text.data(), end) : std::string();
}

} // namespace finra::calc
