#include "schema/week.hpp"

#include "schema/ascii.hpp"

#include <array>

namespace finra {

std::optional<DatePolicy> date_policy_from_text(std::string_view text) {
    if (same_ignoring_case(text, "refuse"))
        return DatePolicy::refuse;
    if (same_ignoring_case(text, "snap"))
        return DatePolicy::snap;
    return std::nullopt;
}

std::optional<PublicationLag> publication_lag_from_text(std::string_view text) {
    if (same_ignoring_case(text, "seed"))
        return PublicationLag::seed;
    if (same_ignoring_case(text, "finra"))
        return PublicationLag::finra;
    return std::nullopt;
}

std::string_view name(PublicationLag lag) {
    return lag == PublicationLag::finra ? "finra" : "seed";
}

std::string_view name(WeekSource source) {
    constexpr std::array<std::string_view, 3> names{"given", "column", "derived"};
    return names[static_cast<std::size_t>(source)];
}

Answer<Date> week_ending(Date date, DatePolicy policy) {
    if (is_friday(date))
        return date;
    const Date friday = friday_of_week(date);
    if (policy == DatePolicy::snap)
        return friday;
    Refusal refusal;
    refusal.what = "the week ending " + iso(date) + " is a " + std::string(name(weekday(date))) +
                   ", and weeks are named by their Friday";
    refusal.hint = "it lies in the week, Monday to Sunday, of Friday " + iso(friday) +
                   ", which the configuration date_policy: snap takes";
    return refusal;
}

Answer<Date> week_starting(Date date, DatePolicy policy) {
    const Date friday = friday_of_week(date);
    if (weekday(date) == Weekday::monday || policy == DatePolicy::snap)
        return friday;
    Refusal refusal;
    refusal.what = "the week starting " + iso(date) + " is a " + std::string(name(weekday(date))) +
                   ", and weeks start on a Monday";
    refusal.hint = "it lies in the week of Monday " + iso(friday - 4) + " to Friday " +
                   iso(friday) + ", which the configuration date_policy: snap takes";
    return refusal;
}

Date week_from_file_date(Date file_date, PublicationLag lag, Tier tier) {
    const Date week = friday_before(file_date);
    if (lag == PublicationLag::seed)
        return week;
    return week - (tier == Tier::nms_tier_1 ? 14 : 28);
}

} // namespace finra
