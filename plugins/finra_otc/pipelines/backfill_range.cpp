// Consecutive weeks of one tier, or of all: each from its file to its sums, then the rolling
// metrics of the last one. A composite: it only starts the other pipelines, each of which commits
// by itself, and looks whether a file is there.
#include "pipelines/json_text.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/source_file.hpp"
#include "pipelines/stages.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace finra {

namespace {

constexpr std::int64_t weeks_max = 1040;
constexpr std::int64_t milliseconds_a_day = 86'400'000;

/// The last week to do: `through`, or the last Friday on or before the day on which the execution
/// was created.
Date last_week(const spine::Attempt& attempt) {
    if (const auto through = given_date(attempt, "through"))
        return given(week_ending(*through, date_policy(attempt)));
    return friday_on_or_before(
        Date{static_cast<std::int32_t>(attempt.created_at_ms() / milliseconds_a_day)});
}

std::int64_t weeks_back(const spine::Attempt& attempt) {
    const std::int64_t weeks = attempt.integer("weeks_back");
    if (weeks < 1 || weeks > weeks_max)
        throw error(SPINE_INVALID_ARG,
                    "weeks_back is " + std::to_string(weeks),
                    "it lies between 1 and " + std::to_string(weeks_max));
    return weeks;
}

/// The tiers to do: the one that is given, or all of them.
std::vector<Tier> tiers_of(const spine::Attempt& attempt, std::string_view pattern) {
    if (attempt.text("tier") != "ALL")
        return {given_tier(attempt).value()}; // required, and checked by the host
    if (pattern.find("{tier}") == std::string_view::npos &&
        pattern.find("{tier_file}") == std::string_view::npos)
        throw error(SPINE_INVALID_ARG,
                    "file_pattern '" + std::string(pattern) + "' names one file for all tiers",
                    "put {tier} or {tier_file} into it, or give one tier");
    return {tiers.begin(), tiers.end()};
}

/// "5 of 8 weeks have no file: 2025-11-07, …": the first ten are named.
std::string missing_text(const std::vector<std::string>& missing, std::size_t wanted) {
    constexpr std::size_t named_max = 10;
    std::string text = std::to_string(missing.size()) + " of " + std::to_string(wanted) + " weeks and tiers have no file: ";
    for (std::size_t i = 0; i < std::min(missing.size(), named_max); ++i)
        text += (i == 0 ? "" : ", ") + missing[i];
    return text + (missing.size() > named_max ? ", …" : "");
}

/// Starts children and keeps what went wrong.
class Backfill {
public:
    explicit Backfill(spine::Attempt& attempt) : attempt_(attempt) {}

    /// False if it failed: what is made from it is not tried.
    bool start(std::string_view pipeline, Date week, std::vector<spine::Field> params = {}) {
        const std::string week_text = iso(week);
        params.emplace_back("week_ending", week_text);
        const spine::Child child = attempt_.dispatch(pipeline, params);
        if (!child.failed())
            return true;
        errors_.push_back(week_text + " " + std::string(pipeline) + ": " +
                          std::string(child.error()));
        return false;
    }
    bool start_of_tier(std::string_view pipeline,
                       Tier tier,
                       Date week,
                       std::vector<spine::Field> params = {}) {
        params.emplace_back("tier", name(tier));
        return start(pipeline, week, std::move(params));
    }
    const std::vector<std::string>& errors() const { return errors_; }

private:
    spine::Attempt& attempt_;
    std::vector<std::string> errors_;
};

} // namespace

void backfill_range(spine::Attempt& attempt) {
    const std::string_view folder = attempt.text("source_dir");
    const std::string_view pattern = attempt.text("file_pattern");
    const auto tiers_to_do = tiers_of(attempt, pattern);
    const auto weeks = fridays_ending(last_week(attempt), static_cast<int>(weeks_back(attempt)));
    const bool all_stages = attempt.text("stages") == "all";
    const std::string on_incomplete(attempt.text("on_incomplete"));
    const std::vector<spine::Field> rolling_params{{"on_incomplete", on_incomplete}};

    // Looked for before anything begins, so that who wants all weeks or none gets none.
    std::map<std::pair<Date, Tier>, std::string> files;
    std::vector<std::string> missing;
    for (const Date week : weeks)
        for (const Tier tier : tiers_to_do) {
            std::string file = in_folder(folder, file_of(pattern, tier, week));
            if (attempt.exists(file))
                files.emplace(std::pair{week, tier}, std::move(file));
            else
                missing.push_back(tiers_to_do.size() == 1 ? iso(week) : iso(week) + " " + std::string(name(tier)));
        }
    if (files.empty())
        throw missing_file(in_folder(folder, file_of(pattern, tiers_to_do.front(), weeks.back())),
                           "none of the " + std::to_string(weeks.size()) + " weeks has a file, not even ",
                           "check source_dir, file_pattern and through");
    const std::string missing_list = json_list(missing);
    if (!missing.empty()) {
        const std::string told = missing_text(missing, weeks.size() * tiers_to_do.size());
        if (attempt.text("on_missing") == "fail")
            throw error(SPINE_NOT_FOUND, told, "get the files, or take on_missing=record to do the other weeks");
        attempt.warn(told);
        attempt.anomaly(SPINE_SEVERITY_WARN, "COMPLETENESS", told, R"({"weeks_missing":)" + missing_list + "}", spine::Attempt::no_output);
    }

    Backfill backfill(attempt);
    std::map<Tier, Date> last_processed;
    std::size_t weeks_processed = 0;
    for (std::size_t i = 0; i < weeks.size(); ++i) {
        const Date week = weeks[i];
        attempt.progress(i, weeks.size(), iso(week));
        bool any = false;
        for (const Tier tier : tiers_to_do) {
            const auto file = files.find({week, tier});
            if (file == files.end() ||
                !backfill.start_of_tier("ingest_week", tier, week, {{"file", file->second}}) ||
                !backfill.start_of_tier("normalize_week", tier, week) ||
                !backfill.start_of_tier("aggregate_week", tier, week))
                continue;
            any = true;
            last_processed[tier] = week;
            if (!all_stages)
                continue;
            backfill.start_of_tier("compute_venue_share", tier, week);
            backfill.start_of_tier("compute_hhi", tier, week);
            backfill.start_of_tier("compute_rolling", tier, week, rolling_params);
        }
        // The split is over the tiers, so it waits for the last of them.
        if (any && all_stages)
            backfill.start("compute_tier_split", week);
        weeks_processed += any ? 1 : 0;
    }
    if (!all_stages)
        for (const auto& [tier, week] : last_processed)
            backfill.start_of_tier("compute_rolling", tier, week, rolling_params);
    attempt.progress(weeks.size(), weeks.size(), "weeks");

    const std::string errors_list = json_list(backfill.errors());
    attempt.output("weeks_processed", weeks_processed)
        .output("weeks_total", weeks.size())
        .output("weeks_missing", spine::Json{missing_list})
        .output("errors", spine::Json{errors_list})
        .output("batch_id", spine::view(attempt.raw()->batch_id));
}

} // namespace finra
