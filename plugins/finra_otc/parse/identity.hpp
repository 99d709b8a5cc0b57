// Which tier and which week a file is about, from what was given, what its rows state, and its
// date. A file that mixes two, or contradicts what was given, is refused with counts: a wrong label
// would be a silent error.
#pragma once

#include "parse/parser.hpp"
#include "schema/date.hpp"
#include "schema/refusal.hpp"
#include "schema/tier.hpp"
#include "schema/week.hpp"

#include <optional>
#include <string_view>

namespace finra::parse {

Answer<Tier> tier_of_file(const Summary& file, std::optional<Tier> given);

/// The day on which the file was published: `given`, else the date in its name, else the
/// lastUpdateDate of its first row; nullopt if none of them is there.
std::optional<Date>
date_of_file(const Summary& file, std::string_view path, std::optional<Date> given);

/// What the week of a file may be known by, besides its own rows.
struct WeekClues {
    std::optional<Date> given{};
    std::optional<Date> file_date{};
    DatePolicy policy = DatePolicy::refuse;
    PublicationLag lag = PublicationLag::seed;
};

struct WeekOfFile {
    Date week_ending;
    WeekSource source = WeekSource::given;

    bool operator==(const WeekOfFile&) const = default;
};

/// The given week, else the one that the rows state, else the file's date minus the lag.
Answer<WeekOfFile> week_of_file(const Summary& file, Tier tier, const WeekClues& clues);

/// The week that the file's date stands for, whichever was given; nullopt without a date, or if the
/// rows state a week, which says more.
std::optional<Date> derived_week(const Summary& file, Tier tier, const WeekClues& clues);

} // namespace finra::parse
