#include "run/along.hpp"

#include <array>
#include <utility>

namespace spine::run {

namespace {

constexpr std::array<std::pair<StepStatus, std::string_view>, 7> step_statuses{{
    {StepStatus::pending, "pending"},
    {StepStatus::running, "running"},
    {StepStatus::waiting, "waiting"},
    {StepStatus::completed, "completed"},
    {StepStatus::skipped, "skipped"},
    {StepStatus::failed, "failed"},
    {StepStatus::cancelled, "cancelled"},
}};
constexpr std::array<std::pair<RunStatus, std::string_view>, 7> run_statuses{{
    {RunStatus::pending, "pending"},
    {RunStatus::running, "running"},
    {RunStatus::waiting, "waiting"},
    {RunStatus::paused, "paused"},
    {RunStatus::completed, "completed"},
    {RunStatus::failed, "failed"},
    {RunStatus::cancelled, "cancelled"},
}};

template <typename Table, typename Value> std::string_view text_in(const Table& table, Value value) {
    for (const auto& [known, text] : table)
        if (known == value)
            return text;
    return "failed";
}

template <typename Value, typename Table>
std::optional<Value> value_in(const Table& table, std::string_view text) {
    for (const auto& [value, known] : table)
        if (known == text)
            return value;
    return std::nullopt;
}

} // namespace

std::string_view to_text(StepStatus status) { return text_in(step_statuses, status); }
std::string_view to_text(RunStatus status) { return text_in(run_statuses, status); }

std::optional<StepStatus> step_status_from(std::string_view text) {
    return value_in<StepStatus>(step_statuses, text);
}
std::optional<RunStatus> run_status_from(std::string_view text) {
    return value_in<RunStatus>(run_statuses, text);
}

bool is_final(RunStatus status) {
    return status == RunStatus::completed || status == RunStatus::failed ||
           status == RunStatus::cancelled;
}

} // namespace spine::run
