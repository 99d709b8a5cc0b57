#include "schema/tier.hpp"

#include "schema/ascii.hpp"

namespace finra {

namespace {

constexpr std::array<std::string_view, 3> names{"NMS_TIER_1", "NMS_TIER_2", "OTC"};
constexpr std::array<std::string_view, 3> file_names{"tier1", "tier2", "otc"};

struct Spelling {
    std::string_view text;
    Tier tier;
};

// FINRA's own short identifiers, which the rule below does not cover.
constexpr std::array<Spelling, 4> identifiers{{
    {"T1", Tier::nms_tier_1},
    {"T2", Tier::nms_tier_2},
    {"OTC", Tier::otc},
    {"OTCE", Tier::otc},
}};

/// Whether `text` holds `word`, in any case, with no letter next to it.
bool has_word(std::string_view text, std::string_view word) {
    for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
        const bool starts = at == 0 || !is_capital(upper(text[at - 1]));
        const std::size_t end = at + word.size();
        const bool ends = end == text.size() || !is_capital(upper(text[end]));
        if (starts && ends && same_ignoring_case(text.substr(at, word.size()), word))
            return true;
    }
    return false;
}

} // namespace

std::string_view name(Tier tier) { return names[static_cast<std::size_t>(tier)]; }

std::string_view file_name(Tier tier) { return file_names[static_cast<std::size_t>(tier)]; }

std::optional<Tier> tier_from_text(std::string_view text) {
    const std::string_view trimmed = trim(text);
    for (const Spelling& identifier : identifiers)
        if (same_ignoring_case(trimmed, identifier.text))
            return identifier.tier;

    std::string_view digits = trimmed;
    while (!digits.empty() && !is_digit(digits.front()))
        digits.remove_prefix(1);
    while (!digits.empty() && !is_digit(digits.back()))
        digits.remove_suffix(1);

    const bool tier = has_word(trimmed, "TIER");
    const bool otc = has_word(trimmed, "OTC");
    if (tier && !otc && digits == "1")
        return Tier::nms_tier_1;
    if (tier && !otc && digits == "2")
        return Tier::nms_tier_2;
    if (otc && !tier && digits.empty())
        return Tier::otc;
    return std::nullopt;
}

} // namespace finra
