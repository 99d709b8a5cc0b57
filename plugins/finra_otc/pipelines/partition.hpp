// Which tier and week a piece of work is about: read from its parameters, written as a partition,
// and read back.
#pragma once

#include "calc/fault.hpp"
#include "schema/date.hpp"
#include "schema/refusal.hpp"
#include "schema/tier.hpp"
#include "schema/week.hpp"

#include <optional>
#include <spine/plugin.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace finra {

/// A tier's week, the partition of every stage but TIER_SPLIT.
struct TierWeek {
    Tier tier = Tier::nms_tier_1;
    Date week;
};

/// An error that tells what to do about it. Trying again without that would be in vain.
spine::Error error(spine_status status, std::string message, std::string_view hint);
/// A file that is not there; the message ends with its name.
spine::Error missing_file(const std::string& file, std::string message, std::string_view hint);

/// A refusal as an error: "ABOUT: what (line 3, column 5)", with its hint.
spine::Error error_of(const Refusal& refusal, spine_status status, std::string_view about = {});

/// The value of an answer about what a person gave; a refusal is thrown.
template <class T> T given(Answer<T>&& answer) {
    if (const auto* refusal = std::get_if<Refusal>(&answer))
        throw error_of(*refusal, SPINE_INVALID_ARG);
    return std::get<T>(std::move(answer));
}

/// The value of a calculation; a fault is thrown: the data cannot be used.
template <class T> T calculated(calc::Result<T>&& result) {
    if (const auto* fault = std::get_if<calc::Fault>(&result))
        throw spine::Error{SPINE_INVALID_DATA, fault->what, SPINE_RETRY_AFTER_INPUT_CHANGE};
    return std::get<T>(std::move(result));
}

DatePolicy date_policy(const spine::Call& call);

/// The parameter as a date, or nullopt when it is not given.
std::optional<Date> given_date(const spine::Call& call, std::string_view param);
/// `week_ending` under the configured policy; throws when it is no Friday or not given.
Date given_week(const spine::Call& call);
std::optional<Tier> given_tier(const spine::Call& call);
/// Throws when it is not given.
Tier required_tier(const spine::Call& call);

/// The partition of an output or input, as the host spells it.
TierWeek tier_week_of(std::string_view partition);

/// The pinned inputs of an output, sorted by partition.
std::vector<spine_input> inputs_of(const spine::Attempt& attempt, std::uint32_t output);
/// The first of them; throws when there is none.
spine_input input_of(const spine::Attempt& attempt, std::uint32_t output);

/// Whether `as_of` or `capture_id` ask for history. The head's own capture_id does not: a workflow
/// hands the capture of its ingest step on to the later ones. Plan and work both ask here.
bool reads_history(const spine::Call& call, std::optional<Tier> tier, Date week);

/// Plans to read history if that is asked for.
void plan_history(spine::Plan& plan, std::optional<Tier> tier, Date week);

/// The tier's week that the parameters name, made from `stage`, which must be there.
void plan_tier_week(spine::Plan& plan, std::string_view stage);

/// No tier has reached `stage` (NORMALIZED or AGGREGATED) in the week.
spine::Error missing_stage(std::string_view stage, const std::string& week);

/// The tier that is given, or all tiers that have reached `stage` in `week`; throws when there is
/// none.
std::vector<Tier> tiers_to_do(const spine::Plan& plan, Date week, std::string_view stage);

} // namespace finra
