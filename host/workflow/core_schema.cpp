#include "workflow/core_schema.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace spine::workflow {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

enum class Shape { text, null, yes, no, integer, octal, hexadecimal, real, infinite, not_a_number };

bool all(std::string_view text, bool (*fits)(char)) { return !text.empty() && std::ranges::all_of(text, fits); }

Shape shape_of(std::string_view plain) {
    const auto is = [&](auto... words) { return ((plain == words) || ...); };
    if (is("", "~", "null", "Null", "NULL"))
        return Shape::null;
    if (is("true", "True", "TRUE"))
        return Shape::yes;
    if (is("false", "False", "FALSE"))
        return Shape::no;
    if (is(".nan", ".NaN", ".NAN"))
        return Shape::not_a_number;
    if (plain.starts_with("0o"))
        return all(plain.substr(2), [](char c) { return c >= '0' && c <= '7'; }) ? Shape::octal : Shape::text;
    if (plain.starts_with("0x"))
        return all(plain.substr(2), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); })
                   ? Shape::hexadecimal
                   : Shape::text;
    auto rest = plain;
    if (rest.front() == '-' || rest.front() == '+')
        rest.remove_prefix(1);
    if (rest == ".inf" || rest == ".Inf" || rest == ".INF")
        return Shape::infinite;
    const auto take_digits = [&] {
        const auto before = rest.size();
        while (!rest.empty() && is_digit(rest.front()))
            rest.remove_prefix(1);
        return before - rest.size();
    };
    bool real = false;
    const auto whole = take_digits();
    if (rest.starts_with('.')) {
        real = true;
        rest.remove_prefix(1);
        if (take_digits() == 0 && whole == 0)
            return Shape::text;
    } else if (whole == 0) {
        return Shape::text;
    }
    if (rest.starts_with('e') || rest.starts_with('E')) {
        real = true;
        rest.remove_prefix(1);
        if (rest.starts_with('-') || rest.starts_with('+'))
            rest.remove_prefix(1);
        if (take_digits() == 0)
            return Shape::text;
    }
    if (!rest.empty())
        return Shape::text;
    return real ? Shape::real : Shape::integer;
}

std::variant<boost::json::value, ScalarFault> integer(std::string_view plain, std::string_view digits, int base) {
    if (digits.starts_with('+'))
        digits.remove_prefix(1);
    const auto* last = digits.data() + digits.size();
    std::int64_t value = 0;
    if (std::from_chars(digits.data(), last, value, base).ec == std::errc{})
        return boost::json::value(value);
    std::uint64_t natural = 0;
    if (!digits.starts_with('-') && std::from_chars(digits.data(), last, natural, base).ec == std::errc{})
        return boost::json::value(natural);
    return ScalarFault{"the integer " + std::string{plain.substr(0, 40)} + " does not fit in 64 bits", "put it in quotes to keep it as a text"};
}

} // namespace

std::variant<boost::json::value, ScalarFault> core_schema(std::string_view plain) {
    switch (shape_of(plain)) {
    case Shape::text: return boost::json::value(plain);
    case Shape::null: return boost::json::value(nullptr);
    case Shape::yes: return boost::json::value(true);
    case Shape::no: return boost::json::value(false);
    case Shape::integer: return integer(plain, plain, 10);
    case Shape::octal: return integer(plain, plain.substr(2), 8);
    case Shape::hexadecimal: return integer(plain, plain.substr(2), 16);
    case Shape::infinite:
    case Shape::not_a_number:
        return ScalarFault{"the number " + std::string{plain} + " cannot be kept", "put it in quotes to keep it as a text"};
    case Shape::real: break;
    }
    auto digits = plain;
    if (digits.starts_with('+'))
        digits.remove_prefix(1);
    double value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{})
        return ScalarFault{"the number " + std::string{plain.substr(0, 40)} + " is out of the range of a double",
                           "put it in quotes to keep it as a text"};
    return boost::json::value(value);
}

bool reads_as_text(std::string_view plain) { return shape_of(plain) == Shape::text; }

} // namespace spine::workflow
