// What a file's name says about it: a publication date and a hint at the tier. FINRA's own names
// are `finra_otc_weekly_{tier1|tier2|otc}_YYYYMMDD.csv`.
#pragma once

#include "schema/date.hpp"
#include "schema/tier.hpp"

#include <optional>
#include <string_view>

namespace finra::parse {

/// The date in the name of `path`: `YYYYMMDD` at the end of the stem, else the first `YYYY-MM-DD`
/// anywhere in it. The folders of the path, and the endings `.gz` and `.zip` behind another, do not
/// count.
std::optional<Date> date_in_name(std::string_view path);

/// The tier that the name hints at. No more than a hint: the tier of a file is the one that its
/// rows state.
std::optional<Tier> tier_in_name(std::string_view path);

} // namespace finra::parse
