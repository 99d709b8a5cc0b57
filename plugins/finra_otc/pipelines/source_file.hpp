// Where the file of a tier's week is.
#pragma once

#include "schema/date.hpp"
#include "schema/tier.hpp"

#include <string>
#include <string_view>

namespace finra {

/// The pattern with its placeholders filled in: {week} its Friday, {tier}, {tier_file} (tier1, tier2, otc), {published} the
/// Monday after as YYYYMMDD. Any other placeholder is refused.
std::string file_of(std::string_view pattern, Tier tier, Date week);

/// `file` below `folder`.
std::string in_folder(std::string_view folder, const std::string& file);

} // namespace finra
