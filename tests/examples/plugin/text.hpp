// Small things that the examples share: numbers and JSON as text.
#pragma once

#include <spine/plugin.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace examples {

/// The shortest text that reads back as the same number: 53400, 0.1, 1.63.
std::string text_of(double number);
/// The members of a flat JSON object of numbers, in the order of their names: {"AAPL":245.5}.
/// Throws spine::Error for anything else.
std::vector<std::pair<std::string, double>> numbers_from(std::string_view json);
/// To so many decimals, half away from zero.
double rounded(double number, int decimals);

/// An output that must be there: "fetch.prices".
spine_value output(const spine::Check& check, const std::string& path);
/// A number that must be there, whole or not.
double number_at(const spine::Check& check, const std::string& path);
/// The numbers of a list: "fetch.records".
std::vector<double> numbers_at(const spine::Check& check, const std::string& path);
/// A value of the step's `config` that must be there.
spine_value option(const spine::Check& check, std::string_view name);

} // namespace examples
