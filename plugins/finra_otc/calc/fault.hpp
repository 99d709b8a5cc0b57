// Why a calculation has no result: a number that would not fit, or rows that are not what the
// function asks for.
#pragma once

#include <string>
#include <variant>

namespace finra::calc {

/// A value, never a wrong number in its place.
struct Fault {
    std::string what;

    bool operator==(const Fault&) const = default;
};

template <class T> using Result = std::variant<T, Fault>;

} // namespace finra::calc
