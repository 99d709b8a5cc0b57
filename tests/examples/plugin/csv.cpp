#include "examples.hpp"
#include "text.hpp"

#include <algorithm>
#include <optional>

namespace examples {

namespace {

constexpr std::string_view header = "cik,name,ticker";

std::string whole_text(spine::Source& source) {
    std::string text;
    for (auto part = source.read(); !part.empty(); part = source.read())
        text.append(part);
    return text;
}

/// The next line, without its end; nothing at the end of the text.
std::optional<std::string_view> next_line(std::string_view& text) {
    if (text.empty())
        return std::nullopt;
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    return line;
}

std::string_view next_cell(std::string_view& line) {
    const auto end = std::min(line.find(','), line.size());
    const auto cell = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return cell;
}

} // namespace

void extract_csv(spine::Attempt& attempt) {
    auto source = attempt.open(attempt.text("file_path"));
    const std::string text = whole_text(source);
    const std::string name(source.name());
    const auto output = attempt.claim({{"file", name}});
    attempt.output("file", name);
    const auto capture = attempt.capture(source, {}, "derived", output);
    if (capture.unchanged != 0)
        return;

    std::string_view rest = text;
    if (next_line(rest) != header)
        throw spine::Error{SPINE_INVALID_DATA,
                           name + " does not begin with " + std::string(header)};
    auto rows =
        attempt.replace<std::int64_t,
                        std::optional<std::string_view>,
                        std::string_view,
                        std::string_view>("csv_records", capture.rowset, "line|cik|name|ticker");
    std::int64_t number = 1;
    std::int64_t without_cik = 0;
    while (auto line = next_line(rest)) {
        ++number;
        const auto cik = next_cell(*line);
        const auto company = next_cell(*line);
        without_cik += cik.empty() ? 1 : 0;
        rows.add(
            number, cik.empty() ? std::nullopt : std::optional{cik}, company, next_cell(*line));
    }
    const auto count = rows.finish();
    attempt.reached(capture.rowset, count, {{"file", name}, {"without_cik", without_cik}}, output);
    attempt.output("without_cik", without_cik).output("count", count);
}

void validate_records(spine::Check& check) {
    const auto step = std::string(spine::view(option(check, "step").text));
    const double count = number_at(check, step + ".count");
    const double rejected = number_at(check, step + ".without_cik");
    const double limit = option(check, "max_reject_rate").real;
    const bool passed = rejected <= count * limit;
    check.quality(static_cast<std::int64_t>(count),
                  static_cast<std::int64_t>(count - rejected),
                  count > 0 ? rejected / count : 0.0,
                  passed);
    check.output("valid", static_cast<std::int64_t>(count - rejected))
        .output("rejected", static_cast<std::int64_t>(rejected));
    if (!passed)
        throw spine::Error{SPINE_INVALID_DATA,
                           "Too many rejects: " + text_of(rejected) + "/" + text_of(count),
                           SPINE_RETRY_NEVER,
                           0,
                           R"({"category":"QUALITY_GATE"})"};
}

void load_to_db(spine::Attempt& attempt) {
    const auto input = attempt.input();
    auto rows = attempt.replace<std::string_view, std::string_view, std::string_view>(
        "csv_companies", attempt.derived(), "cik|name|ticker");
    for (const auto& [cik, name, ticker] :
         attempt.select<std::string_view, std::string_view, std::string_view>(
             "SELECT cik, name, ticker FROM csv_records WHERE capture_seq = ? AND cik IS NOT NULL "
             "ORDER BY line",
             input.capture_seq))
        rows.add(cik, name, ticker);
    const auto count = rows.finish();
    attempt.reached(attempt.derived(), count, {{"inserted", count}, {"table", "csv_companies"}});
    attempt.output("inserted", count).output("table", "csv_companies");
}

} // namespace examples
