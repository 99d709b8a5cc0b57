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

int128 average_hundredths(Quantity shares, std::int64_t trades) {
    return divide_half_up(in_millionths(shares) * 100, int128{trades} * millionths_in_one);
}

std::optional<double> average_trade_size(Quantity shares, std::int64_t trades) {
    if (trades == 0)
        return std::nullopt;
    return static_cast<double>(average_hundredths(shares, trades)) / 100.0;
}

double ratio(Quantity part, Quantity total) {
    if (part.millionths == 0 && total.millionths == 0)
        return static_cast<double>(part.shares) / static_cast<double>(total.shares);
    return static_cast<double>(in_millionths(part)) / static_cast<double>(in_millionths(total));
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
