#include "examples.hpp"
#include "text.hpp"

#include <algorithm>
#include <map>

namespace examples {

namespace {

struct Exchange {
    std::string_view name, step;
};
constexpr Exchange exchanges[] = {
    {"NYSE", "fetch_nyse"}, {"NASDAQ", "fetch_nasdaq"}, {"CBOE", "fetch_cboe"}};
/// What differs by more is worth a look.
constexpr double least_bps = 0.5;

void tell(spine::Check& check, std::string_view exchange, std::string_view prices, int latency_ms) {
    check.output("exchange", exchange)
        .output("prices", spine::Json{prices})
        .output("timestamp", "2026-02-16T16:00:00Z")
        .output("latency_ms", latency_ms);
}

struct Quote {
    std::string_view exchange;
    double price;
};

std::string as_json(const std::string& ticker,
                    const std::vector<Quote>& quotes,
                    const Quote& low,
                    const Quote& high) {
    std::string all;
    for (const auto& quote : quotes)
        all += (all.empty() ? "" : ",") + spine::json_quoted(quote.exchange) + ":" +
               text_of(quote.price);
    const double spread = high.price - low.price;
    return "{\"ticker\":" + spine::json_quoted(ticker) + ",\"quotes\":{" + all +
           "},\"spread\":" + text_of(rounded(spread, 4)) +
           ",\"spread_bps\":" + text_of(rounded(spread / low.price * 10'000, 2)) +
           ",\"buy_at\":" + spine::json_quoted(low.exchange) +
           ",\"sell_at\":" + spine::json_quoted(high.exchange) +
           ",\"buy_price\":" + text_of(low.price) + ",\"sell_price\":" + text_of(high.price) + "}";
}

} // namespace

void fetch_nyse(spine::Check& check) {
    tell(check, "NYSE", R"({"AAPL":245.50,"MSFT":420.30,"JPM":198.75})", 12);
}
void fetch_nasdaq(spine::Check& check) {
    tell(check, "NASDAQ", R"({"AAPL":245.52,"MSFT":420.28,"AMZN":195.60})", 8);
}
void fetch_cboe(spine::Check& check) {
    tell(check, "CBOE", R"({"AAPL":245.48,"MSFT":420.35,"VIX":18.42})", 15);
}

void merge_quotes(spine::Check& check) {
    std::map<std::string, std::vector<Quote>> by_ticker;
    for (const auto& exchange : exchanges) {
        const auto prices = output(check, std::string(exchange.step) + ".prices");
        for (const auto& [ticker, price] : numbers_from(spine::view(prices.text)))
            by_ticker[ticker].push_back({exchange.name, price});
    }
    int listed_twice = 0;
    int found = 0;
    std::string list;
    for (const auto& [ticker, quotes] : by_ticker) {
        if (quotes.size() < 2)
            continue;
        ++listed_twice;
        const auto [low, high] =
            std::minmax_element(quotes.begin(), quotes.end(), [](const Quote& a, const Quote& b) {
                return a.price < b.price;
            });
        if ((high->price - low->price) / low->price * 10'000 <= least_bps)
            continue;
        ++found;
        list += (list.empty() ? "" : ",") + as_json(ticker, quotes, *low, *high);
    }
    list = "[" + list + "]";
    check.output("tickers_seen", by_ticker.size())
        .output("multi_listed", listed_twice)
        .output("arb_opportunities", spine::Json{list})
        .output("arb_count", found);
}

void market_report(spine::Check& check) {
    std::string report = "Market report: " + text_of(number_at(check, "merge.tickers_seen")) +
                         " tickers across 3 exchanges";
    const auto count = static_cast<std::size_t>(number_at(check, "merge.arb_count"));
    const auto word = [&](const std::string& path) {
        return std::string(spine::view(output(check, path).text));
    };
    for (std::size_t i = 0; i < count; ++i) {
        const std::string one = "merge.arb_opportunities[" + std::to_string(i) + "]";
        report += "\n  " + word(one + ".ticker") + ": buy at " + word(one + ".buy_at") + " for " +
                  text_of(number_at(check, one + ".buy_price")) + ", sell at " +
                  word(one + ".sell_at") + " for " +
                  text_of(number_at(check, one + ".sell_price")) + " (" +
                  text_of(number_at(check, one + ".spread_bps")) + " bps)";
    }
    if (count == 0)
        report += "\n  no difference is worth a look";
    check.output("report", report).output("arb_count", count);
}

} // namespace examples
