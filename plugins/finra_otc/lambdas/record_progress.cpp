#include "lambdas/lambdas.hpp"
#include "pipelines/json_text.hpp"
#include "pipelines/partition.hpp"

#include <algorithm>

namespace finra {

namespace {

constexpr std::size_t weeks_max = 1000;
constexpr std::string_view param = "processed_weeks";

/// The weeks done so far; a person may give them as text.
std::vector<std::string> processed_weeks(const spine::Check& check) {
    if (!check.has(param))
        return {};
    if (auto weeks = texts_from_json(check.text(param)))
        return *std::move(weeks);
    throw error(SPINE_INVALID_ARG,
                "parameter '" + std::string(param) + "' is no list of weeks",
                R"(write ["2025-12-12","2025-12-19"])");
}

} // namespace

void record_progress(spine::Check& check) {
    const auto looped = given_date(check, "current_week");
    const std::string week =
        iso(looped ? given(week_ending(*looped, date_policy(check))) : given_week(check));
    std::vector<std::string> weeks = processed_weeks(check);
    if (std::find(weeks.begin(), weeks.end(), week) == weeks.end())
        weeks.push_back(week);
    if (weeks.size() > weeks_max)
        throw error(SPINE_INVALID_ARG,
                    std::string(param) + " holds more than " + std::to_string(weeks_max) + " weeks",
                    "begin with an empty list");
    const std::string list = json_list(weeks);
    check.output("processed_week", week)
        .output("processed_count", static_cast<std::int64_t>(weeks.size()));
    check.update(param, spine::Json{list});
}

} // namespace finra
