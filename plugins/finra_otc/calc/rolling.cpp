#include "calc/rolling.hpp"

#include "calc/number.hpp"
#include "schema/ascii.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace finra::calc {

namespace {

/// One symbol in one week of the window, by the week's place in it.
struct Point {
    SymbolWeek at;
    std::size_t week = 0;
};

constexpr std::int64_t threshold_hundredths = 500;

/// False if the percentage does not fit.
bool set_trend(SymbolRolling& symbol, Quantity first, Quantity last) {
    if (first == 0) {
        symbol.trend = last > 0 ? Trend::up : Trend::flat;
        if (last == 0)
            symbol.trend_pct_hundredths = 0;
        return true;
    }
    const int128 base = in_millionths(first);
    symbol.trend_pct_hundredths =
        narrow(divide_half_up((in_millionths(last) - base) * 10000, base));
    if (!symbol.trend_pct_hundredths)
        return false;
    symbol.trend = *symbol.trend_pct_hundredths > threshold_hundredths    ? Trend::up
                   : *symbol.trend_pct_hundredths < -threshold_hundredths ? Trend::down
                                                                          : Trend::flat;
    return true;
}

/// `points` are those of one symbol, the oldest week first.
Result<SymbolRolling> roll(std::span<const Point> points) {
    SymbolRolling symbol;
    symbol.symbol = points.front().at.symbol;
    symbol.weeks_in_window = static_cast<std::int64_t>(points.size());
    symbol.is_complete = points.size() == window_weeks;
    symbol.min_volume = points.front().at.volume;
    symbol.max_volume = points.front().at.volume;
    int128 volume = 0;
    int128 trades = 0;
    for (const Point& point : points) {
        volume += in_millionths(point.at.volume);
        trades += point.at.trades;
        symbol.min_volume = std::min(symbol.min_volume, point.at.volume);
        symbol.max_volume = std::max(symbol.max_volume, point.at.volume);
    }
    // An average lies between its smallest and its largest value, so it fits.
    symbol.avg_volume = static_cast<std::int64_t>(
        divide_floor(volume, int128{symbol.weeks_in_window} * millionths_in_one));
    symbol.avg_trades = static_cast<std::int64_t>(divide_floor(trades, symbol.weeks_in_window));
    if (!set_trend(symbol, points.front().at.volume, points.back().at.volume))
        return Fault{"the trend of " + std::string(symbol.symbol.view()) +
                     " does not fit into 64 bits"};
    return symbol;
}

} // namespace

std::optional<OnIncomplete> on_incomplete_from_text(std::string_view text) {
    if (same_ignoring_case(text, "partial"))
        return OnIncomplete::partial;
    if (same_ignoring_case(text, "skip"))
        return OnIncomplete::skip;
    if (same_ignoring_case(text, "fail"))
        return OnIncomplete::fail;
    return std::nullopt;
}

Result<Rolling> rolling(std::span<const WindowWeek> window, OnIncomplete on_incomplete) {
    if (window.size() > window_weeks)
        return Fault{"the window has " + std::to_string(window.size()) + " weeks, at most " +
                     std::to_string(window_weeks) + " were expected"};
    std::vector<Point> points;
    for (std::size_t week = 0; week < window.size(); ++week) {
        if (week > 0 && window[week].week_ending <= window[week - 1].week_ending)
            return Fault{"the weeks of the window are not in order"};
        for (const SymbolWeek& symbol : window[week].symbols) {
            if (symbol.volume < 0 || symbol.trades < 0)
                return Fault{"the volumes or trades of " + std::string(symbol.symbol.view()) +
                             " are negative"};
            points.push_back({symbol, week});
        }
    }
    std::sort(points.begin(), points.end(), [](const Point& left, const Point& right) {
        return std::tie(left.at.symbol, left.week) < std::tie(right.at.symbol, right.week);
    });

    Rolling result;
    for (std::span<const Point> left = points; !left.empty();) {
        std::size_t count = 1;
        for (; count < left.size() && left[count].at.symbol == left.front().at.symbol; ++count)
            if (left[count].week == left[count - 1].week)
                return Fault{"the week ending " + iso(window[left[count].week].week_ending) +
                             " has " + std::string(left.front().at.symbol.view()) + " twice"};
        Result<SymbolRolling> symbol = roll(left.first(count));
        left = left.subspan(count);
        if (const auto* fault = std::get_if<Fault>(&symbol))
            return *fault;
        const auto& rolled = std::get<SymbolRolling>(symbol);
        if (rolled.is_complete)
            ++result.complete;
        else
            result.incomplete.push_back(rolled.symbol);
        if (rolled.is_complete || on_incomplete == OnIncomplete::partial)
            result.symbols.push_back(rolled);
    }
    if (on_incomplete == OnIncomplete::fail && !result.incomplete.empty())
        return Fault{std::to_string(result.incomplete.size()) +
                     " symbols lack a week of the window, first " +
                     std::string(result.incomplete.front().view())};
    return result;
}

} // namespace finra::calc
