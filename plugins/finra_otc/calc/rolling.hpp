// Six weeks of each symbol: averages, extremes and the trend.
#pragma once

#include "calc/fault.hpp"
#include "schema/date.hpp"
#include "schema/record.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace finra::calc {

inline constexpr int window_weeks = 6;

/// A week of the window that is there, with its symbols sorted, each once.
struct WindowWeek {
    Date week_ending;
    std::vector<SymbolWeek> symbols;
};

/// What to do with a symbol that lacks a week of the window.
enum class OnIncomplete : std::uint8_t {
    /// Calculate it from the weeks that it has.
    partial,
    /// Leave it out.
    skip,
    /// Have no result at all.
    fail,
};
std::optional<OnIncomplete> on_incomplete_from_text(std::string_view text);

struct Rolling {
    /// Sorted by symbol.
    std::vector<SymbolRolling> symbols;
    std::int64_t complete = 0;
    /// The symbols that lack a week, whether or not they were left out; sorted.
    std::vector<Symbol> incomplete;

    bool operator==(const Rolling&) const = default;
};

/// `window` holds the weeks that are there, the oldest first; absent weeks are not replaced.
/// Averages are floored to whole numbers, once, from the exact sum. The trend goes from the first
/// to the last week in which the symbol has a row, in percent with two decimals; its direction is
/// that of the rounded percentage: UP above 5, DOWN below -5, else FLAT. From zero to something is
/// UP without a percentage, from zero to zero FLAT with 0.
Result<Rolling> rolling(std::span<const WindowWeek> window, OnIncomplete on_incomplete);

} // namespace finra::calc
