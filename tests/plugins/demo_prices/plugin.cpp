/// The smallest useful plugin: a day's closing prices from a file of `symbol,cents` lines into one table.
#include <spine/plugin.hpp>

#include <algorithm>
#include <charconv>
#include <string>

namespace {

std::string whole_text(spine::Source& source) {
    std::string text;
    for (auto part = source.read(); !part.empty(); part = source.read())
        text.append(part);
    return text;
}

void load_day(spine::Attempt& attempt) {
    const auto output = attempt.claim({{"day", attempt.date("day")}});
    auto source = attempt.open(attempt.text("file"));
    const std::string text = whole_text(source);
    const auto capture = attempt.capture(source, {}, "given", output);
    if (capture.unchanged != 0)
        return;

    auto rows = attempt.replace<std::string_view, std::int64_t>("demo_prices", capture.rowset, "symbol|cents");
    std::int64_t line_number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto line = std::string_view{text}.substr(begin, end - begin);
        begin = end + 1;
        ++line_number;
        const auto comma = line.find(',');
        std::int64_t cents = 0;
        const auto* number = comma == std::string_view::npos ? nullptr : line.data() + comma + 1;
        if (number == nullptr || std::from_chars(number, line.data() + line.size(), cents).ptr != line.data() + line.size())
            attempt.reject("PARSE_ERROR", "expected symbol,cents", line, line_number, source.name(), output);
        else
            rows.add(line.substr(0, comma), cents);
    }
    const auto count = rows.finish();
    attempt.reached(capture.rowset, count, {}, output);
    attempt.output("rows", count);
}

constexpr spine::Param params[] = {
    spine::Param{"file", spine::text, spine::required, "lines of symbol,cents"},
    spine::Param{"day", spine::date, spine::required, "the trading day"},
};
constexpr spine::Column columns[] = {{"symbol", spine::text, "the symbol"}, {"cents", spine::integer, "closing price"}};
constexpr spine::Dataset prices{"demo_prices", spine::KeyedBy::capture, "day", columns, "symbol"};
constexpr spine::MigrationStep step_001[] = {spine::create(prices)};
constexpr spine::Migration migrations[] = {{1, "prices", step_001}};
constexpr spine::Stage stages[] = {{"LOADED", 1}};
constexpr spine::Domain domains[] = {{"demo.prices", "demo", "demo_", stages}};
constexpr spine::Pipeline pipelines[] = {
    spine::Pipeline{"load_day", "Load a day's closing prices", params, &load_day}.reaches("LOADED").version("1.0.0"),
};
constexpr spine::Plugin plugin{"demo_prices", "1.0.0", {"Closing prices, a demonstration"}, domains, pipelines, {},
                               migrations};

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(std::uint32_t major, std::uint32_t minor) noexcept {
    return spine::answer(plugin, major, minor);
}
