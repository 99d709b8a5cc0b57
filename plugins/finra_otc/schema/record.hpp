// The records of the domain: what a row is as published, after the rules, and after each
// calculation. Shares are exact quantities, averages and scores integers of hundredths; an absent
// optional is a NULL.
#pragma once

#include "schema/date.hpp"
#include "schema/quantity.hpp"
#include "schema/tier.hpp"
#include "schema/venue.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace finra {

/// A code of at most `Max` characters, kept in place and ordered as bytes.
template <std::size_t Max> class Code {
public:
    static constexpr std::size_t size_max = Max;

    Code() = default;

    /// nullopt if `text` does not fit or holds a NUL.
    static std::optional<Code> from(std::string_view text) {
        if (text.size() > Max || text.find('\0') != std::string_view::npos)
            return std::nullopt;
        Code code;
        std::copy(text.begin(), text.end(), code.text_.begin());
        return code;
    }

    std::string_view view() const {
        std::size_t size = Max;
        while (size > 0 && text_[size - 1] == '\0')
            --size;
        return {text_.data(), size};
    }

    friend bool operator==(const Code& left, const Code& right) {
        return std::memcmp(left.text_.data(), right.text_.data(), Max) == 0;
    }
    friend std::strong_ordering operator<=>(const Code& left, const Code& right) {
        return std::memcmp(left.text_.data(), right.text_.data(), Max) <=> 0;
    }

private:
    std::array<char, Max> text_{};
};

using Symbol = Code<10>;

/// The two layouts in which files are published: FINRA's own, and the simple one.
enum class Layout : std::uint8_t { finra, simple };

/// A row that could be read, as published. The texts are borrowed for the call that hands it over.
struct RawRow {
    std::int64_t line = 0;
    Tier tier = Tier::nms_tier_1;
    std::string_view tier_text;
    std::string_view symbol;
    std::string_view issue_name;
    std::string_view venue_name;
    std::string_view mpid;
    Quantity shares{};
    std::int64_t trades = 0;
    std::optional<Date> last_update{};
    /// The row's own week, if the layout has one: the day that is published as its end or start.
    std::optional<Date> week{};
    Layout layout = Layout::finra;
    /// The line that the row was read from, as evidence is written (schema/line.hpp); empty where
    /// it was not kept because the fields spell it.
    std::string_view line_text{};
    /// Whether the fields of this row, the tier as the first row of the file spells it, and `week`
    /// spell the line byte for byte.
    bool is_spelled = false;
};

/// What one venue traded of one symbol in the week: the input of every calculation, sorted by
/// symbol, then venue. A venue's field bears the name of its column, `mpid`.
struct VenueVolume {
    Symbol symbol;
    Venue mpid;
    Quantity shares{};
    std::int64_t trades = 0;
    std::optional<Date> last_update{};

    bool operator==(const VenueVolume&) const = default;
};

struct SymbolSummary {
    Symbol symbol;
    Quantity total_volume{};
    std::int64_t total_trades = 0;
    std::int64_t venue_count = 0;
    /// Shares per trade; absent without trades.
    std::optional<std::int64_t> avg_trade_size_hundredths{};
    /// The rounded average times the venues; absent without trades.
    std::optional<std::int64_t> liquidity_score_hundredths{};
    /// The newest of its rows.
    std::optional<Date> last_update{};

    bool operator==(const SymbolSummary&) const = default;
};

struct VenueShare {
    Venue mpid;
    Quantity total_volume{};
    std::int64_t total_trades = 0;
    std::int64_t symbol_count = 0;
    /// A fraction of the tier, 0..1; absent when the tier traded nothing.
    std::optional<double> market_share{};
    /// 1..N by volume; ties by MPID.
    std::int64_t rank = 0;

    bool operator==(const VenueShare&) const = default;
};

struct SymbolVenueShare {
    Symbol symbol;
    Venue mpid;
    Quantity venue_volume{};
    /// A fraction of the symbol, 0..1; absent when the symbol traded nothing.
    std::optional<double> venue_share{};

    bool operator==(const SymbolVenueShare&) const = default;
};

struct SymbolHhi {
    Symbol symbol;
    /// 1/N..1; absent when the symbol traded nothing.
    std::optional<double> hhi{};
    std::int64_t venue_count = 0;

    bool operator==(const SymbolHhi&) const = default;
};

struct TierSplit {
    Symbol symbol;
    Tier tier = Tier::nms_tier_1;
    Quantity tier_volume{};
    /// A fraction of the symbol's volume in all tiers; absent when it traded nothing.
    std::optional<double> tier_share{};

    bool operator==(const TierSplit&) const = default;
};

/// One symbol in one week of a window.
struct SymbolWeek {
    Symbol symbol;
    Quantity volume{};
    std::int64_t trades = 0;

    bool operator==(const SymbolWeek&) const = default;
};

enum class Trend : std::uint8_t { up, down, flat };

constexpr std::string_view name(Trend trend) {
    switch (trend) {
    case Trend::up:
        return "UP";
    case Trend::down:
        return "DOWN";
    case Trend::flat:
        return "FLAT";
    }
    return "FLAT";
}

struct SymbolRolling {
    Symbol symbol;
    /// Both averages are floored to whole numbers, whatever fractions the weeks have.
    std::int64_t avg_volume = 0;
    std::int64_t avg_trades = 0;
    Quantity min_volume{};
    Quantity max_volume{};
    Trend trend = Trend::flat;
    /// Absent when the first week's volume is zero and the last's is not.
    std::optional<std::int64_t> trend_pct_hundredths{};
    std::int64_t weeks_in_window = 0;
    bool is_complete = false;

    bool operator==(const SymbolRolling&) const = default;
};

} // namespace finra
