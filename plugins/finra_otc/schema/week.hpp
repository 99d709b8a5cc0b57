// Which week a date stands for. A week is Monday to Sunday and bears the date of its Friday,
// whether or not that is a holiday; a file names its week only by the day it was published.
#pragma once

#include "schema/date.hpp"
#include "schema/refusal.hpp"
#include "schema/tier.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace finra {

/// What to do with a week that is given by another day than its Friday (or, where its start is
/// asked for, its Monday).
enum class DatePolicy : std::uint8_t {
    /// Refuse it, naming the right day.
    refuse,
    /// Take the week that the day lies in: Thursday 2026-04-02 is the week of Friday 2026-04-03.
    snap,
};
std::optional<DatePolicy> date_policy_from_text(std::string_view text);

/// How long after its week a file is published.
enum class PublicationLag : std::uint8_t {
    /// The Monday after: the week is the last Friday before the file's date.
    seed,
    /// FINRA's own delay: two weeks more for Tier 1, four for Tier 2 and OTC.
    finra,
};
std::optional<PublicationLag> publication_lag_from_text(std::string_view text);
std::string_view name(PublicationLag lag);

/// Where the week of a file was found.
enum class WeekSource : std::uint8_t { given, column, derived };
std::string_view name(WeekSource source);

/// The week, by its Friday, that `date` as its end means under `policy`.
Answer<Date> week_ending(Date date, DatePolicy policy);

/// The week, by its Friday, that begins on `date`, a Monday, or what `policy` makes of another day.
Answer<Date> week_starting(Date date, DatePolicy policy);

/// The week that a file published on `file_date` is about.
Date week_from_file_date(Date file_date, PublicationLag lag, Tier tier);

} // namespace finra
