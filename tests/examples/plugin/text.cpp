#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace examples {

namespace {

constexpr std::size_t items_max = 10'000;

double real_of(const spine_value& value) {
    return value.type == SPINE_INT ? static_cast<double>(value.integer) : value.real;
}

spine_value required(std::optional<spine_value> value, const std::string& what) {
    if (!value)
        throw spine::Error{SPINE_INVALID_STATE, "there is no " + what};
    return *value;
}

} // namespace

std::string text_of(double number) {
    std::array<char, 32> digits{};
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}

std::vector<std::pair<std::string, double>> numbers_from(std::string_view json) {
    const auto fault = [&] {
        return spine::Error{SPINE_INVALID_DATA,
                            "no mapping of names to numbers: " + std::string(json.substr(0, 80))};
    };
    if (json.size() < 2 || json.front() != '{' || json.back() != '}')
        throw fault();
    json = json.substr(1, json.size() - 2);
    std::vector<std::pair<std::string, double>> found;
    while (!json.empty()) {
        const auto close = json.find('"', 1);
        if (json.front() != '"' || close == std::string_view::npos || close + 1 >= json.size() ||
            json[close + 1] != ':')
            throw fault();
        double number = 0;
        const auto* end = json.data() + json.size();
        const auto read = std::from_chars(json.data() + close + 2, end, number);
        if (read.ec != std::errc{} || (read.ptr != end && *read.ptr != ','))
            throw fault();
        found.emplace_back(json.substr(1, close - 1), number);
        json.remove_prefix(static_cast<std::size_t>(read.ptr - json.data()) +
                           (read.ptr == end ? 0 : 1));
    }
    std::sort(found.begin(), found.end());
    return found;
}

double rounded(double number, int decimals) {
    const double scale = std::pow(10.0, decimals);
    return std::round(number * scale) / scale;
}

spine_value output(const spine::Check& check, const std::string& path) {
    return required(check.output_of(path), "output " + path);
}

double number_at(const spine::Check& check, const std::string& path) {
    return real_of(output(check, path));
}

std::vector<double> numbers_at(const spine::Check& check, const std::string& path) {
    std::vector<double> numbers;
    while (numbers.size() < items_max) {
        const auto item = check.output_of(path + "[" + std::to_string(numbers.size()) + "]");
        if (!item)
            return numbers;
        numbers.push_back(real_of(*item));
    }
    throw spine::Error{SPINE_RESOURCE,
                       path + " has more than " + std::to_string(items_max) + " items"};
}

spine_value option(const spine::Check& check, std::string_view name) {
    return required(check.option(name), "config " + std::string(name));
}

} // namespace examples
