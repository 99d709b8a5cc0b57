#include "lambdas/lambdas.hpp"
#include "pipelines/json_text.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/source_file.hpp"

namespace finra {

namespace {

constexpr int weeks_max = 1000;

Date required_date(const spine::Check& check, std::string_view param) {
    if (const auto date = given_date(check, param))
        return *date;
    throw error(SPINE_INVALID_ARG,
                "parameter '" + std::string(param) + "' is not given",
                "write it as YYYY-MM-DD");
}

/// `[{"week":"2025-12-19","file":"files/week_2025-12-19.psv"}]`, for who goes through the weeks' files.
std::string week_files(const spine::Check& check, Tier tier, Date first, int count) {
    const std::string_view folder = check.text("source_dir");
    const std::string_view pattern = check.maybe_text("file_pattern").value_or("week_{week}.psv");
    std::string list = "[";
    for (int i = 0; i < count; ++i) {
        const Date week = first + 7 * i;
        list += (i == 0 ? "" : ",") + (R"({"week":)" + spine::json_quoted(iso(week))) +
                R"(,"file":)" +
                spine::json_quoted(in_folder(folder, file_of(pattern, tier, week))) + "}";
    }
    return list + "]";
}

} // namespace

void generate_week_list(spine::Check& check) {
    const Date start = required_date(check, "start_date");
    const Date end = required_date(check, "end_date");
    // Nobody asks for no weeks; the two were exchanged.
    if (end < start)
        throw error(SPINE_INVALID_ARG,
                    "start_date " + iso(start) + " is after end_date " + iso(end),
                    "exchange them");
    const Date first = friday_on_or_after(start);
    const int count = first > end ? 0 : (end - first) / 7 + 1;
    if (count > weeks_max)
        throw error(SPINE_INVALID_ARG,
                    iso(start) + " to " + iso(end) + " holds " + std::to_string(count) +
                        " weeks, more than " + std::to_string(weeks_max),
                    "take the range in parts");

    std::vector<std::string> weeks;
    for (int i = 0; i < count; ++i)
        weeks.push_back(iso(first + 7 * i));
    const std::string list = json_list(weeks);
    check.output("weeks", spine::Json{list}).output("week_count", count);
    if (const auto tier = given_tier(check); tier && check.maybe_text("source_dir"))
        check.output("week_files", spine::Json{week_files(check, *tier, first, count)});
    check.update("weeks_to_process", spine::Json{list});
    check.update("total_weeks", count);
    check.update("processed_weeks", spine::Json{"[]"});
}

} // namespace finra
