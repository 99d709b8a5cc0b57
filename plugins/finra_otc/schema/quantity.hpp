// A number of shares, exactly. Published files hold fractions of shares; a double would lose them
// in a sum, so a quantity is whole shares and millionths, and every sum carries from one to the
// other.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace finra {

__extension__ typedef __int128 int128;

inline constexpr std::int64_t millionths_in_one = 1'000'000;

/// `shares` is the largest whole number not above the quantity, `millionths` the rest, 0..999999:
/// minus one half is -1 and 500000. Ordered by size.
struct Quantity {
    std::int64_t shares = 0;
    std::int64_t millionths = 0;

    constexpr Quantity() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a whole number is a quantity as it stands.
    constexpr Quantity(std::int64_t whole) : shares(whole) {}
    constexpr Quantity(std::int64_t whole, std::int64_t rest) : shares(whole), millionths(rest) {}

    bool operator==(const Quantity&) const = default;
    std::strong_ordering operator<=>(const Quantity&) const = default;
};

/// Every quantity, and every sum and difference of some, fits.
constexpr int128 in_millionths(Quantity quantity) {
    return int128{quantity.shares} * millionths_in_one + quantity.millionths;
}
/// nullopt if its whole shares do not fit into 64 bits.
std::optional<Quantity> quantity_from_millionths(int128 millionths);

/// False, and `sum` untouched, if the whole shares of the sum do not fit into 64 bits.
[[nodiscard]] bool add(Quantity& sum, Quantity value);

/// Why a text is no quantity.
enum class QuantityFault : std::uint8_t {
    /// Not digits with at most one decimal point between them and a minus before them: no blanks,
    /// plus, exponent or separators of thousands.
    no_number,
    /// The whole shares do not fit into 64 bits.
    beyond_64_bits,
    /// A seventh decimal that is not zero.
    beyond_millionths,
};

/// `900000.5`, `-3`, `0.000001`. Zeros behind the sixth decimal change nothing and are accepted.
std::variant<Quantity, QuantityFault> quantity_from_text(std::string_view text);

/// The shortest text that reads back as the same: no decimals of a whole number, no zeros at the
/// end.
std::string decimal_text(Quantity quantity);

} // namespace finra
