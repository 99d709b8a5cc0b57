#include "lambdas/lambdas.hpp"
#include "lambdas/step_outputs.hpp"
#include "pipelines/partition.hpp"

#include <string>

namespace finra {

void check_week_exists(spine::Check& check) {
    // A loop over weeks names the one it is at `current_week`, whatever week a turn before it left.
    const auto looped = given_date(check, "current_week");
    const Date week = looped ? given(week_ending(*looped, date_policy(check))) : given_week(check);
    const Tier tier = required_tier(check);
    const std::string_view stage = text_option(check, "stage");

    const std::string week_text = iso(week);
    const auto row = check.manifest({{"tier", name(tier)}, {"week_ending", week_text}}, stage);
    const bool exists = row && row->current != 0;
    check.output("already_exists", exists)
        .output("tier", name(tier))
        .output("week_ending", week_text)
        .output("stage", stage)
        .output("capture_id", exists ? std::optional(spine::view(row->capture_id)) : std::nullopt);
    check.update("skip_current_week", exists);
    check.update("current_week", week_text);
    check.update("week_ending", week_text);
}

} // namespace finra
