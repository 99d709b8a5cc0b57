#include "examples.hpp"
#include "text.hpp"

#include <algorithm>
#include <utility>

namespace examples {

void load_positions(spine::Check& check) {
    check
        .output("positions",
                spine::Json{R"([{"ticker":"AAPL","shares":1000,"cost_basis":150.0},)"
                            R"({"ticker":"MSFT","shares":500,"cost_basis":280.0},)"
                            R"({"ticker":"AMZN","shares":200,"cost_basis":120.0},)"
                            R"({"ticker":"GOOGL","shares":300,"cost_basis":140.0}])"})
        .output("count", 4);
}

void analyze_position(spine::Check& check) {
    const double cost = option(check, "cost_basis").real;
    const double price = cost * 1.15;
    check.output("ticker", spine::view(option(check, "ticker").text))
        .output("pnl", (price - cost) * static_cast<double>(option(check, "shares").integer))
        .output("return_pct", rounded((price / cost - 1) * 100, 6));
}

void aggregate_portfolio(spine::Check& check) {
    const std::string step(spine::view(option(check, "step").text));
    std::vector<std::pair<std::string, double>> gains;
    const auto count = static_cast<std::size_t>(number_at(check, step + ".count"));
    for (std::size_t i = 0; i < count; ++i) {
        const std::string result = step + ".results[" + std::to_string(i) + "]";
        gains.emplace_back(spine::view(output(check, result + ".ticker").text),
                           number_at(check, result + ".pnl"));
    }
    std::sort(gains.begin(),
              gains.end()); // one order, so that the sum is the same whatever ended first
    double total = 0;
    for (const auto& [ticker, pnl] : gains)
        total += pnl;
    check.output("total_positions", count)
        .output("total_pnl", total)
        .output("strategy", "long_only");
    check.output("analysis_complete", true);
}

} // namespace examples
