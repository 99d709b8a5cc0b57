#include "schema/quantity.hpp"

#include "schema/ascii.hpp"

#include <charconv>
#include <limits>

namespace finra {

namespace {

constexpr std::size_t decimals_max = 6;

/// The millionths that decimals spell, which are digits; nullopt if a later one is not zero.
std::optional<std::int64_t> millionths_of(std::string_view decimals) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < decimals_max; ++i)
        value = value * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
    if (decimals.size() > decimals_max &&
        decimals.find_first_not_of('0', decimals_max) != std::string_view::npos)
        return std::nullopt;
    return value;
}

bool are_digits(std::string_view text) {
    for (const char c : text)
        if (!is_digit(c))
            return false;
    return !text.empty();
}

} // namespace

std::optional<Quantity> quantity_from_millionths(int128 millionths) {
    int128 whole = millionths / millionths_in_one;
    auto rest = static_cast<std::int64_t>(millionths % millionths_in_one);
    if (rest < 0) {
        rest += millionths_in_one;
        --whole;
    }
    if (whole > std::numeric_limits<std::int64_t>::max() ||
        whole < std::numeric_limits<std::int64_t>::min())
        return std::nullopt;
    return Quantity{static_cast<std::int64_t>(whole), rest};
}

bool add(Quantity& sum, Quantity value) {
    const auto result = quantity_from_millionths(in_millionths(sum) + in_millionths(value));
    if (!result)
        return false;
    sum = *result;
    return true;
}

std::variant<Quantity, QuantityFault> quantity_from_text(std::string_view text) {
    const bool negative = !text.empty() && text.front() == '-';
    const std::string_view magnitude = text.substr(negative ? 1 : 0);
    const std::size_t point = magnitude.find('.');
    const std::string_view whole = magnitude.substr(0, point);
    const std::string_view decimals =
        point == std::string_view::npos ? "0" : magnitude.substr(point + 1);
    if (!are_digits(whole) || !are_digits(decimals))
        return QuantityFault::no_number;
    // With its sign, for the smallest number of 64 bits has no magnitude there.
    std::int64_t shares = 0;
    const char* const end = whole.data() + whole.size();
    if (std::from_chars(text.data(), end, shares).ec != std::errc{})
        return QuantityFault::beyond_64_bits;
    const auto millionths = millionths_of(decimals);
    if (!millionths)
        return QuantityFault::beyond_millionths;
    const int128 sum = int128{shares} * millionths_in_one + (negative ? -*millionths : *millionths);
    const auto quantity = quantity_from_millionths(sum);
    if (!quantity)
        return QuantityFault::beyond_64_bits;
    return *quantity;
}

std::string decimal_text(Quantity quantity) {
    const bool negative = quantity.shares < 0;
    const int128 all = in_millionths(quantity);
    const int128 magnitude = negative ? -all : all;
    auto rest = static_cast<std::int64_t>(magnitude % millionths_in_one);
    std::string digits = negative ? "-" : "";
    digits += std::to_string(static_cast<std::uint64_t>(magnitude / millionths_in_one));
    if (rest == 0)
        return digits;
    std::string decimals(decimals_max, '0');
    for (std::size_t i = decimals_max; i > 0; --i, rest /= 10)
        decimals[i - 1] = static_cast<char>('0' + rest % 10);
    decimals.erase(decimals.find_last_not_of('0') + 1);
    return digits + "." + decimals;
}

} // namespace finra
