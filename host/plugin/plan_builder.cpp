#include "plugin/plan_builder.hpp"

#include "env/clock.hpp"
#include "error.hpp"
#include "plugin/text.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace spine::plugin {

namespace {

constexpr std::size_t outputs_max = 10'000;
constexpr std::size_t inputs_max = 10'000;

/// A bare date means the whole day.
std::string end_of(const std::string& time) {
    constexpr std::size_t date_size = 10;
    auto moment = env::time_from(time);
    if (time.size() == date_size)
        moment += std::chrono::hours{24} - std::chrono::milliseconds{1};
    return env::to_text(moment);
}

} // namespace

void PlanBuilder::output(unit::Partition partition) {
    if (plan_.outputs.size() == outputs_max)
        throw Error{ErrorCode::usage, "more than " + std::to_string(outputs_max) + " outputs"};
    if (std::find(plan_.outputs.begin(), plan_.outputs.end(), partition) != plan_.outputs.end())
        throw Error{ErrorCode::usage, "output " + partition.key + " is named twice"};
    plan_.outputs.push_back(std::move(partition));
}

std::optional<run::MissingStage> PlanBuilder::input(unit::State& state,
                                                    std::optional<std::uint32_t> output,
                                                    unit::Partition partition,
                                                    const std::string& stage) {
    if (output && *output >= plan_.outputs.size())
        throw Error{ErrorCode::usage,
                    "output " + std::to_string(*output) + " does not exist, there are " +
                        std::to_string(plan_.outputs.size())};
    if (plan_.inputs.size() == inputs_max)
        throw Error{ErrorCode::usage, "more than " + std::to_string(inputs_max) + " inputs"};
    const bool across = std::find(plan_.outputs.begin(), plan_.outputs.end(), partition) == plan_.outputs.end();
    auto row = plan_.historic ? historic_row(state, partition, stage) : run::input_row(state, partition, stage, across);
    if (!row)
        return run::MissingStage{std::move(partition), stage, false};
    if (!plan_.historic && !row->current)
        return run::MissingStage{std::move(partition), stage, true};
    unit::Input input{output, std::move(*row), across};
    if (std::find(plan_.inputs.begin(), plan_.inputs.end(), input) == plan_.inputs.end())
        plan_.inputs.push_back(std::move(input));
    return std::nullopt;
}

bool PlanBuilder::as_of(unit::State& state,
                        const std::string& captured_until,
                        const std::string& capture_id) {
    if (captured_until.empty() && capture_id.empty())
        throw Error{ErrorCode::usage, "a time or a capture must be given"};
    if (!plan_.inputs.empty())
        throw Error{ErrorCode::usage, "must be called before the first input"};
    if (!capture_id.empty()) {
        capture_ = state.capture(capture_id);
        if (!capture_)
            return false;
    }
    // Other partitions than the capture's own: what was known when it was made.
    until_ = captured_until.empty() ? capture_->captured_at : end_of(captured_until);
    plan_.historic = true;
    return true;
}

std::optional<unit::ManifestRow> PlanBuilder::historic_row(unit::State& state,
                                                           const unit::Partition& partition,
                                                           const std::string& stage) const {
    const auto capture = capture_ && capture_->partition == partition
                             ? capture_
                             : state.capture_until(partition, until_);
    if (!capture)
        return std::nullopt;
    unit::ManifestRow row;
    row.partition = partition;
    row.stage = stage;
    row.stage_rank = catalogue_->stage_rank(partition.domain, stage);
    row.capture_seq = capture->seq;
    row.capture_id = capture->id;
    row.captured_at = capture->captured_at;
    return row;
}

run::Plan PlanBuilder::take() {
    std::stable_sort(
        plan_.inputs.begin(), plan_.inputs.end(), [](const unit::Input& a, const unit::Input& b) {
            return std::tie(a.row.partition, a.row.stage) < std::tie(b.row.partition, b.row.stage);
        });
    return std::move(plan_);
}

} // namespace spine::plugin
