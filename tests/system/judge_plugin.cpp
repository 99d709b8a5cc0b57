/// What publish.sh works with: days of amounts that are read, judged when they are summed, and compared with the day before. A day of fewer than
/// three lines fails its check.
#include <spine/plugin.hpp>

#include <charconv>
#include <string>

namespace {

constexpr std::int64_t lines_min = 3;

void load(spine::Attempt& attempt) {
    const auto output = attempt.claim({{"day", attempt.text("day")}});
    auto source = attempt.open(attempt.text("file"));
    std::string text;
    for (auto part = source.read(); !part.empty(); part = source.read())
        text.append(part);
    const auto capture = attempt.capture(source, {}, "given", output);
    if (capture.unchanged != 0)
        return;
    auto rows = attempt.replace<std::int64_t, std::int64_t>("judge_raw", capture.rowset, "line|amount");
    std::int64_t line = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        std::int64_t amount = 0;
        std::from_chars(text.data() + begin, text.data() + end, amount);
        rows.add(++line, amount);
        begin = end + 1;
    }
    attempt.reached(capture.rowset, rows.finish(), {}, output);
}

void sum(spine::Attempt& attempt) {
    const auto input = attempt.inputs().at(0);
    std::int64_t count = 0, total = 0;
    for (auto [amount] : attempt.select<std::int64_t>("SELECT amount FROM judge_raw WHERE capture_seq = ? ORDER BY line", input.capture_seq)) {
        ++count;
        total += amount;
    }
    attempt.check("lines",
                  SPINE_COMPLETENESS_CHECK,
                  count < lines_min ? SPINE_CHECK_FAIL : SPINE_CHECK_PASS,
                  std::to_string(count),
                  "at least " + std::to_string(lines_min));
    auto rows = attempt.replace<std::string_view, std::int64_t, std::int64_t>("judge_sum", input.rowset, "name|lines|total");
    rows.add("all", count, total);
    attempt.reached(input.rowset, rows.finish());
}

void plan_trend(spine::Plan& plan) {
    const auto day = plan.text("day");
    const auto output = plan.output({{"day", day}});
    plan.needs({{"day", day}}, "SUMMED", output);
    plan.uses({{"day", plan.text("before")}}, "SUMMED", output);
}

void trend(spine::Attempt& attempt) {
    std::int64_t total = 0;
    for (const auto& input : attempt.inputs())
        for (auto [of_day] : attempt.select<std::int64_t>("SELECT total FROM judge_sum WHERE capture_seq = ?", input.capture_seq))
            total += of_day;
    const auto rowset = attempt.derived(0);
    auto rows = attempt.replace<std::string_view, std::int64_t>("judge_trend", rowset, "name|total");
    rows.add("both", total);
    attempt.reached(rowset, rows.finish());
}

constexpr spine::Param day{"day", spine::text, spine::required, "the day"};
constexpr spine::Param load_params[] = {day, {"file", spine::text, spine::required, "one amount a line"}};
constexpr spine::Param sum_params[] = {day};
constexpr spine::Param trend_params[] = {day, {"before", spine::text, spine::required, "the day before"}};
constexpr spine::Column raw_columns[] = {{"line", spine::integer}, {"amount", spine::integer}};
constexpr spine::Column sum_columns[] = {{"name", spine::text}, {"lines", spine::integer}, {"total", spine::integer}};
constexpr spine::Column trend_columns[] = {{"name", spine::text}, {"total", spine::integer}};
constexpr spine::Dataset raw{"judge_raw", spine::KeyedBy::capture, "day", raw_columns, "line"};
constexpr spine::Dataset sums{"judge_sum", spine::KeyedBy::capture, "day", sum_columns, "name"};
constexpr spine::Dataset trends{"judge_trend", spine::KeyedBy::inputs, "day", trend_columns, "name"};
constexpr spine::MigrationStep step_001[] = {spine::create(raw), spine::create(sums), spine::create(trends)};
constexpr spine::Migration migrations[] = {{1, "days", step_001}};
constexpr spine::Stage stages[] = {{"RAW", 1}, {"SUMMED", 2, spine::publishes}, {"COMPARED", 3}};
constexpr spine::Domain domains[] = {{"judge.days", "judge", "judge_", stages}};
constexpr spine::Pipeline pipelines[] = {
    spine::Pipeline{"load", "Read a day", load_params, &load}.reaches("RAW").version("1"),
    spine::Pipeline{"sum", "Sum and judge a day", sum_params, &sum}.partition("day").needs("RAW").reaches("SUMMED").version("1"),
    spine::Pipeline{"trend", "A day beside the one before", trend_params, &trend}.plans(&plan_trend).reaches("COMPARED").version("1"),
};
constexpr spine::Plugin plugin{"judge", "1.0.0", {"Days that are judged"}, domains, pipelines, {}, migrations};

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(std::uint32_t major, std::uint32_t minor) noexcept {
    return spine::answer(plugin, major, minor);
}
