// What a lambda reads: its configuration and the figures that the steps before it have told. A
// figure that is missing or of a wrong kind fails the lambda, for a check of nothing must not pass.
#pragma once

#include <cstdint>
#include <optional>
#include <spine/plugin.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace finra {

/// A value of the step's configuration; the handler's table has the default.
std::int64_t integer_option(const spine::Check& check, std::string_view name);
std::string_view text_option(const spine::Check& check, std::string_view name);
/// A part of a whole, from 0 to `most`.
double fraction_option(const spine::Check& check, std::string_view name, double most = 1);
/// A number of things, from `least` to `most`.
std::int64_t count_option(const spine::Check& check,
                          std::string_view name,
                          std::int64_t least,
                          std::int64_t most);

/// How many of something a step has told; nullopt if it has told nothing of the kind.
std::optional<std::int64_t>
told_count(const spine::Check& check, std::string_view step, std::string_view field);
std::optional<double>
told_rate(const spine::Check& check, std::string_view step, std::string_view field);
/// The texts of a list that a step has told; none if it has told none.
std::vector<std::string>
told_texts(const spine::Check& check, std::string_view step, std::string_view field);

/// How many rows a step has told; without it the step gave no output that could be checked.
std::int64_t row_count_of(const spine::Check& check, std::string_view step);
/// The share of rows with an empty required field; as `row_count_of`.
double null_rate_of(const spine::Check& check, std::string_view step);

} // namespace finra
