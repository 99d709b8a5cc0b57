#include "lambdas/lambdas.hpp"
#include "lambdas/step_outputs.hpp"
#include "pipelines/json_text.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/stages.hpp"

namespace finra {

void check_rolling_prerequisites(spine::Check& check) {
    const Date last = given_week(check);
    const Tier tier = required_tier(check);
    const std::int64_t required = count_option(check, "window_weeks", 1, 52);

    std::vector<std::string> missing;
    for (const Date week : fridays_ending(last, static_cast<int>(required))) {
        const std::string week_text = iso(week);
        const auto row =
            check.manifest({{"tier", name(tier)}, {"week_ending", week_text}}, stage::aggregated);
        if (!row) // what is published is what rolling reads, whether or not a newer capture is being worked on
            missing.push_back(week_text);
    }
    const std::int64_t available = required - static_cast<std::int64_t>(missing.size());
    const bool sufficient = missing.empty();
    check.output("has_sufficient_history", sufficient)
        .output("available_weeks", available)
        .output("required_weeks", required);
    check.update("skip_rolling", !sufficient);
    if (!sufficient) {
        const std::string reason = "Only " + std::to_string(available) + " weeks available, need " +
                                   std::to_string(required);
        check.output("skip_reason", reason);
        check.update("skip_reason", reason);
    }
    const std::string missing_list = json_list(missing);
    check.output("missing_weeks", spine::Json{missing_list});
}

} // namespace finra
