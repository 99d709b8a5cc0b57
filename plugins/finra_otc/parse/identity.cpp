#include "parse/identity.hpp"

#include "parse/file_name.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace finra::parse {

namespace {

std::string lines_of(std::int64_t lines) {
    return std::to_string(lines) + (lines == 1 ? " line" : " lines");
}

std::string counted(const std::vector<TierLines>& tiers) {
    std::string text;
    for (const TierLines& seen : tiers)
        text += (text.empty() ? "" : ", ") + std::string(name(seen.tier)) + " in " +
                lines_of(seen.lines);
    return text;
}

std::string counted(const std::vector<WeekLines>& weeks, std::int64_t further) {
    std::string text;
    for (const WeekLines& seen : weeks)
        text += (text.empty() ? "" : ", ") + iso(seen.week) + " in " + lines_of(seen.lines);
    if (further > 0)
        text += ", and other weeks in " + lines_of(further);
    return text;
}

/// The weeks that the rows state, under `policy`; those that fall together are added up.
Answer<std::vector<WeekLines>> stated_weeks(const Summary& file, DatePolicy policy) {
    std::vector<WeekLines> weeks;
    for (const WeekLines& seen : file.weeks) {
        const Answer<Date> week = file.weeks_are_starts ? week_starting(seen.week, policy)
                                                        : week_ending(seen.week, policy);
        if (const auto* refusal = std::get_if<Refusal>(&week)) {
            Refusal placed = *refusal;
            placed.line = static_cast<long>(seen.first_line);
            return placed;
        }
        const Date friday = std::get<Date>(week);
        const auto same = std::find_if(weeks.begin(), weeks.end(), [&](const WeekLines& lines) {
            return lines.week == friday;
        });
        if (same == weeks.end())
            weeks.push_back({friday, seen.lines, seen.first_line});
        else
            same->lines += seen.lines;
    }
    return weeks;
}

} // namespace

Answer<Tier> tier_of_file(const Summary& file, std::optional<Tier> given) {
    if (file.tiers.empty())
        return Refusal{
            "no line of the file states a tier", 0, 0, "look at its rejects; it may be damaged"};
    if (file.tiers.size() > 1)
        return Refusal{"the file mixes tiers: " + counted(file.tiers),
                       static_cast<long>(file.tiers[1].first_line),
                       0,
                       "give each tier a file of its own"};
    const TierLines& stated = file.tiers.front();
    if (given && *given != stated.tier)
        return Refusal{"the file is about another tier than the given " +
                           std::string(name(*given)) + ": " + counted(file.tiers),
                       static_cast<long>(stated.first_line),
                       0,
                       "leave the tier out, or give the one of the file"};
    return stated.tier;
}

std::optional<Date>
date_of_file(const Summary& file, std::string_view path, std::optional<Date> given) {
    if (given)
        return given;
    if (const auto date = date_in_name(path))
        return date;
    return file.first_last_update;
}

Answer<WeekOfFile> week_of_file(const Summary& file, Tier tier, const WeekClues& clues) {
    std::optional<Date> given;
    if (clues.given) {
        Answer<Date> week = week_ending(*clues.given, clues.policy);
        if (auto* refusal = std::get_if<Refusal>(&week))
            return std::move(*refusal);
        given = std::get<Date>(week);
    }

    Answer<std::vector<WeekLines>> stated = stated_weeks(file, clues.policy);
    if (auto* refusal = std::get_if<Refusal>(&stated))
        return std::move(*refusal);
    const auto& weeks = std::get<std::vector<WeekLines>>(stated);
    if (weeks.size() > 1 || file.lines_of_further_weeks > 0)
        return Refusal{"the file mixes weeks: " + counted(weeks, file.lines_of_further_weeks),
                       weeks.size() > 1 ? static_cast<long>(weeks[1].first_line) : 0,
                       0,
                       "give each week a file of its own"};
    if (given && !weeks.empty() && weeks.front().week != *given)
        return Refusal{"the file is about another week than the given " + iso(*given) + ": " +
                           counted(weeks, 0),
                       static_cast<long>(weeks.front().first_line),
                       0,
                       "leave week_ending out, or give the one of the file"};

    // A week is published after it has ended; a later label would be a silent error.
    if (given && file.newest_last_update && *given >= *file.newest_last_update)
        return Refusal{"the given week " + iso(*given) +
                           " had not ended when the file was updated, " +
                           iso(*file.newest_last_update),
                       0,
                       0,
                       "leave week_ending out, or give the one of the file"};
    if (given)
        return WeekOfFile{*given, WeekSource::given};
    if (!weeks.empty())
        return WeekOfFile{weeks.front().week, WeekSource::column};
    if (const auto derived = derived_week(file, tier, clues))
        return WeekOfFile{*derived, WeekSource::derived};
    return Refusal{
        "could not determine file_date: neither the file's name nor its rows tell the week",
        0,
        0,
        "give week_ending or file_date"};
}

std::optional<Date> derived_week(const Summary& file, Tier tier, const WeekClues& clues) {
    if (!file.weeks.empty() || !clues.file_date)
        return std::nullopt;
    return week_from_file_date(*clues.file_date, clues.lag, tier);
}

} // namespace finra::parse
