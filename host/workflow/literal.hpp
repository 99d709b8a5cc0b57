/// Reads one value as it is written on a command line, in a configuration file or in a plugin's default.
#pragma once

#include "workflow/catalogue.hpp"

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace spine::workflow {

/// Why a text is not of a type: what was found and what is wanted, and perhaps how to write it.
struct Misfit {
    std::string message;
    std::string hint;
};

/// Booleans, integers and reals as such; dates `YYYY-MM-DD` that the calendar has; timestamps as
/// `YYYY-MM-DDTHH:MM:SS.mmmZ` in UTC (a bare date is its midnight); JSON parsed; text as it is.
std::variant<boost::json::value, Misfit> read_literal(Type type, std::string_view text);

/// Without surrounding blanks.
std::string_view trimmed(std::string_view text) noexcept;
/// ASCII letters in lower case.
std::string lower_case(std::string_view text);

} // namespace spine::workflow
