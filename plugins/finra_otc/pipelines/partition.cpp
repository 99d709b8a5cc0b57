#include "pipelines/partition.hpp"

#include "pipelines/stages.hpp"

#include <algorithm>
#include <iterator>

namespace finra {

spine::Error error(spine_status status, std::string message, std::string_view hint) {
    return {status,
            std::move(message),
            status == SPINE_INVALID_ARG ? SPINE_RETRY_NEVER : SPINE_RETRY_AFTER_INPUT_CHANGE,
            0,
            hint.empty() ? std::string() : "{\"hint\":" + spine::json_quoted(hint) + "}"};
}

spine::Error missing_file(const std::string& file, std::string message, std::string_view hint) {
    return {SPINE_NOT_FOUND,
            std::move(message) + file,
            SPINE_RETRY_AFTER_INPUT_CHANGE,
            0,
            "{\"hint\":" + spine::json_quoted(hint) +
                ",\"missing_file\":" + spine::json_quoted(file) + "}"};
}

spine::Error error_of(const Refusal& refusal, spine_status status, std::string_view about) {
    std::string message;
    if (!about.empty())
        message.append(about).append(": ");
    message.append(refusal.what);
    if (refusal.line > 0) {
        message.append(" (line ").append(std::to_string(refusal.line));
        if (refusal.column > 0)
            message.append(", column ").append(std::to_string(refusal.column));
        message.append(")");
    }
    return error(status, std::move(message), refusal.hint);
}

DatePolicy date_policy(const spine::Call& call) {
    return date_policy_from_text(call.config_text("date_policy")).value_or(DatePolicy::refuse);
}

std::optional<Date> given_date(const spine::Call& call, std::string_view param) {
    const auto text = call.maybe_text(param);
    if (!text)
        return std::nullopt;
    const auto date = date_from_iso(*text);
    if (!date)
        throw error(SPINE_INVALID_ARG,
                    "parameter '" + std::string(param) + "': '" + std::string(*text) +
                        "' is no date",
                    "write it as YYYY-MM-DD");
    return date;
}

Date given_week(const spine::Call& call) {
    const auto date = given_date(call, "week_ending");
    if (!date)
        throw error(SPINE_INVALID_ARG, "parameter 'week_ending' is not given", "a Friday");
    return given(week_ending(*date, date_policy(call)));
}

std::optional<Tier> given_tier(const spine::Call& call) {
    const auto text = call.maybe_text("tier");
    if (!text)
        return std::nullopt;
    const auto tier = tier_from_text(*text);
    if (!tier)
        throw error(SPINE_INVALID_ARG,
                    "unknown tier '" + std::string(*text) + "'",
                    "the tiers are " + std::string(valid_tiers));
    return tier;
}

Tier required_tier(const spine::Call& call) {
    if (const auto tier = given_tier(call))
        return *tier;
    throw error(SPINE_INVALID_ARG,
                "parameter 'tier' is not given",
                "the tiers are " + std::string(valid_tiers));
}

TierWeek tier_week_of(std::string_view partition) {
    const auto tier = tier_from_text(spine::key_of(partition, "tier"));
    const auto week = date_from_iso(spine::key_of(partition, "week_ending"));
    if (!tier || !week)
        throw spine::Error{SPINE_INTERNAL,
                           "the partition " + std::string(partition) + " is not a tier's week"};
    return {*tier, *week};
}

std::vector<spine_input> inputs_of(const spine::Attempt& attempt, std::uint32_t output) {
    const std::vector<spine_input> all = attempt.inputs();
    std::vector<spine_input> own;
    std::copy_if(all.begin(), all.end(), std::back_inserter(own), [&](const spine_input& input) {
        return input.output == output || input.output == spine::Plan::all_outputs;
    });
    return own;
}

spine_input input_of(const spine::Attempt& attempt, std::uint32_t output) {
    const auto own = inputs_of(attempt, output);
    if (own.empty())
        throw spine::Error{SPINE_INVALID_STATE,
                           "no input of " + std::string(attempt.partition(output)) + " is there"};
    return own.front();
}

bool reads_history(const spine::Call& call, std::optional<Tier> tier, Date week) {
    const auto capture = call.maybe_text("capture_id");
    if (call.has("as_of") && capture)
        throw error(
            SPINE_INVALID_ARG, "as_of and capture_id both choose the history", "give one of them");
    if (!capture)
        return call.has("as_of");
    if (!tier)
        throw error(SPINE_INVALID_ARG, "a capture_id is of one tier", "give the tier too");
    const std::string week_text = iso(week);
    const auto head =
        call.manifest({{"tier", name(*tier)}, {"week_ending", week_text}}, stage::ingested);
    return !head || spine::view(head->capture_id) != *capture;
}

void plan_history(spine::Plan& plan, std::optional<Tier> tier, Date week) {
    if (!reads_history(plan, tier, week))
        return;
    const auto as_of = plan.maybe_text("as_of");
    plan.as_of(as_of.value_or(std::string_view{}),
               as_of ? std::string_view{} : plan.text("capture_id"));
}

void plan_tier_week(spine::Plan& plan, std::string_view stage) {
    const Date week = given_week(plan);
    const Tier tier = required_tier(plan);
    plan_history(plan, tier, week);
    const std::string week_text = iso(week);
    const std::uint32_t output = plan.output({{"tier", name(tier)}, {"week_ending", week_text}});
    plan.needs({{"tier", name(tier)}, {"week_ending", week_text}}, stage, output);
}

spine::Error missing_stage(std::string_view stage, const std::string& week) {
    const std::string_view pipeline =
        stage == stage::aggregated ? "aggregate_week" : "normalize_week";
    return error(SPINE_INVALID_STATE,
                 std::string(stage) + " of the week ending " + week +
                     " has not been reached in any tier",
                 "run first: spine run finra.otc_transparency." + std::string(pipeline) +
                     " -p tier=… -p week_ending=" + week);
}

std::vector<Tier> tiers_to_do(const spine::Plan& plan, Date week, std::string_view stage) {
    if (const auto tier = given_tier(plan))
        return {*tier};
    const std::string week_text = iso(week);
    std::vector<Tier> found;
    for (const Tier tier : tiers)
        if (plan.manifest({{"tier", name(tier)}, {"week_ending", week_text}}, stage))
            found.push_back(tier);
    if (found.empty())
        throw missing_stage(stage, week_text);
    return found;
}

} // namespace finra
