#include "parse/file_name.hpp"

#include "schema/ascii.hpp"

#include <array>

namespace finra::parse {

namespace {

bool remove_ending(std::string_view& name, std::string_view ending) {
    if (name.size() <= ending.size() ||
        !same_ignoring_case(name.substr(name.size() - ending.size()), ending))
        return false;
    name.remove_suffix(ending.size());
    return true;
}

std::string_view stem(std::string_view path) {
    const std::size_t folder = path.find_last_of("/\\");
    std::string_view name = folder == std::string_view::npos ? path : path.substr(folder + 1);
    if (!remove_ending(name, ".gz"))
        remove_ending(name, ".zip");
    const std::size_t dot = name.find_last_of('.');
    return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

bool contains(std::string_view text, std::string_view part) {
    for (std::size_t at = 0; at + part.size() <= text.size(); ++at)
        if (same_ignoring_case(text.substr(at, part.size()), part))
            return true;
    return false;
}

} // namespace

std::optional<Date> date_in_name(std::string_view path) {
    const std::string_view name = stem(path);
    // Nine digits at the end are a number that merely ends like a date.
    if (name.size() >= 8 && (name.size() == 8 || !is_digit(name[name.size() - 9])))
        if (const auto date = date_from_compact(name.substr(name.size() - 8)))
            return date;
    for (std::size_t at = 0; at + 10 <= name.size(); ++at)
        if (const auto date = date_from_iso(name.substr(at, 10)))
            return date;
    return std::nullopt;
}

std::optional<Tier> tier_in_name(std::string_view path) {
    std::string_view name = stem(path);
    // The name of the series holds "_otc_" whatever the tier.
    constexpr std::string_view series = "finra_otc_weekly";
    if (name.size() >= series.size() && same_ignoring_case(name.substr(0, series.size()), series))
        name.remove_prefix(series.size());
    if (contains(name, "tier1") || contains(name, "tier_1"))
        return Tier::nms_tier_1;
    if (contains(name, "tier2") || contains(name, "tier_2"))
        return Tier::nms_tier_2;
    if (contains(name, "_otc_"))
        return Tier::otc;
    return std::nullopt;
}

} // namespace finra::parse
