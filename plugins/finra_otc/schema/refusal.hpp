// Why a whole file, or a value given by a person, is not accepted.
#pragma once

#include <string>
#include <variant>

namespace finra {

/// A value, for the caller's next line branches on it. `what` is a sentence without its place,
/// `hint` what to do.
struct Refusal {
    std::string what;
    /// From 1; 0 when the fault is the file's and no line's.
    long line = 0;
    /// The byte of the line at which the fault begins, from 1; 0 when the fault is the line's.
    long column = 0;
    std::string hint;

    bool operator==(const Refusal&) const = default;
};

/// Either the answer or why there is none.
template <class T> using Answer = std::variant<T, Refusal>;

} // namespace finra
